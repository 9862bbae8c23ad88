//! Certificate Transparency (RFC 6962): the timestamps of a leaf, verified against a list of logs.
//!
//! A log signs the certificate as it was before its timestamps went in. That form is cut out of the leaf byte
//! by byte ([`precertificate`]): only the extension with the timestamps goes, and the lengths around it change.

use midwatch_model::{LogState, Time, Timestamp, TimestampSignature, TimestampSource, Transparency};
use midwatch_wire::reader::WireError;
use midwatch_wire::tls::sct::{self, MAX_TIMESTAMPS, Sct};
use rustls_pki_types::SignatureVerificationAlgorithm;
use sha2::{Digest, Sha256};

use super::der::{self, Elements};

/// The contents of the OID of the timestamps' extension, 1.3.6.1.4.1.11129.2.4.2 (RFC 6962 section 3.3).
const EMBEDDED: &[u8] = &[0x2b, 0x06, 0x01, 0x04, 0x01, 0xd6, 0x79, 0x02, 0x04, 0x02];

/// A log as a list names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CtLog {
    /// SHA-256 of `key`.
    pub id: [u8; 32],
    /// The SubjectPublicKeyInfo, DER.
    pub key: Vec<u8>,
    /// Its name.
    pub name: String,
    /// Who runs it. Policies count operators and not logs.
    pub operator: String,
    /// Its state.
    pub state: LogState,
}

/// A list of logs.
#[derive(Clone, Debug, Default)]
pub struct LogList {
    /// Its date, RFC 3339.
    pub date: String,
    /// The logs.
    pub logs: Vec<CtLog>,
}

/// What the timestamps within `leaf` (DER) and those that came otherwise are worth.
///
/// `issuer` is the SubjectPublicKeyInfo of the certificate above it, where that is known. `others` are lists of
/// timestamps as they came in the handshake or an OCSP answer: those are about the leaf as it is. Which places
/// were looked at is for the caller to say.
pub fn transparency(
    leaf: &[u8],
    issuer: Option<&[u8]>,
    others: &[(TimestampSource, &[u8])],
    list: &LogList,
) -> Transparency {
    let mut timestamps = Vec::new();
    if let Some(cut) = precertificate(leaf) {
        let entry = issuer.map(|issuer| precert_entry(issuer, &cut.tbs));
        let come = TimestampSource::Certificate;
        timestamps.extend(sct::list(cut.list).map(|sct| verify(come, sct, entry.as_deref(), list)));
    }
    let entry = x509_entry(leaf);
    for (come, bytes) in others {
        timestamps.extend(sct::list(bytes).map(|sct| verify(*come, sct, Some(&entry), list)));
    }
    timestamps.truncate(MAX_TIMESTAMPS);
    Transparency { list: list.date.clone(), timestamps, not_looked: Vec::new() }
}

/// The part of a leaf that the logs signed, and what was cut out.
#[derive(Debug, PartialEq, Eq)]
struct Cut<'a> {
    /// TBSCertificate without the timestamps.
    tbs: Vec<u8>,
    /// The SignedCertificateTimestampList, in TLS encoding.
    list: &'a [u8],
}

/// Cuts the timestamps out; none where there are none.
fn precertificate(leaf: &[u8]) -> Option<Cut<'_>> {
    let tbs = Elements(der::only(leaf, der::SEQUENCE)?).tagged(der::SEQUENCE)?;
    let (mut before, mut list) = (Vec::new(), None);
    for field in Elements(tbs.contents) {
        if field.tag != der::context(3) {
            before.extend_from_slice(field.whole);
            continue;
        }
        let mut kept = Vec::new();
        for extension in Elements(der::only(field.contents, der::SEQUENCE)?) {
            let mut parts = Elements(extension.contents);
            if parts.tagged(der::OID)?.contents == EMBEDDED {
                list = listed(parts);
            } else {
                kept.extend_from_slice(extension.whole);
            }
        }
        // Extensions ::= SEQUENCE SIZE (1..MAX): with none left the field itself goes.
        if !kept.is_empty() {
            before.extend(der::wrap(der::context(3), &der::wrap(der::SEQUENCE, &kept)));
        }
    }
    Some(Cut { tbs: der::wrap(der::SEQUENCE, &before), list: list? })
}

/// The list of timestamps within what stands behind an extension's OID. A certificate and an OCSP answer wrap it
/// alike: an OCTET STRING within the extension's own.
pub(super) fn listed<'a>(mut extension: Elements<'a>) -> Option<&'a [u8]> {
    der::only(extension.find(|part| part.tag == der::OCTETS)?.contents, der::OCTETS)
}

/// What is signed of a certificate with embedded timestamps: entry type and entry.
fn precert_entry(issuer: &[u8], tbs: &[u8]) -> Vec<u8> {
    let mut entry = vec![0, 1];
    entry.extend_from_slice(&Sha256::digest(issuer));
    with_length(&mut entry, tbs);
    entry
}

/// What is signed of a certificate as it is.
fn x509_entry(leaf: &[u8]) -> Vec<u8> {
    let mut entry = vec![0, 0];
    with_length(&mut entry, leaf);
    entry
}

fn with_length(entry: &mut Vec<u8>, bytes: &[u8]) {
    // Certificates of a handshake are below 2^24 octets: their own length has three there too.
    entry.extend(bytes.len().to_be_bytes().into_iter().skip(size_of::<usize>() - 3));
    entry.extend_from_slice(bytes);
}

fn verify(
    from: TimestampSource,
    sct: Result<Sct<'_>, WireError>,
    entry: Option<&[u8]>,
    list: &LogList,
) -> Timestamp {
    let Ok(sct) = sct else {
        let signature = TimestampSignature::Malformed;
        let log = String::new();
        return Timestamp { from, log, name: None, operator: None, state: None, time: None, signature };
    };
    let log = list.logs.iter().find(|log| log.id == sct.log);
    let signature = match (log, entry) {
        _ if sct.version != 0 => TimestampSignature::Malformed,
        (None, _) => TimestampSignature::UnknownLog,
        (_, None) => TimestampSignature::UnknownIssuer,
        (Some(log), Some(entry)) if is_signed(log, &sct, entry) => TimestampSignature::Valid,
        _ => TimestampSignature::Invalid,
    };
    Timestamp {
        from,
        log: sct.log.iter().map(|byte| format!("{byte:02x}")).collect(),
        name: log.map(|log| log.name.clone()),
        operator: log.map(|log| log.operator.clone()),
        state: log.map(|log| log.state),
        time: i64::try_from(sct.time).ok().and_then(|milliseconds| Time::from_millisecond(milliseconds).ok()),
        signature,
    }
}

fn is_signed(log: &CtLog, sct: &Sct<'_>, entry: &[u8]) -> bool {
    // sha256 (4) with rsa (1) or ecdsa (3), and no other (RFC 6962 section 2.1.4).
    let algorithm: &dyn SignatureVerificationAlgorithm = match (sct.hash, sct.algorithm) {
        (4, 1) => webpki::ring::RSA_PKCS1_2048_8192_SHA256,
        (4, 3) => webpki::ring::ECDSA_P256_SHA256,
        _ => return false,
    };
    let mut signed = vec![sct.version, 0];
    signed.extend(sct.time.to_be_bytes());
    signed.extend_from_slice(entry);
    signed.extend(u16::try_from(sct.extensions.len()).unwrap_or(u16::MAX).to_be_bytes());
    signed.extend_from_slice(sct.extensions);
    public_key(&log.key).is_some_and(|key| algorithm.verify_signature(key, &signed, sct.signature).is_ok())
}

/// The key within a SubjectPublicKeyInfo, as ring takes it.
pub fn public_key(spki: &[u8]) -> Option<&[u8]> {
    let mut parts = Elements(der::only(spki, der::SEQUENCE)?);
    parts.tagged(der::SEQUENCE)?;
    // No bits are left unused at the end of a key.
    parts.tagged(der::BITS)?.contents.strip_prefix(&[0])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn list() -> LogList {
        LogList::default()
    }

    #[test]
    fn a_broken_list_is_one_malformed_timestamp() {
        for broken in [&[][..], &[0], &[0, 1], &[0, 2, 0, 9], &[0, 3, 0, 1, 7], &[0, 0, 1]] {
            let found = transparency(&[], None, &[(TimestampSource::Tls, broken)], &list()).timestamps;
            assert_eq!(found.len(), 1, "{broken:?}");
            assert_eq!(found[0].signature, TimestampSignature::Malformed, "{broken:?}");
        }
        assert_eq!(transparency(&[], None, &[(TimestampSource::Tls, &[0, 0])], &list()).timestamps, []);
    }

    #[test]
    fn a_list_of_very_many_is_cut() {
        // 10,000 timestamps of one byte each.
        let items = [0, 1, 7].repeat(10_000);
        let all = [&(items.len() as u16).to_be_bytes()[..], &items].concat();
        let found = transparency(&[], None, &[(TimestampSource::Tls, &all)], &list()).timestamps;
        assert_eq!(found.len(), MAX_TIMESTAMPS);
    }

    proptest! {
        #[test]
        fn no_bytes_break_it(leaf: Vec<u8>, other: Vec<u8>) {
            let found = transparency(&leaf, None, &[(TimestampSource::Ocsp, &other)], &list());
            prop_assert!(found.timestamps.len() <= MAX_TIMESTAMPS);
        }
    }
}
