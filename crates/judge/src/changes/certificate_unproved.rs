//! Another certificate that nothing vouches for.

use midwatch_model::{AttackId::*, Severity};

use super::certificate::{self, Kind};
use super::rule::Rule;
use midwatch_model::Likelihood;

pub(crate) static RULE: Rule = Rule {
    id: "certificate-unproved",
    title: "Another certificate that nothing vouches for",
    severity: Severity::Medium,
    about: "Where a service has a certificate of its own making, nothing but memory tells it from somebody \
            else's. So each new one is worth a question.",
    decided: "A certificate that was never met here and that no store that was asked trusts, where no public \
              root programme trusted the ones before either. The issuer's name says nothing, since anybody \
              can write it. Unclear; high and suspicious where anchors of your own vouched for the one that was \
              there.",
    benign: &[
        "A device or server that made itself a new certificate, as many do once a year or when they start \
         anew.",
        "An authority of the organisation's own that was not named: give it with --trust.",
    ],
    advice: "Ask whoever runs the service whether it is theirs: the fingerprint stands beside it. Compare it \
             on the device itself.",
    source: "RFC 5280 6; RFC 9525",
    attacks: &[Impersonation, IpHijacking, DnsSpoofing],
    explains: certificate::EXPLAINS,
    find: |pair, found| {
        let Some(changed) = certificate::of_kind(pair, Kind::Unproved) else { return };
        let (expected, met) = changed.lines();
        let draft = found
            .at(format!("{} shows another certificate that nothing vouches for", pair.place()))
            .differs(expected, met)
            .reasons(changed.reasons());
        if changed.new.spki_sha256 == changed.old.spki_sha256 {
            draft.severity(Severity::Info).likely(Likelihood::Benign);
        } else if changed.old.trusted == Some(true) {
            draft
                .severity(Severity::High)
                .likely(Likelihood::Suspicious)
                .reasons(["Anchors of your own vouch for the one that was there.".to_owned()]);
        }
    },
};
