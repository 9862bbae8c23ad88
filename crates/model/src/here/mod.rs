//! What this computer and the network that it is on show.

mod echo;
mod resolver;

pub use echo::{Echo, HelloEcho, PlainEcho};
pub use resolver::{NameAnswers, ResolverAnswers};
