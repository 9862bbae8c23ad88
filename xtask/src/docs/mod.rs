//! The generated part of the documentation. Everything comes from the registries of checks, attacks and rules on
//! changes and from the command line itself, and the same sources give the same bytes.
//!
//! - [`attacks`], [`changes`], [`checks`]: a page each, and an index page.
//! - [`links`]: ids in a page become links to their own pages.
//! - [`summary`]: their part of the book's table of contents.
//! - [`man`]: the man pages.

mod attacks;
mod changes;
mod checks;
mod links;
mod man;
mod summary;

use std::path::Path;

use crate::files::Generated;

/// Where the book's chapters are.
pub const BOOK: &str = "docs/src";
/// Where the pages of the checks are.
const CHECKS: &str = "docs/src/checks";
/// Where the pages of the rules on changes are.
const CHANGES: &str = "docs/src/changes";
/// Where the pages of the attacks are.
const ATTACKS: &str = "docs/src/attacks";
/// Where the man pages are.
const MAN: &str = "docs/man";

/// Everything that is generated. `root` is the workspace's directory, where the hand-written part of
/// `SUMMARY.md` is read.
///
/// # Errors
/// A sentence that says which source is not as it has to be.
pub fn all(root: &Path) -> Result<Generated, String> {
    let mut generated =
        Generated { directories: vec![CHECKS, ATTACKS, CHANGES, MAN], ..Generated::default() };
    generated.files.extend(checks::pages()?);
    generated.files.extend(attacks::pages()?);
    generated.files.extend(changes::pages()?);
    generated.files.extend(man::pages()?);
    let summary = Path::new(BOOK).join("SUMMARY.md");
    let text = std::fs::read_to_string(root.join(&summary))
        .map_err(|error| format!("{} cannot be read: {error}", summary.display()))?;
    let text = summary::renew(&text).map_err(|fault| format!("{}: {fault}", summary.display()))?;
    generated.files.insert(summary, text);
    Ok(generated)
}

/// The last lines of a page: where its text is to be changed.
fn footer(source: &str) -> String {
    format!("\n<!-- Written by 'cargo xtask docs' from {source}. Change it there. -->\n")
}

/// Text in a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}
