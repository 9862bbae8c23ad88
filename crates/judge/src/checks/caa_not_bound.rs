//! CAA names an authority, and no account there.

use midwatch_model::{AttackId::*, Severity, Station};

use crate::Check;
use crate::caa;
use crate::fixes::zone;

pub(crate) static CHECK: Check = Check {
    id: "caa-not-bound",
    title: "CAA names an authority, and no account there",
    severity: Severity::Info,
    says: "{place} allows an authority to issue to any of its accounts",
    about: "With accounturi, a CAA record allows issuance for one account of the authority alone. Without it, the authority issues to anybody who passes its validation, which somebody on the route to the site can.",
    gain: "A certificate from the very authority that the site uses, with an account of their own.",
    from: &[Station::Dns, Station::Network],
    attacks: &[Impersonation, IpHijacking],
    decided: "Some record that decides who may issue names an authority without accounturi. validationmethods narrows the ways and is told as evidence.",
    benign: &["The authority in use may not support accounturi."],
    fix: "Add accounturi to each record, and let validationmethods allow dns-01 alone where that is in use; sign the zone, so that the records cannot be forged on the way.",
    settings: &[],
    source: "RFC 8657 3, 4 and 5",
    find: |view, found| {
        let Some((seen, records)) = view.dns.caa() else { return };
        for record in records.iter().filter(|record| caa::decides(record) && !caa::is_bound(record)) {
            let methods = record.parameter("validationmethods").unwrap_or("any");
            let line = zone::caa(&seen.fact.name, record.issuer.as_deref());
            found.at(&seen.fact.name).fix(format!("{} In the zone's file: {line}", CHECK.fix)).see(
                seen.id,
                format!("{} \"{}\": no accounturi, methods: {methods}", record.tag, record.value),
            );
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    #[test]
    fn an_account_binds_and_nobody_needs_none() {
        assert_eq!(Scene::sound().caa(&[("issue", "ca.example")]).severities(CHECK.id), [Severity::Info]);
        let bound = [("issue", "ca.example; accounturi=https://ca.example/1"), ("issuewild", "")];
        assert!(Scene::sound().caa(&bound).find(CHECK.id).is_empty());
    }
}
