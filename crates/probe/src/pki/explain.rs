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

/// RSA keys below this are refused (CA/Browser Forum Baseline Requirements 6.1.5).
const MIN_RSA: u32 = 2048;
/// Elliptic-curve keys below this are refused (the same; P-256 is the smallest curve allowed).
const MIN_EC: u32 = 256;

/// The decision of one store with every reason against the chain.
#[allow(clippy::too_many_arguments)] // What is known of a chain, read once by the caller.
pub fn decision(
    store: &Store,
    verdict: Result<(), Refusal>,
    name_match: &NameMatch,
    certificates: &[Certificate],
    read: &[Option<X509Certificate<'_>>],
    path: &[usize],
    shape: &ChainShape,
    now: Time,
) -> TrustDecision {
    let name = store.name.to_owned();
    let refusal = match verdict {
        Ok(()) => return TrustDecision { store: name, trusted: true, rejections: Vec::new() },
        Err(refusal) => refusal,
    };
    let mut rejections = Vec::new();
    for (index, certificate) in certificates.iter().enumerate() {
        match &certificate.parsed {
            Some(parsed) if path.contains(&index) => {
                rejections.extend(of_certificate(index, parsed, path.last() == Some(&index), now));
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
    if let NameMatch::Mismatch { names } = name_match {
        rejections.insert(0, mismatch(names, certificates));
    }
    rejections.extend(of_path(store, read, path, shape));
    let deciding = of_refusal(&refusal, read, path);
    // webpki's reason in our words where we found it too, at the certificate where we found it.
    let position = deciding.as_ref().and_then(|deciding| {
        rejections.iter().position(|rejection| same_cause(rejection.kind, deciding.kind))
    });
    match (position, deciding) {
        (Some(position), _) => {
            let rejection = rejections.remove(position);
            rejections.insert(0, rejection);
        }
        (None, Some(deciding)) => rejections.insert(0, deciding),
        (None, None) => {}
    }
    TrustDecision { store: name, trusted: false, rejections }
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
fn of_certificate(index: usize, parsed: &ParsedCertificate, top: bool, now: Time) -> Vec<Rejection> {
    let mut rejections = Vec::new();
    let root = top && parsed.self_signed && index > 0;
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
        "RSA" => parsed.key_bits < MIN_RSA,
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

fn is_weak_signature(algorithm: &str) -> bool {
    let name = algorithm.to_ascii_lowercase();
    ["sha1", "sha-1", "md5", "md2", "md4"].iter().any(|hash| name.contains(hash))
        || name == "1.2.840.10045.4.1"
}

/// What is wrong with the way from the leaf to a root.
fn of_path(
    store: &Store,
    read: &[Option<X509Certificate<'_>>],
    path: &[usize],
    shape: &ChainShape,
) -> Option<Rejection> {
    let index = *path.last()?;
    let top = read.get(index)?.as_ref()?;
    let issuer = parse::name(top.issuer());
    if parse::is_self_signed(top) {
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
    if store.has_subject(top.issuer().as_raw()) {
        return None;
    }
    // A leaf alone under a name that no store knows: a public CA says where its intermediate can be had,
    // and somebody who gave a root expects the way to it to be sent. Otherwise the issuer is as likely a
    // private root, which nobody sends.
    let intermediate = path.len() == 1 && (shape.missing_issuer_url.is_some() || store.name == "given");
    Some(if intermediate {
        let detail = format!("the certificate of its issuer, {issuer}, was not sent");
        reject(RejectionKind::MissingIntermediate, index, detail, "RFC 5246 7.4.2; RFC 8446 4.4.2")
    } else {
        let detail = format!("its issuer, {issuer}, was not sent and is not in this store");
        reject(RejectionKind::UnknownRoot, index, detail, "RFC 5280 6.1.1 (d)")
    })
}

/// Two kinds that name one cause: webpki says "unknown issuer" for all of the first group.
fn same_cause(found: RejectionKind, deciding: RejectionKind) -> bool {
    use RejectionKind as Kind;
    found == deciding
        || deciding == Kind::UnknownRoot
            && matches!(found, Kind::SelfSigned | Kind::MissingIntermediate | Kind::UnknownRoot)
        || matches!(deciding, Kind::WrongRole) && found == Kind::SelfSigned
}

/// webpki's reason in a report's words.
fn of_refusal(refusal: &Refusal, read: &[Option<X509Certificate<'_>>], path: &[usize]) -> Option<Rejection> {
    use RejectionKind as Kind;
    let error = match refusal {
        Refusal::Webpki(error) => error,
        Refusal::NoSuchServerName => {
            let detail = "the host cannot stand in any certificate";
            return Some(reject(Kind::NameMismatch, 0, detail, "RFC 9525 6.1"));
        }
        Refusal::LoggedTooLate(date) => {
            let detail = format!(
                "this programme trusts its root only for certificates that a log knew by {}, and none of its \
                 timestamps proves that",
                day(*date)
            );
            return Some(reject(Kind::UnknownRoot, 0, detail, "the root programme's constraint SCTNotAfter"));
        }
        Refusal::Empty => {
            return Some(reject(Kind::Malformed, 0, "no certificate was sent", "RFC 8446 4.4.2.4"));
        }
    };
    // Which certificate it was, webpki does not say. Where only one can be meant, that one is named.
    let authority = path.get(1).copied().unwrap_or(0);
    let (kind, at, detail, source) = match error {
        Error::CertNotValidForName(_) => {
            (Kind::NameMismatch, 0, "it does not name the host".into(), "RFC 9525 6.1")
        }
        Error::CertExpired { .. } => {
            (Kind::Expired, 0, "its validity has ended".into(), "RFC 5280 6.1.3 (a)(2)")
        }
        Error::CertNotValidYet { .. } => {
            (Kind::NotYetValid, 0, "its validity has not begun".into(), "RFC 5280 6.1.3 (a)(2)")
        }
        Error::InvalidCertValidity => {
            (Kind::Malformed, 0, "its validity ends before it begins".into(), "RFC 5280 4.1.2.5")
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
            let detail = "it is used to issue certificates and is not a CA's";
            (Kind::WrongRole, at, detail.into(), "RFC 5280 4.2.1.9")
        }
        Error::PathLenConstraintViolated => {
            let (at, detail) = culprit::path_length(read, path)
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
                .unwrap_or((0, "it has a critical extension that is not understood".into()));
            (Kind::UnknownCriticalExtension, at, detail, "RFC 5280 4.2")
        }
        Error::InvalidSerialNumber => {
            let detail = "its serial number is zero, negative or longer than 20 octets";
            (Kind::Malformed, 0, detail.into(), "RFC 5280 4.1.2.2")
        }
        Error::MaximumSignatureChecksExceeded
        | Error::MaximumPathBuildCallsExceeded
        | Error::MaximumPathDepthExceeded
        | Error::MaximumNameConstraintComparisonsExceeded => {
            let detail =
                format!("looking for a path to a root takes more work than is spent on it ({error})");
            (Kind::Other, 0, detail, "rustls-webpki's limits; no standard has one")
        }
        Error::CertRevoked => (Kind::Revoked, 0, "it is revoked".into(), "RFC 5280 6.3"),
        Error::InvalidSignatureForPublicKey => {
            let at = bad_signature(read);
            (
                Kind::BadSignature,
                at,
                "the signature of its issuer does not verify".into(),
                "RFC 5280 6.1.3 (a)(1)",
            )
        }
        Error::UnsupportedSignatureAlgorithmContext(_)
        | Error::UnsupportedSignatureAlgorithmForPublicKeyContext(_) => {
            let at = path.iter().copied().find(|&index| signs_weakly(read, index)).unwrap_or(0);
            let detail = "it is signed with an algorithm that is not accepted";
            (Kind::WeakSignature, at, detail.into(), "CA/Browser Forum Baseline Requirements 7.1.3.2")
        }
        Error::BadDer | Error::BadDerTime | Error::TrailingData(_) | Error::ExtensionValueInvalid => {
            (Kind::Malformed, 0, format!("it is not encoded as it must be ({error})"), "RFC 5280 4.1")
        }
        Error::EmptyEkuExtension => {
            let detail = "its extended key usage is empty, so that it is meant for nothing";
            (Kind::WrongPurpose, 0, detail.into(), "RFC 5280 4.2.1.12")
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
            (Kind::Malformed, 0, "it is not of version 3".into(), "RFC 5280 4.1.2.1")
        }
        Error::SignatureAlgorithmMismatch => {
            (Kind::Malformed, 0, "it names two signature algorithms".into(), "RFC 5280 4.1.1.2")
        }
        other => (Kind::Other, 0, other.to_string(), "RFC 5280 6.1"),
    };
    Some(reject(kind, at, detail, source))
}

fn signs_weakly(read: &[Option<X509Certificate<'_>>], index: usize) -> bool {
    let certificate = read.get(index).and_then(Option::as_ref);
    certificate.is_some_and(|certificate| is_weak_signature(&parse::signature_algorithm(certificate)))
}

/// The first certificate whose issuer was sent and whose signature that issuer's key did not make.
fn bad_signature(read: &[Option<X509Certificate<'_>>]) -> usize {
    let certificates = || read.iter().enumerate().filter_map(|(index, read)| Some((index, read.as_ref()?)));
    let bad = certificates().find(|(index, certificate)| {
        certificates().any(|(other, issuer)| {
            other != *index
                && issuer.subject().as_raw() == certificate.issuer().as_raw()
                && certificate.verify_signature(Some(issuer.public_key())).is_err()
        })
    });
    bad.map_or(0, |(index, _)| index)
}

fn day(time: Time) -> String {
    time.strftime("%Y-%m-%d").to_string()
}
