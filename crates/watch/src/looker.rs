//! Who looks at targets.

use std::future::Future;
use std::pin::Pin;

use midwatch_model::TargetReport;
use midwatch_store::watch::WatchTarget;

use crate::config::{Config, Parse};

/// A look that is under way.
pub type Looking<'a> = Pin<Box<dyn Future<Output = TargetReport> + Send + 'a>>;

/// Looks at targets. The daemon gives it one and knows of no network itself, so that tests can give it another.
pub trait Looker: Parse + Send + Sync + 'static {
    /// Looks at a target. Never fails: what could not be measured stands in the report. `step` is called with what is
    /// being done, how much of it is done, and of how much, where that is known. `config` is the configuration as it was when
    /// the look began.
    fn look<'a>(&'a self, target: &'a WatchTarget, config: &'a Config, step: Step<'a>) -> Looking<'a>;
}

/// Hears how a look moves.
pub type Step<'a> = &'a (dyn Fn(&str, u64, Option<u64>) + Send + Sync);
