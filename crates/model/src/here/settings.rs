//! Settings of programs that bear on who can sit between.

use serde::{Deserialize, Serialize};

use crate::Reason;

/// What the configuration of programs on this computer says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LocalSettings {
    /// The settings that bear on it, in the order of places and lines.
    pub found: Vec<LocalSetting>,
    /// The places that were there and were read.
    pub read: Vec<String>,
    /// The places that are there and could not be read.
    pub unread: Vec<Unread>,
}

/// A place that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Unread {
    /// The file or directory.
    pub file: String,
    /// Why not, and the right that it takes.
    pub why: Reason,
}

/// One setting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LocalSetting {
    /// What it does.
    pub kind: LocalSettingKind,
    /// The program that heeds it.
    pub program: String,
    /// Its name, as it stands there.
    pub name: String,
    /// Its value. Names and passwords inside of URLs are taken out.
    pub value: String,
    /// The file, or `environment`.
    pub file: String,
    /// The line, counted from 1, where it is of a file of lines.
    pub line: Option<u32>,
    /// The hosts or URLs that it holds for, where not all.
    pub scope: Option<String>,
}

/// What a setting does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum LocalSettingKind {
    /// Certificates or keys of hosts are not verified.
    NotVerified,
    /// A weaker version of TLS, or a weaker rule, is allowed.
    Weakened,
    /// Packages or code come over plain http.
    PlainSource,
    /// A proxy.
    Proxy,
    /// A script that chooses proxies.
    ProxyScript,
    /// Proxies are searched for on the network (WPAD).
    ProxySearch,
    /// A library that is loaded into every program.
    Preload,
    /// The secrets of TLS connections are written down.
    KeyLog,
    /// Trust anchors from another place than the system's.
    CaBundle,
}
