//! One request at a time, always `GET`, over HTTP/1.1 or HTTP/2, with bounded answers.
//!
//! - `client`: from a URL to an [`Exchange`](midwatch_model::Exchange), every failure a reason.
//! - `connect`: a connection to an origin, with TLS where the URL says so.
//! - `pool`: connections that are kept for the next request.
//! - `media_type`: what a body is.
//! - `body`: reading and decompressing within limits.

mod body;
mod client;
mod connect;
mod media_type;
mod pool;

pub(crate) use body::gunzip;
pub use client::{Client, ClientOptions, Fetched};
pub(crate) use client::{USER_AGENT, target_and_authority};
pub(crate) use connect::reason as failure;
pub use media_type::MediaType;

/// The longest header section, in bytes.
pub const MAX_HEADERS: usize = 256 << 10;
/// The longest body after decompression, in bytes.
pub const MAX_BODY: usize = 8 << 20;
