//! Logs of Certificate Transparency, as far as a certificate shows them: keys that sign timestamps.

use std::path::Path;
use std::process::Command;

use crate::pki::{Authority, Key, Pki, run};

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
    let issuer_hash = sha256(pki, &public_key(pki, &issuer.key));
    let mut list = Vec::new();
    for given in given {
        let mut signed = vec![0, 0];
        signed.extend(given.time.to_be_bytes());
        signed.extend([0, 1]);
        signed.extend_from_slice(&issuer_hash);
        signed.extend(&(tbs.len() as u32).to_be_bytes()[1..]);
        signed.extend_from_slice(tbs);
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
    let mut value = (list.len() as u16).to_be_bytes().to_vec();
    value.extend(list);
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

/// SHA-256 of some bytes.
pub fn sha256(pki: &Pki, bytes: &[u8]) -> [u8; 32] {
    let hash = digest(pki, bytes, &["-binary"], None);
    hash.try_into().expect("32 bytes")
}

fn sign(pki: &Pki, key: &Path, bytes: &[u8]) -> Vec<u8> {
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

fn inside(bytes: &[u8]) -> &[u8] {
    let (head, length) = header(bytes);
    &bytes[head..head + length]
}

fn split(bytes: &[u8]) -> (&[u8], &[u8]) {
    let (head, length) = header(bytes);
    bytes.split_at(head + length)
}

fn wrap(tag: u8, contents: &[u8]) -> Vec<u8> {
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
