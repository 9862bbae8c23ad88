//! A database can be reached by everybody.

use midwatch_model::{AttackId::*, Reach, ServiceKind, Severity, Station};

use super::listening_support::{ANOTHER_PROGRAM, FIREWALL_ELSEWHERE, met};
use crate::Check;

pub(crate) static CHECK: Check = Check {
    id: "listening-database-open",
    title: "A database can be reached by everybody",
    severity: Severity::High,
    says: "{place} is a database that others can reach",
    about: "A database is for the programs of a server. At a port that everybody reaches, its passwords are guessed at all \
            day, and every fault of it is there for whoever comes first.",
    gain: "Where a password is guessed: accounts, sessions and everything else that the sites keep.",
    from: &[Station::Network, Station::Server],
    attacks: &[SessionHijacking],
    decided: "A socket of a database with accounts of its own, or of a store that asked for its password, told by its program or \
              by its port. High where the firewall lets most of the internet through to a public address, or to every \
              address, by an interface with a default route; medium where the rules could not be read or followed, or \
              where the database turns away whoever comes from this server's own address; low where the \
              networks of this server alone reach it. No finding where the firewall names the sources that it lets through.",
    benign: &[
        FIREWALL_ELSEWHERE,
        ANOTHER_PROGRAM,
        "A database that turns away whoever comes from another address than it was told (pg_hba.conf, accounts of MySQL for \
         one host).",
    ],
    fix: "Let it listen at 127.0.0.1, or let the servers that need it through and nobody else.",
    settings: &[],
    source: "CIS Controls 8.1, safeguard 4.4; the manual of each database, named with it in the table of services",
    find: |view, found| {
        for met in met(view) {
            let asks = met.one.answer.value().is_some_and(|answer| answer.open == Some(false));
            let is_database =
                met.known.kind == ServiceKind::Database || met.known.kind == ServiceKind::Store && asks;
            let severity = match met.reach {
                Reach::Everybody => Severity::High,
                Reach::Unknown => Severity::Medium,
                Reach::Near => Severity::Low,
                Reach::Some | Reach::Nobody => continue,
            };
            if !is_database {
                continue;
            }
            // It turns away whoever comes from an address of this server; others may be let in all the same.
            let is_shut = met.one.answer.is_refused();
            let severity = if is_shut && severity == Severity::High { Severity::Medium } else { severity };
            let title = match met.reach {
                Reach::Everybody => format!("Everybody can reach {}", met.known.name),
                Reach::Near => format!("The networks of this server can reach {}", met.known.name),
                _ => format!("Others may reach {}", met.known.name),
            };
            let bind = met.bind().unwrap_or_else(|| CHECK.fix.into());
            found
                .at(met.place())
                .severity(severity)
                .confidence(met.confidence())
                .title(title)
                .fix(format!(
                    "Where only this server needs it, {bind}. Else let those through who need it: {}.",
                    met.let_one_through()
                ))
                .see(met.id, met.evidence());
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::{Bound, Outcome, Passage, ReasonKind};

    use super::*;
    use crate::testing::*;

    #[test]
    fn who_reaches_it_decides() {
        let of = |change: fn(&mut midwatch_model::ListeningService)| {
            let service = listening_service("mysql", change);
            Scene::empty().listening(vec![service]).severities(CHECK.id)
        };
        assert_eq!(of(|_| {}), [Severity::High]);
        assert_eq!(of(|one| one.bound = Bound::Private), [Severity::Low]);
        assert_eq!(
            of(|one| one.gates[0].lets = Outcome::unmeasured(ReasonKind::Other, "root")),
            [Severity::Medium]
        );
        let only = of(|one| {
            one.gates[0].lets = Outcome::seen(Passage::Only { sources: vec!["192.0.2.7".into()], more: 0 });
        });
        assert!(only.is_empty());
        assert_eq!(of(|one| one.answer = Outcome::refused("Host is not allowed")), [Severity::Medium]);
        assert!(of(|one| one.bound = Bound::Loopback).is_empty());
    }

    #[test]
    fn a_store_with_a_password_is_one_too() {
        let redis = |open| {
            let service = listening_service("redis", |one| {
                one.answer = Outcome::seen(listening_answer("PING", "-NOAUTH", open));
            });
            Scene::empty().listening(vec![service]).severities(CHECK.id)
        };
        assert_eq!(redis(Some(false)), [Severity::High]);
        assert!(redis(Some(true)).is_empty(), "that is worse, and said elsewhere");
        assert!(Scene::empty().listening(vec![listening_service("ssh", |_| {})]).find(CHECK.id).is_empty());
    }
}
