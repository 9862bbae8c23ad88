//! The way between a visitor and the target, and where on it somebody could sit.

use serde::{Deserialize, Serialize};

use crate::{AttackId, Verdict};

/// A station on the way, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Station {
    /// The visitor's own computer and browser.
    You,
    /// The Wi-Fi or cable that it is on.
    Wifi,
    /// The router there.
    Router,
    /// Whoever answers its DNS questions.
    Dns,
    /// Providers and networks between.
    Network,
    /// The server.
    Server,
}

impl Station {
    /// All of them, in order.
    pub const ALL: [Station; 6] =
        [Station::You, Station::Wifi, Station::Router, Station::Dns, Station::Network, Station::Server];

    /// The name for people.
    pub fn name(self) -> &'static str {
        match self {
            Station::You => "you",
            Station::Wifi => "Wi-Fi",
            Station::Router => "router",
            Station::Dns => "DNS",
            Station::Network => "network",
            Station::Server => "server",
        }
    }
}

/// A station with its mark.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Hop {
    /// The station.
    pub station: Station,
    /// What somebody who sits there can do.
    #[serde(flatten)]
    pub mark: PathMark,
}

/// What somebody at a station can do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PathMark {
    /// The worst verdict of the methods that work from there.
    pub verdict: Verdict,
    /// The methods that have this verdict.
    pub attacks: Vec<AttackId>,
    /// One short sentence.
    pub because: String,
}
