//! The certificate comes from another issuer.

use midwatch_model::{AttackId::*, Severity};

use super::certificate::{self, Kind};
use super::issuers::Allowed;
use super::rule::Rule;
use midwatch_model::Likelihood;

pub(crate) static RULE: Rule = Rule {
    id: "certificate-new-issuer",
    title: "The certificate comes from another issuer",
    severity: Severity::Medium,
    about: "Somebody who had a certificate issued for a name that is not theirs mostly had it from another \
            authority than the owner's. Owners change authorities too, and rarely.",
    decided: "A certificate that was never met here, and no certificate that is remembered here is of its \
              issuer's organisation (of the same issuer's name where a name has no organisation). Low and \
              benign where the CAA records of the name allow the authority, a log has the certificate and a \
              public root programme trusts it. High and suspicious where the CAA records do not allow the \
              authority. Medium and unclear otherwise: there are no records, they are not known, or the \
              authority's domain is not.",
    benign: &[
        "The owner, their host or their content delivery network uses another authority now.",
        "A new server, or another one of several, has its certificate from elsewhere.",
        "CAA records that were not yet changed.",
    ],
    advice: "Ask whoever runs the service whether it is theirs: the fingerprint stands beside it. If it is \
             not, have it revoked, and restrict who may issue by CAA records with accounturi (RFC 8657).",
    source: "RFC 8659 3; RFC 6962",
    attacks: &[Impersonation, IpHijacking, DnsSpoofing],
    explains: certificate::EXPLAINS,
    find: |pair, found| {
        let Some(changed) = certificate::of_kind(pair, Kind::NewIssuer) else { return };
        let (expected, met) = changed.lines();
        let draft = found
            .at(format!("{} shows a certificate from another issuer", pair.place()))
            .differs(expected, met)
            .reasons(changed.reasons());
        match changed.caa {
            Allowed::Yes => {
                let draft = draft.because("The CAA records allow its authority.");
                if changed.is_vouched_for() {
                    draft.severity(Severity::Low).likely(Likelihood::Benign);
                }
            }
            Allowed::No => {
                draft
                    .severity(Severity::High)
                    .likely(Likelihood::Suspicious)
                    .because("The CAA records do not allow its authority.");
            }
            Allowed::Anybody => {
                draft.because("There are no CAA records: any authority may issue.");
            }
            Allowed::Unknown => {
                draft.because("Whether CAA records allow its authority could not be told.");
            }
        }
    },
};
