//! Bytes to protocol messages and back, without I/O.
//!
//! - [`tls`]: hellos and the server's first flight, SSL 3.0 to TLS 1.3, and the registries of suites,
//!   groups, signature schemes and alerts.
//! - [`ssl2`]: SSL 2.0's hello and its answer.
//! - [`ssh`]: SSH 2 until keys are taken into use, with host keys, certificates and signatures.
//! - [`starttls`]: dialogues in plain text that end in TLS.
//! - [`link`]: frames, and what on a link says who has an address, who routes, and who answers for names.
//! - [`capture`]: capture files, pcap and pcapng, frame by frame.
//! - [`netlink`]: what the Linux kernel says of the network and of Wi-Fi.
//! - [`wifi`]: the elements that an access point announces itself with, and what they say of its protection.
//!
//! Everything that reads takes bytes from somebody hostile: it never panics, and it checks each length
//! against the bytes that are there before it allocates.

#![cfg_attr(
    not(test),
    warn(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

pub mod capture;
pub mod link;
pub mod netlink;
pub mod reader;
pub mod ssh;
pub mod ssl2;
pub mod starttls;
pub mod tls;
pub mod wifi;
