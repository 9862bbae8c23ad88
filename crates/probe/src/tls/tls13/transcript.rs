//! The transcript of a handshake (RFC 8446 section 4.4.1).

use midwatch_wire::tls::record::handshake_message;
use ring::digest;

/// Every handshake message so far. The hash is known with the ServerHello only, and a flight is bounded, so the
/// messages themselves are kept.
#[derive(Clone, Debug, Default)]
pub struct Transcript(Vec<u8>);

impl Transcript {
    /// Adds a message with its header.
    pub fn add(&mut self, message: &[u8]) {
        self.0.extend_from_slice(message);
    }

    /// The hash so far.
    pub fn hash(&self, by: &'static digest::Algorithm) -> digest::Digest {
        digest::digest(by, &self.0)
    }

    /// Puts a message_hash in the place of the first ClientHello, as it is done before a HelloRetryRequest.
    pub fn retry(&mut self, by: &'static digest::Algorithm) {
        const MESSAGE_HASH: u8 = 254;
        self.0 = handshake_message(MESSAGE_HASH, self.hash(by).as_ref());
    }
}
