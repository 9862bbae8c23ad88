//! The authority has taken the certificate back.

use midwatch_model::{AttackId::*, OcspAnswer, OcspStatus, Severity};

use super::support;
use crate::Check;
use crate::check::ON_PATH_OR_DNS;
use crate::fixes::Setting;
use crate::view::revocation;

pub(crate) static CHECK: Check = Check {
    id: "cert-revoked",
    title: "The certificate is revoked",
    severity: Severity::Critical,
    says: "the certificate of {place} is revoked",
    about: "Its authority says that this certificate must not be used any more, most often because its key may be in \
            other hands.",
    gain: "Whoever has the key is the site, for every visitor whose browser does not ask about revocation.",
    from: ON_PATH_OR_DNS,
    attacks: &[Impersonation, DnsSpoofing, IpHijacking],
    decided: "An OCSP answer about a certificate of the path, stapled or fetched (--revocation), or its authority's \
              list, signed by its issuer or by whom that allows to, says revoked. An intermediate counts one step \
              less than the server's own, since browsers are told of those by their makers, and so does the sibling \
              name (www. added or taken away).",
    benign: &["The certificate was replaced and the server not restarted."],
    fix: "Make a new key and get a new certificate for it. Find out why the old one was revoked.",
    settings: &[Setting::ChainFile],
    source: "RFC 5280 6.3; RFC 6960 2.2",
    find: |view, found| {
        for chain in &view.chains {
            let severity = support::of_trust(view, &chain.fact.host.to_string(), Severity::Critical);
            for (at, whose, answer) in revocation::answers(chain.fact) {
                let OcspAnswer::Verified { status: OcspStatus::Revoked { at: since, reason }, .. } = answer
                else {
                    continue;
                };
                let why = reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default();
                let what = support::which(chain.fact, at);
                found
                    .at(support::place(chain.fact))
                    .severity(if at == 0 { severity } else { support::milder(severity) })
                    .see(chain.id, format!("{what} is revoked since {since}{why}, says {whose}"));
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::{Outcome, Revocation, RevocationAsked, RevocationSource};

    use super::*;
    use crate::testing::*;

    fn stapled(status: OcspStatus) -> Scene {
        Scene::sound().change_chain(|chain| {
            chain.revocation = Some(Revocation {
                staple: Some(OcspAnswer::Verified {
                    status: status.clone(),
                    this_update: time("2026-11-24T00:00:00Z"),
                    next_update: None,
                }),
                ..Revocation::default()
            });
        })
    }

    fn revoked() -> OcspStatus {
        OcspStatus::Revoked { at: time("2026-11-01T00:00:00Z"), reason: Some("keyCompromise".into()) }
    }

    #[test]
    fn a_list_counts_and_an_intermediate_less() {
        let listed = |at: usize| {
            let answer = OcspAnswer::Verified {
                status: revoked(),
                this_update: time("2026-11-24T00:00:00Z"),
                next_update: None,
            };
            Scene::sound().change_chain(|chain| {
                let (by, url) = (RevocationSource::Crl, "http://crl.example/1".to_owned());
                let asked = vec![RevocationAsked { at, by, url, says: Outcome::seen(answer.clone()) }];
                chain.revocation = Some(Revocation { staple: None, asked });
            })
        };
        let found = listed(0).find(CHECK.id);
        assert_eq!(found[0].severity, Severity::Critical);
        let evidence = &found[0].evidence[0].detail;
        assert!(evidence.ends_with("(keyCompromise), says the list at http://crl.example/1"), "{evidence}");
        assert_eq!(listed(1).severities(CHECK.id), [Severity::High]);
    }

    #[test]
    fn revoked_is_critical_and_nothing_else_is_found() {
        let revoked = stapled(revoked());
        assert_eq!(revoked.severities(CHECK.id), [Severity::Critical]);
        for other in [OcspStatus::Good, OcspStatus::Unknown] {
            assert!(stapled(other).find(CHECK.id).is_empty());
        }
        assert!(Scene::sound().find(CHECK.id).is_empty());
    }
}
