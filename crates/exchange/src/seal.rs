//! What is sealed: ChaCha20-Poly1305 (RFC 8439) under a key for each direction.

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use zeroize::Zeroizing;

use crate::hkdf;
use crate::pake::{Role, SessionKey};

/// Octets that sealing adds.
pub const TAG: usize = 16;

/// What was sealed is not what the other side sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Changed;

/// The messages of one side, in their order.
pub struct Direction {
    key: Option<LessSafeKey>,
    count: u64,
}

impl Direction {
    /// The direction in which this role sends.
    pub fn of(role: Role, key: &SessionKey) -> Direction {
        let octets: Zeroizing<[u8; 32]> =
            Zeroizing::new(hkdf(b"midwatch exchange v1 seal", key.octets(), &[role.name().as_bytes()]));
        // Fails for keys of another length alone.
        Direction {
            key: UnboundKey::new(&CHACHA20_POLY1305, &octets[..]).ok().map(LessSafeKey::new),
            count: 0,
        }
    }

    fn nonce(&mut self) -> Option<Nonce> {
        let [a, b, c, d, e, f, g, h] = self.count.to_be_bytes();
        self.count = self.count.checked_add(1)?;
        Some(Nonce::assume_unique_for_key([0, 0, 0, 0, a, b, c, d, e, f, g, h]))
    }

    /// Seals the next message; `header` is authenticated and not encrypted.
    pub fn seal(&mut self, header: &[u8], plain: &[u8]) -> Option<Vec<u8>> {
        let nonce = self.nonce()?;
        let mut text = plain.to_vec();
        self.key.as_ref()?.seal_in_place_append_tag(nonce, Aad::from(header), &mut text).ok()?;
        Some(text)
    }

    /// Opens the next message.
    ///
    /// # Errors
    /// [`Changed`].
    pub fn open(&mut self, header: &[u8], mut sealed: Vec<u8>) -> Result<Vec<u8>, Changed> {
        let nonce = self.nonce().ok_or(Changed)?;
        let key = self.key.as_ref().ok_or(Changed)?;
        let length = key.open_in_place(nonce, Aad::from(header), &mut sealed).map_err(|_| Changed)?.len();
        sealed.truncate(length);
        Ok(sealed)
    }
}
