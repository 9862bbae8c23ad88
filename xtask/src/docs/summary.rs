//! The generated part of the book's table of contents.

use std::fmt::Write;

use midwatch_judge::{attacks, checks, rules};
use midwatch_model::AttackId;

/// The line before the generated part.
const BEGIN: &str = "<!-- written by 'cargo xtask docs': begin -->\n";
/// The line after it.
const END: &str = "<!-- written by 'cargo xtask docs': end -->\n";

/// `summary` with its generated part written anew; what stands around it is left as it is.
///
/// # Errors
/// A sentence where the marks are not there.
pub fn renew(summary: &str) -> Result<String, String> {
    let (before, rest) = summary.split_once(BEGIN).ok_or_else(|| format!("it lacks the line {BEGIN}"))?;
    let (_, after) = rest.split_once(END).ok_or_else(|| format!("it lacks the line {END}"))?;
    Ok(format!("{before}{BEGIN}\n{}\n{END}{after}", list()))
}

fn list() -> String {
    let mut list = String::from("- [Attacks](attacks/index.md)\n");
    // Writing to a String cannot fail, here and below.
    let mut methods: Vec<AttackId> = attacks().iter().map(|attack| attack.id).collect();
    methods.dedup();
    for id in methods {
        let _ = writeln!(list, "  - [{}](attacks/{id}.md)", id.name());
    }
    list.push_str("- [Checks](checks/index.md)\n");
    for check in checks() {
        let _ = writeln!(list, "  - [{0}](checks/{0}.md)", check.id);
    }
    list.push_str("- [Changes](changes/index.md)\n");
    for rule in rules() {
        let _ = writeln!(list, "  - [{0}](changes/{0}.md)", rule.id);
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_around_stays() {
        let summary = format!("# Summary\n\n{BEGIN}xyzzy\n{END}\nlast\n");
        let once = renew(&summary).expect("the marks are there");
        assert!(once.starts_with("# Summary\n\n<!--") && once.ends_with("-->\n\nlast\n"), "{once}");
        assert!(!once.contains("xyzzy"));
        assert_eq!(renew(&once), Ok(once.clone()));
        assert!(renew("# Summary\n").is_err());
    }

    #[test]
    fn every_page_of_the_book_is_there_and_says_something() {
        let book = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/src");
        let summary = std::fs::read_to_string(book.join("SUMMARY.md")).expect("the summary");
        let pages = summary.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        let pages: Vec<&str> = pages.filter(|page| page.ends_with(".md")).collect();
        assert!(pages.len() > 20, "{pages:?}");
        for page in pages {
            let text = std::fs::read_to_string(book.join(page)).unwrap_or_default();
            assert!(text.starts_with("# ") && text.lines().count() > 3, "{page}");
        }
    }
}
