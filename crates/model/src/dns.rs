//! What the DNS says of a name, and whether its answers can be proved.

use std::net::{IpAddr, SocketAddr};

use serde::{Deserialize, Serialize};

use crate::Outcome;

/// What DNSSEC proves of an answer (RFC 4033 5), by our own validation from the root down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum Security {
    /// Every link from a trust anchor to the answer is signed, and every signature holds.
    Secure,
    /// It is proved that a zone on the way is not signed.
    Insecure {
        /// Which link, as far as it is known.
        why: String,
    },
    /// There should be signatures that hold, and there are none.
    Bogus {
        /// What does not hold.
        why: String,
        /// The same as a code (RFC 8914).
        extended: Option<ExtendedError>,
    },
    /// It cannot be told, for example because the resolver passes no signatures on.
    Indeterminate {
        /// Why not.
        why: String,
    },
}

impl Security {
    /// True for [`Security::Secure`].
    pub fn is_secure(&self) -> bool {
        matches!(self, Security::Secure)
    }

    /// True for [`Security::Bogus`].
    pub fn is_bogus(&self) -> bool {
        matches!(self, Security::Bogus { .. })
    }
}

/// An extended DNS error (RFC 8914).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ExtendedError {
    /// INFO-CODE.
    pub code: u16,
    /// Its name in the registry; empty for a code that has none here.
    pub name: String,
    /// EXTRA-TEXT, at most 200 characters.
    pub text: Option<String>,
}

/// How the addresses of a name are protected by DNSSEC, and how the resolver behaved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Dnssec {
    /// The name.
    pub name: String,
    /// Who was asked: `127.0.0.1:53`, `tls://192.0.2.1:853`, `https://dns.example/dns-query`.
    pub resolver: String,
    /// The zone that the name is in, where the resolver told.
    pub zone: Option<String>,
    /// The worst of the answers for A and AAAA.
    pub security: Outcome<Security>,
    /// Names that CNAME records lead through, in order, beginning with the name.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// The aliases come back to where they were.
    #[serde(default)]
    pub alias_loop: bool,
    /// The resolver's own refusal where it was not told to leave checking to us, for example `SERVFAIL`.
    #[serde(default)]
    pub resolver_fails: Option<String>,
    /// The reasons that it gave (RFC 8914).
    #[serde(default)]
    pub extended: Vec<ExtendedError>,
    /// Where the resolver does not behave as one should.
    #[serde(default)]
    pub faults: Vec<ResolverFault>,
}

/// A fault of the resolver rather than of the zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ResolverFault {
    /// It has an address for a name under `invalid.`, of which there are none (RFC 6761 6.4).
    AnswersEverything,
    /// It passes no signatures on, not even those of the root.
    StripsSignatures,
}

/// Which authorities may issue certificates for a name (RFC 8659).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Caa {
    /// The name.
    pub name: String,
    /// The name at or above it that has the records, where one has.
    pub found_at: Option<String>,
    /// The relevant record set, empty where there is none up to the root; at most 100.
    pub records: Outcome<Vec<CaaRecord>>,
    /// What DNSSEC proves of it, or of there being none.
    pub security: Outcome<Security>,
}

/// One CAA record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CaaRecord {
    /// The issuer critical flag: an authority that does not know the tag must not issue.
    pub critical: bool,
    /// The property, in lower case: `issue`, `issuewild`, `iodef` …
    pub tag: String,
    /// The value as it stands, at most 1,000 characters.
    pub value: String,
    /// For `issue` and `issuewild`: the authority's domain; none where nobody may issue.
    pub issuer: Option<String>,
    /// For the same: parameters such as `accounturi` and `validationmethods` (RFC 8657), names in lower case.
    pub parameters: Vec<(String, String)>,
    /// The value does not follow the grammar of RFC 8659 4.2, so that it allows nobody.
    pub malformed: bool,
}

impl CaaRecord {
    /// The value of a parameter. `name` in lower case.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// The TLSA records of a service (RFC 6698, RFC 7671).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Tlsa {
    /// The owner: `_443._tcp.shop.example`.
    pub name: String,
    /// The records, at most 100.
    pub records: Outcome<Vec<TlsaRecord>>,
    /// What DNSSEC proves of them, or of there being none. Records that are not secure mean nothing.
    pub security: Outcome<Security>,
    /// What each record says of each chain that was met.
    #[serde(default)]
    pub matches: Vec<TlsaMatch>,
}

/// One TLSA record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TlsaRecord {
    /// 0 PKIX-TA, 1 PKIX-EE, 2 DANE-TA, 3 DANE-EE.
    pub usage: u8,
    /// 0 the whole certificate, 1 its public key.
    pub selector: u8,
    /// 0 the thing itself, 1 its SHA-256, 2 its SHA-512.
    pub matching: u8,
    /// The association data in hexadecimal; cut after 4,096 bytes, and then it matches nothing.
    pub data: String,
    /// Usage, selector and matching type are known, and the data has the length that they ask for.
    pub usable: bool,
}

/// Whether one record matches one chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TlsaMatch {
    /// The record's position, counted from 0.
    pub record: usize,
    /// The address that sent the chain.
    pub address: SocketAddr,
    /// SHA-256 of the chain's first certificate in hexadecimal.
    pub leaf: String,
    /// Position of the certificate that matches, counted from 0; none where none does.
    pub certificate: Option<usize>,
}

/// The SSHFP records of a name (RFC 4255).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Sshfp {
    /// The owner: the host's name, whatever its port.
    pub name: String,
    /// The records, at most 100.
    pub records: Outcome<Vec<SshfpRecord>>,
    /// What DNSSEC proves of them, or of there being none. Records that are not secure mean nothing.
    pub security: Outcome<Security>,
}

/// One SSHFP record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SshfpRecord {
    /// The key's algorithm: 1 RSA, 2 DSA, 3 ECDSA on any curve, 4 Ed25519, 6 Ed448.
    pub algorithm: u8,
    /// How the fingerprint was made: 1 SHA-1, 2 SHA-256.
    pub hash: u8,
    /// The fingerprint in hexadecimal; cut after 128 bytes, and then it matches nothing.
    pub fingerprint: String,
    /// Algorithm and hash are known, and the fingerprint has the hash's length.
    pub usable: bool,
}

/// Who takes mail for a name (MX, RFC 5321 section 5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Mx {
    /// The name: the zone that the target's name is in, where that is known, else the target's name.
    pub name: String,
    /// The records, sorted, at most 100. Empty where there are none.
    pub records: Outcome<Vec<MxRecord>>,
    /// What DNSSEC proves of them, or of there being none.
    pub security: Outcome<Security>,
}

/// One MX record.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MxRecord {
    /// Its preference: the lowest is tried first.
    pub preference: u16,
    /// Who takes the mail, in lower case; `.` where nobody does (RFC 7505).
    pub exchange: String,
}

impl std::fmt::Display for MxRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.preference, self.exchange)
    }
}

/// The DS records of a zone (RFC 4034 section 5): what the zone above says of its keys. The resolver was asked for
/// them, and the proof is our own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Ds {
    /// The zone; where none was found, the target's name.
    pub zone: String,
    /// The records, sorted, at most 100. Empty where there are none.
    pub records: Outcome<Vec<DsRecord>>,
    /// What DNSSEC proves of them, or of there being none. Where it cannot be told, an empty answer is the resolver's
    /// word alone.
    pub security: Outcome<Security>,
}

/// One DS record.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DsRecord {
    /// The key tag.
    pub key_tag: u16,
    /// The algorithm of the key by its number: 13 ECDSA P-256, 15 Ed25519, 8 RSA with SHA-256 …
    pub algorithm: u8,
    /// How the digest was made: 2 SHA-256, 4 SHA-384, 1 SHA-1.
    pub digest_type: u8,
    /// The digest in lower-case hexadecimal; cut after 128 bytes.
    pub digest: String,
}

impl std::fmt::Display for DsRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} {} {}", self.key_tag, self.algorithm, self.digest_type, self.digest.to_uppercase())
    }
}

/// The HTTPS records of a name (RFC 9460).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HttpsRecord {
    /// The name that was asked for first.
    pub name: String,
    /// Names that AliasMode records lead through, in order.
    pub aliases: Vec<String>,
    /// AliasMode records come back to where they were, or lead further than 8 steps.
    pub alias_loop: bool,
    /// The records at the end of the aliases, at most 50.
    pub records: Outcome<Vec<ServiceBinding>>,
    /// What DNSSEC proves of them.
    pub security: Outcome<Security>,
}

/// One HTTPS record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ServiceBinding {
    /// 0 is AliasMode.
    pub priority: u16,
    /// TargetName; `.` is the owner itself in ServiceMode.
    pub target: String,
    /// Keys that a client has to know.
    pub mandatory: Vec<String>,
    /// Application protocols.
    pub alpn: Vec<String>,
    /// `no-default-alpn` is there.
    pub no_default_alpn: bool,
    /// Another port.
    pub port: Option<u16>,
    /// Addresses.
    pub hints: Vec<IpAddr>,
    /// Configurations of Encrypted Client Hello.
    pub ech: Vec<EchConfig>,
    /// Other keys, as `keyNNNNN`.
    pub others: Vec<String>,
    /// What does not follow RFC 9460: clients must ignore the record.
    pub problems: Vec<String>,
}

/// One configuration of Encrypted Client Hello.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EchConfig {
    /// The version: 0xfe0d (65037) is the one in use.
    pub version: u16,
    /// The name that stands in the outer hello.
    pub public_name: Option<String>,
    /// The KEM of HPKE by its number (RFC 9180 7.1).
    pub kem: Option<u16>,
    /// Pairs of KDF and AEAD, counted.
    pub suites: usize,
}

/// Who answers for a zone, and whether they agree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Delegation {
    /// The zone.
    pub zone: String,
    /// Its name servers as the resolver tells them, sorted.
    pub name_servers: Outcome<Vec<String>>,
    /// What each of them says at each of its addresses.
    pub servers: Vec<NameServer>,
    /// What the servers of the zone above say, where that was asked for.
    pub parent: Outcome<ParentDelegation>,
    /// Names that somebody else could come to own.
    pub dangling: Vec<Dangling>,
}

/// One address of one name server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NameServer {
    /// The server's name.
    pub name: String,
    /// Its address and port; none where its name has no address that could be had.
    pub address: Option<SocketAddr>,
    /// The user gave the address (`--resolve`), so that the zone may have another.
    #[serde(default)]
    pub given: bool,
    /// Its answer for the NS and SOA records of the zone.
    pub answer: Outcome<ServerAnswer>,
}

/// What a name server says of the zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ServerAnswer {
    /// It answers with authority (AA, RFC 1035 4.1.1).
    pub authoritative: bool,
    /// The response code, for example `NOERROR` or `REFUSED`.
    pub rcode: String,
    /// The NS records that it holds, sorted.
    pub ns: Vec<String>,
    /// The serial of its SOA.
    pub serial: Option<u32>,
}

/// What the zone above says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ParentDelegation {
    /// The zone above.
    pub zone: String,
    /// Who of its servers was asked.
    pub server: SocketAddr,
    /// The NS records of the delegation, sorted.
    pub ns: Vec<String>,
    /// Glue: names with addresses, sorted.
    pub glue: Vec<(String, IpAddr)>,
}

/// A name that something points at and that does not exist.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Dangling {
    /// The name that points.
    pub name: String,
    /// With which record.
    pub kind: DanglingKind,
    /// Where it points.
    pub target: String,
    /// The registrable domain of the target, where that does not exist either: anybody might register it.
    pub registrable: Option<String>,
}

/// The records that can dangle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum DanglingKind {
    /// CNAME.
    Cname,
    /// NS.
    Ns,
}
