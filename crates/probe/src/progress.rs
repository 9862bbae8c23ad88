//! How a probe tells the people who wait that it moves.

/// Hears of steps as they happen. Must be cheap: it is called from the middle of the work.
pub trait Progress: Send + Sync {
    /// A stage with a name begins; `total` steps are expected, where that is known.
    fn stage(&self, name: &str, total: Option<u64>);
    /// A step was done; `total` may have grown.
    fn step(&self, done: u64, total: Option<u64>, what: &str);
}

/// Tells nobody.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn stage(&self, _name: &str, _total: Option<u64>) {}
    fn step(&self, _done: u64, _total: Option<u64>, _what: &str) {}
}
