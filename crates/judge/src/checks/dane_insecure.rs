//! TLSA records of a mail server that are not proved.

use midwatch_model::{AttackId::*, Severity, Station};

use super::mail_support::at_port;
use crate::Check;
use crate::view::mail::Dane;

pub(crate) static CHECK: Check = Check {
    id: "dane-insecure",
    title: "TLSA records of the mail server are not proved, and so not heeded",
    severity: Severity::Low,
    says: "the TLSA records of {place} protect nobody, since a link on the way to them is not signed",
    about: "Senders heed TLSA records only where everything that leads to them is signed: the MX records, the server's addresses and \
            the records themselves. Else whoever forges one link forges the rest.",
    gain: "Nothing; the protection that the records were meant to give is not there.",
    from: &[Station::Dns, Station::Network],
    attacks: &[DnsSpoofing, EmailHijacking],
    decided: "There are TLSA records, and our own validation proves that one of the three links is not signed, or finds that its signatures do not hold.",
    benign: &["The zone may be about to be signed."],
    fix: "Sign the zones of the domain and of its mail servers, and have the registrars publish their DS records.",
    settings: &[],
    source: "RFC 7672 2.2.1 to 2.2.3",
    find: |view, found| {
        for exchange in view.mail.takers() {
            if let Dane::Insecure { tlsa, why } = view.mail.dane(exchange) {
                found
                    .at(at_port(exchange.fact))
                    .see(tlsa.id, format!("there are records at {}, but {why}", tlsa.fact.name));
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::{Outcome, Security};

    use super::*;
    use crate::testing::*;

    #[test]
    fn each_of_the_three_links_counts() {
        let insecure = || Outcome::seen(Security::Insecure { why: "no DS".into() });
        assert!(Scene::mail().find(CHECK.id).is_empty());
        for scene in [
            Scene::mail().change_mx(|mx| mx.security = insecure()),
            Scene::mail().change_exchanges(|one| one.security = insecure()),
            Scene::mail().change_tlsa(|tlsa| tlsa.security = insecure()),
        ] {
            assert_eq!(scene.severities(CHECK.id), [Severity::Low; 2]);
            assert!(scene.no_tlsa().find(CHECK.id).is_empty());
        }
        assert!(Scene::mail().change_mx(|mx| mx.security = timeout()).find(CHECK.id).is_empty());
    }
}
