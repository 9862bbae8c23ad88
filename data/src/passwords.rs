//! Passwords that everybody tries first: those that routers come with, and those that are used most.

use std::collections::{BTreeMap, HashSet};
use std::sync::LazyLock;

use crate::{Source, entries, source};

const FACTORY: &str = include_str!("../passwords-factory.txt");
const COMMON: &str = include_str!("../passwords-common.txt");

static LISTS: LazyLock<Lists> = LazyLock::new(Lists::read);

/// Both lists.
#[derive(Debug)]
pub struct Lists {
    /// Passwords that routers come with, and the makers; no password is the empty one.
    pub factory: BTreeMap<&'static str, &'static str>,
    /// Where that list is from.
    pub factory_source: Source,
    /// The passwords that are used most, in lower case.
    pub common: HashSet<&'static str>,
    /// Where that list is from.
    pub common_source: Source,
}

/// The bundled lists.
pub fn lists() -> &'static Lists {
    &LISTS
}

impl Lists {
    fn read() -> Lists {
        let factory = entries(FACTORY).filter_map(|line| line.split_once('\t')).collect();
        Lists {
            factory,
            factory_source: source(FACTORY),
            common: entries(COMMON).collect(),
            common_source: source(COMMON),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_sound() {
        let lists = lists();
        assert_eq!(lists.common.len(), 5000);
        assert!(lists.common.contains("123456") && lists.common.contains("letmein"));
        assert!(lists.factory.len() > 30);
        assert!(lists.factory["admin"].contains("TP-Link") && lists.factory[""].contains("MikroTik"));
        assert_eq!(entries(FACTORY).count(), lists.factory.len(), "each line is one password and its makers");
        for text in [FACTORY, COMMON] {
            let all: Vec<&str> =
                entries(text).map(|line| line.split('\t').next().unwrap_or_default()).collect();
            assert!(all.is_sorted_by(|a, b| a < b), "sorted, and each once");
        }
        for source in [&lists.factory_source, &lists.common_source] {
            assert!(source.origin != "unknown" && source.licence != "unknown");
            assert!(source.date.parse::<jiff::civil::Date>().is_ok(), "{}", source.date);
        }
        assert_eq!(lists.common_source.licence, "MIT");
    }
}
