//! The certificate is an older one.

use midwatch_model::{AttackId::*, Severity};

use super::certificate::{self, Kind};
use super::rule::Rule;
use midwatch_model::Likelihood;

pub(crate) static RULE: Rule = Rule {
    id: "certificate-older",
    title: "The certificate is an older one",
    severity: Severity::Medium,
    about: "Whoever got hold of an old certificate with its key can show it until it ends. Servers come back \
            to an old one by mistake.",
    decided: "A certificate that began before the one that is remembered last, of a known issuer; or none of those that \
              were there last is met, and all that are met were met before. What one look met side by side is in use \
              side by side, and is no change. Info and benign where it was met within the last 7 days and in no fewer \
              looks than the one that it stands for, as several servers behind one name do; low where it was met before, \
              otherwise; medium and unclear where it was never met. One that was met before and that the other rules on \
              certificates are graver about, held against the last one alone, is theirs: what came once from somebody in \
              the middle does not become benign by coming again.",
    benign: &[
        "Several servers behind one name, of which one was not yet given the new certificate.",
        "A server that was restored from a backup.",
    ],
    advice: "Look which of the servers shows it, and give it the new certificate. Revoke the old one where \
             its key may be lost.",
    source: "RFC 5280 4.1.2.5",
    attacks: &[Impersonation, IpHijacking, DnsSpoofing],
    explains: certificate::EXPLAINS,
    find: |pair, found| {
        let Some(changed) = certificate::of_kind(pair, Kind::Older) else { return };
        let (expected, met) = changed.lines();
        let draft = found
            .at(format!("{} shows an older certificate", pair.place()))
            .differs(expected, met)
            .reasons(changed.reasons());
        match (changed.known, changed.in_use) {
            (true, true) => {
                draft
                    .severity(Severity::Info)
                    .likely(Likelihood::Benign)
                    .because("That was within the last 7 days, and in no fewer looks.");
            }
            (true, false) => {
                draft.severity(Severity::Low);
            }
            (false, _) => {
                draft.because("It was never met here.");
            }
        }
    },
};
