//! What a TLS endpoint accepts, as measured with hellos crafted at wire level.

use std::fmt;
use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use crate::{Host, Outcome};

/// A protocol version, oldest first in its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum TlsVersion {
    /// SSL 2.0, prohibited by RFC 6176.
    #[serde(rename = "SSLv2")]
    Ssl2,
    /// SSL 3.0, prohibited by RFC 7568.
    #[serde(rename = "SSLv3")]
    Ssl3,
    /// TLS 1.0, deprecated by RFC 8996.
    #[serde(rename = "TLS 1.0")]
    Tls10,
    /// TLS 1.1, deprecated by RFC 8996.
    #[serde(rename = "TLS 1.1")]
    Tls11,
    /// TLS 1.2, RFC 5246.
    #[serde(rename = "TLS 1.2")]
    Tls12,
    /// TLS 1.3, RFC 8446.
    #[serde(rename = "TLS 1.3")]
    Tls13,
}

impl TlsVersion {
    /// All of them, oldest first.
    pub const ALL: [TlsVersion; 6] = [
        TlsVersion::Ssl2,
        TlsVersion::Ssl3,
        TlsVersion::Tls10,
        TlsVersion::Tls11,
        TlsVersion::Tls12,
        TlsVersion::Tls13,
    ];
}

impl fmt::Display for TlsVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TlsVersion::Ssl2 => "SSLv2",
            TlsVersion::Ssl3 => "SSLv3",
            TlsVersion::Tls10 => "TLS 1.0",
            TlsVersion::Tls11 => "TLS 1.1",
            TlsVersion::Tls12 => "TLS 1.2",
            TlsVersion::Tls13 => "TLS 1.3",
        })
    }
}

/// One address, one port, one SNI.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TlsEndpoint {
    /// The host that was asked for.
    pub host: Host,
    /// The port that was asked for.
    pub port: u16,
    /// The address that was connected to.
    pub address: SocketAddr,
    /// The name sent as SNI, none where the host is an address.
    pub sni: Option<String>,
    /// All six versions, oldest first. `Refused` means that the server answered and said no.
    pub versions: Vec<VersionResult>,
    /// `true`: a hello with TLS_FALLBACK_SCSV and a version below the server's best is refused with
    /// `inappropriate_fallback` (RFC 7507). `Unmeasured` with `NotAsked` where only one version is accepted,
    /// so that there is nothing to fall back to.
    pub fallback_scsv: Outcome<bool>,
    /// `true`: the server answers the secure renegotiation indication (RFC 5746). `Unmeasured` with
    /// `NotAsked` where only TLS 1.3 is accepted, which has no renegotiation.
    pub secure_renegotiation: Outcome<bool>,
    /// `true`: the server chose TLS-level compression (CRIME).
    pub compression: Outcome<bool>,
    /// `true`: the server echoes extended_master_secret (RFC 7627).
    pub extended_master_secret: Outcome<bool>,
    /// `true`: the server echoes encrypt_then_mac (RFC 7366) when it chooses a CBC suite.
    pub encrypt_then_mac: Outcome<bool>,
    /// `true`: the server offers session tickets (RFC 5077) in TLS 1.2 or below.
    pub session_ticket: Outcome<bool>,
    /// `true`: the server echoes the heartbeat extension (RFC 6520).
    pub heartbeat: Outcome<bool>,
    /// `true`: an OCSP response was stapled in answer to status_request (RFC 6066).
    pub ocsp_staple: Outcome<bool>,
    /// The application protocol chosen (RFC 7301) when `h2` and `http/1.1` are offered, empty for none.
    pub alpn: Outcome<String>,
    /// What the server did that the standards do not allow, or that made measuring harder.
    pub quirks: Vec<Quirk>,
    /// TCP connections that this measurement took.
    pub connections: u32,
}

impl TlsEndpoint {
    /// What was measured for a version.
    pub fn version(&self, version: TlsVersion) -> Option<&Outcome<VersionFacts>> {
        self.versions.iter().find(|result| result.version == version).map(|result| &result.support)
    }

    /// The versions that are accepted, oldest first, with what was seen of each.
    pub fn accepted(&self) -> impl Iterator<Item = (TlsVersion, &VersionFacts)> {
        self.versions.iter().filter_map(|result| Some((result.version, result.support.value()?)))
    }
}

/// Whether one version is accepted, and with what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct VersionResult {
    /// The version.
    pub version: TlsVersion,
    /// `Seen`: accepted.
    pub support: Outcome<VersionFacts>,
}

/// What is accepted within a version.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct VersionFacts {
    /// The cipher suites accepted, by id; those of TLS 1.3 and SSL 2.0 too.
    pub suites: Vec<Suite>,
    /// Why the list may be short, where an answer that was needed to complete it did not come.
    pub suites_incomplete: Option<String>,
    /// Who decides which suite is used.
    pub preference: Preference,
    /// Key-exchange groups accepted, by their registered names: `X25519MLKEM768`, `x25519`, `secp256r1` …,
    /// in the order of the registry.
    pub groups: Vec<String>,
    /// Why the list of groups may be short.
    pub groups_incomplete: Option<String>,
    /// Signature schemes that the server can sign with, where they were seen, by their registered names.
    pub signature_schemes: Vec<String>,
}

/// Who decides which suite is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Preference {
    /// The server's own order.
    Server,
    /// The client's order.
    Client,
    /// Fewer than two suites, or it could not be told.
    #[default]
    Unknown,
}

/// The number of a cipher suite in its hello: two bytes, three for SSLv2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SuiteId(pub u32);

impl fmt::Display for SuiteId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 > 0xffff { write!(f, "0x{:06x}", self.0) } else { write!(f, "0x{:04x}", self.0) }
    }
}

/// A cipher suite that was accepted, with what its registration says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Suite {
    /// Its number.
    pub id: SuiteId,
    /// Its name in the registry of RFC 8447, for example `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256`.
    pub name: String,
    /// Key exchange: `ECDHE`, `DHE`, `RSA`, `ECDH`, `DH`, `PSK`, … or `TLS13` where the version decides it.
    pub key_exchange: String,
    /// Authentication: `RSA`, `ECDSA`, `DSS`, `anon`, `PSK`, … or `TLS13`.
    pub authentication: String,
    /// The bulk cipher: `AES-128-GCM`, `CHACHA20-POLY1305`, `3DES-CBC`, `RC4`, `NULL` …
    pub cipher: String,
    /// The cipher's strength in bits: 112 for 3DES, 0 for NULL.
    pub bits: u16,
    /// Fresh keys for each connection (ECDHE, DHE, TLS 1.3).
    pub forward_secret: bool,
    /// Authenticated encryption (GCM, CCM, ChaCha20-Poly1305).
    pub aead: bool,
    /// Nobody proves an identity (`anon`).
    pub anonymous: bool,
    /// Weakened on purpose by the export rules of the 1990s.
    pub export: bool,
    /// The group or curve that the server used with it, where it was seen.
    pub group: Option<String>,
    /// Finite-field Diffie-Hellman parameters that the server sent with it.
    pub dh: Option<DhParameters>,
}

/// Finite-field Diffie-Hellman parameters from a ServerKeyExchange.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DhParameters {
    /// Size of the prime in bits.
    pub bits: u16,
    /// SHA-256 of the prime's bytes without leading zeros, in hexadecimal.
    pub prime_sha256: String,
    /// The well-known name of the prime, for example `ffdhe2048` or `MODP 1024 (Oakley group 2)`.
    pub known_as: Option<String>,
}

/// Something that the server does and should not.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Quirk {
    /// The kind.
    pub kind: QuirkKind,
    /// What was met, in words.
    pub detail: String,
}

/// The kinds of [`Quirk`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum QuirkKind {
    /// Answered with a suite that the hello had not offered.
    SuiteNotOffered,
    /// Answered with a version that the hello had not offered.
    VersionNotOffered,
    /// Fails on a hello with many suites but answers the same suites in smaller hellos.
    LargeHelloIntolerant,
    /// Sends Diffie-Hellman parameters that no client may use.
    BadDhParameters,
    /// Answers differ between connections with the same hello.
    Inconsistent,
}
