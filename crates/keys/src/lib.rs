//! Public keys of every customary format, and ways for two people to find out whether they hold the same one.
//!
//! - [`read()`] recognises and reads them: OpenSSH (lines, RFC 4716, certificates), OpenPGP, PEM and DER, X.509, age,
//!   minisign, signify, WireGuard. Private keys are recognised by their form and refused; nothing of them is kept.
//! - [`PublicKey`] has the fingerprints that people of each format are used to.
//! - [`words`] says a key in words for the telephone, [`heard`] reads back what somebody typed of them, and
//!   [`compare`] gives the verdict.
//! - [`allowed_signers`] adds a key to the file that `ssh-keygen -Y verify` reads.
//! - [`randomart`] draws a key as `ssh-keygen -lv` does, [`qr`] as a QR code for a terminal.
//!
//! No signature is checked: a user id, a certificate's subject or a comment is what the file says of itself. That the
//! key is somebody's is what the comparison is for.
//!
//! No I/O. All input is taken for hostile: bounded in size, never a panic.

#![cfg_attr(
    not(test),
    warn(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

mod age;
pub mod allowed_signers;
mod armour;
mod bech32;
pub mod compare;
mod der;
mod error;
mod hash;
pub mod heard;
mod key;
mod minisign;
mod openpgp;
mod private;
pub mod qr;
pub mod randomart;
mod read;
mod spki;
mod ssh;
mod text;
mod wireguard;
pub mod words;
mod x509;

pub use error::ReadError;
pub use key::{Fingerprint, Format, PublicKey, Subkey};
pub use read::{Hint, MAX_BYTES, MAX_KEYS, read};
