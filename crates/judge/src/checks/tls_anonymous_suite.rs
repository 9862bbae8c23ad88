//! Suites without a certificate.

use midwatch_model::{AttackId::*, Severity, Starttls};

use super::support;
use crate::Check;
use crate::check::ON_PATH_OR_DNS;
use crate::fixes::Setting;

/// What it gives where Postfix and others offer such suites on purpose.
const RELAY: &str = "Nothing: a sender that verifies the server offers no suite without a certificate, and one that does not takes \
                     any certificate as well.";

pub(crate) static CHECK: Check = Check {
    id: "tls-anonymous-suite",
    title: "Suites without a certificate are accepted",
    severity: Severity::High,
    says: "{place} accepts suites in which nobody proves an identity",
    about: "Anonymous suites agree on keys without any certificate. Whoever is in the middle agrees on one key \
            with each side, and neither side can tell.",
    gain: "To be the server for any client that takes such a suite, with no certificate at all.",
    from: ON_PATH_OR_DNS,
    attacks: &[Eavesdropping, StrippingAndDowngrade, Impersonation, DnsSpoofing, IpHijacking],
    decided: "The server chose an anonymous suite (DH_anon, ECDH_anon) when it was offered. High; info for mail between \
              servers, where a sender that verifies offers no such suite, and one that does not takes any certificate.",
    benign: &[
        "Who verifies certificates never offers such a suite; mail servers and other programs may, on purpose.",
    ],
    fix: "Allow TLS 1.2 and 1.3 alone, with the suites of Mozilla's guideline.",
    settings: &[Setting::ModernTls],
    source: "RFC 5246 F.1.1.1; RFC 9325 4.1; RFC 7435 3",
    find: |view, found| {
        let between_servers = view.starttls_by() == Some(Starttls::Smtp);
        for (id, detail) in support::suites(view, |_, suite| suite.anonymous) {
            let draft = found.at(view.endpoint_name());
            let draft = match between_servers {
                true => draft.severity(Severity::Info).gain(RELAY),
                false => draft,
            };
            draft.see(id, detail);
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::TlsVersion;

    use super::*;
    use crate::testing::*;

    fn with(suites: &[&str]) -> Scene {
        Scene::sound().change_tls(|tls| accept(tls, TlsVersion::Tls12, suites))
    }

    #[test]
    fn between_mail_servers_it_gives_nobody_anything() {
        let weight = |protocol: Starttls| {
            let scene = Scene::starttls(protocol);
            scene
                .change_tls(|tls| accept(tls, TlsVersion::Tls12, &["TLS_DH_anon_WITH_AES_128_CBC_SHA"]))
                .severities(CHECK.id)
        };
        assert_eq!(weight(Starttls::Smtp), [Severity::Info]);
        assert_eq!(weight(Starttls::Submission), [Severity::High]);
    }

    #[test]
    fn the_suite_is_found_whatever_stands_beside_it() {
        let scene = with(&["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_DH_anon_WITH_AES_128_CBC_SHA"]);
        assert_eq!(scene.severities(CHECK.id), [Severity::High]);
        assert!(with(&["TLS_RSA_WITH_AES_128_CBC_SHA"]).find(CHECK.id).is_empty());
        assert!(Scene::sound().find(CHECK.id).is_empty());
        assert!(Scene::sound().change_tls(silence).find(CHECK.id).is_empty());
    }
}
