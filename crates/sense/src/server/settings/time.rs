//! Who sets this server's clock, and whether what they say is authenticated: chrony, NTPsec and systemd-timesyncd.

use midwatch_model::{ServerProgram, ServerProgramId, ServerSetting, Unread};

use super::source::{MAX_DEPTH, Reader, at};
use crate::System;
use crate::lines::unquote;
use crate::system::Place;
use crate::upkeep::is_enabled;

/// The name of every source among the settings: its value is the whole line.
const SOURCE: &str = "source";

/// What the clock is set by, of those that systemd starts.
pub(super) fn look(system: &System, unread: &mut Vec<Unread>) -> Vec<ServerProgram> {
    let mut found = Vec::new();
    let starts = |units: &[&str]| units.iter().any(|unit| is_enabled(system, unit));
    for (program, units, files, id) in [
        (
            "/usr/sbin/chronyd",
            ["chrony.service", "chronyd.service"],
            ["/etc/chrony/chrony.conf", "/etc/chrony.conf"],
            ServerProgramId::Chrony,
        ),
        (
            "/usr/sbin/ntpd",
            ["ntpsec.service", "ntpd.service"],
            ["/etc/ntpsec/ntp.conf", "/etc/ntp.conf"],
            ServerProgramId::Ntpsec,
        ),
    ] {
        let file = files.into_iter().find(|path| system.exists(&system.at(path)));
        let (true, true, Some(file)) = (system.exists(&system.at(program)), starts(&units), file) else {
            continue;
        };
        let mut reader = Reader::new(system);
        let mut settings = Vec::new();
        walk(&mut reader, &system.at(file), 0, &mut settings);
        found.push(reader.program(id, file, settings, unread));
    }
    if found.is_empty()
        && starts(&["systemd-timesyncd.service"])
        && system.exists(&system.at("/usr/lib/systemd/systemd-timesyncd"))
    {
        found.push(timesyncd(system, unread));
    }
    found
}

/// Lines that name a source of time: `server`, `pool`, `peer` and `refclock`.
fn walk(reader: &mut Reader<'_>, place: &Place, depth: usize, settings: &mut Vec<ServerSetting>) {
    if depth > MAX_DEPTH {
        return;
    }
    for line in reader.lines(place).unwrap_or_default() {
        let text = line.text.split(['#', '!']).next().unwrap_or_default().trim();
        let mut words = text.split_whitespace();
        match words.next().map(str::to_ascii_lowercase).as_deref() {
            Some("server" | "pool" | "peer" | "refclock") => {
                settings.push(at(&line, SOURCE, text, None));
            }
            Some("include" | "includefile") => {
                for pattern in words {
                    for place in reader.glob(pattern) {
                        walk(reader, &place, depth + 1, settings);
                    }
                }
            }
            Some(directive @ ("confdir" | "sourcedir")) => {
                let end = if directive == "confdir" { "conf" } else { "sources" };
                for directory in words {
                    for place in reader.glob(&format!("{directory}/*.{end}")) {
                        walk(reader, &place, depth + 1, settings);
                    }
                }
            }
            _ => {}
        }
    }
}

/// systemd-timesyncd speaks SNTP without any authentication (systemd-timesyncd.service(8)).
fn timesyncd(system: &System, unread: &mut Vec<Unread>) -> ServerProgram {
    let file = "/etc/systemd/timesyncd.conf";
    let mut reader = Reader::new(system);
    let mut settings = Vec::new();
    let mut places = vec![system.at(file)];
    places.extend(reader.glob("/etc/systemd/timesyncd.conf.d/*.conf"));
    for place in places {
        for line in reader.lines(&place).unwrap_or_default() {
            if let Some((name @ ("NTP" | "FallbackNTP"), value)) = line.text.split_once('=') {
                let value = format!("{name} {}", unquote(value));
                settings.push(at(&line, SOURCE, &value, None));
            }
        }
    }
    reader.program(ServerProgramId::Timesyncd, file, settings, unread)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::testing::Tree;

    #[test]
    fn chrony_and_what_it_includes() {
        let tree = Tree::new(&[
            ("/usr/sbin/chronyd", ""),
            (
                "/etc/chrony/chrony.conf",
                "confdir /etc/chrony/conf.d\npool 2.debian.pool.ntp.org iburst\nsourcedir /etc/chrony/sources.d\n",
            ),
            ("/etc/chrony/sources.d/a.sources", "server time.example nts # so\n"),
            ("/etc/chrony/conf.d/x", "server no.example\n"),
        ]);
        assert!(look(&tree.system, &mut Vec::new()).is_empty(), "nothing starts it");
        tree.link(
            "/etc/systemd/system/multi-user.target.wants/chrony.service",
            "/lib/systemd/system/chrony.service",
        );
        let found = look(&tree.system, &mut Vec::new());
        let values: Vec<&str> = found[0].named(SOURCE).map(|one| one.value.as_str()).collect();
        assert_eq!(values, ["pool 2.debian.pool.ntp.org iburst", "server time.example nts"]);
    }

    #[test]
    fn timesyncd_where_nothing_else_is() {
        let tree = Tree::new(&[
            ("/usr/lib/systemd/systemd-timesyncd", ""),
            ("/etc/systemd/timesyncd.conf", "[Time]\n#NTP=\n"),
        ]);
        tree.link(
            "/etc/systemd/system/sysinit.target.wants/systemd-timesyncd.service",
            "/lib/systemd/system/x",
        );
        let found = look(&tree.system, &mut Vec::new());
        assert_eq!(found[0].program, ServerProgramId::Timesyncd);
    }
}
