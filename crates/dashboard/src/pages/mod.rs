//! The pages: pure functions from what is known to HTML.

pub mod alerts;
pub mod event;
pub mod events;
pub mod explain;
pub mod host_key;
mod markdown;
pub mod overview;
pub(crate) mod parts;
mod remembered;
pub mod search;
pub mod serve;
pub mod settings;
pub mod shell;
pub mod target;
pub mod targets;
mod timeline;
