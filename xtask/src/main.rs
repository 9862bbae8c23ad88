//! Chores of midwatch's developers: `cargo xtask docs` writes the generated part of the documentation,
//! `cargo xtask data` the bundled lists.
//!
//! - [`data`]: the bundled lists.
//! - [`docs`]: what is generated, as text.
//! - [`files`]: the text against the files that are there.
//! - [`limbo`]: the x509-limbo corpus against the decisions on certificates.
//! - [`named`]: the tests that the book names against those that are there.

mod data;
mod docs;
mod files;
mod limbo;
mod named;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// How the chores are called.
const USAGE: &str = "\
usage: cargo xtask docs [--check]
       cargo xtask data DIRECTORY
       cargo xtask limbo FILE

  docs          write the generated part of the documentation: the pages of the checks, attacks and changes, their
                index pages and their part of SUMMARY.md, and the man pages; pages of what is no more go
  docs --check  change nothing; exit with 1 and name the files that differ, and the tests that the book names and that
                are not there
  data DIRECTORY
                write the bundled lists from the files that data/refresh/chromium.py left in DIRECTORY
  limbo FILE    compare the decisions on certificates with the x509-limbo corpus, whose limbo.json is FILE; exit
                with 1 where a case is accepted that must not be and is not listed with its reason";

/// The usage was wrong, as in midwatch itself.
const WRONG_USAGE: u8 = 64;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match words.as_slice() {
        ["docs"] => write(),
        ["docs", "--check"] => check(),
        ["limbo", file] => conformance(Path::new(file)),
        ["data", directory] => refresh(Path::new(directory)),
        ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            Ok(ExitCode::SUCCESS)
        }
        _ => {
            eprintln!("{USAGE}");
            Ok(ExitCode::from(WRONG_USAGE))
        }
    };
    result.unwrap_or_else(|sentence| {
        eprintln!("xtask: {sentence}");
        ExitCode::FAILURE
    })
}

fn write() -> Result<ExitCode, String> {
    let root = root();
    for change in files::write(&root, &docs::all(&root)?)? {
        println!("{}", change.done());
    }
    Ok(ExitCode::SUCCESS)
}

fn check() -> Result<ExitCode, String> {
    let root = root();
    let differences = files::differences(&root, &docs::all(&root)?)?;
    for difference in &differences {
        println!("{difference}");
    }
    let faults = named::faults(&root, docs::BOOK)?;
    for fault in &faults {
        println!("{fault}");
    }
    if differences.is_empty() && faults.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    if !differences.is_empty() {
        eprintln!("xtask: the generated documentation is stale; 'cargo xtask docs' writes it again");
    }
    Ok(ExitCode::FAILURE)
}

fn refresh(from: &Path) -> Result<ExitCode, String> {
    for line in data::refresh(&root(), from)? {
        println!("{line}");
    }
    Ok(ExitCode::SUCCESS)
}

fn conformance(corpus: &Path) -> Result<ExitCode, String> {
    let (report, sound) = limbo::run(corpus)?;
    print!("{report}");
    Ok(if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The workspace's own directory.
fn root() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().unwrap_or(own).to_path_buf()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generated_documentation_is_current() {
        let root = root();
        let generated = docs::all(&root).expect("the documentation can be generated");
        let differences = files::differences(&root, &generated).expect("the files can be read");
        let names: Vec<String> = differences.iter().map(ToString::to_string).collect();
        assert!(names.is_empty(), "stale; run 'cargo xtask docs':\n{}", names.join("\n"));
    }

    #[test]
    fn every_test_that_the_book_names_is_there() {
        let faults = named::faults(&root(), docs::BOOK).expect("the files can be read");
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }
}
