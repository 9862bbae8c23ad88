//! The pages that came over https, with what they refer to.

use std::collections::BTreeMap;

use midwatch_fields::csp::{self, Policy};
use midwatch_fields::mixed::{self, Mixed};
use midwatch_model::{Page, Reference, ReferenceKind, Response};
use url::Url;

use super::{View, is_content};

/// A page of the site that came over https.
#[derive(Clone, Debug)]
pub struct SecurePage<'a> {
    /// The observation's id.
    pub id: &'a str,
    /// The fact.
    pub fact: &'a Page,
    /// Its URL.
    pub url: Url,
    /// Its answer.
    pub response: &'a Response,
}

impl SecurePage<'_> {
    /// Its policies, from the header and from meta elements.
    pub fn policies(&self) -> Vec<Policy> {
        let mut policies = csp::from_header(self.response.header("content-security-policy"));
        policies.extend(csp::from_meta(self.fact.meta_csp.iter().map(String::as_str)));
        policies
    }

    /// True for an HTML page with a status of 2xx; where no type is named, it counts as HTML.
    pub fn is_html(&self) -> bool {
        let html = |value: &str| {
            let kind = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
            matches!(kind.as_str(), "text/html" | "application/xhtml+xml")
        };
        is_content(self.response) && self.response.header("content-type").next().is_none_or(html)
    }
}

/// A reference of a page over https that leads to plain http.
#[derive(Clone, Debug)]
pub struct PlainReference<'a> {
    /// The page's observation.
    pub id: &'a str,
    /// The page's URL.
    pub page: Url,
    /// The reference.
    pub reference: &'a Reference,
    /// Where it leads.
    pub to: Url,
    /// What browsers do with it.
    pub mixed: Mixed,
}

impl PlainReference<'_> {
    /// The reference in words, without the page: `script src http://shop.example/a.js`.
    pub fn words(&self) -> String {
        let within = match &self.reference.within {
            Some(sheet) => format!(" in the style sheet {sheet}"),
            None => String::new(),
        };
        format!("{} {}{within}", self.reference.by, self.to)
    }

    /// The host that it leads to.
    pub fn host(&self) -> &str {
        self.to.host_str().unwrap_or_default()
    }
}

impl<'a> View<'a> {
    /// The site's pages that came over https, in the order met.
    pub fn secure_pages(&self) -> impl Iterator<Item = SecurePage<'a>> + '_ {
        self.own_pages().filter_map(|(page, url)| {
            let response = page.fact.exchange.response.value()?;
            (url.scheme() == "https").then_some(SecurePage { id: page.id, fact: page.fact, url, response })
        })
    }

    /// What the site's pages over https ask for over plain http, or link to there, with what browsers do.
    pub fn plain_references(&self) -> Vec<PlainReference<'a>> {
        let mut all = Vec::new();
        for page in self.secure_pages() {
            let policies = page.policies();
            let upgrades = csp::upgrades_insecure_requests(&policies);
            for reference in &page.fact.references {
                let Ok(to) = Url::parse(&reference.url) else { continue };
                let mixed = mixed::classify(reference.role, &reference.by, &page.url, &to, &policies);
                let mixed = match (mixed, reference.role) {
                    (Mixed::No, _) => continue,
                    // A refresh is a navigation as a link is, and goes to https where one would.
                    (Mixed::Navigation, ReferenceKind::Refresh)
                        if upgrades && to.host() == page.url.host() =>
                    {
                        Mixed::Upgraded
                    }
                    (mixed, _) => mixed,
                };
                all.push(PlainReference { id: page.id, page: page.url.clone(), reference, to, mixed });
            }
        }
        all
    }
}

/// References by the page where each target was met first, pages in the order met: what a template puts on
/// every page is one thing to mend.
pub fn by_first_page<'a>(references: Vec<PlainReference<'a>>) -> Vec<(Url, Vec<PlainReference<'a>>)> {
    let mut groups: Vec<(Url, Vec<PlainReference<'a>>)> = Vec::new();
    let mut of_target: BTreeMap<Url, usize> = BTreeMap::new();
    let mut of_page: BTreeMap<Url, usize> = BTreeMap::new();
    for reference in references {
        let at = *of_target.entry(reference.to.clone()).or_insert_with(|| {
            *of_page.entry(reference.page.clone()).or_insert_with(|| {
                groups.push((reference.page.clone(), Vec::new()));
                groups.len() - 1
            })
        });
        if let Some((_, members)) = groups.get_mut(at) {
            members.push(reference);
        }
    }
    groups
}
