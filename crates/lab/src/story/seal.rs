//! How a letter is sealed: HPKE in its mode with an authenticated sender (RFC 9180, section 5.1.3), with
//! DHKEM(P-256, HKDF-SHA256), HKDF-SHA256 and ChaCha20-Poly1305.
//!
//! Whoever opens it needs the receiver's private key, and knows that it was sealed with the private key of the one whose
//! public key he opens it with. That the public key is really that person's is what no encryption can say, and what the
//! story is about. HPKE does not tell an old letter from a new one either (section 9.7.3).

use std::io;

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hmac;

use super::key::{Public, Secret};
use super::random::Random;

/// Octets of an encapsulated key: an uncompressed point.
pub(crate) const ENC: usize = 65;

/// Octets that sealing adds: the encapsulated key and the tag.
pub(crate) const OVERHEAD: usize = ENC + 16;

const KEM: &[u8] = b"KEM\x00\x10";
const SUITE: &[u8] = b"HPKE\x00\x10\x00\x01\x00\x03";
const AUTH: u8 = 2;

/// Seals `plain` from `sender` to `receiver`: the encapsulated key, and what is sealed.
///
/// # Errors
/// Where the system gives no random bytes.
pub(crate) fn seal(
    sender: &Secret,
    receiver: &Public,
    info: &[u8],
    aad: &[u8],
    plain: &[u8],
    random: &mut Random,
) -> io::Result<Vec<u8>> {
    seal_with(&Secret::new(random)?, sender, receiver, info, aad, plain)
}

fn seal_with(
    ephemeral: &Secret,
    sender: &Secret,
    receiver: &Public,
    info: &[u8],
    aad: &[u8],
    plain: &[u8],
) -> io::Result<Vec<u8>> {
    let enc = ephemeral.public().point();
    let dh = [ephemeral.agree(receiver), sender.agree(receiver)].concat();
    let context = [&enc[..], &receiver.point(), &sender.public().point()].concat();
    let (key, nonce) = schedule(&dh, &context, info)?;
    let mut sealed = plain.to_vec();
    let nonce = Nonce::assume_unique_for_key(nonce);
    key.seal_in_place_append_tag(nonce, Aad::from(aad), &mut sealed)
        .map_err(|_| io::Error::other("the letter is too long to be sealed"))?;
    Ok([enc, sealed].concat())
}

/// Opens what `sender` sealed to `receiver`; none where it was not sealed so, or was changed since.
pub(crate) fn open(
    receiver: &Secret,
    sender: &Public,
    info: &[u8],
    aad: &[u8],
    sealed: &[u8],
) -> Option<Vec<u8>> {
    let (enc, sealed) = sealed.split_at_checked(ENC)?;
    let ephemeral = Public::from_point(enc)?;
    let dh = [receiver.agree(&ephemeral), receiver.agree(sender)].concat();
    let context = [enc, &receiver.public().point(), &sender.point()].concat();
    let (key, nonce) = schedule(&dh, &context, info).ok()?;
    let mut plain = sealed.to_vec();
    let nonce = Nonce::assume_unique_for_key(nonce);
    Some(key.open_in_place(nonce, Aad::from(aad), &mut plain).ok()?.to_vec())
}

/// From what both have in common to key and nonce of the first message (RFC 9180, sections 4.1 and 5.1). Each sealing has an
/// ephemeral key of its own, so that there is no second message.
fn schedule(dh: &[u8], kem_context: &[u8], info: &[u8]) -> io::Result<(LessSafeKey, [u8; NONCE_LEN])> {
    let eae = extract(KEM, &[], b"eae_prk", dh);
    let shared = expand(KEM, eae.as_ref(), b"shared_secret", kem_context, 32);
    let psk_id = extract(SUITE, &[], b"psk_id_hash", &[]);
    let info = extract(SUITE, &[], b"info_hash", info);
    let context = [&[AUTH][..], psk_id.as_ref(), info.as_ref()].concat();
    let secret = extract(SUITE, shared.get(..32).unwrap_or_default(), b"secret", &[]);
    let key = expand(SUITE, secret.as_ref(), b"key", &context, 32);
    let nonce = expand(SUITE, secret.as_ref(), b"base_nonce", &context, NONCE_LEN);
    let wrong = || io::Error::other("a key of another length");
    let key = UnboundKey::new(&CHACHA20_POLY1305, key.get(..32).ok_or_else(wrong)?).map_err(|_| wrong())?;
    let nonce = nonce.get(..NONCE_LEN).and_then(|nonce| nonce.try_into().ok()).ok_or_else(wrong)?;
    Ok((LessSafeKey::new(key), nonce))
}

/// LabeledExtract of RFC 9180, section 4.
fn extract(suite: &[u8], salt: &[u8], label: &[u8], input: &[u8]) -> hmac::Tag {
    let input = [b"HPKE-v1", suite, label, input].concat();
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, salt), &input)
}

/// LabeledExpand of RFC 9180, section 4. No length here is beyond one block of HKDF, 32 octets; the caller takes as many of
/// them as `length`.
fn expand(suite: &[u8], key: &[u8], label: &[u8], info: &[u8], length: usize) -> Vec<u8> {
    let [.., high, low] = length.to_be_bytes();
    let info = [&[high, low], &b"HPKE-v1"[..], suite, label, info, &[1]].concat();
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), &info).as_ref().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(text: &str) -> Vec<u8> {
        let text: String = text.split_whitespace().collect();
        (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).expect("hex")).collect()
    }

    fn secret(text: &str) -> Secret {
        Secret::from_bytes(&hex(text).try_into().expect("32 octets")).expect("a scalar")
    }

    /// RFC 9180, appendix A.5.3, sequence number 0.
    #[test]
    fn it_is_what_rfc_9180_says() {
        let ephemeral = secret("085fd5d5e6ce6497c79df960cac93710006b76217d8bcfafbd2bb2c20ea03c42");
        let receiver = secret("3cb2c125b8c5a81d165a333048f5dcae29a2ab2072625adad66dbb0f48689af9");
        let sender = secret("39b19402e742d48d319d24d68e494daa4492817342e593285944830320912519");
        let info = hex("4f6465206f6e2061204772656369616e2055726e");
        let plain = hex("4265617574792069732074727574682c20747275746820626561757479");
        let aad = hex("436f756e742d30");
        let sealed = seal_with(&ephemeral, &sender, &receiver.public(), &info, &aad, &plain).expect("sealed");
        let enc = hex("040d5176aedba55bc41709261e9195c5146bb62d783031280775f32e507d79
             b5cbc5748b6be6359760c73cfe10ca19521af704ca6d91ff32fc0739527b9385d415");
        let text = hex("25881f219935eec5ba70d7b421f13c35005734f3e4d959680270f55d71e2f5cb
             3bd2daced2770bf3d9d4916872");
        assert_eq!(sealed, [enc, text].concat());
        assert_eq!(sealed.len(), plain.len() + OVERHEAD);
        assert_eq!(open(&receiver, &sender.public(), &info, &aad, &sealed), Some(plain));
    }

    #[test]
    fn only_the_receiver_opens_it_and_only_as_it_was_sealed_and_by_whom() {
        let mut random = Random::seeded(b"seal");
        let [a, b, c] = [(); 3].map(|()| Secret::new(&mut random).expect("a key"));
        let sealed = seal(&a, &b.public(), b"i", b"a", b"text", &mut random).expect("sealed");
        assert_eq!(open(&b, &a.public(), b"i", b"a", &sealed).as_deref(), Some(&b"text"[..]));
        assert_eq!(open(&c, &a.public(), b"i", b"a", &sealed), None, "another receiver");
        assert_eq!(open(&b, &c.public(), b"i", b"a", &sealed), None, "another sender");
        assert_eq!(open(&b, &a.public(), b"x", b"a", &sealed), None);
        assert_eq!(open(&b, &a.public(), b"i", b"x", &sealed), None);
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(open(&b, &a.public(), b"i", b"a", &changed), None, "{at}");
            assert_eq!(open(&b, &a.public(), b"i", b"a", &sealed[..at]), None, "{at}");
        }
    }
}
