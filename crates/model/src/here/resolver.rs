//! How the resolver of this computer answers.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::{Outcome, ResolverFault};

/// What the system's resolver answers, and beside it one that the user chose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ResolverAnswers {
    /// The system's resolver, as an address with a port.
    pub resolver: String,
    /// Where it does not behave as one should.
    pub faults: Outcome<Vec<ResolverFault>>,
    /// The resolver that was chosen with `--resolver`, where one was.
    pub chosen: Option<String>,
    /// What both say of names, in the order asked.
    pub names: Vec<NameAnswers>,
}

/// The addresses of one name by two resolvers, sorted; empty where the name has none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NameAnswers {
    /// The name.
    pub name: String,
    /// By the system's resolver.
    pub system: Outcome<Vec<IpAddr>>,
    /// By the one that was chosen.
    pub chosen: Outcome<Vec<IpAddr>>,
}
