//! vsftpd asks where `tcp_wrappers=YES` (vsftpd.conf(5)), by its own name.

use super::files::{Command, lines};
use super::{Asks, Name};
use crate::System;
use crate::listening::wrappers::Told;

/// Where its settings are when it is not told.
const FILE: &str = "/etc/vsftpd.conf";

pub(super) fn look(system: &System, command: &Command) -> Asks {
    let name = || Name::of("vsftpd", Told::Connection);
    let mut files: Vec<&str> =
        command.given().iter().map(String::as_str).filter(|one| !one.starts_with('-')).collect();
    if files.is_empty() {
        files.push(FILE);
    }
    let mut all = Vec::new();
    for file in files {
        // A path that is not absolute begins where it was started.
        match lines(system, file, &['#']).filter(|_| file.starts_with('/')) {
            Some(lines) => all.extend(lines),
            None => return Asks::Maybe(name(), format!("the settings of vsftpd ({file}) could not be read")),
        }
    }
    all.extend(command.given().iter().filter_map(|one| one.strip_prefix("-o")).map(str::to_owned));
    let last = all.iter().rev().find_map(|line| line.strip_prefix("tcp_wrappers="));
    match last.map(|value| value.trim().to_ascii_uppercase()).as_deref() {
        Some("YES" | "TRUE" | "1") => Asks::Yes(name()),
        _ => Asks::No,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::testing::Tree;

    #[test]
    fn it_asks_where_it_is_told_to() {
        let tree = Tree::new(&[
            ("/etc/vsftpd.conf", "# tcp_wrappers=YES\nlisten=YES\n"),
            ("/etc/own.conf", "tcp_wrappers=NO\ntcp_wrappers=YES\n"),
        ]);
        let of = |given: &[&str]| {
            let arguments = [&["/usr/sbin/vsftpd"], given].concat().into_iter().map(str::to_owned).collect();
            look(&tree.system, &Command { program: "vsftpd".into(), arguments })
        };
        let yes = Asks::Yes(Name::of("vsftpd", Told::Connection));
        assert_eq!(of(&[]), Asks::No);
        assert_eq!(of(&["/etc/own.conf"]), yes);
        assert_eq!(of(&["/etc/vsftpd.conf", "-otcp_wrappers=YES"]), yes);
        assert!(matches!(of(&["own.conf"]), Asks::Maybe(..)));
    }
}
