//! Who answers for a zone, and whether they agree.

use std::net::SocketAddr;

use domain::base::Rtype;
use futures_util::future::join_all;
use midwatch_fields::site::registrable_domain;
use midwatch_model::{
    Dangling, DanglingKind, Delegation, Host, NameServer, Outcome, ParentDelegation, Reason, ReasonKind,
    ServerAnswer,
};

use super::message::{Ask, Data, Reply, question};
use super::resolver::Resolver;
use super::upstream::plain;
use crate::net::Net;

/// Name servers of one zone that are asked: as many as the root has.
const MAX_SERVERS: usize = 13;

/// Addresses of one name server that are asked.
const MAX_ADDRESSES: usize = 4;

/// The zone that a name is in: the owner of the SOA record that answers for it.
pub(super) async fn zone(resolver: &Resolver, name: &str) -> Option<String> {
    let reply = resolver.look(name, Rtype::SOA).await.ok()?;
    reply
        .answer
        .iter()
        .chain(&reply.authority)
        .find(|record| record.rtype == Rtype::SOA && within(name, &record.owner))
        .map(|record| record.owner.clone())
}

/// True where `name` is `zone` or below it.
fn within(name: &str, zone: &str) -> bool {
    zone == "." || name.strip_suffix(zone).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// Asks every name server of a zone.
pub(super) async fn delegation(net: &Net, resolver: &Resolver, zone: &str, ask_parent: bool) -> Delegation {
    let name_servers = match resolver.look(zone, Rtype::NS).await {
        Err(why) => Outcome::from(why),
        Ok(reply) => Outcome::seen(names(&reply.answer, zone)),
    };
    let list = name_servers.value().cloned().unwrap_or_default();
    let asked = list.iter().take(MAX_SERVERS).map(|server| one(net, resolver, zone, server));
    let parent = async {
        if ask_parent {
            match parent(net, resolver, zone).await {
                Ok(found) => Outcome::seen(found),
                Err(why) => why.into(),
            }
        } else {
            let detail = "the servers of the zone above are asked with --delegation alone";
            Outcome::unmeasured(ReasonKind::NotAsked, detail)
        }
    };
    let (answers, parent) = tokio::join!(join_all(asked), parent);
    let mut servers = Vec::new();
    let mut dangling = Vec::new();
    for (found, loose) in answers {
        servers.extend(found);
        dangling.extend(loose);
    }
    Delegation { zone: zone.to_owned(), name_servers, servers, parent, dangling }
}

/// One name server at each of its addresses, and whether its name exists.
async fn one(
    net: &Net,
    resolver: &Resolver,
    zone: &str,
    server: &str,
) -> (Vec<NameServer>, Option<Dangling>) {
    let one = |address, given, answer| NameServer { name: server.to_owned(), address, given, answer };
    let none = |why: Reason| one(None, false, why.into());
    let given = !given(net, server).is_empty();
    let (addresses, dangling) = match addresses(net, resolver, server).await {
        Err(why) => return (vec![none(why)], None),
        Ok((addresses, true)) if addresses.is_empty() => {
            let dangling = loose(resolver, zone, DanglingKind::Ns, server).await;
            let why = Reason::new(ReasonKind::NoSuchName, format!("{server} does not exist"));
            return (vec![none(why)], Some(dangling));
        }
        Ok((addresses, _)) => (addresses, None),
    };
    if addresses.is_empty() {
        return (
            vec![none(Reason::new(ReasonKind::NoSuchName, format!("{server} has no address")))],
            dangling,
        );
    }
    let asked = addresses.into_iter().map(|address| async move {
        let answer = match answer(net, zone, address).await {
            Ok(answer) => Outcome::seen(answer),
            Err(why) => why.into(),
        };
        one(Some(address), given, answer)
    });
    (join_all(asked).await, dangling)
}

/// Addresses of a server by `--resolve` or by the resolver, and whether its name does not exist.
async fn addresses(net: &Net, resolver: &Resolver, server: &str) -> Result<(Vec<SocketAddr>, bool), Reason> {
    let given = given(net, server);
    if !given.is_empty() {
        return Ok((given, false));
    }
    let found = resolver.addresses(server).await?;
    let mut list: Vec<SocketAddr> = found.list.iter().map(|ip| SocketAddr::new(*ip, 53)).collect();
    list.sort_unstable();
    list.dedup();
    list.truncate(MAX_ADDRESSES);
    Ok((list, found.no_such_name))
}

/// Addresses of a server by `--resolve`.
fn given(net: &Net, server: &str) -> Vec<SocketAddr> {
    net.given(&Host::Name(server.to_owned()), 53)
}

/// What one server says of the zone.
async fn answer(net: &Net, zone: &str, address: SocketAddr) -> Result<ServerAnswer, Reason> {
    let soa = Reply::read(plain(net, address, &question(zone, Rtype::SOA, Ask::Server)?).await?)?;
    let ns = Reply::read(plain(net, address, &question(zone, Rtype::NS, Ask::Server)?).await?)?;
    let serial = soa.answer.iter().find_map(|record| match record.data {
        Data::Serial(serial) if record.owner == zone => Some(serial),
        _ => None,
    });
    Ok(ServerAnswer {
        authoritative: soa.authoritative && soa.is_good() && serial.is_some(),
        rcode: soa.rcode.to_string(),
        ns: names(&ns.answer, zone),
        serial,
    })
}

/// What the zone above says, by the first of its servers that answers.
async fn parent(net: &Net, resolver: &Resolver, zone: &str) -> Result<ParentDelegation, Reason> {
    let above = zone.split_once('.').map_or(".", |(_, above)| above);
    let none = |detail: &str| Reason::new(ReasonKind::Other, format!("{detail} above {zone}"));
    let parent = self::zone(resolver, above).await.ok_or_else(|| none("no zone was found"))?;
    let reply = resolver.look(&parent, Rtype::NS).await?;
    let ask = question(zone, Rtype::NS, Ask::Server)?;
    let mut last = none("no server was found");
    for server in names(&reply.answer, &parent).iter().take(MAX_SERVERS) {
        let addresses = match addresses(net, resolver, server).await {
            Ok((addresses, _)) => addresses,
            Err(why) => {
                last = why;
                continue;
            }
        };
        for address in addresses {
            match plain(net, address, &ask).await.and_then(Reply::read) {
                Ok(reply) if reply.is_good() => {
                    let mut ns = names(&reply.authority, zone);
                    if ns.is_empty() {
                        // A server of both zones answers as the child.
                        ns = names(&reply.answer, zone);
                    }
                    let mut glue: Vec<_> = reply
                        .additional
                        .iter()
                        .filter(|record| ns.contains(&record.owner))
                        .filter_map(|record| match &record.data {
                            Data::Address(ip) => Some((record.owner.clone(), *ip)),
                            _ => None,
                        })
                        .collect();
                    glue.sort();
                    glue.dedup();
                    return Ok(ParentDelegation { zone: parent, server: address, ns, glue });
                }
                Ok(reply) => last = none(&format!("{address} answered {}", reply.rcode)),
                Err(why) => last = why,
            }
        }
    }
    Err(last)
}

/// The NS records of a zone, sorted.
fn names(records: &[super::message::Record], zone: &str) -> Vec<String> {
    let mut names: Vec<String> = records
        .iter()
        .filter(|record| record.rtype == Rtype::NS && record.owner == zone)
        .filter_map(|record| match &record.data {
            Data::Name(name) => Some(name.clone()),
            _ => None,
        })
        .collect();
    names.sort();
    names.dedup();
    names
}

/// A name that does not exist, and whether its registrable domain does not either.
pub(super) async fn loose(resolver: &Resolver, name: &str, kind: DanglingKind, target: &str) -> Dangling {
    let registrable = match registrable_domain(target) {
        Some(domain) => match resolver.look(domain, Rtype::NS).await {
            Ok(reply) if reply.is_no_such_name() => Some(domain.to_owned()),
            _ => None,
        },
        None => None,
    };
    Dangling { name: name.to_owned(), kind, target: target.to_owned(), registrable }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_holds_itself_and_what_is_below() {
        assert!(within("shop.example", "shop.example") && within("www.shop.example", "shop.example"));
        assert!(within("example", ".") && !within("notshop.example", "shop.example"));
        assert!(!within("example", "shop.example"));
    }
}
