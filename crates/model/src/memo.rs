//! What is remembered of a target from one look to the next.
//!
//! A [`Memo`] is an observation without what differs from look to look although nothing has changed: times, counts of
//! connections, the order of answers. So two looks that met the same give equal memos, and a memo that differs is a
//! change. What could not be measured gives no memo: nothing was learnt, so nothing can have changed.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::{NetworkIdentity, Severity, Time, TlsVersion};

/// What one look learnt of one place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Memo {
    /// What it is about: a name, `host:port`, a URL, a store. With [`Remembered::kind`], the same from look to look.
    pub place: String,
    /// What was learnt.
    #[serde(flatten)]
    pub what: Remembered,
}

/// What can be remembered. Every list is sorted and without doubles.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "memo", rename_all = "kebab-case")]
pub enum Remembered {
    /// The addresses of a name.
    Addresses {
        /// They.
        addresses: Vec<IpAddr>,
    },
    /// The certificates that a service shows, of all its addresses.
    Certificates {
        /// The leaf of each chain.
        certificates: Vec<CertificateMemo>,
    },
    /// Who may issue certificates for a name (CAA, RFC 8659).
    Caa {
        /// Each record as `0 issue "ca.example"`, empty where anybody may.
        records: Vec<String>,
    },
    /// Who answers for a zone.
    Delegation {
        /// Its name servers.
        name_servers: Vec<String>,
    },
    /// The DS records of a zone (RFC 4034 section 5), empty where the zone above says that there are none.
    Ds {
        /// Each as `12345 13 2 ABCDEF…`.
        records: Vec<String>,
    },
    /// Who takes mail for a name (MX, RFC 5321 section 5), empty where there is none.
    Mx {
        /// Each as `10 mail.example`.
        records: Vec<String>,
    },
    /// The host keys that an SSH server proved to hold.
    HostKeys {
        /// One of each type at most, of all addresses more.
        keys: Vec<HostKeyMemo>,
    },
    /// The header fields of a page that protect its visitors. The page is the one that the way in leads to; only an
    /// answer with content (2xx) over https tells them.
    Headers {
        /// Name in lower case, and value, without what differs from answer to answer: nonces and hashes stand as `*`.
        fields: BTreeMap<String, String>,
    },
    /// What a TLS service accepts, on all its addresses that answer.
    Tls {
        /// The versions, oldest first.
        versions: Vec<TlsVersion>,
        /// The names of suites that count as weak.
        weak_suites: Vec<String>,
    },
    /// The routers of the network that this computer is on.
    Gateways {
        /// The network, as it is known again.
        network: NetworkIdentity,
        /// Each router with its link-layer addresses.
        routers: BTreeMap<IpAddr, Vec<String>>,
    },
    /// The trust anchors of a store that no public root programme has.
    Anchors {
        /// They.
        anchors: Vec<AnchorMemo>,
    },
    /// What the checks said.
    Findings {
        /// The worst of each check at each place.
        findings: Vec<FindingMemo>,
        /// What was looked at wholly, so that no finding there means that there is none. In the form of
        /// [`FindingMemo::rests_on`].
        #[serde(default)]
        measured: Vec<String>,
        /// The version of midwatch whose checks these are: those of another version say other things of the same
        /// target.
        #[serde(default)]
        by: String,
    },
}

impl Remembered {
    /// The kind, as JSON has it.
    pub fn kind(&self) -> &'static str {
        match self {
            Remembered::Addresses { .. } => "addresses",
            Remembered::Certificates { .. } => "certificates",
            Remembered::Caa { .. } => "caa",
            Remembered::Delegation { .. } => "delegation",
            Remembered::Ds { .. } => "ds",
            Remembered::Mx { .. } => "mx",
            Remembered::HostKeys { .. } => "host-keys",
            Remembered::Headers { .. } => "headers",
            Remembered::Tls { .. } => "tls",
            Remembered::Gateways { .. } => "gateways",
            Remembered::Anchors { .. } => "anchors",
            Remembered::Findings { .. } => "findings",
        }
    }
}

/// A certificate as it is remembered.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CertificateMemo {
    /// SHA-256 of its DER in lower-case hexadecimal.
    pub sha256: String,
    /// SHA-256 of its SubjectPublicKeyInfo in the same form.
    pub spki_sha256: String,
    /// Its subject on one line.
    pub subject: String,
    /// Its issuer on one line.
    pub issuer: String,
    /// The names it is for, sorted.
    pub names: Vec<String>,
    /// Start of validity.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub not_before: Time,
    /// End of validity.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub not_after: Time,
    /// `true`: at least one timestamp of a known log verifies. None where that could not be told.
    pub logged: Option<bool>,
    /// `true`: at least one public root programme trusts it for this host. None where that could not be told.
    pub public: Option<bool>,
    /// `true`: at least one store that was asked trusts it for this host, anchors that were given among them. None
    /// where none was asked.
    #[serde(default)]
    pub trusted: Option<bool>,
}

/// A host key as it is remembered.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HostKeyMemo {
    /// Its type, as `known_hosts` names it.
    pub key_type: String,
    /// `SHA256:` and the hash of its bytes in Base64 without padding.
    pub fingerprint: String,
    /// Its bytes in Base64.
    pub blob: String,
}

/// A trust anchor as it is remembered.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AnchorMemo {
    /// SHA-256 of the certificate in lower-case hexadecimal.
    pub sha256: String,
    /// Its subject on one line.
    pub subject: String,
    /// What it is known as, where it is.
    pub known: Option<String>,
}

/// A finding as it is remembered.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FindingMemo {
    /// The check's id.
    pub id: String,
    /// Where.
    pub place: String,
    /// How bad.
    pub severity: Severity,
    /// One line.
    pub title: String,
    /// The kinds of facts that it rests on, with what they are about where they are about one thing: `caa
    /// shop.example`, `tls-endpoint shop.example:443`, `page`. Sorted.
    #[serde(default)]
    pub rests_on: Vec<String>,
}

/// A memo that was met, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct KeptMemo {
    /// It.
    #[serde(flatten)]
    pub memo: Memo,
    /// When it was met first.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub first: Time,
    /// When it was met last.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub last: Time,
    /// In how many looks.
    pub count: u64,
}

/// Everything that is remembered of one place and kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct History {
    /// What the latest look that learnt anything met.
    pub latest: KeptMemo,
    /// What was met before and is not the latest, the one met last first.
    pub earlier: Vec<KeptMemo>,
}
