//! Style sheets and manifests: what pages load that itself refers to more.

use std::collections::{BTreeMap, HashSet};

use futures_util::{StreamExt, stream};
use midwatch_model::ReferenceKind;
use url::Url;

use super::jar::Record;
use super::{IN_FLIGHT, css, html};
use crate::http::{Client, Fetched};

/// Style sheets and manifests that are fetched of one site.
const MAX_PARTS: usize = 100;

/// The longest chain of `@import`.
const MAX_NESTING: usize = 5;

/// A reference of a style sheet or a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PartReference {
    pub(super) role: ReferenceKind,
    pub(super) url: Url,
    pub(super) by: &'static str,
}

/// The style sheets and manifests of a site, each fetched once.
#[derive(Debug, Default)]
pub(super) struct Parts {
    wanted: Vec<Url>,
    met: HashSet<Url>,
    references: BTreeMap<Url, Vec<PartReference>>,
}

impl Parts {
    /// Asks for one; whether it belongs to the site is for the caller to say.
    pub(super) fn want(&mut self, url: &Url) {
        if self.met.len() < MAX_PARTS && self.met.insert(url.clone()) {
            self.wanted.push(url.clone());
        }
    }

    /// Fetches everything that is wanted, and what that imports of the same site.
    pub(super) async fn fetch(
        &mut self,
        client: &Client,
        record: &mut Record,
        belongs: impl Fn(&Url) -> bool,
    ) {
        for _ in 0..MAX_NESTING {
            let wanted = std::mem::take(&mut self.wanted);
            if wanted.is_empty() {
                return;
            }
            let requests = wanted.into_iter().map(|url| async move {
                let fetched = client.get(&url, None).await;
                (url, fetched)
            });
            let mut answers = stream::iter(requests).buffered(IN_FLIGHT);
            while let Some((url, fetched)) = answers.next().await {
                record.take(&url, &fetched.set_cookies);
                let references = read(&url, &fetched);
                for reference in &references {
                    if reference.role == ReferenceKind::Style && belongs(&reference.url) {
                        self.want(&reference.url);
                    }
                }
                self.references.insert(url, references);
            }
        }
    }

    /// What these parts, and those that they import, refer to, each with the part that holds it.
    pub(super) fn below(&self, parts: &[Url]) -> Vec<(&Url, &PartReference)> {
        let mut found = Vec::new();
        let mut met: HashSet<&Url> = HashSet::new();
        let mut todo: Vec<&Url> = parts.iter().rev().collect();
        while let Some(part) = todo.pop() {
            let Some((part, references)) = self.references.get_key_value(part) else { continue };
            if !met.insert(part) {
                continue;
            }
            for reference in references {
                found.push((part, reference));
                if reference.role == ReferenceKind::Style {
                    todo.push(&reference.url);
                }
            }
        }
        found
    }
}

fn read(url: &Url, fetched: &Fetched) -> Vec<PartReference> {
    let media_type = &fetched.media_type;
    if media_type.is_css() {
        let text = html::decode(&fetched.body, media_type.charset.as_deref());
        css::references(url, &text)
            .into_iter()
            .map(|(role, url, by)| PartReference { role, url, by })
            .collect()
    } else if media_type.essence.ends_with("json") {
        manifest(url, &fetched.body)
    } else {
        Vec::new()
    }
}

/// `start_url` and the images of a manifest (W3C Web Application Manifest).
fn manifest(url: &Url, body: &[u8]) -> Vec<PartReference> {
    /// Images that are looked at.
    const MAX_IMAGES: usize = 100;
    let Ok(json) = serde_json::from_slice::<serde_json::Value>(body) else { return Vec::new() };
    let reference = |value: &serde_json::Value, role, by| {
        let to = html::resolve(url, value.as_str()?)?;
        Some(PartReference { role, url: to, by })
    };
    let mut references: Vec<PartReference> = json
        .get("start_url")
        .and_then(|start| reference(start, ReferenceKind::Link, "manifest start_url"))
        .into_iter()
        .collect();
    for (list, by) in [("icons", "manifest icons"), ("screenshots", "manifest screenshots")] {
        let images = json.get(list).and_then(serde_json::Value::as_array).into_iter().flatten();
        references.extend(
            images.take(MAX_IMAGES).filter_map(|image| reference(image.get("src")?, ReferenceKind::Icon, by)),
        );
    }
    references
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_names_its_start_and_its_images() {
        let url: Url = "https://shop.example/app/manifest.json".parse().expect("a URL");
        let body =
            br#"{"start_url": "http://shop.example/", "icons": [{"src": "a.png"}, {"sizes": "1x1"}, 7]}"#;
        let found: Vec<(&str, String)> =
            manifest(&url, body).into_iter().map(|reference| (reference.by, reference.url.into())).collect();
        assert_eq!(
            found,
            [
                ("manifest start_url", "http://shop.example/".to_owned()),
                ("manifest icons", "https://shop.example/app/a.png".to_owned())
            ]
        );
        assert!(manifest(&url, b"[[[").is_empty());
    }

    #[test]
    fn sheets_that_import_each_other_end() {
        let url = |text: &str| -> Url { text.parse().expect("a URL") };
        let (a, b) = (url("https://shop.example/a.css"), url("https://shop.example/b.css"));
        let import =
            |to: &Url| PartReference { role: ReferenceKind::Style, url: to.clone(), by: "style @import" };
        let parts = Parts {
            references: BTreeMap::from([(a.clone(), vec![import(&b)]), (b.clone(), vec![import(&a)])]),
            ..Parts::default()
        };
        assert_eq!(parts.below(&[a]).len(), 2);
    }
}
