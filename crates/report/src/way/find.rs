//! Which hops there are, and what is at each.

use std::net::IpAddr;

use midwatch_model::{
    Addresses, BrowserSettingKind, Destination, Fact, Gateway, Link, LinkKind, LocalBrowser, LocalNames,
    LocalNetwork, LocalSettingKind, Outcome, Target, TargetReport, Verdict,
};

use super::{Hop, Place};
use crate::facts::here::{added, programs};
use crate::words;

/// Things of one kind that are named at a place.
const MOST: usize = 4;

impl<'a> Hop<'a> {
    fn new(place: Place, what: Vec<String>, observations: Vec<&'a str>) -> Self {
        Hop { place, what, verdict: Verdict::Unknown, because: Vec::new(), stands: Vec::new(), observations }
    }

    /// Where nothing is known of what is there: that it could not be measured, with the reason, or `none`.
    fn unknown(mut self, why: Option<String>, none: &str) -> Self {
        if self.what.is_empty() {
            self.what.push(if why.is_some() { "not measured" } else { none }.into());
            self.because.extend(why);
        }
        self
    }
}

/// The hops in order, not marked yet.
pub(super) fn hops(target: &TargetReport) -> Vec<Hop<'_>> {
    if let Target::Here { capture: Some(_) } = target.target {
        return capture(target);
    }
    let network = seen(target, |fact| match fact {
        Fact::LocalNetwork(network) => Some(&**network),
        _ => None,
    });
    let network = network.first().copied();
    let interface = network.and_then(|(_, network)| interface(network));
    let mut hops =
        vec![computer(target), link(network, interface.as_deref()), gateway(network, interface.as_deref())];
    let tunnel = network.and_then(|(id, network)| tunnel(id, network));
    let resolver = resolver(target);
    // Where questions go into the tunnel, it comes first.
    match tunnel {
        Some((tunnel, true)) => hops.extend([tunnel, resolver]),
        Some((tunnel, false)) => hops.extend([resolver, tunnel]),
        None => hops.push(resolver),
    }
    hops.extend(proxy(target));
    hops.push(Hop::new(Place::Internet, network.map(|(_, one)| no_way(one)).unwrap_or_default(), Vec::new()));
    hops.extend(echo(target));
    hops.extend(sites(target));
    hops
}

/// What a capture shows of a way: the link and its routers.
fn capture(target: &TargetReport) -> Vec<Hop<'_>> {
    let watch = seen(target, |fact| match fact {
        Fact::LinkWatch(watch) => Some(&**watch),
        _ => None,
    });
    let ids: Vec<&str> = watch.iter().map(|(id, _)| *id).collect();
    let heard: Vec<String> = watch
        .iter()
        .filter_map(|(_, watch)| watch.frames.value())
        .map(|frames| words::count(usize::try_from(*frames).unwrap_or(usize::MAX), "frame"))
        .collect();
    let gateways = watch.first().map(|(_, watch)| &watch.gateways);
    let names = gateways.and_then(|gateways| gateways.value()).into_iter().flatten();
    let names: Vec<String> = names.map(ToString::to_string).collect();
    vec![
        Hop::new(Place::Link, heard, ids.clone()),
        Hop::new(Place::Gateway, names, ids).unknown(gateways.and_then(why_not), "none is known"),
    ]
}

/// The facts of one kind with the ids of their observations.
fn seen<'a, T>(target: &'a TargetReport, of: impl Fn(&'a Fact) -> Option<&'a T>) -> Vec<(&'a str, &'a T)> {
    let all = target.observations.iter();
    all.filter_map(|observation| Some((observation.id.as_str(), of(&observation.fact)?))).collect()
}

fn computer(target: &TargetReport) -> Hop<'_> {
    let browsers: Vec<(&str, &LocalBrowser)> = seen(target, |fact| match fact {
        Fact::LocalBrowser(browser) => Some(&**browser),
        _ => None,
    });
    let stores = seen(target, |fact| match fact {
        Fact::LocalTrust(trust) => Some(&**trust),
        _ => None,
    });
    let settings = seen(target, |fact| match fact {
        Fact::LocalSettings(settings) => Some(settings),
        _ => None,
    });
    let mut what = Vec::new();
    let programs = programs(browsers.iter().map(|(_, browser)| *browser));
    if !programs.is_empty() {
        what.push(some(programs));
    }
    if !stores.is_empty() {
        what.push(added(stores.iter().map(|(_, store)| *store)));
    }
    let of_note: usize = settings.iter().map(|(_, settings)| settings.found.len()).sum();
    if of_note > 0 {
        what.push(format!("{} of note", words::count(of_note, "setting")));
    }
    let mut observations: Vec<&str> = browsers.iter().map(|(id, _)| *id).collect();
    observations.extend(stores.iter().map(|(id, _)| *id));
    observations.extend(settings.iter().map(|(id, _)| *id));
    Hop::new(Place::Computer, what, observations)
}

/// The interface that packets leave this computer by, before any tunnel.
fn interface(network: &LocalNetwork) -> Option<String> {
    let links = network.links.value();
    let find = |name: &str| links.into_iter().flatten().find(|link| link.name == name);
    let physical = |name: &str| {
        find(name).is_none_or(|link| !matches!(link.kind, LinkKind::Tunnel | LinkKind::Loopback))
    };
    let ways = network.ways.iter().filter(|way| way.to == Destination::Internet);
    let ways = ways.filter_map(|way| way.route.value()).filter(|route| !route.local);
    let routes = network.gateways.value().into_iter().flatten();
    let up = |link: &&Link| link.up && matches!(link.kind, LinkKind::Wifi | LinkKind::Ethernet);
    ways.map(|route| route.interface.clone())
        .chain(routes.map(|gateway| gateway.interface.clone()))
        .find(|name| physical(name))
        .or_else(|| links.into_iter().flatten().find(up).map(|link| link.name.clone()))
}

fn link<'a>(network: Option<(&'a str, &'a LocalNetwork)>, interface: Option<&str>) -> Hop<'a> {
    let Some((id, network)) = network else {
        return Hop::new(Place::Link, vec!["not looked at".into()], Vec::new());
    };
    let Some(interface) = interface else {
        let why = why_not(&network.links);
        return Hop::new(Place::Link, Vec::new(), vec![id]).unknown(why, "no interface is up");
    };
    let link = network.links.value().into_iter().flatten().find(|link| link.name == interface);
    let place = match link.map(|link| link.kind) {
        Some(LinkKind::Wifi) => Place::Wifi,
        Some(LinkKind::Ethernet) => Place::Cable,
        _ => Place::Link,
    };
    Hop::new(place, vec![interface.to_owned()], vec![id])
}

fn gateway<'a>(network: Option<(&'a str, &'a LocalNetwork)>, interface: Option<&str>) -> Hop<'a> {
    let Some((id, network)) = network else {
        return Hop::new(Place::Gateway, vec!["not looked at".into()], Vec::new());
    };
    let here = |gateway: &&Gateway| interface.is_none_or(|interface| gateway.interface == interface);
    let mut what = Vec::new();
    for gateway in network.gateways.value().into_iter().flatten().filter(here) {
        if let Some(address) = gateway.address.map(|address| address.to_string())
            && !what.contains(&address)
        {
            what.push(address);
        }
    }
    Hop::new(Place::Gateway, what, vec![id]).unknown(why_not(&network.gateways), "none is set")
}

/// The tunnels that are up, and whether questions to a resolver go into one.
fn tunnel<'a>(id: &'a str, network: &'a LocalNetwork) -> Option<(Hop<'a>, bool)> {
    let links = network.links.value().into_iter().flatten();
    let tunnels: Vec<&str> = links
        .filter(|link| link.kind == LinkKind::Tunnel && link.up)
        .map(|link| link.name.as_str())
        .collect();
    if tunnels.is_empty() {
        return None;
    }
    let through = |to: Destination| -> Option<bool> {
        let mut ways =
            network.ways.iter().filter(|way| way.to == to).filter_map(|way| way.route.value()).peekable();
        ways.peek()?;
        Some(ways.all(|route| route.local || tunnels.contains(&route.interface.as_str())))
    };
    let mut what = vec![some(tunnels.iter().map(|name| (*name).to_owned()).collect())];
    what.extend(through(Destination::Internet).map(|all| match all {
        true => "the internet is reached through it".to_owned(),
        false => "not all of the internet is reached through it".to_owned(),
    }));
    let first = through(Destination::Resolver).unwrap_or(false);
    Some((Hop::new(Place::Tunnel, what, vec![id]), first))
}

fn resolver(target: &TargetReport) -> Hop<'_> {
    let names: Vec<(&str, &LocalNames)> = seen(target, |fact| match fact {
        Fact::LocalNames(names) => Some(&**names),
        _ => None,
    });
    let answers = seen(target, |fact| match fact {
        Fact::ResolverAnswers(answers) => Some(&**answers),
        _ => None,
    });
    let mut known: Vec<IpAddr> = Vec::new();
    for resolver in names.iter().filter_map(|(_, names)| names.resolvers.value()).flatten() {
        if !known.contains(&resolver.address) {
            known.push(resolver.address);
        }
    }
    // A program on this computer only passes questions on.
    if known.iter().any(|address| !address.is_loopback()) {
        known.retain(|address| !address.is_loopback());
    }
    let mut what: Vec<String> = known.iter().map(ToString::to_string).collect();
    if what.is_empty() {
        what.extend(answers.iter().map(|(_, answers)| answers.resolver.clone()));
    }
    let why = names.iter().find_map(|(_, names)| why_not(&names.resolvers));
    let none = if names.is_empty() { "not looked at" } else { "none is set" };
    let all = names.iter().map(|(id, _)| *id).chain(answers.iter().map(|(id, _)| *id));
    Hop::new(Place::Resolver, what, all.collect()).unknown(why, none)
}

fn proxy(target: &TargetReport) -> Option<Hop<'_>> {
    let mut what: Vec<String> = Vec::new();
    let mut observations = Vec::new();
    for observation in &target.observations {
        let found: Vec<String> = match &observation.fact {
            Fact::LocalSettings(settings) => settings
                .found
                .iter()
                .filter_map(|one| match one.kind {
                    LocalSettingKind::Proxy | LocalSettingKind::ProxyScript => Some(one.value.clone()),
                    LocalSettingKind::ProxySearch => Some("searched for on the network".into()),
                    _ => None,
                })
                .collect(),
            Fact::LocalBrowser(browser) => browser
                .found
                .iter()
                .filter(|one| one.kind == BrowserSettingKind::Proxy)
                .map(|one| match one.value.as_str() {
                    "wpad" => "searched for on the network".into(),
                    value => value.to_owned(),
                })
                .collect(),
            _ => continue,
        };
        if !found.is_empty() {
            observations.push(observation.id.as_str());
        }
        for one in found {
            if !what.contains(&one) {
                what.push(one);
            }
        }
    }
    (!what.is_empty()).then(|| Hop::new(Place::Proxy, what, observations))
}

/// Says so where the kernel knows no way to the internet.
fn no_way(network: &LocalNetwork) -> Vec<String> {
    let ways: Vec<_> = network.ways.iter().filter(|way| way.to == Destination::Internet).collect();
    match ways.iter().all(|way| way.route.is_refused()) {
        true if !ways.is_empty() => vec!["this computer has no route to it".into()],
        _ => Vec::new(),
    }
}

fn echo(target: &TargetReport) -> Option<Hop<'_>> {
    far_end(target, Place::Echo, |fact| match fact {
        Fact::Echo(echo) => Some(Ok(echo.endpoint.clone())),
        Fact::Addresses(addresses) if addresses.service == "echo" => missed(addresses),
        _ => None,
    })
}

fn sites(target: &TargetReport) -> Option<Hop<'_>> {
    far_end(target, Place::Sites, |fact| match fact {
        Fact::CertificateChain(chain) => Some(Ok(chain.host.to_string())),
        Fact::Addresses(addresses) if addresses.service != "echo" => missed(addresses),
        _ => None,
    })
}

fn missed(addresses: &Addresses) -> Option<Result<String, String>> {
    addresses.addresses.value().is_none().then(|| Err(addresses.name.clone()))
}

/// Far ends of one kind: those that were met, and those that were not.
fn far_end(
    target: &TargetReport,
    place: Place,
    name: impl Fn(&Fact) -> Option<Result<String, String>>,
) -> Option<Hop<'_>> {
    let (mut met, mut missed, mut observations) = (Vec::new(), Vec::new(), Vec::new());
    for observation in &target.observations {
        let Some(found) = name(&observation.fact) else { continue };
        observations.push(observation.id.as_str());
        let (list, name) = match found {
            Ok(name) => (&mut met, name),
            Err(name) => (&mut missed, name),
        };
        if !list.contains(&name) {
            list.push(name);
        }
    }
    if !missed.is_empty() {
        met.push(format!("not met: {}", some(missed)));
    }
    (!met.is_empty()).then(|| Hop::new(place, met, observations))
}

/// The first of a list, and how many more there are.
fn some(mut items: Vec<String>) -> String {
    let more = items.len().saturating_sub(MOST);
    items.truncate(MOST);
    match more {
        0 => words::and(&items),
        more => format!("{} and {more} more", items.join(", ")),
    }
}

/// Why there is no value.
fn why_not<T>(outcome: &Outcome<T>) -> Option<String> {
    match outcome {
        Outcome::Seen { .. } => None,
        Outcome::Refused { how } => Some(format!("Refused: {how}.")),
        Outcome::Unmeasured { why } => Some(format!("Not measured: {why}.")),
    }
}
