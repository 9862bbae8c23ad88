//! Answers that the standards do not allow.

use midwatch_model::{AttackId::*, QuirkKind, Severity};

use crate::Check;
use crate::check::ON_PATH;

pub(crate) static CHECK: Check = Check {
    id: "tls-quirk",
    title: "The server answers in a way that the standards do not allow",
    severity: Severity::Info,
    says: "{place} answers in a way that the standards do not allow",
    about: "Such answers come from old or half-made libraries, and from boxes that sit before the server. They \
            break connections of new clients, which then try again with less.",
    gain: "Clients that try again with less protection than they could have.",
    from: ON_PATH,
    attacks: &[StrippingAndDowngrade],
    decided: "Low: the server chose a suite or a version that the hello had not offered, or fails on large hellos, \
              such as browsers send for keys that resist quantum computers. Info: two answers to the same hello \
              differ.",
    benign: &[
        "Several machines behind one address may be set up differently.",
        "A box between here and the server may have answered in its stead.",
    ],
    fix: "Renew the TLS library of the server, and of whatever ends or inspects TLS before it.",
    settings: &[],
    source: "RFC 5246 7.4.1.3; RFC 8446 4.1.3",
    find: |view, found| {
        for endpoint in &view.endpoints {
            for quirk in &endpoint.fact.quirks {
                let (severity, title) = match quirk.kind {
                    QuirkKind::SuiteNotOffered => {
                        (Severity::Low, "The server chooses a suite that was not offered")
                    }
                    QuirkKind::VersionNotOffered => {
                        (Severity::Low, "The server chooses a version that was not offered")
                    }
                    QuirkKind::LargeHelloIntolerant => (Severity::Low, "The server fails on a large hello"),
                    QuirkKind::Inconsistent => {
                        (Severity::Info, "The server answers the same hello in different ways")
                    }
                    // The finding tls-dh-bad.
                    QuirkKind::BadDhParameters => continue,
                };
                let what = format!("{}: {}", endpoint.fact.address, quirk.detail);
                found.at(view.endpoint_name()).severity(severity).title(title).see(endpoint.id, what);
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::Quirk;

    use super::*;
    use crate::testing::*;

    fn with(kind: QuirkKind) -> Vec<Severity> {
        let quirk = Quirk { kind, detail: "seen in a test".into() };
        Scene::sound().change_tls(|tls| tls.quirks.push(quirk.clone())).severities(CHECK.id)
    }

    #[test]
    fn kinds_are_weighed() {
        assert_eq!(with(QuirkKind::SuiteNotOffered), [Severity::Low]);
        assert_eq!(with(QuirkKind::VersionNotOffered), [Severity::Low]);
        assert_eq!(with(QuirkKind::LargeHelloIntolerant), [Severity::Low]);
        assert_eq!(with(QuirkKind::Inconsistent), [Severity::Info]);
        assert!(with(QuirkKind::BadDhParameters).is_empty());
        assert!(Scene::sound().find(CHECK.id).is_empty());
        assert!(Scene::sound().change_tls(silence).find(CHECK.id).is_empty());
    }
}
