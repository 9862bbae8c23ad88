//! A public site whose certificate nobody trusts, met from here.

use midwatch_model::{AttackId::*, Confidence, RejectionKind, Severity, Station};

use super::support;
use crate::Check;
use crate::view::here::portal::portal;

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
              for itself, or it is for another name; medium where plain http shows a captive portal at the same \
              time, which is the likely cause then. Low for other reasons, such as an end of validity, which are as a \
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
        let portal = portal(&view.here).filter(|portal| portal.confidence != Confidence::Tentative);
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
                let mut draft = found
                    .at(support::place(seen.fact))
                    .severity(severity)
                    .see(seen.id, format!("{which}: {}", rejection.detail));
                if let Some(portal) = &portal {
                    draft = draft.severity(severity.min(Severity::Medium)).benign(LIKELY);
                    for (id, detail) in &portal.evidence {
                        draft = draft.see(id, detail.as_str());
                    }
                }
            }
        }
    },
};

const LIKELY: &str = "The likely cause here: this network answers plain http with a sign-in page of its own as well \
                      (captive-portal). It goes away with signing in; one that stays does not come from it.";

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

    #[test]
    fn a_portal_is_named_as_the_likely_cause() {
        let refused = |kind| Scene::met_here(|chain| distrust(chain, kind, "in words"));
        let leads = |answer: &mut midwatch_model::PlainSiteAnswer| {
            (answer.leads_to, answer.same_site) = (Some("http://hotspot.example/".into()), Some(false));
        };
        let behind = |kind| refused(kind).plain_site("bank.example", leads).plain_site("shop.example", leads);
        let found = behind(RejectionKind::SelfSigned).find(CHECK.id);
        assert_eq!(found[0].severity, Severity::Medium);
        assert!(
            found[0].benign.iter().any(|cause| cause.contains("captive-portal")),
            "{:?}",
            found[0].benign
        );
        assert!(found[0].evidence.iter().any(|one| one.detail.contains("hotspot.example")));
        assert_eq!(behind(RejectionKind::Expired).severities(CHECK.id), [Severity::Low]);
        let honest = refused(RejectionKind::SelfSigned).plain_site("bank.example", |_| {});
        let found = honest.plain_site("shop.example", |_| {}).find(CHECK.id);
        assert_eq!(found[0].severity, Severity::High);
        assert!(!found[0].benign.iter().any(|cause| cause.contains("captive-portal")));
    }
}
