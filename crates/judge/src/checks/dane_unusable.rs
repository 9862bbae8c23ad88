//! TLSA records of which senders may use none.

use midwatch_model::{AttackId::*, Severity, Station};

use super::mail_support::{at_port, keys};
use crate::Check;
use crate::fixes::zone;
use crate::view::mail::Dane;

pub(crate) static CHECK: Check = Check {
    id: "dane-unusable",
    title: "Senders may use none of the mail server's TLSA records",
    severity: Severity::Low,
    says: "the TLSA records of {place} have senders encrypt, and verify nobody",
    about: "For mail, senders use the usages 3 (this key) and 2 (this authority) alone. Where all records are of usage 0 or 1, or \
            cannot be read, senders encrypt, and take any certificate.",
    gain: "Somebody between the two servers answers with a certificate of their own.",
    from: &[Station::Network],
    attacks: &[Impersonation, EmailHijacking],
    decided: "The records are proved, and each has usage 0 or 1, or numbers or a length that are not known.",
    benign: &["The records are meant for other programs than mail servers."],
    fix: "Publish 3 1 1: the SHA-256 of the server's public key.",
    settings: &[],
    source: "RFC 7672 2.2 and 3.1.3",
    find: |view, found| {
        for exchange in view.mail.takers() {
            let Dane::Unusable { tlsa } = view.mail.dane(exchange) else { continue };
            let lines: Vec<String> =
                keys(view, exchange.fact).iter().map(|key| zone::tlsa(&tlsa.fact.name, key)).collect();
            let records = tlsa.fact.records.value().map(Vec::as_slice).unwrap_or_default();
            let shown: Vec<String> = records
                .iter()
                .map(|record| format!("{} {} {}", record.usage, record.selector, record.matching))
                .collect();
            let mut draft = found.at(at_port(exchange.fact));
            if !lines.is_empty() {
                draft = draft.fix(format!("{} In the zone's file: {}", CHECK.fix, lines.join(" ; ")));
            }
            draft.see(
                tlsa.id,
                format!("usage, selector and matching type: {}", super::support::names(&shown)),
            );
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::Outcome;

    use super::*;
    use crate::testing::*;

    #[test]
    fn usages_of_the_web_are_none_for_mail() {
        assert!(Scene::mail().find(CHECK.id).is_empty());
        let usage = |usage: u8| {
            Scene::mail().change_tlsa(move |tlsa| {
                if let Outcome::Seen { value } = &mut tlsa.records {
                    value.iter_mut().for_each(|record| record.usage = usage);
                }
            })
        };
        assert_eq!(usage(0).severities(CHECK.id), [Severity::Low; 2]);
        assert_eq!(usage(1).severities(CHECK.id), [Severity::Low; 2]);
        assert!(usage(2).find(CHECK.id).is_empty());
        // And then nobody is verified, unless MTA-STS does it.
        assert!(usage(1).find("mail-not-authenticated").is_empty());
        assert_eq!(usage(1).change_sts(no_sts).severities("mail-not-authenticated"), [Severity::High; 2]);
    }
}
