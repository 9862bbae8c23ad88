//! Two people exchange public keys by a short code that one of them tells the other by voice, so that nobody between them
//! can swap the keys unseen.
//!
//! - [`code`]: the short code: a number that says where to meet, and two words that are the secret.
//! - [`pake`]: SPAKE2 (RFC 9382) with P-256. Whoever sits in the middle can try one code with each side, and learns nothing
//!   else of it.
//! - [`message`]: what travels, in bounded frames.
//! - [`offer`]: the key that is sent, and the one that came.
//! - [`session`]: the steps of each side, without I/O: bytes go in, bytes come out, and in the end there is an outcome.
//! - [`io`]: a session over a connection, and the two ways to one: the local network and a relay. Only this does I/O.
//!
//! # The steps
//!
//! The opener made the code, the joiner was told it. `len` is eight octets, the lowest first, as in RFC 9382; everything else
//! has its highest octet first.
//!
//! ```text
//! w     = 64 octets of HKDF-SHA-256( salt "midwatch exchange v1 code", input number (4) || word octets (2), info "w" )
//!         as a number, modulo the order of P-256
//! x, y  = 64 random octets each as a number, modulo the order
//!
//! joiner -> opener   share    pB = w*N + y*P
//! opener -> joiner   share    pA = w*M + x*P              from here on the code is used up
//! joiner -> opener   confirm  cB                          the opener checks it before it says anything more
//! opener -> joiner   confirm  cA
//! both ways          sealed   the key, or that none is sent
//! both ways          sealed   that the other's key arrived
//!
//! K     = x*(pB - w*N) = y*(pA - w*M)
//! TT    = len || "midwatch exchange opener" || len || "midwatch exchange joiner"
//!      || len || pA || len || pB || len || K || len || w  points with 65 octets, w with 32
//! Ke||Ka   = SHA-256(TT), 16 octets each
//! KcA||KcB = 32 octets of HKDF-SHA-256( no salt, input Ka, info "ConfirmationKeys" || "midwatch exchange v1" )
//! cA = HMAC-SHA-256(KcA, TT)
//! cB = HMAC-SHA-256(KcB, TT)
//! seal = 32 octets of HKDF-SHA-256( salt "midwatch exchange v1 seal", input Ke, info "opener" or "joiner", who sends )
//! ```
//!
//! Sealed is with ChaCha20-Poly1305 (RFC 8439) under the sender's `seal`; the nonce counts the sealed messages of that side
//! from 0, in 12 octets; the frame's first five octets are authenticated with it. The keys come out of TT, so that what is sealed
//! belongs to this exchange and no other.
//!
//! # No memory-hard function
//!
//! RFC 9382, section 3.2 has one between password and `w`, for passwords that people choose and use again, and for what a
//! server that was broken into has stored. The code is random, good for one try, and stored nowhere; what is seen of an
//! exchange gives nobody anything to test a code with. Such a function would cost time and protect nothing.
//!
//! All input is taken for hostile: bounded in size, never a panic.

#![cfg_attr(
    not(test),
    warn(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

pub mod code;
pub mod io;
pub mod message;
pub mod offer;
pub mod pake;
mod seal;
pub mod session;

pub use code::Code;
pub use offer::{Offer, Received};
pub use pake::Role;
pub use session::{Delivery, Exchanged, Failure, Session, Stop};

/// The system gave no random bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the system gave no random bytes")]
pub struct NoRandomness;

/// Random octets.
fn random<const N: usize>() -> Result<[u8; N], NoRandomness> {
    let mut octets = [0; N];
    ring::rand::SecureRandom::fill(&ring::rand::SystemRandom::new(), &mut octets)
        .map_err(|_| NoRandomness)?;
    Ok(octets)
}

/// As many octets of HKDF-SHA-256 (RFC 5869) as `N`, which is at most 8160.
fn hkdf<const N: usize>(salt: &[u8], input: &[u8], info: &[&[u8]]) -> [u8; N] {
    struct Length(usize);
    impl ring::hkdf::KeyType for Length {
        fn len(&self) -> usize {
            self.0
        }
    }
    const { assert!(N <= 255 * 32) };
    let mut octets = [0; N];
    let key = ring::hkdf::Salt::new(ring::hkdf::HKDF_SHA256, salt).extract(input);
    // Both fail for lengths beyond the one that is asserted above, and for no other reason.
    let filled = key.expand(info, Length(N)).and_then(|output| output.fill(&mut octets));
    debug_assert!(filled.is_ok());
    octets
}
