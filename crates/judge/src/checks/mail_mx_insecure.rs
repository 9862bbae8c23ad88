//! Who takes a domain's mail is not proved.

use midwatch_model::{AttackId::*, MtaStsMode, Outcome, Security, Severity, Station};

use crate::Check;
use crate::view::mail::Sts;

pub(crate) static CHECK: Check = Check {
    id: "mail-mx-insecure",
    title: "Who takes the domain's mail cannot be proved",
    severity: Severity::High,
    says: "whoever answers a sender's DNS question about {place} decides where the mail goes",
    about: "A server that sends mail asks the DNS who takes it (MX), and where those servers are. In a zone that is not signed, \
            it believes whoever answers first, and hands the mail to the server that the answer names. A certificate does not \
            help: the forged server has a true one for its own name.",
    gain: "All mail that the deceived sender has for the domain, with password resets and confirmations of certificates among \
           it; it can be read, changed and sent on, so that nobody misses it.",
    from: &[Station::Dns, Station::Network],
    attacks: &[DnsSpoofing, EmailHijacking],
    decided: "Our own validation, from the root's keys down, proves that the MX records, or the addresses of a server that they \
              name, are in a zone that is not signed, or their signatures do not hold. Low where a policy of MTA-STS in mode \
              enforce names the servers, since senders that heed it go by the policy (RFC 8461 4.1). Medium where \
              it could not be measured whether there is one.",
    benign: &["Most zones are not signed, and their mail arrives where it should all the same."],
    fix: "Sign the zone and have the registrar publish its DS record; or choose mail servers whose zone is signed. Where neither \
          can be had, publish a policy of MTA-STS in mode enforce.",
    settings: &[],
    source: "RFC 7672 1.3.2 and 2.2.1; RFC 8461 4.1 and 10.2",
    find: |view, found| {
        let severity = match view.mail.sts() {
            Sts::Policy { mode: MtaStsMode::Enforce, .. } => Severity::Low,
            Sts::Unknown(_) => Severity::Medium,
            _ => Severity::High,
        };
        if let Some(seen) = view.mail.mx
            && view.mail.null_mx().is_none()
            && let Some(why) = unproved(&seen.fact.security)
            && view.mail.takers().next().is_some()
        {
            found.at(&seen.fact.name).severity(severity).see(seen.id, format!("the MX records {why}"));
        }
        // Where the records are forged, the addresses behind the true ones matter no more.
        if view.mail.mx_proved() == Ok(true) {
            for exchange in view.mail.takers() {
                if let Some(why) = unproved(&exchange.fact.security) {
                    found
                        .at(&exchange.fact.host)
                        .severity(severity)
                        .title("Where a server that takes the domain's mail is cannot be proved")
                        .see(
                            exchange.id,
                            format!(
                                "the MX records are signed, and the addresses of {} {why}",
                                exchange.fact.host
                            ),
                        );
                }
            }
        }
    },
};

/// Why an answer is not proved, where that was measured.
fn unproved(security: &Outcome<Security>) -> Option<String> {
    match security.value()? {
        Security::Insecure { why } => Some(format!("are not signed: {why}")),
        Security::Bogus { why, .. } => Some(format!("do not fit their signatures: {why}")),
        Security::Secure | Security::Indeterminate { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    fn insecure() -> Outcome<Security> {
        Outcome::seen(Security::Insecure { why: "no DS".into() })
    }

    #[test]
    fn unsigned_answers_are_found_and_a_policy_softens_them() {
        assert!(Scene::mail().find(CHECK.id).is_empty());
        let unsigned = Scene::mail().change_mx(|mx| mx.security = insecure());
        assert_eq!(unsigned.severities(CHECK.id), [Severity::Low], "the policy names the servers");
        let bare = unsigned.change_sts(no_sts);
        assert_eq!(bare.severities(CHECK.id), [Severity::High]);
        assert_eq!(bare.find(CHECK.id)[0].place, "shop.example");
        let hosts = Scene::mail().change_sts(no_sts).change_exchanges(|one| one.security = insecure());
        assert_eq!(hosts.severities(CHECK.id), [Severity::High; 2]);
        assert_eq!(hosts.find(CHECK.id)[0].place, "mx1.shop.example");
        let unknown = bare.clone().change_sts(|sts| sts.txt.texts = timeout());
        assert_eq!(unknown.severities(CHECK.id), [Severity::Medium]);
        let silent = bare.change_mx(|mx| mx.security = timeout());
        assert!(silent.find(CHECK.id).is_empty());
    }

    #[test]
    fn a_domain_that_takes_no_mail_has_none_to_lose() {
        let null = Scene::mail_null().change_mx(|mx| mx.security = insecure());
        assert!(null.find(CHECK.id).is_empty());
    }
}
