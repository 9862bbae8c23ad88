//! Revocation lists (RFC 5280 section 5), verified: of this certificate's issuer, about such certificates, signed,
//! and when.
//!
//! webpki reads the list and looks the serial number up. Whether the list covers a certificate is decided here as
//! webpki decides it, since webpki does so for whole paths alone and does not say how long a list holds.

use midwatch_model::{OcspAnswer, OcspStatus, Time};
use webpki::{BorrowedCertRevocationList, Error};
use x509_parser::prelude::{FromDer as _, X509Certificate};
use x509_parser::time::ASN1Time;

use super::der::{self, Element, Elements};
use super::extensions;
use super::issuer::{Issuer, reason_name};
use super::parse;
use super::signed::{algorithms, signed_by};

/// The longest list that is read, in bytes.
pub(crate) const MAX_LIST: usize = 8 << 20;

/// What a list says of `certificate`, which `issuer` has signed. Whether it holds now is left to who judges.
pub fn answer(bytes: &[u8], certificate: &X509Certificate<'_>, issuer: &Issuer) -> OcspAnswer {
    read(bytes, certificate, issuer).unwrap_or_else(|unusable| match unusable {
        Unusable::Bad(why) => OcspAnswer::Bad { why },
        Unusable::NotSupported(why) => OcspAnswer::Unverified { why },
    })
}

/// Why a list says nothing.
enum Unusable {
    /// It is at fault.
    Bad(String),
    /// It may be sound, and is of a kind that is not read here.
    NotSupported(String),
}

impl From<String> for Unusable {
    fn from(why: String) -> Self {
        Unusable::Bad(why)
    }
}

impl From<&str> for Unusable {
    fn from(why: &str) -> Self {
        Unusable::Bad(why.into())
    }
}

/// webpki's reason against a list.
fn unusable(error: &Error) -> Unusable {
    match error {
        Error::UnsupportedCrlIssuingDistributionPoint
        | Error::UnsupportedIndirectCrl
        | Error::UnsupportedDeltaCrl
        | Error::UnsupportedRevocationReasonsPartitioning
        | Error::UnsupportedCriticalExtension => {
            Unusable::NotSupported(format!("it is a revocation list of a kind that is not read ({error})"))
        }
        error => Unusable::Bad(format!("it is not a revocation list that can be used ({error})")),
    }
}

fn read(bytes: &[u8], certificate: &X509Certificate<'_>, issuer: &Issuer) -> Result<OcspAnswer, Unusable> {
    if bytes.starts_with(b"-----BEGIN") {
        return Err("it is PEM, where DER is demanded (RFC 5280 4.2.1.13)".into());
    }
    let list: webpki::CertRevocationList<'_> =
        BorrowedCertRevocationList::from_der(bytes).map_err(|error| unusable(&error))?.into();
    let parts = parts(bytes).ok_or("it is not a revocation list (RFC 5280 5.1)")?;
    // webpki keeps a Name without its outer SEQUENCE.
    if der::only(certificate.issuer().as_raw(), der::SEQUENCE) != Some(list.issuer()) {
        return Err("it is of another issuer (RFC 5280 6.3.3 (b)(1))".into());
    }
    if let Some(scope) = list.issuing_distribution_point() {
        covers(scope, certificate)?;
    }
    if !issuer.signs_lists {
        return Err("its issuer's keyUsage does not allow it to sign lists (RFC 5280 6.3.3 (f))".into());
    }
    if algorithms(parts.algorithm).is_empty() {
        let why = "it is signed with an algorithm that is not verified here";
        return Err(Unusable::NotSupported(why.into()));
    }
    if !signed_by(&issuer.spki, parts.algorithm, parts.tbs.whole, parts.signature) {
        return Err("its signature is not its issuer's (RFC 5280 6.3.3 (g))".into());
    }
    let revoked = list
        .find_serial(certificate.raw_serial())
        .map_err(|error| format!("an entry within it cannot be read ({error})"))?;
    let status = match revoked {
        None => OcspStatus::Good,
        Some(revoked) => {
            let seconds = i64::try_from(revoked.revocation_date.as_secs()).unwrap_or(i64::MAX);
            let at =
                Time::from_second(seconds).map_err(|error| format!("a date within it is none ({error})"))?;
            let reason = revoked.reason_code.and_then(|reason| reason_name(&[reason as u8]));
            OcspStatus::Revoked { at, reason: reason.map(str::to_owned) }
        }
    };
    Ok(OcspAnswer::Verified { status, this_update: parts.this_update, next_update: parts.next_update })
}

struct Parts<'a> {
    tbs: Element<'a>,
    algorithm: &'a [u8],
    signature: &'a [u8],
    this_update: Time,
    next_update: Option<Time>,
}

fn parts(list: &[u8]) -> Option<Parts<'_>> {
    let mut parts = Elements(der::only(list, der::SEQUENCE)?);
    let tbs = parts.tagged(der::SEQUENCE)?;
    let algorithm = Elements(parts.tagged(der::SEQUENCE)?.contents).tagged(der::OID)?.contents;
    let signature = parts.tagged(der::BITS)?.contents.strip_prefix(&[0])?;
    let mut fields = Elements(tbs.contents);
    fields.tagged(der::INTEGER);
    fields.tagged(der::SEQUENCE)?;
    fields.tagged(der::SEQUENCE)?;
    let this_update = time(fields.next()?)?;
    let next_update = fields.next().filter(|field| matches!(field.tag, der::UTC_TIME | der::TIME));
    let next_update = match next_update {
        Some(field) => Some(time(field)?),
        None => None,
    };
    Some(Parts { tbs, algorithm, signature, this_update, next_update })
}

fn time(element: Element<'_>) -> Option<Time> {
    let (_, time) = ASN1Time::from_der(element.whole).ok()?;
    parse::time(&time)
}

/// Whether a list with this issuingDistributionPoint is about such a certificate (RFC 5280 sections 5.2.5 and 6.3.3
/// (b)(2)). Indirect lists, those for some reasons alone and those of attribute certificates webpki refuses.
fn covers(scope: &[u8], certificate: &X509Certificate<'_>) -> Result<(), String> {
    let malformed = || "its issuingDistributionPoint cannot be read (RFC 5280 5.2.5)".to_owned();
    // webpki may keep the extension with its SEQUENCE or without.
    let mut fields = Elements(der::only(scope, der::SEQUENCE).unwrap_or(scope));
    let point = fields.tagged(der::context(0));
    let mut flag = |number: u8| fields.tagged(0x80 | number).is_some_and(|flag| flag.contents != [0]);
    let (users, authorities) = (flag(1), flag(2));
    let is_ca = certificate.is_ca();
    if users && is_ca || authorities && !is_ca {
        let of = if users { "servers'" } else { "authorities'" };
        return Err(format!("it is about {of} certificates alone (RFC 5280 6.3.3 (b)(2))"));
    }
    let Some(point) = point else { return Ok(()) };
    // DistributionPointName: [0] fullName, a list of GeneralName, of which [6] is a URI.
    let names = Elements(point.contents).tagged(der::context(0)).ok_or_else(malformed)?;
    let own = extensions::of(certificate).crl_urls;
    let same = Elements(names.contents)
        .filter(|name| name.tag == 0x86)
        .any(|name| std::str::from_utf8(name.contents).is_ok_and(|uri| own.iter().any(|own| own == uri)));
    if same {
        Ok(())
    } else {
        Err("it is about the certificates of another distribution point (RFC 5280 6.3.3 (b)(2))".into())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_bytes_break_it(list: Vec<u8>) {
            let _ = parts(&list);
        }
    }
}
