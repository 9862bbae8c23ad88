//! A service does what it is asked by whoever reaches it.

use midwatch_model::{AttackId::*, Confidence, Reach, ServiceKind, Severity, Station};

use super::listening_support::{ANOTHER_PROGRAM, FIREWALL_ELSEWHERE, Met, met, weigh};
use crate::Check;

pub(crate) static CHECK: Check = Check {
    id: "listening-unauthenticated",
    title: "A service obeys whoever reaches it",
    severity: Severity::Critical,
    says: "{place} does what it is asked without a password",
    about: "Stores such as Redis and memcached, the Docker API and screens without a password ask nobody who they are. \
            Sessions and keys are often in such a store; whoever may write to Redis or start a container has the computer.",
    gain: "All that is kept there, the sessions of everybody who is logged in, and as a rule the whole server: with its \
           keys, anybody can pass for it.",
    from: &[Station::Network, Station::Server],
    attacks: &[SessionHijacking, Impersonation],
    decided: "The service was asked from this server, at the address that others use where it has one: PING of Redis, \
              version of memcached, GET of the Docker API, of Elasticsearch and of CouchDB, and the ways to log in of VNC. \
              It answered as it answers whoever may do everything. Critical where everybody can reach it, high where the \
              networks of this server do or it is not known, medium where some sources alone do. Who can reach it \
              follows from the address that it is bound to, the rules that the kernel has now, which may send connections on to it \
              as Docker has them do, and hosts.allow and hosts.deny \
              where its program asks them.",
    benign: &[
        FIREWALL_ELSEWHERE,
        "A service that keeps nothing of worth, and is meant to be open.",
        "A store that asks for a password only for what changes something; midwatch changes nothing to find out.",
    ],
    fix: "Let it listen at 127.0.0.1, give it a password, and close its port.",
    settings: &[],
    source: "CWE-306; the manual of each service, named with it in the table of services",
    find: |view, found| {
        for met in met(view) {
            let open = met.one.answer.value().and_then(|answer| answer.open);
            if open != Some(true) {
                continue;
            }
            let severity = match met.reach {
                Reach::Some => Severity::Medium,
                reach => weigh(Severity::Critical, reach),
            };
            let fix = ask_or_bind(&met);
            let sure = if met.reach == Reach::Unknown { Confidence::Firm } else { Confidence::Certain };
            found
                .at(met.place())
                .severity(severity)
                .confidence(sure)
                .title(format!("{} obeys whoever reaches it", capital(met.known.name)))
                .fix(format!("{}. To keep others out at once: {}.", capital(&fix), met.close()))
                .see(met.id, met.evidence());
        }
        // A store that could not be asked gives everything to everybody unless it was told otherwise.
        for met in met(view) {
            let is_store = met.known.kind == ServiceKind::Store || met.known.id == "x11";
            if !is_store || met.one.answer.value().is_some_and(|answer| answer.open.is_some()) {
                continue;
            }
            // One that turns us away turns others away too.
            if met.reach == Reach::Some || met.one.answer.is_refused() {
                continue;
            }
            let fix = ask_or_bind(&met);
            found
                .at(met.place())
                .severity(weigh(Severity::High, met.reach))
                .confidence(Confidence::Tentative)
                .title(format!("{} may obey whoever reaches it", capital(met.known.name)))
                .benign(ANOTHER_PROGRAM)
                .benign("It asks for a password: whether it does could not be told without trying one.")
                .fix(format!("{}. To keep others out at once: {}.", capital(&fix), met.close()))
                .see(met.id, met.evidence());
        }
    },
};

/// The setting that keeps it for this computer and has it ask; of what is elsewhere the settings are not this computer's.
fn ask_or_bind(met: &Met<'_>) -> String {
    const ASK: &str = "have it ask who somebody is";
    match (met.bind(), &met.one.sent_on) {
        (Some(bind), Some(sent_on)) if !sent_on.here => format!("{bind}, and {ASK}"),
        (Some(bind), _) => bind,
        (None, _) => ASK.to_owned(),
    }
}

/// A sentence begins with a capital, but not with one that a word of a program does not have.
fn capital(text: &str) -> String {
    let (first, rest) = text.split_at(text.chars().next().map_or(0, char::len_utf8));
    let is_word =
        text.split(' ').next().is_some_and(|word| word.bytes().all(|byte| byte.is_ascii_lowercase()));
    match is_word && text != "memcached" && text != "etcd" {
        true => first.to_uppercase() + rest,
        false => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use midwatch_model::{Outcome, Passage, ReasonKind};

    use super::*;
    use crate::testing::*;

    fn redis(open: Option<bool>, lets: Outcome<Passage>) -> Vec<Severity> {
        let service = listening_service("redis", |one| {
            one.answer = Outcome::seen(listening_answer("PING", "+PONG", open));
            one.gates[0].lets = lets;
        });
        Scene::empty().listening(vec![service]).severities(CHECK.id)
    }

    #[test]
    fn who_reaches_it_decides() {
        let only = || Outcome::seen(Passage::Only { sources: vec!["192.0.2.0/24".into()], more: 0 });
        let unknown = || Outcome::unmeasured(ReasonKind::Other, "it takes root's rights");
        assert_eq!(redis(Some(true), Outcome::seen(Passage::Everywhere)), [Severity::Critical]);
        assert_eq!(redis(Some(true), unknown()), [Severity::High]);
        assert_eq!(redis(Some(true), only()), [Severity::Medium]);
        assert!(redis(Some(true), Outcome::seen(Passage::Nowhere { told: false })).is_empty());
        assert!(redis(Some(false), Outcome::seen(Passage::Everywhere)).is_empty(), "it asks for a password");
    }

    #[test]
    fn what_could_not_be_asked_is_less_sure() {
        let scene = Scene::empty().listening(vec![listening_service("mongodb", |_| {})]);
        let found = scene.find(CHECK.id);
        assert_eq!((found[0].severity, found[0].confidence), (Severity::High, Confidence::Tentative));
        assert!(found[0].fix.summary.contains("bindIp"), "{:?}", found[0].fix);
        assert!(Scene::empty().listening(vec![]).find(CHECK.id).is_empty());
        assert!(Scene::empty().listening(vec![listening_service("ssh", |_| {})]).find(CHECK.id).is_empty());
    }
}
