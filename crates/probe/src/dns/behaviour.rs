//! How the system's resolver behaves, and whether it says what another one says.

use domain::base::Rtype;
use futures_util::future::join_all;
use midwatch_model::{NameAnswers, Outcome, Reason, ReasonKind, ResolverAnswers, ResolverFault};

use super::resolver::Resolver;
use super::{DnsOptions, NOBODY, ResolverSpec};
use crate::net::Net;

/// Names that are compared.
const MAX_NAMES: usize = 20;

/// Asks `system` (none: what `/etc/resolv.conf` names) how it answers for a name that nobody has and whether it passes
/// signatures on, and compares its answers for `names` with those of the resolver that `net` was told to ask.
pub async fn behaviour(net: &Net, system: Option<ResolverSpec>, names: &[&str]) -> ResolverAnswers {
    let options = net.dns();
    let asked = |resolver| DnsOptions { resolver, delegation: false, ..DnsOptions::clone(options) };
    let system = Resolver::new(net, &asked(system));
    let chosen = options.resolver.clone().map(|spec| Resolver::new(net, &asked(Some(spec))));
    if net.is_offline() {
        let why = || Reason::new(ReasonKind::NotAsked, "no resolver is asked offline");
        return ResolverAnswers {
            resolver: system.name.clone(),
            faults: why().into(),
            chosen: chosen.map(|chosen| chosen.name.clone()),
            names: Vec::new(),
        };
    }
    let compared = async {
        let Some(chosen) = &chosen else { return Vec::new() };
        let one = |name: String| {
            let system = &system;
            async move {
                let (by_system, by_chosen) = tokio::join!(addresses(system, &name), addresses(chosen, &name));
                NameAnswers { name, system: by_system, chosen: by_chosen }
            }
        };
        join_all(names.iter().take(MAX_NAMES).map(|name| one((*name).to_owned()))).await
    };
    let (faults, names) = tokio::join!(faults(&system), compared);
    ResolverAnswers {
        resolver: system.name.clone(),
        faults,
        chosen: chosen.as_ref().map(|chosen| chosen.name.clone()),
        names,
    }
}

async fn faults(resolver: &Resolver) -> Outcome<Vec<ResolverFault>> {
    let (nobody, strips) = tokio::join!(resolver.look(NOBODY, Rtype::A), resolver.strips());
    let mut faults = Vec::new();
    match nobody {
        Ok(reply) if reply.data(Rtype::A).next().is_some() => faults.push(ResolverFault::AnswersEverything),
        Ok(_) => {}
        Err(why) => return why.into(),
    }
    if strips == Some(true) {
        faults.push(ResolverFault::StripsSignatures);
    }
    Outcome::seen(faults)
}

async fn addresses(resolver: &Resolver, name: &str) -> Outcome<Vec<std::net::IpAddr>> {
    match resolver.addresses(name).await {
        Ok(found) => {
            let mut list = found.list;
            list.sort_unstable();
            list.dedup();
            Outcome::seen(list)
        }
        Err(why) => why.into(),
    }
}
