//! What another version of the file changes: what is done at once, and what needs a restart.

use std::collections::{BTreeMap, BTreeSet};

use super::{Config, TargetEntry};

/// What differs between the configuration that runs and the one that was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diff {
    /// Ids of targets that are new.
    pub added: Vec<String>,
    /// Ids of targets that are gone.
    pub removed: Vec<String>,
    /// Ids of targets that are looked at otherwise, or are called otherwise.
    pub changed: Vec<String>,
    /// Names of channels that are new, gone or different.
    pub channels: Vec<String>,
    /// Other tables that differ and are taken at once, as the file has them.
    pub tables: Vec<&'static str>,
    /// What is only taken with a restart, a sentence each. The rest is taken all the same.
    pub restart: Vec<String>,
}

impl Diff {
    /// Whether anything differs.
    pub fn is_empty(&self) -> bool {
        *self == Diff::default()
    }
}

/// For people, one line.
impl std::fmt::Display for Diff {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.is_empty() {
            return f.write_str("nothing differs");
        }
        let mut parts = Vec::new();
        for (ids, what) in [(&self.added, "new"), (&self.removed, "gone"), (&self.changed, "changed")] {
            match ids.as_slice() {
                [] => {}
                [one] => parts.push(format!("target {one} {what}")),
                more => parts.push(format!("{} targets {what}", more.len())),
            }
        }
        parts.extend(self.channels.iter().map(|name| format!("channel {name} changed")));
        parts.extend(self.tables.iter().map(|name| format!("[{name}] changed")));
        parts.extend(self.restart.iter().cloned());
        f.write_str(&parts.join("; "))
    }
}

impl Config {
    /// What `new` changes in `old`, which runs.
    pub fn diff(old: &Config, new: &Config) -> Diff {
        let mut diff = Diff::default();
        let targets = |config: &Config| -> BTreeMap<String, TargetEntry> {
            config.targets.iter().map(|target| (target.id.clone(), target.clone())).collect()
        };
        let (before, after) = (targets(old), targets(new));
        diff.added = after.keys().filter(|id| !before.contains_key(*id)).cloned().collect();
        diff.removed = before.keys().filter(|id| !after.contains_key(*id)).cloned().collect();
        let differs = |id: &&String| {
            before.get(*id).is_some_and(|one| after.get(*id).is_some_and(|other| one != other))
        };
        diff.changed = before.keys().filter(differs).cloned().collect();
        diff.channels = channels(old, new);
        let mut table = |name: &'static str, differs: bool| {
            if differs {
                diff.tables.push(name);
            }
        };
        // What needs a restart is told of by itself.
        let mut watch = new.watch.clone();
        (watch.state, watch.store, watch.user) =
            (old.watch.state.clone(), old.watch.store.clone(), old.watch.user.clone());
        table("watch", old.watch != watch);
        table("look", old.look != new.look);
        table("alerts", old.alerts != new.alerts);
        table("policy", old.policy != new.policy);
        table("retention", old.retention != new.retention);
        diff.restart = restart(old, new);
        diff
    }
}

fn channels(old: &Config, new: &Config) -> Vec<String> {
    let names: BTreeSet<&String> =
        old.channels.iter().chain(&new.channels).map(|channel| &channel.common.name).collect();
    let find = |config: &Config, name: &str| {
        config.channels.iter().find(|channel| channel.common.name == name).cloned()
    };
    names.into_iter().filter(|name| find(old, name) != find(new, name)).cloned().collect()
}

/// What the process has opened and keeps open.
fn restart(old: &Config, new: &Config) -> Vec<String> {
    let mut told = Vec::new();
    let mut tell = |differs: bool, what: &str| {
        if differs {
            told.push(format!("{what} changes with a restart of midwatch, and stays as it was until then"));
        }
    };
    tell(old.watch.state != new.watch.state, "the state directory ([watch] state)");
    tell(old.watch.store != new.watch.store, "where the memory is kept ([watch] store)");
    tell(old.watch.user != new.watch.user, "who midwatch becomes ([watch] user)");
    tell(old.web.on != new.web.on, "whether there is a dashboard ([web] on)");
    tell(
        old.web.on && new.web.on && old.web.listen != new.web.listen,
        "where the dashboard listens ([web] listen)",
    );
    tell(
        old.web.on && new.web.on && old.web.tls != new.web.tls,
        "how the dashboard is protected ([web.tls])",
    );
    let mut rest = new.web.clone();
    (rest.on, rest.listen, rest.tls) = (old.web.on, old.web.listen, old.web.tls.clone());
    tell(
        old.web.on && new.web.on && old.web != rest,
        "whom the dashboard serves and how they log in (the rest of [web])",
    );
    tell(old.metrics != new.metrics, "where the figures are given and to whom ([metrics])");
    told
}
