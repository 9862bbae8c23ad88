//! What plain http answers.

use midwatch_fields::mixed::is_on_this_computer;
use midwatch_model::{Entry, Exchange, Outcome, Reason, ReasonKind};
use url::Url;

use super::{View, is_content};

/// How a way in over plain http begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FirstHop<'a> {
    /// Nothing listens there.
    Closed,
    /// The name does not exist.
    NoSuchName,
    /// A page.
    Content,
    /// An answer without a page and without a redirect.
    NoPage {
        /// Its status.
        status: u16,
    },
    /// A redirect.
    Redirect {
        /// Its status.
        status: u16,
        /// Where to; `None` where that cannot be followed.
        to: Option<Url>,
    },
    /// The server refused to answer.
    Refused(&'a str),
    /// Nothing is known.
    Unmeasured(&'a Reason),
}

/// How a way in begins.
pub fn first_hop(entry: &Entry) -> Option<FirstHop<'_>> {
    let hop = entry.hops.first()?;
    Some(match &hop.exchange.response {
        Outcome::Seen { value } if value.is_redirect() => FirstHop::Redirect {
            status: value.status,
            to: hop.next.as_deref().and_then(|next| Url::parse(next).ok()),
        },
        Outcome::Seen { value } if is_content(value) => FirstHop::Content,
        Outcome::Seen { value } => FirstHop::NoPage { status: value.status },
        Outcome::Refused { how } => FirstHop::Refused(how),
        Outcome::Unmeasured { why } => match why.kind {
            ReasonKind::ConnectionRefused => FirstHop::Closed,
            ReasonKind::NoSuchName => FirstHop::NoSuchName,
            _ => FirstHop::Unmeasured(why),
        },
    })
}

/// True where nothing listens at the address and port of an exchange.
pub fn is_closed(exchange: &Exchange) -> bool {
    exchange.response.why_not().is_some_and(|why| why.kind == ReasonKind::ConnectionRefused)
}

/// True for a URL of this computer: what is asked for there travels nowhere (W3C Secure Contexts, 3.1).
pub fn is_here(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| is_on_this_computer(&url))
}

/// A page of the site that plain http shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlainPage<'a> {
    /// The observation's id.
    pub id: &'a str,
    /// Its URL.
    pub url: Url,
    /// It shows a password field.
    pub has_password: bool,
}

impl<'a> View<'a> {
    /// Every page of the site that plain http shows, each once, in the order met.
    pub fn plain_pages(&self) -> Vec<PlainPage<'a>> {
        let mut pages: Vec<PlainPage<'a>> = Vec::new();
        for answer in &self.answers {
            let own = answer.url.host_str().is_some_and(|host| self.is_own_site(host));
            let is_plain = answer.url.scheme() == "http" && !is_on_this_computer(&answer.url);
            if !own || !is_plain || !is_content(answer.response) {
                continue;
            }
            let has_password = self.has_password(&answer.url);
            if !pages.iter().any(|page| page.url == answer.url) {
                pages.push(PlainPage { id: answer.id, url: answer.url.clone(), has_password });
            }
        }
        pages
    }

    /// True where the page at this URL, or the same page over https, holds a password field.
    fn has_password(&self, url: &Url) -> bool {
        let same_over_https = self.plain.iter().find(|answer| answer.fact.exchange.url == url.as_str());
        self.pages.iter().any(|page| {
            page.fact.has_password
                && (page.fact.exchange.url == url.as_str()
                    || same_over_https.is_some_and(|plain| plain.fact.page == page.fact.exchange.url))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::is_here;

    #[test]
    fn this_computer_is_no_way() {
        for url in
            ["http://127.0.0.1:8646/", "http://[::1]/login", "http://localhost:1/", "http://a.localhost/"]
        {
            assert!(is_here(url), "{url}");
        }
        for url in
            ["http://192.168.0.1/", "http://localhost.example/", "http://127.0.0.1.example/", "nothing"]
        {
            assert!(!is_here(url), "{url}");
        }
    }
}
