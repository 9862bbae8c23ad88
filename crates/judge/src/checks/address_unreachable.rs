//! An address that does not answer.

use midwatch_model::{AttackId::*, Reason, ReasonKind, Severity};

use crate::Check;
use crate::check::ON_PATH_OR_DNS;

pub(crate) static CHECK: Check = Check {
    id: "address-unreachable",
    title: "An address of the name does not answer",
    severity: Severity::Low,
    says: "an address of {place} does not answer, while another does",
    about: "Visitors who are given this address wait, or do not get through. An address that was given back to a \
            provider may belong to somebody else by now, whom a part of the visitors then meets.",
    gain: "The visitors who are sent to that address, for whoever holds it now.",
    from: ON_PATH_OR_DNS,
    attacks: &[DnsSpoofing],
    decided: "No hello to the address was answered: no answer in time, refused, reset or closed, while another \
              address of the name accepts a version of TLS. Without a route from this computer (no IPv6, for \
              example) there is no finding.",
    benign: &[
        "A firewall may keep this computer alone from that address.",
        "The machine may be down for a moment.",
    ],
    fix: "Take the address out of the DNS, or have the machine answer.",
    settings: &[],
    source: "RFC 6724 and RFC 8305 (how clients choose among addresses)",
    find: |view, found| {
        let reached = view.endpoints.iter().any(|endpoint| endpoint.fact.accepted().next().is_some());
        if !reached {
            return;
        }
        for endpoint in &view.endpoints {
            let silent = !endpoint.fact.versions.is_empty()
                && endpoint
                    .fact
                    .versions
                    .iter()
                    .all(|result| result.support.why_not().is_some_and(is_silence));
            let why = endpoint.fact.versions.iter().rev().find_map(|result| result.support.why_not());
            if let (true, Some(why)) = (silent, why) {
                found.at(view.endpoint_name()).see(endpoint.id, format!("{}: {why}", endpoint.fact.address));
            }
        }
    },
};

/// A reason that lies with the other side, or on the way to it.
fn is_silence(why: &Reason) -> bool {
    matches!(
        why.kind,
        ReasonKind::Timeout | ReasonKind::ConnectionRefused | ReasonKind::Reset | ReasonKind::Closed
    )
}

#[cfg(test)]
mod tests {
    use midwatch_model::{Outcome, TlsVersion};

    use super::*;
    use crate::testing::*;

    fn second(why: ReasonKind) -> Scene {
        Scene::sound().tls(|tls| {
            tls.address = address("192.0.2.8:443");
            for version in TlsVersion::ALL {
                set_version(tls, version, Outcome::unmeasured(why, "in words"));
            }
        })
    }

    #[test]
    fn silence_beside_an_answer_is_found() {
        for why in [ReasonKind::Timeout, ReasonKind::ConnectionRefused, ReasonKind::Reset] {
            assert_eq!(second(why).severities(CHECK.id), [Severity::Low]);
        }
        for why in [ReasonKind::Unreachable, ReasonKind::Budget, ReasonKind::NotAsked] {
            assert!(second(why).find(CHECK.id).is_empty(), "{why:?}");
        }
        assert!(Scene::sound().change_tls(silence).find(CHECK.id).is_empty());
        assert!(Scene::sound().find(CHECK.id).is_empty());
    }
}
