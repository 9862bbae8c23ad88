//! The authority does not know a certificate with its own signature.

use midwatch_model::{AttackId::*, Confidence, OcspAnswer, OcspStatus, Severity};

use super::support;
use crate::Check;
use crate::check::ON_PATH_OR_DNS;
use crate::view::revocation;

pub(crate) static CHECK: Check = Check {
    id: "cert-unknown-to-authority",
    title: "The authority says that it does not know the certificate",
    severity: Severity::Medium,
    says: "the authority of the certificate of {place} says that it does not know it",
    about: "The certificate bears the signature of its authority, whose own service answers that it never heard of \
            it. That is what a certificate looks like that was made behind the authority's back, with its stolen key \
            or by a break-in.",
    gain: "To be the site with a certificate that nobody can find or take back.",
    from: ON_PATH_OR_DNS,
    attacks: &[Impersonation, DnsSpoofing, IpHijacking],
    decided: "An OCSP answer about a certificate of the path, signed by its issuer or by whom that allows to, says \
              unknown. Tentative, since there are benign causes.",
    benign: &[
        "The certificate is minutes old and the responder has not learnt of it yet.",
        "The responder does not serve this issuer, and the certificate names the wrong one.",
    ],
    fix: "Compare the certificate's fingerprint with the one on the server. Where they are the same, tell the \
          authority; where they are not, somebody is in between.",
    settings: &[],
    source: "RFC 6960 2.2",
    find: |view, found| {
        for chain in &view.chains {
            for (at, whose, answer) in revocation::answers(chain.fact) {
                if let OcspAnswer::Verified { status: OcspStatus::Unknown, .. } = answer {
                    let what = support::which(chain.fact, at);
                    found
                        .at(support::place(chain.fact))
                        .severity(support::of_trust(view, &chain.fact.host.to_string(), Severity::Medium))
                        .confidence(Confidence::Tentative)
                        .see(chain.id, format!("{what} is unknown, says {whose}"));
                }
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::Revocation;

    use super::*;
    use crate::testing::*;

    #[test]
    fn unknown_alone_is_found() {
        let stapled = |status: OcspStatus| {
            Scene::sound().change_chain(|chain| {
                let this_update = time("2026-11-24T00:00:00Z");
                let answer = OcspAnswer::Verified { status: status.clone(), this_update, next_update: None };
                chain.revocation = Some(Revocation { staple: Some(answer), asked: vec![] });
            })
        };
        assert_eq!(stapled(OcspStatus::Unknown).severities(CHECK.id), [Severity::Medium]);
        assert!(stapled(OcspStatus::Good).find(CHECK.id).is_empty());
        assert!(Scene::sound().find(CHECK.id).is_empty());
    }
}
