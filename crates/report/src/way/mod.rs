//! The way from this computer to the internet, hop by hop, for the pictures of `midwatch here`.
//!
//! Nothing is judged here: a hop's mark is the judge's verdict on its station, or on the methods whose chain of
//! evidence rests on what was seen at it.

mod find;
mod marks;
mod stands;

use midwatch_model::{Severity, Station, TargetReport, Verdict};

use crate::words;

/// A place on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// The computer itself: its browsers, trust store and settings.
    Computer,
    /// The Wi-Fi that it is on.
    Wifi,
    /// The cable that it is on.
    Cable,
    /// A link of another or no known kind.
    Link,
    /// The routers that the default routes name.
    Gateway,
    /// A tunnel that is up.
    Tunnel,
    /// Whoever answers questions to the DNS.
    Resolver,
    /// A proxy that programs are told to use.
    Proxy,
    /// Providers and networks between.
    Internet,
    /// The far end that says what reached it.
    Echo,
    /// The public sites that were met.
    Sites,
}

impl Place {
    /// The name for people.
    pub fn name(self) -> &'static str {
        match self {
            Place::Computer => "this computer",
            Place::Link => "link",
            Place::Wifi => "Wi-Fi",
            Place::Cable => "cable",
            Place::Gateway => "gateway",
            Place::Tunnel => "tunnel (VPN)",
            Place::Resolver => "resolver",
            Place::Proxy => "proxy",
            Place::Internet => "internet",
            Place::Echo => "echo (far end)",
            Place::Sites => "sites",
        }
    }

    /// The name where there is little room: at most 8 columns.
    pub fn short_name(self) -> &'static str {
        match self {
            Place::Computer => "computer",
            Place::Tunnel => "tunnel",
            Place::Echo => "echo",
            other => other.name(),
        }
    }

    /// The station of the judge's path that it belongs to; none for far ends, on which no method works.
    fn station(self) -> Option<Station> {
        match self {
            Place::Computer => Some(Station::You),
            Place::Wifi | Place::Cable | Place::Link => Some(Station::Wifi),
            Place::Gateway => Some(Station::Router),
            Place::Resolver => Some(Station::Dns),
            Place::Tunnel | Place::Proxy | Place::Internet => Some(Station::Network),
            Place::Echo | Place::Sites => None,
        }
    }

    /// True for two places that are one but for the kind of link.
    fn is(self, other: Place) -> bool {
        let link = |place| matches!(place, Place::Wifi | Place::Cable | Place::Link);
        self == other || link(self) && link(other)
    }
}

/// A place with what is there and how it was found. All texts but names may come from a hostile peer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Hop<'a> {
    /// The place.
    pub place: Place,
    /// What is there, such as an address; or why that is not known. The first is the shortest.
    pub what: Vec<String>,
    /// The mark.
    pub verdict: Verdict,
    /// Why the mark is what it is.
    pub because: Vec<String>,
    /// The checks that found something there, worst first.
    pub stands: Vec<Stands<'a>>,
    /// The observations that the place is known from.
    observations: Vec<&'a str>,
}

/// A check that found something at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stands<'a> {
    /// Its id.
    pub id: &'a str,
    /// The worst that it found there.
    pub severity: Severity,
    /// How often.
    pub count: usize,
}

/// The hops in order; none for other targets than this computer, and where nothing was looked at.
pub(crate) fn way(target: &TargetReport) -> Vec<Hop<'_>> {
    if !words::is_here(target) || target.path.is_empty() {
        return Vec::new();
    }
    let mut hops = find::hops(target);
    stands::place(&mut hops, target);
    for hop in &mut hops {
        marks::mark(hop, target);
    }
    hops
}

/// A mark in one word.
pub(crate) fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Exposed => "exposed",
        Verdict::Partly => "partly",
        Verdict::Unknown => "unknown",
        Verdict::Protected => "held",
    }
}

/// What a mark means.
pub(crate) fn meaning(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Exposed => "signs of somebody",
        Verdict::Partly => "weak signs, or a way in",
        Verdict::Unknown => "too little could be looked at",
        Verdict::Protected => "what was looked at shows nobody",
    }
}

#[cfg(test)]
mod tests;
