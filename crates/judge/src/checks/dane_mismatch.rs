//! TLSA records that do not verify what a server sends.

use midwatch_model::{AttackId::*, Severity, Station};

use super::mail_support::{at_port, keys};
use crate::Check;
use crate::fixes::zone;
use crate::view::mail::{Dane, dane_fault};

pub(crate) static CHECK: Check = Check {
    id: "dane-mismatch",
    title: "TLSA records do not verify the mail server",
    severity: Severity::High,
    says: "senders that heed TLSA records do not deliver to {place}",
    about: "Signed TLSA records say which key or which authority a mail server has (DANE). Senders that heed them, such as Postfix \
            and large providers, hold the mail back from a server that does not match, and give up after days.",
    gain: "If the certificate is not the server's own, it is somebody's who is in the middle now. Else nothing by itself; but who \
           takes the records away to have mail again takes the protection away too.",
    from: &[Station::Network],
    attacks: &[Impersonation, StrippingAndDowngrade, IpHijacking, EmailHijacking],
    decided: "MX records, addresses and TLSA records are proved, one record at least can be used (usage 2 or 3), and for some \
              chain that the server sent none of them holds. A server that sends a chain of RSA and one of ECDSA must match with both.",
    benign: &["The certificate was renewed with a new key, and the record was not."],
    fix: "Publish a record for the key in use, and from then on, before each change of keys, one for the next at least two TTLs ahead.",
    settings: &[],
    source: "RFC 7672 2.2 and 3.1; RFC 7671 5 and 8.1",
    find: |view, found| {
        for exchange in view.mail.takers() {
            let Dane::Mismatch { tlsa, chain } = view.mail.dane(exchange) else { continue };
            let lines: Vec<String> =
                keys(view, exchange.fact).iter().map(|key| zone::tlsa(&tlsa.fact.name, key)).collect();
            let fix = match lines.as_slice() {
                [] => CHECK.fix.to_owned(),
                lines => format!("{} In the zone's file: {}", CHECK.fix, lines.join(" ; ")),
            };
            let mut draft = found.at(at_port(exchange.fact)).fix(fix);
            for record in &chain.records {
                if let Some(fault) = record.fault {
                    let detail =
                        format!("{}: record {}: {}", chain.address, record.record + 1, dane_fault(fault));
                    draft = draft.see(tlsa.id, detail);
                }
            }
            draft.see(exchange.id, format!("the certificate {} at {}", chain.leaf, chain.address));
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::{DaneFault, Outcome, Security};

    use super::*;
    use crate::testing::*;

    fn mismatched() -> Scene {
        Scene::mail().change_exchanges(|one| {
            for record in one.dane.iter_mut().flat_map(|chain| &mut chain.records) {
                record.fault = Some(DaneFault::NoMatch);
            }
        })
    }

    #[test]
    fn only_proved_records_that_can_match_count() {
        assert!(Scene::mail().find(CHECK.id).is_empty());
        assert_eq!(mismatched().severities(CHECK.id), [Severity::High; 2]);
        let unsigned = mismatched()
            .change_tlsa(|tlsa| tlsa.security = Outcome::seen(Security::Insecure { why: "no DS".into() }));
        assert!(unsigned.find(CHECK.id).is_empty());
        assert!(mismatched().change_tlsa(|tlsa| tlsa.security = timeout()).find(CHECK.id).is_empty());
        assert!(
            mismatched().change_exchanges(|one| one.dane.clear()).find(CHECK.id).is_empty(),
            "no chain was met"
        );
    }

    #[test]
    fn a_record_for_the_next_key_beside_the_present_one_is_sound() {
        let rollover = Scene::mail().change_exchanges(|one| {
            for chain in &mut one.dane {
                assert!(
                    chain.records[0].fault.is_none() && chain.records[1].fault == Some(DaneFault::NoMatch)
                );
            }
        });
        assert!(rollover.find(CHECK.id).is_empty());
    }
}
