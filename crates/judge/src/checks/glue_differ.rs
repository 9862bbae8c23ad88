//! The zone above has another address for a name server.

use midwatch_model::{AttackId::*, Severity, Station};

use crate::Check;

pub(crate) static CHECK: Check = Check {
    id: "glue-differ",
    title: "The zone above has another address for a name server",
    severity: Severity::Low,
    says: "the zone above has another address for a name server of {place}",
    about: "The zone above hands out addresses of name servers inside the zone (glue). Resolvers go there first.",
    gain: "A part of all questions, where the old address came to somebody else.",
    from: &[Station::Dns],
    attacks: &[DnsSpoofing],
    decided: "A glue address, asked for with --delegation, is none of the addresses of the same \
              family that the resolver has for the same server. Addresses given with --resolve are left out.",
    benign: &["The server is being moved, and the registrar was told first or last."],
    fix: "Correct the address at the registrar.",
    settings: &[],
    source: "RFC 1034 4.2.1; RFC 9471 2",
    find: |view, found| {
        let Some(seen) = view.dns.delegation else { return };
        let Some(parent) = seen.fact.parent.value() else { return };
        for (name, ip) in &parent.glue {
            let known = |family: bool| {
                seen.fact
                    .servers
                    .iter()
                    .filter(|server| server.name == *name && !server.given)
                    .filter_map(|server| server.address)
                    .filter(move |at| at.is_ipv4() == family)
                    .map(|at| at.ip())
                    .collect::<Vec<_>>()
            };
            let known = known(ip.is_ipv4());
            if !known.is_empty() && !known.contains(ip) {
                let known: Vec<String> = known.iter().map(ToString::to_string).collect();
                let what =
                    format!("{name}: {ip} in the zone above, {} by the zone", crate::words::and(&known));
                found.at(&seen.fact.zone).see(seen.id, what);
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    #[test]
    fn another_address_is_found_and_a_missing_one_is_not() {
        let with = |ip: &str| {
            Scene::sound().delegation(|zone| {
                if let midwatch_model::Outcome::Seen { value } = &mut zone.parent {
                    value.glue[0].1 = ip.parse().expect("an address");
                }
            })
        };
        assert_eq!(with("203.0.113.9").severities(CHECK.id), [Severity::Low]);
        assert!(with("2001:db8::9").find(CHECK.id).is_empty(), "no IPv6 address of the server is known");
        let given =
            with("203.0.113.9").delegation(|zone| zone.servers.iter_mut().for_each(|one| one.given = true));
        assert!(given.find(CHECK.id).is_empty(), "what the user gave says nothing of the zone");
        assert!(Scene::sound().delegation(|_| {}).find(CHECK.id).is_empty());
    }
}
