//! Several claim one address of the link.

use midwatch_model::{AttackId::*, Confidence, Severity, Station};

use crate::Check;
use crate::view::here::link::{Quarrel, claimants, quarrel, relation};

pub(crate) static CHECK: Check = Check {
    id: "address-contested",
    title: "Several claim one address of the link",
    severity: Severity::Low,
    says: "several claim to be {place}",
    about: "Two computers say at the same time to have one address. Somebody who sits between a router and a computer has \
            to tell the router that they are the computer.",
    gain: "The packets that come back to the computer whose address it is.",
    from: &[Station::Wifi],
    attacks: &[IpHijacking],
    decided: "One claims the address again within two minutes of their last claim, while another claimed it between, twice \
              or more. An address that merely passes from one to another is none: DHCP gives addresses anew all the time. \
              Info where their link-layer addresses are numbered next to each other. Routers' addresses have a check of \
              their own.",
    benign: &[
        "Two computers that were given the same address by mistake.",
        "A computer that is on the link twice, by cable and by Wi-Fi, and answers with both (Linux does, RFC 1122 3.3.4.2).",
        "A sleeping computer for which another answers (sleep proxy).",
    ],
    fix: "Find both devices by their link-layer addresses. Where one of them also claims to be the router, leave the network.",
    settings: &[],
    source: "RFC 826; RFC 5227 2.4; RFC 1122 3.3.4.2",
    find: |view, found| {
        for seen in &view.here.links {
            for claim in seen.fact.claims.iter().filter(|claim| !claim.gateway && claim.returns > 1) {
                if quarrel(claim) != Quarrel::Sustained {
                    continue;
                }
                let related = relation(seen.fact, claim);
                let mut detail = format!("expected one claimant, observed {}", claimants(seen.fact, claim));
                if let Some(why) = &related {
                    detail.push_str(&format!("; {why}"));
                }
                found
                    .at(format!("{} at {}", claim.address, claim.interface))
                    .severity(if related.is_some() { Severity::Info } else { Severity::Low })
                    .confidence(Confidence::Firm)
                    .see(seen.id, detail);
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    fn with(other: &str, changes: u64, returns: u64) -> Vec<Severity> {
        let scene = Scene::empty().link(|link| {
            let by = [("02:00:00:00:00:20", 9), (other, 9)];
            link.claims.push(link_claim("192.168.1.20", false, &by, changes, returns));
        });
        scene.severities(CHECK.id)
    }

    #[test]
    fn both_have_to_be_there() {
        assert_eq!(with("06:00:00:00:00:66", 9, 8), [Severity::Low]);
        assert!(with("06:00:00:00:00:66", 3, 0).is_empty());
        assert_eq!(with("02:00:00:00:00:21", 9, 8), [Severity::Info]);
    }
}
