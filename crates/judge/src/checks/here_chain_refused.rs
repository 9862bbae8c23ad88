//! A public site whose certificate nobody trusts, met from here.

use midwatch_model::{AttackId::*, RejectionKind, Severity, Station};

use super::support;
use crate::Check;

pub(crate) static CHECK: Check = Check {
    id: "here-chain-refused",
    title: "A public site shows a certificate that nobody trusts",
    severity: Severity::High,
    says: "{place} shows a certificate here that nobody trusts",
    about: "A site that everybody else reaches with a certificate of a public authority shows another one here: one that \
            vouches for itself, or for another name. That is what an attack looks like that needs a click on a warning \
            to succeed.",
    gain: "To be the site for whoever clicks the warning away.",
    from: &[Station::Wifi, Station::Router, Station::Dns, Station::Network],
    attacks: &[Impersonation, DnsSpoofing, IpHijacking],
    decided: "A chain met for one of the sites of --sites that no store takes. High where its root is unknown, it vouches \
              for itself, or it is for another name. Low for other reasons, such as an end of validity, which are as a \
              rule the site's own or this computer's clock.",
    benign: &[
        "A sign-in page of the network that answers for every site until somebody signs in.",
        "A fault of the site's own.",
    ],
    fix: "Do not click the warning away. Sign in to the network where it asks for it, and look again; where the warning \
          stays, leave the network.",
    settings: &[],
    source: "RFC 5280 6.1; RFC 8952 (captive portals)",
    find: |view, found| {
        for seen in &view.here.chains {
            let none = seen.fact.trust.iter().all(|decision| !decision.trusted);
            let decision = seen.fact.trust.iter().find(|decision| !decision.rejections.is_empty());
            let Some(decision) = decision.filter(|_| none) else { continue };
            let forged = |kind| {
                use RejectionKind as Kind;
                matches!(kind, Kind::UnknownRoot | Kind::SelfSigned | Kind::NameMismatch | Kind::BadSignature)
            };
            let severity = match decision.rejections.iter().any(|rejection| forged(rejection.kind)) {
                true => Severity::High,
                false => Severity::Low,
            };
            for rejection in &decision.rejections {
                let which = support::which(seen.fact, rejection.at);
                found
                    .at(support::place(seen.fact))
                    .severity(severity)
                    .see(seen.id, format!("{which}: {}", rejection.detail));
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    #[test]
    fn the_reason_decides_how_bad_it_is() {
        let with = |kind| Scene::met_here(|chain| distrust(chain, kind, "in words"));
        assert_eq!(with(RejectionKind::SelfSigned).severities(CHECK.id), [Severity::High]);
        assert_eq!(with(RejectionKind::NameMismatch).severities(CHECK.id), [Severity::High]);
        assert_eq!(with(RejectionKind::Expired).severities(CHECK.id), [Severity::Low]);
        assert!(Scene::met_here(|_| {}).find(CHECK.id).is_empty());
        assert!(Scene::met_here(|chain| chain.trust.clear()).find(CHECK.id).is_empty());
    }
}
