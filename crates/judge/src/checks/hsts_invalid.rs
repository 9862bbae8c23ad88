//! A header that browsers ignore.

use midwatch_model::{AttackId::*, Severity};

use super::support;
use crate::Check;
use crate::check::ON_PATH_OR_DNS;
use crate::fixes::Setting;
use crate::view::HstsState;

pub(crate) static CHECK: Check = Check {
    id: "hsts-invalid",
    title: "Browsers ignore the Strict-Transport-Security header",
    severity: Severity::High,
    says: "{place} sends a Strict-Transport-Security that breaks the grammar, so that browsers ignore it",
    about: "A browser that meets a header which does not follow the grammar ignores the whole of it. The site \
            looks as if it had a policy, and has none.",
    gain: "The visit as a whole, as where the header is missing: visitors can be kept on plain http.",
    from: ON_PATH_OR_DNS,
    attacks: &[SessionHijacking, HttpInjection, StrippingAndDowngrade, DnsSpoofing, IpHijacking],
    decided: "The first answer of the host that has the header has one that cannot be read: no max-age, one that \
              is no number, a directive that stands twice, or something that is no directive (often a comma where \
              a semicolon belongs). High at the host itself; medium at its sibling, low where that only redirects, \
              and low where the policy of a name above covers it.",
    benign: &[],
    fix: "Send one header, with semicolons between its parts: max-age=63072000; includeSubDomains.",
    settings: &[Setting::Hsts],
    source: "RFC 6797 6.1 and 8.1",
    find: |view, found| {
        for seen in support::hsts_hosts(view) {
            let HstsState::Invalid { id, url, value, faults } = &seen.state else { continue };
            let severity = if view.hsts_covers(&seen.host) {
                Severity::Low
            } else {
                support::without_policy(view, &seen.host)
            };
            let faults: Vec<String> = faults.iter().map(|fault| support::short(&fault.to_string())).collect();
            let what = format!("{url} sends {}: {}", support::quoted(value), support::names(&faults));
            found.at(&seen.host).severity(severity).see(id, what);
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    #[test]
    fn faults_are_named() {
        let found = Scene::sound().hsts(Some("max-age=31536000, includeSubDomains")).find(CHECK.id);
        assert_eq!(found.first().map(|finding| finding.severity), Some(Severity::High));
        let detail = &found.first().and_then(|finding| finding.evidence.first()).expect("evidence").detail;
        assert!(detail.contains("is no number of seconds"), "{detail}");
        assert!(Scene::sound().hsts(Some("includeSubDomains")).find(CHECK.id).len() == 2);
    }

    #[test]
    fn odd_but_sound_headers_are_none() {
        for value in [HSTS, "MAX-AGE=\"31536000\" ; unknown=1", "max-age=31536000;"] {
            assert!(Scene::sound().hsts(Some(value)).find(CHECK.id).is_empty(), "{value}");
        }
        assert!(Scene::sound().hsts(None).find(CHECK.id).is_empty());
        let silent = Scene::empty().page("https://shop.example/", timeout(), |_| {});
        assert!(silent.find(CHECK.id).is_empty());
    }
}
