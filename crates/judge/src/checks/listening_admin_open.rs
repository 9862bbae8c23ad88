//! Administration can be reached by everybody.

use midwatch_model::{AttackId::*, Reach, ServiceKind, Severity, Station};

use super::listening_support::{ANOTHER_PROGRAM, FIREWALL_ELSEWHERE, met};
use crate::Check;

pub(crate) static CHECK: Check = Check {
    id: "listening-admin-open",
    title: "Administration can be reached by everybody",
    severity: Severity::Medium,
    says: "{place} is for administration, and others can reach it",
    about: "Panels, desktops and the APIs of containers and clusters rule the whole server. Where everybody reaches their \
            login, passwords are guessed at, and a fault of the panel is open to everybody before its update is there.",
    gain: "Where a password is guessed or a fault is found: the server, with its keys and the sessions of everybody.",
    from: &[Station::Network, Station::Server],
    attacks: &[SessionHijacking, Impersonation],
    decided: "A socket of a panel, a desktop, Docker or Kubernetes, told by its program or by its port, that the firewall, and \
              hosts.deny where its program asks it, lets most of the internet reach: medium; low where that is not known. Where customers log in, a panel has \
              to be reached: that is a benign cause, and low for cPanel, Plesk, DirectAdmin and webmail. SSH is information: \
              with keys alone it is made for this. Networks of this server and sources that the firewall names are no \
              finding.",
    benign: &[
        FIREWALL_ELSEWHERE,
        ANOTHER_PROGRAM,
        "A panel that customers use from everywhere, with a second factor.",
        "SSH that takes keys alone.",
    ],
    fix: "Let your own addresses through and nobody else, or reach it by a VPN or an SSH tunnel.",
    settings: &[],
    source: "CIS Controls 8.1, safeguards 4.4 and 12.8",
    find: |view, found| {
        for met in met(view) {
            let all = match met.known.kind {
                ServiceKind::Shell => Severity::Info,
                ServiceKind::Panel if is_for_customers(met.known.id) => Severity::Low,
                ServiceKind::Panel | ServiceKind::Desktop | ServiceKind::Control => Severity::Medium,
                _ => continue,
            };
            let severity = match met.reach {
                Reach::Everybody => all,
                Reach::Unknown if all > Severity::Info => Severity::Low,
                _ => continue,
            };
            // What obeys whoever reaches it is said elsewhere, and is worse.
            if met.one.answer.value().is_some_and(|answer| answer.open == Some(true)) {
                continue;
            }
            let port = met.one.address.port();
            let bind = match met.bind() {
                Some(bind) => format!(" Or: {bind}."),
                None => String::new(),
            };
            let fix = match met.known.kind {
                // Whose accounts they are is not for this computer's settings to say.
                ServiceKind::Shell if met.one.sent_on.is_some() => {
                    format!(
                        "Have it take keys alone. Where you have addresses of your own: {}.{bind}",
                        met.let_one_through()
                    )
                }
                ServiceKind::Shell => format!(
                    "Take keys alone (PasswordAuthentication no, KbdInteractiveAuthentication no in /etc/ssh/sshd_config). \
                     Where you have addresses of your own: sudo ufw allow from ADDRESS to any port {port} proto tcp, and \
                     then sudo ufw delete allow {port}/tcp."
                ),
                _ => format!("With your own address for ADDRESS: {}.{bind}", met.let_one_through()),
            };
            found
                .at(met.place())
                .severity(severity)
                .confidence(met.confidence())
                .title(match met.reach {
                    Reach::Everybody => format!("Everybody can reach {}", met.known.name),
                    _ => format!("Others may reach {}", met.known.name),
                })
                .fix(fix)
                .see(met.id, met.evidence());
        }
    },
};

/// Panels in which customers log in, from wherever they are.
fn is_for_customers(id: &str) -> bool {
    ["cpanel", "plesk", "directadmin", "usermin"].iter().any(|panel| id.starts_with(panel))
}

#[cfg(test)]
mod tests {
    use midwatch_model::{Outcome, Passage, ReasonKind};

    use super::*;
    use crate::testing::*;

    #[test]
    fn what_rules_the_server_weighs_more() {
        let of = |id| Scene::empty().listening(vec![listening_service(id, |_| {})]).severities(CHECK.id);
        assert_eq!(of("webmin"), [Severity::Medium]);
        assert_eq!(of("kubernetes"), [Severity::Medium]);
        assert_eq!(of("rdp"), [Severity::Medium]);
        assert_eq!(of("cpanel-tls"), [Severity::Low], "customers log in there");
        assert_eq!(of("ssh"), [Severity::Info]);
        assert!(of("mysql").is_empty() && of("https").is_empty());
    }

    #[test]
    fn your_own_addresses_alone_are_as_it_should_be() {
        let with = |lets: Outcome<Passage>| {
            let service = listening_service("cockpit", |one| one.gates[0].lets = lets);
            Scene::empty().listening(vec![service]).severities(CHECK.id)
        };
        let only = Passage::Only { sources: vec!["192.0.2.7".into()], more: 0 };
        assert!(with(Outcome::seen(only)).is_empty());
        assert_eq!(with(Outcome::unmeasured(ReasonKind::Other, "root")), [Severity::Low]);
    }
}
