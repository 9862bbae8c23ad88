//! Dovecot asks where `login_access_sockets` names its service for that (doc.dovecot.org).

use super::Asks;
use super::files::{Command, lines};
use crate::System;

/// Where its settings are when it is not told, and what they include.
const FILE: &str = "/etc/dovecot/dovecot.conf";
const DIRECTORY: &str = "/etc/dovecot/conf.d";

pub(super) fn look(system: &System, command: &Command) -> Asks {
    let mut given = command.given().iter();
    let file = given.by_ref().find(|one| *one == "-c").and_then(|_| given.next());
    let mut all = vec![file.cloned().unwrap_or_else(|| FILE.to_owned())];
    match system.list(&system.at(DIRECTORY)) {
        Ok(places) => all.extend(places.iter().filter_map(|place| place.path())),
        Err(why) => return Asks::maybe(why.detail),
    }
    for file in all {
        let Some(lines) = lines(system, &file, &['#']).filter(|_| file.starts_with('/')) else {
            return Asks::maybe(format!("the settings of Dovecot ({file}) could not be read"));
        };
        if lines.iter().any(|line| line.starts_with("login_access_sockets")) {
            return Asks::maybe(format!("{file} sets login_access_sockets, which is not followed here"));
        }
    }
    Asks::No
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::testing::Tree;

    #[test]
    fn it_asks_where_it_is_told_to() {
        let of = |tree: &Tree, given: &[&str]| {
            let arguments = [&["/usr/sbin/dovecot"], given].concat().into_iter().map(str::to_owned).collect();
            look(&tree.system, &Command { program: "dovecot".into(), arguments })
        };
        let tree = Tree::new(&[
            (FILE, "!include conf.d/*.conf\n"),
            ("/etc/dovecot/conf.d/10-master.conf", "#login_access_sockets = tcpwrap\n"),
            ("/etc/own.conf", "login_access_sockets = tcpwrap\n"),
        ]);
        assert_eq!(of(&tree, &["-F"]), Asks::No);
        assert!(matches!(of(&tree, &["-F", "-c", "/etc/own.conf"]), Asks::Maybe(..)));
        tree.write("/etc/dovecot/conf.d/99-own.conf", b" login_access_sockets = tcpwrap\n");
        assert!(matches!(of(&tree, &[]), Asks::Maybe(..)));
    }
}
