//! Logs of Certificate Transparency, as far as a certificate shows them: keys that sign timestamps.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::pki::{Authority, Key, Pki, run, write};

/// A timestamp that a log gives.
#[derive(Clone, Copy, Debug)]
pub struct Given<'a> {
    /// The log. Its key is that of an authority; P-256 and RSA are what logs have.
    pub log: &'a Authority,
    /// The kind of its key.
    pub key: Key,
    /// Milliseconds since 1970.
    pub time: u64,
}

/// The SubjectPublicKeyInfo (DER) of a key in PEM.
pub fn public_key(pki: &Pki, key: &Path) -> Vec<u8> {
    let target = pki.next("spki");
    run(Command::new("openssl")
        .args(["pkey", "-pubout", "-outform", "DER", "-in"])
        .arg(key)
        .arg("-out")
        .arg(&target));
    std::fs::read(&target).expect("what openssl wrote")
}

/// `leaf` (PEM, issued by `issuer` with P-256 or RSA and SHA-256) once more as DER, with timestamps embedded and
/// signed anew by its issuer: what an authority does after it has shown the certificate to the logs.
pub fn embed(pki: &Pki, issuer: &Authority, leaf: &Path, given: &[Given<'_>]) -> Vec<u8> {
    let leaf = pki.der(leaf);
    let certificate = inside(&leaf);
    let (tbs, rest) = split(certificate);
    let (algorithm, _) = split(rest);
    let mut entry = vec![0, 1];
    entry.extend(sha256(pki, &public_key(pki, &issuer.key)));
    entry.extend(&(tbs.len() as u32).to_be_bytes()[1..]);
    entry.extend_from_slice(tbs);
    let value = timestamps(pki, &entry, given);
    let mut extension = vec![0x06, 10, 0x2b, 0x06, 0x01, 0x04, 0x01, 0xd6, 0x79, 0x02, 0x04, 0x02];
    extension.extend(wrap(0x04, &wrap(0x04, &value)));
    let extension = wrap(0x30, &extension);
    let mut fields = Vec::new();
    let mut left = inside(tbs);
    while !left.is_empty() {
        let (field, after) = split(left);
        if field[0] == 0xa3 {
            let all = [inside(inside(field)), &extension].concat();
            fields.extend(wrap(0xa3, &wrap(0x30, &all)));
        } else {
            fields.extend_from_slice(field);
        }
        left = after;
    }
    let tbs = wrap(0x30, &fields);
    let signature = [vec![0], sign(pki, &issuer.key, &tbs)].concat();
    wrap(0x30, &[tbs, algorithm.to_vec(), wrap(0x03, &signature)].concat())
}

/// The list of timestamps about `leaf` (PEM) as it is, in the form in which it comes in the TLS handshake and in an
/// OCSP answer.
pub fn list(pki: &Pki, leaf: &Path, given: &[Given<'_>]) -> Vec<u8> {
    let leaf = pki.der(leaf);
    let mut entry = vec![0, 0];
    entry.extend(&(leaf.len() as u32).to_be_bytes()[1..]);
    entry.extend(leaf);
    timestamps(pki, &entry, given)
}

/// A file for `openssl s_server -serverinfo` that sends a list of timestamps: in the ServerHello up to TLS 1.2, in the
/// Certificate message in TLS 1.3.
pub fn server_info(pki: &Pki, list: &[u8]) -> PathBuf {
    // CLIENT_HELLO, TLS1_2_SERVER_HELLO and TLS1_3_CERTIFICATE of openssl's ssl.h.
    const CONTEXT: u32 = 0x0080 | 0x0100 | 0x1000;
    const SIGNED_CERTIFICATE_TIMESTAMP: u16 = 18;
    let mut bytes = CONTEXT.to_be_bytes().to_vec();
    bytes.extend(SIGNED_CERTIFICATE_TIMESTAMP.to_be_bytes());
    bytes.extend((list.len() as u16).to_be_bytes());
    bytes.extend_from_slice(list);
    let (raw, text) = (pki.next("info"), pki.next("b64"));
    std::fs::write(&raw, bytes).expect("a file");
    run(Command::new("openssl").args(["base64", "-in"]).arg(&raw).arg("-out").arg(&text));
    let text = std::fs::read_to_string(&text).expect("what openssl wrote");
    let target = pki.next("pem");
    let name = "SERVERINFOV2 FOR TIMESTAMPS";
    write(&target, &format!("-----BEGIN {name}-----\n{text}-----END {name}-----\n"));
    target
}

/// The extension of an OCSP answer that holds a list of timestamps (RFC 6962 section 3.3).
pub(crate) fn ocsp_extension(list: &[u8]) -> Vec<u8> {
    let mut extension = vec![0x06, 10, 0x2b, 0x06, 0x01, 0x04, 0x01, 0xd6, 0x79, 0x02, 0x04, 0x05];
    extension.extend(wrap(0x04, &wrap(0x04, list)));
    wrap(0x30, &extension)
}

/// A SignedCertificateTimestampList over an entry with its type before it.
fn timestamps(pki: &Pki, entry: &[u8], given: &[Given<'_>]) -> Vec<u8> {
    let mut list = Vec::new();
    for given in given {
        let mut signed = vec![0, 0];
        signed.extend(given.time.to_be_bytes());
        signed.extend_from_slice(entry);
        signed.extend([0, 0]);
        let signature = sign(pki, &given.log.key, &signed);
        let mut sct = vec![0];
        sct.extend(sha256(pki, &public_key(pki, &given.log.key)));
        sct.extend(given.time.to_be_bytes());
        sct.extend([0, 0, 4, if given.key == Key::EcP256 { 3 } else { 1 }]);
        sct.extend((signature.len() as u16).to_be_bytes());
        sct.extend(signature);
        list.extend((sct.len() as u16).to_be_bytes());
        list.extend(sct);
    }
    [&(list.len() as u16).to_be_bytes()[..], &list].concat()
}

/// SHA-256 of some bytes.
pub fn sha256(pki: &Pki, bytes: &[u8]) -> [u8; 32] {
    let hash = digest(pki, bytes, &["-binary"], None);
    hash.try_into().expect("32 bytes")
}

pub(crate) fn sign(pki: &Pki, key: &Path, bytes: &[u8]) -> Vec<u8> {
    digest(pki, bytes, &[], Some(key))
}

fn digest(pki: &Pki, bytes: &[u8], how: &[&str], key: Option<&Path>) -> Vec<u8> {
    let (source, target) = (pki.next("bin"), pki.next("out"));
    std::fs::write(&source, bytes).expect("a file");
    let mut command = Command::new("openssl");
    command.args(["dgst", "-sha256"]).args(how);
    if let Some(key) = key {
        command.arg("-sign").arg(key);
    }
    run(command.arg("-out").arg(&target).arg(&source));
    std::fs::read(&target).expect("what openssl wrote")
}

/// Length of the identifier and length octets, and of the contents. What openssl made is DER.
fn header(bytes: &[u8]) -> (usize, usize) {
    match bytes[1] {
        short @ 0..=0x7f => (2, usize::from(short)),
        long => {
            let octets = usize::from(long & 0x7f);
            (2 + octets, bytes[2..2 + octets].iter().fold(0, |all, &octet| all << 8 | usize::from(octet)))
        }
    }
}

pub(crate) fn inside(bytes: &[u8]) -> &[u8] {
    let (head, length) = header(bytes);
    &bytes[head..head + length]
}

pub(crate) fn split(bytes: &[u8]) -> (&[u8], &[u8]) {
    let (head, length) = header(bytes);
    bytes.split_at(head + length)
}

pub(crate) fn wrap(tag: u8, contents: &[u8]) -> Vec<u8> {
    let length = contents.len();
    let mut bytes = vec![tag];
    match length {
        0..=0x7f => bytes.push(length as u8),
        0x80..=0xff => bytes.extend([0x81, length as u8]),
        _ => bytes.extend([0x82, (length >> 8) as u8, length as u8]),
    }
    bytes.extend_from_slice(contents);
    bytes
}
