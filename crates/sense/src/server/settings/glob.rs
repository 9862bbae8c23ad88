//! Patterns of file names, as configuration files use them in their includes (glob(7)).

use midwatch_model::{Reason, ReasonKind};

use crate::System;
use crate::server::sites::glob::matches;
use crate::system::Place;

/// Files that one pattern may name.
const MAX_FOUND: usize = 10_000;

/// Directories that are listed for one pattern.
const MAX_LISTED: usize = 2000;

/// The places that an absolute pattern names, by name in each directory; empty where there are none.
///
/// # Errors
/// Where a directory on the way cannot be listed, or there are too many.
pub(super) fn expand(system: &System, pattern: &str) -> Result<Vec<Place>, Reason> {
    let mut found = vec![system.at("/")];
    let mut listed = 0_usize;
    for part in pattern.split('/').filter(|part| !part.is_empty()) {
        let mut next = Vec::new();
        for place in found {
            if !part.contains(['*', '?', '[']) {
                next.push(place.join(part));
                continue;
            }
            listed += 1;
            if listed > MAX_LISTED {
                return Err(too_many(pattern));
            }
            // Names are compared as they are, and not as a report would show them.
            for entry in system.list(&place)? {
                let is_named = entry.raw_name().is_some_and(|name| matches(part, name));
                if is_named {
                    next.push(entry);
                }
            }
        }
        if next.len() > MAX_FOUND {
            return Err(too_many(pattern));
        }
        found = next;
    }
    Ok(found.into_iter().filter(|place| system.exists(place)).collect())
}

fn too_many(pattern: &str) -> Reason {
    Reason::new(ReasonKind::Limit, format!("{pattern} names more than {MAX_FOUND} files"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::testing::Tree;

    #[test]
    fn directories_are_walked_in_order() {
        let tree = Tree::new(&[("/etc/x/b.conf", ""), ("/etc/x/a.conf", ""), ("/etc/y/c.conf", "")]);
        let found = expand(&tree.system, "/etc/*/*.conf").unwrap();
        let shown: Vec<&str> = found.iter().map(|place| place.shown.as_str()).collect();
        assert_eq!(shown, ["/etc/x/a.conf", "/etc/x/b.conf", "/etc/y/c.conf"]);
        assert_eq!(expand(&tree.system, "/etc/x/a.conf").unwrap().len(), 1);
        assert!(expand(&tree.system, "/none/*").unwrap().is_empty());
    }
}
