//! The aliases of the name lead in a circle.

use midwatch_model::{AttackId::*, Severity, Station};

use crate::Check;

pub(crate) static CHECK: Check = Check {
    id: "cname-loop",
    title: "The aliases of the name lead in a circle",
    severity: Severity::Low,
    says: "the aliases of {place} never come to an end",
    about: "Each alias leads to another one, and none to an address. Resolvers give up, and the site cannot be reached.",
    gain: "Nothing; but whoever answers instead is not missed.",
    from: &[Station::Dns],
    attacks: &[DnsSpoofing],
    decided: "A name comes up twice along the CNAME records, asked one by one, or there are more than 11, beyond which Unbound does not follow either.",
    benign: &[],
    fix: "Let the first name lead straight to where the site is.",
    settings: &[],
    source: "RFC 1034 3.6.2",
    find: |view, found| {
        if let Some(seen) = view.dns.dnssec.filter(|seen| seen.fact.alias_loop) {
            found.at(&seen.fact.name).see(seen.id, seen.fact.aliases.join(" -> "));
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    #[test]
    fn a_circle_is_found() {
        let scene = Scene::sound().dnssec(|fact| {
            fact.alias_loop = true;
            fact.aliases = vec!["shop.example".into(), "a.example".into(), "shop.example".into()];
        });
        assert_eq!(scene.severities(CHECK.id), [Severity::Low]);
        assert!(Scene::sound().dnssec(|_| {}).find(CHECK.id).is_empty());
    }
}
