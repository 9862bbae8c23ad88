//! A server that takes a domain's mail, as senders find it (RFC 5321 5.1, RFC 7672 2.2).

use midwatch_model::{
    Caa, Dnssec, ExchangeFault, Host, MailExchange, MxRecord, Outcome, Reason, ReasonKind, Tlsa,
};

use super::is_host_name;
use crate::dns::Lookups;
use crate::net::Net;

/// The port of mail between servers (RFC 5321 4.5.4.2).
pub const PORT: u16 = 25;

/// Servers of one domain that are looked at: Postfix tries five of them by default, and large domains have about as many.
pub const MAX_EXCHANGES: usize = 20;

/// A server, and what the DNS says of its name.
#[derive(Debug)]
pub struct Found {
    /// The server. DANE is not told yet: nothing has been sent.
    pub exchange: MailExchange,
    /// The user gave its address (`--resolve`).
    pub given: bool,
    /// Whether its addresses can be proved.
    pub dnssec: Option<Dnssec>,
    /// Who may issue certificates for it.
    pub caa: Option<Caa>,
    /// Its TLSA records.
    pub tlsa: Option<Tlsa>,
}

/// Looks at the server of a record; at the domain itself where there is none.
pub async fn look(lookups: &Lookups, net: &Net, domain: &str, record: Option<&MxRecord>) -> Found {
    let host = record.map_or(domain, |record| record.exchange.as_str());
    let mut exchange = MailExchange {
        domain: domain.to_owned(),
        host: host.to_owned(),
        port: PORT,
        preference: record.map_or(0, |record| record.preference),
        implicit: record.is_none(),
        faults: Vec::new(),
        aliases: Vec::new(),
        alias_loop: false,
        addresses: Outcome::unmeasured(ReasonKind::NotAsked, format!("{host} is no host name")),
        security: Outcome::unmeasured(ReasonKind::NotAsked, format!("{host} is no host name")),
        tlsa_base: host.to_owned(),
        tlsa: owner(host),
        dane: Vec::new(),
    };
    if let Some(fault) = fault_of(host) {
        exchange.faults.push(fault);
        return Found { exchange, given: false, dnssec: None, caa: None, tlsa: None };
    }
    let name = Host::Name(host.to_owned());
    let (resolved, dnssec, caa) =
        tokio::join!(net.resolve(&name, PORT), lookups.dnssec(host), lookups.caa(host));
    exchange.addresses = resolved.addresses;
    exchange.security = dnssec.security.clone();
    exchange.aliases = dnssec.aliases.clone();
    exchange.alias_loop = dnssec.alias_loop;
    let is_alias = dnssec.aliases.len() > 1;
    if is_alias && record.is_some() {
        exchange.faults.push(ExchangeFault::Alias);
    }
    if exchange.addresses.why_not().is_some_and(|why| why.kind == ReasonKind::NoSuchName) {
        exchange.faults.push(ExchangeFault::NoAddress);
    }
    let secure = dnssec.security.value().is_some_and(|security| security.is_secure());
    let end = dnssec.aliases.last().filter(|_| is_alias && secure && !dnssec.alias_loop);
    let mut tlsa = None;
    if let Some(end) = end {
        let records = lookups.tlsa(&owner(end)).await;
        let proved = records.security.value().is_some_and(|security| security.is_secure());
        if proved && records.records.value().is_some_and(|records| !records.is_empty()) {
            exchange.tlsa_base = end.clone();
            exchange.tlsa = owner(end);
            tlsa = Some(records);
        }
    }
    let tlsa = match tlsa {
        Some(tlsa) => tlsa,
        None => lookups.tlsa(&exchange.tlsa).await,
    };
    Found { exchange, given: resolved.given, dnssec: Some(dnssec), caa: Some(caa), tlsa: Some(tlsa) }
}

/// One of so many that it is not looked at.
pub fn left_out(domain: &str, record: &MxRecord) -> MailExchange {
    let host = &record.exchange;
    let why =
        || Reason::new(ReasonKind::Limit, format!("{host}: only {MAX_EXCHANGES} servers are looked at"));
    MailExchange {
        domain: domain.to_owned(),
        host: host.clone(),
        port: PORT,
        preference: record.preference,
        implicit: false,
        faults: fault_of(host).into_iter().collect(),
        aliases: Vec::new(),
        alias_loop: false,
        addresses: why().into(),
        security: why().into(),
        tlsa_base: host.clone(),
        tlsa: owner(host),
        dane: Vec::new(),
    }
}

fn owner(host: &str) -> String {
    format!("_{PORT}._tcp.{host}")
}

/// What is wrong with a name before anybody is asked for it.
fn fault_of(host: &str) -> Option<ExchangeFault> {
    let bare = host.trim_start_matches('[').trim_end_matches(']').trim_start_matches("ipv6:");
    if bare.parse::<std::net::IpAddr>().is_ok() {
        return Some(ExchangeFault::AddressLiteral);
    }
    (!is_host_name(host) || !host.contains('.')).then_some(ExchangeFault::NotAHostName)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_none() {
        for (host, fault) in [
            ("192.0.2.1", Some(ExchangeFault::AddressLiteral)),
            ("[192.0.2.1]", Some(ExchangeFault::AddressLiteral)),
            ("[ipv6:2001:db8::1]", Some(ExchangeFault::AddressLiteral)),
            ("localhost", Some(ExchangeFault::NotAHostName)),
            ("mail server.example", Some(ExchangeFault::NotAHostName)),
            ("mx_1.example", Some(ExchangeFault::NotAHostName)),
            ("mx-1.shop.example", None),
        ] {
            assert_eq!(fault_of(host), fault, "{host}");
        }
    }
}
