//! The router of a known network has another link-layer address.

use midwatch_model::{AttackId::*, Confidence, EarlierRouter, Severity, Station, Time};

use crate::Check;
use crate::words;

/// Seconds after which being there again is another visit, as memory counts them.
const VISIT: i64 = 3600;

pub(crate) static CHECK: Check = Check {
    id: "gateway-not-remembered",
    title: "The router of this known network has another link-layer address than before",
    severity: Severity::Medium,
    says: "{place} is not the one that was met here before",
    about: "Who took the router's place before this computer came shows no quarrel: theirs is the only answer. But on a \
            network that this computer was on before, the router had a link-layer address of its own, and it is remembered.",
    gain: "Everything that leaves this computer goes through theirs.",
    from: &[Station::Wifi, Station::Router],
    attacks: &[IpHijacking, Eavesdropping, DnsSpoofing],
    decided: "The network is known by the name of its Wi-Fi and its routers' addresses, without Wi-Fi by its DHCP server too; \
              its router answers with a link-layer address that was met neither at the first visit nor at two visits. \
              Medium where a name, a DHCP server of its own or a prefix of IPv6 says that it is the same network, and it was \
              visited twice or more; low otherwise, since many networks use the same addresses. It is told during the visit \
              at which it is met first, and is known at the next one. Nothing is remembered while somebody quarrels over the \
              router's address.",
    benign: &[
        "A router that was replaced or repaired.",
        "Another branch of a chain of shops or hotels: the same name and addresses, with a router of its own.",
        "Another network with the same addresses, as many homes have.",
        "A mesh or repeater that answers for the router with its own address.",
    ],
    fix: "Ask who runs the network whether the router was replaced. Until then use a VPN, and let no warning of the browser \
          be clicked away.",
    settings: &[],
    source: "RFC 826; RFC 3756 4.2",
    find: |view, found| {
        let (Some(known), Some(network)) = (view.here.known, view.here.local.network) else { return };
        let (Some(Some(earlier)), Some(gateways)) =
            (known.fact.earlier.value(), network.fact.gateways.value())
        else {
            return;
        };
        for gateway in gateways {
            let (Some(address), Some(mac)) = (gateway.address, &gateway.mac) else { continue };
            let before: Vec<&EarlierRouter> =
                earlier.routers.iter().filter(|one| one.address == address).collect();
            let is_known = |one: &&&EarlierRouter| is_settled(one, earlier.first, view.now);
            let settled: Vec<&&EarlierRouter> = before.iter().filter(is_known).collect();
            let (false, Some(last)) =
                (settled.iter().any(|one| one.mac == *mac), settled.iter().max_by_key(|one| one.last))
            else {
                continue;
            };
            let is_certain = earlier.certain && earlier.visits > 1;
            let visits = words::count(usize::try_from(earlier.visits).unwrap_or(usize::MAX), "visit");
            let detail = format!(
                "expected {} (last met on {}; {visits} since {}), observed {mac}",
                last.mac,
                words::day(last.last),
                words::day(earlier.first)
            );
            found
                .at(format!("the router {address} at {}", gateway.interface))
                .severity(if is_certain { Severity::Medium } else { Severity::Low })
                .confidence(Confidence::Tentative)
                .see(known.id, detail);
        }
    },
};

/// It was there at the network's first visit, or at more than one; what came up just now is not settled yet.
fn is_settled(router: &EarlierRouter, first: Time, now: Time) -> bool {
    let within = |from: Time, to: Time| to.duration_since(from).as_secs().abs() <= VISIT;
    router.visits > 1 || within(first, router.first) || !within(router.last, now)
}

#[cfg(test)]
mod tests {
    use midwatch_model::{EarlierNetwork, KnownNetwork, Outcome};

    use super::*;
    use crate::testing::*;

    const ROUTER: &str = "02:00:00:00:00:01";
    const OTHER: &str = "06:00:00:00:00:66";

    /// A network first met on the first of November.
    fn known(routers: &[(&str, &str, u64)], change: impl FnOnce(&mut KnownNetwork)) -> Scene {
        let router = |(mac, first, visits): &(&str, &str, u64)| EarlierRouter {
            address: "192.168.1.1".parse().expect("an address"),
            mac: (*mac).into(),
            first: time(first),
            last: time("2026-11-24T13:59:00Z"),
            visits: *visits,
        };
        let mut fact = KnownNetwork {
            network: Default::default(),
            earlier: Outcome::seen(Some(EarlierNetwork {
                first: time("2026-11-01T10:00:00Z"),
                last: time("2026-11-24T13:59:00Z"),
                visits: 9,
                certain: true,
                routers: routers.iter().map(router).collect(),
            })),
        };
        change(&mut fact);
        Scene::here_local().fact(midwatch_model::Fact::KnownNetwork(Box::new(fact)))
    }

    fn earlier(fact: &mut KnownNetwork) -> &mut EarlierNetwork {
        match &mut fact.earlier {
            Outcome::Seen { value: Some(earlier) } => earlier,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn another_router_than_the_known_one_is_told() {
        let first = "2026-11-01T10:00:00Z";
        let found = known(&[(OTHER, first, 9)], |_| {}).find(CHECK.id);
        assert_eq!(found[0].severity, Severity::Medium);
        assert!(found[0].evidence[0].detail.contains(OTHER) && found[0].evidence[0].detail.contains(ROUTER));
        assert!(known(&[(ROUTER, first, 9)], |_| {}).find(CHECK.id).is_empty());
        assert!(known(&[(OTHER, first, 9), (ROUTER, first, 1)], |_| {}).find(CHECK.id).is_empty());
        let uncertain = known(&[(OTHER, first, 9)], |fact| earlier(fact).certain = false);
        assert_eq!(uncertain.severities(CHECK.id), [Severity::Low]);
    }

    #[test]
    fn a_new_one_is_told_during_its_first_visit_and_known_at_the_next() {
        let (first, now) = ("2026-11-01T10:00:00Z", "2026-11-24T13:30:00Z");
        let visit = known(&[(OTHER, first, 9), (ROUTER, now, 1)], |_| {});
        assert_eq!(visit.severities(CHECK.id), [Severity::Medium]);
        assert!(known(&[(OTHER, first, 9), (ROUTER, now, 2)], |_| {}).find(CHECK.id).is_empty());
        let yesterday = known(&[(OTHER, first, 9), (ROUTER, "2026-11-23T13:30:00Z", 1)], |fact| {
            earlier(fact).routers[1].last = time("2026-11-23T14:00:00Z");
        });
        assert!(yesterday.find(CHECK.id).is_empty());
    }

    #[test]
    fn what_is_not_known_is_no_finding() {
        assert!(known(&[], |_| {}).find(CHECK.id).is_empty());
        assert!(known(&[], |fact| fact.earlier = Outcome::seen(None)).find(CHECK.id).is_empty());
        assert!(known(&[], |fact| fact.earlier = timeout()).find(CHECK.id).is_empty());
    }
}
