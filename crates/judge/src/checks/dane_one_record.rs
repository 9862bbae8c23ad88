//! TLSA records that leave no way to change the key.

use midwatch_model::{AttackId::*, Severity, Station};

use super::mail_support::at_port;
use crate::Check;
use crate::view::mail::Dane;

pub(crate) static CHECK: Check = Check {
    id: "dane-one-record",
    title: "The mail server's next key has no TLSA record yet",
    severity: Severity::Info,
    says: "mail to {place} stops when its key changes before the record does",
    about: "A record for one key alone has to be changed at the same moment as the key, which cannot be: the old record stays in \
            caches for its TTL, and senders hold mail back meanwhile. With a second record for the next key there is no such moment.",
    gain: "Nothing; mail that stops leads people to take the records away.",
    from: &[Station::Server],
    attacks: &[EmailHijacking],
    decided: "Proved records verify every chain that was met, none is of usage 2, and each record matches a key in use. Info.",
    benign: &["Keys that are kept at each renewal need no second record until they change."],
    fix: "Make the next key now, publish 3 1 1 for it beside the present one, and use it at the next renewal; or publish 2 1 1 for the authority's key as well.",
    settings: &[],
    source: "RFC 7671 8.1 and 8.4; RFC 7672 3.1",
    find: |view, found| {
        for exchange in view.mail.takers() {
            let Dane::Verified { tlsa } = view.mail.dane(exchange) else { continue };
            let records = tlsa.fact.records.value().map(Vec::as_slice).unwrap_or_default();
            let used = |record: usize| {
                let of_record = exchange.fact.dane.iter().flat_map(|chain| &chain.records);
                of_record.into_iter().any(|one| one.record == record && one.fault.is_none())
            };
            if records.iter().all(|record| record.usage == 3) && (0..records.len()).all(used) {
                let count = crate::words::count(records.len(), "record");
                found.at(at_port(exchange.fact)).see(tlsa.id, format!("{count}, for keys in use alone"));
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::Outcome;

    use super::*;
    use crate::testing::*;

    #[test]
    fn a_record_for_the_next_key_is_what_is_missing() {
        assert!(Scene::mail().find(CHECK.id).is_empty());
        let one = Scene::mail()
            .change_tlsa(|tlsa| {
                if let Outcome::Seen { value } = &mut tlsa.records {
                    value.truncate(1);
                }
            })
            .change_exchanges(|one| one.dane.iter_mut().for_each(|chain| chain.records.truncate(1)));
        assert_eq!(one.severities(CHECK.id), [Severity::Info; 2]);
    }
}
