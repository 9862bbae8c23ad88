//! A server that takes a domain's mail, as another server finds it.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use crate::{Outcome, Security};

/// One server that takes a domain's mail (RFC 5321 section 5), and what DANE makes of it (RFC 7672).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MailExchange {
    /// The domain.
    pub domain: String,
    /// The server's name as the MX record has it; the domain's own name where there is no MX record.
    pub host: String,
    /// The port: 25.
    pub port: u16,
    /// The preference of its MX record: the lowest is tried first. 0 where there is none.
    pub preference: u16,
    /// There is no MX record, so that the domain's own addresses stand for it (RFC 5321 5.1).
    pub implicit: bool,
    /// What is wrong with the name itself.
    #[serde(default)]
    pub faults: Vec<ExchangeFault>,
    /// Names that CNAME records lead through, in order, beginning with the host.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// The aliases come back to where they were.
    #[serde(default)]
    pub alias_loop: bool,
    /// Its addresses with the port, sorted, IPv4 first, at most 64.
    pub addresses: Outcome<Vec<SocketAddr>>,
    /// What DNSSEC proves of its addresses, CNAME records among them; the worst of A and AAAA (RFC 7672 2.2.2).
    pub security: Outcome<Security>,
    /// The name that TLSA records are looked for under: the end of the aliases where that is proved and has records, else
    /// the host (RFC 7672 2.2.2 and 2.2.3).
    pub tlsa_base: String,
    /// The owner of the TLSA records that were looked at last, `_25._tcp.mx.example`: they are a fact of their own.
    pub tlsa: String,
    /// What the TLSA records come to for each chain that the server sent. Empty where there are no records or no chains.
    #[serde(default)]
    pub dane: Vec<DaneChain>,
}

/// What is wrong with the name of a server that takes mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ExchangeFault {
    /// It is an alias (RFC 2181 10.3, RFC 5321 5.1: the name must lead to addresses by itself).
    Alias,
    /// It is an address written as a name (RFC 5321 5.1, RFC 1035 3.3.9).
    AddressLiteral,
    /// It has no address.
    NoAddress,
    /// It is no host name (RFC 1123 2.1), or has one label, which nobody outside resolves.
    NotAHostName,
}

/// What the TLSA records come to for one chain (RFC 7672 section 3). The records themselves, and whether DNSSEC proves them,
/// are in the fact of kind `tlsa`; this says what would follow if they are proved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DaneChain {
    /// The address that sent the chain.
    pub address: SocketAddr,
    /// SHA-256 of the chain's first certificate in hexadecimal.
    pub leaf: String,
    /// What each record says of it, in the order of the records.
    pub records: Vec<DaneRecord>,
}

impl DaneChain {
    /// Some record verifies this chain.
    pub fn is_verified(&self) -> bool {
        self.records.iter().any(|record| record.fault.is_none())
    }
}

/// What one TLSA record says of one chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DaneRecord {
    /// The record's position, counted from 0.
    pub record: usize,
    /// Why it does not verify the chain; none where it does.
    pub fault: Option<DaneFault>,
}

/// Why a TLSA record does not verify a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum DaneFault {
    /// Usage 0 or 1: senders of mail must treat it as unusable (RFC 7672 3.1.3).
    PkixUsage,
    /// Its numbers or the length of its data are none that are known.
    Unusable,
    /// No certificate at the place that its usage asks for matches it.
    NoMatch,
    /// Usage 2: a certificate matches, and the server's own does not lead up to it by signatures.
    NoPath,
    /// Usage 2: the server's certificate names neither the TLSA base domain nor the domain (RFC 7672 3.2.1 to 3.2.3).
    Name,
    /// Usage 2: a certificate on the path is not valid at this time (usage 3 does not look, RFC 7672 3.1.1).
    Time,
}
