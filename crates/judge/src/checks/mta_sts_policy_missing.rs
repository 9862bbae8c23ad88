//! A record of MTA-STS without a policy that can be fetched.

use midwatch_model::{AttackId::*, MtaStsFaultKind, Severity, Station};

use super::support;
use crate::Check;
use crate::fixes::Setting;
use crate::view::mail::policy_gap;

pub(crate) static CHECK: Check = Check {
    id: "mta-sts-policy-missing",
    title: "The policy of MTA-STS cannot be fetched",
    severity: Severity::Medium,
    says: "senders that ask for the policy of {place} get none",
    about: "The record tells senders to fetch the policy at https://mta-sts.DOMAIN/.well-known/mta-sts.txt. Where they do not get it \
            with status 200 and from there, without a redirect, senders that have none from earlier act as if there were none.",
    gain: "Somebody between two servers can take STARTTLS away from senders that would have heeded the policy.",
    from: &[Station::Network],
    attacks: &[StrippingAndDowngrade, EmailHijacking],
    decided: "There is a record, and mta-sts.DOMAIN has no address, nothing listens there, or an address of it answers with \
              another status than 200, with a redirect, which senders must not follow, or with more than 64 KiB. Low where another address of the \
              name serves the policy. An answer that did not come in time is no finding.",
    benign: &[],
    fix: "Serve the policy at that URL itself, as a file.",
    settings: &[Setting::MtaStsPolicy],
    source: "RFC 8461 3.3",
    find: |view, found| {
        let Some(seen) = view.mail.mta_sts.filter(|seen| seen.fact.record.is_some()) else { return };
        let severity = if seen.fact.policy().is_some() { Severity::Low } else { Severity::Medium };
        let host = format!("mta-sts.{}", seen.fact.domain);
        if seen.fact.fetches.is_empty() && policy_gap(seen.fact).is_none() {
            found.at(&host).severity(severity).see(seen.id, format!("{host} has no address"));
        }
        for fetch in &seen.fact.fetches {
            let faults = fetch.faults.iter().filter(|fault| {
                matches!(
                    fault.kind,
                    MtaStsFaultKind::Status | MtaStsFaultKind::Redirect | MtaStsFaultKind::TooLong
                )
            });
            for fault in faults {
                let title = match fault.kind {
                    MtaStsFaultKind::Redirect => {
                        "The policy of MTA-STS is behind a redirect, which senders do not follow"
                    }
                    MtaStsFaultKind::TooLong => "The policy of MTA-STS is longer than senders read",
                    _ => CHECK.title,
                };
                let detail = format!("{}: {}", fetch.address, support::short(&fault.detail));
                found.at(&fetch.url).title(title).severity(severity).see(seen.id, detail);
            }
            let closed = fetch.status.why_not().filter(|why| {
                why.kind == midwatch_model::ReasonKind::ConnectionRefused && fetch.faults.is_empty()
            });
            if let Some(why) = closed {
                found.at(&fetch.url).severity(severity).see(seen.id, format!("{}: {why}", fetch.address));
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::MtaStsFault;

    use super::*;
    use crate::testing::*;

    #[test]
    fn each_way_to_have_none() {
        assert!(Scene::mail().find(CHECK.id).is_empty());
        for kind in [MtaStsFaultKind::Redirect, MtaStsFaultKind::Status, MtaStsFaultKind::TooLong] {
            let scene = Scene::mail().change_fetches(|fetch| {
                fetch.policy = None;
                fetch.faults = vec![MtaStsFault { kind, detail: "in words".into() }];
            });
            assert_eq!(scene.severities(CHECK.id), [Severity::Medium], "{kind:?}");
        }
        let nowhere = Scene::mail().change_sts(|sts| {
            sts.fetches.clear();
            sts.addresses = no_such_name();
        });
        assert_eq!(nowhere.severities(CHECK.id), [Severity::Medium]);
        let shut = Scene::mail().change_fetches(|fetch| (fetch.status, fetch.policy) = (closed(), None));
        assert_eq!(shut.severities(CHECK.id), [Severity::Medium]);
    }

    #[test]
    fn silence_is_none() {
        let silent = Scene::mail().change_fetches(|fetch| (fetch.status, fetch.policy) = (timeout(), None));
        assert!(silent.find(CHECK.id).is_empty());
        let unknown = Scene::mail().change_sts(|sts| {
            sts.fetches.clear();
            sts.addresses = timeout();
        });
        assert!(unknown.find(CHECK.id).is_empty());
        assert!(Scene::mail().change_sts(no_sts).find(CHECK.id).is_empty());
    }
}
