//! The face of the daemon: pages and an API, which hold to what midwatch preaches.
//!
//! | module | what it is |
//! |---|---|
//! | [`tls`] | by what it is reached, and what a listener bears |
//! | [`guard`] | what every request goes through before a page or the API sees it |
//! | [`auth`] | who may use it: accounts, passwords, second factors, passkeys, providers, API tokens |
//! | [`pages`] | pages for people: pure functions to HTML, and what serves them |
//! | [`api`] | the interface for programs, from one table of operations |
//! | [`events`] | progress as server-sent events |
//! | [`assets`] | style sheet, script and icon, embedded |
//! | `figures` | figures for Prometheus |
//! | [`desk`] | what all of them ask of the daemon |
//! | `daemon` | the same, of the daemon that runs |
//! | [`face`] | what all of them share |
//! | `start` | what serves all of it, as midwatch.toml has it |
//! | [`reader`] | who asks |

pub mod api;
pub mod assets;
pub mod auth;
mod daemon;
pub mod desk;
pub mod events;
pub mod face;
mod figures;
pub mod guard;
pub mod pages;
pub mod reader;
#[cfg(any(test, feature = "testing"))]
pub mod sample;
mod start;
pub mod tls;
mod trust;

#[cfg(test)]
mod testing;

pub use auth::access::{Access, Rules};
pub use auth::books::Books;
pub use daemon::{Daemon, books};
pub use desk::Desk;
pub use face::{Face, PUBLIC, routes};
pub use figures::figures;
pub use guard::app_guarded;
pub use guard::visitor::{Denied, Visitor};
pub use start::{Served, Setup};
pub use tls::{Bounds, Peer, Ready, Tls, serve};
