//! Settings that bear on who can sit in the middle, and for which remotes each is the one that counts.

use midwatch_model::{GitLevel, GitSecret, GitSetting, GitSettingKind as Kind, Remote};

use super::remotes::Asked;
use super::rewrite::Rule;
use super::secret;
use super::settings::Set;
use super::ssh_command;
use super::urlmatch::{Closeness, Url};
use crate::System;
use crate::lines;
use crate::lines::is_no;

/// URLs that a setting names.
const MAX_URLS: usize = 20;

/// Settings of note of one repository.
const MAX_SETTINGS: usize = 1000;

/// Settings with a URL of their own that are held against each remote.
const MAX_SCOPED: usize = 2000;

/// Everything of note.
pub(super) fn of(system: &System, settings: &[Set], remotes: &[Asked<'_>]) -> Vec<GitSetting> {
    let mut gather = Gather { system, remotes, found: Vec::new() };
    gather.http(settings);
    gather.credentials(settings);
    gather.proxies_of_remotes(settings);
    gather.http_environment();
    gather.ssh(settings);
    gather.rules(settings);
    gather.programs(settings);
    // What the user's own files say is of note where it concerns a remote; the repository's own, always.
    gather.found.retain(|setting| setting.level.is_own() || !setting.urls.is_empty());
    gather.found.truncate(MAX_SETTINGS);
    gather.found
}

struct Gather<'a> {
    system: &'a System,
    remotes: &'a [Asked<'a>],
    found: Vec<GitSetting>,
}

/// What is of note in a variable.
struct Note {
    kind: Kind,
    value: String,
    secret: Option<GitSecret>,
}

impl Note {
    fn new(kind: Kind, value: &str) -> Note {
        Note { kind, value: lines::value(value), secret: None }
    }
}

/// A setting for URLs, with the remotes for which it is the one that counts.
struct Scoped<'a> {
    set: &'a Set,
    note: Option<Note>,
    pattern: Option<Url>,
    counts: Vec<usize>,
}

impl Gather<'_> {
    fn add(&mut self, set: &Set, note: Note, remotes: &[usize]) {
        let entry = &set.entry;
        let scope =
            entry.subsection.as_deref().filter(|_| matches!(entry.section.as_str(), "http" | "credential"));
        let place = set.from.place.as_ref();
        let readable = note.secret.and_then(|_| self.system.readable_by_others(place?));
        let setting = GitSetting {
            kind: note.kind,
            key: key(set),
            value: note.value,
            file: set.from.file.clone(),
            line: set.line(),
            level: set.from.level,
            scope: scope.map(secret::told),
            urls: Vec::new(),
            more: 0,
            secret: note.secret,
            readable_by_others: readable,
        };
        self.push(setting, remotes);
    }

    fn push(&mut self, mut setting: GitSetting, remotes: &[usize]) {
        let mut urls: Vec<&str> = Vec::new();
        let mut known = std::collections::HashSet::new();
        for remote in remotes.iter().filter_map(|at| self.remotes.get(*at)) {
            if known.insert(&remote.told.url) {
                urls.push(&remote.told.url);
            }
        }
        setting.more = urls.len().saturating_sub(MAX_URLS);
        setting.urls = urls.into_iter().take(MAX_URLS).map(str::to_owned).collect();
        self.found.push(setting);
    }

    fn variable(&mut self, name: &str, kind: Kind, value: String, remotes: &[usize]) {
        let setting = GitSetting {
            kind,
            key: name.into(),
            value,
            file: "environment".into(),
            line: None,
            level: GitLevel::Environment,
            scope: None,
            urls: Vec::new(),
            more: 0,
            secret: None,
            readable_by_others: None,
        };
        self.push(setting, remotes);
    }

    /// The remotes that git asks, of some protocols.
    fn asked(&self, wanted: impl Fn(&Remote) -> bool) -> Vec<usize> {
        let all = self.remotes.iter().enumerate();
        let all = all
            .filter(|(_, one)| one.told.refused.is_none() && one.told.remote.as_ref().is_some_and(&wanted));
        all.map(|(at, _)| at).collect()
    }

    /// `http.*` and `http.<url>.*`.
    fn http(&mut self, settings: &[Set]) {
        for name in ["sslverify", "proxy", "sslcainfo", "sslcapath", "extraheader"] {
            let is_list = name == "extraheader";
            let is_wanted = |remote: &Remote| match name {
                "proxy" | "extraheader" => matches!(remote, Remote::Http { .. } | Remote::Https { .. }),
                _ => matches!(remote, Remote::Https { .. }),
            };
            let of = settings.iter().filter(|set| set.entry.section == "http" && set.entry.name == name);
            let all = of.map(|set| (set, http_note(name, &set.entry.value))).collect();
            let remotes = self.asked(is_wanted);
            self.scoped(all, &remotes, is_list, false);
        }
    }

    /// `credential.helper` and `credential.<url>.helper`.
    fn credentials(&mut self, settings: &[Set]) {
        let of = settings.iter().filter(|set| set.entry.key() == "credential.helper");
        let all = of
            .map(|set| {
                let value = set.entry.value.trim();
                let program = value.split_whitespace().next().unwrap_or_default();
                let is_store = program == "store" || program.ends_with("git-credential-store");
                (set, is_store.then(|| Note::new(Kind::CredentialStore, value)))
            })
            .collect();
        let remotes = self.asked(|remote| matches!(remote, Remote::Http { .. } | Remote::Https { .. }));
        self.scoped(all, &remotes, true, true);
    }

    /// Settings of which the closest to a URL counts; of a list, each that is no further than those before it.
    fn scoped(&mut self, all: Vec<(&Set, Option<Note>)>, remotes: &[usize], is_list: bool, any_path: bool) {
        let mut all: Vec<Scoped<'_>> = all
            .into_iter()
            .take(MAX_SCOPED)
            .map(|(set, note)| {
                let pattern = set.entry.subsection.as_deref().and_then(Url::pattern);
                let pattern = if any_path { pattern.map(Url::without_path) } else { pattern };
                Scoped { set, note, pattern, counts: Vec::new() }
            })
            .collect();
        for at in remotes {
            let url = self.remotes.get(*at).and_then(|remote| Url::asked(&remote.url));
            let mut best: Option<Closeness> = None;
            let mut counting: Vec<usize> = Vec::new();
            for (index, one) in all.iter().enumerate() {
                let close = match (&one.set.entry.subsection, &one.pattern, &url) {
                    (None, _, _) => Closeness::default(),
                    (Some(_), Some(pattern), Some(url)) => match pattern.fits(url) {
                        Some(close) => close,
                        None => continue,
                    },
                    _ => continue,
                };
                // Helpers of all sections are asked, whichever is closer.
                if !any_path && best.is_some_and(|best| close < best) {
                    continue;
                }
                best = Some(close);
                if !is_list || one.set.entry.value.is_empty() {
                    counting.clear();
                }
                counting.push(index);
            }
            for index in counting {
                if let Some(one) = all.get_mut(index) {
                    one.counts.push(*at);
                }
            }
        }
        // What a later one of the same scope overrules holds for nobody.
        let mut later: Vec<Option<String>> = Vec::new();
        let mut overruled: Vec<bool> = Vec::new();
        for one in all.iter().rev() {
            let scope = one.set.entry.subsection.clone();
            let is_overruled = !is_list && later.contains(&scope);
            overruled.push(is_overruled);
            if !is_overruled {
                later.push(scope);
            }
        }
        overruled.reverse();
        for (one, is_overruled) in all.into_iter().zip(overruled) {
            if let Some(note) = one.note.filter(|_| !is_overruled) {
                self.add(one.set, note, &one.counts);
            }
        }
    }

    /// `remote.<name>.proxy`.
    fn proxies_of_remotes(&mut self, settings: &[Set]) {
        let remotes = self.asked(|remote| matches!(remote, Remote::Http { .. } | Remote::Https { .. }));
        let mut later = std::collections::HashSet::new();
        for set in settings.iter().rev().filter(|set| set.entry.key() == "remote.proxy") {
            let Some(name) = set.entry.subsection.as_deref().filter(|name| later.insert(*name)) else {
                continue;
            };
            let is_its = |at: &usize| self.remotes.get(*at).is_some_and(|remote| remote.name == name);
            let its: Vec<usize> = remotes.iter().copied().filter(is_its).collect();
            if let Some(note) = http_note("proxy", &set.entry.value) {
                self.add(set, note, &its);
            }
        }
    }

    /// What the environment says of TLS. git looks whether `GIT_SSL_NO_VERIFY` is set, and not to what.
    fn http_environment(&mut self) {
        let system = self.system;
        let remotes = self.asked(|remote| matches!(remote, Remote::Https { .. }));
        for (name, value) in &system.env {
            let kind = match name.as_str() {
                "GIT_SSL_NO_VERIFY" => Kind::NotVerified,
                "GIT_SSL_CAINFO" | "GIT_SSL_CAPATH" => Kind::CaBundle,
                _ => continue,
            };
            self.variable(name, kind, lines::value(value), &remotes);
        }
    }

    /// The command that is run for ssh: of the environment, of the configuration, and last `GIT_SSH`, which is a program
    /// without options.
    fn ssh(&mut self, settings: &[Set]) {
        let system = self.system;
        let remotes = self.asked(|remote| matches!(remote, Remote::Ssh { .. }));
        if let Some(command) = system.env.iter().find(|(name, _)| name == "GIT_SSH_COMMAND") {
            let (kind, shown) = ssh_command::read(&command.1);
            self.variable("GIT_SSH_COMMAND", kind, shown, &remotes);
            return;
        }
        let is_command = |set: &&Set| set.entry.subsection.is_none() && set.entry.key() == "core.sshcommand";
        if let Some(set) = settings.iter().rfind(is_command) {
            let (kind, shown) = ssh_command::read(&set.entry.value);
            self.add(set, Note { kind, value: shown, secret: None }, &remotes);
            return;
        }
        if let Some(program) = system.variable("GIT_SSH") {
            let kind = if ssh_command::is_ssh(program) { Kind::SshCommand } else { Kind::SshProgram };
            self.variable("GIT_SSH", kind, lines::value(program), &remotes);
        }
    }

    /// The rules that made a URL of a remote, and those that would make a plain one of one that is not.
    fn rules(&mut self, settings: &[Set]) {
        for (name, is_push) in [("insteadof", false), ("pushinsteadof", true)] {
            for rule in super::rewrite::rules(settings, name) {
                let made = self.remotes.iter().enumerate().filter(|(_, one)| {
                    one.rule.is_some_and(|(of, push)| push == is_push && std::ptr::eq(of.set, rule.set))
                });
                let made: Vec<usize> = made.map(|(at, _)| at).collect();
                if made.is_empty() && !weakens(&rule) {
                    continue;
                }
                let kind = if is_push { Kind::RewritePush } else { Kind::Rewrite };
                let note = Note {
                    kind,
                    value: secret::told(rule.instead_of),
                    secret: secret::of_url(rule.base).or(secret::of_url(rule.instead_of)),
                };
                self.add(rule.set, note, &made);
            }
        }
    }

    /// `protocol.ext.allow`.
    fn programs(&mut self, settings: &[Set]) {
        let is_ext = |set: &&Set| {
            set.entry.key() == "protocol.allow" && set.entry.subsection.as_deref().unwrap_or("ext") == "ext"
        };
        let with_name = settings.iter().rfind(|set| is_ext(set) && set.entry.subsection.is_some());
        let Some(set) = with_name.or_else(|| settings.iter().rfind(is_ext)) else { return };
        if set.entry.value.eq_ignore_ascii_case("always") {
            let remotes = self.asked(|remote| matches!(remote, Remote::Helper { name } if name == "ext"));
            self.add(set, Note::new(Kind::ExtAllowed, &set.entry.value), &remotes);
        }
    }
}

/// What is of note in a variable of `http`; none where nothing is.
fn http_note(name: &str, value: &str) -> Option<Note> {
    match name {
        "sslverify" => (is_no(value) || value.is_empty()).then(|| Note::new(Kind::NotVerified, value)),
        _ if value.is_empty() => None,
        "proxy" => Some(Note { secret: secret::of_proxy(value), ..Note::new(Kind::Proxy, value) }),
        "extraheader" => {
            let (value, secret) = secret::header(value);
            Some(Note { kind: Kind::ExtraHeader, value, secret })
        }
        _ => Some(Note::new(Kind::CaBundle, value)),
    }
}

/// True for a rule that makes a plain URL of one that is not.
fn weakens(rule: &Rule<'_>) -> bool {
    let lower = rule.instead_of.to_ascii_lowercase();
    let is_safe =
        ["https://", "ssh://", "git+ssh://", "ssh+git://"].iter().any(|start| lower.starts_with(start))
            || !lower.contains("://") && lower.contains('@');
    let base = rule.base.to_ascii_lowercase();
    is_safe && ["http://", "git://", "ftp://"].iter().any(|start| base.starts_with(start))
}

/// The variable as `git config` takes it, in its usual spelling, without what is secret in it.
fn key(set: &Set) -> String {
    let entry = &set.entry;
    let name = match entry.name.as_str() {
        "sslverify" => "sslVerify",
        "sslcainfo" => "sslCAInfo",
        "sslcapath" => "sslCAPath",
        "extraheader" => "extraHeader",
        "sshcommand" => "sshCommand",
        "insteadof" => "insteadOf",
        "pushinsteadof" => "pushInsteadOf",
        other => other,
    };
    match &entry.subsection {
        Some(subsection) => format!("{}.{}.{name}", entry.section, secret::told(subsection)),
        None => format!("{}.{name}", entry.section),
    }
}
