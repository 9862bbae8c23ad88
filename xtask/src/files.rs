//! Generated text against the files that are there.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::{fs, io};

/// Everything that is generated.
#[derive(Debug, Default)]
pub struct Generated {
    /// Directories, relative to the workspace, that hold nothing but generated files.
    pub directories: Vec<&'static str>,
    /// Paths relative to the workspace, with the whole contents of each.
    pub files: BTreeMap<PathBuf, String>,
}

/// How a file differs from what is generated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// It is not there.
    Missing(PathBuf),
    /// Its contents are others.
    Stale(PathBuf),
    /// Nothing generates it any more.
    Left(PathBuf),
}

impl Difference {
    /// What [`write()`] did about it.
    pub fn done(&self) -> String {
        match self {
            Difference::Missing(path) | Difference::Stale(path) => format!("wrote   {}", path.display()),
            Difference::Left(path) => format!("removed {}", path.display()),
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Difference::Missing(path) => write!(f, "missing   {}", path.display()),
            Difference::Stale(path) => write!(f, "stale     {}", path.display()),
            Difference::Left(path) => write!(f, "left over {}", path.display()),
        }
    }
}

/// What differs, by path.
///
/// # Errors
/// A sentence that names the file or directory that cannot be read.
pub fn differences(root: &Path, generated: &Generated) -> Result<Vec<Difference>, String> {
    let mut differences = Vec::new();
    for (path, text) in &generated.files {
        match fs::read(root.join(path)) {
            Ok(bytes) if bytes == text.as_bytes() => {}
            Ok(_) => differences.push(Difference::Stale(path.clone())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                differences.push(Difference::Missing(path.clone()));
            }
            Err(error) => return Err(format!("{} cannot be read: {error}", path.display())),
        }
    }
    for directory in &generated.directories {
        let left = entries(root, Path::new(directory))?;
        let left = left.into_iter().filter(|path| !generated.files.contains_key(path));
        differences.extend(left.map(Difference::Left));
    }
    Ok(differences)
}

/// Makes the files what is generated, and gives back what differed before.
///
/// # Errors
/// A sentence that names the file that cannot be read or written.
pub fn write(root: &Path, generated: &Generated) -> Result<Vec<Difference>, String> {
    let differences = differences(root, generated)?;
    for difference in &differences {
        let done = match difference {
            Difference::Missing(path) | Difference::Stale(path) => {
                let text = generated.files.get(path).map(String::as_str).unwrap_or_default();
                put(&root.join(path), text)
            }
            Difference::Left(path) => fs::remove_file(root.join(path)),
        };
        done.map_err(|error| format!("{difference}: {error}"))?;
    }
    Ok(differences)
}

fn put(path: &Path, text: &str) -> io::Result<()> {
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory)?;
    }
    fs::write(path, text)
}

/// The files of a directory, sorted, relative to `root`. A directory that is not there has none.
fn entries(root: &Path, directory: &Path) -> Result<Vec<PathBuf>, String> {
    let failed = |error: io::Error| format!("{} cannot be read: {error}", directory.display());
    let listed = match fs::read_dir(root.join(directory)) {
        Ok(listed) => listed,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed(error)),
    };
    let mut paths = Vec::new();
    for entry in listed {
        paths.push(directory.join(entry.map_err(failed)?.file_name()));
    }
    paths.sort();
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_no_longer_differs() {
        let name = format!("midwatch-xtask-{}", std::process::id());
        let root = std::env::temp_dir().join(name);
        fs::create_dir_all(root.join("docs")).expect("a temporary directory");
        fs::write(root.join("docs/old.md"), "old").expect("a file");
        fs::write(root.join("docs/stale.md"), "stale").expect("a file");
        let files = [("docs/new.md", "new\n"), ("docs/stale.md", "fresh\n"), ("docs/same.md", "same\n")];
        fs::write(root.join("docs/same.md"), "same\n").expect("a file");
        let generated = Generated {
            directories: vec!["docs"],
            files: files.into_iter().map(|(path, text)| (path.into(), text.to_owned())).collect(),
        };
        let expected = [
            Difference::Missing("docs/new.md".into()),
            Difference::Stale("docs/stale.md".into()),
            Difference::Left("docs/old.md".into()),
        ];
        assert_eq!(differences(&root, &generated), Ok(expected.to_vec()));
        assert_eq!(write(&root, &generated), Ok(expected.to_vec()));
        assert_eq!(differences(&root, &generated), Ok(Vec::new()));
        assert!(!root.join("docs/old.md").exists());
        fs::remove_dir_all(&root).expect("the directory that was made here");
    }
}
