//! Reads the two files, and the lists that they name.

use std::collections::{BTreeMap, BTreeSet};

use midwatch_model::{Reason, ReasonKind, Unread};

use super::evaluate::{Files, List};
use super::rules::{Groups, Table};
use super::text::{is_space, split_host};
use crate::System;

/// The files, in the order in which they are asked.
const ALLOW: &str = "/etc/hosts.allow";
const DENY: &str = "/etc/hosts.deny";

/// Lists in files of their own.
const MAX_LISTS: usize = 64;

/// Patterns of one list.
const MAX_PATTERNS: usize = 100_000;

/// The longest pattern of a list: the buffer of libwrap has no room for more.
const MAX_PATTERN: usize = 1000;

/// Both files; none where nothing in them decides anything.
pub(crate) fn look(system: &System, unread: &mut Vec<Unread>) -> Option<Files> {
    let mut table = |path: &str| {
        let place = system.at(path);
        match system.read(&place) {
            Ok(Some(bytes)) => Ok(Table::read(&bytes)),
            Ok(None) => Ok(Table::none()),
            Err(why) => {
                let said = why.detail.clone();
                unread.push(Unread { file: place.shown, why });
                Err(said)
            }
        }
    };
    let (allow, deny) = (table(ALLOW), table(DENY));
    if [&allow, &deny].iter().all(|table| table.as_ref().is_ok_and(Table::is_empty)) {
        return None;
    }
    let mut files = Files { allow, deny, lists: BTreeMap::new() };
    files.lists = lists(&files, |path| {
        let place = system.at(path);
        match system.read(&place) {
            Ok(Some(bytes)) => patterns(path, &bytes),
            Ok(None) => List::None,
            Err(why) => {
                let said = why.detail.clone();
                unread.push(Unread { file: place.shown, why });
                List::Unread(said)
            }
        }
    });
    if files.lists.len() >= MAX_LISTS {
        let detail = format!("more than {MAX_LISTS} lists of hosts are named in it");
        unread.push(Unread { file: ALLOW.into(), why: Reason::new(ReasonKind::Limit, detail) });
    }
    Some(files)
}

/// Every list that is named in the files, and in lists.
pub(super) fn lists(files: &Files, mut read: impl FnMut(&str) -> List) -> BTreeMap<String, List> {
    let mut found = BTreeMap::new();
    let tables = [&files.allow, &files.deny].into_iter().flatten();
    let mut todo: BTreeSet<String> =
        tables.flat_map(|table| &table.rules).flat_map(|rule| named(&rule.daemons, &rule.clients)).collect();
    while let Some(path) = todo.pop_first() {
        if found.len() == MAX_LISTS {
            break;
        }
        let list = read(&path);
        if let List::Patterns(patterns) = &list {
            let more =
                patterns.iter().filter(|pattern| pattern.starts_with('/') && !found.contains_key(*pattern));
            todo.extend(more.filter(|pattern| **pattern != path).cloned());
        }
        found.insert(path, list);
    }
    found
}

fn named(daemons: &Groups, clients: &Groups) -> Vec<String> {
    let host = |pattern: &String| match split_host(pattern) {
        Some((_, host)) => host.to_owned(),
        None => pattern.clone(),
    };
    let at = daemons.iter().flatten().filter_map(|pattern| Some(split_host(pattern)?.1.to_owned()));
    let all = at.chain(clients.iter().flatten().map(host));
    all.filter(|pattern| pattern.starts_with('/')).collect()
}

/// The patterns of a list: words between blanks.
pub(super) fn patterns(path: &str, bytes: &[u8]) -> List {
    let text = String::from_utf8_lossy(bytes);
    let words = text.split(is_space).filter(|word| !word.is_empty());
    let all: Vec<String> = words.take(MAX_PATTERNS + 1).map(str::to_owned).collect();
    if all.len() > MAX_PATTERNS || all.iter().any(|word| word.len() > MAX_PATTERN || word.contains('\0')) {
        return List::Unread(format!("{path} has more or longer patterns than are followed"));
    }
    List::Patterns(all)
}
