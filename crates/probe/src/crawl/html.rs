//! What the crawl needs of an HTML document (WHATWG HTML), read as a browser without scripts reads it.
//!
//! The document is tokenised by html5ever and never becomes a tree: of the tree construction of the
//! standard (13.2.6) only what decides about references is followed, which is where raw text begins, what
//! is SVG or MathML, what lies in a `template`, whether the head has ended, and which form owns a field. So
//! neither depth nor length of a page costs more than its bytes.

use std::collections::HashSet;

use midwatch_model::{Form, ReferenceKind};
use url::Url;

mod builder;
mod encoding;
mod feed;
mod foreign;
mod forms;
mod grammar;
mod links;

pub(super) use encoding::decode;

/// References that are taken from one document at most.
const MAX_REFERENCES: usize = 20_000;

/// Bytes that the URLs of one document may have together: a long `base` would multiply them.
const MAX_URL_BYTES: usize = 16 * 1024 * 1024;

/// The longest URL that is taken, as written and as resolved.
const MAX_URL: usize = 8 * 1024;

/// Everything that the crawl needs of one HTML document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Document {
    /// The document's base URL, after `base href`.
    pub base: Url,
    /// The contents of the first `title`, white space collapsed, at most 200 characters; none where they are
    /// empty.
    pub title: Option<String>,
    /// The contents of `meta http-equiv=content-security-policy` in the head, where alone browsers heed it,
    /// in order, at most 100.
    pub meta_csp: Vec<String>,
    /// The last known value of `meta name=referrer`, in lower case; the old names (`never`, `always`) are
    /// given by the new.
    pub meta_referrer: Option<String>,
    /// There is an `input type=password`.
    pub has_password: bool,
    /// All references, those of `style` elements and attributes among them, in document order, each once, at
    /// most 20,000 and 16 MiB of URLs.
    pub references: Vec<Found>,
    /// The forms in document order, at most 2,000, each followed by those that a `formaction` makes. Forms
    /// that send nothing over http or https (`javascript:`, `mailto:`) are left out.
    pub forms: Vec<Form>,
}

/// A reference of a document.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Found {
    /// What it is for.
    pub role: ReferenceKind,
    /// Where to: http or https, without fragment, at most 8 KiB.
    pub url: Url,
    /// The element and attribute, or the CSS construct.
    pub by: String,
    /// The `integrity` attribute of a script or link, at most 1 KiB.
    pub integrity: Option<String>,
    /// A crawl may go there: links, frames, refreshes, and `link rel` of canonical, alternate, next and prev.
    pub follow: bool,
}

/// Reads a document. `charset` is that of the `Content-Type`.
///
/// Contents of `template` do not count unless they are a shadow root (browsers neither load nor send them),
/// contents of `noscript` do. `srcdoc` of frames is not looked into, and what scripts would add is not known.
pub(crate) fn parse(url: &Url, bytes: &[u8], charset: Option<&str>) -> Document {
    let mut page = url.clone();
    page.set_fragment(None);
    feed::feed(builder::Builder::new(page), &decode(bytes, charset)).finish()
}

/// Resolves a reference: none unless it leads to http or https and has at most 8 KiB. The fragment is
/// dropped.
pub(crate) fn resolve(base: &Url, reference: &str) -> Option<Url> {
    if reference.len() > MAX_URL {
        return None;
    }
    let mut url = base.join(reference).ok()?;
    url.set_fragment(None);
    (matches!(url.scheme(), "http" | "https") && url.as_str().len() <= MAX_URL).then_some(url)
}

/// The references that were found so far.
///
/// What a document loads is resolved when it is met: a `base` that follows changes nothing any more. What
/// waits for the visitor is resolved at the end of the document, against the base that then holds.
#[derive(Debug, Default)]
struct References {
    entries: Vec<Entry>,
    seen: HashSet<Found>,
    waiting: HashSet<(ReferenceKind, &'static str, String)>,
    bytes: usize,
}

#[derive(Debug)]
enum Entry {
    Loaded(Found),
    Waiting { role: ReferenceKind, by: &'static str, reference: String, follow: bool },
}

impl References {
    /// Something that is loaded along with the document.
    fn load(&mut self, found: Found) {
        let length = found.url.as_str().len();
        if self.entries.len() < MAX_REFERENCES
            && self.bytes.saturating_add(length) <= MAX_URL_BYTES
            && self.seen.insert(found.clone())
        {
            self.bytes = self.bytes.saturating_add(length);
            self.entries.push(Entry::Loaded(found));
        }
    }

    /// Something that waits for the visitor.
    fn wait(&mut self, role: ReferenceKind, by: &'static str, reference: &str, follow: bool) {
        if self.entries.len() < MAX_REFERENCES
            && reference.len() <= MAX_URL
            && self.waiting.insert((role, by, reference.to_owned()))
        {
            self.entries.push(Entry::Waiting { role, by, reference: reference.to_owned(), follow });
        }
    }

    fn finish(self, base: &Url) -> Vec<Found> {
        let Self { entries, mut seen, mut bytes, .. } = self;
        let mut found = Vec::with_capacity(entries.len());
        for entry in entries {
            match entry {
                Entry::Loaded(loaded) => found.push(loaded),
                Entry::Waiting { role, by, reference, follow } => {
                    let Some(url) = resolve(base, &reference) else { continue };
                    let length = url.as_str().len();
                    let waited = Found { role, url, by: by.to_owned(), integrity: None, follow };
                    if bytes.saturating_add(length) <= MAX_URL_BYTES && seen.insert(waited.clone()) {
                        bytes = bytes.saturating_add(length);
                        found.push(waited);
                    }
                }
            }
        }
        found
    }
}

#[cfg(test)]
mod tests;
