//! What a server block answers over plain http, as far as its lines tell.

use midwatch_model::PlainSays;

use super::lex::Directive;

/// Where ACME clients put what an authority fetches.
const ACME: &str = "/.well-known/acme-challenge";

/// What was met in a block.
#[derive(Debug, Default)]
pub(super) struct Plain {
    /// What the first unconditional return or rewrite of the block says: it comes before every location.
    first: Option<Says>,
    /// Conditions under which it leads to https, for everybody who comes by http or by a name of the block.
    leads: bool,
    root: Option<Says>,
    /// Other locations than the root's and those of ACME, and whether all of them lead away or refuse.
    others: Option<bool>,
    refuses: bool,
    /// Some are let in all the same.
    allows: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Says {
    Redirects,
    Refuses,
    Serves,
    Unknown,
}

impl Plain {
    pub(super) fn take(&mut self, directive: &Directive) {
        match directive.name.as_str() {
            "return" | "rewrite" if self.first.is_none() => self.first = answer(directive),
            "deny" if directive.first() == "all" => self.refuses = true,
            "allow" => self.allows = true,
            "if" if self.first.is_none() => self.condition(directive),
            "location" => self.location(directive),
            _ => {}
        }
    }

    /// certbot writes a condition on each name of a block, others one on the scheme.
    fn condition(&mut self, directive: &Directive) {
        let condition = directive.args.join(" ").to_ascii_lowercase();
        let is_about = ["$scheme", "$https", "$host", "$server_port", "$http_x_forwarded_proto"]
            .iter()
            .any(|variable| condition.contains(variable));
        let leads = directive.inner().iter().find_map(answer) == Some(Says::Redirects);
        // A condition on names covers what the block has names for; what else comes meets the rest of the block.
        let is_scheme = condition.contains("$scheme")
            || condition.contains("$https")
            || condition.contains("$server_port");
        if leads && is_scheme {
            self.first = Some(Says::Redirects);
        } else if leads && is_about {
            self.leads = true;
        }
    }

    fn location(&mut self, directive: &Directive) {
        let path = directive.args.last().map_or("", String::as_str);
        if path.contains(ACME) || path.contains("/.well-known/") || path.contains("acme-challenge") {
            return;
        }
        let says = directive.inner().iter().find_map(answer).unwrap_or_else(|| {
            let has = |name: &str| directive.inner().iter().any(|one| one.name == name);
            let denied = directive.inner().iter().any(|one| one.name == "deny" && one.first() == "all");
            match (denied, has("allow")) {
                (true, false) => Says::Refuses,
                (true, true) => Says::Unknown,
                (false, _) => Says::Serves,
            }
        });
        // `= /` is the front page alone.
        let is_exact = directive.first() == "=";
        if path == "/" && !is_exact {
            self.root = Some(says);
        } else {
            let closed = matches!(says, Says::Redirects | Says::Refuses);
            self.others = Some(self.others.unwrap_or(true) && closed);
        }
    }

    pub(super) fn says(&self) -> PlainSays {
        let closed = self.others.unwrap_or(true);
        match (self.first, self.root) {
            (Some(Says::Redirects), _) => PlainSays::Redirects,
            (Some(Says::Refuses), _) if self.leads => PlainSays::Redirects,
            (Some(Says::Refuses), _) => PlainSays::Refuses,
            (Some(Says::Unknown), _) => PlainSays::Unknown,
            (Some(Says::Serves), _) => PlainSays::Serves,
            // Which of its names the conditions cover is not worked out.
            (None, _) if self.leads => PlainSays::Unknown,
            (None, Some(Says::Redirects)) if closed => PlainSays::Redirects,
            (None, Some(Says::Refuses)) if closed => PlainSays::Refuses,
            (None, Some(Says::Unknown)) => PlainSays::Unknown,
            // Who is let in by address may be others, or this network alone.
            (None, _) if self.refuses && self.allows => PlainSays::Unknown,
            (None, None) if self.refuses => PlainSays::Refuses,
            (None, _) => PlainSays::Serves,
        }
    }
}

/// What a return or a rewrite answers to everything; none where it is neither.
fn answer(directive: &Directive) -> Option<Says> {
    match directive.name.as_str() {
        "return" => Some(returns(&directive.args)),
        "rewrite" => rewrites(&directive.args),
        _ => None,
    }
}

fn returns(args: &[String]) -> Says {
    let first = args.first().map_or("", String::as_str);
    match (first.parse::<u16>(), args.get(1)) {
        (Ok(301 | 302 | 303 | 307 | 308), Some(to)) => leads(to),
        (Ok(400..=599), _) => Says::Refuses,
        (Ok(_), _) => Says::Serves,
        // A URL alone is a temporary redirect.
        (Err(_), _) => leads(first),
    }
}

fn rewrites(args: &[String]) -> Option<Says> {
    let [pattern, to, ..] = args else { return None };
    let all = ["^", "^/", ".*", "^.*", "^.*$", "(.*)", "^(.*)", "^(.*)$", "^/(.*)", "^/(.*)$", "/"];
    (all.contains(&pattern.as_str()) && (to.contains("://") || args.len() > 2 && to.starts_with('$')))
        .then(|| leads(to))
}

fn leads(to: &str) -> Says {
    let to = to.to_ascii_lowercase();
    if to.starts_with("https://") {
        Says::Redirects
    } else if to.starts_with('$')
        && !to.starts_with("$scheme")
        && !to.starts_with("$uri")
        && !to.starts_with("$request_uri")
    {
        Says::Unknown
    } else {
        Says::Serves
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::sites::nginx::lex;

    fn of(text: &str) -> PlainSays {
        let mut plain = Plain::default();
        let (list, fault) = lex::parse(text);
        assert_eq!(fault, None, "{text}");
        list.iter().for_each(|one| plain.take(one));
        plain.says()
    }

    #[test]
    fn redirects_of_every_kind() {
        for text in [
            "return 301 https://$host$request_uri;",
            "return https://shop.example;",
            "rewrite ^(.*)$ https://$host$1 permanent;",
            "location / { return 308 https://$host$request_uri; }",
            "location ^~ /.well-known/acme-challenge/ { root /x; } location / { return 301 https://$host; }",
            "if ($host = a.example) { return 301 https://$host$request_uri; } return 404;",
            "if ($scheme != \"https\") { return 301 https://$host$request_uri; } root /srv;",
        ] {
            assert_eq!(of(text), PlainSays::Redirects, "{text}");
        }
    }

    #[test]
    fn what_serves_refuses_and_is_not_known() {
        for text in [
            "root /srv;",
            "location / { proxy_pass http://127.0.0.1:1; }",
            "return 301 http://www.shop.example$uri;",
            "return 200 ok;",
            "location / { return 301 https://$host; } location /api { proxy_pass http://x; }",
            "return 301 $scheme://www.shop.example;",
        ] {
            assert_eq!(of(text), PlainSays::Serves, "{text}");
        }
        for text in ["return 444;", "deny all;", "location / { return 403; }"] {
            assert_eq!(of(text), PlainSays::Refuses, "{text}");
        }
        assert_eq!(of("return 301 $target;"), PlainSays::Unknown);
        assert_eq!(of("allow 192.0.2.0/24; deny all; root /srv;"), PlainSays::Unknown);
        assert_eq!(
            of("if ($host = a.example) { return 301 https://a.example; } root /x;"),
            PlainSays::Unknown
        );
    }
}
