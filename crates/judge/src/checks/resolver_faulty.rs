//! The resolver that was asked does not behave as one should.

use midwatch_model::{AttackId::*, ResolverFault, Severity, Station};

use crate::Check;

pub(crate) static CHECK: Check = Check {
    id: "resolver-faulty",
    title: "The resolver that was asked does not behave as one should",
    severity: Severity::Low,
    says: "{place} does not pass on what the DNS says",
    about: "A resolver that has an address for every name, or that takes signatures away, stands between this computer and the DNS. Hotspots do so until their page was clicked, and some providers for good.",
    gain: "Whoever runs the resolver chooses what names lead to, and nobody can check it.",
    from: &[Station::Router, Station::Dns],
    attacks: &[DnsSpoofing],
    decided: "It has an address for a name under invalid., of which there are none, or passes no signatures on, not even those of the keys at which validation begins. It is about this computer's resolver, and not about the site.",
    benign: &[
        "A captive portal, a filter or a provider's search page, that the user or an administrator set up.",
    ],
    fix: "Ask another resolver: --resolver ADDRESS, or one over TLS. For good, change the resolver of this computer or router.",
    settings: &[],
    source: "RFC 6761 6.4; RFC 4035 3.2; RFC 8020 2",
    find: |view, found| {
        let of_name = view.dns.dnssec.iter().flat_map(|seen| {
            seen.fact.faults.iter().map(|fault| (seen.id, seen.fact.resolver.as_str(), fault))
        });
        let of_system = view.here.resolvers.iter().flat_map(|seen| {
            let faults = seen.fact.faults.value().into_iter().flatten();
            faults.map(|fault| (seen.id, seen.fact.resolver.as_str(), fault))
        });
        for (id, resolver, fault) in of_name.chain(of_system) {
            let (title, what) = match fault {
                ResolverFault::AnswersEverything => (
                    "The resolver has an address for a name that does not exist",
                    "expected NXDOMAIN for a name under invalid., observed an address",
                ),
                ResolverFault::StripsSignatures => (
                    "The resolver takes signatures away",
                    "expected signatures of the keys at which validation begins, observed none",
                ),
            };
            found.at(resolver).title(title).see(id, what);
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    #[test]
    fn each_fault_is_named_and_an_unsigned_zone_is_none() {
        let scene = Scene::sound().dnssec(|fact| {
            fact.faults = vec![ResolverFault::AnswersEverything, ResolverFault::StripsSignatures];
        });
        assert_eq!(scene.severities(CHECK.id), [Severity::Low, Severity::Low]);
        assert!(Scene::sound().dnssec(|_| {}).find(CHECK.id).is_empty());
        let everything = || midwatch_model::Outcome::seen(vec![ResolverFault::AnswersEverything]);
        let here = Scene::resolver(|answers| answers.faults = everything());
        assert_eq!(here.severities(CHECK.id), [Severity::Low]);
        assert!(Scene::resolver(|answers| answers.faults = timeout()).find(CHECK.id).is_empty());
    }
}
