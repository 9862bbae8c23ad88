//! Which lines apply: Host, Match and Include.

use std::path::{Path, PathBuf};

use super::tokens::{self, Tokens};
use super::words;
use super::{At, Files, NotEvaluated, Problem, Query, Resolved, Setting, Trouble};
use crate::pattern::{self, Listed};

/// How deep files may include each other (`READCONF_MAX_DEPTH`).
const DEEPEST: usize = 16;

/// How many files are read for one host.
const MOST_FILES: usize = 1000;

/// How many lines.
const MOST_LINES: usize = 200_000;

/// How many problems are listed.
const MOST_PROBLEMS: usize = 1000;

/// The keywords whose value is the rest of the line, quotation marks and all.
const WHOLE_LINE: [&str; 5] =
    ["proxycommand", "proxyjump", "knownhostscommand", "localcommand", "remotecommand"];

/// Finds what holds for a host. There is no error: what is wrong is among [`Resolved::problems`].
pub fn resolve(query: Query, files: &mut dyn Files) -> Resolved {
    let resolved = Resolved { query, settings: Vec::new(), problems: Vec::new(), not_evaluated: Vec::new() };
    let mut run = Run { resolved, files, final_pass: None, wants_final: false, files_read: 0, lines_read: 0 };
    let options = run.resolved.query.options.clone();
    for (option, number) in options.iter().zip(1..) {
        let mut active = true;
        let place = Place { file: None, user: true, depth: 0, never: false };
        run.line(option, At { file: None, line: number }, &place, &mut active);
    }
    run.pass();
    let canonical = run.resolved.first("canonicalizehostname").and_then(|setting| {
        let value = setting.arguments.first()?.to_ascii_lowercase();
        (!matches!(value.as_str(), "no" | "false")).then(|| NotEvaluated {
            at: setting.at.clone(),
            what: setting.keyword.clone(),
            value,
        })
    });
    if let Some(canonical) = canonical {
        run.resolved.not_evaluated.push(canonical);
        run.wants_final = true;
    }
    if run.wants_final {
        run.final_pass = Some(run.resolved.host_name().value);
        run.pass();
    }
    run.resolved
}

struct Run<'a> {
    resolved: Resolved,
    files: &'a mut dyn Files,
    /// The name that the host has got, in the second pass.
    final_pass: Option<String>,
    wants_final: bool,
    files_read: usize,
    lines_read: usize,
}

/// Where a line is met.
struct Place {
    file: Option<PathBuf>,
    user: bool,
    depth: usize,
    /// Included from a block that does not apply: nothing in it can.
    never: bool,
}

impl Run<'_> {
    fn pass(&mut self) {
        for source in self.resolved.query.files.clone() {
            let place = Place { file: Some(source.path.clone()), user: source.user, depth: 0, never: false };
            let mut active = true;
            self.file(&source.path, source.guarded, &place, &mut active, None);
        }
    }

    fn trouble(&mut self, at: At, what: Trouble) {
        let problem = Problem { at, what };
        if self.resolved.problems.len() < MOST_PROBLEMS && !self.resolved.problems.contains(&problem) {
            self.resolved.problems.push(problem);
        }
    }

    /// Reads a file; `from` is the line that names it.
    fn file(&mut self, path: &Path, guarded: bool, place: &Place, active: &mut bool, from: Option<&At>) {
        let at = from.cloned().unwrap_or(At { file: Some(path.to_owned()), line: 0 });
        if place.depth > DEEPEST {
            return self.trouble(at, Trouble::Depth);
        }
        self.files_read += 1;
        if self.files_read > MOST_FILES {
            return self.trouble(at, Trouble::TooMuch("1,000 files"));
        }
        let text = match self.files.read(path) {
            Ok(Some(text)) => text,
            Ok(None) => return,
            Err(why) => return self.trouble(at, Trouble::Unreadable { path: path.to_owned(), why }),
        };
        if guarded && ((text.owner != 0 && text.owner != self.resolved.query.uid) || text.mode & 0o022 != 0) {
            return self.trouble(at, Trouble::Permissions(path.to_owned()));
        }
        for (line, number) in text.bytes.split(|byte| *byte == b'\n').zip(1..) {
            self.lines_read += 1;
            let at = At { file: Some(path.to_owned()), line: number };
            if self.lines_read > MOST_LINES {
                return self.trouble(at, Trouble::TooMuch("200,000 lines"));
            }
            // OpenSSH reads lines as texts of C.
            let line = line.split(|byte| *byte == 0).next().unwrap_or_default();
            self.line(&String::from_utf8_lossy(line), at, place, active);
        }
    }

    fn line(&mut self, line: &str, at: At, place: &Place, active: &mut bool) {
        let Some(words::Words { keyword, rest }) = words::keyword(line) else { return };
        if rest.is_empty() {
            return self.trouble(at, Trouble::NoArgument(keyword));
        }
        let Some(arguments) = words::arguments(&rest) else { return self.trouble(at, Trouble::Quotes) };
        match keyword.as_str() {
            "host" => *active = self.host(&arguments, place, &at),
            "match" => {
                let applies = self.criteria(&arguments, place, &at);
                *active = applies && !place.never;
            }
            "include" => self.include(&arguments, place, *active, &at),
            _ => {
                let whole = WHOLE_LINE.contains(&keyword.as_str());
                if !whole && arguments.first().is_none_or(String::is_empty) {
                    return self.trouble(at, Trouble::NoArgument(keyword));
                }
                let rest = rest.trim_start_matches([' ', '\t', '\r', '\n', '=']).to_owned();
                let setting = Setting { keyword, arguments, rest, at };
                if let Some(trouble) = super::resolved::wrong(&setting) {
                    return self.trouble(setting.at, trouble);
                }
                // The name of the host stands when the second pass begins.
                let settled = self.final_pass.is_some() && setting.keyword == "hostname";
                // The second pass meets again what the first one took.
                if *active && !settled && !self.resolved.settings.iter().any(|old| old.at == setting.at) {
                    self.resolved.settings.push(setting);
                }
            }
        }
    }

    /// The name that Host looks at: the one that was written, and in the second pass still that one.
    fn host(&mut self, patterns: &[String], place: &Place, at: &At) -> bool {
        let mut applies = false;
        for argument in patterns {
            if argument.is_empty() {
                self.trouble(at.clone(), Trouble::NoArgument("host".to_owned()));
                return false;
            }
            if place.never {
                return false;
            }
            let (negated, pattern) = match argument.strip_prefix('!') {
                Some(pattern) => (true, pattern),
                None => (false, argument.as_str()),
            };
            if pattern::matches(self.name().as_bytes(), pattern.as_bytes()) {
                if negated {
                    return false;
                }
                applies = true;
            }
        }
        applies
    }

    fn name(&self) -> &str {
        self.final_pass.as_deref().unwrap_or(&self.resolved.query.host)
    }

    /// Match: whether all criteria are met.
    fn criteria(&mut self, arguments: &[String], place: &Place, at: &At) -> bool {
        let host = match &self.final_pass {
            Some(name) => name.clone(),
            None => self.resolved.host_name_so_far(),
        };
        let user = self.resolved.user_so_far();
        let mut met = true;
        let mut unknown: Vec<(String, String)> = Vec::new();
        let mut seen = 0;
        let mut words = arguments.iter();
        while let Some(word) = words.next() {
            let (negated, criterion) = match word.strip_prefix('!') {
                Some(rest) => (true, rest),
                None => (false, word.as_str()),
            };
            if criterion.eq_ignore_ascii_case("all") {
                if seen > 1 || words.next().is_some_and(|next| !next.is_empty()) {
                    self.trouble(at.clone(), Trouble::Match("all stands with other criteria".to_owned()));
                    return false;
                }
                seen += 1;
                met = met && !negated;
                break;
            }
            seen += 1;
            if criterion.eq_ignore_ascii_case("final") || criterion.eq_ignore_ascii_case("canonical") {
                if criterion.eq_ignore_ascii_case("final") && !negated {
                    self.wants_final = true;
                }
                met = met && self.final_pass.is_some() != negated;
                continue;
            }
            let (criterion, value) = match criterion.split_once('=') {
                Some((criterion, value)) => (criterion.to_ascii_lowercase(), value),
                None => match words.next() {
                    Some(value) => (criterion.to_ascii_lowercase(), value.as_str()),
                    None => {
                        self.trouble(at.clone(), Trouble::Match(format!("{criterion} has no argument")));
                        return false;
                    }
                },
            };
            if value.is_empty() && !matches!(criterion.as_str(), "tagged" | "command") {
                self.trouble(at.clone(), Trouble::Match(format!("{criterion} has no argument")));
                return false;
            }
            let query = &self.resolved.query;
            let listed = |text: &str| pattern::list(text.as_bytes(), value.as_bytes()) == Listed::Yes;
            let or_both_empty = |text: &str| if text.is_empty() { value.is_empty() } else { listed(text) };
            let answer = match criterion.as_str() {
                "host" => Some(pattern::host(host.as_bytes(), value.as_bytes()) == Listed::Yes),
                "originalhost" => Some(pattern::host(query.host.as_bytes(), value.as_bytes()) == Listed::Yes),
                "user" => Some(listed(&user)),
                "localuser" => Some(listed(&query.local_user)),
                "tagged" => {
                    let tag = self.resolved.first("tag").and_then(|setting| setting.arguments.first());
                    Some(or_both_empty(tag.map_or("", String::as_str)))
                }
                "command" => Some(or_both_empty(&query.command)),
                "exec" | "localnetwork" | "version" | "sessiontype" => None,
                _ => {
                    self.trouble(at.clone(), Trouble::Match(format!("{criterion} is not known")));
                    return false;
                }
            };
            match answer {
                Some(is) => met = met && is != negated,
                None => unknown.push((format!("match {word}"), value.to_owned())),
            }
        }
        if seen == 0 {
            self.trouble(at.clone(), Trouble::Match("it has no criteria".to_owned()));
            return false;
        }
        if met && !place.never {
            for (what, value) in unknown.iter().cloned() {
                let not = NotEvaluated { at: at.clone(), what, value };
                if !self.resolved.not_evaluated.contains(&not) {
                    self.resolved.not_evaluated.push(not);
                }
            }
        }
        met && unknown.is_empty()
    }

    fn include(&mut self, arguments: &[String], place: &Place, active: bool, at: &At) {
        for argument in arguments {
            if argument.is_empty() {
                return self.trouble(at.clone(), Trouble::NoArgument("include".to_owned()));
            }
            let query = &self.resolved.query;
            let path = match tokens::expand(argument, &self.tokens(), Some(&query.environment)) {
                Ok(path) => path,
                Err(error) => {
                    self.trouble(at.clone(), Trouble::Token(error));
                    continue;
                }
            };
            let home = query.home.to_string_lossy().into_owned();
            let path = match (path.chars().next(), place.user) {
                (Some('~'), false) => {
                    let value = Trouble::Value { keyword: "include".to_owned(), value: path };
                    return self.trouble(at.clone(), value);
                }
                (Some('~'), true) => match tokens::home(&path, &home) {
                    Ok(path) => path,
                    Err(error) => return self.trouble(at.clone(), Trouble::Token(error)),
                },
                (Some('/'), _) => path,
                (_, true) => format!("{home}/.ssh/{path}"),
                (_, false) => format!("/etc/ssh/{path}"),
            };
            let found = match self.files.glob(&path) {
                Ok(found) => found,
                Err(why) => {
                    return self.trouble(at.clone(), Trouble::Unreadable { path: PathBuf::from(path), why });
                }
            };
            for file in found {
                let inside = Place {
                    file: place.file.clone(),
                    user: place.user,
                    depth: place.depth + 1,
                    never: place.never || !active,
                };
                // What Host and Match decide in an included file ends with it.
                let mut active = active;
                self.file(&file, true, &inside, &mut active, Some(at));
                if self.files_read > MOST_FILES || self.lines_read > MOST_LINES {
                    return;
                }
            }
        }
    }

    fn tokens(&self) -> Tokens {
        match &self.final_pass {
            Some(name) => self.resolved.tokens(name),
            None => self.resolved.tokens(&self.resolved.host_name_so_far()),
        }
    }
}
