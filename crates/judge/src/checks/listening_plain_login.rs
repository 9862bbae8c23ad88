//! A service takes passwords in plain text.

use midwatch_model::{AttackId::*, ServiceKind, ServiceProtection, Severity};

use super::listening_support::{ANOTHER_PROGRAM, FIREWALL_ELSEWHERE, met, weigh};
use crate::check::ON_PATH;
use crate::{Check, fixes};

pub(crate) static CHECK: Check = Check {
    id: "listening-plain-login",
    title: "A service takes passwords in plain text",
    severity: Severity::High,
    says: "{place} takes passwords in plain text",
    about: "Files, directories, databases, screens and queues are often offered without TLS, or with TLS for those who ask \
            for it and passwords in plain text for those who do not.",
    gain: "The passwords of everybody who logs in, what they see there, and a place to answer in the service's stead.",
    from: ON_PATH,
    attacks: &[Eavesdropping, StrippingAndDowngrade, SessionHijacking],
    decided: "The service was asked from this server what it offers; nobody logged in. High where it has no TLS and takes a \
              password, medium where it has TLS and takes a password before it; one step less where not everybody can \
              reach it or that is not known. A protocol that has no encryption counts as plain by its program or port \
              alone. Mail, panels and the services of before encryption have checks of their own.",
    benign: &[
        FIREWALL_ELSEWHERE,
        ANOTHER_PROGRAM,
        "Ways to log in that send no password as it is, which a server may demand later in the dialogue.",
        "A service that is open to everybody on purpose, where the password opens nothing.",
    ],
    fix: "Demand TLS before a password is taken.",
    settings: &[],
    source: "RFC 4217, section 10 (FTP); RFC 4513, section 6 (LDAP); RFC 7525bis (RFC 9325), section 3.2",
    find: |view, found| {
        for met in met(view) {
            let here = matches!(
                met.known.kind,
                ServiceKind::Files
                    | ServiceKind::Directory
                    | ServiceKind::Database
                    | ServiceKind::Store
                    | ServiceKind::Desktop
                    | ServiceKind::Messages
                    | ServiceKind::Other
            );
            if !here || !met.known.secret || !met.takes_plain_password() {
                continue;
            }
            // What obeys whoever reaches it has no password to lose.
            if met.one.answer.value().is_some_and(|answer| answer.open == Some(true)) {
                continue;
            }
            let upgrades = met.protection() == Some(ServiceProtection::Upgrades);
            let all = if upgrades { Severity::Medium } else { Severity::High };
            let title = match upgrades {
                true => format!("{} takes passwords before TLS", met.known.name),
                false => format!("{} takes passwords in plain text", met.known.name),
            };
            let fix = fixes::listening::encrypt(met.known.id).unwrap_or(CHECK.fix);
            let attacks: &[_] = if upgrades { CHECK.attacks } else { &[Eavesdropping, SessionHijacking] };
            found
                .at(met.place())
                .severity(weigh(all, met.reach))
                .confidence(met.confidence())
                .title(title)
                .attacks(attacks)
                .fix(format!("{fix}. Where others need not reach it: {}.", met.close()))
                .see(met.id, met.evidence());
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::{Outcome, ReasonKind};

    use super::*;
    use crate::testing::*;

    fn of(id: &str, protection: ServiceProtection, password: Option<bool>) -> Vec<Severity> {
        let service = listening_service(id, |one| {
            let mut answer = listening_answer("FTP", "220 ready", None);
            (answer.protection, answer.plain_password) = (protection, password);
            one.answer = Outcome::seen(answer);
        });
        Scene::empty().listening(vec![service]).severities(CHECK.id)
    }

    #[test]
    fn tls_for_those_who_ask_is_not_enough() {
        use ServiceProtection::*;
        assert_eq!(of("ftp", None, Some(true)), [Severity::High]);
        assert_eq!(of("ftp", None, Option::None), [Severity::High], "the protocol takes passwords");
        assert_eq!(of("ftp", Upgrades, Some(true)), [Severity::Medium]);
        assert!(of("ftp", Upgrades, Option::None).is_empty(), "what it does before TLS was not told");
        assert!(of("ftp", Upgrades, Some(false)).is_empty());
        assert!(of("ftp", Tls, Option::None).is_empty());
        assert!(of("ftp", Unknown, Option::None).is_empty());
        assert!(of("imap", None, Some(true)).is_empty(), "mail has a check of its own");
    }

    #[test]
    fn what_did_not_answer_is_plain_by_its_protocol_alone() {
        let silent = |id| {
            listening_service(id, |one| one.answer = Outcome::unmeasured(ReasonKind::Timeout, "no answer"))
        };
        let find = |id| Scene::empty().listening(vec![silent(id)]).severities(CHECK.id);
        assert_eq!(find("mqtt"), [Severity::High]);
        assert_eq!(find("rsync"), [Severity::High]);
        assert!(find("ftp").is_empty() && find("mysql").is_empty() && find("snmp").is_empty());
    }
}
