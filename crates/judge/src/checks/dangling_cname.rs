//! An alias of the name leads to a name that does not exist.

use midwatch_model::{AttackId::*, DanglingKind, Severity, Station};

use super::support;
use crate::Check;

pub(crate) static CHECK: Check = Check {
    id: "dangling-cname",
    title: "An alias of the name leads to a name that does not exist",
    severity: Severity::High,
    says: "{place} leads to a name that does not exist",
    about: "A CNAME record hands a name over to another one. Where that does not exist, whoever comes to own it, by registering its domain or by taking the name at a provider, decides where the first one leads, and gets certificates for it.",
    gain: "The name itself, with trusted certificates for it.",
    from: &[Station::Dns],
    attacks: &[Impersonation, DnsSpoofing],
    decided: "The alias does not exist (NXDOMAIN), by a resolver that says so truly of a name under invalid. High where the registrable domain of the target does not exist either, so that anybody might register it; medium otherwise. Whether the name can be taken at a provider, or a domain is reserved, is not tried.",
    benign: &["The target may be gone for a moment, or be kept back by its registry."],
    fix: "Take the record away, or bring the target back.",
    settings: &[],
    source: "RFC 1034 3.6.2; RFC 8020 2; RFC 9499 (NXDOMAIN)",
    find: |view, found| support::find_dangling(view, found, DanglingKind::Cname, Severity::Medium),
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
                    kind: DanglingKind::Cname,
                    target: "x.gone.example".into(),
                    registrable: registrable.map(str::to_owned),
                }];
            })
        };
        assert_eq!(with(Some("gone.example")).severities(CHECK.id), [Severity::High]);
        assert_eq!(with(None).severities(CHECK.id), [Severity::Medium]);
        let lied = with(None).dnssec(|fact| {
            fact.faults = vec![midwatch_model::ResolverFault::AnswersEverything];
        });
        assert!(lied.find(CHECK.id).is_empty());
        assert!(Scene::sound().delegation(|_| {}).find(CHECK.id).is_empty());
    }
}
