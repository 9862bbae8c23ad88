//! A page for each check, and an index of all of them by severity.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use midwatch_judge::{Check, checks};
use midwatch_model::Severity;

use super::{CHECKS, cell, footer, links};

/// Every page with its path.
pub fn pages() -> Result<BTreeMap<PathBuf, String>, String> {
    let directory = Path::new(CHECKS);
    let mut pages = BTreeMap::from([(directory.join("index.md"), index())]);
    for check in checks() {
        let page = midwatch_judge::explain(check.id).ok_or_else(|| format!("{} has no page", check.id))?;
        let source = format!("crates/judge/src/checks/{}.rs", check.id.replace('-', "_"));
        pages.insert(directory.join(format!("{}.md", check.id)), links::page(&page) + &footer(&source));
    }
    Ok(pages)
}

/// The checks by the severity that they have as a rule, worst first.
fn index() -> String {
    let mut page = format!(
        "# Checks\n\nEach check is a pure function from what was seen to findings. These are all {} of them, by the \
         severity that\nthey have as a rule; the page of a check says when a finding is worse or better. \
         `midwatch explain ID` prints the\nsame page at a terminal.\n",
        checks().len()
    );
    for severity in Severity::ALL.into_iter().rev() {
        let members: Vec<&Check> =
            checks().iter().copied().filter(|check| check.severity == severity).collect();
        if members.is_empty() {
            continue;
        }
        // Writing to a String cannot fail, here and below.
        let _ = write!(page, "\n## {}\n\n{}\n\n", name(severity), meaning(severity));
        page.push_str("| check | what it finds | attacks that it serves |\n|---|---|---|\n");
        for check in members {
            let attacks: Vec<String> = check
                .attacks
                .iter()
                .map(|attack| format!("[{}](../attacks/{attack}.md)", attack.name()))
                .collect();
            let title = cell(check.title);
            let _ = writeln!(page, "| [{0}]({0}.md) | {title} | {1} |", check.id, attacks.join(", "));
        }
    }
    page + &footer("crates/judge/src/checks/")
}

fn name(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "Critical",
        Severity::High => "High",
        Severity::Medium => "Medium",
        Severity::Low => "Low",
        Severity::Info => "Info",
    }
}

fn meaning(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "An attack needs no skill, or seems to be under way.",
        Severity::High => "Enough for an attack by somebody who is on the path.",
        Severity::Medium => "Helps an attack that needs something else too.",
        Severity::Low => "A second line of defence is missing.",
        Severity::Info => "Worth knowing.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_names_every_check_once() {
        let index = index();
        for check in checks() {
            assert_eq!(index.matches(&format!("]({}.md)", check.id)).count(), 1, "{}", check.id);
        }
    }

    #[test]
    fn every_check_has_the_file_that_its_page_names() {
        for check in checks() {
            let path = format!(
                "{}/../crates/judge/src/checks/{}.rs",
                env!("CARGO_MANIFEST_DIR"),
                check.id.replace('-', "_")
            );
            assert!(Path::new(&path).is_file(), "{path}");
        }
    }
}
