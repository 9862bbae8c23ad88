//! Name servers are not named alike everywhere.

use midwatch_model::{AttackId::*, Severity, Station};

use crate::Check;
use crate::words;

pub(crate) static CHECK: Check = Check {
    id: "ns-differ",
    title: "Name servers are not named alike everywhere",
    severity: Severity::Low,
    says: "not every server names the same name servers for {place}",
    about: "The NS records of the zone's own servers, and of the zone above, have to be the same. Where they differ, which servers are asked depends on whom a resolver asked first.",
    gain: "A server that was forgotten, and that nobody watches, answers for the zone.",
    from: &[Station::Dns],
    attacks: &[DnsSpoofing],
    decided: "Two servers that answer with authority hold other NS records, or one of them others than the zone above (which is asked with --delegation). Serials that differ are told as evidence alone, since zones are changed all the time.",
    benign: &["The zone is being moved from one provider to another."],
    fix: "Make the NS records of the zone and those at the registrar the same.",
    settings: &[],
    source: "RFC 1034 4.2.2; RFC 7477 1",
    find: |view, found| {
        let Some(seen) = view.dns.delegation else { return };
        let sets: Vec<(String, &Vec<String>)> = seen
            .fact
            .servers
            .iter()
            .filter_map(|server| {
                let answer = server.answer.value().filter(|answer| answer.authoritative)?;
                Some((server.address.map(|at| at.to_string()).unwrap_or_default(), &answer.ns))
            })
            .chain(
                seen.fact
                    .parent
                    .value()
                    .map(|parent| (format!("the zone above ({})", parent.server), &parent.ns)),
            )
            .collect();
        let Some((first, ns)) = sets.first() else { return };
        for (other, differs) in sets.iter().filter(|(_, set)| set != ns) {
            let (a, b) = (words::some(ns, 13), words::some(differs, 13));
            found.at(&seen.fact.zone).see(seen.id, format!("{first} names {a}; {other} names {b}"));
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    #[test]
    fn servers_and_the_zone_above_are_compared() {
        let one = Scene::sound().delegation(|zone| {
            if let midwatch_model::Outcome::Seen { value } = &mut zone.servers[1].answer {
                value.ns.pop();
            }
        });
        assert_eq!(one.severities(CHECK.id), [Severity::Low]);
        let above = Scene::sound().delegation(|zone| {
            if let midwatch_model::Outcome::Seen { value } = &mut zone.parent {
                value.ns.push("old.example".into());
            }
        });
        assert!(above.find(CHECK.id)[0].evidence[0].detail.contains("old.example"));
        assert!(Scene::sound().delegation(|_| {}).find(CHECK.id).is_empty());
        assert!(Scene::sound().delegation(|zone| zone.parent = timeout()).find(CHECK.id).is_empty());
    }
}
