//! This computer as a server: what its programs are told to serve.
//!
//! Files are read, and no program is run: a server's configuration may name programs, and whoever can write it would
//! have them run by whoever looks.

pub mod settings;
pub mod sites;

use midwatch_model::Fact;

use crate::System;

/// What holds for the server as a whole.
const SERVER: &str = "this server";

/// Everything that a server's files say of it, each with its subject.
pub fn look(system: &System) -> Vec<(String, Fact)> {
    let facts = [
        Fact::ServedSites(Box::new(sites::look(system))),
        Fact::ServerSettings(Box::new(settings::look(system))),
    ];
    facts.into_iter().map(|fact| (SERVER.to_owned(), fact)).collect()
}
