//! Who may do what with a watch.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What an account may do. Each role may all that those before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Reads.
    Viewer,
    /// Also looks now, changes targets, and acknowledges what changed.
    Operator,
    /// Also decides who else may do what.
    Admin,
}

/// What an API token may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// Reads.
    Read,
    /// Has a target looked at now.
    Look,
    /// Adds, changes and removes targets.
    Targets,
    /// Acknowledges and snoozes events.
    Events,
    /// Changes who may do what.
    Admin,
}

/// The word is none of those that are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownWord {
    given: String,
    known: &'static str,
}

impl fmt::Display for UnknownWord {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "\u{201c}{}\u{201d} is none of {}", self.given, self.known)
    }
}

impl std::error::Error for UnknownWord {}

impl Role {
    /// All of them, the least first.
    pub const ALL: [Role; 3] = [Role::Viewer, Role::Operator, Role::Admin];

    /// Its word: `viewer`, `operator`, `admin`.
    pub fn word(self) -> &'static str {
        match self {
            Role::Viewer => "viewer",
            Role::Operator => "operator",
            Role::Admin => "admin",
        }
    }

    /// What it may do.
    pub fn scopes(self) -> &'static [Scope] {
        match self {
            Role::Viewer => &[Scope::Read],
            Role::Operator => &[Scope::Read, Scope::Look, Scope::Targets, Scope::Events],
            Role::Admin => &Scope::ALL,
        }
    }
}

impl Scope {
    /// All of them.
    pub const ALL: [Scope; 5] = [Scope::Read, Scope::Look, Scope::Targets, Scope::Events, Scope::Admin];

    /// Its word: `read`, `look`, `targets`, `events`, `admin`.
    pub fn word(self) -> &'static str {
        match self {
            Scope::Read => "read",
            Scope::Look => "look",
            Scope::Targets => "targets",
            Scope::Events => "events",
            Scope::Admin => "admin",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.word())
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.word())
    }
}

impl FromStr for Role {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Role, UnknownWord> {
        let unknown = || UnknownWord { given: text.to_owned(), known: "viewer, operator, admin" };
        Role::ALL.into_iter().find(|role| role.word() == text).ok_or_else(unknown)
    }
}

impl FromStr for Scope {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Scope, UnknownWord> {
        let unknown = || UnknownWord { given: text.to_owned(), known: "read, look, targets, events, admin" };
        Scope::ALL.into_iter().find(|scope| scope.word() == text).ok_or_else(unknown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_as_they_are_written() {
        for role in Role::ALL {
            assert_eq!(role.word().parse(), Ok(role));
            assert_eq!(serde_json::to_value(role).expect("JSON"), role.word());
        }
        for scope in Scope::ALL {
            assert_eq!(scope.word().parse(), Ok(scope));
            assert_eq!(serde_json::to_value(scope).expect("JSON"), scope.word());
        }
        let error = "root".parse::<Role>().expect_err("no role").to_string();
        assert_eq!(error, "\u{201c}root\u{201d} is none of viewer, operator, admin");
    }

    #[test]
    fn each_role_may_what_those_before_it_may() {
        for pair in Role::ALL.windows(2) {
            assert!(pair[0].scopes().iter().all(|scope| pair[1].scopes().contains(scope)));
        }
    }
}
