//! One resolver that is asked about many names: what it has proved on the way is kept.

use std::net::IpAddr;

use domain::base::Rtype;
use midwatch_model::{Caa, Dnssec, Mx, Outcome, Reason, ReasonKind, Security, SrvRecord, TextRecords, Tlsa};

use super::message::Data;
use super::resolver::Resolver;
use super::{MAX_RECORDS, raw, text};
use crate::net::Net;

/// What the DNS says of several names, by one resolver, each answer with what DNSSEC proves of it.
pub struct Lookups {
    net: Net,
    resolver: Resolver,
}

/// Whether a name has data of some kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A or AAAA.
    Address,
    /// A alone.
    A,
    /// MX.
    Mx,
}

impl Lookups {
    /// The resolver of `net`: the user's choice, else the system's.
    pub fn new(net: &Net) -> Self {
        Lookups { net: net.clone(), resolver: Resolver::new(net, net.dns()) }
    }

    /// Whether a name may be asked for.
    ///
    /// # Errors
    /// [`ReasonKind::NotAsked`] offline, and for what is no name of the public tree.
    fn may_ask(&self, name: &str) -> Result<(), Reason> {
        let not = |why: String| Err(Reason::new(ReasonKind::NotAsked, why));
        if self.net.is_offline() {
            return not(format!("no question about {name} is asked offline"));
        }
        if name.parse::<IpAddr>().is_ok() || !name.contains('.') || name.ends_with(".localhost") {
            return not(format!("{name} is not a name of the public tree"));
        }
        Ok(())
    }

    /// Who takes mail for a name.
    pub async fn mx(&self, name: &str) -> Mx {
        match self.may_ask(name) {
            Ok(()) => Box::pin(super::mx(&self.resolver, name)).await,
            Err(why) => super::unmeasured_mx(name, why),
        }
    }

    /// The TLSA records of an owner such as `_25._tcp.mx.example`, laid beside no chain yet.
    pub async fn tlsa(&self, owner: &str) -> Tlsa {
        match self.may_ask(owner) {
            Ok(()) => Box::pin(super::tlsa(&self.resolver, owner)).await,
            Err(why) => super::unmeasured_tlsa(owner, why),
        }
    }

    /// Which authorities may issue certificates for a name.
    pub async fn caa(&self, name: &str) -> Caa {
        match self.may_ask(name) {
            Ok(()) => Box::pin(super::caa(&self.resolver, name)).await,
            Err(why) => super::unmeasured_caa(name, why),
        }
    }

    /// Whether the addresses of a name can be proved, and which aliases lead to them. The zone is not looked for.
    pub async fn dnssec(&self, name: &str) -> Dnssec {
        match self.may_ask(name) {
            Ok(()) => Box::pin(super::dnssec(&self.resolver, name, None)).await,
            Err(why) => Dnssec {
                name: name.to_owned(),
                resolver: String::new(),
                zone: None,
                security: why.into(),
                aliases: Vec::new(),
                alias_loop: false,
                resolver_fails: None,
                extended: Vec::new(),
                faults: Vec::new(),
            },
        }
    }

    /// The TXT records of a name, through aliases.
    pub async fn text(&self, name: &str) -> TextRecords {
        let unmeasured = |why: Reason| TextRecords {
            name: name.to_owned(),
            aliases: Vec::new(),
            texts: why.clone().into(),
            security: why.into(),
        };
        if let Err(why) = self.may_ask(name) {
            return unmeasured(why);
        }
        let reply = match self.resolver.look(name, Rtype::TXT).await {
            Ok(reply) => reply,
            Err(why) => return unmeasured(why),
        };
        let mut texts: Vec<String> = raw(&reply, Rtype::TXT).filter_map(text::record).collect();
        texts.sort();
        texts.truncate(MAX_RECORDS);
        let aliases = reply
            .data(Rtype::CNAME)
            .filter_map(|data| match data {
                Data::Name(target) => Some(target.clone()),
                _ => None,
            })
            .take(MAX_RECORDS)
            .collect();
        let security = Box::pin(self.resolver.prove(&reply)).await;
        TextRecords { name: name.to_owned(), aliases, texts: Outcome::seen(texts), security }
    }

    /// The SRV records of an owner such as `_imaps._tcp.shop.example`, sorted, and what DNSSEC proves of them.
    pub async fn srv(&self, owner: &str) -> (Outcome<Vec<SrvRecord>>, Outcome<Security>) {
        if let Err(why) = self.may_ask(owner) {
            return (why.clone().into(), why.into());
        }
        let reply = match self.resolver.look(owner, Rtype::SRV).await {
            Ok(reply) => reply,
            Err(why) => return (why.clone().into(), why.into()),
        };
        let read = |data: &Data| match data {
            Data::Service(priority, weight, port, target) => {
                let (priority, weight, port) = (*priority, *weight, *port);
                Some(SrvRecord { priority, weight, port, target: target.clone() })
            }
            _ => None,
        };
        let mut records: Vec<SrvRecord> = reply.data(Rtype::SRV).filter_map(read).collect();
        records.sort();
        records.dedup();
        records.truncate(MAX_RECORDS);
        let security = Box::pin(self.resolver.prove(&reply)).await;
        (Outcome::seen(records), security)
    }

    /// How many records of a kind a name has.
    ///
    /// # Errors
    /// Why that could not be learned.
    pub(crate) async fn count(&self, name: &str, kind: Kind) -> Result<usize, Reason> {
        self.may_ask(name)?;
        let count =
            async |rtype: Rtype| self.resolver.look(name, rtype).await.map(|reply| reply.data(rtype).count());
        match kind {
            Kind::A => count(Rtype::A).await,
            Kind::Mx => count(Rtype::MX).await,
            Kind::Address => match count(Rtype::A).await? {
                0 => count(Rtype::AAAA).await,
                some => Ok(some),
            },
        }
    }
}
