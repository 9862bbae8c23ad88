//! OCSP answers (RFC 6960), verified: about this certificate, signed by who may, and when.

use midwatch_model::{OcspAnswer, OcspStatus, Time};
use sha1::Digest as _;
use sha2::{Digest, Sha256};
use x509_parser::prelude::{FromDer, X509Certificate};

use super::ct::{listed, public_key};
use super::der::{self, Element, Elements};
use super::issuer::{Issuer, reason_name};
use super::signed::{algorithms, signed_by};

/// The longest answer that is read, in bytes. Real ones have 300 to 3000.
pub(crate) const MAX_ANSWER: usize = 64 * 1024;
/// Certificates and single answers looked at within one answer.
const MAX_PARTS: usize = 16;

/// id-pkix-ocsp-basic, 1.3.6.1.5.5.7.48.1.1.
const BASIC: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x01];
/// id-sha1, 1.3.14.3.2.26.
const SHA1: &[u8] = &[0x2b, 0x0e, 0x03, 0x02, 0x1a];
/// id-sha256, 2.16.840.1.101.3.4.2.1.
const SHA256: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];

/// The contents of the OID of the timestamps' extension, 1.3.6.1.4.1.11129.2.4.5 (RFC 6962 section 3.3).
const TIMESTAMPS: &[u8] = &[0x2b, 0x06, 0x01, 0x04, 0x01, 0xd6, 0x79, 0x02, 0x04, 0x05];

/// The question about a certificate (RFC 6960 section 4.1.1), without a nonce: answers are made beforehand and
/// cached. The hashes are SHA-1, which every responder knows (RFC 5019 section 2.1.1); nothing rests on their
/// strength. None where the issuer's key cannot be read.
pub fn request(certificate: &X509Certificate<'_>, issuer: &Issuer) -> Option<Vec<u8>> {
    let key = public_key(&issuer.spki)?;
    let algorithm = [der::wrap(der::OID, SHA1), vec![0x05, 0x00]].concat();
    let id = [
        der::wrap(der::SEQUENCE, &algorithm),
        der::wrap(der::OCTETS, &sha1::Sha1::digest(certificate.issuer().as_raw())),
        der::wrap(der::OCTETS, &sha1::Sha1::digest(key)),
        der::wrap(der::INTEGER, certificate.raw_serial()),
    ];
    // CertID, Request, requestList, TBSRequest, OCSPRequest.
    let id = der::wrap(der::SEQUENCE, &id.concat());
    Some((0..4).fold(id, |inner, _| der::wrap(der::SEQUENCE, &inner)))
}

/// An answer, and what else it brought.
#[derive(Debug)]
pub struct Answer<'a> {
    /// What it says.
    pub says: OcspAnswer,
    /// The list of timestamps of logs; of a verified answer alone.
    pub timestamps: Option<&'a [u8]>,
}

/// What an answer says of `leaf`, which `issuer` has signed, at the time `now`.
pub fn answer<'a>(bytes: &'a [u8], leaf: &X509Certificate<'_>, issuer: &Issuer, now: Time) -> Answer<'a> {
    let bad = |why| Answer { says: OcspAnswer::Bad { why }, timestamps: None };
    read(bytes, leaf, issuer, now).unwrap_or_else(bad)
}

fn read<'a>(
    bytes: &'a [u8],
    leaf: &X509Certificate<'_>,
    issuer: &Issuer,
    now: Time,
) -> Result<Answer<'a>, String> {
    let parts = parse(bytes)?;
    signed(&parts, issuer, now)?;
    let singles = singles(&parts)?;
    let count = singles.len();
    let Some(single) = singles.into_iter().find(|single| is_about(single, leaf, issuer)) else {
        return Err(format!("none of its answers ({count}) is about this certificate"));
    };
    let Single { status, this_update, next_update, timestamps, .. } = single;
    Ok(Answer { says: OcspAnswer::Verified { status, this_update, next_update }, timestamps })
}

/// Reads an answer without verifying it, for those who try to break the reader: how many single answers it holds.
///
/// # Errors
/// In words, what is wrong with it.
#[doc(hidden)]
pub fn count(bytes: &[u8]) -> Result<usize, String> {
    singles(&parse(bytes)?).map(|singles| singles.len())
}

fn parse(bytes: &[u8]) -> Result<Parts<'_>, String> {
    if bytes.len() > MAX_ANSWER {
        return Err(format!("it has more than {MAX_ANSWER} bytes"));
    }
    parts(basic(bytes)?).ok_or_else(|| "it is not a basic OCSP response (RFC 6960 4.2.1)".into())
}

fn singles<'a>(parts: &Parts<'a>) -> Result<Vec<Single<'a>>, String> {
    let all = tbs_responses(&mut Elements(parts.tbs.contents));
    let all = all.ok_or("its response data cannot be read (RFC 6960 4.2.1)")?;
    let read = |one| single(one).ok_or_else(|| "an answer within it cannot be read (RFC 6960 4.2.1)".into());
    all.map(read).collect()
}

/// The BasicOCSPResponse within an OCSPResponse.
fn basic(bytes: &[u8]) -> Result<&[u8], String> {
    let malformed = || "it is not an OCSP response (RFC 6960 4.2.1)".to_owned();
    let mut response = Elements(der::only(bytes, der::SEQUENCE).ok_or_else(malformed)?);
    let status = response.tagged(der::ENUMERATED).ok_or_else(malformed)?;
    let says = match status.contents {
        [0] => None,
        [1] => Some("malformedRequest"),
        [2] => Some("internalError"),
        [3] => Some("tryLater"),
        [5] => Some("sigRequired"),
        [6] => Some("unauthorized"),
        _ => return Err(malformed()),
    };
    if let Some(says) = says {
        return Err(format!("the responder gave no answer but {says} (RFC 6960 2.3)"));
    }
    let body = response.tagged(der::context(0)).ok_or_else(malformed)?;
    let mut body = Elements(der::only(body.contents, der::SEQUENCE).ok_or_else(malformed)?);
    if body.tagged(der::OID).map(|oid| oid.contents) != Some(BASIC) {
        return Err("it is of a type other than id-pkix-ocsp-basic".into());
    }
    body.tagged(der::OCTETS).map(|octets| octets.contents).ok_or_else(malformed)
}

struct Parts<'a> {
    tbs: Element<'a>,
    algorithm: &'a [u8],
    signature: &'a [u8],
    certificates: Vec<&'a [u8]>,
}

fn parts(basic: &[u8]) -> Option<Parts<'_>> {
    let mut parts = Elements(der::only(basic, der::SEQUENCE)?);
    let tbs = parts.tagged(der::SEQUENCE)?;
    let algorithm = Elements(parts.tagged(der::SEQUENCE)?.contents).tagged(der::OID)?.contents;
    let signature = parts.tagged(der::BITS)?.contents.strip_prefix(&[0])?;
    let certificates = match parts.tagged(der::context(0)) {
        Some(field) => Elements(der::only(field.contents, der::SEQUENCE)?)
            .take(MAX_PARTS)
            .map(|certificate| certificate.whole)
            .collect(),
        None => Vec::new(),
    };
    parts.is_empty().then_some(Parts { tbs, algorithm, signature, certificates })
}

/// Signed by the issuer itself, or by somebody whom the issuer's certificate for that purpose allows to (RFC
/// 6960 section 4.2.2.2).
fn signed(parts: &Parts<'_>, issuer: &Issuer, now: Time) -> Result<(), String> {
    if algorithms(parts.algorithm).is_empty() {
        return Err("it is signed with an algorithm that is not accepted".into());
    }
    let by = |spki: &[u8]| signed_by(spki, parts.algorithm, parts.tbs.whole, parts.signature);
    if by(&issuer.spki) {
        return Ok(());
    }
    let mut why = "its signature is neither its issuer's nor that of a certificate that came with it";
    for bytes in &parts.certificates {
        let Ok((_, delegate)) = X509Certificate::from_der(bytes) else { continue };
        if !by(delegate.public_key().raw) {
            continue;
        }
        let purpose = delegate.extended_key_usage().ok().flatten();
        let valid = |time: &x509_parser::time::ASN1Time| time.timestamp();
        why = if delegate.issuer().as_raw() != issuer.subject || !issuer.has_signed(&delegate) {
            "it is signed by a certificate that this issuer did not issue (RFC 6960 4.2.2.2)"
        } else if !purpose.is_some_and(|usage| usage.value.ocsp_signing) {
            "it is signed by a certificate without the purpose OCSPSigning (RFC 6960 4.2.2.2)"
        } else if now.as_second() < valid(&delegate.validity().not_before)
            || now.as_second() > valid(&delegate.validity().not_after)
        {
            "it is signed by a certificate that is not valid now (RFC 6960 4.2.2.2)"
        } else {
            return Ok(());
        };
    }
    Err(why.into())
}

/// ResponseData: version, responderID and producedAt are left behind, and the answers come back.
fn tbs_responses<'a>(tbs: &mut Elements<'a>) -> Option<impl Iterator<Item = Element<'a>> + use<'a>> {
    tbs.tagged(der::context(0));
    tbs.next()?;
    tbs.tagged(der::TIME)?;
    Some(Elements(tbs.tagged(der::SEQUENCE)?.contents).take(MAX_PARTS))
}

struct Single<'a> {
    hash: &'a [u8],
    name_hash: &'a [u8],
    key_hash: &'a [u8],
    serial: &'a [u8],
    status: OcspStatus,
    this_update: Time,
    next_update: Option<Time>,
    timestamps: Option<&'a [u8]>,
}

fn single(one: Element<'_>) -> Option<Single<'_>> {
    let mut fields = Elements(one.contents);
    let mut id = Elements(fields.tagged(der::SEQUENCE)?.contents);
    let hash = Elements(id.tagged(der::SEQUENCE)?.contents).tagged(der::OID)?.contents;
    let (name_hash, key_hash) = (id.tagged(der::OCTETS)?.contents, id.tagged(der::OCTETS)?.contents);
    let serial = id.tagged(der::INTEGER)?.contents;
    let status = fields.next()?;
    let status = match status.tag {
        0x80 => OcspStatus::Good,
        0xa1 => {
            let mut revoked = Elements(status.contents);
            let at = time(revoked.tagged(der::TIME)?.contents)?;
            let reason =
                revoked.tagged(der::context(0)).and_then(|field| der::only(field.contents, der::ENUMERATED));
            OcspStatus::Revoked { at, reason: reason.and_then(reason_name).map(str::to_owned) }
        }
        0x82 => OcspStatus::Unknown,
        _ => return None,
    };
    let this_update = time(fields.tagged(der::TIME)?.contents)?;
    let next_update = match fields.tagged(der::context(0)) {
        Some(field) => Some(time(der::only(field.contents, der::TIME)?)?),
        None => None,
    };
    let timestamps = match fields.tagged(der::context(1)) {
        Some(field) => Elements(der::only(field.contents, der::SEQUENCE)?).find_map(|extension| {
            let mut parts = Elements(extension.contents);
            let is_it = parts.tagged(der::OID)?.contents == TIMESTAMPS;
            is_it.then(|| listed(parts)).flatten()
        }),
        None => None,
    };
    Some(Single { hash, name_hash, key_hash, serial, status, this_update, next_update, timestamps })
}

fn is_about(single: &Single<'_>, leaf: &X509Certificate<'_>, issuer: &Issuer) -> bool {
    let Some(key) = public_key(&issuer.spki) else { return false };
    let name = leaf.issuer().as_raw();
    let hashes = match single.hash {
        SHA1 => (sha1::Sha1::digest(name).to_vec(), sha1::Sha1::digest(key).to_vec()),
        SHA256 => (Sha256::digest(name).to_vec(), Sha256::digest(key).to_vec()),
        _ => return false,
    };
    single.serial == leaf.raw_serial() && (single.name_hash, single.key_hash) == (&hashes.0, &hashes.1)
}

/// GeneralizedTime as RFC 5280 section 4.1.2.5.2 has it: `YYYYMMDDHHMMSSZ`.
fn time(contents: &[u8]) -> Option<Time> {
    let text = std::str::from_utf8(contents).ok()?.strip_suffix('Z')?;
    if text.len() != 14 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part = |range: std::ops::Range<usize>| text.get(range);
    let (date, clock) =
        ((part(0..4)?, part(4..6)?, part(6..8)?), (part(8..10)?, part(10..12)?, part(12..14)?));
    format!("{}-{}-{}T{}:{}:{}Z", date.0, date.1, date.2, clock.0, clock.1, clock.2).parse().ok()
}
