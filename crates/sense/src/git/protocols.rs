//! Which protocols git may use: `git help config`, "protocol.allow", and git(1), `GIT_ALLOW_PROTOCOL`.

use std::collections::HashMap;

use midwatch_model::{GitRole, Remote};

use super::settings::Set;
use crate::System;

/// What is allowed, and what says so.
pub(super) struct Protocols {
    only: Option<Vec<String>>,
    /// By protocol, and `` for all others.
    rules: HashMap<String, (String, String)>,
}

impl Protocols {
    pub(super) fn new(system: &System, settings: &[Set]) -> Self {
        let only = system.variable("GIT_ALLOW_PROTOCOL");
        let mut rules = HashMap::new();
        for set in settings.iter().filter(|set| set.entry.key() == "protocol.allow") {
            let name = set.entry.subsection.clone().unwrap_or_default();
            let line = set.line().map(|line| format!(", line {line}")).unwrap_or_default();
            rules.insert(name, (set.entry.value.to_ascii_lowercase(), format!("{}{line}", set.from.file)));
        }
        Protocols { only: only.map(|only| only.split(':').map(str::to_owned).collect()), rules }
    }

    /// Why git would not ask a remote; none where it would.
    pub(super) fn forbid(&self, remote: &Remote, role: GitRole) -> Option<String> {
        let name = match remote {
            Remote::Ssh { .. } => "ssh",
            Remote::Https { .. } => "https",
            Remote::Http { .. } => "http",
            Remote::Git { .. } => "git",
            Remote::Other { scheme } => scheme,
            Remote::Helper { name } => name,
            Remote::Local => "file",
        };
        if let Some(only) = &self.only {
            return (!only.iter().any(|one| one == name))
                .then(|| "GIT_ALLOW_PROTOCOL does not name it".into());
        }
        let told = |key: &str, (value, at): &(String, String)| format!("{key} is {value} ({at})");
        // Submodules are asked because a file of the repository says so, and not the user.
        let forbids = |value: &str| value == "never" || value == "user" && role == GitRole::Submodule;
        if let Some(rule) = self.rules.get(name) {
            return forbids(&rule.0).then(|| told(&format!("protocol.{name}.allow"), rule));
        }
        if let Some(rule) = self.rules.get("") {
            return forbids(&rule.0).then(|| told("protocol.allow", rule));
        }
        match name {
            "ext" => Some("ext is forbidden where nothing allows it".into()),
            "ssh" | "https" | "http" | "git" => None,
            _ if role == GitRole::Submodule => {
                Some(format!("{name} is for the user alone where nothing allows it"))
            }
            _ => None,
        }
    }
}
