//! How well this computer is kept: updates, browsers, scanners for malware, firewalls, services.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use crate::{Outcome, Time, Unread};

/// What the files of this computer say of its upkeep. No program was run and nothing was sent to learn it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LocalUpkeep {
    /// The package managers that are there.
    pub packages: Vec<PackageUpkeep>,
    /// What waits for a restart, by the names of packages; empty where nothing does.
    pub restart: Outcome<Vec<String>>,
    /// The browsers that are installed.
    pub browsers: Outcome<Vec<InstalledBrowser>>,
    /// The scanners for malware that are installed. Most computers with Linux have none.
    pub scanners: Outcome<Vec<MalwareScanner>>,
    /// The firewalls that are installed, by their files: what the kernel does with packets now takes rights to ask.
    pub firewalls: Outcome<Vec<Firewall>>,
    /// The sockets that take connections or datagrams at addresses other than this computer's own.
    pub listening: Outcome<Vec<ListeningSocket>>,
    /// Places that are there and could not be read.
    pub unread: Vec<Unread>,
}

/// What one package manager says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PackageUpkeep {
    /// `apt`, `dnf` or `pacman`.
    pub manager: String,
    /// How old the lists of packages are.
    pub lists: Outcome<PackageLists>,
    /// The updates that the lists have for what is installed.
    pub pending: Outcome<PendingUpdates>,
    /// Updates are installed without anybody asking for them.
    pub automatic: Outcome<bool>,
}

/// The age of package lists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PackageLists {
    /// When they were renewed last.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub renewed: Time,
    /// The file or directory whose time tells it.
    pub by: String,
    /// Lists that say of themselves until when they hold: the file, and until when.
    pub valid_until: Vec<ValidUntil>,
}

/// Until when a list holds, as its signer has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ValidUntil {
    /// The file.
    pub file: String,
    /// Until when.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub until: Time,
}

/// Updates that wait.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PendingUpdates {
    /// How many packages have a newer version.
    pub all: u32,
    /// How many of them mend security, by where the newer version comes from.
    pub security: u32,
    /// Those that mend security, by name; at most 200.
    pub listed: Vec<PendingUpdate>,
    /// Packages that are held at their version, and have a newer one. They are not counted above.
    pub held: u32,
    /// The lists of an archive of security are among those that were read. Where they are not, which updates mend
    /// security is not known.
    pub security_known: bool,
    /// Settings of which version is preferred are there, and were not heeded.
    pub pinned: bool,
}

/// One update that mends security.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PendingUpdate {
    /// The package.
    pub package: String,
    /// The version that is installed.
    pub installed: String,
    /// The newest version among those that mend security.
    pub available: String,
    /// The archive that has it.
    pub archive: String,
}

/// A browser that is installed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct InstalledBrowser {
    /// Its name, such as `Firefox`.
    pub name: String,
    /// What it is made from, which decides how it ages.
    pub family: BrowserFamily,
    /// Its version.
    pub version: Outcome<String>,
    /// When it was built.
    #[cfg_attr(feature = "schema", schemars(with = "Outcome<String>"))]
    pub built: Outcome<Time>,
    /// The file that tells when.
    pub by: String,
}

/// What a browser is made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum BrowserFamily {
    /// Firefox and what is made from it.
    Firefox,
    /// Chromium and what is made from it.
    Chromium,
}

/// A scanner for malware.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MalwareScanner {
    /// Its name, such as `ClamAV`.
    pub name: String,
    /// When the newest of its signatures were made.
    #[cfg_attr(feature = "schema", schemars(with = "Outcome<String>"))]
    pub signatures: Outcome<Time>,
    /// The file that tells when.
    pub by: String,
    /// A service fetches new signatures.
    pub automatic: Outcome<bool>,
}

/// A firewall that is installed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Firewall {
    /// Its name: `ufw`, `firewalld` or `nftables`.
    pub name: String,
    /// It is switched on when the computer starts, and keeps out what was not asked for.
    pub on: Outcome<bool>,
    /// The file that says so.
    pub by: String,
}

/// A socket that others can reach, as far as no firewall keeps them out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ListeningSocket {
    /// `tcp` or `udp`.
    pub protocol: String,
    /// The address and port.
    pub address: SocketAddr,
}
