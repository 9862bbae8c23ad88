//! A service of the time before encryption can be reached.

use midwatch_model::{AttackId::*, Reach, ServiceKind, ServiceProtection, Severity};

use super::listening_support::{ANOTHER_PROGRAM, FIREWALL_ELSEWHERE, met, weigh};
use crate::check::ON_PATH;
use crate::{Check, fixes};

pub(crate) static CHECK: Check = Check {
    id: "listening-legacy",
    title: "A service from before encryption can be reached",
    severity: Severity::High,
    says: "{place} is a service of the time before encryption",
    about: "Telnet, rsh, rlogin, rexec, TFTP and finger have no encryption at all. The r-services trust whoever says to be at \
            the right address; TFTP gives every file of its directory to everybody.",
    gain: "Passwords, everything that is typed, and the session itself, in which commands can be put.",
    from: ON_PATH,
    attacks: &[Eavesdropping, SessionHijacking, Impersonation],
    decided: "A socket of such a service, told by its program or by its port, that is bound to more than loopback, and that \
              the firewall lets somebody reach. High where everybody can reach it, medium where some can or it is not \
              known; TFTP and finger, over which no password goes, one step less. A service that answered with TLS is none \
              of these.",
    benign: &[
        FIREWALL_ELSEWHERE,
        ANOTHER_PROGRAM,
        "Devices that start over the network need TFTP on theirs.",
    ],
    fix: "Take it away; ssh takes its place.",
    settings: &[],
    source: "RFC 854 (Telnet); RFC 1282 (rlogin), security considerations; RFC 1350, section 6 (TFTP)",
    find: |view, found| {
        for met in met(view) {
            if met.known.kind != ServiceKind::Legacy || met.protection() != Some(ServiceProtection::None) {
                continue;
            }
            let all = if met.known.secret { Severity::High } else { Severity::Medium };
            let fix = fixes::listening::encrypt(met.known.id).unwrap_or(CHECK.fix);
            let severity = weigh(all, met.reach);
            let also = if met.reach == Reach::Unknown { "" } else { " The port closes with: " };
            let close = if also.is_empty() { String::new() } else { met.close() + "." };
            found
                .at(met.place())
                .severity(severity)
                .confidence(met.confidence())
                .title(format!("{} can be reached by others", met.known.name))
                .fix(format!("{fix}.{also}{close}"))
                .see(met.id, met.evidence());
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::{Confidence, Outcome, Passage, ServiceSign};

    use super::*;
    use crate::testing::*;

    #[test]
    fn passwords_weigh_more_than_files() {
        let of = |id| Scene::empty().listening(vec![listening_service(id, |_| {})]).severities(CHECK.id);
        assert_eq!(of("telnet"), [Severity::High]);
        assert_eq!(of("rsh"), [Severity::High]);
        assert_eq!(of("tftp"), [Severity::Medium]);
        assert!(of("ssh").is_empty() && of("ftp").is_empty());
    }

    #[test]
    fn who_reaches_it_and_what_says_so() {
        let near = listening_service("telnet", |one| one.gates[0].outside = false);
        assert_eq!(Scene::empty().listening(vec![near]).severities(CHECK.id), [Severity::Medium]);
        let shut = listening_service("telnet", |one| {
            one.gates[0].lets = Outcome::seen(Passage::Nowhere { told: true });
        });
        assert!(Scene::empty().listening(vec![shut]).find(CHECK.id).is_empty());
        let port = listening_service("telnet", |one| one.known_by = Some(ServiceSign::Port));
        let found = Scene::empty().listening(vec![port]).find(CHECK.id);
        assert_eq!(found[0].confidence, Confidence::Tentative);
        let tls = listening_service("telnet", |one| {
            let mut answer = listening_answer("a TLS hello", "", None);
            answer.protection = ServiceProtection::Tls;
            one.answer = Outcome::seen(answer);
        });
        assert!(Scene::empty().listening(vec![tls]).find(CHECK.id).is_empty(), "another program at the port");
    }
}
