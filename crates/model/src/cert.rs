//! Certificates as they were sent, and who trusts them.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use crate::{Host, Outcome, Reason, ReasonKind, Time};

/// A chain as one endpoint sent it, and what each trust store says of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CertificateChain {
    /// The host that was asked for, and that the certificate has to name.
    pub host: Host,
    /// The port.
    pub port: u16,
    /// The address that was connected to.
    pub address: SocketAddr,
    /// The name sent as SNI.
    pub sni: Option<String>,
    /// How it was met, for example `TLS 1.2 with ECDSA suites`: a server may hold several.
    pub met_with: Vec<String>,
    /// Leaf first, as sent, at most 100.
    pub certificates: Vec<Certificate>,
    /// Whether the leaf names the host.
    pub name_match: NameMatch,
    /// The order and completeness of what was sent.
    pub shape: ChainShape,
    /// A certificate of it that is known as one of a product that opens TLS, or as a bad root.
    #[serde(default)]
    pub known: Option<KnownIssuer>,
    /// One per trust store asked: `mozilla` or another root programme, `system` for this computer's own store,
    /// and `given` for `--trust`.
    pub trust: Vec<TrustDecision>,
    /// What its signed certificate timestamps are worth; none where no list of logs was at hand.
    #[serde(default)]
    pub transparency: Option<Transparency>,
    /// What its authority says of revocation; none where nobody was asked and nothing was stapled.
    #[serde(default)]
    pub revocation: Option<Revocation>,
    /// What was fetched of certificates that the server did not send; none where nobody asked for that, or nothing
    /// is missing.
    #[serde(default)]
    pub completed: Option<Completed>,
}

/// The certificates that a chain lacks, fetched from where its own certificates say (caIssuers, RFC 5280 section
/// 4.2.2.1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Completed {
    /// Each that was asked for, the lowest first, at most five.
    pub issuers: Vec<FetchedIssuer>,
    /// What each store says of the chain with those that came; empty where none came.
    pub trust: Vec<TrustDecision>,
}

/// A certificate that was not sent and was asked for elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FetchedIssuer {
    /// Its subject, as the certificate below it names its issuer.
    pub subject: String,
    /// Where it was asked for.
    pub url: String,
    /// In which form it came.
    pub form: Option<CertificateForm>,
    /// The certificate.
    pub certificate: Outcome<Certificate>,
}

/// The forms in which certificates are published (RFC 5280 section 4.2.2.1 allows the first and the last).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum CertificateForm {
    /// One certificate in DER.
    Der,
    /// PEM.
    Pem,
    /// A bundle: the certificates of a PKCS #7 message (RFC 5652).
    Pkcs7,
}

/// One certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Certificate {
    /// The certificate itself, DER in base64.
    pub der: String,
    /// SHA-256 of the DER in lower-case hexadecimal without colons.
    pub sha256: String,
    /// What could be read of it; none where it is not a certificate that can be parsed.
    pub parsed: Option<ParsedCertificate>,
}

/// The fields of a certificate that midwatch reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ParsedCertificate {
    /// The subject as one line.
    pub subject: String,
    /// The issuer as one line.
    pub issuer: String,
    /// The serial number in hexadecimal.
    pub serial: String,
    /// Start of validity.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub not_before: Time,
    /// End of validity.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub not_after: Time,
    /// DNS names and addresses of subjectAltName, in the order of the certificate.
    pub names: Vec<String>,
    /// The subject's common name.
    pub common_name: Option<String>,
    /// The algorithm of the key: `RSA`, `EC`, `Ed25519`, `Ed448`, `DSA` or a dotted identifier.
    pub key_algorithm: String,
    /// The curve of an EC key.
    pub key_curve: Option<String>,
    /// The size of the key in bits.
    pub key_bits: u32,
    /// SHA-256 of the SubjectPublicKeyInfo in hexadecimal.
    pub spki_sha256: String,
    /// The signature's algorithm, for example `sha256WithRSAEncryption`.
    pub signature_algorithm: String,
    /// basicConstraints says that it is a certification authority.
    pub is_ca: bool,
    /// Subject and issuer are the same, and its own key made the signature. True as well where that signature
    /// cannot be verified (MD5, keys of unusual sizes) and its key identifiers do not say otherwise.
    pub self_signed: bool,
    /// It demands a stapled OCSP response (RFC 7633).
    pub must_staple: bool,
    /// Embedded signed certificate timestamps (RFC 6962), counted, not verified.
    pub scts: u32,
    /// The public exponent of an RSA key in hexadecimal.
    #[serde(default)]
    pub rsa_exponent: Option<String>,
    /// What is wrong with the numbers of an RSA key.
    #[serde(default)]
    pub key_faults: Vec<KeyFault>,
    /// Entries of subjectAltName that are no plain DNS name and no address, at most 100.
    #[serde(default)]
    pub odd_names: Vec<OddName>,
    /// What its extensions say; none in observations of versions that did not read them.
    #[serde(default)]
    pub extensions: Option<Extensions>,
}

/// An entry of subjectAltName other than a DNS name or an address as it should be (RFC 5280 section 4.2.1.6).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OddName {
    /// What is odd about it.
    pub kind: OddNameKind,
    /// The entry, as far as it is text.
    pub value: String,
}

/// What is odd about an [`OddName`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum OddNameKind {
    /// An address written as a dNSName: no program that follows RFC 9525 takes it for the address.
    AddressAsName,
    /// An iPAddress of neither 4 nor 16 octets.
    BrokenAddress,
    /// An rfc822Name.
    Email,
    /// A uniformResourceIdentifier.
    Uri,
    /// A directoryName, otherName, registeredID or the like.
    Other,
    /// It cannot be read.
    Unreadable,
}

/// What extensions say, each as it stands in RFC 5280 section 4.2. What has no extension is none or empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Extensions {
    /// keyUsage, each by its name in the RFC, such as `keyCertSign`.
    pub key_usage: Option<Vec<String>>,
    /// extendedKeyUsage, by name where it has one, else dotted.
    pub extended_key_usage: Option<Vec<String>>,
    /// pathLenConstraint: how many intermediates may follow.
    pub path_length: Option<u32>,
    /// nameConstraints.
    pub name_constraints: Option<NameConstraints>,
    /// certificatePolicies, dotted.
    pub policies: Vec<String>,
    /// Critical extensions that midwatch does not know, dotted.
    pub unknown_critical: Vec<String>,
    /// Extensions that are there more than once, dotted.
    pub repeated: Vec<String>,
    /// OCSP responders of authorityInfoAccess.
    pub ocsp_urls: Vec<String>,
    /// Places of the issuer's certificate in authorityInfoAccess.
    pub issuer_urls: Vec<String>,
    /// cRLDistributionPoints.
    pub crl_urls: Vec<String>,
}

/// nameConstraints (RFC 5280 section 4.2.1.10): DNS names and addresses with their masks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NameConstraints {
    /// What names have to be within.
    pub permitted: Vec<String>,
    /// What names may not be within.
    pub excluded: Vec<String>,
}

/// What is wrong with the numbers of an RSA key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum KeyFault {
    /// The exponent is even or 1: no RSA at all.
    ExponentInvalid,
    /// The exponent is odd and below 65,537.
    ExponentSmall,
    /// The size of the modulus is no multiple of 8 bits.
    ModulusOddSize,
    /// The modulus has a factor below 752, so that the key can be computed at once.
    ModulusSmallFactor,
    /// The two primes lie so close together that Fermat's method finds them at once.
    PrimesClose,
    /// The modulus has the form that a faulty library of Infineon made (ROCA, CVE-2017-15361).
    Roca,
}

/// What the signed certificate timestamps (SCTs, RFC 6962) of a chain's leaf are worth.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Transparency {
    /// The date of the list of logs, RFC 3339.
    pub list: String,
    /// Every timestamp that was met: those of the certificate in its order, then those of the handshake and of
    /// the OCSP answer.
    pub timestamps: Vec<Timestamp>,
    /// The places that were not looked at, each with the reason. Where there are no timestamps and this is empty,
    /// the server has none.
    #[serde(default = "not_looked_before")]
    pub not_looked: Vec<NotLooked>,
}

/// A place that was not searched for timestamps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NotLooked {
    /// The place.
    pub place: TimestampSource,
    /// Why not.
    pub why: Reason,
}

/// Of a report by a version that looked into the certificate alone.
fn not_looked_before() -> Vec<NotLooked> {
    let why = Reason::new(
        ReasonKind::NotAsked,
        "the version of midwatch that measured this looked into the certificate alone",
    );
    [TimestampSource::Tls, TimestampSource::Ocsp].map(|place| NotLooked { place, why: why.clone() }).into()
}

/// One signed certificate timestamp.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Timestamp {
    /// How it came.
    pub from: TimestampSource,
    /// The log's id: SHA-256 of its key in hexadecimal.
    pub log: String,
    /// The log's name, where the list has it.
    pub name: Option<String>,
    /// Who runs the log.
    pub operator: Option<String>,
    /// The log's state in the list.
    pub state: Option<LogState>,
    /// When the log promised to take the certificate in.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub time: Option<Time>,
    /// Whether the log's signature is right.
    pub signature: TimestampSignature,
}

/// How a timestamp came to the visitor (RFC 6962 section 3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum TimestampSource {
    /// Within the certificate.
    Certificate,
    /// Within the stapled OCSP answer.
    Ocsp,
    /// In the TLS handshake.
    Tls,
}

/// Whether the log's signature on a timestamp is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum TimestampSignature {
    /// It is.
    Valid,
    /// It is not: the log never promised this certificate.
    Invalid,
    /// The list has no such log, so that there is no key to verify with.
    UnknownLog,
    /// The issuer's key, which the log signs with the certificate, is not known.
    UnknownIssuer,
    /// It cannot be read.
    Malformed,
}

/// The state of a log, in the words of the browsers' lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum LogState {
    /// Not yet accepted.
    Pending,
    /// Accepted, newly.
    Qualified,
    /// Accepted.
    Usable,
    /// Takes no more certificates.
    Readonly,
    /// No longer trusted for what it took in from this moment on.
    Retired {
        /// The moment.
        #[cfg_attr(feature = "schema", schemars(with = "String"))]
        at: Time,
    },
    /// Never trusted.
    Rejected,
}

impl LogState {
    /// Whether browsers take the log's timestamps at the time `now`, whenever it gave them.
    pub fn is_accepted(self, now: Time) -> bool {
        match self {
            LogState::Qualified | LogState::Usable | LogState::Readonly => true,
            LogState::Retired { at } => now < at,
            LogState::Pending | LogState::Rejected => false,
        }
    }
}

/// What the authority says of revocation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Revocation {
    /// The stapled OCSP answer, where there was one.
    pub staple: Option<OcspAnswer>,
    /// What authorities said of each certificate of the path, where they were asked (`--revocation`).
    #[serde(default)]
    pub asked: Vec<RevocationAsked>,
}

/// One question to an authority about one certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RevocationAsked {
    /// Position of the certificate, counted from 0 for the leaf.
    pub at: usize,
    /// How the authority tells it.
    pub by: RevocationSource,
    /// Where it was asked.
    pub url: String,
    /// What came of it.
    pub says: Outcome<OcspAnswer>,
}

/// How an authority tells which certificates it has revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum RevocationSource {
    /// It answers for each certificate (RFC 6960).
    Ocsp,
    /// It publishes a list (RFC 5280 section 5).
    Crl,
}

/// An OCSP answer (RFC 6960) or a revocation list (RFC 5280 section 5), verified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "answer", rename_all = "kebab-case")]
pub enum OcspAnswer {
    /// It is about this certificate, and signed by who may.
    Verified {
        /// What it says.
        status: OcspStatus,
        /// From when it holds.
        #[cfg_attr(feature = "schema", schemars(with = "String"))]
        this_update: Time,
        /// Until when it holds; none where newer word is always at hand.
        #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
        next_update: Option<Time>,
    },
    /// It proves nothing.
    Bad {
        /// Why, as half a sentence.
        why: String,
    },
    /// It could not be verified, which says nothing against it.
    Unverified {
        /// Why, as half a sentence.
        why: String,
    },
}

/// What an OCSP answer or a list says of a certificate (RFC 6960 section 2.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "status", rename_all = "kebab-case")]
pub enum OcspStatus {
    /// It is not revoked.
    Good,
    /// It is.
    Revoked {
        /// Since when.
        #[cfg_attr(feature = "schema", schemars(with = "String"))]
        at: Time,
        /// Why, by its name in RFC 5280 section 5.3.1, such as `keyCompromise`.
        #[serde(default)]
        reason: Option<String>,
    },
    /// The responder does not know it.
    Unknown,
}

/// Whether the leaf names the host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "result", rename_all = "kebab-case")]
pub enum NameMatch {
    /// It does.
    Matches,
    /// It does not (RFC 9525); the common name alone does not count.
    Mismatch {
        /// The names that it does hold, at most 20.
        names: Vec<String>,
    },
    /// The leaf could not be parsed.
    Unknown,
}

/// The order and completeness of a chain as sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ChainShape {
    /// Each certificate certifies the one before it (RFC 5246 7.4.2; RFC 8446 4.4.2 asks for it as SHOULD).
    pub in_order: bool,
    /// Positions of certificates that no path from the leaf uses, counted from 0.
    pub extra: Vec<usize>,
    /// Position of a self-signed certificate above the leaf: it can be left out.
    pub root_sent: Option<usize>,
    /// The issuer, as one line, that the topmost certificate of the path names and that is neither sent nor
    /// in a trust store.
    pub missing_issuer: Option<String>,
    /// Where that issuer can be fetched, from the certificate's authorityInfoAccess.
    pub missing_issuer_url: Option<String>,
    /// Position of the first certificate above the leaf with the name and the key of an anchor of some store: the
    /// path to that ends below it, so that its own validity and signature decide nothing, nor what lies above.
    #[serde(default)]
    pub anchor_sent: Option<usize>,
    /// The search for the path stopped after 100 signatures: nothing is known of what lies beyond its end, and
    /// nothing is said of certificates that no path uses.
    #[serde(default)]
    pub gave_up: bool,
}

/// A certificate of the chain that is known from elsewhere: of a product that opens TLS on the way, or of a root
/// that nobody may trust.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct KnownIssuer {
    /// The product or root.
    pub name: String,
    /// What it is.
    pub kind: KnownKind,
    /// Position of the certificate that was recognised, counted from 0 for the leaf.
    pub at: usize,
    /// By what.
    pub by: KnownBy,
    /// What was recognised, in its own words.
    pub matched: String,
    /// Where that is known from.
    pub source: String,
}

/// What a [`KnownIssuer`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum KnownKind {
    /// Security software on a computer, which opens its user's connections.
    SecurityProduct,
    /// A proxy or firewall that opens the connections of a network.
    Proxy,
    /// A tool of developers and testers.
    DeveloperTool,
    /// A root whose key is public or was misused.
    BadRoot,
}

/// How a [`KnownIssuer`] was recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum KnownBy {
    /// By a name, which anybody can write into a certificate.
    Name,
    /// By its key.
    Key,
}

/// What one trust store says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TrustDecision {
    /// `mozilla` or another root programme, `system` or `given`.
    pub store: String,
    /// A path to one of the store's anchors is valid for this host, now, for TLS servers.
    pub trusted: bool,
    /// Every reason against it, the deciding one first. Empty where trusted.
    pub rejections: Vec<Rejection>,
}

impl TrustDecision {
    /// True for the store of a root programme, which visitors have; this computer's own and the anchors that were
    /// given are not such.
    pub fn is_public(&self) -> bool {
        !matches!(self.store.as_str(), "system" | "given")
    }
}

/// A reason against a chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Rejection {
    /// The kind.
    pub kind: RejectionKind,
    /// Position of the certificate at fault, counted from 0 for the leaf.
    pub at: usize,
    /// What is wrong, in words a site owner can act on.
    pub detail: String,
    /// The standard that decides, for example `RFC 5280 6.1.3`.
    pub source: String,
}

/// The kinds of [`Rejection`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum RejectionKind {
    /// The certificate does not name the host.
    NameMismatch,
    /// Its validity has ended.
    Expired,
    /// Its validity has not begun.
    NotYetValid,
    /// It vouches for itself and is no anchor of the store.
    SelfSigned,
    /// The path ends in a root that is not in the store.
    UnknownRoot,
    /// The certificate that would link the leaf to a root was not sent.
    MissingIntermediate,
    /// A signature does not verify.
    BadSignature,
    /// A signature algorithm that is no longer accepted (SHA-1, MD5).
    WeakSignature,
    /// A key that is too small.
    WeakKey,
    /// A CA certificate used as a leaf, or a leaf as a CA.
    WrongRole,
    /// Not meant for TLS servers (extended key usage).
    WrongPurpose,
    /// A name constraint of an issuer forbids the name.
    NameConstraint,
    /// A critical extension that is not understood.
    UnknownCriticalExtension,
    /// Revoked.
    Revoked,
    /// Not DER, or not a certificate.
    Malformed,
    /// Anything else; the detail says what.
    Other,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_of_a_version_that_looked_less_is_read_as_such() {
        let old: Transparency = serde_json::from_str(r#"{"list": "2026-11-01", "timestamps": []}"#).unwrap();
        let places: Vec<_> = old.not_looked.iter().map(|gap| (gap.place, gap.why.kind)).collect();
        let not_asked = ReasonKind::NotAsked;
        assert_eq!(places, [(TimestampSource::Tls, not_asked), (TimestampSource::Ocsp, not_asked)]);
        let all = Transparency { not_looked: vec![], ..old };
        let text = serde_json::to_string(&all).unwrap();
        assert_eq!(serde_json::from_str::<Transparency>(&text).unwrap(), all);
    }
}
