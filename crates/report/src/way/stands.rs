//! At which hop a finding stands: where the fault lies, and not from where it can be used.

use midwatch_model::{Fact, Finding, Station, TargetReport};

use super::{Hop, Place, Stands};

/// Puts every finding at its hop, those of one check together and the worst first.
pub(super) fn place<'a>(hops: &mut [Hop<'a>], target: &'a TargetReport) {
    for finding in &target.findings {
        let wanted = [of(finding, target), fallback(of(finding, target)), Place::Computer];
        let at = wanted.iter().find_map(|place| hops.iter().position(|hop| hop.place.is(*place)));
        let Some(hop) = at.and_then(|at| hops.get_mut(at)) else { continue };
        match hop.stands.iter_mut().find(|known| known.id == finding.id) {
            Some(known) => {
                known.severity = known.severity.max(finding.severity);
                known.count += 1;
            }
            None => hop.stands.push(Stands { id: &finding.id, severity: finding.severity, count: 1 }),
        }
    }
    for hop in hops {
        hop.stands.sort_by_key(|one| std::cmp::Reverse(one.severity));
    }
}

/// Where it belongs: by its check where the fact alone does not tell, else by the fact that it rests on.
fn of(finding: &Finding, target: &TargetReport) -> Place {
    match finding.id.as_str() {
        "vpn-bypassed" => return Place::Tunnel,
        "proxy-set" => return Place::Proxy,
        "gateway-contested" | "captive-portal" => return Place::Gateway,
        // The hosts file is on this computer.
        "hosts-override" => return Place::Computer,
        _ => {}
    }
    let first = finding.evidence.first();
    let seen = first.and_then(|one| target.observations.iter().find(|seen| seen.id == one.observation));
    match seen.map(|seen| &seen.fact) {
        Some(Fact::RouterPage(_)) => Place::Gateway,
        Some(Fact::PlainSite(_)) => Place::Internet,
        Some(Fact::LocalUpkeep(_) | Fact::LocalTrust(_) | Fact::LocalBrowser(_) | Fact::LocalSettings(_)) => {
            Place::Computer
        }
        Some(Fact::LocalWifi(_)) => Place::Link,
        Some(Fact::LocalNetwork(_)) => Place::Gateway,
        Some(Fact::LocalNames(_) | Fact::ResolverAnswers(_)) => Place::Resolver,
        Some(Fact::Echo(_)) => Place::Echo,
        Some(Fact::CertificateChain(_) | Fact::Addresses(_) | Fact::TlsEndpoint(_)) => Place::Sites,
        _ => match finding.from.first() {
            Some(Station::You) | None => Place::Computer,
            Some(Station::Wifi) => Place::Link,
            Some(Station::Router) => Place::Gateway,
            Some(Station::Dns) => Place::Resolver,
            Some(Station::Network | Station::Server) => Place::Internet,
        },
    }
}

/// Where it goes when that place is not on the way.
fn fallback(place: Place) -> Place {
    match place {
        Place::Tunnel => Place::Gateway,
        Place::Echo | Place::Sites => Place::Internet,
        _ => Place::Computer,
    }
}
