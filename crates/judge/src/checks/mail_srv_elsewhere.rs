//! SRV records that lead to another domain, and cannot be proved.

use midwatch_model::{AttackId::*, Security, Severity, Station};

use crate::Check;

pub(crate) static CHECK: Check = Check {
    id: "mail-srv-elsewhere",
    title: "Programs are led to another domain by an answer that cannot be proved",
    severity: Severity::Low,
    says: "programs that ask {place} cannot tell the server that they are led to from somebody else's",
    about: "SRV records may lead to a server in another domain, whose certificate names that server and not the domain. Whoever \
            can answer in the DNS's stead leads a program to a server of their own, with a certificate that is true. That is why \
            programs are told to ask their user, who has got used to saying yes.",
    gain: "The password, where the user or the program takes the name that the answer gives.",
    from: &[Station::Dns, Station::Wifi, Station::Router, Station::Network],
    attacks: &[DnsSpoofing, Impersonation, EmailHijacking],
    decided: "SRV records for sending or reading mail name a server outside the domain, and our own validation proves that they \
              are not signed. Low: it matters while a program is set up.",
    benign: &["Mail that a provider keeps is at the provider's servers, as it should be."],
    fix: "Sign the zone. Without that, tell people the server's name by another way, and have them check it when a program asks.",
    settings: &[],
    source: "RFC 6186 6; RFC 8314 5.1",
    find: |view, found| {
        for srv in &view.mail.srv {
            let Some(records) = srv.fact.records.value() else { continue };
            let Some(Security::Insecure { why }) = srv.fact.security.value() else { continue };
            let outside = |target: &str| {
                target != srv.fact.domain && !target.ends_with(&format!(".{}", srv.fact.domain))
            };
            let names: Vec<&str> = records
                .iter()
                .filter(|record| !record.is_not_offered() && outside(&record.target))
                .map(|record| record.target.as_str())
                .collect();
            if !names.is_empty() {
                let names = super::support::names(&names);
                found
                    .at(&srv.fact.name)
                    .see(srv.id, format!("it leads to {names}, and is not signed: {why}"));
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::{MailProtocol, Outcome};

    use super::*;
    use crate::testing::*;

    #[test]
    fn only_unsigned_records_that_lead_out_of_the_domain() {
        let insecure = || Outcome::seen(Security::Insecure { why: "no DS".into() });
        assert!(Scene::mail().change_srv(|srv| srv.security = insecure()).find(CHECK.id).is_empty());
        let outside = Scene::mail().srv(MailProtocol::Pop3, true, &[(995, "pop.provider.example")]);
        assert!(outside.find(CHECK.id).is_empty(), "signed");
        assert_eq!(outside.change_srv(|srv| srv.security = insecure()).severities(CHECK.id), [Severity::Low]);
    }
}
