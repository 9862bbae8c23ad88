//! What an SSH server says before anybody logs in: its identification, its algorithms, and its host keys.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use crate::{DhParameters, Host, Outcome, Reason};

/// One address (or whatever a proxy connected to) and one port.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SshEndpoint {
    /// The host that was asked for.
    pub host: Host,
    /// The port that was asked for.
    pub port: u16,
    /// The address that was connected to. None where a proxy connected.
    #[serde(default)]
    pub address: Option<SocketAddr>,
    /// The SOCKS5 proxy that connected, where one did.
    #[serde(default)]
    pub proxy: Option<SocketAddr>,
    /// The hosts that were jumped over, or the program that connected, where one did.
    #[serde(default)]
    pub over: Option<String>,
    /// What the server says of itself first (RFC 4253 section 4.2).
    pub identification: Outcome<SshIdentification>,
    /// What it offers (RFC 4253 section 7.1).
    pub algorithms: Outcome<SshAlgorithms>,
    /// The group that it serves to a client that asks for as few bits as it has, 1024 or more (RFC 4419).
    /// `Unmeasured` with `NotAsked` where it does not offer group exchange.
    pub group_exchange: Outcome<DhParameters>,
    /// A key, or a certificate, for each host key algorithm that it offers, in its order. Algorithms that differ
    /// in their signatures alone are one.
    #[serde(default)]
    pub host_keys: Vec<SshOfferedKey>,
    /// TCP connections that this measurement took.
    #[serde(default)]
    pub connections: u32,
}

impl SshEndpoint {
    /// A server of which nothing was measured, for one reason.
    pub fn unmeasured(host: Host, port: u16, why: &Reason) -> SshEndpoint {
        SshEndpoint {
            host,
            port,
            address: None,
            proxy: None,
            over: None,
            identification: why.clone().into(),
            algorithms: why.clone().into(),
            group_exchange: why.clone().into(),
            host_keys: Vec::new(),
            connections: 0,
        }
    }

    /// The keys that were sent.
    pub fn sent_keys(&self) -> impl Iterator<Item = &SshHostKey> {
        self.host_keys.iter().filter_map(|offered| offered.key.value())
    }
}

/// What a server says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SshIdentification {
    /// The whole line, without its end.
    pub line: String,
    /// The protocol's version: `2.0`, or `1.99` where SSH 1 is spoken as well.
    pub protocol: String,
    /// The software and its version, as the server writes them: `OpenSSH_9.2p1`.
    pub software: String,
    /// What stands behind it, often the system's own version: `Debian-2+deb12u10`.
    #[serde(default)]
    pub comments: Option<String>,
    /// Lines that came before, 16 at most.
    #[serde(default)]
    pub before: Vec<String>,
}

/// What a server offers, each list in its own order, the most wanted first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SshAlgorithms {
    /// Key exchange methods, without the names that only announce something.
    pub key_exchange: Vec<String>,
    /// Those names: `ext-info-s`, `kex-strict-s-v00@openssh.com`.
    #[serde(default)]
    pub announced: Vec<String>,
    /// Host key algorithms.
    pub host_key: Vec<String>,
    /// Ciphers towards the server.
    pub ciphers_to_server: Vec<String>,
    /// Ciphers towards the client.
    pub ciphers_to_client: Vec<String>,
    /// Message authentication codes towards the server.
    pub macs_to_server: Vec<String>,
    /// Message authentication codes towards the client.
    pub macs_to_client: Vec<String>,
    /// Compression towards the server.
    #[serde(default)]
    pub compression_to_server: Vec<String>,
    /// Compression towards the client.
    #[serde(default)]
    pub compression_to_client: Vec<String>,
    /// Languages towards the server.
    #[serde(default)]
    pub languages_to_server: Vec<String>,
    /// Languages towards the client.
    #[serde(default)]
    pub languages_to_client: Vec<String>,
    /// The server sends the first packet of a key exchange on a guess.
    #[serde(default)]
    pub first_kex_packet_follows: bool,
    /// Strict key exchange is offered, which ends Terrapin where the client has it too (CVE-2023-48795).
    #[serde(default)]
    pub strict_key_exchange: bool,
    /// Ciphers, and pairs `cipher with MAC`, that are offered in either direction and that Terrapin works on
    /// where key exchange is not strict. Sorted.
    #[serde(default)]
    pub terrapin: Vec<String>,
    /// Key exchange methods that a quantum computer does not break.
    #[serde(default)]
    pub post_quantum: Vec<String>,
}

/// A host key that a server offers, by its algorithm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SshOfferedKey {
    /// The host key algorithm that it was asked for with.
    pub algorithm: String,
    /// Other algorithms of the same key that are offered.
    #[serde(default)]
    pub others: Vec<String>,
    /// What came. `Refused`: the server ended the connection with these words.
    pub key: Outcome<SshHostKey>,
}

/// A host key that was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SshHostKey {
    /// The key; where a certificate was sent, the key that it is for.
    pub key: SshPublicKey,
    /// `true`: the signature over the exchange hash verifies, so whoever answered holds the private key. `false`:
    /// it does not, and the key is merely shown: somebody may have copied it from elsewhere.
    pub proof: Outcome<bool>,
    /// The key exchange method that it was asked for with.
    pub key_exchange: String,
    /// How the signature says it was made: `rsa-sha2-512` …
    pub signature_algorithm: String,
    /// The certificate, where one was sent.
    #[serde(default)]
    pub certificate: Option<SshCertificate>,
}

/// A public key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SshPublicKey {
    /// Its type, as `known_hosts` names it: `ssh-ed25519`, `ssh-rsa` …
    pub key_type: String,
    /// Its bytes in Base64, as they stand in `known_hosts`.
    pub blob: String,
    /// Its size in bits. None where the type is not known.
    #[serde(default)]
    pub bits: Option<u32>,
    /// `SHA256:` and the hash of its bytes in Base64 without padding, as `ssh-keygen -l` writes it.
    pub fingerprint: String,
}

/// A certificate of OpenSSH (its PROTOCOL.certkeys).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SshCertificate {
    /// Its bytes in Base64.
    pub blob: String,
    /// Its number, as the authority counts.
    pub serial: u64,
    /// Whom it is for.
    pub kind: SshCertificateKind,
    /// What the authority calls it.
    pub key_id: String,
    /// The names that it is for. None at all means every name.
    pub principals: Vec<String>,
    /// Seconds since 1970 from which it is valid; 0 for always.
    pub valid_after: u64,
    /// Seconds since 1970 from which it is valid no more. None for ever.
    #[serde(default)]
    pub valid_before: Option<u64>,
    /// Options that whoever takes the certificate must understand.
    #[serde(default)]
    pub critical_options: Vec<SshCertificateOption>,
    /// Options that may be passed over.
    #[serde(default)]
    pub extensions: Vec<SshCertificateOption>,
    /// The authority's key.
    pub authority: SshPublicKey,
    /// How the authority's signature says it was made.
    pub signature_algorithm: String,
    /// `true`: the authority's signature verifies.
    pub signature: Outcome<bool>,
}

/// Whom a certificate is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum SshCertificateKind {
    /// A user, which a server must not send.
    User,
    /// A host.
    Host,
    /// A number that means nothing.
    Other,
}

/// An option of a certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SshCertificateOption {
    /// Its name.
    pub name: String,
    /// Its data in Base64, empty for most.
    #[serde(default)]
    pub data: String,
}
