//! Who answers this server's questions about names, and whether they are verified here: resolv.conf(5), Unbound,
//! systemd-resolved and BIND by their own files.

use std::net::IpAddr;

use midwatch_model::{ServerProgram, ServerProgramId, ServerSetting, Unread};

use super::source::{Line, MAX_DEPTH, Reader, at, default, last_of_each};
use crate::System;
use crate::system::Place;
use crate::upkeep::is_enabled;

const FILE: &str = "/etc/resolv.conf";

/// Settings: each resolver that is asked, and, where one of them is this computer, `validation` by its name.
const NAMESERVER: &str = "nameserver";
const VALIDATION: &str = "validation";

/// What resolv.conf and the resolver behind it are told; none where there is no such file.
pub(super) fn look(system: &System, unread: &mut Vec<Unread>) -> Option<ServerProgram> {
    let mut reader = Reader::new(system);
    let lines = reader.lines(&system.at(FILE));
    if lines.is_none() && reader.gaps.is_empty() {
        return None;
    }
    let mut settings = Vec::new();
    for line in lines.unwrap_or_default() {
        let mut words = line.text.split_whitespace();
        match (words.next(), words.next()) {
            (Some("nameserver"), Some(address)) => settings.push(at(&line, NAMESERVER, address, None)),
            (Some("options"), Some(_)) if line.text.split_whitespace().any(|word| word == "trust-ad") => {
                settings.push(at(&line, "options", "trust-ad", None));
            }
            _ => {}
        }
    }
    if settings.iter().any(|one| one.name == NAMESERVER && is_here(&one.value)) {
        settings.extend([resolved, unbound, bind].into_iter().filter_map(|one| one(&mut reader)));
    }
    Some(reader.program(ServerProgramId::Resolver, FILE, settings, unread))
}

/// True for an address of this computer itself.
fn is_here(address: &str) -> bool {
    address.split('%').next().and_then(|ip| ip.parse::<IpAddr>().ok()).is_some_and(|ip| ip.is_loopback())
}

/// systemd-resolved: `DNSSEC=` of its files; Debian's and upstream's default differ, and both verify at most where the
/// server above lets them (`allow-downgrade`), or not at all.
fn resolved(reader: &mut Reader<'_>) -> Option<ServerSetting> {
    let system = reader.system;
    if !is_enabled(system, "systemd-resolved.service") {
        return None;
    }
    let mut places = vec![system.at("/etc/systemd/resolved.conf")];
    places.extend(reader.glob("/etc/systemd/resolved.conf.d/*.conf"));
    let mut found = ServerSetting { scope: Some("systemd-resolved".into()), ..default(VALIDATION, "no") };
    for place in places {
        for line in reader.lines(&place).unwrap_or_default() {
            if let Some(value) = line.text.strip_prefix("DNSSEC=") {
                found = at(&line, VALIDATION, value.trim(), Some("systemd-resolved"));
            }
        }
    }
    Some(found)
}

/// Unbound verifies where its modules have the validator, which they have by default, and it is given a trust anchor.
fn unbound(reader: &mut Reader<'_>) -> Option<ServerSetting> {
    let system = reader.system;
    if !system.exists(&system.at("/usr/sbin/unbound")) || !is_enabled(system, "unbound.service") {
        return None;
    }
    let mut state = Unbound { modules: None, anchor: None };
    state.file(reader, &system.at("/etc/unbound/unbound.conf"), 0);
    let validates = state.modules.as_ref().is_none_or(|line| line.text.contains("validator"));
    let scope = Some("Unbound");
    Some(match (validates, state.anchor, state.modules) {
        (true, Some(anchor), _) => at(&anchor, VALIDATION, "yes", scope),
        (false, _, Some(line)) => at(&line, VALIDATION, "no", scope),
        _ => ServerSetting { scope: scope.map(str::to_owned), ..default(VALIDATION, "no") },
    })
}

struct Unbound {
    modules: Option<Line>,
    anchor: Option<Line>,
}

impl Unbound {
    fn file(&mut self, reader: &mut Reader<'_>, place: &Place, depth: usize) {
        if depth > MAX_DEPTH {
            return;
        }
        for line in reader.lines(place).unwrap_or_default() {
            let Some((name, value)) = line.text.split_once(':') else { continue };
            match name.trim() {
                "module-config" => self.modules = Some(line.clone()),
                "auto-trust-anchor-file" | "trust-anchor-file" | "trust-anchor" => {
                    self.anchor = Some(line.clone())
                }
                "include" | "include-toplevel" => {
                    let pattern = value.trim().trim_matches('"').to_owned();
                    for place in reader.glob(&pattern) {
                        self.file(reader, &place, depth + 1);
                    }
                }
                _ => {}
            }
        }
    }
}

/// BIND verifies by itself since 9.16: `dnssec-validation auto`.
fn bind(reader: &mut Reader<'_>) -> Option<ServerSetting> {
    let system = reader.system;
    let units = ["named.service", "bind9.service"];
    if !system.exists(&system.at("/usr/sbin/named")) || !units.iter().any(|unit| is_enabled(system, unit)) {
        return None;
    }
    let mut found = Vec::new();
    for file in ["/etc/bind/named.conf.options", "/etc/bind/named.conf", "/etc/named.conf"] {
        for line in reader.lines(&system.at(file)).unwrap_or_default() {
            if let Some(value) = line.text.strip_prefix("dnssec-validation") {
                let value = value.split(';').next().unwrap_or_default().trim();
                let value = if value == "no" { "no" } else { "yes" };
                found.push(at(&line, VALIDATION, value, Some("BIND")));
            }
        }
    }
    let by_default = ServerSetting { scope: Some("BIND".into()), ..default(VALIDATION, "yes") };
    Some(last_of_each(found).pop().unwrap_or(by_default))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::testing::Tree;

    fn of(tree: &Tree) -> Vec<String> {
        let found = look(&tree.system, &mut Vec::new()).unwrap();
        let scope =
            |one: &ServerSetting| one.scope.clone().map(|scope| format!(" of {scope}")).unwrap_or_default();
        let all = found.settings.value().unwrap().iter();
        all.map(|one| format!("{} {}{}", one.name, one.value, scope(one))).collect()
    }

    #[test]
    fn resolvers_elsewhere_and_here() {
        let tree = Tree::new(&[(FILE, "nameserver 192.0.2.53\noptions edns0 trust-ad\n")]);
        assert_eq!(of(&tree), ["nameserver 192.0.2.53", "options trust-ad"]);
        tree.write(FILE, b"nameserver 127.0.0.1\n");
        assert_eq!(of(&tree), ["nameserver 127.0.0.1"]);
        tree.write("/usr/sbin/unbound", b"");
        tree.link("/etc/systemd/system/multi-user.target.wants/unbound.service", "/lib/systemd/system/x");
        tree.write(
            "/etc/unbound/unbound.conf",
            b"include-toplevel: \"/etc/unbound/unbound.conf.d/*.conf\"\n",
        );
        assert_eq!(of(&tree)[1], "validation no of Unbound");
        let anchor = b"server:\n    auto-trust-anchor-file: \"/var/lib/unbound/root.key\"\n";
        tree.write("/etc/unbound/unbound.conf.d/root.conf", anchor);
        assert_eq!(of(&tree)[1], "validation yes of Unbound");
        tree.write("/etc/unbound/unbound.conf.d/z.conf", b"server:\n module-config: \"iterator\"\n");
        assert_eq!(of(&tree)[1], "validation no of Unbound");
    }

    #[test]
    fn the_last_file_of_systemd_resolved_counts() {
        let tree = Tree::new(&[
            (FILE, "nameserver 127.0.0.53\n"),
            ("/etc/systemd/resolved.conf", "[Resolve]\n#DNSSEC=yes\n"),
        ]);
        tree.link(
            "/etc/systemd/system/multi-user.target.wants/systemd-resolved.service",
            "/lib/systemd/system/x",
        );
        assert_eq!(of(&tree)[1], "validation no of systemd-resolved");
        tree.write("/etc/systemd/resolved.conf.d/a.conf", b"[Resolve]\nDNSSEC=yes\n");
        assert_eq!(of(&tree)[1], "validation yes of systemd-resolved");
    }
}
