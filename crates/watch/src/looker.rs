//! Who looks at targets.

use std::future::Future;
use std::pin::Pin;

use midwatch_model::{Target, TargetError, TargetReport};
use midwatch_store::watch::WatchTarget;

/// A look that is under way.
pub type Looking<'a> = Pin<Box<dyn Future<Output = TargetReport> + Send + 'a>>;

/// Looks at targets. The daemon gives it one and knows of no network itself, so that tests can give it another.
pub trait Looker: Send + Sync + 'static {
    /// Looks at a target. Never fails: what could not be measured stands in the report. `step` is called with what is
    /// being done, how much of it is done, and of how much, where that is known.
    fn look<'a>(&'a self, target: &'a WatchTarget, step: Step<'a>) -> Looking<'a>;

    /// Reads what somebody wrote. `kind` is `site`, `tls`, `ssh`, `git`, `repository` or `here`.
    ///
    /// # Errors
    /// A sentence that says what to write instead.
    fn parse(&self, kind: &str, text: &str) -> Result<Target, TargetError>;
}

/// Hears how a look moves.
pub type Step<'a> = &'a (dyn Fn(&str, u64, Option<u64>) + Send + Sync);
