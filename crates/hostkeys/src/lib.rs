//! known_hosts and ssh_config: read, matched and written as OpenSSH does.
//!
//! - [`known_hosts`]: the file, line by line and byte for byte; [`name`], [`pattern`], [`key`] and [`certificate`] are
//!   what is in a line.
//! - [`lookup`]: what is known of a host's key; [`revoked`] are the keys that no host may have.
//! - [`edit`]: a key added or replaced, as bytes.
//! - [`save`]: the same on the disk, under a lock, all or nothing.
//! - [`signed`]: a file of known hosts that an organisation signed, and whether one who may sign it did.
//! - [`config`]: what ssh_config says of a host, and in which line.
//!
//! Reading is apart from I/O. Everything that reads takes bytes from somebody hostile: it never panics, and it checks
//! each length against the bytes that are there.

#![cfg_attr(
    not(test),
    warn(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

pub mod certificate;
pub mod config;
pub mod edit;
mod fields;
pub mod key;
pub mod known_hosts;
pub mod lookup;
pub mod name;
pub mod pattern;
pub mod revoked;
#[cfg(unix)]
pub mod save;
mod signature;
pub mod signed;
