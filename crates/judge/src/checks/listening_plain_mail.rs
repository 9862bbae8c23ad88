//! Mail is read or sent with passwords in plain text.

use midwatch_model::{AttackId::*, ServiceKind, ServiceProtection, Severity};

use super::listening_support::{FIREWALL_ELSEWHERE, met, weigh};
use crate::check::ON_PATH;
use crate::{Check, fixes};

pub(crate) static CHECK: Check = Check {
    id: "listening-plain-mail",
    title: "A mail service takes passwords in plain text",
    severity: Severity::High,
    says: "{place} takes passwords of mail accounts in plain text",
    about: "IMAP, POP3 and submission begin in plain text. A server that takes passwords before TLS has them from every \
            program that does not ask for TLS, or that somebody on the way keeps from asking.",
    gain: "The password of a mailbox, with which all of its mail and most other accounts of its owner are had.",
    from: ON_PATH,
    attacks: &[Eavesdropping, StrippingAndDowngrade, EmailHijacking],
    decided: "The service was asked what it offers before TLS; nobody logged in. High where TLS is not to be had and a \
              password is taken, medium where it is taken although TLS is offered; one step less where not everybody can \
              reach it or that is not known. SMTP at port 25 counts where it offers a way to log in before TLS: that mail \
              of other servers comes there in plain text is what the protocol is.",
    benign: &[FIREWALL_ELSEWHERE, "Ways to log in that send no password as it is, such as SCRAM alone."],
    fix: "Take passwords inside TLS alone.",
    settings: &[],
    source: "RFC 8314, section 4.1; RFC 9051, section 11.1 (LOGINDISABLED); RFC 4954, section 4",
    find: |view, found| {
        for met in met(view) {
            if met.known.kind != ServiceKind::Mail {
                continue;
            }
            // A server of mail between servers has no passwords unless it offers to take them.
            let said = met.one.answer.value().and_then(|answer| answer.plain_password);
            if said != Some(true) || !met.takes_plain_password() {
                continue;
            }
            let upgrades = met.protection() == Some(ServiceProtection::Upgrades);
            let all = if upgrades { Severity::Medium } else { Severity::High };
            let beside = met.known.beside.map_or(String::new(), |port| {
                format!(" Programs that people use should be set to port {port}, where TLS stands from the beginning.")
            });
            let fix = fixes::listening::encrypt(met.known.id).unwrap_or(CHECK.fix);
            found
                .at(met.place())
                .severity(weigh(all, met.reach))
                .confidence(met.confidence())
                .title(match upgrades {
                    true => format!("{} takes passwords before TLS", met.known.name),
                    false => format!("{} takes passwords and has no TLS", met.known.name),
                })
                .fix(format!("{fix}.{beside}"))
                .see(met.id, met.evidence());
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::Outcome;

    use super::*;
    use crate::testing::*;

    fn of(id: &str, protection: ServiceProtection, password: Option<bool>) -> Vec<Severity> {
        let service = listening_service(id, |one| {
            let mut answer = listening_answer("IMAP", "* OK ready", None);
            (answer.protection, answer.plain_password) = (protection, password);
            one.answer = Outcome::seen(answer);
        });
        Scene::empty().listening(vec![service]).severities(CHECK.id)
    }

    #[test]
    fn passwords_before_tls() {
        use ServiceProtection::*;
        assert_eq!(of("imap", None, Some(true)), [Severity::High]);
        assert_eq!(of("pop3", Upgrades, Some(true)), [Severity::Medium]);
        assert_eq!(of("submission", Upgrades, Some(true)), [Severity::Medium]);
        assert!(of("imap", Upgrades, Some(false)).is_empty(), "LOGINDISABLED");
        assert!(of("smtp", None, Option::None).is_empty(), "mail between servers");
        assert!(of("imaps", Tls, Option::None).is_empty());
        assert!(of("ftp", None, Some(true)).is_empty());
    }
}
