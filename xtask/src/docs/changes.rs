//! A page for each rule on changes, and an index of all of them by severity.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use midwatch_judge::{Rule, rules};
use midwatch_model::Severity;

use super::{CHANGES, cell, footer, links};

/// Every page with its path.
pub fn pages() -> Result<BTreeMap<PathBuf, String>, String> {
    let directory = Path::new(CHANGES);
    let mut pages = BTreeMap::from([(directory.join("index.md"), index())]);
    for rule in rules() {
        let page = midwatch_judge::explain(rule.id).ok_or_else(|| format!("{} has no page", rule.id))?;
        let source = format!("crates/judge/src/changes/{}.rs", rule.id.replace('-', "_"));
        pages.insert(directory.join(format!("{}.md", rule.id)), links::page(&page) + &footer(&source));
    }
    Ok(pages)
}

/// The rules by the severity that they have as a rule, worst first.
fn index() -> String {
    let mut page = format!(
        "# Changes\n\n`midwatch watch` remembers what each look at a target met, and tells what differs at the next one. \
         These are all\n{} rules by which it does, by the severity that they have as a rule; the page of a rule says when a \
         change is worse or\nbetter, and how likely it is benign. [How changes are told](../watch-changes.md) says what all of \
         them have in common.\n\n| rule | as a rule | what changed | may be a sign of |\n|---|---|---|---|\n",
        rules().len()
    );
    for severity in Severity::ALL.into_iter().rev() {
        let members: Vec<&Rule> = rules().iter().copied().filter(|rule| rule.severity == severity).collect();
        for rule in members {
            let attacks: Vec<&str> = rule.attacks.iter().map(|attack| attack.name()).collect();
            // Writing to a String cannot fail.
            let _ = writeln!(
                page,
                "| [{0}]({0}.md) | {severity} | {1} | {2} |",
                rule.id,
                cell(rule.title),
                attacks.join(", ")
            );
        }
    }
    page + &footer("crates/judge/src/changes/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_names_every_rule_once() {
        let index = index();
        for rule in rules() {
            assert_eq!(index.matches(&format!("]({}.md)", rule.id)).count(), 1, "{}", rule.id);
        }
    }

    #[test]
    fn the_page_on_changes_names_every_rule() {
        let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/src/watch-changes.md");
        let page = std::fs::read_to_string(page).expect("the page");
        for rule in rules() {
            assert_eq!(page.matches(&format!("(changes/{}.md)", rule.id)).count(), 1, "{}", rule.id);
        }
    }

    #[test]
    fn every_rule_has_the_file_that_its_page_names() {
        for rule in rules() {
            let path = format!(
                "{}/../crates/judge/src/changes/{}.rs",
                env!("CARGO_MANIFEST_DIR"),
                rule.id.replace('-', "_")
            );
            assert!(Path::new(&path).is_file(), "{path}");
        }
    }
}
