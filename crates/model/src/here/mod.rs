//! What this computer and the network that it is on show.

mod echo;

pub use echo::{Echo, HelloEcho, PlainEcho};
