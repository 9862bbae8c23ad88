//! Who turns names into addresses.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::{Outcome, Unread};

/// What this computer's configuration says of names. Nobody was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LocalNames {
    /// The resolvers that programs use, and those that a resolver on this computer passes questions on to.
    pub resolvers: Outcome<Vec<LocalResolver>>,
    /// Who wrote the list of resolvers: a program that names itself in the file, or the target of a symbolic link.
    pub set_by: Option<String>,
    /// Names that `hosts` gives an address other than this computer's own and 0.0.0.0.
    pub hosts: Outcome<Vec<HostsEntry>>,
    /// How many names `hosts` leads to this computer or to 0.0.0.0, which is how they are blocked.
    pub blocked: u32,
    /// Where names are looked for, in this order (nsswitch.conf(5), `hosts`).
    pub sources: Outcome<Vec<NameSource>>,
    /// Files that are there and could not be read.
    pub unread: Vec<Unread>,
}

/// A resolver.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LocalResolver {
    /// Its address.
    pub address: IpAddr,
    /// The file that names it.
    pub file: String,
    /// The resolver on this computer that passes questions on to it; none where programs ask it themselves.
    pub behind: Option<IpAddr>,
    /// Whether questions go to it encrypted: seen `yes`, `opportunistic` or `no`. Unmeasured where a program on this
    /// computer stands between.
    pub encrypted: Outcome<String>,
}

/// A name that the `hosts` file gives an address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HostsEntry {
    /// The name, in lower case.
    pub name: String,
    /// Its address.
    pub address: IpAddr,
    /// The line, counted from 1.
    pub line: u32,
}

/// A place where names are looked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NameSource {
    /// Its name in nsswitch.conf(5), such as `files`, `dns` or `mdns4_minimal`.
    pub name: String,
    /// Anybody on the link can answer in its stead: mDNS, LLMNR and NetBIOS.
    pub on_the_link: bool,
}
