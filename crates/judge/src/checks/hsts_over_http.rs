//! The header over plain http.

use midwatch_model::{AttackId::*, Severity};

use super::support;
use crate::Check;
use crate::check::ON_PATH_OR_DNS;

pub(crate) static CHECK: Check = Check {
    id: "hsts-over-http",
    title: "The HSTS header is sent over plain http, where it counts for nothing",
    severity: Severity::Info,
    says: "{place} sends Strict-Transport-Security over plain http, where browsers ignore it",
    about: "Anybody on the way could add or change the header there, so browsers take it over https alone. A site \
            that relies on it has no policy.",
    gain: "Nothing by itself; where the header is missing over https, the visit as a whole.",
    from: ON_PATH_OR_DNS,
    attacks: &[StrippingAndDowngrade],
    decided: "An answer of the host or its sibling over plain http has the header.",
    benign: &["A proxy often adds the header to everything that passes, which does no harm."],
    fix: "Send the header over https alone.",
    settings: &[],
    source: "RFC 6797 7.2 and 8.1",
    find: |view, found| {
        for answer in view.answers.iter().filter(|answer| answer.url.scheme() == "http") {
            let host = answer.url.host_str().unwrap_or_default();
            let value = answer.response.header("strict-transport-security").next();
            if let Some(value) = value.filter(|_| view.is_own(host)) {
                found.at(host).see(answer.id, format!("{} sends {}", answer.url, support::quoted(value)));
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::EntryKind;

    use super::*;
    use crate::testing::*;

    #[test]
    fn only_plain_answers_count() {
        let (bare, secure) = ("http://shop.example/", "https://shop.example/");
        let answer = reply(301, &[("location", secure), ("strict-transport-security", HSTS)]);
        let scene = Scene::sound().entry_instead(EntryKind::Http, &[(bare, answer)]);
        assert_eq!(scene.severities(CHECK.id), [Severity::Info]);
        assert!(Scene::sound().find(CHECK.id).is_empty());
        let silent = Scene::sound().entry_instead(EntryKind::Http, &[(bare, timeout())]);
        assert!(silent.find(CHECK.id).is_empty());
    }
}
