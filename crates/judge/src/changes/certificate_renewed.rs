//! The certificate was renewed.

use midwatch_model::{AttackId::*, Severity};

use super::certificate::{self, Kind};
use super::rule::Rule;

pub(crate) static RULE: Rule = Rule {
    id: "certificate-renewed",
    title: "The certificate was renewed",
    severity: Severity::Info,
    about: "A certificate comes to its end and another one takes its place. This is the change that is \
            expected.",
    decided: "A certificate that was never met here, of the same issuer as one that was, not older than it, \
              with no more than half of the validity of the one before left when it began. The same issuer \
              is the same organisation (O) in the issuer's name, since authorities sign with several \
              certificates of their own in turn. Benign where a verified timestamp of a log and a public \
              root programme stand behind it, or anchors of your own; unclear where one of them could not be \
              told. A key that was kept and validities that overlap are named as further reasons.",
    benign: &[],
    advice: "Nothing, where it is benign. Where it is unclear, look at the reasons.",
    source: "RFC 5280 4.1.2.5; RFC 6962",
    attacks: &[Impersonation, IpHijacking, DnsSpoofing],
    explains: certificate::EXPLAINS,
    find: |pair, found| {
        let Some(changed) = certificate::of_kind(pair, Kind::Renewed) else { return };
        let (expected, met) = changed.lines();
        let draft = found
            .at(format!("{} shows a renewed certificate", pair.place()))
            .differs(expected, met)
            .reasons(changed.reasons());
        draft.likely(changed.likelihood());
    },
};
