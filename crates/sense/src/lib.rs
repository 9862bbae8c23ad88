//! All local I/O: what this computer and the network that it is on show without asking anybody.
//!
//! A module for each signal. Each yields typed observations ([`midwatch_model::Fact`]) and never judges; what could
//! not be read is told as not measured, with its reason and the right that it takes.

// What is Linux's alone is kept beside what every system has.
#![cfg_attr(not(has_linux), allow(dead_code))]
#![cfg_attr(
    not(test),
    warn(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

pub mod browser;
pub mod git;
mod kernel;
mod lines;
pub mod link;
pub mod listening;
pub mod names;
pub mod network;
pub mod server;
pub mod settings;
mod sqlite;
pub mod system;
pub mod tls_reports;
pub mod trust;
pub mod upkeep;
pub mod wifi;

pub use system::System;

/// Everything that a computer shows of itself: names, network, Wi-Fi, settings, trust anchors and browsers, each with its
/// subject. [`upkeep`] is apart: lists of packages take longer to read than all of these.
pub fn computer(system: &System, roots: &trust::Roots<'_>) -> Vec<(String, midwatch_model::Fact)> {
    let names = names::look(system);
    let network = network::look(system, &names::resolvers(&names.1));
    let mut facts = vec![network, wifi::look(system), names, settings::look(system)];
    facts.extend(trust::look(system, roots));
    facts.extend(browser::look(system));
    facts
}

/// The subject of what holds for this computer as a whole.
const HERE: &str = "this computer";

/// Why a signal that is Linux's alone is not measured on another system.
fn not_built() -> midwatch_model::Reason {
    midwatch_model::Reason::new(midwatch_model::ReasonKind::NotAsked, "not built for this system yet")
}
