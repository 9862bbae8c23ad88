//! What a page's answer tells.

use std::collections::{BTreeMap, BTreeSet};

use midwatch_fields::site::same_site;
use midwatch_model::{Page, Reference, ReferenceKind};
use url::Url;

use super::frontier::Candidate;
use super::html::{self, Document, Found};
use super::parts::Parts;
use crate::http::Fetched;

/// References that a report keeps of one page. All of them are counted.
const MAX_LISTED: usize = 500;

/// A page, with what the crawl does next with it.
#[derive(Debug)]
pub(super) struct Met {
    pub(super) page: Page,
    pub(super) url: Url,
    /// What it leads to.
    pub(super) leads: Vec<Url>,
    /// The style sheets and manifests that it loads.
    pub(super) parts: Vec<Url>,
    /// The hosts of other sites that it refers to.
    pub(super) other_hosts: BTreeSet<String>,
    /// It is an HTML page with a 2xx status.
    pub(super) is_page: bool,
}

/// Reads an answer.
pub(super) fn read(candidate: &Candidate, url: Url, fetched: Fetched) -> Met {
    let status = fetched.exchange.response.value().map_or(0, |response| response.status);
    let is_html = fetched.media_type.is_html() && !fetched.body.is_empty();
    let mut met = Met {
        page: Page {
            exchange: fetched.exchange,
            depth: candidate.depth,
            found_on: candidate.found_on.clone(),
            title: None,
            meta_csp: Vec::new(),
            meta_referrer: None,
            has_password: false,
            references: Vec::new(),
            reference_counts: BTreeMap::new(),
            forms: Vec::new(),
        },
        is_page: is_html && (200..300).contains(&status),
        url,
        leads: Vec::new(),
        parts: Vec::new(),
        other_hosts: BTreeSet::new(),
    };
    if is_html {
        let document = html::parse(&met.url, &fetched.body, fetched.media_type.charset.as_deref());
        met.take(document);
    }
    met
}

impl Met {
    fn take(&mut self, document: Document) {
        for found in &document.references {
            self.count(found.role);
            if found.follow {
                self.leads.push(found.url.clone());
            }
            if matches!(found.role, ReferenceKind::Style | ReferenceKind::Manifest)
                && found.by.starts_with("link")
            {
                self.parts.push(found.url.clone());
            }
            self.note_host(&found.url);
            self.list(found, None);
        }
        // A form that fetches leads to a page as a link does. One that posts is never sent.
        for form in document.forms.iter().filter(|form| form.method == "GET") {
            self.leads.extend(Url::parse(&form.action));
        }
        self.page.title = document.title;
        self.page.meta_csp = document.meta_csp;
        self.page.meta_referrer = document.meta_referrer;
        self.page.has_password = document.has_password;
        self.page.forms = document.forms;
    }

    /// Adds what the page's style sheets and manifests refer to.
    pub(super) fn take_parts(&mut self, parts: &Parts) {
        for (part, reference) in parts.below(&self.parts) {
            let found = Found {
                role: reference.role,
                url: reference.url.clone(),
                by: reference.by.to_owned(),
                integrity: None,
                follow: false,
            };
            self.count(found.role);
            self.note_host(&found.url);
            self.list(&found, Some(part));
        }
    }

    fn count(&mut self, role: ReferenceKind) {
        *self.page.reference_counts.entry(name(role)).or_default() += 1;
    }

    fn note_host(&mut self, to: &Url) {
        if let (Some(own), Some(other)) = (self.url.host_str(), to.host_str())
            && !same_site(own, other)
        {
            self.other_hosts.insert(other.to_owned());
        }
    }

    /// Lists what bears on somebody in the middle: everything over http, and scripts and styles of other sites.
    fn list(&mut self, found: &Found, within: Option<&Url>) {
        let other = |own: &str| found.url.host_str().is_some_and(|host| !same_site(own, host));
        let third_party = self.url.host_str().is_some_and(other);
        let code =
            matches!(found.role, ReferenceKind::Script | ReferenceKind::Style | ReferenceKind::Preload);
        if self.page.references.len() < MAX_LISTED && (found.url.scheme() == "http" || third_party && code) {
            self.page.references.push(Reference {
                role: found.role,
                url: found.url.to_string(),
                by: found.by.clone(),
                within: within.map(Url::to_string),
                integrity: found.integrity.clone(),
                third_party,
            });
        }
    }
}

/// The kind as it stands in JSON.
fn name(role: ReferenceKind) -> String {
    match serde_json::to_value(role) {
        Ok(serde_json::Value::String(name)) => name,
        _ => "other".to_owned(),
    }
}
