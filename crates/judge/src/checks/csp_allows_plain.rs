//! A policy that lets scripts come over plain http.

use std::collections::BTreeMap;

use midwatch_fields::csp::{self, Policy};
use midwatch_model::{AttackId::*, Severity};

use crate::Check;
use crate::check::ON_PATH_OR_DNS;
use crate::view::SecurePage;
use crate::words;

pub(crate) static CHECK: Check = Check {
    id: "csp-allows-plain",
    title: "The Content-Security-Policy lets scripts in over plain http",
    severity: Severity::Low,
    says: "the policy of {place} lets scripts in over plain http",
    about: "The page has a policy on where scripts may come from, and it names plain http as a place: by http:, by \
           an http:// address, or by *, which stands for http as well as https. Browsers of today refuse such \
           scripts as mixed content in any case; the policy, which could be the second line of defence, is none \
           here.",
    gain: "Where a page refers to a script over plain http, and the browser is an old one: a script of the \
          attacker's.",
    from: ON_PATH_OR_DNS,
    attacks: &[HttpInjection],
    decided: "Of the policies of a page over https that limit scripts, each names http:, an http:// address or *. \
             A host without a scheme means https on a page over https, and does not count. Neither does a policy \
             with 'strict-dynamic', where browsers pass over such sources, nor a page with \
             upgrade-insecure-requests or block-all-mixed-content.",
    benign: &["http: can stand there for old browsers that do not know nonces."],
    fix: "Name hosts with https:// or without a scheme, and https: in place of * and http:.",
    settings: &[],
    source: "W3C Content Security Policy Level 3 (matching of source lists); W3C Mixed Content",
    find: |view, found| {
        let mut pages: BTreeMap<String, (&str, Vec<String>)> = BTreeMap::new();
        for page in view.secure_pages().filter(SecurePage::is_html) {
            if let Some(sources) = plain_sources(&page.policies()) {
                pages
                    .entry(words::and(&sources))
                    .or_insert_with(|| (page.id, Vec::new()))
                    .1
                    .push(page.url.to_string());
            }
        }
        for (sources, (id, urls)) in pages {
            found
                .at(&view.host)
                .see(id, format!("scripts may come from {sources} on {}", words::some(&urls, 3)));
        }
    },
};

/// The sources that let scripts in over plain http, where every policy that limits scripts has one.
fn plain_sources(policies: &[Policy]) -> Option<Vec<String>> {
    if csp::stops_plain_scripts(policies)
        || csp::upgrades_insecure_requests(policies)
        || csp::blocks_all_mixed_content(policies)
    {
        return None;
    }
    let mut all = Vec::new();
    for sources in policies.iter().filter_map(Policy::script_sources) {
        let lower: Vec<String> = sources.iter().map(|source| source.to_ascii_lowercase()).collect();
        let plain: Vec<String> = lower
            .iter()
            .filter(|source| *source == "*" || *source == "http:" || source.starts_with("http://"))
            .cloned()
            .collect();
        if plain.is_empty() || lower.iter().any(|source| source == "'strict-dynamic'") {
            return None;
        }
        all.extend(plain.into_iter().filter(|source| !all.contains(source)).collect::<Vec<_>>());
    }
    (!all.is_empty()).then_some(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    fn found(policy: &str) -> bool {
        let headers = [("content-security-policy", policy)];
        let scene = Scene::sound().page("https://shop.example/p", reply(200, &headers), |_| {});
        let severities = scene.severities(CHECK.id);
        assert!(severities.iter().all(|severity| *severity == Severity::Low));
        !severities.is_empty()
    }

    #[test]
    fn plain_http_by_name_is_found() {
        for policy in [
            "script-src *",
            "default-src 'self' http:",
            "script-src 'self' HTTP://cdn.example",
            "script-src 'nonce-abc' http:",
            "default-src 'none'; script-src-elem *",
        ] {
            assert!(found(policy), "{policy}");
        }
    }

    #[test]
    fn what_lets_nothing_plain_in_is_none() {
        for policy in [
            "",
            "frame-ancestors 'none'",
            "script-src 'self' https: cdn.example",
            "script-src *.cdn.example",
            "script-src 'nonce-abc'",
            "script-src 'strict-dynamic' 'nonce-abc' https: http:",
            "script-src *; upgrade-insecure-requests",
            "script-src *, script-src 'self'",
            "script-src *, script-src 'nonce-abc'",
            "img-src http:",
        ] {
            assert!(!found(policy), "{policy}");
        }
        assert!(Scene::sound().find(CHECK.id).is_empty());
        assert!(Scene::sound().page("https://shop.example/p", timeout(), |_| {}).find(CHECK.id).is_empty());
    }
}
