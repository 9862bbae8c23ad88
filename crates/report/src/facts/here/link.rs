//! What was heard on the links.

use std::net::IpAddr;

use midwatch_model::{Claim, ClaimBy, DhcpOffer, LinkWatch, NameProtocol, RouterOffer};

use super::{Sheet, Table, each, some, told};
use crate::words;

pub(super) fn sheet(watch: &LinkWatch) -> Sheet {
    let mut lines =
        vec![("heard", heard(watch)), ("routers", told(&watch.gateways, |all| some(&addresses(all))))];
    lines.extend(each("claims", watch.claims.iter().map(claim).collect()));
    lines.extend(each("dhcp", watch.dhcp.iter().map(dhcp).collect()));
    lines.extend(each("ipv6", watch.routers.iter().map(router).collect()));
    lines.extend(each(
        "names",
        watch
            .responders
            .iter()
            .map(|one| {
                format!(
                    "{} answers for {} ({})",
                    one.address,
                    words::count(number(one.count), "name"),
                    protocol(one.protocol)
                )
            })
            .collect(),
    ));
    lines.extend(each(
        "redirects",
        watch.redirects.iter().map(|one| format!("{} to {}", one.from, one.via)).collect(),
    ));
    lines.extend(each(
        "shared",
        watch
            .standbys
            .iter()
            .map(|one| {
                let address =
                    one.address.map_or_else(|| "an address".to_owned(), |address| address.to_string());
                format!("{address} by {} (group {})", one.protocol, one.group)
            })
            .collect(),
    ));
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let vlan = |vlan: Option<u16>| vlan.map(|vlan| vlan.to_string()).unwrap_or_default();
    let mut tables = vec![Table::list(
        "Who claims an address",
        &["Address", "Interface", "VLAN", "Router", "Link address", "Claims", "First", "Last"],
        &rows(watch),
        |(claim, by)| {
            let time = |time: Option<midwatch_model::Time>| {
                time.map(|time| time.strftime("%F %T UTC").to_string()).unwrap_or_default()
            };
            vec![
                claim.address.to_string(),
                claim.interface.clone(),
                vlan(claim.vlan),
                super::yes(claim.gateway).into(),
                by.mac.clone(),
                by.count.to_string(),
                time(by.first),
                time(by.last),
            ]
        },
    )];
    let mut more = vec![
        Table::list(
            "Who hands out addresses",
            &["Server", "Interface", "VLAN", "Link address", "Routers", "Resolvers", "Heard"],
            &watch.dhcp,
            |one| {
                vec![
                    one.server.clone(),
                    one.interface.clone(),
                    vlan(one.vlan),
                    text(&one.mac),
                    addresses(&one.routers).join(", "),
                    addresses(&one.resolvers).join(", "),
                    one.count.to_string(),
                ]
            },
        ),
        Table::list(
            "Routers of IPv6",
            &[
                "Router",
                "Interface",
                "Link address",
                "Lifetime (s)",
                "Preference",
                "Prefixes",
                "Resolvers",
                "Heard",
            ],
            &watch.routers,
            |one| {
                vec![
                    one.address.to_string(),
                    one.interface.clone(),
                    text(&one.mac),
                    one.lifetime.to_string(),
                    one.preference.clone(),
                    one.prefixes.join(", "),
                    addresses(&one.resolvers).join(", "),
                    one.count.to_string(),
                ]
            },
        ),
        Table::list(
            "Who answers for names",
            &["Address", "Interface", "Link address", "By", "Names", "First of them"],
            &watch.responders,
            |one| {
                vec![
                    one.address.to_string(),
                    one.interface.clone(),
                    text(&one.mac),
                    protocol(one.protocol).into(),
                    one.count.to_string(),
                    one.names.join(", "),
                ]
            },
        ),
        Table::list(
            "Redirects",
            &["From", "Link address", "Interface", "Way", "For", "Heard"],
            &watch.redirects,
            |one| {
                vec![
                    one.from.to_string(),
                    text(&one.mac),
                    one.interface.clone(),
                    one.via.to_string(),
                    addresses(&one.destinations).join(", "),
                    one.count.to_string(),
                ]
            },
        ),
    ];
    // What was not heard needs no table.
    more.retain(|table| table.rows.as_ref().is_ok_and(|rows| !rows.is_empty()));
    tables.append(&mut more);
    Sheet { heading: "Links", about: String::new(), lines, tables }
}

/// The whole of it in one line.
pub(super) fn short(watch: &LinkWatch) -> String {
    let quarrels = watch.claims.iter().filter(|claim| claim.by.len() > 1).count();
    match quarrels {
        0 => heard(watch),
        quarrels => format!("{}; {} claimed by several", heard(watch), words::count(quarrels, "address")),
    }
}

fn heard(watch: &LinkWatch) -> String {
    let frames = match &watch.frames {
        midwatch_model::Outcome::Seen { value } => words::count(number(*value), "frame"),
        _ => "changes of the neighbour table alone".to_owned(),
    };
    let time = match (watch.began, watch.ended) {
        (Some(began), Some(ended)) => format!(" in {}", span(ended.duration_since(began).as_secs())),
        _ => String::new(),
    };
    format!("{frames}{time}, {} claimed", words::count(number(watch.addresses), "address"))
}

fn span(seconds: i64) -> String {
    match seconds {
        ..=0 => "less than a second".into(),
        1 => "1 second".into(),
        2..=119 => format!("{seconds} seconds"),
        120..=7199 => format!("{} minutes", seconds / 60),
        _ => format!("{} hours", seconds / 3600),
    }
}

fn number(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

fn rows(watch: &LinkWatch) -> Vec<(&Claim, &ClaimBy)> {
    watch.claims.iter().flat_map(|claim| claim.by.iter().map(move |by| (claim, by))).collect()
}

fn claim(claim: &Claim) -> String {
    let by: Vec<String> = claim.by.iter().map(|by| by.mac.clone()).collect();
    let router = if claim.gateway { " (router)" } else { "" };
    format!("{}{router} by {}", claim.address, some(&by))
}

fn dhcp(offer: &DhcpOffer) -> String {
    let at = offer.mac.as_ref().map(|mac| format!(" at {mac}")).unwrap_or_default();
    format!("{}{at}, resolver {}", offer.server, some(&addresses(&offer.resolvers)))
}

fn router(offer: &RouterOffer) -> String {
    let at = offer.mac.as_ref().map(|mac| format!(" at {mac}")).unwrap_or_default();
    format!("{}{at}, prefix {}", offer.address, some(&offer.prefixes))
}

fn addresses(all: &[IpAddr]) -> Vec<String> {
    all.iter().map(ToString::to_string).collect()
}

fn protocol(protocol: NameProtocol) -> &'static str {
    match protocol {
        NameProtocol::Llmnr => "LLMNR",
        NameProtocol::Mdns => "mDNS",
        NameProtocol::Netbios => "NetBIOS",
    }
}
