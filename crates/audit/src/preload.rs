//! The bundled HSTS preload list, asked for the names of a site.

use midwatch_data::preload;
use midwatch_fields::site::sibling;
use midwatch_model::{Fact, Host, Preload, PreloadEntry};

/// What the list says of the host and of its sibling (`www.` added or taken away). Addresses cannot be on it.
pub(crate) fn facts(host: &Host) -> Vec<(String, Fact)> {
    let Some(name) = host.name() else { return Vec::new() };
    let list = preload::list();
    let names = [Some(name.to_owned()), sibling(name)].into_iter().flatten();
    names
        .map(|name| {
            let entry = list
                .lookup(&name)
                .map(|entry| PreloadEntry { name: entry.name, include_subdomains: entry.include_subdomains });
            let source = &list.source;
            let fact = Preload {
                name: name.clone(),
                list: source.origin.clone().into_owned(),
                date: source.date.clone().into_owned(),
                entry,
            };
            (name, Fact::Preload(fact))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_and_its_sibling_are_looked_up() {
        let facts = facts(&Host::Name("shop.dev".into()));
        let names: Vec<&str> = facts.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["shop.dev", "www.shop.dev"]);
        for (_, fact) in &facts {
            let Fact::Preload(fact) = fact else { panic!("{fact:?}") };
            assert_eq!(fact.entry, Some(PreloadEntry { name: "dev".into(), include_subdomains: true }));
        }
        assert!(super::facts(&Host::Address("127.0.0.1".parse().unwrap())).is_empty());
    }
}
