//! The firewalls that are installed, and whether they are switched on. What the kernel does with packets now takes
//! CAP_NET_ADMIN to ask, and is not asked.

use midwatch_model::{Firewall, Outcome, Reason, ReasonKind, Unread};

use super::units;
use crate::System;
use crate::lines::{assignment, is_yes, numbered};

/// What is there of ufw, firewalld and nftables.
pub(super) fn look(system: &System, unread: &mut Vec<Unread>) -> Vec<Firewall> {
    [ufw(system), firewalld(system), nftables(system, unread)].into_iter().flatten().collect()
}

/// ufw(8) notes in its own file that it was enabled.
fn ufw(system: &System) -> Option<Firewall> {
    let place = system.at("/etc/ufw/ufw.conf");
    let on = match system.text(&place) {
        Ok(text) => {
            let text = text?;
            let mut values = numbered(&text, &['#']).filter_map(|(_, line)| assignment(line));
            Outcome::seen(values.any(|(name, value)| name == "ENABLED" && is_yes(value)))
        }
        Err(why) => why.into(),
    };
    Some(Firewall { name: "ufw".into(), on, by: place.shown })
}

fn firewalld(system: &System) -> Option<Firewall> {
    let program = ["/usr/sbin/firewalld", "/usr/bin/firewalld"].map(|path| system.at(path));
    let program = program.iter().find(|place| system.exists(place))?;
    let on = Outcome::seen(units::is_enabled(system, "firewalld.service"));
    Some(Firewall { name: "firewalld".into(), on, by: program.shown.clone() })
}

/// nft(8): the service loads the file, and the file has a chain at the hook of input that drops or rejects.
fn nftables(system: &System, unread: &mut Vec<Unread>) -> Option<Firewall> {
    let place = ["/etc/nftables.conf", "/etc/sysconfig/nftables.conf"].map(|path| system.at(path));
    let place = place.into_iter().find(|place| system.exists(place))?;
    let on = match system.text(&place) {
        Err(why) => why.into(),
        Ok(None) => return None,
        Ok(Some(_)) if !units::is_enabled(system, "nftables.service") => Outcome::seen(false),
        Ok(Some(text)) => {
            let text: Vec<&str> = numbered(&text, &['#']).map(|(_, line)| line).collect();
            match (drops_input(&text.join("\n")), text.iter().any(|line| line.starts_with("include"))) {
                (true, _) => Outcome::seen(true),
                (false, false) => Outcome::seen(false),
                // What it includes may hold the chain.
                (false, true) => {
                    let detail = format!(
                        "{} includes others, which are not read; 'sudo nft list ruleset' tells",
                        place.shown
                    );
                    let why = Reason::new(ReasonKind::Other, detail);
                    unread.push(Unread { file: place.shown.clone(), why: why.clone() });
                    why.into()
                }
            }
        }
    };
    Some(Firewall { name: "nftables".into(), on, by: place.shown })
}

/// True where a chain at the hook of input has a policy to drop, or a rule without a condition that drops or rejects.
fn drops_input(text: &str) -> bool {
    text.split("chain ").skip(1).any(|chain| {
        let lines = || chain.split(['\n', ';', '{']).map(str::trim);
        let input = chain.contains("hook input");
        let policy = lines().any(|line| line.replace(' ', "") == "policydrop");
        let last = lines().any(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let rule: Vec<&str> = words.iter().copied().filter(|word| *word != "counter").collect();
            matches!(rule.as_slice(), ["drop"] | ["reject", ..])
        });
        input && (policy || last)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::testing::Tree;

    fn of(tree: &Tree) -> Vec<(String, Option<bool>)> {
        let found = look(&tree.system, &mut Vec::new());
        found.into_iter().map(|one| (one.name, one.on.value().copied())).collect()
    }

    #[test]
    fn ufw_and_firewalld_say_whether_they_are_on() {
        let tree = Tree::new(&[
            ("/etc/ufw/ufw.conf", "# x\nENABLED=no\nLOGLEVEL=low\n"),
            ("/usr/sbin/firewalld", ""),
        ]);
        assert_eq!(of(&tree), [("ufw".into(), Some(false)), ("firewalld".into(), Some(false))]);
        tree.write("/etc/ufw/ufw.conf", b"ENABLED=yes\n");
        tree.link("/etc/systemd/system/multi-user.target.wants/firewalld.service", "/lib/systemd/system/x");
        assert_eq!(of(&tree), [("ufw".into(), Some(true)), ("firewalld".into(), Some(true))]);
        assert!(of(&Tree::new(&[])).is_empty());
    }

    #[test]
    fn nftables_needs_its_service_and_a_chain_that_drops() {
        let workstation = "#!/usr/sbin/nft -f\nflush ruleset\ntable inet filter {\n  chain input {\n    type filter hook \
                           input priority 0;\n    iif lo accept\n    ct state established,related accept\n    counter \
                           drop\n  }\n}\n";
        let policy = "table inet filter {\n chain input {\n type filter hook input priority filter; policy drop;\n }\n}\n";
        let open = "table inet filter {\n\tchain input {\n\t\ttype filter hook input priority filter;\n\t}\n\
                    \tchain forward {\n\t\ttype filter hook forward priority filter; policy drop;\n\t}\n}\n";
        let tree = Tree::new(&[("/etc/nftables.conf", workstation)]);
        assert_eq!(of(&tree), [("nftables".into(), Some(false))], "no service loads it");
        tree.link("/etc/systemd/system/sysinit.target.wants/nftables.service", "/lib/systemd/system/x");
        for (text, on) in [
            (workstation, Some(true)),
            (policy, Some(true)),
            (open, Some(false)),
            ("include \"/etc/nft.d/*\"\n", None),
        ] {
            tree.write("/etc/nftables.conf", text.as_bytes());
            assert_eq!(of(&tree), [("nftables".into(), on)], "{text}");
        }
    }
}
