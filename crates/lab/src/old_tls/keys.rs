//! The PRF of TLS 1.0 and 1.1 and what is derived with it (RFC 2246 5, 6.3, 8.1, 7.4.9).

use hmac::digest::KeyInit as _;
use hmac::{Hmac, Mac as _};
use md5::{Digest as _, Md5};
use sha1::Sha1;

use super::Failure;
use super::hello::{Suite, take};

/// Bytes of a MAC key for HMAC-SHA1.
const MAC_KEY: usize = 20;

/// The keys for one direction.
pub(super) struct DirectionKeys {
    pub(super) mac: Vec<u8>,
    pub(super) cipher: Vec<u8>,
    /// The first initialisation vector, for TLS 1.0.
    pub(super) iv: Vec<u8>,
}

/// The master secret (RFC 2246 8.1).
pub(super) fn master_secret(
    premaster: &[u8],
    client: &[u8; 32],
    server: &[u8; 32],
) -> Result<Vec<u8>, Failure> {
    prf(premaster, b"master secret", &[&client[..], &server[..]].concat(), 48)
}

/// The key block (RFC 2246 6.3): what the client writes with, then what the server writes with.
pub(super) fn key_block(
    master: &[u8],
    client: &[u8; 32],
    server: &[u8; 32],
    suite: Suite,
) -> Result<(DirectionKeys, DirectionKeys), Failure> {
    let (key, iv) = (suite.key_length(), suite.block_length());
    let seed = [&server[..], &client[..]].concat();
    let block = prf(master, b"key expansion", &seed, 2 * (MAC_KEY + key + iv))?;
    let mut rest = block.as_slice();
    let mut next = |length| take(&mut rest, length).map(<[u8]>::to_vec);
    let (client_mac, server_mac) = (next(MAC_KEY)?, next(MAC_KEY)?);
    let (client_key, server_key) = (next(key)?, next(key)?);
    let (client_iv, server_iv) = (next(iv)?, next(iv)?);
    Ok((
        DirectionKeys { mac: client_mac, cipher: client_key, iv: client_iv },
        DirectionKeys { mac: server_mac, cipher: server_key, iv: server_iv },
    ))
}

/// The contents of a Finished message: `label` is `client finished` or `server finished`.
pub(super) fn finished(master: &[u8], label: &[u8], messages: &[u8]) -> Result<Vec<u8>, Failure> {
    let mut seed = Md5::digest(messages).to_vec();
    seed.extend_from_slice(&Sha1::digest(messages));
    prf(master, label, &seed, 12)
}

/// PRF(secret, label, seed), `length` bytes of it (RFC 2246 5).
pub(super) fn prf(secret: &[u8], label: &[u8], seed: &[u8], length: usize) -> Result<Vec<u8>, Failure> {
    let seed = [label, seed].concat();
    // Two halves, which share the middle byte where the length is odd.
    let half = secret.len().div_ceil(2);
    let (first, _) = secret.split_at_checked(half).ok_or(Failure::INTERNAL)?;
    let (_, second) = secret.split_at_checked(secret.len() - half).ok_or(Failure::INTERNAL)?;
    let mut out = expand(&seed, length, |data| hmac_md5(first, data))?;
    let other = expand(&seed, length, |data| hmac_sha1(second, data))?;
    for (byte, with) in out.iter_mut().zip(other) {
        *byte ^= with;
    }
    Ok(out)
}

/// P_hash (RFC 2246 5).
fn expand(
    seed: &[u8],
    length: usize,
    mac: impl Fn(&[u8]) -> Result<Vec<u8>, Failure>,
) -> Result<Vec<u8>, Failure> {
    let mut out = Vec::new();
    let mut a = mac(seed)?;
    while out.len() < length {
        out.extend(mac(&[&a, seed].concat())?);
        a = mac(&a)?;
    }
    out.truncate(length);
    Ok(out)
}

fn hmac_md5(key: &[u8], data: &[u8]) -> Result<Vec<u8>, Failure> {
    let mut mac = Hmac::<Md5>::new_from_slice(key).map_err(|_| Failure::INTERNAL)?;
    mac.update(data);
    Ok(mac.finalize().into_bytes().to_vec())
}

/// HMAC-SHA1, which protects the records too.
pub(super) fn hmac_sha1(key: &[u8], data: &[u8]) -> Result<Vec<u8>, Failure> {
    let mut mac = Hmac::<Sha1>::new_from_slice(key).map_err(|_| Failure::INTERNAL)?;
    mac.update(data);
    Ok(mac.finalize().into_bytes().to_vec())
}
