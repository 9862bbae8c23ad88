//! All network I/O of midwatch, a module each. A probe yields typed facts and never judges them.
//!
//! - [`net`]: names to addresses, connections, deadlines and the budget that everything else works inside.
//! - [`http`]: one request at a time over HTTP/1.1 or HTTP/2, with bounded answers.
//! - [`crawl`]: the ways in to a site, and its pages.
//! - [`dns`]: what the DNS says of a name, validated from the root down.
//! - [`mail`]: a domain's mail: who takes it, and what protects its way.
//! - [`tls`]: what a TLS endpoint accepts, asked with hellos crafted at wire level.
//! - [`starttls`]: services whose connections begin in plain text and ask for TLS.
//! - [`ssh`]: what an SSH server says before anybody logs in, and its host keys with their proofs.
//! - [`listening`]: what a service of this computer says when it is asked.
//! - [`router`]: what the router answers to a browser that opens its address.
//! - [`plain_site`]: what a public site answers over plain http.
//! - [`pki`]: the certificates that were sent, who trusts them, and why not.

pub mod authority;
pub mod crawl;
pub mod dns;
pub mod echo;
mod handshake;
pub mod http;
mod landing;
pub mod listening;
pub mod mail;
pub mod net;
pub mod pki;
pub mod plain_site;
pub mod progress;
pub mod router;
pub mod ssh;
pub mod starttls;
pub mod tls;
