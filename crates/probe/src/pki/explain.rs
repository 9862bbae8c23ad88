//! Why a chain is not trusted, at which certificate, and by which standard.
//!
//! webpki stops at its first reason. A site owner who mends that one should not meet the next only
//! afterwards, so every certificate of the path is looked at here; webpki's own reason leads the list.

use midwatch_model::{
    Certificate, ChainShape, NameMatch, ParsedCertificate, Rejection, RejectionKind, Time, TrustDecision,
};
use webpki::Error;
use x509_parser::prelude::X509Certificate;

use super::stores::{Refusal, Store};
use super::{culprit, parse};

/// Elliptic-curve keys below this are refused (CA/Browser Forum Baseline Requirements 6.1.5; P-256 is the
/// smallest curve allowed).
const MIN_EC: u32 = 256;
/// Larger certificates are not read by webpki.
const MAX_CERTIFICATE: usize = 65_535;

/// What is known of a chain, read once for all stores.
pub struct Looked<'l, 'c> {
    /// As sent, DER.
    pub chain: &'l [Vec<u8>],
    /// As reports have it.
    pub certificates: &'l [Certificate],
    /// As parsed; none where that failed.
    pub read: &'l [Option<X509Certificate<'c>>],
    /// The way up from the leaf.
    pub path: &'l [usize],
    /// Order and completeness.
    pub shape: &'l ChainShape,
    /// Whether the leaf names the host.
    pub name_match: &'l NameMatch,
    /// The moment of the decision.
    pub now: Time,
}

impl Looked<'_, '_> {
    /// The decision of one store with every reason against the chain.
    pub fn decision(&self, store: &Store, verdict: Result<(), Refusal>) -> TrustDecision {
        let name = store.name.to_owned();
        let refusal = match verdict {
            Ok(()) => return TrustDecision { store: name, trusted: true, rejections: Vec::new() },
            Err(refusal) => refusal,
        };
        let mut rejections = Vec::new();
        for (index, certificate) in self.certificates.iter().enumerate() {
            match &certificate.parsed {
                Some(parsed) if self.path.contains(&index) && !self.is_anchored(store, index) => {
                    rejections.extend(of_certificate(index, parsed, self.is_root(index), self.now));
                }
                None if index == 0 => rejections.push(reject(
                    RejectionKind::Malformed,
                    index,
                    "it is not a certificate that can be read (DER, X.509 version 3)",
                    "RFC 5280 4.1",
                )),
                _ => {}
            }
        }
        if let NameMatch::Mismatch { names } = self.name_match {
            rejections.insert(0, mismatch(names, self.certificates));
        }
        rejections.extend(self.of_path(store));
        let below = |&&index: &&usize| !self.is_root(index) && !self.is_anchored(store, index);
        for &index in self.path.iter().filter(below) {
            let Some(error) = culprit::fault(self.chain, index) else { continue };
            let fault = Rejection { at: index, ..self.of_refusal(store, &Refusal::Webpki(error)) };
            if !rejections.iter().any(|known| known.kind == fault.kind && known.at == index) {
                rejections.push(fault);
            }
        }
        let deciding = self.of_refusal(store, &refusal);
        // webpki's reason in our words where we found it too, at the certificate where we found it.
        let position = rejections.iter().position(|rejection| same_cause(rejection, &deciding));
        let deciding = match position {
            Some(position) => rejections.remove(position),
            None => deciding,
        };
        rejections.insert(0, deciding);
        TrustDecision { store: name, trusted: false, rejections }
    }

    /// The certificate, or one below it on the path, has the name and the key of an anchor of this store: its own
    /// dates and signature decide nothing.
    fn is_anchored(&self, store: &Store, index: usize) -> bool {
        let upto = self.path.iter().position(|&other| other == index).map_or(0, |position| position + 1);
        self.path.iter().take(upto).skip(1).any(|&at| {
            self.read.get(at).and_then(Option::as_ref).is_some_and(|certificate| {
                store.has_anchor(certificate.subject().as_raw(), certificate.public_key().raw)
            })
        })
    }

    /// The certificate at the top of the path vouches for itself: it is an anchor or nothing, and how it is
    /// written does not matter.
    fn is_root(&self, index: usize) -> bool {
        let parsed = self.certificates.get(index).and_then(|sent| sent.parsed.as_ref());
        index > 0 && self.path.last() == Some(&index) && parsed.is_some_and(|parsed| parsed.self_signed)
    }

    /// What is wrong with the way from the leaf to a root.
    fn of_path(&self, store: &Store) -> Option<Rejection> {
        let index = *self.path.last()?;
        let top = self.read.get(index)?.as_ref()?;
        if self.shape.gave_up || self.is_anchored(store, index) {
            return None;
        }
        let issuer = parse::name(top.issuer());
        if self.certificates.get(index)?.parsed.as_ref()?.self_signed {
            if store.has_subject(top.subject().as_raw()) {
                return None;
            }
            return Some(if index == 0 {
                reject(RejectionKind::SelfSigned, 0, "it vouches for itself", "RFC 5280 6.1.1 (d)")
            } else {
                let detail = format!("the chain ends in the root {issuer}, which is not in this store");
                reject(RejectionKind::UnknownRoot, index, detail, "RFC 5280 6.1.1 (d)")
            });
        }
        if top.issuer().iter_rdn().next().is_none() {
            let detail = "it does not name its issuer, so that no way leads on from it";
            return Some(reject(RejectionKind::Malformed, index, detail, "RFC 5280 4.1.2.4"));
        }
        if store.has_subject(top.issuer().as_raw()) {
            return None;
        }
        // A leaf alone under a name that no store knows: a public CA says where its intermediate can be had,
        // and somebody who gave a root expects the way to it to be sent. Otherwise the issuer is as likely a
        // private root, which nobody sends.
        let intermediate =
            self.path.len() == 1 && (self.shape.missing_issuer_url.is_some() || store.name == "given");
        Some(if intermediate {
            let detail = format!("the certificate of its issuer, {issuer}, was not sent");
            reject(RejectionKind::MissingIntermediate, index, detail, "RFC 5246 7.4.2; RFC 8446 4.4.2")
        } else {
            let detail = format!("its issuer, {issuer}, was not sent and is not in this store");
            reject(RejectionKind::UnknownRoot, index, detail, "RFC 5280 6.1.1 (d)")
        })
    }
}

fn reject(kind: RejectionKind, at: usize, detail: impl Into<String>, source: &str) -> Rejection {
    Rejection { kind, at, detail: detail.into(), source: source.into() }
}

fn mismatch(names: &[String], certificates: &[Certificate]) -> Rejection {
    let common_name = certificates
        .first()
        .and_then(|leaf| leaf.parsed.as_ref())
        .and_then(|parsed| parsed.common_name.as_deref());
    let detail = match (names, common_name) {
        ([], Some(name)) => {
            format!("it has no subjectAltName; its common name {name} is not looked at by any browser")
        }
        ([], None) => "it names no host at all".to_owned(),
        (names, _) => format!("it is for {}", names.join(", ")),
    };
    reject(RejectionKind::NameMismatch, 0, detail, "RFC 9525 6.1")
}

/// What is wrong with one certificate of the path by itself. A root that was sent is an anchor or nothing:
/// its signature and its validity say nothing.
fn of_certificate(index: usize, parsed: &ParsedCertificate, root: bool, now: Time) -> Vec<Rejection> {
    let mut rejections = Vec::new();
    if !root && now > parsed.not_after {
        let detail = format!("its validity ended on {}", day(parsed.not_after));
        rejections.push(reject(RejectionKind::Expired, index, detail, "RFC 5280 4.1.2.5 and 6.1.3 (a)(2)"));
    }
    if !root && now < parsed.not_before {
        let detail = format!("its validity begins on {}", day(parsed.not_before));
        rejections.push(reject(
            RejectionKind::NotYetValid,
            index,
            detail,
            "RFC 5280 4.1.2.5 and 6.1.3 (a)(2)",
        ));
    }
    if !root && index > 0 {
        rejections.extend(of_issuer(index, parsed));
    }
    if !parsed.self_signed && is_weak_signature(&parsed.signature_algorithm) {
        let detail = format!("it is signed with {}", parsed.signature_algorithm);
        rejections.push(reject(
            RejectionKind::WeakSignature,
            index,
            detail,
            "CA/Browser Forum Baseline Requirements 7.1.3.2; RFC 6194",
        ));
    }
    let weak = match parsed.key_algorithm.as_str() {
        "RSA" => parsed.key_bits < culprit::MIN_RSA,
        "EC" => parsed.key_bits < MIN_EC,
        "DSA" => true,
        _ => false,
    };
    if weak {
        let detail = format!("its key is {} with {} bits", parsed.key_algorithm, parsed.key_bits);
        rejections.push(reject(
            RejectionKind::WeakKey,
            index,
            detail,
            "CA/Browser Forum Baseline Requirements 6.1.5",
        ));
    }
    rejections
}

/// What keeps a certificate above the leaf from issuing others.
fn of_issuer(index: usize, parsed: &ParsedCertificate) -> Option<Rejection> {
    let usage = parsed.extensions.as_ref().and_then(|extensions| extensions.key_usage.as_deref());
    if !parsed.is_ca {
        Some(reject(RejectionKind::WrongRole, index, NO_AUTHORITY, NO_AUTHORITY_SOURCE))
    } else if usage.is_some_and(|usage| !usage.iter().any(|bit| bit == "keyCertSign")) {
        Some(reject(RejectionKind::WrongRole, index, NOT_FOR_SIGNING, NOT_FOR_SIGNING_SOURCE))
    } else {
        None
    }
}

const NO_AUTHORITY: &str = "it is used to issue certificates and is not a CA's (basicConstraints)";
const NO_AUTHORITY_SOURCE: &str = "RFC 5280 4.2.1.9 and 6.1.4 (k)";
const NOT_FOR_SIGNING: &str =
    "it is used to issue certificates, and its key usage does not allow that (keyCertSign)";
const NOT_FOR_SIGNING_SOURCE: &str = "RFC 5280 4.2.1.3 and 6.1.4 (n)";

fn is_weak_signature(algorithm: &str) -> bool {
    let name = algorithm.to_ascii_lowercase();
    ["sha1", "sha-1", "md5", "md2", "md4"].iter().any(|hash| name.contains(hash))
        || name == "1.2.840.10045.4.1"
}

/// Two reasons that name one cause: webpki says "unknown issuer" for all of the first group.
fn same_cause(found: &Rejection, deciding: &Rejection) -> bool {
    use RejectionKind as Kind;
    match (found.kind, deciding.kind) {
        // A role has several rules, and a certificate may break more than one.
        (Kind::WrongRole, Kind::WrongRole) => found.at == deciding.at && found.source == deciding.source,
        (Kind::Malformed, Kind::UnknownRoot) => found.source == "RFC 5280 4.1.2.4",
        (Kind::SelfSigned | Kind::MissingIntermediate, Kind::UnknownRoot) => true,
        (Kind::SelfSigned, Kind::WrongRole) => true,
        // Validity that ended, keys and signatures: the very certificate that webpki means.
        (
            Kind::Expired | Kind::NotYetValid | Kind::WeakKey | Kind::WeakSignature | Kind::Malformed,
            deciding_kind,
        ) => found.kind == deciding_kind && found.at == deciding.at,
        (found, deciding) => found == deciding,
    }
}

impl Looked<'_, '_> {
    /// webpki's reason in a report's words.
    fn of_refusal(&self, store: &Store, refusal: &Refusal) -> Rejection {
        use RejectionKind as Kind;
        let error = match refusal {
            Refusal::Webpki(error) => error,
            Refusal::NoSuchServerName => {
                let detail = "the host cannot stand in any certificate";
                return reject(Kind::NameMismatch, 0, detail, "RFC 9525 6.1");
            }
            Refusal::LoggedTooLate(date) => {
                let detail = format!(
                    "this programme trusts its root only for certificates that a log knew by {}, and none of its \
                 timestamps proves that",
                    day(*date)
                );
                return reject(Kind::UnknownRoot, 0, detail, "the root programme's constraint SCTNotAfter");
            }
            Refusal::NotForSigning => {
                let at = culprit::not_for_signing(self.read, self.path).unwrap_or(0);
                return reject(Kind::WrongRole, at, NOT_FOR_SIGNING, NOT_FOR_SIGNING_SOURCE);
            }
            Refusal::Empty => {
                return reject(Kind::Malformed, 0, "no certificate was sent", "RFC 8446 4.4.2.4");
            }
        };
        let (read, path) = (self.read, self.path);
        // Which certificate it was, webpki does not say. Where only one can be meant, that one is named.
        let authority = path.get(1).copied().unwrap_or(0);
        // What is wrong with the writing of a certificate, webpki meets again when it reads that one by itself.
        let unreadable = || culprit::unreadable(self.chain, error).unwrap_or(0);
        let (kind, at, detail, source) = match error {
            Error::CertNotValidForName(_) => {
                (Kind::NameMismatch, 0, "it does not name the host".into(), "RFC 9525 6.1")
            }
            Error::CertExpired { not_after, .. } => {
                let at = culprit::dated(read, path, not_after.as_secs(), true).unwrap_or(0);
                (Kind::Expired, at, "its validity has ended".into(), "RFC 5280 4.1.2.5 and 6.1.3 (a)(2)")
            }
            Error::CertNotValidYet { not_before, .. } => {
                let at = culprit::dated(read, path, not_before.as_secs(), false).unwrap_or(0);
                (
                    Kind::NotYetValid,
                    at,
                    "its validity has not begun".into(),
                    "RFC 5280 4.1.2.5 and 6.1.3 (a)(2)",
                )
            }
            Error::InvalidCertValidity => {
                let at = culprit::backwards(read, path).unwrap_or(0);
                (Kind::Malformed, at, "its validity ends before it begins".into(), "RFC 5280 4.1.2.5")
            }
            Error::UnknownIssuer => {
                (Kind::UnknownRoot, 0, "no path to a root of this store".into(), "RFC 5280 6.1.1 (d)")
            }
            Error::CaUsedAsEndEntity => {
                let detail = "it is a certificate of a CA (basicConstraints CA:TRUE), used as a server's";
                (Kind::WrongRole, 0, detail.into(), "RFC 5280 4.2.1.9")
            }
            Error::EndEntityUsedAsCa => {
                let at = culprit::not_an_authority(read, path).unwrap_or(authority);
                (Kind::WrongRole, at, NO_AUTHORITY.into(), NO_AUTHORITY_SOURCE)
            }
            Error::PathLenConstraintViolated => {
                let (at, detail) = culprit::path_length(read, path)
                    .or_else(|| self.self_issued())
                    .unwrap_or((authority, "more intermediates follow than it allows".into()));
                (Kind::WrongRole, at, detail, "RFC 5280 4.2.1.9 and 6.1.4 (l)")
            }
            Error::RequiredEkuNotFoundContext(_) => {
                let at = culprit::purpose(read, path).unwrap_or(0);
                let detail = "its extended key usage does not allow TLS servers (serverAuth)";
                (Kind::WrongPurpose, at, detail.into(), "RFC 5280 4.2.1.12")
            }
            Error::NameConstraintViolation => {
                let (at, detail) = culprit::name_constraint(read, path)
                    .unwrap_or((authority, "a name constraint forbids the host".into()));
                (Kind::NameConstraint, at, detail, "RFC 5280 4.2.1.10 and 6.1.3 (b), (c)")
            }
            Error::UnsupportedCriticalExtension => {
                let (at, detail) = culprit::critical_extension(read, path)
                    .unwrap_or((unreadable(), "it has a critical extension that is not understood".into()));
                (Kind::UnknownCriticalExtension, at, detail, "RFC 5280 4.2")
            }
            Error::InvalidSerialNumber => {
                let detail = "its serial number is zero, negative or longer than 20 octets";
                (Kind::Malformed, unreadable(), detail.into(), "RFC 5280 4.1.2.2")
            }
            Error::MaximumSignatureChecksExceeded
            | Error::MaximumPathBuildCallsExceeded
            | Error::MaximumPathDepthExceeded
            | Error::MaximumNameConstraintComparisonsExceeded => {
                let detail =
                    format!("looking for a path to a root takes more work than is spent on it ({error})");
                (Kind::Other, 0, detail, LIMITS)
            }
            Error::CertRevoked => (Kind::Revoked, 0, "it is revoked".into(), "RFC 5280 6.3"),
            Error::InvalidSignatureForPublicKey => return self.of_signature(store),
            Error::UnsupportedSignatureAlgorithmContext(_)
            | Error::UnsupportedSignatureAlgorithmForPublicKeyContext(_) => {
                let at = path.iter().copied().find(|&index| signs_oddly(read, index)).unwrap_or(0);
                let detail = "it is signed with an algorithm that is not accepted";
                (Kind::WeakSignature, at, detail.into(), "CA/Browser Forum Baseline Requirements 7.1.3.2")
            }
            Error::BadDer
            | Error::BadDerTime
            | Error::TrailingData(_)
            | Error::MalformedExtensions
            | Error::ExtensionValueInvalid => {
                let at = unreadable();
                match self.chain.get(at).map(Vec::len).filter(|&length| length > MAX_CERTIFICATE) {
                    Some(length) => {
                        let detail = format!("it has {length} bytes, more than a certificate is read with");
                        (Kind::Other, at, detail, LIMITS)
                    }
                    None => {
                        let detail = format!("it is not encoded as it must be ({error})");
                        (Kind::Malformed, at, detail, "RFC 5280 4.1")
                    }
                }
            }
            Error::EmptyEkuExtension => {
                let at = culprit::no_purpose(read, path).unwrap_or(0);
                let detail = "its extended key usage is empty, so that it is meant for nothing";
                (Kind::WrongPurpose, at, detail.into(), "RFC 5280 4.2.1.12")
            }
            Error::MalformedNameConstraint | Error::InvalidNetworkMaskConstraint => {
                let detail = format!("it has a name constraint that is not written as it must be ({error})");
                (Kind::NameConstraint, authority, detail, "RFC 5280 4.2.1.10")
            }
            Error::MalformedDnsIdentifier => {
                let detail = "it holds a DNS name that is none, which no constraint can be held against";
                (Kind::Malformed, 0, detail.into(), "RFC 5280 4.2.1.6")
            }
            Error::UnsupportedCertVersion => {
                (Kind::Malformed, unreadable(), "it is not of version 3".into(), "RFC 5280 4.1.2.1")
            }
            Error::SignatureAlgorithmMismatch => {
                let detail = "it names two signature algorithms";
                (Kind::Malformed, unreadable(), detail.into(), "RFC 5280 4.1.1.2")
            }
            other => (Kind::Other, 0, other.to_string(), "RFC 5280 6.1"),
        };
        reject(kind, at, detail, source)
    }

    /// Why a signature did not verify: it is wrong, the root's key is too small to be used, or none is wrong.
    fn of_signature(&self, store: &Store) -> Rejection {
        use RejectionKind as Kind;
        if let Some((at, bits)) = culprit::small_root(store, self.read, self.path) {
            let detail = format!("the root that signed it has an RSA key with {bits} bits");
            let source = "CA/Browser Forum Baseline Requirements 6.1.5";
            return reject(Kind::WeakKey, at, detail, source);
        }
        let small = |&index: &usize| {
            let parsed = self.certificates.get(index)?.parsed.as_ref()?;
            let rejections = of_certificate(index, parsed, self.is_root(index), self.now);
            rejections.into_iter().find(|rejection| rejection.kind == Kind::WeakKey)
        };
        // The leaf's own key signs nothing here.
        if let Some(rejection) = self.path.iter().skip(1).find_map(small) {
            return rejection;
        }
        if let Some(at) = culprit::bad_signature(store, self.read, self.path) {
            let detail = "the signature of its issuer does not verify";
            return reject(Kind::BadSignature, at, detail, "RFC 5280 6.1.3 (a)(1)");
        }
        let (at, detail) = self
            .self_issued()
            .unwrap_or((0, "of the paths that were tried none has signatures that all verify".into()));
        reject(Kind::Other, at, detail, "RFC 5280 6.1.3 (b), (c) and 6.1.4 (l)")
    }

    /// An issuer that RFC 5280 excepts and webpki does not.
    fn self_issued(&self) -> Option<(usize, String)> {
        let at = culprit::self_issued(self.read, self.path)?;
        let detail = "it bears the name of its own issuer (self-issued): rustls-webpki holds path lengths and \
                      name constraints against such a certificate as well, which the standard does not";
        Some((at, detail.into()))
    }
}

const LIMITS: &str = "rustls-webpki's limits; no standard has one";

/// True where its signature algorithm is none of those that authorities may use.
fn signs_oddly(read: &[Option<X509Certificate<'_>>], index: usize) -> bool {
    let certificate = read.get(index).and_then(Option::as_ref);
    certificate.is_some_and(|certificate| {
        let name = parse::signature_algorithm(certificate).to_ascii_lowercase();
        is_weak_signature(&name)
            || !["sha256", "sha384", "sha512", "rsassa-pss", "ed25519"].iter().any(|hash| name.contains(hash))
    })
}

fn day(time: Time) -> String {
    time.strftime("%Y-%m-%d").to_string()
}
