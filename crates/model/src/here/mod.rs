//! What this computer shows of itself.

mod browser;
mod names;
mod network;
mod settings;
mod trust;

pub use browser::{BrowserSetting, BrowserSettingKind, LocalBrowser};
pub use names::{HostsEntry, LocalNames, LocalResolver, NameSource};
pub use network::{
    Destination, Gateway, Link, LinkKind, LocalNetwork, Neighbour, NeighbourState, Route, Way,
};
pub use settings::{LocalSetting, LocalSettingKind, LocalSettings, Unread};
pub use trust::{AnchorOrigin, KnownAnchor, LocalTrust, PrivateAnchor};
