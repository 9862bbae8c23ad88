//! OpenSSH's public keys and certificates (RFC 4253, section 6.6; RFC 5656; RFC 8709; PROTOCOL.certkeys and PROTOCOL.u2f of
//! OpenSSH).

use midwatch_wire::reader::{Reader, WireError};

use crate::armour::Block;
use crate::hash::{base64, base64_bare, colons, md5, sha256, unbase64};
use crate::spki::number_bits;
use crate::text::safe;
use crate::{Fingerprint, Format, PublicKey, ReadError, der};

/// The end of a certificate's type.
const CERTIFICATE: &str = "-cert-v01@openssh.com";

/// The longest RSA key that is read, in bits; OpenSSH itself takes 16384.
const MAX_RSA: u32 = 16_384;

/// A kind of key.
struct Kind {
    /// Its name on the wire.
    id: &'static str,
    /// What `ssh-keygen -l` calls it.
    name: &'static str,
    /// What the key consists of.
    parts: Parts,
}

#[derive(Clone, Copy)]
enum Parts {
    Rsa,
    Dsa,
    Ed25519,
    /// The curve's name, its size in bits, and its object identifier.
    Point(&'static str, u32, &'static [u64]),
}

const P256: Parts = Parts::Point("nistp256", 256, &[1, 2, 840, 10_045, 3, 1, 7]);

static KINDS: [Kind; 8] = [
    Kind { id: "ssh-ed25519", name: "ED25519", parts: Parts::Ed25519 },
    Kind { id: "ssh-rsa", name: "RSA", parts: Parts::Rsa },
    Kind { id: "ssh-dss", name: "DSA", parts: Parts::Dsa },
    Kind { id: "ecdsa-sha2-nistp256", name: "ECDSA", parts: P256 },
    Kind {
        id: "ecdsa-sha2-nistp384",
        name: "ECDSA",
        parts: Parts::Point("nistp384", 384, &[1, 3, 132, 0, 34]),
    },
    Kind {
        id: "ecdsa-sha2-nistp521",
        name: "ECDSA",
        parts: Parts::Point("nistp521", 521, &[1, 3, 132, 0, 35]),
    },
    Kind { id: "sk-ssh-ed25519", name: "ED25519-SK", parts: Parts::Ed25519 },
    Kind { id: "sk-ecdsa-sha2-nistp256", name: "ECDSA-SK", parts: P256 },
];

impl Kind {
    /// Keys in hardware have an application beside the key.
    fn in_hardware(&self) -> bool {
        self.id.starts_with("sk-")
    }

    /// The name of the plain key on the wire.
    fn wire_name(&self) -> String {
        format!("{}{}", self.id, if self.in_hardware() { "@openssh.com" } else { "" })
    }
}

/// The kind of a type, and whether it is a certificate's.
fn kind(name: &str) -> Option<(&'static Kind, bool)> {
    KINDS.iter().find_map(|kind| match name.strip_prefix(kind.id)? {
        "" if !kind.in_hardware() => Some((kind, false)),
        "@openssh.com" if kind.in_hardware() => Some((kind, false)),
        CERTIFICATE => Some((kind, true)),
        _ => None,
    })
}

/// Reads a line: of a public key, of `authorized_keys` with its options, or of `known_hosts` with its names. None where there is
/// no key in it.
pub fn line(line: &str) -> Option<Result<PublicKey, ReadError>> {
    // Options may hold blanks in quotes, so the type is looked for rather than counted to.
    let mut at = 0;
    for token in line.split([' ', '\t']) {
        let after = line.get(at + token.len()..)?.trim_start();
        at += token.len() + 1;
        if kind(token).is_none() {
            continue;
        }
        let (encoded, comment) = after.split_once([' ', '\t']).unwrap_or((after, ""));
        // The base64 of a key begins with its type's length, and so with three letters A.
        if !encoded.starts_with("AAAA") {
            continue;
        }
        let Some(bytes) = unbase64(encoded) else {
            return Some(Err(ReadError::malformed(Format::Openssh, "what follows the type is no base64")));
        };
        return Some(blob(&bytes, Some(token), comment.trim()));
    }
    None
}

/// Reads a block of RFC 4716.
///
/// # Errors
/// [`ReadError::Malformed`].
pub fn block(block: &Block) -> Result<PublicKey, ReadError> {
    let body = block.body.as_deref();
    let body =
        body.ok_or_else(|| ReadError::malformed(Format::Openssh, "its block has no end or no base64"))?;
    let comment = block.headers.iter().find_map(|header| {
        let (name, value) = header.split_once(':')?;
        name.eq_ignore_ascii_case("comment").then(|| value.trim().trim_matches('"'))
    });
    blob(body, None, comment.unwrap_or_default())
}

/// Reads the bytes of a key or a certificate.
fn blob(bytes: &[u8], said: Option<&str>, comment: &str) -> Result<PublicKey, ReadError> {
    parse(bytes, said, comment).map_err(|error| ReadError::malformed(Format::Openssh, error))
}

fn parse(bytes: &[u8], said: Option<&str>, comment: &str) -> Result<PublicKey, WireError> {
    let mut reader = Reader::new(bytes, "the key");
    let name = string(&mut reader)?;
    let name = std::str::from_utf8(name).map_err(|_| invalid("its type is no text"))?;
    let (kind, certified) = kind(name).ok_or_else(|| invalid("its type is not known"))?;
    if said.is_some_and(|said| said != name) {
        return Err(invalid("the type in the line is not that of the key"));
    }
    if certified {
        string(&mut reader)?;
    }
    let start = reader.rest();
    let (bits, spki) = numbers(&mut reader, kind)?;
    let fields = start.get(..start.len() - reader.rest().len()).unwrap_or_default();
    let mut material = Vec::new();
    put(&mut material, kind.wire_name().as_bytes());
    material.extend(fields);
    let mut notes = Vec::new();
    let mut algorithm = kind.name.to_owned();
    if certified {
        algorithm.push_str("-CERT");
        notes = certificate(&mut reader)?;
    }
    reader.end()?;
    if kind.in_hardware() {
        notes.push("kept in hardware: its fingerprint covers the application that it is for as well".into());
    }
    if kind.name == "DSA" {
        notes.push("DSA keys have 1024 bits, and OpenSSH takes them no more since version 10".into());
    }
    let fingerprints = vec![
        Fingerprint::new("SHA256", format!("SHA256:{}", base64_bare(&sha256(&material)))),
        Fingerprint::new("MD5", format!("MD5:{}", colons(&md5(&material)))),
    ];
    let encoded = base64(&material);
    // A QR code that a telephone reads from a screen holds a few hundred letters at most.
    let qr = if encoded.len() <= 200 {
        format!("{} {encoded}", kind.wire_name())
    } else {
        format!("SHA256:{}", base64_bare(&sha256(&material)))
    };
    let says = if comment.is_empty() { Vec::new() } else { vec![safe(comment.as_bytes())] };
    let format = Format::Openssh;
    Ok(PublicKey {
        format,
        algorithm,
        bits: Some(bits),
        says,
        fingerprints,
        subkeys: Vec::new(),
        notes,
        material,
        spki,
        qr,
    })
}

/// The numbers of the key: its size in bits, and the same key as SubjectPublicKeyInfo.
fn numbers(reader: &mut Reader<'_>, kind: &Kind) -> Result<(u32, Option<Vec<u8>>), WireError> {
    let read = match kind.parts {
        Parts::Rsa => {
            let exponent = positive(reader)?;
            let modulus = positive(reader)?;
            if number_bits(modulus) > MAX_RSA {
                return Err(invalid("its modulus is larger than 16384 bits"));
            }
            (number_bits(modulus), Some(der::spki_of_rsa(modulus, exponent)))
        }
        Parts::Dsa => {
            let prime = positive(reader)?;
            for _ in 0..3 {
                positive(reader)?;
            }
            (number_bits(prime), None)
        }
        Parts::Ed25519 => {
            let key = string(reader)?;
            if key.len() != 32 {
                return Err(invalid("an Ed25519 key has 32 bytes"));
            }
            (256, Some(der::spki_of_ed25519(key)))
        }
        Parts::Point(curve, bits, oid) => {
            if string(reader)? != curve.as_bytes() {
                return Err(invalid("its curve is not that of its type"));
            }
            let point = string(reader)?;
            let octets = 1 + 2 * usize::try_from(bits.div_ceil(8)).unwrap_or_default();
            if point.len() != octets || point.first() != Some(&4) {
                return Err(invalid("its point has not the form and length of its curve"));
            }
            (bits, Some(der::spki_of_point(oid, point)))
        }
    };
    if !kind.in_hardware() {
        return Ok(read);
    }
    // The same point for another application is another key.
    string(reader)?;
    Ok((read.0, None))
}

/// What a certificate says after its key, for the notes.
fn certificate(reader: &mut Reader<'_>) -> Result<Vec<String>, WireError> {
    reader.bytes(8)?;
    let role = match reader.u32()? {
        1 => "user",
        2 => "host",
        _ => "unknown",
    };
    let id = safe(string(reader)?);
    let mut names = Vec::new();
    let mut principals = Reader::new(string(reader)?, "the list of principals");
    while !principals.is_empty() {
        let name = safe(string(&mut principals)?);
        if names.len() < 20 {
            names.push(name);
        }
    }
    let after = u64::from_be_bytes(reader.array()?);
    let before = u64::from_be_bytes(reader.array()?);
    for _ in 0..3 {
        string(reader)?;
    }
    let authority = sha256(string(reader)?);
    string(reader)?;
    let names = if names.is_empty() { "any name".to_owned() } else { names.join(", ") };
    Ok(vec![
        format!(
            "a {role} certificate with id '{id}' for {names}, from {} to {}; its signature is not checked",
            time(after),
            time(before)
        ),
        format!("signed, it says, by the authority SHA256:{}", base64_bare(&authority)),
        "fingerprints and words are of the key inside, as ssh-keygen has it, and say nothing of the certificate".into(),
    ])
}

fn time(seconds: u64) -> String {
    if seconds == 0 || seconds == u64::MAX {
        return "always".into();
    }
    let time = i64::try_from(seconds).ok().and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
    time.map_or_else(|| "a time that is none".into(), |time| time.to_string())
}

fn string<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], WireError> {
    let length = reader.u32()?;
    reader.bytes(usize::try_from(length).unwrap_or(usize::MAX))
}

/// A positive mpint in shortest form (RFC 4251, section 5). OpenSSH would shorten another before it computes the
/// fingerprint: two fingerprints of one line are refused here.
fn positive<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], WireError> {
    match string(reader)? {
        [0, second, ..] if *second < 0x80 => Err(invalid("a number is not in its shortest form")),
        [] | [0] => Err(invalid("a number is nought")),
        [first, ..] if *first >= 0x80 => Err(invalid("a number is negative")),
        number => Ok(number),
    }
}

fn put(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
    out.extend(bytes);
}

fn invalid(fault: &str) -> WireError {
    WireError::Invalid(fault.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ed25519(key: &[u8], tail: &[u8]) -> String {
        let mut bytes = Vec::new();
        put(&mut bytes, b"ssh-ed25519");
        put(&mut bytes, key);
        bytes.extend(tail);
        base64(&bytes)
    }

    #[test]
    fn keys_are_found_in_lines_of_every_kind() {
        let encoded = ed25519(&[7; 32], &[]);
        for (text, says) in [
            (format!("ssh-ed25519 {encoded} Jessica's laptop"), vec!["Jessica's laptop"]),
            (format!("from=\"a b\",command=\"ssh-ed25519 x\" ssh-ed25519 {encoded}"), vec![]),
            (format!("git.example,192.0.2.7 ssh-ed25519 {encoded}"), vec![]),
        ] {
            let key = line(&text).expect("a key").expect("a sound one");
            assert_eq!(
                (key.bits, key.algorithm.as_str(), key.says.iter().map(String::as_str).collect()),
                (Some(256), "ED25519", says)
            );
        }
        assert!(line("no key at all").is_none());
    }

    #[test]
    fn what_is_not_whole_is_refused() {
        for (key, tail) in [(&[7; 31][..], &[][..]), (&[7; 32], &[0]), (&[], &[])] {
            let text = format!("ssh-ed25519 {}", ed25519(key, tail));
            assert!(matches!(line(&text), Some(Err(ReadError::Malformed { .. }))), "{text}");
        }
        let other = format!("ssh-rsa {}", ed25519(&[7; 32], &[]));
        assert!(line(&other).expect("a key").is_err(), "the type does not fit");
        let mut long = Vec::new();
        for part in [&b"ssh-rsa"[..], &[1, 0, 1], &[0, 0x40, 1]] {
            put(&mut long, part);
        }
        assert!(line(&format!("ssh-rsa {}", base64(&long))).expect("a key").is_err(), "not in shortest form");
    }
}
