//! Remotes, with the rules that make other URLs of theirs.

use std::collections::HashMap;

use midwatch_model::{GitLevel, GitRemote, GitRole, Reason, ReasonKind, Remote, Unread, lossless};

use super::config::{Entry, entries};
use super::protocols::Protocols;
use super::repository::Repository;
use super::rewrite::{Rule, rewritten, rules};
use super::secret;
use super::settings::{From, Set};
use crate::System;
use crate::lines;

/// URLs of one repository that are listed.
const MAX_URLS: usize = 1000;

/// A remote, with what of it is not for a report.
pub(super) struct Asked<'a> {
    pub(super) told: GitRemote,
    /// The URL as git asks it, with everything in it.
    pub(super) url: String,
    /// The remote's own name; empty for others.
    pub(super) name: String,
    /// The rule that made it, where one did, and whether that is one for pushing.
    pub(super) rule: Option<(Rule<'a>, bool)>,
}

/// A URL as it is written, and where.
struct Url<'a> {
    name: &'a str,
    /// What a report calls it.
    shown: String,
    key: Option<String>,
    written: String,
    from: &'a From,
    line: Option<u32>,
}

/// Gathers remotes.
pub(super) struct Gather<'a> {
    system: &'a System,
    rules: Vec<Rule<'a>>,
    push_rules: Vec<Rule<'a>>,
    protocols: Protocols,
    found: Vec<Asked<'a>>,
    is_full: bool,
}

impl<'a> Gather<'a> {
    pub(super) fn new(system: &'a System, settings: &'a [Set]) -> Self {
        Gather {
            system,
            rules: rules(settings, "insteadof"),
            push_rules: rules(settings, "pushinsteadof"),
            protocols: Protocols::new(system, settings),
            found: Vec::new(),
            is_full: false,
        }
    }

    fn add(&mut self, url: &Url<'_>, role: GitRole, asked: String, rule: Option<(Rule<'a>, bool)>) {
        if self.found.len() >= MAX_URLS {
            self.is_full = true;
            return;
        }
        let (remote, refused) = match asked.parse::<Remote>() {
            Ok(remote) => {
                let refused = self.protocols.forbid(&remote, role);
                (Some(remote), refused)
            }
            Err(error) => (None, Some(error.to_string())),
        };
        let secret = secret::of_url(&asked).or(secret::of_url(&url.written));
        // A secret may come from the rule, which is in a file of its own.
        let place = match (&rule, secret::of_url(&url.written)) {
            (Some((rule, _)), None) => rule.set.from.place.as_ref(),
            _ => url.from.place.as_ref(),
        };
        let readable = secret.and_then(|_| self.system.readable_by_others(place?));
        let told = GitRemote {
            name: url.shown.clone(),
            role,
            key: url.key.as_deref().map(|key| lossless(key.as_bytes())),
            written: (asked != url.written).then(|| secret::told(&url.written)),
            remote,
            refused,
            secret,
            readable_by_others: readable,
            url: secret::told(&asked),
            file: url.from.file.clone(),
            line: url.line,
            level: url.from.level,
        };
        self.found.push(Asked { told, url: asked, name: url.name.to_owned(), rule });
    }

    /// A URL that is fetched from.
    fn fetch(&mut self, url: &Url<'_>, role: GitRole) {
        let (asked, rule) = match rewritten(&url.written, &self.rules) {
            Some((asked, rule)) => (asked, Some((rule, false))),
            None => (url.written.clone(), None),
        };
        self.add(url, role, asked, rule);
    }

    /// What a remote without URLs of its own for pushing pushes to: those of its URLs that a rule for pushing fits, and
    /// where there are none all of them.
    fn push_too(&mut self, urls: &[Url<'_>]) {
        let mut has_rule = false;
        for url in urls {
            if let Some((asked, rule)) = rewritten(&url.written, &self.push_rules) {
                has_rule = true;
                self.add(url, GitRole::Push, asked, Some((rule, true)));
            }
        }
        for url in urls.iter().filter(|_| !has_rule) {
            self.fetch(url, GitRole::Push);
        }
    }

    /// A URL that is given by hand, to fetch from; and to push to, where that is another.
    pub(super) fn by_hand(mut self, written: &str) -> Vec<Asked<'a>> {
        let from = From { file: "command line".into(), place: None, level: GitLevel::CommandLine };
        let url = Url {
            name: "",
            shown: String::new(),
            key: None,
            written: written.into(),
            from: &from,
            line: None,
        };
        self.fetch(&url, GitRole::Fetch);
        self.push_too(std::slice::from_ref(&url));
        self.found.dedup_by(|push, fetch| push.url == fetch.url);
        self.found
    }

    /// All remotes of a repository, those of its branches, and its submodules.
    pub(super) fn of(
        mut self,
        repository: &Repository,
        settings: &'a [Set],
        unread: &mut Vec<Unread>,
    ) -> Vec<Asked<'a>> {
        let remotes = by_name(settings);
        for name in &remotes.names {
            let of =
                |key: &'static str| remotes.urls.get(&(*name, key)).map(Vec::as_slice).unwrap_or_default();
            let (urls, pushes) = (of("url"), of("pushurl"));
            for set in urls {
                self.fetch(&url(name, set), GitRole::Fetch);
            }
            for set in pushes {
                self.fetch(&url(name, set), GitRole::Push);
            }
            if pushes.is_empty() {
                let urls: Vec<Url<'_>> = urls.iter().map(|set| url(name, set)).collect();
                self.push_too(&urls);
            }
        }
        self.old_files(repository, &remotes.names, unread);
        self.branches(settings, &remotes.names);
        let origin = remotes.urls.get(&("origin", "url")).and_then(|urls| urls.first());
        self.submodules(repository, settings, origin.map(|set| set.entry.value.as_str()), unread);
        if self.is_full {
            let detail = format!("the repository has more than {MAX_URLS} URLs");
            let why = Reason::new(ReasonKind::Limit, detail);
            unread.push(Unread { file: repository.work.shown.clone(), why });
        }
        self.found
    }

    /// Branches may name a URL in the place of a remote.
    fn branches(&mut self, settings: &'a [Set], remotes: &[&str]) {
        let mut last: Vec<(String, &'a Set)> = Vec::new();
        let mut at: HashMap<String, usize> = HashMap::new();
        for set in settings {
            let entry = &set.entry;
            let key = match (entry.section.as_str(), entry.name.as_str(), &entry.subsection) {
                ("branch", "remote" | "pushremote", Some(branch)) => {
                    format!("branch.{branch}.{}", entry.name)
                }
                ("remote", "pushdefault", None) => "remote.pushDefault".to_owned(),
                _ => continue,
            };
            match at.get(&key).and_then(|at| last.get_mut(*at)) {
                Some(known) => known.1 = set,
                None => {
                    at.insert(key.clone(), last.len());
                    last.push((key, set));
                }
            }
        }
        for (key, set) in last {
            let value = set.entry.value.as_str();
            if value == "." || !value.contains(':') || remotes.contains(&value) {
                continue;
            }
            let url = Url {
                name: "",
                shown: lines::value(&key),
                key: Some(key.clone()),
                written: value.to_owned(),
                from: &set.from,
                line: set.line(),
            };
            if set.entry.name == "remote" {
                self.fetch(&url, GitRole::Fetch);
            }
            self.push_too(std::slice::from_ref(&url));
        }
    }

    /// The files that remotes had before they were in the configuration, which git still reads: gitrepository-layout(5).
    fn old_files(&mut self, repository: &Repository, known: &[&str], unread: &mut Vec<Unread>) {
        for (directory, prefix) in [("remotes", "URL:"), ("branches", "")] {
            let directory = repository.common.join(directory);
            for place in self.system.list_or(&directory, unread) {
                let name = place.name();
                if known.contains(&name.as_str()) {
                    continue;
                }
                let Some(text) = self.system.text_or(&place, unread) else { continue };
                let from = From {
                    file: place.shown.clone(),
                    place: Some(place.clone()),
                    level: GitLevel::Repository,
                };
                let is_old = prefix.is_empty();
                let lines = (1_u32..).zip(text.lines());
                let urls =
                    lines.filter_map(|(number, line)| Some((number, line.strip_prefix(prefix)?.trim())));
                let urls: Vec<Url<'_>> = urls
                    .filter(|(_, written)| !written.is_empty())
                    .take(if is_old { 1 } else { MAX_URLS })
                    .map(|(number, written)| {
                        // What follows a `#` is the branch.
                        let written =
                            if is_old { written.split('#').next().unwrap_or(written) } else { written };
                        let (shown, written) = (name.clone(), written.to_owned());
                        Url { name: &name, shown, key: None, written, from: &from, line: Some(number) }
                    })
                    .collect();
                for url in &urls {
                    self.fetch(url, GitRole::Fetch);
                }
                self.push_too(&urls);
            }
        }
    }

    /// What `.gitmodules` names, and the configuration in its place. A URL that begins with dots is relative to that of
    /// `origin`.
    fn submodules(
        &mut self,
        repository: &Repository,
        settings: &'a [Set],
        origin: Option<&str>,
        unread: &mut Vec<Unread>,
    ) {
        let mut all: Vec<(&str, &Entry, &From, Option<u32>)> = Vec::new();
        let file = repository.work.join(".gitmodules");
        let text = self.system.text_or(&file, unread).unwrap_or_default();
        let tracked = entries(&text);
        let from = From { file: file.shown.clone(), place: Some(file), level: GitLevel::Modules };
        let mut at: HashMap<&str, usize> = HashMap::new();
        let of_file = tracked.iter().map(|entry| (entry, &from, Some(entry.line)));
        let of_settings = settings.iter().map(|set| (&set.entry, &*set.from, set.line()));
        for (entry, from, line) in of_file.chain(of_settings) {
            let (Some(name), "submodule", "url") =
                (entry.subsection.as_deref(), entry.section.as_str(), entry.name.as_str())
            else {
                continue;
            };
            match at.get(name).and_then(|at| all.get_mut(*at)) {
                Some(known) => *known = (name, entry, from, line),
                None => {
                    at.insert(name, all.len());
                    all.push((name, entry, from, line));
                }
            }
        }
        for (name, entry, from, line) in all {
            let written = entry.value.as_str();
            let absolute = match (is_relative(written), origin) {
                (false, _) => Some(written.to_owned()),
                (true, Some(origin)) => relative(origin, written),
                // Without one, git takes it from the repository's own directory.
                (true, None) => Some(".".into()),
            };
            let Some(absolute) = absolute else { continue };
            let url = Url {
                name: "",
                shown: lines::value(name),
                key: Some(format!("submodule.{name}.url")),
                written: written.to_owned(),
                from,
                line,
            };
            let (asked, rule) = match rewritten(&absolute, &self.rules) {
                Some((asked, rule)) => (asked, Some((rule, false))),
                None => (absolute, None),
            };
            self.add(&url, GitRole::Submodule, asked, rule);
        }
    }
}

/// The variables with URLs of every remote.
struct ByName<'a> {
    names: Vec<&'a str>,
    urls: HashMap<(&'a str, &'a str), Vec<&'a Set>>,
}

/// The remotes in the order in which they are named first. An empty URL takes back those before it, as git has it since
/// 2.46.
fn by_name(settings: &[Set]) -> ByName<'_> {
    let mut all = ByName { names: Vec::new(), urls: HashMap::new() };
    let mut known = std::collections::HashSet::new();
    for set in settings.iter().filter(|set| set.entry.section == "remote") {
        let entry = &set.entry;
        let Some(name) = entry.subsection.as_deref().filter(|name| !name.is_empty()) else { continue };
        if known.insert(name) {
            all.names.push(name);
        }
        if matches!(entry.name.as_str(), "url" | "pushurl") {
            let urls = all.urls.entry((name, entry.name.as_str())).or_default();
            match entry.value.is_empty() {
                true => urls.clear(),
                false => urls.push(set),
            }
        }
    }
    all
}

fn url<'a>(name: &'a str, set: &'a Set) -> Url<'a> {
    let (written, line) = (set.entry.value.clone(), set.line());
    let key = Some(format!("remote.{name}.{}", set.entry.name));
    Url { name, shown: lines::value(name), key, written, from: &set.from, line }
}

fn is_relative(url: &str) -> bool {
    url.starts_with("./") || url.starts_with("../")
}

/// A URL relative to another: each `../` takes one part away, up to the host.
fn relative(base: &str, url: &str) -> Option<String> {
    let (mut base, mut rest) = (base.trim_end_matches('/').to_owned(), url);
    // Behind the colon of `host:path` there is no slash to cut at.
    let mut separator = '/';
    loop {
        if let Some(after) = rest.strip_prefix("../") {
            rest = after;
            match (base.rfind('/'), base.rfind(':')) {
                (Some(slash), _) => base.truncate(slash),
                (None, Some(colon)) => {
                    base.truncate(colon);
                    separator = ':';
                }
                (None, None) => return None,
            }
        } else if let Some(after) = rest.strip_prefix("./") {
            rest = after;
        } else {
            return Some(format!("{base}{separator}{}", rest.trim_end_matches('/')));
        }
    }
}
