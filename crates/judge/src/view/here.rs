//! What this computer and its network show, by signal.

pub(crate) mod local;

/// The facts of this computer and its network.
#[derive(Debug, Default)]
pub(crate) struct Here<'a> {
    /// This computer's own configuration.
    pub(crate) local: local::Local<'a>,
}
