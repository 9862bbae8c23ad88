//! How an SSH server is reached, and who is asked about its keys.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use midwatch_hostkeys::signed::TrustFile;

use super::VantagePoint;
use crate::memory::Memory;

/// What is done for an SSH server.
#[derive(Clone, Debug, Default)]
pub struct SshOptions {
    /// Whose `ssh` it is that would go there.
    pub person: Person,
    /// Which files of ssh_config hold.
    pub config: Config,
    /// Options of `ssh -o`, which come before all files.
    pub options: Vec<String>,
    /// Files of known hosts that stand for those of the configuration, where any are named. The first is the one that is
    /// saved to.
    pub known_hosts: Vec<PathBuf>,
    /// The way there.
    pub via: Via,
    /// Signed files of organisations.
    pub trust: Vec<Arc<TrustFile>>,
    /// The DNS is asked only where nothing on this computer knows a key.
    pub dns_last: bool,
    /// What earlier runs met.
    pub memory: Memory,
    /// Other places that see the same server.
    pub vantage: Vec<Arc<dyn VantagePoint>>,
}

/// A person at a computer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    /// Their name there.
    pub name: String,
    /// And their number.
    pub uid: u32,
    /// Their home directory.
    pub home: Option<PathBuf>,
    /// What the computer calls itself (gethostname(2)).
    pub computer: String,
    /// The environment.
    pub environment: BTreeMap<String, String>,
}

/// Which files of ssh_config hold, as `ssh -F` has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Config {
    /// The user's and the system's.
    #[default]
    Usual,
    /// This one alone.
    File(PathBuf),
    /// None.
    None,
}

impl Config {
    /// The file for `ssh -F`, where it needs one.
    pub(super) fn file(&self) -> Option<&Path> {
        match self {
            Config::Usual => None,
            Config::File(path) => Some(path),
            Config::None => Some(Path::new("none")),
        }
    }
}

/// The way to a server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Via {
    /// From here, unless the configuration has another way: then it is not taken without being asked for, since it logs
    /// in elsewhere or runs a program.
    #[default]
    Unsaid,
    /// From here, whatever the configuration has.
    Direct,
    /// As the configuration has it: ProxyJump, ProxyCommand.
    Configured,
    /// Over these hosts, as `ssh -J` takes them.
    Jump(Vec<String>),
    /// Through this SOCKS5 proxy.
    Socks5(SocketAddr),
}
