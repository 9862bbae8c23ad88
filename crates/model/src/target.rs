//! What the user named.

use std::fmt;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::{Remote, Starttls};

/// A thing to audit, parsed from what the user wrote.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Target {
    /// A web site, met the way its visitors meet it.
    Site {
        /// What the user wrote.
        input: String,
        /// Its host.
        host: Host,
        /// The port of its `https` service.
        https_port: u16,
        /// The port of its `http` service.
        http_port: u16,
        /// Path and query where the audit starts, beginning with `/`.
        path: String,
    },
    /// One TLS service, any protocol.
    Tls {
        /// What the user wrote.
        input: String,
        /// Its host.
        host: Host,
        /// Its port.
        port: u16,
        /// The name sent as SNI and expected in the certificate, when it is another than `host`.
        sni: Option<String>,
        /// How the connection asks for TLS, where it begins in plain text.
        #[serde(default)]
        starttls: Option<Starttls>,
    },
    /// A domain's mail: who takes it, and how people send and read it.
    Mail {
        /// What the user wrote.
        input: String,
        /// The domain, in lower-case A-label form without a trailing dot.
        domain: String,
    },
    /// This computer as a server, from inside: what it serves, and by which settings.
    Server,
    /// Reports of other mail servers on their TLS to a domain's own (RFC 8460), as they were received.
    TlsReports {
        /// What the user wrote: a path, or the first of several and how many there are beside it.
        input: String,
        /// Files and directories; `-` is standard input.
        paths: Vec<String>,
    },
    /// An SSH server, before anybody logs in.
    Ssh {
        /// What the user wrote.
        input: String,
        /// Its host as `ssh` is given it: a name, an address, or an alias of ssh's configuration.
        host: Host,
        /// Its port, where one is named; else the configuration's, else 22.
        port: Option<u16>,
        /// The user, where one is named. Nobody logs in: the configuration may differ by user.
        #[serde(default)]
        user: Option<String>,
    },
    /// One remote of git.
    Git {
        /// What the user wrote, or what a repository has, without name and password.
        input: String,
        /// Whom git asks, and by which protocol.
        remote: Remote,
        /// The host of it, where it is on the network.
        #[serde(default)]
        host: Option<Host>,
    },
    /// A repository of git: its remotes, its submodules, and its settings.
    Repository {
        /// Its directory.
        path: String,
    },
    /// This computer and the network that it is on.
    Here {
        /// The file of captured frames that is read instead of this computer, where one is.
        capture: Option<String>,
    },
}

impl Target {
    /// What the user wrote.
    pub fn input(&self) -> &str {
        match self {
            Target::Site { input, .. }
            | Target::Tls { input, .. }
            | Target::Mail { input, .. }
            | Target::Ssh { input, .. }
            | Target::Git { input, .. }
            | Target::TlsReports { input, .. } => input,
            Target::Server => SERVER,
            Target::Repository { path } => path,
            Target::Here { capture } => capture.as_deref().unwrap_or(HERE),
        }
    }

    /// The host that the target is at; none for a domain, which has several, and for this computer and what lies on it.
    pub fn host(&self) -> Option<&Host> {
        match self {
            Target::Site { host, .. } | Target::Tls { host, .. } | Target::Ssh { host, .. } => Some(host),
            Target::Git { host, .. } => host.as_ref(),
            Target::Mail { .. }
            | Target::Repository { .. }
            | Target::Here { .. }
            | Target::Server
            | Target::TlsReports { .. } => None,
        }
    }

    /// Whom a report is about: the host, or what lies on this computer, or this computer.
    pub fn whom(&self) -> String {
        match self {
            Target::Mail { domain, .. } => domain.clone(),
            _ => self.host().map_or_else(|| self.input().to_owned(), ToString::to_string),
        }
    }
}

/// What reports call the computer that they were made on.
const HERE: &str = "this computer";

/// What they call it as a server.
const SERVER: &str = "this server";

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Target::Site { host, https_port: 443, path, .. } => write!(f, "https://{host}{path}"),
            Target::Site { host, https_port, path, .. } => write!(f, "https://{host}:{https_port}{path}"),
            Target::Tls { host, port, .. } | Target::Ssh { host, port: Some(port), .. } => {
                write!(f, "{host}:{port}")
            }
            Target::Ssh { host, port: None, .. } => write!(f, "{host}"),
            Target::Git { input, .. } => f.write_str(input),
            Target::Mail { domain, .. } => f.write_str(domain),
            Target::Repository { path } => f.write_str(path),
            Target::TlsReports { input, .. } => f.write_str(input),
            Target::Here { .. } | Target::Server => f.write_str(self.input()),
        }
    }
}

/// A host: a name in lower-case A-label form without a trailing dot, or an address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Host {
    /// A DNS name.
    Name(String),
    /// An IPv4 or IPv6 address.
    Address(IpAddr),
}

impl Host {
    /// The DNS name, where the host is one.
    pub fn name(&self) -> Option<&str> {
        match self {
            Host::Name(name) => Some(name),
            Host::Address(_) => None,
        }
    }
}

/// As in a URL: an IPv6 address stands in brackets.
impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Host::Name(name) => f.write_str(name),
            Host::Address(IpAddr::V4(address)) => write!(f, "{address}"),
            Host::Address(IpAddr::V6(address)) => write!(f, "[{address}]"),
        }
    }
}

/// What is wrong with a target that the user wrote, in a sentence that says what to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetError(pub String);

impl fmt::Display for TargetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for TargetError {}
