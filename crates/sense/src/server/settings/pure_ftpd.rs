//! Pure-FTPd: Debian's directory with a file for each option, or one file of options.
//!
//! Debian starts every flavour of it by `pure-ftpd-wrapper`, which makes an option of each file of `/etc/pure-ftpd/conf`: the
//! file's name is the option's, the first line that is neither empty nor a comment (`#`) the value. For TLS that is a number, and
//! the program does not start with anything else. Elsewhere the program reads one file: `option value`, `option = value` or
//! `option: value`, in letters of any size.
//!
//! Sources, looked up on 2026-11-30: pure-ftpd-wrapper(8) and the script itself of Debian 12 (1.0.50-2.1), which
//! `tests/host_settings.rs` of the crate `midwatch` asks too; `src/simpleconf.c`, `src/simpleconf_ftpd.h` and `pure-ftpd.conf.in` in
//! <https://github.com/jedisct1/pure-ftpd> (April 2026).

use midwatch_model::{ServerProgram, ServerProgramId, Unread};

use super::source::{Line, Reader, at, last_of_each, with_defaults};
use crate::System;
use crate::lines::unquote;

/// Debian's directory, which its wrapper reads and no other file.
const DIRECTORY: &str = "/etc/pure-ftpd/conf";

/// The one file of options: cPanel's and upstream's, EPEL's, FreeBSD's.
const FILES: [&str; 3] =
    ["/etc/pure-ftpd.conf", "/etc/pure-ftpd/pure-ftpd.conf", "/usr/local/etc/pure-ftpd.conf"];

/// The program: each flavour of Debian's has its own.
const PROGRAMS: [&str; 5] = [
    "/usr/sbin/pure-ftpd",
    "/usr/sbin/pure-ftpd-mysql",
    "/usr/sbin/pure-ftpd-postgresql",
    "/usr/sbin/pure-ftpd-ldap",
    "/usr/local/sbin/pure-ftpd",
];

/// The option: 0 no TLS, 1 where the client asks, 2 for every login, 3 for files too.
const TLS: &str = "TLS";

/// What Pure-FTPd is told; none where it is not installed.
pub(super) fn look(system: &System, unread: &mut Vec<Unread>) -> Option<ServerProgram> {
    if !PROGRAMS.iter().any(|program| system.exists(&system.at(program))) {
        return None;
    }
    let mut reader = Reader::new(system);
    let mut settings = Vec::new();
    let one = format!("{DIRECTORY}/{TLS}");
    let file = if system.exists(&system.at(DIRECTORY)) {
        let lines = reader.lines(&system.at(&one)).unwrap_or_default();
        let first = lines.iter().find(|line| !line.text.is_empty() && !line.text.starts_with('#'));
        settings.extend(first.map(|line| at(line, TLS, &line.text, None)));
        one.as_str()
    } else {
        let file = FILES.iter().find(|file| system.exists(&system.at(file))).unwrap_or(&FILES[0]);
        let lines = reader.lines(&system.at(file)).unwrap_or_default();
        settings.extend(lines.iter().filter_map(|line| Some(at(line, TLS, value(line)?, None))));
        file
    };
    let settings = with_defaults(last_of_each(settings), &[(TLS, "0")]);
    Some(reader.program(ServerProgramId::PureFtpd, file, settings, unread))
}

/// The value of a line for TLS.
fn value(line: &Line) -> Option<&str> {
    let (name, rest) = line.text.split_once(|c: char| c.is_whitespace() || matches!(c, '=' | ':'))?;
    let rest = rest.trim_start().trim_start_matches(['=', ':']);
    name.eq_ignore_ascii_case(TLS).then(|| unquote(rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::testing::Tree;

    #[test]
    fn both_forms() {
        let value = |files: &[(&str, &str)]| {
            let tree = Tree::new(files);
            tree.write("/usr/sbin/pure-ftpd-mysql", b"");
            let found = look(&tree.system, &mut Vec::new()).unwrap();
            found.general(TLS).map(|one| one.value.clone()).unwrap()
        };
        assert_eq!(value(&[("/etc/pure-ftpd/conf/NoAnonymous", "yes\n")]), "0");
        assert_eq!(value(&[("/etc/pure-ftpd/conf/TLS", "2\n")]), "2");
        assert_eq!(value(&[("/etc/pure-ftpd/conf/TLS", "\n  # 0 is none\n 1 \n2\n")]), "1");
        // Debian's wrapper does not read the file that its package brings along.
        let both = [("/etc/pure-ftpd/conf/TLS", "2\n"), ("/etc/pure-ftpd/pure-ftpd.conf", "TLS 0\n")];
        assert_eq!(value(&both), "2");
        assert_eq!(value(&[("/etc/pure-ftpd.conf", "# TLS 2\nTLS                          1\n")]), "1");
        assert_eq!(value(&[("/etc/pure-ftpd/pure-ftpd.conf", "tls = 2\nTLSCipherSuite HIGH\n")]), "2");
    }
}
