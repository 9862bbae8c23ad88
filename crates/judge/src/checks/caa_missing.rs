//! Any authority may issue certificates for the name.

use midwatch_model::{AttackId::*, Severity, Station};

use crate::Check;
use crate::caa;
use crate::fixes::zone;

pub(crate) static CHECK: Check = Check {
    id: "caa-missing",
    title: "Any authority may issue certificates for the name",
    severity: Severity::Low,
    says: "no CAA record says who may issue certificates for {place}",
    about: "CAA records name the authorities that may issue certificates for a name. Every public authority has to heed them; without any, each of them may issue to whoever passes its validation.",
    gain: "More authorities to try: somebody who hijacks the route to the site, or to its name servers, can choose the one with the weakest validation.",
    from: &[Station::Dns, Station::Network],
    attacks: &[Impersonation, IpHijacking],
    decided: "The name and every name above it were asked for CAA records, and none has any that decides who may issue.",
    benign: &[],
    fix: "Add a CAA record for the authority in use.",
    settings: &[],
    source: "RFC 8659 3 and 4.2; CA/Browser Forum Baseline Requirements 3.2.2.8",
    find: |view, found| {
        let Some((seen, records)) = view.dns.caa() else { return };
        if view.dns.resolver_lies() || records.iter().any(caa::decides) {
            return;
        }
        let line = zone::caa(&seen.fact.name, caa::met(view));
        found
            .at(&seen.fact.name)
            .fix(format!("Add a CAA record for the authority in use, in the zone's file: {line}"))
            .see(
                seen.id,
                "expected CAA records at the name or above it, observed none that decides who may issue",
            );
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    #[test]
    fn records_that_decide_nothing_are_none() {
        let found = Scene::sound().caa(&[]).find(CHECK.id);
        assert!(found[0].fix.summary.contains("shop.example. IN CAA 0 issue"), "{:?}", found[0].fix);
        assert_eq!(
            Scene::sound().caa(&[("iodef", "mailto:a@shop.example")]).severities(CHECK.id),
            [Severity::Low]
        );
        assert!(Scene::sound().caa(&[("issue", "ca.example")]).find(CHECK.id).is_empty());
        assert!(Scene::sound().find(CHECK.id).is_empty());
    }
}
