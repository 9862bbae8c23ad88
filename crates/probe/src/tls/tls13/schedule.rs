//! The key schedule of TLS 1.3 (RFC 8446 section 7.1), as far as reading the server's flight takes it.

use ring::error::Unspecified;
use ring::{aead, digest, hkdf, hmac};

/// A suite of TLS 1.3.
#[derive(Clone, Copy, Debug)]
pub struct Suite {
    /// The hash of the transcript.
    pub hash: &'static digest::Algorithm,
    hkdf: hkdf::Algorithm,
    hmac: hmac::Algorithm,
    aead: &'static aead::Algorithm,
}

/// The suites that can be read, in the order in which they are offered: TLS_AES_256_GCM_SHA384,
/// TLS_AES_128_GCM_SHA256 and TLS_CHACHA20_POLY1305_SHA256.
pub const SUITES: [u16; 3] = [0x1302, 0x1301, 0x1303];

/// The suite of this number, where it is one of [`SUITES`].
pub fn suite(number: u16) -> Option<Suite> {
    let sha256 =
        |aead| Suite { hash: &digest::SHA256, hkdf: hkdf::HKDF_SHA256, hmac: hmac::HMAC_SHA256, aead };
    Some(match number {
        0x1301 => sha256(&aead::AES_128_GCM),
        0x1302 => Suite {
            hash: &digest::SHA384,
            hkdf: hkdf::HKDF_SHA384,
            hmac: hmac::HMAC_SHA384,
            aead: &aead::AES_256_GCM,
        },
        0x1303 => sha256(&aead::CHACHA20_POLY1305),
        _ => return None,
    })
}

/// server_handshake_traffic_secret.
#[derive(Debug)]
pub struct ServerSecret {
    suite: Suite,
    secret: hkdf::Prk,
}

impl ServerSecret {
    /// From the shared secret of the key exchange and the hash of ClientHello to ServerHello.
    ///
    /// # Errors
    /// [`Unspecified`] where ring refuses a length.
    pub fn new(suite: Suite, shared: &[u8], transcript: &[u8]) -> Result<Self, Unspecified> {
        let zeros = vec![0; suite.hash.output_len()];
        let early = hkdf::Salt::new(suite.hkdf, &zeros).extract(&zeros);
        let nothing = digest::digest(suite.hash, &[]);
        let derived = expand_label(&early, "derived", nothing.as_ref(), zeros.len())?;
        let handshake = hkdf::Salt::new(suite.hkdf, &derived).extract(shared);
        let secret = expand_label(&handshake, "s hs traffic", transcript, zeros.len())?;
        Ok(ServerSecret { suite, secret: hkdf::Prk::new_less_safe(suite.hkdf, &secret) })
    }

    /// The key and the initialisation vector of the server's handshake records (section 7.3).
    ///
    /// # Errors
    /// [`Unspecified`] where ring refuses a length.
    pub fn traffic_key(&self) -> Result<(aead::LessSafeKey, [u8; aead::NONCE_LEN]), Unspecified> {
        let key = expand_label(&self.secret, "key", &[], self.suite.aead.key_len())?;
        let iv = expand_label(&self.secret, "iv", &[], aead::NONCE_LEN)?;
        let key = aead::UnboundKey::new(self.suite.aead, &key)?;
        Ok((aead::LessSafeKey::new(key), iv.try_into().map_err(|_| Unspecified)?))
    }

    /// Whether the verify_data of the server's Finished is right over this transcript (section 4.4.4).
    ///
    /// # Errors
    /// [`Unspecified`] where it is not.
    pub fn verify_finished(&self, transcript: &[u8], verify_data: &[u8]) -> Result<(), Unspecified> {
        let key = expand_label(&self.secret, "finished", &[], self.suite.hash.output_len())?;
        hmac::verify(&hmac::Key::new(self.suite.hmac, &key), transcript, verify_data)
    }
}

/// HKDF-Expand-Label.
fn expand_label(
    secret: &hkdf::Prk,
    label: &str,
    context: &[u8],
    length: usize,
) -> Result<Vec<u8>, Unspecified> {
    const PREFIX: &str = "tls13 ";
    let octet = |length: usize| u8::try_from(length).map_err(|_| Unspecified);
    let wanted = u16::try_from(length).map_err(|_| Unspecified)?.to_be_bytes();
    let label_length = [octet(PREFIX.len() + label.len())?];
    let context_length = [octet(context.len())?];
    let info: [&[u8]; 6] =
        [&wanted, &label_length, PREFIX.as_bytes(), label.as_bytes(), &context_length, context];
    let mut out = vec![0; length];
    secret.expand(&info, Length(length))?.fill(&mut out)?;
    Ok(out)
}

struct Length(usize);

impl hkdf::KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::super::trace::*;
    use super::*;

    /// The secrets of RFC 8448 section 3.
    #[test]
    fn the_example_of_rfc_8448() {
        let suite = suite(0x1301).expect("a suite");
        let mut hello = hex(CLIENT_HELLO);
        hello.extend(hex(SERVER_HELLO));
        let transcript = digest::digest(suite.hash, &hello);
        let wanted = hex("860c06edc07858ee8e78f0e7428c58edd6b43f2ca3e6e95f02ed063cf0e1cad8");
        assert_eq!(transcript.as_ref(), wanted);
        let server = ServerSecret::new(suite, &hex(SHARED), transcript.as_ref()).expect("a secret");
        let key = expand_label(&server.secret, "key", &[], 16).expect("a key");
        assert_eq!(key, hex("3fce516009c21727d0f2e4e86ee403bc"));
        let iv = expand_label(&server.secret, "iv", &[], 12).expect("a vector");
        assert_eq!(iv, hex("5d313eb2671276ee13000b30"));
        let finished = expand_label(&server.secret, "finished", &[], 32).expect("a key");
        let wanted = hex("008d3b66f816ea559f96b537e885c31fc068bf492c652f01f288a1d8cdc19fc8");
        assert_eq!(finished, wanted);
        let early = hkdf::Salt::new(suite.hkdf, &[0; 32]).extract(&[0; 32]);
        let nothing = digest::digest(suite.hash, &[]);
        let derived = expand_label(&early, "derived", nothing.as_ref(), 32).expect("a secret");
        let wanted = hex("6f2615a108c702c5678f54fc9dbab69716c076189c48250cebeac3576c3611ba");
        assert_eq!(derived, wanted);
    }
}
