//! No MX record, so that the domain's own address takes its mail.

use midwatch_model::{AttackId::*, Severity, Station};

use crate::Check;

pub(crate) static CHECK: Check = Check {
    id: "mail-mx-implicit",
    title: "The domain has no MX record, so that mail goes to its own addresses",
    severity: Severity::Info,
    says: "mail for {place} goes to whatever listens at the domain's own addresses",
    about: "Where a domain has no MX record, senders take its own addresses for its mail server. Those are often a web server's, \
            which somebody else may run.",
    gain: "Whoever runs that host, or answers in its stead, can take the domain's mail.",
    from: &[Station::Dns, Station::Server],
    attacks: &[EmailHijacking],
    decided: "The domain has addresses and no MX record. Info, since the standard allows it.",
    benign: &["The domain has one host, which takes its mail too."],
    fix: "Name the server with an MX record; or, where the domain takes no mail, say so with one that names \".\" (null MX).",
    settings: &[],
    source: "RFC 5321 5.1; RFC 7505 1",
    find: |view, found| {
        for exchange in view.mail.takers().filter(|exchange| exchange.fact.implicit) {
            let fix = format!("{} In the zone's file: {}. IN MX 0 .", CHECK.fix, exchange.fact.domain);
            found.at(&exchange.fact.domain).fix(fix).see(exchange.id, "no MX record, and addresses");
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    #[test]
    fn only_a_domain_without_records_and_with_addresses() {
        assert!(Scene::mail().find(CHECK.id).is_empty());
        let implicit = Scene::mail().change_exchanges(|one| one.implicit = true);
        assert_eq!(implicit.severities(CHECK.id), [Severity::Info]);
        let nowhere = implicit.change_exchanges(|one| one.addresses = no_such_name());
        assert!(nowhere.find(CHECK.id).is_empty());
    }
}
