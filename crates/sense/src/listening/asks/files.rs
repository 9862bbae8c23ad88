//! What a process is told on its command line, and what stands in files.

use std::io::Read as _;

use crate::System;

/// How much of a program's file is looked at, in bytes.
const MAX_PROGRAM: u64 = 256 * 1024 * 1024;

/// A process as it was started.
pub(super) struct Command {
    /// The name of its file, or its own where that is not to be seen.
    pub(super) program: String,
    /// Its arguments, its name among them; programs can change them.
    pub(super) arguments: Vec<String>,
}

impl Command {
    pub(super) fn of(system: &System, process: u32) -> Command {
        let text =
            system.text(&system.at(&format!("/proc/{process}/cmdline"))).ok().flatten().unwrap_or_default();
        let arguments: Vec<String> =
            text.split('\0').filter(|part| !part.is_empty()).map(str::to_owned).collect();
        let path = system.link(&system.at(&format!("/proc/{process}/exe")));
        let path = path.as_deref().map(|path| path.trim_end_matches(" (deleted)"));
        let first = arguments.first().map(String::as_str);
        let program = path.or(first).map(|path| name(path).to_owned()).unwrap_or_default();
        Command { program, arguments }
    }

    /// The name that it calls itself by, in a title such as `sshd: /usr/sbin/sshd -D`, or in its first argument.
    pub(super) fn title(&self) -> Option<&str> {
        let first = self.arguments.first()?;
        let title = first.split_once(": ").map_or(first.as_str(), |(title, _)| title);
        Some(name(title)).filter(|name| !name.is_empty() && !name.contains(' '))
    }

    /// What was given to it behind its name.
    pub(super) fn given(&self) -> &[String] {
        self.arguments.get(1..).unwrap_or_default()
    }

    /// True where a letter is among its options.
    pub(super) fn has_flag(&self, flag: char) -> bool {
        self.given().iter().any(|given| {
            given.strip_prefix('-').is_some_and(|letters| !letters.starts_with('-') && letters.contains(flag))
        })
    }
}

/// The last part of a path.
pub(super) fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Whether a text stands in a program's file; none where that cannot be read.
pub(super) fn has(system: &System, path: &str, wanted: &str) -> Option<bool> {
    let mut file = system.open(&system.at(path)).ok()??.take(MAX_PROGRAM + 1);
    let wanted = wanted.as_bytes();
    let mut read = 0;
    let mut buffer: Vec<u8> = Vec::new();
    loop {
        // What stands across two reads is found as well.
        let kept = buffer.len().saturating_sub(wanted.len());
        buffer.drain(..kept);
        let count = file.by_ref().take(64 * 1024).read_to_end(&mut buffer).ok()?;
        if count == 0 {
            return Some(false);
        }
        if buffer.windows(wanted.len()).any(|window| window == wanted) {
            return Some(true);
        }
        read += u64::try_from(count).ok()?;
        if read > MAX_PROGRAM {
            return None;
        }
    }
}

/// The lines of a file of settings, trimmed, without comments; none where it could not be read, and empty where it is
/// not there.
pub(super) fn lines(system: &System, path: &str, comments: &[char]) -> Option<Vec<String>> {
    let text = system.text(&system.at(path)).ok()?.unwrap_or_default();
    Some(crate::lines::numbered(&text, comments).map(|(_, line)| line.to_owned()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::testing::Tree;

    #[test]
    fn text_across_two_reads_is_found() {
        let tree = Tree::new(&[]);
        for at in [0, 65_530, 65_536, 200_000] {
            let mut bytes = vec![b'x'; 200_100];
            bytes[at..at + 10].copy_from_slice(b"libwrap.so");
            tree.write("/usr/bin/p", &bytes);
            assert_eq!(has(&tree.system, "/usr/bin/p", "libwrap.so"), Some(true), "{at}");
        }
        tree.write("/usr/bin/p", &vec![b'l'; 200_000]);
        assert_eq!(has(&tree.system, "/usr/bin/p", "libwrap.so"), Some(false));
        assert_eq!(has(&tree.system, "/usr/bin/none", "libwrap.so"), None);
    }
}
