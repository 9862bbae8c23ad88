//! Who turns names into addresses: resolv.conf(5), systemd-resolved, NetworkManager, hosts(5), nsswitch.conf(5).

use std::net::IpAddr;

use midwatch_model::{
    Fact, HostsEntry, LocalNames, LocalResolver, NameSource, Outcome, Reason, ReasonKind, Unread,
};

use crate::lines::{assignment, numbered, sections};
use crate::system::Place;
use crate::{HERE, System};

/// Name servers that resolvers of the C library heed (MAXNS in resolv.conf(5)).
const MAX_SERVERS: usize = 3;

/// Overrides of names that are listed.
const MAX_ENTRIES: usize = 500;

/// The addresses at which systemd-resolved listens (systemd-resolved.service(8)).
const RESOLVED: [&str; 2] = ["127.0.0.53", "127.0.0.54"];

/// Sources of names by which anybody on the link can answer, by how their names in nsswitch.conf(5) begin.
const ON_THE_LINK: [&str; 3] = ["mdns", "llmnr", "wins"];

/// What the files say.
pub fn look(system: &System) -> (String, Fact) {
    let mut unread = Vec::new();
    let file = system.at("/etc/resolv.conf");
    let (resolvers, set_by) = match system.text(&file) {
        Ok(Some(text)) => {
            let named = servers(&text, &file.shown);
            let set_by =
                writer(&text).or_else(|| system.link(&file).map(|target| format!("a link to {target}")));
            (behind(system, named, &mut unread), set_by)
        }
        // Without the file, the C library asks this computer itself (resolv.conf(5)).
        Ok(None) => {
            let why = Reason::new(ReasonKind::Other, "there is no /etc/resolv.conf");
            (why.into(), None)
        }
        Err(why) => (why.into(), None),
    };
    let (hosts, blocked) = match system.text(&system.at("/etc/hosts")) {
        Ok(text) => {
            let (found, blocked) = overrides(&text.unwrap_or_default());
            (Outcome::seen(found), blocked)
        }
        Err(why) => (why.into(), 0),
    };
    let sources = match system.text(&system.at("/etc/nsswitch.conf")) {
        Ok(Some(text)) => Outcome::seen(order(&text)),
        Ok(None) => Outcome::unmeasured(ReasonKind::Other, "there is no /etc/nsswitch.conf"),
        Err(why) => why.into(),
    };
    let names = LocalNames { resolvers, set_by, hosts, blocked, sources, unread };
    (HERE.into(), Fact::LocalNames(Box::new(names)))
}

/// The resolvers outside of this computer that a fact names, for [`crate::network::look`].
pub fn resolvers(fact: &Fact) -> Vec<IpAddr> {
    let Fact::LocalNames(names) = fact else { return Vec::new() };
    let all = names.resolvers.value().into_iter().flatten();
    all.map(|resolver| resolver.address).filter(|address| !address.is_loopback()).collect()
}

/// The `nameserver` lines, at most three. What stands after `%` is an interface.
fn servers(text: &str, file: &str) -> Vec<LocalResolver> {
    let plain = || Outcome::seen("no".to_owned());
    let server = |line: &str| {
        let mut words = line.split_whitespace();
        let word = (words.next()? == "nameserver").then(|| words.next())??;
        let address = word.split('%').next()?.parse().ok()?;
        Some(LocalResolver { address, file: file.to_owned(), behind: None, encrypted: plain() })
    };
    numbered(text, &['#', ';']).filter_map(|(_, line)| server(line)).take(MAX_SERVERS).collect()
}

/// The program that names itself in a comment as the writer of the file.
fn writer(text: &str) -> Option<String> {
    const WRITERS: [(&str, &str); 8] = [
        ("systemd-resolved", "systemd-resolved"),
        ("NetworkManager", "NetworkManager"),
        ("resolvconf", "resolvconf"),
        ("dhcpcd", "dhcpcd"),
        ("connman", "ConnMan"),
        ("tailscale", "Tailscale"),
        ("wg-quick", "wg-quick"),
        ("WSL", "WSL"),
    ];
    let comments = text.lines().take(50).filter(|line| line.trim_start().starts_with(['#', ';']));
    let named = |line: &str| WRITERS.iter().find(|(word, _)| line.contains(word)).map(|(_, name)| *name);
    comments.filter_map(named).next().map(str::to_owned)
}

/// Adds the resolvers that a resolver on this computer passes questions on to.
fn behind(
    system: &System,
    mut named: Vec<LocalResolver>,
    unread: &mut Vec<Unread>,
) -> Outcome<Vec<LocalResolver>> {
    let mut further = Vec::new();
    for resolver in named.iter_mut().filter(|resolver| resolver.address.is_loopback()) {
        let own = resolver.address;
        let is_resolved = RESOLVED.contains(&own.to_string().as_str());
        // Between the program that asks and this resolver, nobody sits but this computer.
        resolver.encrypted =
            Outcome::unmeasured(ReasonKind::NotAsked, format!("{own} is on this computer itself"));
        let file = match is_resolved {
            true => system.at("/run/systemd/resolve/resolv.conf"),
            false => system.at("/run/NetworkManager/no-stub-resolv.conf"),
        };
        for mut upstream in
            system.text_or(&file, unread).map(|text| servers(&text, &file.shown)).unwrap_or_default()
        {
            if upstream.address.is_loopback() {
                continue;
            }
            upstream.behind = Some(own);
            upstream.encrypted = match is_resolved {
                true => over_tls(system, upstream.address, unread),
                false => Outcome::unmeasured(
                    ReasonKind::Other,
                    format!("the program at {own} asks it, whose own settings are not read"),
                ),
            };
            if !further.contains(&upstream) {
                further.push(upstream);
            }
        }
    }
    named.extend(further);
    Outcome::seen(named)
}

/// Whether systemd-resolved asks a server over TLS: `DNSOverTLS=` of resolved.conf(5), or of the server's link.
fn over_tls(system: &System, server: IpAddr, unread: &mut Vec<Unread>) -> Outcome<String> {
    let mut files: Vec<Place> = Vec::new();
    files.push(system.at("/usr/lib/systemd/resolved.conf"));
    files.push(system.at("/etc/systemd/resolved.conf"));
    for directory in ["/usr/lib", "/run", "/etc"] {
        let all = system.list_or(&system.at(&format!("{directory}/systemd/resolved.conf.d")), unread);
        files.extend(all.into_iter().filter(|file| file.ends_with(".conf")));
    }
    let mut mode = None;
    for file in files {
        for (section, name, value, _) in
            system.text_or(&file, unread).map(|text| sections(&text)).unwrap_or_default()
        {
            if section == "Resolve" && name.eq_ignore_ascii_case("DNSOverTLS") {
                mode = Some(value);
            }
        }
    }
    // What NetworkManager and others set for one link overrides it.
    for file in system.list_or(&system.at("/run/systemd/resolve/netif"), unread) {
        let text = system.text_or(&file, unread).unwrap_or_default();
        let named = |wanted: &str| {
            let all = numbered(&text, &['#']).filter_map(|(_, line)| assignment(line));
            all.filter(|(name, _)| *name == wanted).map(|(_, value)| value.to_owned()).next()
        };
        let is_own = named("SERVERS").is_some_and(|servers| {
            servers.split_whitespace().any(|word| {
                let address = word.split(['#', '%']).next().unwrap_or_default();
                address.parse() == Ok(server)
            })
        });
        if let Some(own) = named("DNSOVERTLS").filter(|_| is_own) {
            mode = Some(own);
        }
    }
    Outcome::seen(match mode.as_deref().map(str::to_ascii_lowercase).as_deref() {
        Some("opportunistic") => "opportunistic".into(),
        Some("yes" | "true" | "1" | "on") => "yes".into(),
        _ => "no".into(),
    })
}

/// Names that lead elsewhere, and how many lead to this computer or nowhere.
fn overrides(text: &str) -> (Vec<HostsEntry>, u32) {
    let mut found = Vec::new();
    let mut blocked = 0_u32;
    for (number, line) in numbered(text, &['#']) {
        let line = line.split('#').next().unwrap_or_default();
        let mut words = line.split_whitespace();
        let address: Option<IpAddr> =
            words.next().and_then(|word| word.split('%').next()).and_then(|word| word.parse().ok());
        let Some(address) = address else { continue };
        let mapped = match address {
            IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or(address, IpAddr::V4),
            IpAddr::V4(_) => address,
        };
        let leads_nowhere = mapped.is_loopback() || mapped.is_unspecified() || mapped.is_multicast();
        for name in words {
            if leads_nowhere {
                blocked = blocked.saturating_add(1);
            } else if found.len() < MAX_ENTRIES {
                let name =
                    midwatch_model::lossless(name.to_ascii_lowercase().trim_end_matches('.').as_bytes());
                found.push(HostsEntry { name, address, line: number });
            }
        }
    }
    (found, blocked)
}

/// The sources of the line `hosts`, without the actions in brackets.
fn order(text: &str) -> Vec<NameSource> {
    let line = numbered(text, &['#']).find_map(|(_, line)| line.strip_prefix("hosts:"));
    let mut depth = 0_usize;
    let mut sources = Vec::new();
    for word in line.unwrap_or_default().split('#').next().unwrap_or_default().split_whitespace().take(100) {
        let inside = depth > 0 || word.starts_with('[');
        depth = (depth + word.matches('[').count()).saturating_sub(word.matches(']').count());
        if !inside {
            let on_the_link = ON_THE_LINK.iter().any(|kind| word.starts_with(kind));
            sources.push(NameSource { name: midwatch_model::lossless(word.as_bytes()), on_the_link });
        }
    }
    sources
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::system::testing::Tree;

    fn seen(tree: &Tree) -> LocalNames {
        match look(&tree.system).1 {
            Fact::LocalNames(names) => *names,
            other => panic!("{other:?}"),
        }
    }

    fn told(names: &LocalNames) -> Vec<(String, Option<String>)> {
        let resolvers = names.resolvers.value().unwrap().iter();
        resolvers.map(|one| (one.address.to_string(), one.encrypted.value().cloned())).collect()
    }

    #[test]
    fn resolvers_that_programs_ask_themselves() {
        let text = "# Generated by NetworkManager\nsearch lan\nnameserver 192.168.1.1\nnameserver fe80::1%wlan0\n\
                    nameserver 9.9.9.9\nnameserver 1.1.1.1\nnameserver x\n";
        let names = seen(&Tree::new(&[("/etc/resolv.conf", text)]));
        let no = || Some("no".to_owned());
        assert_eq!(
            told(&names),
            [("192.168.1.1".into(), no()), ("fe80::1".into(), no()), ("9.9.9.9".into(), no())]
        );
        assert_eq!(names.set_by.as_deref(), Some("NetworkManager"));
    }

    #[test]
    fn what_stands_behind_systemd_resolved() {
        let files = [
            ("/run/systemd/resolve/stub-resolv.conf", "nameserver 127.0.0.53\noptions edns0\n"),
            ("/run/systemd/resolve/resolv.conf", "nameserver 192.0.2.53\nnameserver 192.0.2.54\n"),
            ("/etc/systemd/resolved.conf", "[Resolve]\n#DNSOverTLS=no\n"),
            ("/run/systemd/resolve/netif/3", "# private\nDNSOVERTLS=yes\nSERVERS=192.0.2.54#dns.example\n"),
        ];
        let tree = Tree::new(&files);
        tree.link("/etc/resolv.conf", "../run/systemd/resolve/stub-resolv.conf");
        let names = seen(&tree);
        assert_eq!(names.set_by.as_deref(), Some("a link to ../run/systemd/resolve/stub-resolv.conf"));
        assert_eq!(
            told(&names),
            [
                ("127.0.0.53".into(), None),
                ("192.0.2.53".into(), Some("no".into())),
                ("192.0.2.54".into(), Some("yes".into()))
            ]
        );
        assert_eq!(resolvers(&Fact::LocalNames(Box::new(names))).len(), 2);
        tree.write("/etc/systemd/resolved.conf.d/tls.conf", b"[Resolve]\nDNSOverTLS=opportunistic\n");
        assert_eq!(told(&seen(&tree))[1].1.as_deref(), Some("opportunistic"));
    }

    #[test]
    fn another_resolver_on_this_computer_is_not_looked_into() {
        let files = [
            ("/etc/resolv.conf", "nameserver 127.0.0.1\n"),
            ("/run/NetworkManager/no-stub-resolv.conf", "nameserver 192.0.2.53\n"),
        ];
        let names = seen(&Tree::new(&files));
        assert_eq!(told(&names), [("127.0.0.1".into(), None), ("192.0.2.53".into(), None)]);
    }

    #[test]
    fn nothing_there_is_not_measured() {
        let names = seen(&Tree::new(&[]));
        assert!(names.resolvers.is_unmeasured() && names.sources.is_unmeasured());
        assert_eq!(names.hosts, Outcome::seen(vec![]), "no file gives no name an address");
    }

    #[test]
    fn overrides_are_told_from_blocking() {
        let text = "127.0.0.1 localhost\n::1 ip6-localhost\nff02::1 ip6-allnodes\n127.0.1.1 me\n\
                    0.0.0.0 ads.example tracker.example\n::ffff:127.0.0.1 x.example\n\
                    203.0.113.9 Bank.Example. www.bank.example # note other.example\nnonsense a.example\n";
        let names = seen(&Tree::new(&[("/etc/hosts", text)]));
        let found = names.hosts.value().unwrap();
        let told: Vec<(&str, u32)> = found.iter().map(|entry| (entry.name.as_str(), entry.line)).collect();
        assert_eq!(told, [("bank.example", 7), ("www.bank.example", 7)]);
        assert_eq!(names.blocked, 7);
    }

    #[test]
    fn the_order_of_sources() {
        let text =
            "passwd: files\nhosts: files mdns4_minimal [NOTFOUND=return !UNAVAIL=continue] dns wins # end\n";
        let names = seen(&Tree::new(&[("/etc/nsswitch.conf", text)]));
        let told: Vec<(&str, bool)> =
            names.sources.value().unwrap().iter().map(|one| (one.name.as_str(), one.on_the_link)).collect();
        assert_eq!(told, [("files", false), ("mdns4_minimal", true), ("dns", false), ("wins", true)]);
    }

    proptest! {
        #[test]
        fn no_text_breaks_it(text in "(?s).{0,300}") {
            overrides(&text);
            order(&format!("hosts: {text}"));
            servers(&format!("nameserver {text}"), "");
        }
    }
}
