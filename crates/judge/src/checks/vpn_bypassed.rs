//! A tunnel is up, and packets go around it.

use midwatch_model::{AttackId::*, Destination, Severity};

use crate::Check;
use crate::check::ON_PATH_OR_DNS;

pub(crate) static CHECK: Check = Check {
    id: "vpn-bypassed",
    title: "A tunnel is up, and not everything goes through it",
    severity: Severity::Low,
    says: "{place} goes around the tunnel",
    about: "A VPN protects what goes through it and nothing else. The kernel chooses the way for each address by its \
            routes: a second family of addresses, or the resolver, can lead around the tunnel while the rest goes \
            through it.",
    gain: "Somebody on the network reads and changes what goes around the tunnel: which names are asked for, and \
           everything that is not encrypted by itself.",
    from: ON_PATH_OR_DNS,
    attacks: &[Eavesdropping, DnsSpoofing],
    decided: "The kernel is asked which way it would send packets: for one IPv4 and one IPv6 address that stand for the \
              internet, and for each resolver that is not asked over TLS. Nothing is sent. Low where one family goes \
              through a tunnel and the other has a way around it, or where a resolver has. Info where no tunnel is the \
              way to the internet. Tunnels are interfaces such as those of WireGuard and OpenVPN; IPsec without an \
              interface is not seen.",
    benign: &[
        "A company's VPN or a mesh between own computers that is meant for some addresses alone (a split tunnel).",
        "A resolver at home or of the provider that was chosen on purpose.",
    ],
    fix: "Where the VPN is meant for everything, switch on the setting that sends all of IPv4, IPv6 and DNS through it. \
          Where it is meant for some addresses alone, nothing is to be done.",
    settings: &[],
    source: "RFC 7359 3; ip-rule(8)",
    find: |view, found| {
        let local = &view.here.local;
        let tunnels: Vec<&str> = local.tunnels().iter().map(|link| link.name.as_str()).collect();
        if tunnels.is_empty() {
            return;
        }
        let ways = |to| {
            let all = local.ways(to).filter_map(|(id, way)| Some((id, way, way.route.value()?)));
            all.filter(|(_, _, route)| !route.local).collect::<Vec<_>>()
        };
        let internet = ways(Destination::Internet);
        let inside = internet.iter().any(|(_, _, route)| local.is_tunnel(&route.interface));
        for (id, way, route) in &internet {
            if local.is_tunnel(&route.interface) {
                continue;
            }
            let family = if way.address.is_ipv4() { "IPv4" } else { "IPv6" };
            let detail = format!(
                "expected the way to the internet through {}, observed it through {} ({family})",
                tunnels.join(" or "),
                route.interface
            );
            let draft = found.at(format!("{family} to the internet")).see(id, detail);
            if !inside {
                draft.severity(Severity::Info).title("A tunnel is up that is not the way to the internet");
            }
        }
        if !inside {
            return;
        }
        for (id, way, route) in ways(Destination::Resolver) {
            let is_plain = local.resolvers().any(|(_, resolver)| {
                resolver.address == way.address && resolver.encrypted.value().is_some_and(|how| how != "yes")
            });
            if is_plain && !local.is_tunnel(&route.interface) {
                let detail = format!(
                    "expected questions through {}, observed the way to {} through {}",
                    tunnels.join(" or "),
                    way.address,
                    route.interface
                );
                found.at(format!("the resolver {}", way.address)).see(id, detail);
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::{LinkKind, LocalNetwork, Outcome};

    use super::*;
    use crate::testing::*;

    fn tunnelled(change: impl FnOnce(&mut LocalNetwork)) -> Vec<(String, Severity)> {
        let scene = Scene::empty()
            .names(|names| names.resolvers = Outcome::seen(vec![local_resolver("10.8.0.1", "no")]))
            .network(|network| {
                network.links = Outcome::seen(vec![
                    local_link("wlan0", LinkKind::Wifi),
                    local_link("wg0", LinkKind::Tunnel),
                ]);
                network.ways = vec![
                    local_way(Destination::Internet, "192.0.2.1", "wg0", false),
                    local_way(Destination::Internet, "2001:db8::1", "wg0", false),
                    local_way(Destination::Resolver, "10.8.0.1", "wg0", false),
                ];
                change(network);
            });
        scene.find(CHECK.id).into_iter().map(|one| (one.place, one.severity)).collect()
    }

    #[test]
    fn everything_through_the_tunnel_is_sound() {
        assert_eq!(tunnelled(|_| {}), []);
        assert!(Scene::here_local().find(CHECK.id).is_empty());
    }

    #[test]
    fn a_family_and_a_resolver_around_it_are_named() {
        let found = tunnelled(|network| {
            network.ways[1] = local_way(Destination::Internet, "2001:db8::1", "wlan0", true);
            network.ways[2] = local_way(Destination::Resolver, "10.8.0.1", "wlan0", true);
        });
        let low = |place: &str| (place.to_owned(), Severity::Low);
        assert_eq!(found, [low("IPv6 to the internet"), low("the resolver 10.8.0.1")]);
    }

    #[test]
    fn no_way_at_all_and_no_answer_go_around_nothing() {
        let found = tunnelled(|network| {
            network.ways[1].route = Outcome::refused("network is unreachable");
            network.ways[2].route = timeout();
        });
        assert_eq!(found, []);
    }

    #[test]
    fn a_split_tunnel_is_worth_knowing_and_no_more() {
        let found = tunnelled(|network| {
            for way in &mut network.ways {
                *way = local_way(way.to, &way.address.to_string(), "wlan0", true);
            }
        });
        let info = |place: &str| (place.to_owned(), Severity::Info);
        assert_eq!(found, [info("IPv4 to the internet"), info("IPv6 to the internet")]);
    }

    #[test]
    fn a_tunnel_that_is_down_is_none() {
        let found = tunnelled(|network| {
            if let Outcome::Seen { value } = &mut network.links {
                value[1].up = false;
            }
        });
        assert_eq!(found, []);
    }
}
