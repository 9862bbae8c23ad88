//! Retries with an older version.

use midwatch_model::{AttackId::*, Severity, TlsVersion};

use crate::Check;
use crate::check::ON_PATH;
use crate::fixes::Setting;

pub(crate) static CHECK: Check = Check {
    id: "tls-fallback-scsv",
    title: "Retries with an older version are not refused",
    severity: Severity::Low,
    says: "{place} does not refuse a client that was pushed back to an older version",
    about: "Some clients try again with an older version when a connection fails, and somebody on the way can make \
            connections fail. TLS_FALLBACK_SCSV tells the server that this is such a retry, and a server that \
            knows it refuses when it could do better.",
    gain: "Connections of such clients in the oldest version that both sides know.",
    from: ON_PATH,
    attacks: &[StrippingAndDowngrade],
    decided: "A hello with the signal and the second-best version was answered as if it were an ordinary one. \
              Medium where the server accepts a version below TLS 1.2, low otherwise: browsers of today do not \
              retry with older versions, and TLS 1.3 has a signal of its own against it. Not asked where a single \
              version is accepted.",
    benign: &[],
    fix: "Renew the TLS library of the server (OpenSSL has it since 1.0.1j), and allow TLS 1.2 and 1.3 alone.",
    settings: &[Setting::ModernTls],
    source: "RFC 7507; RFC 8446 4.1.3",
    find: |view, found| {
        for endpoint in &view.endpoints {
            if endpoint.fact.fallback_scsv.value() != Some(&false) {
                continue;
            }
            let old = endpoint.fact.accepted().any(|(version, _)| version < TlsVersion::Tls12);
            let severity = if old { Severity::Medium } else { Severity::Low };
            let what = format!("{} answers a retry with an older version", endpoint.fact.address);
            found.at(view.endpoint_name()).severity(severity).see(endpoint.id, what);
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::{Outcome, ReasonKind};

    use super::*;
    use crate::testing::*;

    #[test]
    fn it_matters_more_where_there_is_something_old_to_fall_to() {
        let ignored = Scene::sound().change_tls(|tls| tls.fallback_scsv = Outcome::seen(false));
        assert_eq!(ignored.severities(CHECK.id), [Severity::Low]);
        assert_eq!(Scene::weak().severities(CHECK.id), [Severity::Medium]);
        let alone = Outcome::unmeasured(ReasonKind::NotAsked, "fewer than two versions are accepted");
        assert!(Scene::sound().change_tls(|tls| tls.fallback_scsv = alone.clone()).find(CHECK.id).is_empty());
        assert!(Scene::sound().find(CHECK.id).is_empty());
        assert!(Scene::sound().change_tls(silence).find(CHECK.id).is_empty());
    }
}
