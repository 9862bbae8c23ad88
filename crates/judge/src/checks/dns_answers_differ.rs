//! The system's resolver says something else than the one that was chosen.

use std::net::IpAddr;

use midwatch_model::{AttackId::*, NameAnswers, Severity, Station, is_private};

use crate::Check;

pub(crate) static CHECK: Check = Check {
    id: "dns-answers-differ",
    title: "This computer's resolver gives other answers than the one that was chosen",
    severity: Severity::Medium,
    says: "this computer's resolver gives other answers for {place}",
    about: "Two resolvers were asked for the same names: the one that programs on this computer use, which the network \
            named as a rule, and one that was chosen for the comparison, best over an encrypted way. Where the first \
            leads public names into a private network, or has addresses for a name that does not exist, somebody there \
            decides what names mean.",
    gain: "To lead whoever uses this computer to a server of theirs, for the names that differ.",
    from: &[Station::Router, Station::Dns],
    attacks: &[DnsSpoofing],
    decided: "With --resolver. High where the system's resolver has private addresses alone for a name that has public \
              ones by the chosen resolver. Medium where it has addresses for a name that has none by the chosen one. Low \
              where it has none for a name that has some. That both have public addresses that differ is not found: large \
              sites answer by where one asks from.",
    benign: &[
        "A company's own names inside its network (split DNS).",
        "A filter against advertisements or malware, which has no addresses for what it blocks.",
        "A sign-in page of the network that answers until somebody signs in.",
    ],
    fix: "Set this computer, or the browser, to a resolver over an encrypted way (DNS over TLS or HTTPS).",
    settings: &[],
    source: "RFC 1918; RFC 4193; RFC 8020 2",
    find: |view, found| {
        for seen in &view.here.resolvers {
            let chosen = seen.fact.chosen.as_deref().unwrap_or_default();
            for answers in &seen.fact.names {
                let Some((severity, what)) = weigh(answers) else { continue };
                let what = format!("{what}; asked: {} and {chosen}", seen.fact.resolver);
                found.at(&answers.name).severity(severity).see(seen.id, what);
            }
        }
    },
};

fn weigh(answers: &NameAnswers) -> Option<(Severity, String)> {
    let (system, chosen) = (answers.system.value()?, answers.chosen.value()?);
    let list = |addresses: &[IpAddr]| {
        crate::words::some(&addresses.iter().map(ToString::to_string).collect::<Vec<_>>(), 4)
    };
    let private = |addresses: &[IpAddr]| addresses.iter().all(|address| is_private(*address));
    match (system.as_slice(), chosen.as_slice()) {
        ([], []) => None,
        ([], chosen) => Some((Severity::Low, format!("expected {}, observed no address", list(chosen)))),
        (system, []) => Some((Severity::Medium, format!("expected no address, observed {}", list(system)))),
        (system, chosen) if private(system) && !private(chosen) => {
            Some((Severity::High, format!("expected {}, observed {}", list(chosen), list(system))))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use midwatch_model::Outcome;

    use super::*;
    use crate::testing::*;

    fn with(system: &[&str], chosen: &[&str]) -> Vec<Severity> {
        let list = |all: &[&str]| Outcome::seen(all.iter().map(|one| one.parse().unwrap()).collect());
        let scene = Scene::resolver(|answers| {
            answers.names[0].system = list(system);
            answers.names[0].chosen = list(chosen);
        });
        scene.severities(CHECK.id)
    }

    #[test]
    fn private_addresses_of_public_names_are_worst() {
        assert_eq!(with(&["10.0.0.1"], &["203.0.113.7"]), [Severity::High]);
        assert_eq!(with(&["fd00::1"], &["2001:db8::7"]), [Severity::High]);
        assert_eq!(with(&["203.0.113.9"], &[]), [Severity::Medium]);
        assert_eq!(with(&[], &["203.0.113.7"]), [Severity::Low]);
    }

    #[test]
    fn large_sites_and_silence_are_not_found() {
        assert!(with(&["203.0.113.9"], &["203.0.113.7"]).is_empty() && with(&[], &[]).is_empty());
        assert!(with(&["10.0.0.1"], &["10.0.0.2"]).is_empty(), "a private name is private for both");
        assert!(Scene::resolver(|answers| answers.names[0].chosen = timeout()).find(CHECK.id).is_empty());
        assert!(Scene::resolver(|_| {}).find(CHECK.id).is_empty());
    }
}
