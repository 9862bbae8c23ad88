//! Where nothing is built that listens.

use std::time::Instant;

use midwatch_model::{LinkWatch, Reason};

use super::News;
use crate::not_built;

/// Nobody can listen.
pub enum Listener {}

impl Listener {
    /// Tells why not.
    ///
    /// # Errors
    /// Always.
    pub fn open() -> Result<Listener, Reason> {
        Err(not_built())
    }

    /// Listens until something new was said or changed, at most until `end`.
    pub fn listen(&mut self, _end: Instant) -> News {
        match *self {}
    }

    /// What was heard so far.
    pub fn heard(&self) -> LinkWatch {
        match *self {}
    }
}
