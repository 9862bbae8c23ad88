//! Programs that inetd starts: behind tcpd (tcpd(8)), by inetd's own asking, or by their own.

use super::files::{Command, has, lines, name};
use super::{Asks, LIBRARY, Name};
use crate::System;
use crate::listening::wrappers::Told;

/// Where its settings are when it is not told.
const FILE: &str = "/etc/inetd.conf";
const DIRECTORY: &str = "/etc/inetd.d";

pub(super) fn look(system: &System, command: &Command, has_library: bool, protocol: &str, port: u16) -> Asks {
    let mut files: Vec<String> = command.given().iter().filter(|one| one.starts_with('/')).cloned().collect();
    if files.is_empty() {
        files.push(FILE.into());
        files.extend(
            system.list(&system.at(DIRECTORY)).into_iter().flatten().filter_map(|place| place.path()),
        );
    }
    for file in files {
        let Some(lines) = lines(system, &file, &['#']) else {
            return Asks::maybe(format!("the settings of inetd ({file}) could not be read"));
        };
        for line in lines {
            let words: Vec<&str> = line.split_ascii_whitespace().collect();
            let [service, _, proto, _, _, program, arguments @ ..] = words.as_slice() else { continue };
            // An address may stand before the service.
            let service = service.rsplit(':').next().unwrap_or(service);
            if !proto.starts_with(protocol) || number(system, service, protocol) != Some(port) {
                continue;
            }
            if *program == "internal" {
                return Asks::No;
            }
            // It asks itself then, and starts no tcpd (inetd(8) of openbsd-inetd).
            if has_library && command.has_flag('l') {
                return Asks::Yes(Name { daemon: None, told: Told::Connection });
            }
            if name(program) == "tcpd" {
                let daemon = arguments.first().map(|argument| match argument.starts_with('/') {
                    true => name(argument).to_owned(),
                    false => (*argument).to_owned(),
                });
                return Asks::Yes(Name { daemon, told: Told::Connection });
            }
            return match has(system, program, LIBRARY) {
                Some(false) => Asks::No,
                Some(true) => Asks::maybe(format!("{program} can, and was not running")),
                None => Asks::maybe(format!("{program} could not be read")),
            };
        }
    }
    Asks::maybe("which program inetd starts for the port is not known")
}

/// The port of a service, which is one by itself or a name of /etc/services.
fn number(system: &System, service: &str, protocol: &str) -> Option<u16> {
    if let Ok(port) = service.parse() {
        return Some(port);
    }
    lines(system, "/etc/services", &['#'])?.iter().find_map(|line| {
        let line = line.split('#').next().unwrap_or_default();
        let mut words = line.split_ascii_whitespace();
        let (first, at) = (words.next()?, words.next()?);
        let (port, of) = at.split_once('/')?;
        let is_it = of == protocol && (first == service || words.any(|alias| alias == service));
        is_it.then(|| port.parse().ok())?
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::testing::Tree;

    #[test]
    fn what_is_started_asks() {
        let tree = Tree::new(&[
            ("/etc/services", "ftp\t\t21/tcp\ntelnet\t\t23/tcp\t# plain\nfsp\t\t21/udp\tfspd\n"),
            (
                FILE,
                "#off\ntelnet stream tcp nowait root /usr/sbin/tcpd /usr/sbin/in.telnetd\n\
                 127.0.0.1:ftp stream tcp4 nowait root /usr/sbin/ftpd ftpd -l\ndaytime stream tcp nowait root internal\n\
                 13 stream tcp nowait root internal\n79 stream tcp nowait root /usr/sbin/fingerd fingerd\n",
            ),
            ("/usr/sbin/ftpd", "ELF libwrap.so.0"),
            ("/usr/sbin/fingerd", "ELF libc.so.6"),
        ]);
        let of = |flag: &str, has_library, port| {
            let arguments = vec!["/usr/sbin/inetd".to_owned(), flag.to_owned()];
            look(&tree.system, &Command { program: "inetd".into(), arguments }, has_library, "tcp", port)
        };
        assert_eq!(of("-i", true, 23), Asks::Yes(Name::of("in.telnetd", Told::Connection)));
        assert_eq!(of("-l", true, 23), Asks::Yes(Name { daemon: None, told: Told::Connection }));
        assert!(matches!(of("-i", true, 21), Asks::Maybe(..)));
        assert_eq!(of("-l", true, 13), Asks::No);
        assert_eq!(of("-i", true, 79), Asks::No);
        assert!(matches!(of("-i", true, 4711), Asks::Maybe(..)));
    }
}
