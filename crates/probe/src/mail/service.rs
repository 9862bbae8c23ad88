//! Where people's programs send and read a domain's mail, and whether anybody listens there.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use futures_util::future::join_all;
use futures_util::{StreamExt as _, stream};
use midwatch_model::{
    Host, MailAutoconfig, MailListens, MailNamedBy, MailProtocol, MailService, MailSrv, Outcome, ReasonKind,
    SocketType,
};

use super::is_host_name;
use crate::net::{Net, Resolved};

/// Names that programs try where nothing names a server (Thunderbird's guesses among them).
const USUAL_NAMES: [&str; 4] = ["mail", "imap", "smtp", "pop"];

/// Services that are looked for at each name: protocol, port, and whether TLS begins with the connection (RFC 8314 7).
const USUAL: [(MailProtocol, u16, bool); 6] = [
    (MailProtocol::Submission, 465, true),
    (MailProtocol::Submission, 587, false),
    (MailProtocol::Imap, 993, true),
    (MailProtocol::Imap, 143, false),
    (MailProtocol::Pop3, 995, true),
    (MailProtocol::Pop3, 110, false),
];

/// Servers of one domain that are looked at.
const MAX_HOSTS: usize = 12;

/// Addresses of one name that are looked at.
const MAX_ADDRESSES: usize = 8;

/// Names that are looked at, at the same time.
const AT_ONCE: usize = 6;

/// A service that something names, or that is usual.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Candidate {
    host: String,
    port: u16,
    protocol: MailProtocol,
    implicit_tls: bool,
}

/// A service that was looked at, with its addresses.
#[derive(Debug)]
pub struct Found {
    /// The service.
    pub service: MailService,
    /// Its addresses with the port.
    pub addresses: Outcome<Vec<SocketAddr>>,
    /// The user gave them (`--resolve`).
    pub given: bool,
}

/// Every service that records and documents name, and the usual ones: at the names that they give, at the usual names of the
/// domain, and at servers of the domain's own that take its mail.
pub fn candidates(
    domain: &str,
    srv: &[MailSrv],
    documents: &[MailAutoconfig],
    exchanges: &[String],
) -> BTreeMap<Candidate, Vec<MailNamedBy>> {
    let mut all: BTreeMap<Candidate, Vec<MailNamedBy>> = BTreeMap::new();
    let mut hosts: Vec<(String, MailNamedBy)> = Vec::new();
    let mut named = |host: &str, port: u16, protocol, implicit_tls, by: MailNamedBy| {
        if !is_host_name(host) || !host.contains('.') {
            return;
        }
        let known = hosts.iter().any(|(known, _)| known == host);
        if !known && hosts.len() >= MAX_HOSTS {
            return;
        }
        if !known {
            hosts.push((host.to_owned(), MailNamedBy::Guess));
        }
        let candidate = Candidate { host: host.to_owned(), port, protocol, implicit_tls };
        let by_all = all.entry(candidate).or_default();
        if !by_all.contains(&by) {
            by_all.push(by);
        }
    };
    for one in srv {
        for record in one.records.value().into_iter().flatten().filter(|record| !record.is_not_offered()) {
            let by = MailNamedBy::Srv { owner: one.name.clone() };
            named(&record.target, record.port, one.protocol, one.implicit_tls, by);
        }
    }
    for one in documents {
        for server in one.document.value().into_iter().flat_map(|document| &document.servers) {
            let by = MailNamedBy::Autoconfig { url: one.url.clone() };
            if let (Some(protocol), Some(port)) = (server.protocol, server.port) {
                named(&server.host, port, protocol, server.socket == SocketType::Tls, by);
            }
        }
    }
    let own = exchanges.iter().filter(|host| midwatch_fields::site::same_site(host, domain));
    hosts.extend(own.map(|host| (host.clone(), MailNamedBy::Mx)));
    hosts.extend(USUAL_NAMES.iter().map(|label| (format!("{label}.{domain}"), MailNamedBy::Guess)));
    for (host, by) in hosts.into_iter().take(2 * MAX_HOSTS) {
        for (protocol, port, implicit_tls) in USUAL {
            let candidate = Candidate { host: host.clone(), port, protocol, implicit_tls };
            let by_all = all.entry(candidate).or_default();
            if by_all.is_empty() {
                by_all.push(by.clone());
            }
        }
    }
    all
}

/// Looks whether anybody listens. Of names that nothing gives, those that have no address are not told.
pub async fn look(net: &Net, domain: &str, candidates: BTreeMap<Candidate, Vec<MailNamedBy>>) -> Vec<Found> {
    let mut hosts: BTreeMap<String, Vec<(Candidate, Vec<MailNamedBy>)>> = BTreeMap::new();
    for (candidate, named_by) in candidates {
        hosts.entry(candidate.host.clone()).or_default().push((candidate, named_by));
    }
    let one = |(host, all): (String, Vec<_>)| of_host(net, domain, host, all);
    let found: Vec<Vec<Found>> = stream::iter(hosts).map(one).buffered(AT_ONCE).collect().await;
    found.into_iter().flatten().collect()
}

/// The services of one name, one after the other: its addresses are the same for each, unless the user says otherwise.
async fn of_host(
    net: &Net,
    domain: &str,
    host: String,
    all: Vec<(Candidate, Vec<MailNamedBy>)>,
) -> Vec<Found> {
    let host = Host::Name(host);
    let mut missing: Option<Resolved> = None;
    let mut found = Vec::new();
    for (candidate, named_by) in all {
        let resolved = match &missing {
            Some(known) if net.given(&host, candidate.port).is_empty() => known.clone(),
            _ => net.resolve(&host, candidate.port).await,
        };
        let is_named =
            named_by.iter().any(|by| matches!(by, MailNamedBy::Srv { .. } | MailNamedBy::Autoconfig { .. }));
        let is_missing = resolved
            .addresses
            .why_not()
            .is_some_and(|why| matches!(why.kind, ReasonKind::NoSuchName | ReasonKind::NotAsked));
        if is_missing {
            missing = Some(resolved.clone());
            if !is_named {
                continue;
            }
        }
        let listens = listens(net, resolved.addresses.value().map(Vec::as_slice).unwrap_or_default()).await;
        let Candidate { host, port, protocol, implicit_tls } = candidate;
        let service =
            MailService { domain: domain.to_owned(), protocol, host, port, implicit_tls, named_by, listens };
        found.push(Found { service, addresses: resolved.addresses, given: resolved.given });
    }
    found
}

async fn listens(net: &Net, addresses: &[SocketAddr]) -> Vec<MailListens> {
    let one = |address: SocketAddr| async move {
        let open = match net.connect(address).await {
            Ok(_) => Outcome::seen(()),
            // Whether anybody listens is what was asked, and the answer is no.
            Err(why) if why.kind == ReasonKind::ConnectionRefused => Outcome::refused("the port is closed"),
            Err(why) => why.into(),
        };
        MailListens { address, open }
    };
    join_all(addresses.iter().take(MAX_ADDRESSES).copied().map(one)).await
}

#[cfg(test)]
mod tests {
    use midwatch_model::{Security, SrvRecord};

    use super::*;

    fn srv(label: &str, protocol: MailProtocol, implicit_tls: bool, target: &str, port: u16) -> MailSrv {
        MailSrv {
            domain: "shop.example".into(),
            name: format!("{label}._tcp.shop.example"),
            protocol,
            implicit_tls,
            records: Outcome::seen(vec![SrvRecord { priority: 0, weight: 1, port, target: target.into() }]),
            security: Outcome::seen(Security::Secure),
        }
    }

    #[test]
    fn records_name_services_and_the_usual_ones_are_tried() {
        let records = [
            srv("_imaps", MailProtocol::Imap, true, "in.mail.example", 1993),
            srv("_pop3", MailProtocol::Pop3, false, ".", 0),
            srv("_imap", MailProtocol::Imap, false, "10.0.0.1", 143),
        ];
        let exchanges = ["mx.shop.example".to_owned(), "mx.other.example".to_owned()];
        let all = candidates("shop.example", &records, &[], &exchanges);
        let by = |host: &str, port: u16| {
            let found = all.iter().find(|(one, _)| one.host == host && one.port == port);
            found.map(|(_, by)| by.clone())
        };
        let owner = "_imaps._tcp.shop.example".to_owned();
        assert_eq!(by("in.mail.example", 1993), Some(vec![MailNamedBy::Srv { owner }]));
        assert_eq!(by("in.mail.example", 143), Some(vec![MailNamedBy::Guess]));
        assert_eq!(by("mx.shop.example", 587), Some(vec![MailNamedBy::Mx]));
        assert_eq!(by("imap.shop.example", 993), Some(vec![MailNamedBy::Guess]));
        assert!(by("mx.other.example", 587).is_none(), "it belongs to somebody else");
        assert!(!all.keys().any(|one| one.host == "." || one.host == "10.0.0.1"));
    }
}
