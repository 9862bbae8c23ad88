//! Pages for people: what each check, each attack method and each rule on changes is about, written from the registry
//! itself.

use std::fmt::Write as _;

use midwatch_model::{ServerFix, Station};

use crate::fixes::{self, Context};
use crate::{Attack, Check, Rule, attacks, checks, rules};

/// Edits between two ids up to which one counts as a slip of the other.
const NEAR: usize = 4;

/// Every id that [`explain`] knows: attack methods in the order of reports, then checks by id, then rules on changes by
/// id.
pub fn ids() -> Vec<&'static str> {
    let mut ids: Vec<&str> = attacks().iter().map(|attack| attack.id.id()).collect();
    ids.dedup();
    ids.extend(checks().iter().map(|check| check.id));
    ids.extend(rules().iter().map(|rule| rule.id));
    ids
}

/// The page of a check, an attack method or a rule on changes, as Markdown. `None` where no id is so.
pub fn explain(id: &str) -> Option<String> {
    let of_attack: Vec<&Attack> = attacks().iter().copied().filter(|attack| attack.id.id() == id).collect();
    match of_attack.split_first() {
        Some((first, more)) => Some(attack_page(first, more)),
        None => {
            let check = checks().iter().find(|check| check.id == id).map(|check| check_page(check));
            check.or_else(|| rules().iter().find(|rule| rule.id == id).map(|rule| rule_page(rule)))
        }
    }
}

/// The id nearest to one that does not exist: the one that it begins or ends, else the one with the fewest
/// edits between. `None` where none is near.
pub fn nearest(id: &str) -> Option<&'static str> {
    let id = id.trim().to_ascii_lowercase().replace(['_', ' '], "-");
    let part = ids().into_iter().find(|known| {
        id.len() >= 3 && (known.starts_with(&id) || known.ends_with(&id) || known.contains(&id))
    });
    let by_edits = || {
        ids()
            .into_iter()
            .map(|known| (edits(&id, known), known))
            .min()
            .filter(|(edits, known)| *edits <= NEAR.min(known.len() / 2))
            .map(|(_, known)| known)
    };
    part.or_else(by_edits)
}

/// Insertions, deletions and exchanges between two ids (Levenshtein). What is typed is cut, so that a long one
/// costs nothing.
fn edits(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().take(64).collect();
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.iter().enumerate() {
        let mut next = vec![i + 1];
        for (j, to) in b.iter().enumerate() {
            let exchange = row.get(j).map_or(usize::MAX, |cost| cost + usize::from(from != to));
            let delete = row.get(j + 1).map_or(usize::MAX, |cost| cost + 1);
            let insert = next.last().map_or(usize::MAX, |cost| cost + 1);
            next.push(exchange.min(delete).min(insert));
        }
        row = next;
    }
    row.last().copied().unwrap_or(usize::MAX)
}

fn check_page(check: &Check) -> String {
    let mut page = format!("# {}\n\n`{}` · {} as a rule\n\n", check.title, check.id, check.severity);
    paragraph(&mut page, None, check.about);
    paragraph(&mut page, Some("What an attacker gains"), check.gain);
    if !check.from.is_empty() {
        let _ = writeln!(page, "From: {}.\n", stations(check.from));
    }
    if !check.attacks.is_empty() {
        let attacks: Vec<String> = check.attacks.iter().map(|attack| format!("`{attack}`")).collect();
        let _ = writeln!(page, "Serves: {}.\n", attacks.join(", "));
    }
    paragraph(&mut page, Some("How it is decided"), check.decided);
    let _ = writeln!(page, "Source: {}.\n", check.source);
    if !check.benign.is_empty() {
        page.push_str("## Causes without an attacker\n\n");
        for cause in check.benign {
            let _ = writeln!(page, "- {cause}");
        }
        page.push('\n');
    }
    paragraph(&mut page, Some("The fix"), check.fix);
    for setting in check.settings {
        for ServerFix { server, place, lines, .. } in fixes::lines(*setting, &Context::default(), None) {
            let _ = write!(page, "{server}, {place}:\n\n```\n{lines}\n```\n\n");
        }
    }
    end(page)
}

/// The page of a rule on changes.
fn rule_page(rule: &Rule) -> String {
    let mut page = format!("# {}\n\n`{}` · a change, {} as a rule\n\n", rule.title, rule.id, rule.severity);
    paragraph(&mut page, None, rule.about);
    if !rule.attacks.is_empty() {
        let attacks: Vec<String> = rule.attacks.iter().map(|attack| format!("`{attack}`")).collect();
        let _ = writeln!(page, "May be a sign of: {}.\n", attacks.join(", "));
    }
    paragraph(&mut page, Some("How it is decided"), rule.decided);
    let _ = writeln!(page, "Source: {}.\n", rule.source);
    if !rule.benign.is_empty() {
        page.push_str("## Causes without an attacker\n\n");
        for cause in rule.benign {
            let _ = writeln!(page, "- {cause}");
        }
        page.push('\n');
    }
    paragraph(&mut page, Some("What to do now"), rule.advice);
    if !rule.explains.is_empty() {
        let checks: Vec<String> = rule.explains.iter().map(|id| format!("`{id}`")).collect();
        let text = format!(
            "Findings of these checks that come or go in the same look stand in the change, and raise no event of \
             their own: {}.",
            checks.join(", ")
        );
        paragraph(&mut page, Some("What it explains"), &text);
    }
    end(page)
}

/// The page of a method, and of the other ways in which it works, where it has such.
fn attack_page(attack: &Attack, others: &[&Attack]) -> String {
    let mut page = format!("# {}\n\n`{}` · attack method\n\n", attack.id.name(), attack.id);
    let only = others.is_empty();
    for attack in std::iter::once(&attack).chain(others) {
        if !only {
            let commands: Vec<String> =
                attack.scope.commands().iter().map(|command| format!("`midwatch {command}`")).collect();
            let _ = write!(page, "*{}*\n\n", commands.join(", "));
        }
        paragraph(&mut page, None, attack.about);
        paragraph(&mut page, Some("What an attacker gains"), attack.gain);
        let _ = writeln!(page, "From: {}.\n", stations(attack.from));
        paragraph(&mut page, Some("How the verdict is reached"), attack.decided);
        paragraph(&mut page, Some("What stops it"), attack.defence);
    }
    page.push_str("## Checks that bear on it\n\n");
    for check in checks().iter().filter(|check| check.attacks.contains(&attack.id)) {
        let _ = writeln!(page, "- `{}`: {}", check.id, check.title);
    }
    let mut signs = rules().iter().filter(|rule| rule.attacks.contains(&attack.id)).peekable();
    if signs.peek().is_some() {
        page.push_str("\n## Changes that may be a sign of it\n\n");
    }
    for rule in signs {
        let _ = writeln!(page, "- `{}`: {}", rule.id, rule.title);
    }
    end(page)
}

fn paragraph(page: &mut String, heading: Option<&str>, text: &str) {
    if let Some(heading) = heading {
        let _ = write!(page, "## {heading}\n\n");
    }
    let _ = write!(page, "{text}\n\n");
}

fn stations(stations: &[Station]) -> String {
    stations.iter().map(|station| station.name()).collect::<Vec<_>>().join(", ")
}

fn end(page: String) -> String {
    format!("{}\n", page.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_has_a_page_with_all_its_parts() {
        for id in ids() {
            let page = explain(id).expect(id);
            let is_rule = rules().iter().any(|rule| rule.id == id);
            let parts = match is_rule {
                true => ["## How it is decided", "## What to do now"],
                false => ["## What an attacker gains", "From: "],
            };
            for part in parts.into_iter().chain([format!("`{id}`").as_str()]) {
                assert!(page.contains(part), "{id} lacks {part}");
            }
            // Between fences stand configuration lines.
            let prose: String = page.split("```").step_by(2).collect();
            assert!(!prose.contains("  "), "{id} has a doubled space outside of code: {page}");
            assert!(page.ends_with('\n') && !page.ends_with("\n\n"));
        }
        for check in checks() {
            let page = explain(check.id).expect(check.id);
            for part in ["## How it is decided", "Source: ", "## The fix"] {
                assert!(page.contains(part), "{} lacks {part}", check.id);
            }
        }
    }

    #[test]
    fn a_slip_finds_its_id() {
        assert_eq!(nearest("hsts-mising"), Some("hsts-missing"));
        assert_eq!(nearest("header-losst"), Some("header-lost"));
        assert_eq!(nearest("HSTS_short"), Some("hsts-short"));
        assert_eq!(nearest("eavesdroping"), Some("eavesdropping"));
        assert_eq!(nearest("xyzzyxyzzyxyzzy"), None);
        assert_eq!(nearest(""), None);
        let _ = nearest(&"é".repeat(100_000));
    }

    #[test]
    fn edits_are_counted() {
        assert_eq!(edits("kitten", "sitting"), 3);
        assert_eq!(edits("", "abc"), 3);
        assert_eq!(edits("abc", "abc"), 0);
    }
}
