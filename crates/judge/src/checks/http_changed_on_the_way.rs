//! Plain http that is read and changed between here and a far end.

use midwatch_model::{AttackId::*, Outcome, PlainEcho, Severity, Station};

use crate::Check;
use crate::words;

pub(crate) static CHECK: Check = Check {
    id: "http-changed-on-the-way",
    title: "Somebody between reads and changes plain http",
    severity: Severity::Medium,
    says: "plain http to {place} is changed on the way",
    about: "A request that was sent from here over plain http did not arrive as it was sent, or its answer did not come \
            back as it was sent. A program between reads HTTP, and writes it anew.",
    gain: "Everything that is sent over plain http: to read it, to change it, and to answer in the site's stead.",
    from: &[Station::Wifi, Station::Router, Station::Network],
    attacks: &[HttpInjection, Eavesdropping],
    decided: "An echo that the user runs (midwatch lab --echo, --echo HOST:PORT) says what reached it. High where the \
              body of its answer was changed. Medium where header lines were added, lost, written otherwise or \
              ordered otherwise, in the request or in the answer; a line of answer that was added counts as well. A \
              request with an odd method that does not come back at all proves nothing and is not found.",
    benign: &[
        "A proxy that this computer is set to use, or a cache of the provider.",
        "Security software on this computer that looks into web traffic.",
        "A reverse proxy in front of the echo.",
    ],
    fix: "Use https alone (HTTPS-Only in the browser). On a network that is not yours, a VPN keeps such programs out.",
    settings: &[],
    source: "RFC 9110 7.6 and 7.7; Netalyzr's and OONI's tests of header manipulation",
    find: |view, found| {
        for seen in &view.here.echoes {
            for (name, outcome) in
                [("a request", &seen.fact.request), ("a request with an odd method", &seen.fact.odd_request)]
            {
                let Outcome::Seen { value } = outcome else { continue };
                if value.is_untouched() {
                    continue;
                }
                let severity = if value.answer_changed { Severity::High } else { Severity::Medium };
                let what = format!("{name}: {}", words::and(&changes(value)));
                found.at(&seen.fact.endpoint).severity(severity).see(seen.id, what);
            }
        }
    },
};

/// Lines that one piece of evidence repeats.
const MAX_LINES: usize = 3;

fn changes(echo: &PlainEcho) -> Vec<String> {
    let lines = |what: &str, lines: &[String]| {
        (!lines.is_empty()).then(|| format!("{what}: {}", words::some(lines, MAX_LINES)))
    };
    let mut all: Vec<String> = [
        lines("lost on the way", &echo.lost),
        lines("added on the way", &echo.added),
        lines("added to the answer", &echo.answer_added),
    ]
    .into_iter()
    .flatten()
    .collect();
    if !echo.rewritten.is_empty() {
        all.push(format!("{} written otherwise", words::count(echo.rewritten.len(), "line")));
    }
    if echo.reordered {
        all.push("its lines arrived in another order".into());
    }
    if echo.answer_changed {
        all.push("the body of the answer was changed".into());
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    #[test]
    fn any_change_is_found_and_a_changed_body_is_worse() {
        let added = PlainEcho { added: vec!["Via: 1.1 proxy".into()], ..PlainEcho::default() };
        let found = Scene::echo(|echo| echo.request = Outcome::seen(added.clone())).find(CHECK.id);
        assert_eq!(found[0].severity, Severity::Medium);
        assert!(found[0].evidence[0].detail.contains("added on the way: Via: 1.1 proxy"));
        let body = PlainEcho { answer_changed: true, ..PlainEcho::default() };
        let scene = Scene::echo(|echo| echo.odd_request = Outcome::seen(body.clone()));
        assert_eq!(scene.severities(CHECK.id), [Severity::High]);
    }

    #[test]
    fn what_arrives_and_silence_are_not() {
        assert!(Scene::echo(|_| {}).find(CHECK.id).is_empty());
        assert!(Scene::echo(|echo| echo.request = timeout()).find(CHECK.id).is_empty());
    }
}
