//! Somebody else answers in the far end's stead.

use midwatch_model::{AttackId::*, Outcome, Severity, Station};

use super::support;
use crate::Check;

pub(crate) static CHECK: Check = Check {
    id: "echo-answered-by-another",
    title: "Somebody else answers plain http in the far end's stead",
    severity: Severity::Medium,
    says: "somebody else answers plain http to {place}",
    about: "A request for an echo got an answer that no echo gives: a page, or a redirect to one. Networks with a sign-in \
            page do so for everything that is asked over plain http until somebody signs in.",
    gain: "To show their own pages for everything that is asked over plain http, a sign-in page for another site among \
           them.",
    from: &[Station::Wifi, Station::Router, Station::Network],
    attacks: &[HttpInjection],
    decided: "An echo that the user runs was asked (--echo), and the answer lacks the lines that an echo sends.",
    benign: &[
        "A sign-in page of the network (captive portal).",
        "Something else listens where the echo was named.",
    ],
    fix: "Sign in to the network where it asks for it, and look again. Type nothing into such a page that belongs to \
          another site.",
    settings: &[],
    source: "RFC 8952; RFC 6585 6",
    find: |view, found| {
        for seen in &view.here.echoes {
            let refused = match &seen.fact.request {
                Outcome::Refused { how } => how,
                _ => continue,
            };
            found
                .at(&seen.fact.endpoint)
                .see(seen.id, format!("the answer was {}", support::quoted(refused)));
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    #[test]
    fn another_answer_is_found_and_silence_is_not() {
        let portal = || Outcome::refused("HTTP/1.1 302 Found; Location: http://portal.example/");
        let found = Scene::echo(|echo| echo.request = portal()).find(CHECK.id);
        assert!(found[0].evidence[0].detail.contains("portal.example"), "{:?}", found[0].evidence);
        assert!(Scene::echo(|echo| echo.request = timeout()).find(CHECK.id).is_empty());
        assert!(Scene::echo(|_| {}).find(CHECK.id).is_empty());
    }
}
