//! The certificate was renewed long before its end.

use midwatch_model::{AttackId::*, Severity};

use super::certificate::{self, Kind};
use super::rule::Rule;

pub(crate) static RULE: Rule = Rule {
    id: "certificate-renewed-early",
    title: "The certificate was renewed long before its end",
    severity: Severity::Low,
    about: "Programs renew when about a third of the validity is left. One that comes much earlier was asked \
            for by somebody, for a reason.",
    decided: "As a renewed certificate, but more than half of the validity of the one before was left when \
              it began. The number is our own; ACME clients wait until a third is left. Unclear.",
    benign: &[
        "A server that was set up anew, or moved, and asked for a certificate of its own.",
        "A name was added to the certificate.",
        "The authority or the owner replaced it, for example since a key was lost or the authority had to \
         revoke it.",
    ],
    advice: "Ask whoever runs the service whether it is theirs: the fingerprint stands beside it. Look in \
             the authority's account, and in the logs (crt.sh), who asked for it.",
    source: "RFC 9773 (ACME renewal information); Let's Encrypt's integration guide",
    attacks: &[Impersonation, IpHijacking, DnsSpoofing],
    explains: certificate::EXPLAINS,
    find: |pair, found| {
        let Some(changed) = certificate::of_kind(pair, Kind::Early) else { return };
        let (expected, met) = changed.lines();
        let draft = found
            .at(format!(
                "{} shows a certificate that was renewed long before the end of the last one",
                pair.place()
            ))
            .differs(expected, met)
            .reasons(changed.reasons());
        draft.because("More than half of the validity of the one before was left.");
    },
};
