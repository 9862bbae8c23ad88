//! Tests that the book names: a table that says which test backs a cell must not outlive the test.
//!
//! What names a test is plain text of the book, and nothing that a reader does not see:
//!
//! - a section (from one heading to the next) names its files as `` `crates/…/….rs` ``, each by a short name where it
//!   has several: `` `peers` is `crates/…/….rs` ``;
//! - in its tables, and behind the short name in a cell where there are short names, stand the functions.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Where tests are looked for.
const CODE: [&str; 2] = ["crates", "xtask"];

/// The functions of a file's tests.
type Tests = BTreeSet<String>;

/// Everything that is wrong with the names of tests in the book's chapters below `book`, a sentence each.
///
/// # Errors
/// A sentence that names the file or directory that cannot be read.
pub fn faults(root: &Path, book: &str) -> Result<Vec<String>, String> {
    let mut files = BTreeMap::new();
    for directory in CODE {
        sources(root, &root.join(directory), &mut files)?;
    }
    let mut faults = Vec::new();
    for path in entries(&root.join(book))? {
        if path.extension().is_some_and(|end| end == "md") {
            let text = read(&path)?;
            let page = path.strip_prefix(root).unwrap_or(&path).display().to_string();
            faults.extend(of_page(&text, &files).into_iter().map(|fault| format!("{page}: {fault}")));
        }
    }
    Ok(faults)
}

/// The tests of every file of Rust below a directory, by its path in the workspace.
fn sources(root: &Path, directory: &Path, files: &mut BTreeMap<String, Tests>) -> Result<(), String> {
    for path in entries(directory)? {
        if path.is_dir() {
            sources(root, &path, files)?;
        } else if path.extension().is_some_and(|end| end == "rs") {
            let name = path.strip_prefix(root).unwrap_or(&path).display().to_string();
            files.insert(name, tests_of(&read(&path)?));
        }
    }
    Ok(())
}

fn entries(directory: &Path) -> Result<Vec<std::path::PathBuf>, String> {
    let cannot = |error| format!("{} cannot be read: {error}", directory.display());
    let entries = fs::read_dir(directory).map_err(cannot)?;
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>, _>>().map_err(cannot)?;
    paths.sort();
    Ok(paths)
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{} cannot be read: {error}", path.display()))
}

/// Functions with an attribute that makes them a test (`#[test]`, `#[tokio::test]`), by their lines.
fn tests_of(source: &str) -> Tests {
    let mut tests = Tests::new();
    let mut is_test = false;
    for line in source.lines().map(str::trim) {
        if let Some(attribute) = line.strip_prefix("#[") {
            let path = attribute.split(['(', ']']).next().unwrap_or_default();
            is_test |= path.rsplit("::").next() == Some("test");
            continue;
        }
        if line.is_empty() || line.starts_with("//") {
            continue;
        }
        let words = line.strip_prefix("pub ").unwrap_or(line);
        let words = words.strip_prefix("async ").unwrap_or(words);
        if let Some(name) = words.strip_prefix("fn ").and_then(|rest| rest.split(['(', '<']).next())
            && is_test
        {
            tests.insert(name.to_owned());
        }
        is_test = false;
    }
    tests
}

/// What is wrong with the names of tests in one page.
fn of_page(text: &str, files: &BTreeMap<String, Tests>) -> Vec<String> {
    let mut faults = Vec::new();
    let mut section = Vec::new();
    for line in text.lines() {
        if line.starts_with('#') {
            faults.extend(Section::of(&section).faults(files));
            section.clear();
        }
        section.push(line);
    }
    faults.extend(Section::of(&section).faults(files));
    faults
}

/// What stands below one heading.
struct Section<'a> {
    prose: String,
    /// Rows of tables, with whether the table says in its first row that it names tests.
    rows: Vec<(bool, Vec<&'a str>)>,
    /// Files of tests that are named, with their short names.
    files: Vec<(Option<String>, String)>,
}

impl<'a> Section<'a> {
    fn of(lines: &[&'a str]) -> Section<'a> {
        let mut prose = String::new();
        let mut rows: Vec<(bool, Vec<&str>)> = Vec::new();
        let mut says = None;
        for &line in lines {
            let Some(row) = line.trim().strip_prefix('|') else {
                says = None;
                prose.push_str(line.trim());
                prose.push(' ');
                continue;
            };
            let cells: Vec<&str> = row.trim_end_matches('|').split('|').collect();
            let names_tests = *says.get_or_insert_with(|| {
                let mut words = cells.iter().flat_map(|cell| cell.split_whitespace());
                words.any(|word| matches!(word, "test" | "tests"))
            });
            rows.push((names_tests, cells));
        }
        let mut files = Vec::new();
        let mut before: Option<&str> = None;
        let mut between = "";
        for piece in pieces(&prose) {
            match piece {
                Piece::Text(text) => between = text,
                Piece::Code(code) => {
                    if code.starts_with("crates/") && code.ends_with(".rs") {
                        let short = before.filter(|_| between.trim() == "is").map(str::to_owned);
                        files.push((short, code.to_owned()));
                    }
                    before = Some(code);
                }
            }
        }
        Section { prose, rows, files }
    }

    fn faults(&self, files: &BTreeMap<String, Tests>) -> Vec<String> {
        let mut faults = Vec::new();
        for (_, file) in self.files.iter().filter(|(_, file)| !files.contains_key(file)) {
            faults.push(format!("{file} is not there"));
        }
        for (names_tests, cells) in &self.rows {
            for cell in cells {
                self.cell(cell, *names_tests, files, &mut faults);
            }
        }
        for piece in pieces(&self.prose) {
            if let Piece::Code(code) = piece
                && parts(code) >= 3
            {
                self.without_short_name(code, files, &mut faults);
            }
        }
        faults
    }

    fn has_short_names(&self) -> bool {
        self.files.iter().any(|(short, _)| short.is_some())
    }

    /// A name in a section whose files have no short names, or outside tables.
    fn without_short_name(&self, name: &str, files: &BTreeMap<String, Tests>, faults: &mut Vec<String>) {
        let is_there = |file: &String| files.get(file).is_some_and(|tests| tests.contains(name));
        if self.files.iter().any(|(_, file)| is_there(file)) {
            return;
        }
        if self.files.is_empty() {
            // Any other word, unless it is a test's name.
            if parts(name) >= 3
                && let Some(file) = files.keys().find(|file| is_there(file))
            {
                faults.push(format!("{name} is a test in {file}, which the section does not name"));
            }
            return;
        }
        faults.push(format!("{name} is no test in any file that the section names"));
    }

    fn cell(&self, cell: &str, says: bool, files: &BTreeMap<String, Tests>, faults: &mut Vec<String>) {
        let mut file: Option<&str> = None;
        for piece in pieces(cell) {
            match piece {
                Piece::Text(text) => {
                    let words = text.split(|sign: char| !sign.is_ascii_alphanumeric());
                    for word in words {
                        let known = self.files.iter().find(|(short, _)| short.as_deref() == Some(word));
                        file = known.map(|(_, path)| path.as_str()).or(file);
                    }
                }
                Piece::Code(name) if parts(name) == 0 => {}
                Piece::Code(name) => match file {
                    Some(file) if files.get(file).is_some_and(|tests| tests.contains(name)) => {}
                    Some(file) => faults.push(format!("{name} is no test in {file}")),
                    None if self.has_short_names() && parts(name) >= 2 => {
                        faults.push(format!("{name} has no file's short name before it in its cell"));
                    }
                    None if says && self.files.is_empty() && parts(name) >= 2 => {
                        faults.push(format!("{name} is in a table of tests, and the section names no file"));
                    }
                    None if parts(name) >= 2 => self.without_short_name(name, files, faults),
                    None => {}
                },
            }
        }
    }
}

/// Words of a function's name; none of what is no such name.
fn parts(name: &str) -> usize {
    let is_name = name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.chars().all(|sign| sign.is_ascii_lowercase() || sign.is_ascii_digit() || sign == '_');
    if is_name { name.split('_').filter(|part| !part.is_empty()).count() } else { 0 }
}

enum Piece<'a> {
    Text(&'a str),
    Code(&'a str),
}

/// Text, and what stands in backticks.
fn pieces(text: &str) -> impl Iterator<Item = Piece<'_>> {
    let of = |(at, piece)| if at % 2 == 0 { Piece::Text(piece) } else { Piece::Code(piece) };
    text.split('`').enumerate().map(of)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "mod tests {\n    #[test]\n    fn one_that_is() {}\n\n    #[tokio::test(flavor = \"multi_thread\")]\n    \
                          #[ignore]\n    // Why.\n    async fn two() {}\n    fn helper_of_tests() {}\n    #[derive(Debug)]\n    \
                          struct X;\n}\n";

    fn files() -> BTreeMap<String, Tests> {
        [("crates/a/tests/a.rs".to_owned(), tests_of(SOURCE))].into()
    }

    #[test]
    fn tests_are_told_from_other_functions() {
        let known: Vec<String> = tests_of(SOURCE).into_iter().collect();
        assert_eq!(known, ["one_that_is", "two"]);
    }

    #[test]
    fn names_that_are_there_are_sound() {
        for sound in [
            "# A\n`crates/a/tests/a.rs` has them.\n\n| what | test |\n|---|---|\n| x | `one_that_is` |\n",
            "# A\n`own` is `crates/a/tests/a.rs`\n\n| what |\n|---|\n| own `two`, `one_that_is` |\n",
            "# A\n| what | test |\n|---|---|\n| `sshd -T` | none |\n",
            "# A\n| what | use |\n|---|---|\n| `a_setting` | none |\n",
            "# A\n`smtpd_tls_level` is a setting.\n",
        ] {
            assert_eq!(of_page(sound, &files()), [""; 0], "{sound}");
        }
    }

    #[test]
    fn names_that_are_gone_are_faults() {
        let file = "`crates/a/tests/a.rs`";
        for (stale, says) in [
            (format!("# A\n{file}\n\n| x | `one_that_was` |\n"), "one_that_was is no test in any file"),
            (format!("# A\n`own` is {file}\n| x | own `three` |\n"), "three is no test in crates/a"),
            (format!("# A\n`own` is {file}\n| x | `one_that_is` |\n"), "no file's short name"),
            (format!("# A\n{file} has `one_that_was`.\n"), "one_that_was is no test"),
            (
                "# A\n| x | test |\n|---|---|\n| y | `one_that_was` |\n".to_owned(),
                "the section names no file",
            ),
            (format!("# A\n{file}\n# B\n`one_that_is`\n"), "which the section does not name"),
            ("# A\n`crates/a/tests/b.rs`\n".to_owned(), "b.rs is not there"),
            (format!("# A\n{file}\n| x | `helper_of_tests` |\n"), "helper_of_tests is no test"),
        ] {
            let faults = of_page(&stale, &files());
            assert!(faults.len() == 1 && faults[0].contains(says), "{stale}: {faults:?}");
        }
    }
}
