//! vsftpd (vsftpd.conf(5)): of each name the last line counts, and nothing may stand around the `=`.

use midwatch_model::{ServerProgram, ServerProgramId, Unread};

use super::source::{Reader, at, last_of_each, with_defaults};
use crate::System;

/// Where Debian and Fedora have it.
const FILES: [&str; 2] = ["/etc/vsftpd.conf", "/etc/vsftpd/vsftpd.conf"];

const DEFAULTS: [(&str, &str); 5] = [
    ("anonymous_enable", "YES"),
    ("force_local_logins_ssl", "YES"),
    ("force_local_data_ssl", "YES"),
    ("local_enable", "NO"),
    ("ssl_enable", "NO"),
];

/// What vsftpd is told; none where it is not installed.
pub(super) fn look(system: &System, unread: &mut Vec<Unread>) -> Option<ServerProgram> {
    if !system.exists(&system.at("/usr/sbin/vsftpd")) {
        return None;
    }
    let file = FILES.into_iter().find(|path| system.exists(&system.at(path)))?;
    let mut reader = Reader::new(system);
    let mut settings = Vec::new();
    for line in reader.lines(&system.at(file)).unwrap_or_default() {
        let Some((name, value)) = line.text.split_once('=') else { continue };
        if DEFAULTS.iter().any(|(known, _)| *known == name) {
            settings.push(at(&line, name, value, None));
        }
    }
    let settings = with_defaults(last_of_each(settings), &DEFAULTS);
    Some(reader.program(ServerProgramId::Vsftpd, file, settings, unread))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::testing::Tree;

    #[test]
    fn the_last_line_counts() {
        let tree = Tree::new(&[
            ("/usr/sbin/vsftpd", ""),
            ("/etc/vsftpd.conf", "#ssl_enable=NO\nssl_enable=NO\nlocal_enable=YES\nssl_enable=YES\n"),
        ]);
        let found = look(&tree.system, &mut Vec::new()).unwrap();
        let value = |name: &str| {
            found.general(name).map(|one| (one.value.as_str(), one.at.as_ref().map(|at| at.line)))
        };
        assert_eq!(value("ssl_enable"), Some(("YES", Some(4))));
        assert_eq!(value("force_local_logins_ssl"), Some(("YES", None)));
        assert!(look(&Tree::new(&[("/etc/vsftpd.conf", "")]).system, &mut Vec::new()).is_none());
    }
}
