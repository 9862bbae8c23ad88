//! SSH 2 until keys are taken into use: what a server says of itself, what it offers, and how it proves its key.
//!
//! - [`identification`], [`packet`] and [`message`]: lines, packets and the messages that may come at any time.
//! - [`kexinit`], [`method`], [`groups`] and [`exchange`]: what is agreed on, and the exchange of keys.
//! - [`algorithm`], [`key`], [`certificate`] and [`signature`]: host keys and what they sign.
//! - [`terrapin`]: what an attack on the numbering of packets works on.
//! - [`data`]: the data types.

pub mod algorithm;
pub mod certificate;
pub mod data;
pub mod exchange;
pub mod groups;
pub mod identification;
pub mod kexinit;
pub mod key;
pub mod message;
pub mod method;
pub mod packet;
pub mod signature;
pub mod terrapin;
