//! Scripts and styles of other sites that are not pinned to their contents.

use std::collections::BTreeMap;

use midwatch_model::{AttackId::*, ReferenceKind, Severity, Station};
use url::Url;

use crate::Check;

pub(crate) static CHECK: Check = Check {
    id: "sri-missing",
    title: "Scripts or styles of another site are taken whatever they hold",
    severity: Severity::Low,
    says: "pages take scripts or styles from {place} whatever they hold",
    about: "Pages load a script or a style sheet from another site without an integrity attribute. Whoever \
           controls that site, or its name, or gets a certificate for it, decides what runs in these pages. With \
           integrity, browsers take the file with the known contents and no other.",
    gain: "With the other site taken over, or stood in for: a script of the attacker's on every page that loads \
          it.",
    from: &[Station::Dns, Station::Network, Station::Server],
    attacks: &[HttpInjection],
    decided: "A page over https loads a script or a style sheet over https from another site (another registrable \
             domain), and its integrity is missing or holds no sha256, sha384 or sha512 value: browsers pass over \
             what they do not know. One finding for each host. What a style sheet imports is left out, since \
             nothing can be pinned there; what is loaded over http is mixed content.",
    benign: &["A service that changes its script at any time (payment, fonts, statistics) cannot be pinned."],
    fix: "Add integrity=\"sha384-…\" and crossorigin=\"anonymous\", with a URL that names a version; or serve the \
         file from your own host.",
    settings: &[],
    source: "W3C Subresource Integrity; Mozilla Observatory, subresource integrity",
    find: |view, found| {
        let mut hosts: BTreeMap<String, BTreeMap<&str, (&str, String)>> = BTreeMap::new();
        for page in view.secure_pages() {
            for reference in &page.fact.references {
                let Ok(url) = Url::parse(&reference.url) else { continue };
                let pinnable = matches!(reference.role, ReferenceKind::Script | ReferenceKind::Style)
                    && reference.within.is_none()
                    && !reference.by.contains("@import");
                let pinned = reference.integrity.as_deref().is_some_and(holds_a_hash);
                if !reference.third_party || url.scheme() != "https" || !pinnable || pinned {
                    continue;
                }
                let how = match reference.integrity {
                    Some(_) => "with an integrity that browsers do not know",
                    None => "without integrity",
                };
                let detail = format!("{} has {} {url} {how}", page.url, reference.by);
                hosts
                    .entry(url.host_str().unwrap_or_default().to_owned())
                    .or_default()
                    .entry(&reference.url)
                    .or_insert((page.id, detail));
            }
        }
        for (host, resources) in hosts {
            let mut draft = found.at(host);
            for (id, detail) in resources.into_values() {
                draft = draft.see(id, detail);
            }
        }
    },
};

/// True where integrity metadata holds a hash that browsers know, options aside.
fn holds_a_hash(integrity: &str) -> bool {
    integrity.split_ascii_whitespace().any(|item| {
        let expression = item.split('?').next().unwrap_or_default();
        expression.split_once('-').is_some_and(|(algorithm, value)| {
            matches!(algorithm.to_ascii_lowercase().as_str(), "sha256" | "sha384" | "sha512")
                && !value.is_empty()
                && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/-_=".contains(&byte))
        })
    })
}

#[cfg(test)]
mod tests {
    use midwatch_model::Reference;

    use super::*;
    use crate::testing::*;

    fn with(change: impl FnOnce(&mut Reference)) -> Scene {
        let mut script = Reference {
            third_party: true,
            ..reference(ReferenceKind::Script, "script src", "https://cdn.example/menu.js")
        };
        change(&mut script);
        Scene::sound().page("https://shop.example/p", reply(200, &[]), |page| page.references = vec![script])
    }

    #[test]
    fn a_script_of_another_site_is_found() {
        let places: Vec<String> =
            Scene::weak().find(CHECK.id).into_iter().map(|finding| finding.place).collect();
        assert_eq!(places, ["cdn.example"]);
        assert!(Scene::sound().find(CHECK.id).is_empty());
        assert!(Scene::sound().page("https://shop.example/p", timeout(), |_| {}).find(CHECK.id).is_empty());
        assert_eq!(with(|_| {}).severities(CHECK.id), [Severity::Low]);
    }

    #[test]
    fn only_a_hash_that_browsers_know_pins() {
        for (integrity, pins) in [
            ("sha384-OLBgp1GsljhM2TJ+sbHjaiH9txEUvgdDTAzHv2P24donTt6/529l+9Ua0vFImLlb", true),
            ("md5-abcd sha256-abcd?ct=x", true),
            ("md5-abcd", false),
            ("sha384-", false),
            ("sha1-abcd", false),
            ("", false),
        ] {
            let found = with(|script| script.integrity = Some(integrity.into())).find(CHECK.id);
            assert_eq!(found.is_empty(), pins, "{integrity}");
        }
    }

    #[test]
    fn the_site_itself_plain_http_and_imports_are_none() {
        assert!(with(|script| script.third_party = false).find(CHECK.id).is_empty());
        assert!(with(|script| script.url = "http://cdn.example/menu.js".into()).find(CHECK.id).is_empty());
        assert!(with(|script| script.role = ReferenceKind::Image).find(CHECK.id).is_empty());
        assert!(
            with(|script| {
                script.role = ReferenceKind::Style;
                script.by = "style @import".into();
            })
            .find(CHECK.id)
            .is_empty()
        );
    }
}
