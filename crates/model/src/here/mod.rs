//! What this computer and the network that it is on show.

mod browser;
mod echo;
mod link;
mod memory;
mod names;
mod network;
mod plain_site;
mod resolver;
mod router;
mod settings;
mod trust;
mod upkeep;
mod wifi;

pub use browser::{BrowserSetting, BrowserSettingKind, LocalBrowser};
pub use echo::{Echo, HelloEcho, PlainEcho};
pub use link::{
    Claim, ClaimBy, Claimant, DhcpOffer, LinkRedirect, LinkWatch, NameProtocol, NameResponder, RouterOffer,
    Standby,
};
pub use memory::{EarlierNetwork, EarlierRouter, KnownNetwork, NetworkIdentity};
pub use names::{HostsEntry, LocalNames, LocalResolver, NameSource};
pub use network::{
    Destination, Gateway, Link, LinkKind, LocalNetwork, Neighbour, NeighbourState, Route, Way,
};
pub use plain_site::{PlainSite, PlainSiteAnswer};
pub use resolver::{NameAnswers, ResolverAnswers};
pub use router::{RouterAnswer, RouterPage};
pub use settings::{LocalSetting, LocalSettingKind, LocalSettings, Unread};
pub use trust::{AnchorOrigin, KnownAnchor, LocalTrust, PrivateAnchor};
pub use upkeep::{
    BrowserFamily, Firewall, InstalledBrowser, ListeningSocket, LocalUpkeep, MalwareScanner, PackageLists,
    PackageUpkeep, PendingUpdate, PendingUpdates, ValidUntil,
};
pub use wifi::{
    AccessPoint, LocalWifi, ManagementFrames, WifiCipher, WifiInterface, WifiMode, WifiName, WifiNetwork,
    WifiProtection, WifiProtectionKind,
};
