//! What this computer and its network show.

use midwatch_model::Echo;

use super::Seen;

/// The facts of `midwatch here`, by kind.
#[derive(Debug, Default)]
pub(crate) struct Here<'a> {
    /// What echoes say.
    pub(crate) echoes: Vec<Seen<'a, Echo>>,
}
