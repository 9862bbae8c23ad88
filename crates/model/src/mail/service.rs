//! Where people's programs send and read a domain's mail.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use crate::{Outcome, Security, Starttls};

/// What a program of somebody's mail speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum MailProtocol {
    /// Sending (RFC 6409).
    Submission,
    /// Reading where it lies (RFC 9051).
    Imap,
    /// Fetching (RFC 1939).
    Pop3,
    /// The rules by which mail is sorted (RFC 5804).
    Sieve,
}

impl MailProtocol {
    /// How it asks for TLS where a connection begins in plain text.
    pub fn starttls(self) -> Starttls {
        match self {
            MailProtocol::Submission => Starttls::Submission,
            MailProtocol::Imap => Starttls::Imap,
            MailProtocol::Pop3 => Starttls::Pop3,
            MailProtocol::Sieve => Starttls::Sieve,
        }
    }

    /// The port where TLS begins with the connection (RFC 8314 7); ManageSieve has none.
    pub fn tls_port(self) -> Option<u16> {
        match self {
            MailProtocol::Submission => Some(465),
            MailProtocol::Imap => Some(993),
            MailProtocol::Pop3 => Some(995),
            MailProtocol::Sieve => None,
        }
    }

    /// The name for people.
    pub fn name(self) -> &'static str {
        self.starttls().name()
    }
}

/// One service that people's programs use, and whether anybody listens there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MailService {
    /// The domain.
    pub domain: String,
    /// What is spoken.
    pub protocol: MailProtocol,
    /// The server's name.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// TLS begins with the connection; else it is asked for by STARTTLS.
    pub implicit_tls: bool,
    /// Who names it, without duplicates.
    pub named_by: Vec<MailNamedBy>,
    /// Whether somebody listens at each address. Empty where the name has no address: its addresses are a fact of their own.
    pub listens: Vec<MailListens>,
}

impl MailService {
    /// Somebody listens at one address at least.
    pub fn is_open(&self) -> bool {
        self.listens.iter().any(|one| one.open.is_seen())
    }
}

/// Who names a service.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "by", rename_all = "kebab-case")]
pub enum MailNamedBy {
    /// A SRV record (RFC 6186, RFC 8314 5.1).
    Srv {
        /// Its owner: `_imaps._tcp.shop.example`.
        owner: String,
    },
    /// A document that programs set themselves up by.
    Autoconfig {
        /// Where it was fetched.
        url: String,
    },
    /// Nobody: programs try the usual names and ports, and so does midwatch.
    Guess,
    /// It takes the domain's mail from other servers as well.
    Mx,
}

/// Whether somebody listens at one address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MailListens {
    /// The address.
    pub address: SocketAddr,
    /// Seen where a connection came about, refused where the port is closed.
    pub open: Outcome<()>,
}

/// The SRV records of one service of a domain's mail (RFC 6186 3, RFC 8314 5.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MailSrv {
    /// The domain.
    pub domain: String,
    /// The owner: `_imaps._tcp.shop.example`.
    pub name: String,
    /// What is spoken.
    pub protocol: MailProtocol,
    /// TLS begins with the connection.
    pub implicit_tls: bool,
    /// The records, sorted, at most 100. Empty where there are none.
    pub records: Outcome<Vec<SrvRecord>>,
    /// What DNSSEC proves of them, or of there being none.
    pub security: Outcome<Security>,
}

/// One SRV record (RFC 2782).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SrvRecord {
    /// Its priority: the lowest is tried first.
    pub priority: u16,
    /// Its weight among those of one priority.
    pub weight: u16,
    /// The port.
    pub port: u16,
    /// The server, in lower case; `.` where the service is not offered.
    pub target: String,
}

impl SrvRecord {
    /// It says that the service is not offered (RFC 2782, RFC 6186 3.4).
    pub fn is_not_offered(&self) -> bool {
        self.target == "."
    }
}

impl std::fmt::Display for SrvRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} {} {}", self.priority, self.weight, self.port, self.target)
    }
}
