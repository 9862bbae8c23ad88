//! A name server does not answer for the zone.

use midwatch_model::{AttackId::*, Severity, Station};

use crate::Check;

pub(crate) static CHECK: Check = Check {
    id: "lame-delegation",
    title: "A name server does not answer for the zone",
    severity: Severity::Low,
    says: "a name server of {place} does not answer for it",
    about: "The zone names a server that does not have it. Questions that go there are lost, and fewer servers are left to carry the zone.",
    gain: "Fewer servers to silence, and, where the server belongs to somebody else, a place to answer from.",
    from: &[Station::Dns],
    attacks: &[DnsSpoofing],
    decided: "The server answered the question for the zone's SOA record, and without authority, with an error, or without the record. A server that did not answer at all counts as not measured.",
    benign: &["The server may refuse this computer's network."],
    fix: "Have the server serve the zone, or take its NS record away, here and at the registrar.",
    settings: &[],
    source: "RFC 1912 2.8; RFC 9499 (lame delegation)",
    find: |view, found| {
        let Some(seen) = view.dns.delegation else { return };
        for server in &seen.fact.servers {
            let Some(answer) = server.answer.value().filter(|answer| !answer.authoritative) else { continue };
            let at = server.address.map(|at| at.to_string()).unwrap_or_default();
            let what = format!("{} at {at} answers {} without authority", server.name, answer.rcode);
            found.at(&seen.fact.zone).see(seen.id, what);
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    #[test]
    fn an_answer_without_authority_counts_and_silence_does_not() {
        let lame = Scene::sound().delegation(|zone| {
            if let midwatch_model::Outcome::Seen { value } = &mut zone.servers[0].answer {
                value.authoritative = false;
            }
        });
        assert_eq!(lame.severities(CHECK.id), [Severity::Low]);
        let silent = Scene::sound().delegation(|zone| zone.servers[0].answer = timeout());
        assert!(silent.find(CHECK.id).is_empty());
    }
}
