//! Which names the browsers' preload list covers.

use midwatch_fields::set_cookie::domain_match;
use midwatch_model::Preload;

use super::{Seen, View};

impl<'a> View<'a> {
    /// The look-up whose entry covers a host: its own, or that of a name above which includes those below.
    /// Browsers with such a list use https for the host alone, the very first time too.
    pub fn preloaded(&self, host: &str) -> Option<Seen<'a, Preload>> {
        let covers = |seen: &&Seen<'a, Preload>| {
            seen.fact.entry.as_ref().is_some_and(|entry| {
                seen.fact.name == host
                    || entry.name == host
                    || entry.include_subdomains && domain_match(host, &entry.name)
            })
        };
        self.preloads.iter().find(covers).copied()
    }

    /// The look-up of a host that says that it is not on the list.
    pub fn not_preloaded(&self, host: &str) -> Option<Seen<'a, Preload>> {
        self.preloads.iter().find(|seen| seen.fact.name == host && seen.fact.entry.is_none()).copied()
    }
}
