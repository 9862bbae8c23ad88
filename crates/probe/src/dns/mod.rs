//! What the DNS says of a name, validated from the root down by ourselves.
//!
//! NLnet Labs' `domain` follows the signatures; the way to the resolver, what is asked, and how far it goes are
//! ours. A resolver is told to leave checking to us (CD), so that its SERVFAIL is never all there is to go by.

mod anchors;
mod behaviour;
mod caa;
mod delegation;
mod doh;
mod ds;
mod lookups;
mod message;
mod reader;
mod resolv_conf;
mod resolver;
mod spec;
mod sshfp;
mod svcb;
mod text;
mod tls;
mod tlsa;
mod upstream;

use std::net::{IpAddr, SocketAddr};

use domain::base::Rtype;
use midwatch_model::{
    Caa, DanglingKind, Dnssec, Ds, Fact, HttpsRecord, Mx, MxRecord, Outcome, Reason, ReasonKind,
    ResolverFault, Security, Sshfp, Tlsa,
};

pub use anchors::{Anchors, MAX_ANCHORS};
pub use behaviour::behaviour;
pub use caa::record as caa_record;
pub use ds::record as ds_record;
pub(crate) use lookups::Kind;
pub use lookups::Lookups;
pub use spec::ResolverSpec;
pub use sshfp::record as sshfp_record;
pub use svcb::{ech_configs, record as service_binding};
pub use text::record as text_record;
pub use tlsa::{matches as tlsa_matches, record as tlsa_record};

use message::{Ask, Data, Reply};
use resolver::Resolver;

use crate::net::Net;
use crate::pki::TrustStores;

/// CNAME records that are followed: what resolvers follow too (Unbound and the validator, 11).
const MAX_ALIASES: usize = 11;

/// AliasMode records that are followed; RFC 9460 3 asks clients for a limit and leaves the number to them.
const MAX_SERVICE_ALIASES: usize = 8;

/// Records of one kind that a fact keeps.
const MAX_RECORDS: usize = 100;

/// Labels of a name that are climbed for CAA; names have at most 127 (RFC 1035 2.3.4).
const MAX_CLIMB: usize = 128;

/// A name that nobody has (RFC 6761 6.4).
const NOBODY: &str = "midwatch-asks-for-a-name-that-does-not-exist.invalid";

/// Which resolver is asked, and how far.
#[derive(Clone, Debug, Default)]
pub struct DnsOptions {
    /// The user's choice; none for the system's.
    pub resolver: Option<ResolverSpec>,
    /// Where validation begins.
    pub anchors: Anchors,
    /// The servers of the zone above are asked for the delegation.
    pub delegation: bool,
    /// Who is trusted for the certificate of a resolver.
    pub stores: TrustStores,
}

/// Addresses by the resolver that the user chose.
pub(crate) async fn addresses(net: &Net, name: &str, port: u16) -> Outcome<Vec<SocketAddr>> {
    let resolver = Resolver::new(net, net.dns());
    match resolver.addresses(name).await {
        Err(why) => why.into(),
        Ok(found) if found.list.is_empty() => {
            let why = if found.no_such_name { "does not exist" } else { "has no address" };
            Outcome::unmeasured(ReasonKind::NoSuchName, format!("{name} {why}, {} says", resolver.name))
        }
        Ok(found) => Outcome::seen(found.list.into_iter().map(|ip| SocketAddr::new(ip, port)).collect()),
    }
}

/// Everything that the DNS says of a site's name and its https service: facts with their subjects, in a stable
/// order. None for a name that is not looked up in the public tree (RFC 6761 6.3).
pub async fn site(net: &Net, name: &str, port: u16) -> Vec<(String, Fact)> {
    if !name.contains('.') || name.ends_with(".localhost") {
        return Vec::new();
    }
    let service = format!("_{port}._tcp.{name}");
    if net.is_offline() {
        return not_asked(name, &service);
    }
    let options = net.dns();
    let resolver = Resolver::new(net, options);
    let zone = delegation::zone(&resolver, name).await;
    let (dnssec, caa, tlsa, https, mx, ds, servers) = tokio::join!(
        Box::pin(dnssec(&resolver, name, zone.clone())),
        Box::pin(self::caa(&resolver, name)),
        Box::pin(self::tlsa(&resolver, &service)),
        Box::pin(https(&resolver, name, port)),
        // Mail goes to addresses at the zone, as a rule: shop.example rather than www.shop.example.
        Box::pin(mx(&resolver, zone.as_deref().filter(|zone| zone.contains('.')).unwrap_or(name))),
        async {
            match &zone {
                Some(zone) if zone.contains('.') => Some(Box::pin(ds(&resolver, zone)).await),
                Some(_) => None,
                None => Some(unmeasured_ds(name, no_zone(name))),
            }
        },
        async {
            match &zone {
                // The tree above the names that people register is others' to look after.
                Some(zone) if zone.contains('.') => {
                    Some(Box::pin(delegation::delegation(net, &resolver, zone, options.delegation)).await)
                }
                _ => None,
            }
        },
    );
    let mut facts = Vec::new();
    let dangling = match dnssec.aliases.last() {
        Some(end) if dnssec.aliases.len() > 1 && !dnssec.alias_loop => {
            alias_end(&resolver, &dnssec, end).await
        }
        _ => None,
    };
    facts.push((name.to_owned(), Fact::Dnssec(dnssec)));
    facts.push((name.to_owned(), Fact::Caa(caa)));
    facts.push((service, Fact::Tlsa(tlsa)));
    facts.push((name.to_owned(), Fact::HttpsRecord(https)));
    facts.push((mx.name.clone(), Fact::Mx(mx)));
    facts.extend(ds.map(|ds| (ds.zone.clone(), Fact::Ds(ds))));
    let servers = match (servers, dangling) {
        (None, None) => None,
        (Some(mut servers), dangling) => {
            servers.dangling.extend(dangling);
            Some(servers)
        }
        (None, Some(dangling)) => Some(midwatch_model::Delegation {
            zone: name.to_owned(),
            name_servers: no_zone(name).into(),
            servers: Vec::new(),
            parent: no_zone(name).into(),
            dangling: vec![dangling],
        }),
    };
    if let Some(servers) = servers {
        facts.push((servers.zone.clone(), Fact::Delegation(Box::new(servers))));
    }
    facts
}

fn no_zone(name: &str) -> Reason {
    Reason::new(ReasonKind::Other, format!("no zone was found that holds {name}"))
}

/// The SSHFP records of a host, with what DNSSEC proves of them or of there being none. The name is asked for as it
/// is: no search domain of `resolv.conf` is added, since who answers for those is not what the user named.
pub async fn sshfp(net: &Net, name: &str) -> Sshfp {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let not_asked = |why: String| unmeasured_sshfp(&name, Reason::new(ReasonKind::NotAsked, why));
    if name.parse::<IpAddr>().is_ok() {
        return not_asked(format!("{name} is an address, and SSHFP records stand under names"));
    }
    if !name.contains('.') || name.ends_with(".localhost") {
        return not_asked(format!("{name} is not a name of the public tree"));
    }
    if net.is_offline() {
        return not_asked(format!("no question about {name} is asked offline"));
    }
    let resolver = Resolver::new(net, net.dns());
    let reply = match resolver.look(&name, Rtype::SSHFP).await {
        Ok(reply) => reply,
        Err(why) => return unmeasured_sshfp(&name, why),
    };
    let records = raw(&reply, Rtype::SSHFP).filter_map(sshfp_record).take(MAX_RECORDS).collect();
    let security = Box::pin(resolver.prove(&reply)).await;
    Sshfp { name, records: Outcome::seen(records), security }
}

fn unmeasured_sshfp(name: &str, why: Reason) -> Sshfp {
    Sshfp { name: name.to_owned(), records: why.clone().into(), security: why.into() }
}

/// Each fact, with the reason why there is nothing in it.
fn not_asked(name: &str, service: &str) -> Vec<(String, Fact)> {
    let why = || Reason::new(ReasonKind::NotAsked, format!("no question about {name} is asked offline"));
    vec![
        (
            name.to_owned(),
            Fact::Dnssec(Dnssec {
                name: name.to_owned(),
                resolver: String::new(),
                zone: None,
                security: why().into(),
                aliases: Vec::new(),
                alias_loop: false,
                resolver_fails: None,
                extended: Vec::new(),
                faults: Vec::new(),
            }),
        ),
        (name.to_owned(), Fact::Caa(unmeasured_caa(name, why()))),
        (service.to_owned(), Fact::Tlsa(unmeasured_tlsa(service, why()))),
        (name.to_owned(), Fact::HttpsRecord(unmeasured_https(name, why()))),
        (name.to_owned(), Fact::Mx(unmeasured_mx(name, why()))),
        (name.to_owned(), Fact::Ds(unmeasured_ds(name, why()))),
    ]
}

fn unmeasured_caa(name: &str, why: Reason) -> Caa {
    Caa { name: name.to_owned(), found_at: None, records: why.clone().into(), security: why.into() }
}

fn unmeasured_tlsa(name: &str, why: Reason) -> Tlsa {
    Tlsa { name: name.to_owned(), records: why.clone().into(), security: why.into(), matches: Vec::new() }
}

fn unmeasured_mx(name: &str, why: Reason) -> Mx {
    Mx { name: name.to_owned(), records: why.clone().into(), security: why.into() }
}

fn unmeasured_ds(zone: &str, why: Reason) -> Ds {
    Ds { zone: zone.to_owned(), records: why.clone().into(), security: why.into() }
}

fn unmeasured_https(name: &str, why: Reason) -> HttpsRecord {
    HttpsRecord {
        name: name.to_owned(),
        aliases: Vec::new(),
        alias_loop: false,
        records: why.clone().into(),
        security: why.into(),
    }
}

/// Whether the addresses of a name can be proved, and how the resolver behaves.
async fn dnssec(resolver: &Resolver, name: &str, zone: Option<String>) -> Dnssec {
    let (a, aaaa, aliases, everything) = tokio::join!(
        proved(resolver, name, Rtype::A),
        proved(resolver, name, Rtype::AAAA),
        aliases(resolver, name),
        resolver.look(NOBODY, Rtype::A),
    );
    let security = worst(a, aaaa);
    let mut faults = Vec::new();
    if everything.is_ok_and(|reply| reply.data(Rtype::A).next().is_some()) {
        faults.push(ResolverFault::AnswersEverything);
    }
    let settled = security
        .value()
        .is_some_and(|security| matches!(security, Security::Secure | Security::Insecure { .. }));
    let (mut resolver_fails, mut extended) = (None, Vec::new());
    if !settled {
        if resolver.strips().await == Some(true) {
            faults.push(ResolverFault::StripsSignatures);
        }
        // The resolver's own word, where ours leaves a doubt.
        if let Ok(reply) = resolver.ask(name, Rtype::A, Ask::Checked).await {
            resolver_fails = reply.failure("").map(|_| reply.rcode.to_string());
            extended = reply.extended;
        }
    }
    let (aliases, alias_loop) = aliases;
    Dnssec {
        name: name.to_owned(),
        resolver: resolver.name.clone(),
        zone,
        security,
        aliases,
        alias_loop,
        resolver_fails,
        extended,
        faults,
    }
}

async fn proved(resolver: &Resolver, name: &str, rtype: Rtype) -> Outcome<Security> {
    match resolver.look(name, rtype).await {
        Ok(reply) => resolver.prove(&reply).await,
        Err(why) => why.into(),
    }
}

/// The outcome that says less for the answers.
fn worst(a: Outcome<Security>, b: Outcome<Security>) -> Outcome<Security> {
    let rank = |outcome: &Outcome<Security>| match outcome.value() {
        Some(Security::Secure) => 0,
        Some(Security::Insecure { .. }) => 1,
        None => 2,
        Some(Security::Indeterminate { .. }) => 3,
        Some(Security::Bogus { .. }) => 4,
    };
    if rank(&b) > rank(&a) { b } else { a }
}

/// The names that CNAME records lead through, asked one by one so that a loop shows, and whether there is one.
async fn aliases(resolver: &Resolver, name: &str) -> (Vec<String>, bool) {
    let mut names = vec![name.to_owned()];
    while names.len() <= MAX_ALIASES {
        let Some(last) = names.last() else { break };
        let Ok(reply) = resolver.look(last, Rtype::CNAME).await else { return (names, false) };
        let next = reply.answer.iter().find_map(|record| match &record.data {
            Data::Name(target) if record.rtype == Rtype::CNAME && record.owner == *last => {
                Some(target.clone())
            }
            _ => None,
        });
        match next {
            None => return (names, false),
            Some(next) if names.contains(&next) => {
                names.push(next);
                return (names, true);
            }
            Some(next) => names.push(next),
        }
    }
    // Longer than any resolver follows: it leads nowhere either.
    (names, true)
}

/// The end of aliases, where it does not exist.
async fn alias_end(resolver: &Resolver, dnssec: &Dnssec, end: &str) -> Option<midwatch_model::Dangling> {
    let reply = resolver.look(end, Rtype::A).await.ok()?;
    let before = dnssec.aliases.iter().rev().nth(1)?;
    if !reply.is_no_such_name() || dnssec.faults.contains(&ResolverFault::AnswersEverything) {
        return None;
    }
    Some(delegation::loose(resolver, before, DanglingKind::Cname, end).await)
}

/// The relevant CAA record set: of the name, else of the nearest name above it that has one (RFC 8659 3).
async fn caa(resolver: &Resolver, name: &str) -> Caa {
    let mut at = name;
    let mut security = Vec::new();
    for _ in 0..MAX_CLIMB {
        let reply = match resolver.look(at, Rtype::CAA).await {
            Ok(reply) => reply,
            Err(why) => return unmeasured_caa(name, why),
        };
        security.push(resolver.prove(&reply).await);
        let records: Vec<_> = raw(&reply, Rtype::CAA).filter_map(caa_record).take(MAX_RECORDS).collect();
        let found = !records.is_empty();
        let above = at.split_once('.').map(|(_, above)| above);
        if found || above.is_none() {
            let security = security.into_iter().reduce(worst);
            let security =
                security.unwrap_or_else(|| Reason::new(ReasonKind::Other, "nothing was proved").into());
            return Caa {
                name: name.to_owned(),
                found_at: found.then(|| at.to_owned()),
                records: Outcome::seen(records),
                security,
            };
        }
        at = above.unwrap_or(at);
    }
    unmeasured_caa(name, Reason::new(ReasonKind::Limit, format!("{name} has too many labels")))
}

async fn tlsa(resolver: &Resolver, service: &str) -> Tlsa {
    let reply = match resolver.look(service, Rtype::TLSA).await {
        Ok(reply) => reply,
        Err(why) => return unmeasured_tlsa(service, why),
    };
    let mut records: Vec<_> = raw(&reply, Rtype::TLSA).filter_map(tlsa_record).collect();
    // Resolvers turn the order round from answer to answer.
    records.sort_by(|a, b| {
        (a.usage, a.selector, a.matching, &a.data).cmp(&(b.usage, b.selector, b.matching, &b.data))
    });
    records.truncate(MAX_RECORDS);
    let security = resolver.prove(&reply).await;
    Tlsa { name: service.to_owned(), records: Outcome::seen(records), security, matches: Vec::new() }
}

/// Who takes mail for a name.
async fn mx(resolver: &Resolver, name: &str) -> Mx {
    let reply = match resolver.look(name, Rtype::MX).await {
        Ok(reply) => reply,
        Err(why) => return unmeasured_mx(name, why),
    };
    let read = |data: &Data| match data {
        Data::Mail(preference, exchange) => {
            Some(MxRecord { preference: *preference, exchange: exchange.clone() })
        }
        _ => None,
    };
    let mut records: Vec<MxRecord> = reply.data(Rtype::MX).filter_map(read).collect();
    records.sort();
    records.dedup();
    records.truncate(MAX_RECORDS);
    let security = resolver.prove(&reply).await;
    Mx { name: name.to_owned(), records: Outcome::seen(records), security }
}

/// The DS records of a zone. They stand in the zone above, and the resolver has them from there: what is signed with
/// them is told from what is not by the proof, so that its servers need not be asked.
async fn ds(resolver: &Resolver, zone: &str) -> Ds {
    let reply = match resolver.look(zone, Rtype::DS).await {
        Ok(reply) => reply,
        Err(why) => return unmeasured_ds(zone, why),
    };
    let mut records: Vec<_> = raw(&reply, Rtype::DS).filter_map(ds_record).collect();
    records.sort();
    records.dedup();
    records.truncate(MAX_RECORDS);
    let security = resolver.prove(&reply).await;
    Ds { zone: zone.to_owned(), records: Outcome::seen(records), security }
}

/// HTTPS records, through those that only lead on (RFC 9460 2.4.2). Another port has a name of its own (9.1).
async fn https(resolver: &Resolver, name: &str, port: u16) -> HttpsRecord {
    let first = if port == 443 { name.to_owned() } else { format!("_{port}._https.{name}") };
    let mut aliases: Vec<String> = Vec::new();
    let mut security: Option<Outcome<Security>> = None;
    let mut at = first.clone();
    loop {
        let reply = match resolver.look(&at, Rtype::HTTPS).await {
            Ok(reply) => reply,
            Err(why) => return HttpsRecord { aliases, ..unmeasured_https(&first, why) },
        };
        let proved = resolver.prove(&reply).await;
        security = Some(match security {
            None => proved,
            Some(known) => worst(known, proved),
        });
        let mut records: Vec<_> = raw(&reply, Rtype::HTTPS).filter_map(service_binding).take(50).collect();
        records.sort_by(|a, b| (a.priority, &a.target).cmp(&(b.priority, &b.target)));
        let next = records.iter().find(|record| record.priority == 0 && record.target != ".");
        let next = next.map(|record| record.target.clone());
        let looped = next.as_ref().is_some_and(|next| {
            *next == first || aliases.contains(next) || aliases.len() == MAX_SERVICE_ALIASES
        });
        match next {
            Some(next) if !looped => {
                aliases.push(next.clone());
                at = next;
            }
            _ => {
                let none = || Reason::new(ReasonKind::Other, "nothing was proved").into();
                return HttpsRecord {
                    name: first,
                    aliases,
                    alias_loop: looped,
                    records: Outcome::seen(records),
                    security: security.unwrap_or_else(none),
                };
            }
        }
    }
}

/// The data of records of one type, as it stands.
fn raw(reply: &Reply, rtype: Rtype) -> impl Iterator<Item = &[u8]> {
    reply.data(rtype).filter_map(|data| match data {
        Data::Other(bytes) => Some(bytes.as_slice()),
        _ => None,
    })
}
