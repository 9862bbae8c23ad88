//! The certificate is in no log.

use midwatch_model::{AttackId::*, Severity};

use super::certificate::{self, Kind};
use super::rule::Rule;
use midwatch_model::Likelihood;

pub(crate) static RULE: Rule = Rule {
    id: "certificate-unlogged",
    title: "The certificate is in no log",
    severity: Severity::High,
    about: "Public authorities put what they issue into logs that anybody can read, and browsers ask for it. \
            A certificate that is kept out of them is kept from the owner's eyes.",
    decided: "A certificate that was never met here, with no timestamp of a log that verifies, though all \
              places where one may be were looked at, while certificates that are remembered here had one, \
              or while a public root programme trusts it. Suspicious.",
    benign: &[
        "An authority of the organisation's own that took the place of a public one.",
        "A log that is newer than the list that is bundled.",
    ],
    advice: "Ask whoever runs the service whether it is theirs: the fingerprint stands beside it. Do not \
             send passwords over it until they say so.",
    source: "RFC 6962; the policies of Chrome and Apple on Certificate Transparency",
    attacks: &[Impersonation, IpHijacking, DnsSpoofing],
    explains: certificate::EXPLAINS,
    find: |pair, found| {
        let Some(changed) = certificate::of_kind(pair, Kind::Unlogged) else { return };
        let (expected, met) = changed.lines();
        let draft = found
            .at(format!("{} shows a certificate that no public log has", pair.place()))
            .differs(expected, met)
            .reasons(changed.reasons());
        draft.likely(Likelihood::Suspicious);
    },
};
