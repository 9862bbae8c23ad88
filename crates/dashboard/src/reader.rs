//! Who asks, as the pages and the API need to know it.

use serde::{Deserialize, Serialize};

/// What somebody may do. Each may do what those before may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    Viewer,
    Operator,
    Admin,
}

/// Somebody who has logged in.
#[derive(Clone, Debug)]
pub struct Reader {
    pub name: String,
    pub role: Role,
    /// The value of the hidden field of every form.
    pub csrf: String,
}

impl Reader {
    /// True where their role is this one or above.
    pub fn may(&self, role: Role) -> bool {
        self.role >= role
    }
}
