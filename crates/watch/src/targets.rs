//! The targets of midwatch.toml, and those that people have added.

use std::collections::{HashMap, HashSet};

use midwatch_model::Time;
use midwatch_store::StoreError;
use midwatch_store::watch::{Ledger, Origin, WatchTarget};

use crate::config::Config;
use crate::schedule::{Entry, due_in};

/// Brings the targets of the ledger in line with the configuration; gives all that are watched.
///
/// A target that stands in the configuration no more is taken away, and what was seen of it stays. A target that somebody
/// paused on a page stays paused until somebody takes it up again there.
///
/// # Errors
/// [`StoreError`].
pub fn settle(ledger: &mut Ledger, config: &Config) -> Result<Vec<WatchTarget>, StoreError> {
    let known = ledger.targets()?;
    let wanted: HashSet<&str> = config.targets.iter().map(|entry| entry.id.as_str()).collect();
    for old in known.iter().filter(|old| old.origin == Origin::File) {
        if !wanted.contains(old.id.as_str()) {
            ledger.remove_target(&old.id)?;
        }
    }
    let by_id: HashMap<&str, &WatchTarget> = known.iter().map(|old| (old.id.as_str(), old)).collect();
    let mut changed = Vec::new();
    for entry in &config.targets {
        let old = by_id.get(entry.id.as_str()).copied();
        let target = WatchTarget {
            id: entry.id.clone(),
            name: entry.name.clone(),
            target: entry.target.clone(),
            origin: Origin::File,
            every: entry.every,
            paused: entry.paused || old.is_some_and(|old| old.origin == Origin::File && old.paused),
            added: old.map_or_else(Time::now, |old| old.added),
            tags: entry.tags.clone(),
        };
        if old != Some(&target) {
            changed.push(target);
        }
    }
    // In one transaction: ten thousand of their own wait for the disk for minutes.
    if !changed.is_empty() {
        ledger.put_targets(&changed)?;
    }
    ledger.targets()
}

/// What the schedule has to know of them, by what was kept.
///
/// # Errors
/// [`StoreError`].
pub fn entries(ledger: &mut Ledger, targets: &[WatchTarget]) -> Result<Vec<Entry>, StoreError> {
    let (due, now) = (ledger.due()?, Time::now());
    let next = |id: &str| {
        let found = due.binary_search_by(|(known, _)| known.as_str().cmp(id)).ok()?;
        due.get(found)?.1
    };
    let entry = |target: &WatchTarget| {
        let every = std::time::Duration::from_secs(target.every);
        Entry {
            id: target.id.clone(),
            host: target.target.host().map(ToString::to_string),
            every,
            paused: target.paused,
            due_in: due_in(next(&target.id), now, every),
        }
    };
    Ok(targets.iter().map(entry).collect())
}
