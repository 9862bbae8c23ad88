//! Where the texts of ssh_config come from.

use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};

/// The largest file of configuration, in bytes.
pub const LARGEST: u64 = 1024 * 1024;

/// The most files that a pattern of Include may name.
const MOST: usize = 1000;

/// The text of a file, and who may change it.
#[derive(Debug, Clone)]
pub struct Text {
    /// What is in it.
    pub bytes: Vec<u8>,
    /// Its owner, as a number.
    pub owner: u32,
    /// Its mode.
    pub mode: u32,
}

/// Files, real ones or a test's.
pub trait Files {
    /// A file; `None` where there is none.
    ///
    /// # Errors
    /// It cannot be read, or is too large: why.
    fn read(&mut self, path: &Path) -> Result<Option<Text>, String>;

    /// The files that a pattern of the shell names, in order (glob(3)).
    ///
    /// # Errors
    /// Why they are not to be known.
    fn glob(&mut self, pattern: &str) -> Result<Vec<PathBuf>, String>;
}

/// The files of this computer.
#[derive(Debug, Default)]
pub struct Disk;

impl Files for Disk {
    fn read(&mut self, path: &Path) -> Result<Option<Text>, String> {
        let found = path.metadata().and_then(|metadata| {
            // A pipe would be waited for.
            if !metadata.is_file() {
                return Err(ErrorKind::IsADirectory.into());
            }
            let file = File::open(path)?;
            let mut bytes = Vec::new();
            file.take(LARGEST + 1).read_to_end(&mut bytes)?;
            Ok((bytes, metadata))
        });
        match found {
            Ok((bytes, _)) if bytes.len() as u64 > LARGEST => Err("it has more than 1 MiB".to_owned()),
            Ok((bytes, metadata)) => Ok(Some(text(bytes, &metadata))),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) if error.kind() == ErrorKind::IsADirectory => {
                Err("it is not a regular file".to_owned())
            }
            Err(error) => Err(error.to_string()),
        }
    }

    fn glob(&mut self, pattern: &str) -> Result<Vec<PathBuf>, String> {
        let mut found = vec![PathBuf::from(if pattern.starts_with('/') { "/" } else { "" })];
        for part in pattern.split('/').filter(|part| !part.is_empty()) {
            let mut next = Vec::new();
            for directory in &found {
                if is_pattern(part) {
                    next.extend(named(directory, part)?);
                } else {
                    let path = directory.join(unescaped(part));
                    if path.symlink_metadata().is_ok() {
                        next.push(path);
                    }
                }
                if next.len() > MOST {
                    return Err(format!("{pattern} names more than {MOST} files"));
                }
            }
            found = next;
        }
        Ok(found)
    }
}

#[cfg(unix)]
fn text(bytes: Vec<u8>, metadata: &std::fs::Metadata) -> Text {
    use std::os::unix::fs::MetadataExt as _;
    Text { bytes, owner: metadata.uid(), mode: metadata.mode() }
}

/// Other systems have no such numbers: their files pass for root's.
#[cfg(not(unix))]
fn text(bytes: Vec<u8>, _: &std::fs::Metadata) -> Text {
    Text { bytes, owner: 0, mode: 0o600 }
}

fn is_pattern(part: &str) -> bool {
    part.contains(['*', '?', '['])
}

fn unescaped(part: &str) -> String {
    let mut text = String::new();
    let mut chars = part.chars();
    while let Some(c) = chars.next() {
        text.push(if c == '\\' { chars.next().unwrap_or('\\') } else { c });
    }
    text
}

/// The entries of a directory that a pattern names, in order.
fn named(directory: &Path, pattern: &str) -> Result<Vec<PathBuf>, String> {
    let here = if directory.as_os_str().is_empty() { Path::new(".") } else { directory };
    // A directory that is not there or closed has no such files (GLOB_ERR is not set).
    let Ok(entries) = here.read_dir() else { return Ok(Vec::new()) };
    let wanted: Vec<char> = pattern.chars().collect();
    let mut found: Vec<PathBuf> = Vec::new();
    for entry in entries.flatten().take(10_000) {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        // A dot at the beginning must be written.
        if (pattern.starts_with('.') || !name.starts_with('.'))
            && fnmatch(&wanted, &name.chars().collect::<Vec<_>>())
        {
            found.push(directory.join(entry.file_name()));
        }
    }
    found.sort();
    Ok(found)
}

/// fnmatch(3) for one part of a path: `*`, `?`, `[a-z]`, `[!a-z]` and `\`.
fn fnmatch(pattern: &[char], name: &[char]) -> bool {
    // Row by row, so that many stars cost no more than the product of the lengths.
    let mut reached = vec![false; name.len() + 1];
    if let Some(first) = reached.first_mut() {
        *first = true;
    }
    let mut rest = pattern;
    while let Some((first, after)) = rest.split_first() {
        let mut next = vec![false; name.len() + 1];
        if *first == '*' {
            let mut any = false;
            for (to, from) in next.iter_mut().zip(&reached) {
                any |= *from;
                *to = any;
            }
            rest = after;
        } else {
            let (matcher, after) = single(*first, after);
            for ((from, to), c) in reached.iter().zip(next.iter_mut().skip(1)).zip(name) {
                *to = *from && matcher.is(*c);
            }
            rest = after;
        }
        reached = next;
    }
    reached.last().copied().unwrap_or(false)
}

enum Single {
    Any,
    One(char),
    Set { negated: bool, ranges: Vec<(char, char)> },
}

impl Single {
    fn is(&self, c: char) -> bool {
        match self {
            Single::Any => true,
            Single::One(one) => c == *one,
            Single::Set { negated, ranges } => {
                ranges.iter().any(|(from, to)| (*from..=*to).contains(&c)) != *negated
            }
        }
    }
}

fn single(first: char, after: &[char]) -> (Single, &[char]) {
    match (first, after) {
        ('?', _) => (Single::Any, after),
        ('\\', [escaped, after @ ..]) => (Single::One(*escaped), after),
        ('[', _) => set(after).unwrap_or((Single::One('['), after)),
        _ => (Single::One(first), after),
    }
}

/// What follows `[`. `None` where no `]` ends it: then the bracket means itself.
fn set(after: &[char]) -> Option<(Single, &[char])> {
    let (negated, mut rest) = match after {
        ['!' | '^', rest @ ..] => (true, rest),
        _ => (false, after),
    };
    let mut ranges = Vec::new();
    loop {
        match rest {
            [']', after @ ..] if !ranges.is_empty() => return Some((Single::Set { negated, ranges }, after)),
            [from, '-', to, after @ ..] if *to != ']' => {
                ranges.push((*from, *to));
                rest = after;
            }
            [one, after @ ..] => {
                ranges.push((*one, *one));
                rest = after;
            }
            [] => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_of_the_shell() {
        for (pattern, name, answer) in [
            ("*.conf", "a.conf", true),
            ("*.conf", "a.conf~", false),
            ("?0-[a-c]*", "10-bx", true),
            ("?0-[a-c]*", "10-dx", false),
            ("[!a]", "b", true),
            ("[!a]", "a", false),
            ("[]]", "]", true),
            ("[a", "[a", true),
            ("\\*", "*", true),
            ("\\*", "x", false),
            ("a*b*c", "aXbYc", true),
        ] {
            let chars = |text: &str| text.chars().collect::<Vec<_>>();
            assert_eq!(fnmatch(&chars(pattern), &chars(name)), answer, "{pattern} {name}");
        }
    }

    #[test]
    fn a_directory_is_searched_in_order_and_hidden_files_are_passed_over() {
        let directory = tempfile::tempdir().unwrap();
        for name in ["b.conf", "a.conf", ".c.conf", "d.txt"] {
            std::fs::write(directory.path().join(name), "").unwrap();
        }
        let at = directory.path().to_str().unwrap();
        let names = |pattern: &str| -> Vec<String> {
            let found = Disk.glob(&format!("{at}/{pattern}")).unwrap();
            found.iter().map(|path| path.file_name().unwrap().to_str().unwrap().to_owned()).collect()
        };
        assert_eq!(names("*.conf"), ["a.conf", "b.conf"]);
        assert_eq!(names(".*.conf"), [".c.conf"]);
        assert_eq!(names("d.txt"), ["d.txt"]);
        assert!(names("e.txt").is_empty());
        assert!(Disk.read(directory.path()).is_err());
        assert!(Disk.read(&directory.path().join("e.txt")).unwrap().is_none());
    }
}
