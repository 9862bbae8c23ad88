//! Whether the program behind a socket asks hosts.allow and hosts.deny, and by which name.
//!
//! That a process has libwrap loaded says that it can ask. Whether it does is for each program to say: sshd, slapd and
//! snmpd always do, others where they are told to. What is not known of a program is never taken for a door that is shut.

mod dovecot;
mod files;
mod inetd;
mod stunnel;
mod vsftpd;

use super::wrappers::Told;
use crate::System;
use files::{Command, has};

/// Memory of a process that is looked at is a list of files; those that this is in have libwrap.
const LIBRARY: &str = "libwrap.so";

/// Where OpenSSH since 9.8 has what asks in sshd's stead.
const SSHD_SESSION: [&str; 2] = ["/usr/lib/openssh/sshd-session", "/usr/libexec/openssh/sshd-session"];

/// Whether a program asks.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Asks {
    /// It does not.
    No,
    /// It does.
    Yes(Name),
    /// That is not known, for this reason.
    Maybe(Name, String),
}

/// By what a program asks.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Name {
    /// The name; none where it is not known.
    pub(super) daemon: Option<String>,
    /// What it tells beside the client's address.
    pub(super) told: Told,
}

impl Name {
    fn of(daemon: &str, told: Told) -> Name {
        Name { daemon: Some(daemon.to_owned()), told }
    }

    fn unknown() -> Name {
        Name { daemon: None, told: Told::Unknown }
    }
}

impl Asks {
    pub(super) fn maybe(why: impl Into<String>) -> Asks {
        Asks::Maybe(Name::unknown(), why.into())
    }
}

/// Whether a process asks about those who come to its socket.
pub(super) fn look(system: &System, process: u32, protocol: &str, port: u16) -> Asks {
    let maps = match system.text(&system.at(&format!("/proc/{process}/maps"))) {
        Ok(Some(maps)) => maps,
        Ok(None) => return Asks::maybe("the process ended while it was looked at"),
        Err(why) => return Asks::maybe(why.detail),
    };
    let command = Command::of(system, process);
    let loads = |name: &str| {
        let mut files = maps.lines().filter_map(|line| line.split_ascii_whitespace().nth(5));
        files.any(|file| file.rsplit('/').next().is_some_and(|file| file.starts_with(name)))
    };
    let has_library = loads(LIBRARY);
    match command.program.as_str() {
        // It holds sockets for programs that it starts when somebody comes.
        "systemd" | "init" => {
            return Asks::maybe("systemd holds the socket, and what it starts for it was not looked at");
        }
        "inetd" | "inetutils-inetd" => return inetd::look(system, &command, has_library, protocol, port),
        "dovecot" | "imap-login" | "pop3-login" | "managesieve-login" | "submission-login" => {
            return dovecot::look(system, &command);
        }
        "sshd" if !has_library => {
            return match SSHD_SESSION.iter().find_map(|path| has(system, path, LIBRARY)) {
                Some(true) => Asks::maybe("sshd-session can, and was not running"),
                _ => Asks::No,
            };
        }
        _ => {}
    }
    if !has_library {
        // In a program that loads nothing, libwrap would be a part of its file.
        let is_static = !loads("ld-linux") && !loads("ld-musl") && !loads("libc.");
        return match is_static.then(|| has(system, &format!("/proc/{process}/exe"), "/etc/hosts.allow")) {
            None | Some(Some(false)) => Asks::No,
            Some(Some(true)) => Asks::maybe("it names /etc/hosts.allow in its file"),
            Some(None) => Asks::maybe("its file could not be read"),
        };
    }
    match command.program.as_str() {
        "sshd" => Asks::Yes(Name::of(command.title().unwrap_or("sshd"), Told::Connection)),
        "slapd" => Asks::Yes(Name::of("slapd", Told::ClientAlone)),
        // At its other ports agents come, by a name of their own or by none.
        "snmpd" if port == 161 => Asks::Yes(Name::of("snmpd", Told::ClientAlone)),
        "vsftpd" => vsftpd::look(system, &command),
        "stunnel" | "stunnel4" => stunnel::look(system, &command, port),
        // For some of its calls alone, and not where a connection comes about.
        "rpcbind" if !command.has_flag('W') => Asks::No,
        "rpcbind" => {
            Asks::Maybe(Name::of("rpcbind", Told::Unknown), "rpcbind asks for some of its calls alone".into())
        }
        _ => Asks::maybe("it has libwrap loaded, and may ask or not"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::testing::Tree;

    const DYNAMIC: &str = "7f00-7f01 r-xp 00000000 fe:00 1   /usr/lib/x86_64-linux-gnu/libc.so.6\n";
    const WITH: &str = "7f00-7f01 r-xp 00000000 fe:00 1   /usr/lib/x86_64-linux-gnu/libc.so.6\n\
                        7f02-7f03 r-xp 00000000 fe:00 2   /usr/lib/x86_64-linux-gnu/libwrap.so.0.7.6\n";

    fn asks(program: &str, maps: &str, command: &str, files: &[(&str, &str)], port: u16) -> Asks {
        let tree = Tree::new(files);
        tree.write("/proc/7/maps", maps.as_bytes());
        tree.write("/proc/7/cmdline", command.as_bytes());
        tree.link("/proc/7/exe", program);
        look(&tree.system, 7, "tcp", port)
    }

    fn yes(daemon: &str, told: Told) -> Asks {
        Asks::Yes(Name::of(daemon, told))
    }

    #[test]
    fn programs_that_always_ask() {
        let title = "sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups\0";
        assert_eq!(asks("/usr/sbin/sshd", WITH, title, &[], 22), yes("sshd", Told::Connection));
        let other = "sshd-two: /usr/local/bin/sshd-two [listener] 0 of 10-100 startups\0";
        assert_eq!(asks("/usr/sbin/sshd", WITH, other, &[], 22), yes("sshd-two", Told::Connection));
        assert_eq!(asks("/usr/sbin/slapd", WITH, "slapd\0", &[], 389), yes("slapd", Told::ClientAlone));
        assert_eq!(asks("/usr/sbin/snmpd", WITH, "snmpd\0", &[], 161), yes("snmpd", Told::ClientAlone));
        assert!(matches!(asks("/usr/sbin/snmpd", WITH, "snmpd\0", &[], 199), Asks::Maybe(..)));
    }

    #[test]
    fn what_is_not_known_may_ask() {
        assert!(matches!(asks("/usr/sbin/other", WITH, "other\0", &[], 1), Asks::Maybe(..)));
        assert!(matches!(
            asks("/usr/lib/systemd/systemd", DYNAMIC, "/sbin/init\0", &[], 22),
            Asks::Maybe(..)
        ));
        assert!(matches!(
            asks("/usr/sbin/rpcbind", WITH, "/sbin/rpcbind\0-f\0-wW\0", &[], 111),
            Asks::Maybe(..)
        ));
        let tree = Tree::new(&[]);
        assert!(matches!(look(&tree.system, 7, "tcp", 22), Asks::Maybe(..)), "it is gone");
    }

    #[test]
    fn programs_without_it_do_not() {
        assert_eq!(asks("/usr/sbin/nginx", DYNAMIC, "nginx\0", &[], 80), Asks::No);
        assert_eq!(asks("/usr/sbin/sshd", DYNAMIC, "sshd\0", &[], 22), Asks::No);
        assert_eq!(asks("/usr/sbin/rpcbind", WITH, "/sbin/rpcbind\0-f\0-w\0", &[], 111), Asks::No);
        let session = [("/usr/lib/openssh/sshd-session", "ELF libwrap.so.0")];
        assert!(matches!(asks("/usr/sbin/sshd", DYNAMIC, "sshd\0", &session, 22), Asks::Maybe(..)));
    }

    #[test]
    fn a_program_that_loads_nothing() {
        let own = "400000-500000 r-xp 00000000 fe:00 1   /usr/bin/own\n";
        let file = |text| [("/usr/bin/own", text)];
        assert_eq!(asks("/usr/bin/own", own, "own\0", &file("nothing"), 1), Asks::No);
        assert!(matches!(asks("/usr/bin/own", own, "own\0", &file("x/etc/hosts.allow"), 1), Asks::Maybe(..)));
        assert!(matches!(asks("/usr/bin/own", own, "own\0", &[], 1), Asks::Maybe(..)));
    }
}
