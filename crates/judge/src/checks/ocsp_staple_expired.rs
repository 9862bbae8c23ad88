//! A stapled answer from another time.

use midwatch_model::{AttackId::*, OcspAnswer, Severity};

use super::support;
use crate::Check;
use crate::check::ON_PATH_OR_DNS;

pub(crate) static CHECK: Check = Check {
    id: "ocsp-staple-expired",
    title: "The stapled OCSP answer is not of now",
    severity: Severity::Low,
    says: "the OCSP answer that {place} staples is not of now",
    about: "The authority's answer holds for a few days. An old one says nothing of today, so Firefox ends the \
            connection and others do as if nothing had been sent.",
    gain: "A certificate that was revoked since goes on working.",
    from: ON_PATH_OR_DNS,
    attacks: &[Impersonation],
    decided: "The answer is verified, and its nextUpdate lies before the judgement or its thisUpdate more than five \
              minutes after it. Medium where the certificate demands a staple (RFC 7633).",
    benign: &["The clock of this computer or of the responder is wrong."],
    fix: "See why the server cannot fetch a new answer: its own name resolution, or a firewall to the responder.",
    settings: &[],
    source: "RFC 6960 4.2.2.1 and 3.2",
    find: |view, found| {
        for chain in &view.chains {
            let staple = chain.fact.revocation.as_ref().and_then(|revocation| revocation.staple.as_ref());
            let Some(OcspAnswer::Verified { this_update, next_update, .. }) = staple else { continue };
            let detail = match next_update {
                Some(until) if *until < view.now => format!("held until {until}"),
                _ if this_update.as_second() > view.now.as_second().saturating_add(CLOCKS) => {
                    format!("holds from {this_update} only")
                }
                _ => continue,
            };
            let leaf = chain.fact.certificates.first().and_then(|leaf| leaf.parsed.as_ref());
            let demanded = leaf.is_some_and(|leaf| leaf.must_staple);
            found
                .at(support::place(chain.fact))
                .severity(if demanded { Severity::Medium } else { Severity::Low })
                .see(chain.id, format!("the answer stapled at {} {detail}", chain.fact.address));
        }
    },
};

/// How far two clocks may differ, in seconds.
const CLOCKS: i64 = 300;

#[cfg(test)]
mod tests {
    use midwatch_model::{OcspStatus, Revocation};

    use super::*;
    use crate::testing::*;

    fn held(from: &str, until: Option<&str>) -> Scene {
        Scene::sound().change_chain(|chain| {
            let staple = OcspAnswer::Verified {
                status: OcspStatus::Good,
                this_update: time(from),
                next_update: until.map(time),
            };
            chain.revocation = Some(Revocation { staple: Some(staple), ..Revocation::default() });
        })
    }

    #[test]
    fn both_ends_are_looked_at() {
        // The scene's moment is 2026-11-24T14:00:00Z.
        assert!(held("2026-11-20T00:00:00Z", Some("2026-11-27T00:00:00Z")).find(CHECK.id).is_empty());
        assert!(held("2026-11-20T00:00:00Z", None).find(CHECK.id).is_empty());
        assert!(held("2026-11-24T14:04:00Z", None).find(CHECK.id).is_empty());
        assert_eq!(held("2026-11-10T00:00:00Z", Some("2026-11-17T00:00:00Z")).find(CHECK.id).len(), 1);
        assert_eq!(held("2026-11-24T14:06:00Z", None).find(CHECK.id).len(), 1);
        assert!(Scene::sound().find(CHECK.id).is_empty());
    }
}
