//! The face of the daemon: pages and an API, which hold to what midwatch preaches.
//!
//! | module | what it is |
//! |---|---|
//! | [`pages`] | pages for people: pure functions to HTML, and what serves them |
//! | [`api`] | the interface for programs, from one table of operations |
//! | [`events`] | progress as server-sent events |
//! | [`assets`] | style sheet, script and icon, embedded |
//! | [`desk`] | what all of them ask of the daemon |
//! | [`face`] | what all of them share |
//! | [`reader`] | who asks |

pub mod assets;
pub mod desk;
pub mod events;
pub mod face;
pub mod pages;
pub mod reader;
#[cfg(any(test, feature = "testing"))]
pub mod sample;
mod trust;
