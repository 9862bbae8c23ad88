//! Who asks, as the pages and the API need to know it.

pub use midwatch_model::{Role, Scope};

/// Somebody who has logged in, or a program with a token.
#[derive(Clone, Debug)]
pub struct Reader {
    /// The account's name.
    pub name: String,
    /// What they may do.
    pub scopes: Vec<Scope>,
    /// The value of the hidden field of every form; empty for a program.
    pub csrf: String,
    /// From which address they ask.
    pub address: String,
}

impl Reader {
    /// True where they may do this.
    pub fn may(&self, scope: Scope) -> bool {
        self.scopes.contains(&scope)
    }
}
