//! The face of the daemon: pages and an API, which hold to what midwatch preaches.
//!
//! - [`tls`]: by what it is reached, and what a listener bears.
//! - [`guard`]: what every request goes through before a page or the API sees it.
//! - [`auth`]: who may use it: accounts, passwords, second factors, passkeys, providers, API tokens.

pub mod auth;
pub mod guard;
pub mod tls;

#[cfg(test)]
mod testing;

pub use auth::access::{Access, Rules};
pub use auth::books::Books;
pub use guard::app_guarded;
pub use guard::visitor::{Denied, Visitor};
pub use tls::{Bounds, Peer, Ready, Tls, serve};
