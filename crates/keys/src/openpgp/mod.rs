//! OpenPGP keys (RFC 4880, RFC 9580): the primary key, its subkeys and user ids. No signature is checked, so user ids are
//! what somebody wrote, and subkeys may not belong to the key.

mod material;
mod packet;

use std::mem;

use midwatch_wire::reader::{Reader, WireError};

use crate::hash::{groups, hex, md5, sha1, sha256};
use crate::text::safe;
use crate::{Fingerprint, Format, MAX_KEYS, PublicKey, ReadError, Subkey, private};

/// The most user ids and the most subkeys that are told of a key.
const MAX_LISTED: usize = 100;

/// The key packet's own content.
struct KeyPacket {
    algorithm: String,
    bits: Option<u32>,
    created: Option<String>,
    /// What is hashed for the fingerprint.
    hashed: Vec<u8>,
    fingerprint: Vec<u8>,
    version: u8,
}

/// Reads packets: every primary key with what follows it.
///
/// # Errors
/// [`ReadError::Malformed`], and [`ReadError::Private`] where a packet holds a secret key.
pub fn keys(bytes: &[u8]) -> Result<Vec<PublicKey>, ReadError> {
    let fault = |error: WireError| ReadError::malformed(Format::Openpgp, error);
    let mut keys: Vec<PublicKey> = Vec::new();
    let mut uncounted = 0;
    let mut reader = Reader::new(bytes, "a packet");
    while !reader.is_empty() {
        let (tag, body) = packet::next(&mut reader).map_err(fault)?;
        match (tag, keys.last_mut()) {
            (packet::SECRET_KEY | packet::SECRET_SUBKEY, _) => return Err(private::openpgp()),
            (packet::PUBLIC_KEY, _) => {
                if keys.len() == MAX_KEYS {
                    return Err(ReadError::TooMany(MAX_KEYS));
                }
                keys.push(primary(body).map_err(fault)?);
                uncounted = 0;
            }
            // A marker or padding may stand anywhere.
            (packet::MARKER | packet::PADDING, _) => {}
            (packet::SIGNATURE, None) => return Err(ReadError::Signature),
            (_, None) => return Err(ReadError::malformed(Format::Openpgp, "it does not begin with a key")),
            (packet::USER_ID, Some(key)) if key.says.len() < MAX_LISTED => key.says.push(safe(body)),
            (packet::PUBLIC_SUBKEY, Some(key)) if key.subkeys.len() < MAX_LISTED => {
                key.subkeys.push(subkey(body).map_err(fault)?);
            }
            (packet::USER_ID | packet::PUBLIC_SUBKEY, Some(key)) => {
                uncounted += 1;
                if uncounted == 1 {
                    key.notes
                        .push(format!("more than {MAX_LISTED} user ids or subkeys; the rest is not told"));
                }
            }
            // A revocation of the key itself: version, then type 0x20 (RFC 9580, section 5.2.1.11). In version 3 a length
            // stands between the two.
            (packet::SIGNATURE, Some(key)) => {
                if matches!(body, [4..=u8::MAX, 0x20, ..] | [3, _, 0x20, ..]) {
                    let note = "it bears a revocation, which is not checked: ask gpg before you use it";
                    if !key.notes.iter().any(|known| known == note) {
                        key.notes.push(note.into());
                    }
                }
            }
            _ => {}
        }
    }
    if keys.is_empty() {
        return Err(ReadError::malformed(Format::Openpgp, "it holds no key"));
    }
    Ok(keys)
}

fn primary(body: &[u8]) -> Result<PublicKey, WireError> {
    let mut packet = key_packet(body)?;
    let fingerprint = &packet.fingerprint;
    let mut fingerprints = vec![Fingerprint::new("fingerprint", groups(fingerprint))];
    let id = match packet.version {
        4 => fingerprint.get(fingerprint.len().saturating_sub(8)..),
        5 | 6 => fingerprint.get(..8),
        _ => None,
    };
    fingerprints.extend(id.map(|id| Fingerprint::new("key id", hex(id).to_uppercase())));
    let mut notes = Vec::new();
    if packet.version == 3 {
        notes.push(
            "a key of version 3: others with the same fingerprint are easy to make, so compare words and not that"
                .to_owned(),
        );
    }
    if packet.version == 5 {
        notes.push("a key of version 5, which GnuPG makes and no RFC has".into());
    }
    notes.extend(packet.created.take().map(|created| format!("made, it says, on {created}")));
    notes.push("no signature is checked: user ids, subkeys, expiry and revocations are unproven".into());
    // The form that OpenKeychain and others read.
    let qr = format!("OPENPGP4FPR:{}", hex(fingerprint).to_uppercase());
    let format = Format::Openpgp;
    Ok(PublicKey {
        format,
        algorithm: packet.algorithm,
        bits: packet.bits,
        says: Vec::new(),
        fingerprints,
        subkeys: Vec::new(),
        notes,
        material: mem::take(&mut packet.hashed),
        spki: None,
        qr,
    })
}

fn subkey(body: &[u8]) -> Result<Subkey, WireError> {
    let KeyPacket { algorithm, bits, created, fingerprint, .. } = key_packet(body)?;
    Ok(Subkey { algorithm, bits, created, fingerprint: groups(&fingerprint) })
}

/// A key packet (RFC 9580, section 5.5.2) and its fingerprint (section 5.5.4).
fn key_packet(body: &[u8]) -> Result<KeyPacket, WireError> {
    let mut reader = Reader::new(body, "a key packet");
    let version = reader.u8()?;
    let created = reader.u32()?;
    if version == 3 {
        reader.u16()?;
    }
    let algorithm = reader.u8()?;
    if matches!(version, 5 | 6) {
        let length = reader.u32()?;
        if usize::try_from(length).ok() != Some(reader.rest().len()) {
            return Err(WireError::Invalid("a key packet says another length than it has".into()));
        }
    }
    let (name, bits, numbers) = material::read(algorithm, reader)?;
    let long = u32::try_from(body.len()).unwrap_or(u32::MAX).to_be_bytes();
    let hashed = match version {
        3 => numbers,
        4 => {
            let length = u16::try_from(body.len());
            let length =
                length.map_err(|_| WireError::Invalid("a key packet of version 4 is too long".into()))?;
            [&[0x99], &length.to_be_bytes()[..], body].concat()
        }
        5 => [&[0x9A], &long[..], body].concat(),
        6 => [&[0x9B], &long[..], body].concat(),
        _ => return Err(WireError::Invalid(format!("keys of version {version} are not known"))),
    };
    let fingerprint = match version {
        3 => md5(&hashed).to_vec(),
        4 => sha1(&hashed).to_vec(),
        _ => sha256(&hashed).to_vec(),
    };
    // The words of a key of version 3 have to cover all of it, unlike its fingerprint.
    let hashed = if version == 3 { body.to_vec() } else { hashed };
    let created = jiff::Timestamp::from_second(i64::from(created)).ok().map(|time| time.to_string());
    Ok(KeyPacket { algorithm: name, bits, created, hashed, fingerprint, version })
}

#[cfg(test)]
mod tests;
