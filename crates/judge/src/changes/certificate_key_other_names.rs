//! The certificate's key serves other names.

use midwatch_model::{AttackId::*, Severity};

use super::certificate::{self, Kind};
use super::rule::Rule;
use midwatch_model::Likelihood;

pub(crate) static RULE: Rule = Rule {
    id: "certificate-key-other-names",
    title: "The certificate's key serves other names",
    severity: Severity::Low,
    about: "The key is the one that is known, and the certificate names others than it did. Whoever holds \
            the key speaks for all of them.",
    decided: "A certificate that was never met here, of a known issuer, whose key is that of a certificate \
              that is remembered here, and with other names than every such one. Benign where names were \
              only added or taken away and a log has it; unclear otherwise.",
    benign: &[
        "A name was added to the service, or taken away.",
        "A host that puts several customers into one certificate.",
    ],
    advice: "Look whether the names are yours, and whether their services should share a key.",
    source: "RFC 5280 4.2.1.6",
    attacks: &[Impersonation, IpHijacking, DnsSpoofing],
    explains: certificate::EXPLAINS,
    find: |pair, found| {
        let Some(changed) = certificate::of_kind(pair, Kind::OtherNames) else { return };
        let (expected, met) = changed.lines();
        let draft = found
            .at(format!("{} shows a known key in a certificate for other names", pair.place()))
            .differs(expected, met)
            .reasons(changed.reasons());
        let (more, fewer) = certificate::names(changed.old, changed.new);
        if changed.is_vouched_for() && (more.is_empty() || fewer.is_empty()) {
            draft.likely(Likelihood::Benign);
        }
    },
};
