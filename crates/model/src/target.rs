//! What the user named.

use std::fmt;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

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
            Target::Site { input, .. } | Target::Tls { input, .. } => input,
            Target::Here { capture } => capture.as_deref().unwrap_or(HERE),
        }
    }

    /// The host that the target is at; none for this computer.
    pub fn host(&self) -> Option<&Host> {
        match self {
            Target::Site { host, .. } | Target::Tls { host, .. } => Some(host),
            Target::Here { .. } => None,
        }
    }

    /// Whom a report is about: the host, or this computer.
    pub fn whom(&self) -> String {
        self.host().map_or_else(|| HERE.to_owned(), ToString::to_string)
    }
}

/// What reports call the computer that they were made on.
const HERE: &str = "this computer";

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Target::Site { host, https_port: 443, path, .. } => write!(f, "https://{host}{path}"),
            Target::Site { host, https_port, path, .. } => write!(f, "https://{host}:{https_port}{path}"),
            Target::Tls { host, port, .. } => write!(f, "{host}:{port}"),
            Target::Here { .. } => f.write_str(self.input()),
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
