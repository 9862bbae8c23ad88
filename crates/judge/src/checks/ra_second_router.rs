//! More than one router of IPv6 on a link.

use std::collections::BTreeMap;

use midwatch_model::{AttackId::*, Confidence, LinkWatch, RouterOffer, Severity, Station};

use crate::Check;
use crate::view::here::link::macs;
use crate::words;

pub(crate) static CHECK: Check = Check {
    id: "ra-second-router",
    title: "More than one router of IPv6 advertises itself, and they do not agree",
    severity: Severity::High,
    says: "{place} has more than one router of IPv6",
    about: "A computer takes routers, prefixes and resolvers of IPv6 from whoever sends router advertisements, and prefers \
            IPv6 where it has it. Nothing proves that it is the network's own router, and on a network of IPv4 alone \
            there is none to contradict.",
    gain: "To be the router or the resolver of every computer on the link, with one packet.",
    from: &[Station::Wifi],
    attacks: &[IpHijacking, DnsSpoofing, Eavesdropping],
    decided: "Of those who advertise to be a default router (a lifetime above 0) or name a resolver: high where one of \
              several names other resolvers or ranks itself high, medium where their prefixes differ, low where they \
              agree. Where one alone advertises itself and the link-layer address is another than the IPv4 router's: \
              medium where it names a resolver, else low. Advertisements of lifetime 0 without a resolver, as border \
              routers of Thread networks send, are none.",
    benign: &[
        "Two routers on purpose, for when one of them fails.",
        "A computer that shares its connection, which most rogue advertisements are (RFC 6104).",
        "A network whose routers of IPv4 and of IPv6 are two devices.",
    ],
    fix: "Find the device by its link-layer address and switch its advertisements off; RA guard on the switches (RFC 6105, \
          RFC 7113) stops the next one. On somebody else's network use a VPN that carries IPv6 as well.",
    settings: &[],
    source: "RFC 4861 6.2.7; RFC 6104; RFC 7113; RFC 8106; RFC 4191",
    find: |view, found| {
        for seen in &view.here.links {
            let mut links: BTreeMap<(&str, Option<u16>), Vec<&RouterOffer>> = BTreeMap::new();
            for offer in seen.fact.routers.iter().filter(|one| one.lifetime > 0 || !one.resolvers.is_empty())
            {
                links.entry((&offer.interface, offer.vlan)).or_default().push(offer);
            }
            for ((interface, vlan), offers) in links {
                let tag = vlan.map(|vlan| format!(" (VLAN {vlan})")).unwrap_or_default();
                let place = format!("the link at {interface}{tag}");
                let told: Vec<String> = offers.iter().map(|offer| describe(offer)).collect();
                let observed = format!("observed {}", words::some(&told, 4));
                match offers.as_slice() {
                    [] => {}
                    [only] => {
                        let Some(router) = other_than_ipv4(seen.fact, only) else { continue };
                        let named = !only.resolvers.is_empty();
                        found
                            .at(place)
                            .severity(if named { Severity::Medium } else { Severity::Low })
                            .confidence(Confidence::Tentative)
                            .title("The router of IPv6 is another device than that of IPv4")
                            .see(seen.id, format!("{observed}, and {router} for the router of IPv4"));
                    }
                    [first, others @ ..] => {
                        let (severity, confidence, title) = weigh(first, others);
                        found
                            .at(place)
                            .severity(severity)
                            .confidence(confidence)
                            .title(title)
                            .see(seen.id, format!("expected one router, {observed}"));
                    }
                }
            }
        }
    },
};

fn weigh(first: &RouterOffer, others: &[&RouterOffer]) -> (Severity, Confidence, &'static str) {
    let resolvers = others.iter().any(|one| one.resolvers != first.resolvers);
    let ranked = others.iter().any(|one| one.preference != first.preference);
    let prefixes = others.iter().any(|one| one.prefixes != first.prefixes);
    match (resolvers || ranked, prefixes) {
        (true, _) => (Severity::High, Confidence::Firm, CHECK.title),
        (false, true) => (Severity::Medium, Confidence::Firm, CHECK.title),
        (false, false) => (
            Severity::Low,
            Confidence::Tentative,
            "More than one router of IPv6 advertises itself, and they agree",
        ),
    }
}

/// The link-layer address of the IPv4 router, where it is known and is not this one's.
fn other_than_ipv4(watch: &LinkWatch, offer: &RouterOffer) -> Option<String> {
    let mac = offer.mac.as_deref()?;
    let ipv4 = watch.claims.iter().filter(|claim| claim.gateway && claim.address.is_ipv4());
    let ipv4: Vec<&str> = ipv4.flat_map(|claim| macs(watch, claim.address)).collect();
    let [first, ..] = ipv4.as_slice() else { return None };
    (!ipv4.contains(&mac)).then(|| (*first).to_owned())
}

fn describe(offer: &RouterOffer) -> String {
    let mut said = vec![format!("preference {}", offer.preference)];
    if !offer.prefixes.is_empty() {
        said.push(format!("prefix {}", words::some(&offer.prefixes, 2)));
    }
    if !offer.resolvers.is_empty() {
        let resolvers: Vec<String> = offer.resolvers.iter().map(ToString::to_string).collect();
        said.push(format!("resolver {}", words::some(&resolvers, 2)));
    }
    let mac = offer.mac.as_ref().map(|mac| format!(" at {mac}")).unwrap_or_default();
    format!("{}{mac} ({})", offer.address, said.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    const OTHER: &str = "06:00:00:00:00:66";

    fn with(change: impl FnOnce(&mut RouterOffer)) -> Vec<Severity> {
        let mut offer = link_router("fe80::66", OTHER, &["2001:db8::/64"], &["fe80::1"]);
        change(&mut offer);
        Scene::empty().link(|link| link.routers.push(offer)).severities(CHECK.id)
    }

    #[test]
    fn what_they_disagree_on_decides() {
        assert_eq!(with(|_| {}), [Severity::Low]);
        assert_eq!(with(|offer| offer.prefixes = vec!["2001:db8:66::/64".into()]), [Severity::Medium]);
        assert_eq!(with(|offer| offer.preference = "high".into()), [Severity::High]);
        assert_eq!(with(|offer| offer.resolvers = vec!["fe80::66".parse().unwrap()]), [Severity::High]);
        // Neither a router nor a resolver: a border router of a Thread network.
        assert!(with(|offer| (offer.lifetime, offer.resolvers) = (0, vec![])).is_empty());
        assert!(Scene::empty().link(|_| {}).find(CHECK.id).is_empty());
    }

    #[test]
    fn the_only_one_is_held_against_the_router_of_ipv4() {
        let only = |resolvers: &[&str]| {
            let offer = link_router("fe80::66", OTHER, &["2001:db8:66::/64"], resolvers);
            Scene::empty().link(|link| link.routers = vec![offer]).severities(CHECK.id)
        };
        assert_eq!(only(&["fe80::66"]), [Severity::Medium]);
        assert_eq!(only(&[]), [Severity::Low]);
        let unknown = Scene::empty().link(|link| {
            link.routers = vec![link_router("fe80::66", OTHER, &[], &["fe80::66"])];
            link.claims.clear();
        });
        assert!(unknown.find(CHECK.id).is_empty());
    }
}
