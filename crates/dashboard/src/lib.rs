//! The face of the daemon: pages and an API, which hold to what midwatch preaches.

pub mod assets;
pub mod pages;
pub mod reader;
#[cfg(any(test, feature = "testing"))]
pub mod sample;
pub mod shapes;
