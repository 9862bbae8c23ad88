//! Pure-FTPd: Debian's directory with a file for each option (pure-ftpd-wrapper(8)), or one file of options.

use midwatch_model::{ServerProgram, ServerProgramId, Unread};

use super::source::{Reader, at, last_of_each, with_defaults};
use crate::System;

/// Debian's directory: the name of each file is an option, and its first line the value.
const DIRECTORY: &str = "/etc/pure-ftpd/conf";

/// The option: 0 no TLS, 1 where the client asks, 2 for every login, 3 for files too.
const TLS: &str = "TLS";

/// What Pure-FTPd is told; none where it is not installed.
pub(super) fn look(system: &System, unread: &mut Vec<Unread>) -> Option<ServerProgram> {
    if !system.exists(&system.at("/usr/sbin/pure-ftpd")) {
        return None;
    }
    let mut reader = Reader::new(system);
    let mut settings = Vec::new();
    let one = format!("{DIRECTORY}/{TLS}");
    let file = if system.exists(&system.at(DIRECTORY)) {
        let lines = reader.lines(&system.at(&one)).unwrap_or_default();
        settings.extend(
            lines.iter().find(|line| !line.text.is_empty()).map(|line| at(line, TLS, &line.text, None)),
        );
        one.as_str()
    } else {
        let file = "/etc/pure-ftpd.conf";
        for line in reader.lines(&system.at(file)).unwrap_or_default() {
            let mut words = line.text.split_whitespace();
            if let (Some(TLS), Some(value)) = (words.next(), words.next()) {
                settings.push(at(&line, TLS, value, None));
            }
        }
        file
    };
    let settings = with_defaults(last_of_each(settings), &[(TLS, "0")]);
    Some(reader.program(ServerProgramId::PureFtpd, file, settings, unread))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::testing::Tree;

    #[test]
    fn both_forms() {
        let value = |files: &[(&str, &str)]| {
            let tree = Tree::new(files);
            tree.write("/usr/sbin/pure-ftpd", b"");
            let found = look(&tree.system, &mut Vec::new()).unwrap();
            found.general(TLS).map(|one| one.value.clone()).unwrap()
        };
        assert_eq!(value(&[("/etc/pure-ftpd/conf/NoAnonymous", "yes\n")]), "0");
        assert_eq!(value(&[("/etc/pure-ftpd/conf/TLS", "2\n")]), "2");
        assert_eq!(value(&[("/etc/pure-ftpd.conf", "# TLS 2\nTLS                          1\n")]), "1");
    }
}
