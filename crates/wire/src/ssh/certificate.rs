//! Certificates of OpenSSH (its PROTOCOL.certkeys).

use super::algorithm::CERTIFICATE;
use super::data::{name, string, uint64};
use super::key::PublicKey;
use crate::reader::{Reader, WireError};

/// Principals that are read, as many as OpenSSH takes.
pub const MAX_PRINCIPALS: usize = 256;

/// Critical options, and extensions, that are read.
pub const MAX_OPTIONS: usize = 256;

/// The name of an option, and its data.
pub type CertificateOption<'a> = (&'a [u8], &'a [u8]);

/// A certificate: somebody else's word for a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate<'a> {
    /// The key that it is for.
    pub key: PublicKey<'a>,
    /// Its number, as the authority counts.
    pub serial: u64,
    /// 1 for users, 2 for hosts.
    pub kind: u32,
    /// What the authority calls it.
    pub key_id: &'a [u8],
    /// The names that it is for. None means every name.
    pub principals: Vec<&'a [u8]>,
    /// Seconds since 1970 from which it is valid.
    pub valid_after: u64,
    /// Seconds since 1970 from which it is valid no more; [`u64::MAX`] for ever.
    pub valid_before: u64,
    /// Options that must be understood, each with its data.
    pub critical_options: Vec<CertificateOption<'a>>,
    /// Options that may be passed over.
    pub extensions: Vec<CertificateOption<'a>>,
    /// The authority's key.
    pub authority: &'a [u8],
    /// What the authority signs: everything before its signature.
    pub signed: &'a [u8],
    /// The authority's signature.
    pub signature: &'a [u8],
}

/// `kind` of a certificate for hosts.
pub const HOST: u32 = 2;

impl<'a> Certificate<'a> {
    /// Reads a certificate. None where the blob is of another type.
    ///
    /// # Errors
    /// [`WireError`] where it is a certificate and malformed.
    pub fn read(blob: &'a [u8]) -> Result<Option<Self>, WireError> {
        let mut reader = Reader::new(blob, "certificate");
        let Some(kind) = name(&mut reader, "type of a key")?.strip_suffix(CERTIFICATE) else {
            return Ok(None);
        };
        // The types of hardware tokens have their own domain, which a certificate's type leaves out.
        let kind = match kind {
            "sk-ssh-ed25519" => "sk-ssh-ed25519@openssh.com",
            "sk-ecdsa-sha2-nistp256" => "sk-ecdsa-sha2-nistp256@openssh.com",
            other => other,
        };
        string(&mut reader, "nonce of a certificate")?;
        let Some(key) = PublicKey::fields(kind, &mut reader)? else { return Ok(None) };
        let serial = uint64(&mut reader)?;
        let kind = reader.u32()?;
        let key_id = string(&mut reader, "key id of a certificate")?;
        let principals = principals(string(&mut reader, "principals of a certificate")?)?;
        let (valid_after, valid_before) = (uint64(&mut reader)?, uint64(&mut reader)?);
        let critical_options = options(string(&mut reader, "critical options of a certificate")?)?;
        let extensions = options(string(&mut reader, "extensions of a certificate")?)?;
        string(&mut reader, "reserved field of a certificate")?;
        let authority = string(&mut reader, "authority of a certificate")?;
        let signed = blob.get(..blob.len() - reader.rest().len()).unwrap_or_default();
        let signature = string(&mut reader, "signature of a certificate")?;
        reader.end()?;
        Ok(Some(Certificate {
            key,
            serial,
            kind,
            key_id,
            principals,
            valid_after,
            valid_before,
            critical_options,
            extensions,
            authority,
            signed,
            signature,
        }))
    }
}

fn principals(bytes: &[u8]) -> Result<Vec<&[u8]>, WireError> {
    let mut reader = Reader::new(bytes, "principals of a certificate");
    let mut all = Vec::new();
    while !reader.is_empty() {
        if all.len() >= MAX_PRINCIPALS {
            let what = format!("a certificate has more than {MAX_PRINCIPALS} principals");
            return Err(WireError::Invalid(what));
        }
        all.push(string(&mut reader, "principal of a certificate")?);
    }
    Ok(all)
}

fn options(bytes: &[u8]) -> Result<Vec<CertificateOption<'_>>, WireError> {
    let mut reader = Reader::new(bytes, "options of a certificate");
    let mut all = Vec::new();
    while !reader.is_empty() {
        if all.len() >= MAX_OPTIONS {
            return Err(WireError::Invalid(format!("a certificate has more than {MAX_OPTIONS} options")));
        }
        let name = string(&mut reader, "name of an option")?;
        all.push((name, string(&mut reader, "data of an option")?));
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::data::put_string;
    use super::*;

    fn put(parts: &[&[u8]]) -> Vec<u8> {
        let mut out = Vec::new();
        parts.iter().for_each(|part| put_string(&mut out, part));
        out
    }

    fn one(principals: &[u8]) -> Vec<u8> {
        let mut out = put(&[b"ssh-ed25519-cert-v01@openssh.com", b"nonce", &[7; 32]]);
        out.extend(5_u64.to_be_bytes());
        out.extend(HOST.to_be_bytes());
        out.extend(put(&[b"key id", principals]));
        out.extend(10_u64.to_be_bytes());
        out.extend(u64::MAX.to_be_bytes());
        out.extend(put(&[&put(&[b"option", b"data"]), b"", b"", b"authority", b"signature"]));
        out
    }

    #[test]
    fn all_fields_are_read() {
        let blob = one(&put(&[b"a.example", b"b.example"]));
        let read = Certificate::read(&blob).unwrap().unwrap();
        assert_eq!(read.key, PublicKey::Ed25519(&[7; 32]));
        assert_eq!((read.serial, read.kind, read.key_id), (5, HOST, &b"key id"[..]));
        assert_eq!(read.principals, [b"a.example", b"b.example"]);
        assert_eq!((read.valid_after, read.valid_before), (10, u64::MAX));
        assert_eq!(read.critical_options, [(&b"option"[..], &b"data"[..])]);
        assert!(read.extensions.is_empty());
        assert_eq!((read.authority, read.signature), (&b"authority"[..], &b"signature"[..]));
        assert_eq!([read.signed, &put(&[b"signature"])].concat(), blob);
        for cut in 40..blob.len() {
            assert!(Certificate::read(&blob[..cut]).is_err(), "{cut}");
        }
    }

    #[test]
    fn what_is_none_and_what_is_too_much() {
        assert_eq!(Certificate::read(&put(&[b"ssh-ed25519", &[7; 32]])), Ok(None));
        assert_eq!(Certificate::read(&put(&[b"new-cert-v01@openssh.com", b"nonce"])), Ok(None));
        let many = put(&vec![&b"a"[..]; MAX_PRINCIPALS]);
        assert!(Certificate::read(&one(&many)).is_ok());
        assert!(Certificate::read(&one(&[&many[..], &put(&[b"a"])].concat())).is_err());
    }

    proptest! {
        #[test]
        fn never_panics(bytes: Vec<u8>, at: usize, byte: u8) {
            let _ = Certificate::read(&[&put(&[b"ssh-rsa-cert-v01@openssh.com"])[..], &bytes].concat());
            let mut blob = one(&put(&[b"a"]));
            let at = at % blob.len();
            blob[at] = byte;
            let _ = Certificate::read(&blob);
        }
    }
}
