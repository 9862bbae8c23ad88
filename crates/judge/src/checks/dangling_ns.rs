//! A name server of the name leads to a name that does not exist.

use midwatch_model::{AttackId::*, DanglingKind, Severity, Station};

use super::support;
use crate::Check;

pub(crate) static CHECK: Check = Check {
    id: "dangling-ns",
    title: "A name server of the name leads to a name that does not exist",
    severity: Severity::High,
    says: "{place} leads to a name that does not exist",
    about: "An NS record hands a zone over to a server by its name. Where that name does not exist, whoever comes to own it answers a part of all questions about the zone, and gets certificates for its names.",
    gain: "The zone, with trusted certificates for it.",
    from: &[Station::Dns],
    attacks: &[Impersonation, DnsSpoofing],
    decided: "The name server does not exist (NXDOMAIN), by a resolver that says so truly of a name under invalid. High where the registrable domain of the target does not exist either, so that anybody might register it; low otherwise. Whether the name can be taken at a provider, or a domain is reserved, is not tried.",
    benign: &["The target may be gone for a moment, or be kept back by its registry."],
    fix: "Take the record away, or bring the target back.",
    settings: &[],
    source: "RFC 1912 2.8; RFC 8020 2",
    find: |view, found| support::find_dangling(view, found, DanglingKind::Ns, Severity::Low),
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    #[test]
    fn it_is_worse_where_the_domain_is_free_and_a_lying_resolver_proves_nothing() {
        let with = |registrable: Option<&str>| {
            Scene::sound().delegation(|zone| {
                zone.dangling = vec![midwatch_model::Dangling {
                    name: "shop.example".into(),
                    kind: DanglingKind::Ns,
                    target: "x.gone.example".into(),
                    registrable: registrable.map(str::to_owned),
                }];
            })
        };
        assert_eq!(with(Some("gone.example")).severities(CHECK.id), [Severity::High]);
        assert_eq!(with(None).severities(CHECK.id), [Severity::Low]);
        let lied = with(None).dnssec(|fact| {
            fact.faults = vec![midwatch_model::ResolverFault::AnswersEverything];
        });
        assert!(lied.find(CHECK.id).is_empty());
        assert!(Scene::sound().delegation(|_| {}).find(CHECK.id).is_empty());
    }
}
