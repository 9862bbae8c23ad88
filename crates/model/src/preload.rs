//! What the browsers' HSTS preload list says of a name.

use serde::{Deserialize, Serialize};

/// A look-up in the preload list: hosts that browsers never ask over plain http, not even the first time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Preload {
    /// The name that was looked up.
    pub name: String,
    /// Which list.
    pub list: String,
    /// The day of the list, `YYYY-MM-DD`. Names that were added since are not on it.
    pub date: String,
    /// The entry that decides for the name; none where it is not covered.
    pub entry: Option<PreloadEntry>,
}

/// An entry of the preload list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PreloadEntry {
    /// The name on the list: the one that was looked up, or one above it.
    pub name: String,
    /// The names below are included.
    pub include_subdomains: bool,
}
