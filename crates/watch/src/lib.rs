//! The daemon: it looks at targets again and again, remembers what it saw, and tells what changed.
//!
//! | module | what it is |
//! |---|---|
//! | [`config`] | midwatch.toml |
//! | [`schedule`] | who is looked at next; pure |
//! | [`looker`] | who looks: given by whoever starts the daemon, so that this crate knows no network |
//! | `engine` | the loop that looks at what is due |
//! | `remember` | from a look to what is kept of it: changes, events, alerts; all of it or nothing |
//! | [`memory`] | the thread that has the ledger |
//! | [`alert`] | who is told, in which words, on which way |
//! | `routing`, [`quiet`] | which channel is told of what, and when |
//! | `upkeep` | retention, digest, snoozing |
//! | `keeper` | one daemon for each ledger |
//! | [`watcher`] | the running daemon, as its face sees it |
//! | [`roots`] | whom clients of TLS trust, one rule for all |
//! | [`service`] | the daemon as a service of the system |

pub mod alert;
pub mod config;
mod daemon;
mod engine;
mod first;
mod keeper;
pub mod looker;
pub mod memory;
mod outbox;
pub mod progress;
pub mod quiet;
mod remember;
pub mod roots;
mod routing;
pub mod schedule;
pub mod service;
mod silence;
mod targets;
mod upkeep;
pub mod watcher;

pub use daemon::{Daemon, GRACE, Setup, StartError};
pub use keeper::KeeperError;
pub use watcher::{AddError, NewTarget, Watcher};
