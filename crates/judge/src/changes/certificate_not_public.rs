//! The certificate is not trusted by browsers any more.

use midwatch_model::{AttackId::*, Severity};

use super::certificate::{self, Kind};
use super::rule::Rule;
use midwatch_model::Likelihood;

pub(crate) static RULE: Rule = Rule {
    id: "certificate-not-public",
    title: "The certificate is not trusted by browsers any more",
    severity: Severity::High,
    about: "A certificate that anybody can make stands where one stood that an authority vouched for. So it \
            looks when somebody opens the connection on its way.",
    decided: "A public root programme trusted a certificate that is remembered here, and none trusts the one \
              that is met: another certificate, or the same. Suspicious where it is another one; unclear \
              where it is the same, which may have expired or lack an intermediate now.",
    benign: &[
        "A server that was set up anew and shows the certificate that it came with.",
        "A certificate that ran out, or an intermediate that is not sent any more: the findings of the same \
         look say so.",
        "A proxy or security software that opens TLS between here and the service, on purpose.",
    ],
    advice: "Do not go on where the browser warns. Ask whoever runs the service whether it is theirs: the \
             fingerprint stands beside it.",
    source: "RFC 5280 6; RFC 9525",
    attacks: &[Impersonation, IpHijacking, DnsSpoofing],
    explains: certificate::EXPLAINS,
    find: |pair, found| {
        let Some(changed) = certificate::of_kind(pair, Kind::NotPublic) else { return };
        let (expected, met) = changed.lines();
        let draft = found
            .at(format!("{} shows a certificate that browsers do not trust", pair.place()))
            .differs(expected, met)
            .reasons(changed.reasons());
        if changed.new.sha256 != changed.old.sha256 {
            draft.likely(Likelihood::Suspicious);
        }
    },
};
