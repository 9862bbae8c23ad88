//! Interfaces, gateways, neighbours, and which way packets go.

use midwatch_model::{Destination, Gateway, Link, LinkKind, LocalNetwork, Neighbour, NeighbourState, Way};

use super::{Sheet, Table, each, some, told, yes};

pub(super) fn sheet(network: &LocalNetwork) -> Sheet {
    let interfaces = told(&network.links, |all| {
        let worth = |link: &&Link| link.up && link.kind != LinkKind::Loopback;
        let up: Vec<String> = all.iter().filter(worth).map(interface).collect();
        let down = all.iter().filter(|link| !link.up).count();
        format!("{}{}", some(&up), if down > 0 { format!("; {down} down") } else { String::new() })
    });
    let neighbours = told(&network.neighbours, |all| some(&all.iter().map(neighbour).collect::<Vec<_>>()));
    let ways: Vec<String> = network.ways.iter().map(way).collect();
    let mut lines = vec![
        ("interfaces", interfaces),
        ("gateways", gateways(network)),
        ("tunnels", tunnels(network)),
        ("neighbours", neighbours),
    ];
    lines.extend(each("way", ways));
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    Sheet {
        heading: "Network",
        about: String::new(),
        lines,
        tables: vec![
            Table::of(
                "Gateways",
                &["Gateway", "Link address", "Interface", "Table", "Metric"],
                &network.gateways,
                |one| {
                    vec![
                        router(one),
                        text(&one.mac),
                        one.interface.clone(),
                        table(one.table),
                        one.metric.to_string(),
                    ]
                },
            ),
            Table::of(
                "Interfaces",
                &["Interface", "What", "Driver", "Link address", "Up"],
                &network.links,
                |one| {
                    let up = yes(one.up).to_owned();
                    vec![one.name.clone(), kind(one.kind).into(), text(&one.driver), text(&one.mac), up]
                },
            ),
            Table::of(
                "Neighbours",
                &["Address", "Link address", "Interface", "State", "Says it is a router"],
                &network.neighbours,
                |one| {
                    vec![
                        one.address.to_string(),
                        text(&one.mac),
                        one.interface.clone(),
                        state(one.state).into(),
                        yes(one.router).into(),
                    ]
                },
            ),
            Table::list("Ways of packets", &["To", "Address", "Way"], &network.ways, |one| {
                vec![destination(one.to).into(), one.address.to_string(), route(one)]
            }),
        ],
    }
}

/// The default routes, in short.
pub(super) fn gateways(network: &LocalNetwork) -> String {
    told(&network.gateways, |all| {
        let one = |gateway: &Gateway| {
            let at = gateway.mac.as_ref().map(|mac| format!(" at {mac}")).unwrap_or_default();
            let table = match gateway.table {
                254 => String::new(),
                table => format!(" (table {table})"),
            };
            format!("{}{at} on {}{table}", router(gateway), gateway.interface)
        };
        some(&all.iter().map(one).collect::<Vec<_>>())
    })
}

fn tunnels(network: &LocalNetwork) -> String {
    told(&network.links, |all| {
        let tunnels = all.iter().filter(|link| link.kind == LinkKind::Tunnel);
        let one = |link: &Link| format!("{} ({})", link.name, if link.up { "up" } else { "down" });
        some(&tunnels.map(one).collect::<Vec<_>>())
    })
}

fn interface(link: &Link) -> String {
    let mac = link.mac.as_ref().map(|mac| format!(" at {mac}")).unwrap_or_default();
    format!("{} ({}){mac}", link.name, kind(link.kind))
}

fn router(gateway: &Gateway) -> String {
    match gateway.address {
        Some(address) => address.to_string(),
        None if gateway.ipv6 => "the other end (IPv6)".into(),
        None => "the other end".into(),
    }
}

fn neighbour(neighbour: &Neighbour) -> String {
    match &neighbour.mac {
        Some(mac) => format!("{} at {mac}", neighbour.address),
        None => format!("{} ({})", neighbour.address, state(neighbour.state)),
    }
}

fn way(way: &Way) -> String {
    format!("{} ({}): {}", destination(way.to), way.address, route(way))
}

fn route(way: &Way) -> String {
    told(&way.route, |route| match (route.local, route.gateway) {
        (true, _) => "this computer itself".into(),
        (false, Some(gateway)) => format!("{} by {gateway}", route.interface),
        (false, None) => route.interface.clone(),
    })
}

fn destination(to: Destination) -> &'static str {
    match to {
        Destination::Internet => "the internet",
        Destination::Resolver => "a resolver",
    }
}

/// What an interface is, for people.
fn kind(kind: LinkKind) -> &'static str {
    match kind {
        LinkKind::Ethernet => "cable",
        LinkKind::Wifi => "Wi-Fi",
        LinkKind::Tunnel => "tunnel",
        LinkKind::Loopback => "this computer",
        LinkKind::Bridge => "bridge",
        LinkKind::Bond => "bond",
        LinkKind::Other => "other",
    }
}

fn table(table: u32) -> String {
    match table {
        254 => "main".into(),
        other => other.to_string(),
    }
}

fn state(state: NeighbourState) -> &'static str {
    match state {
        NeighbourState::Incomplete => "asked for, not answered yet",
        NeighbourState::Reachable => "answered a short while ago",
        NeighbourState::Stale => "answered once",
        NeighbourState::Delay | NeighbourState::Probe => "being asked again",
        NeighbourState::Failed => "did not answer",
        NeighbourState::Permanent => "entered by hand",
        NeighbourState::Other => "another state",
    }
}
