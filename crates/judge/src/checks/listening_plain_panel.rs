//! Pages of administration come over plain http.

use midwatch_model::{AttackId::*, ServiceKind, ServiceProtection, Severity};

use super::listening_support::{ANOTHER_PROGRAM, FIREWALL_ELSEWHERE, met, weigh};
use crate::check::ON_PATH;
use crate::{Check, fixes};

pub(crate) static CHECK: Check = Check {
    id: "listening-plain-panel",
    title: "A panel answers over plain http",
    severity: Severity::High,
    says: "{place} shows a panel over plain http",
    about: "Panels have a port without TLS, or a setting that takes TLS away. Whoever logs in there, by a bookmark of old or \
            because somebody on the way kept them from https, gives the password of the whole server away.",
    gain: "The password of the server's administrator or of a customer, the session, and what it administers.",
    from: ON_PATH,
    attacks: &[Eavesdropping, SessionHijacking, HttpInjection, StrippingAndDowngrade],
    decided: "GET / in plain text, asked from this server, was answered with something else than a redirect to https or word \
              that TLS is wanted. High where everybody can reach it, medium where some can or it is not known. A panel's \
              port without TLS that did not answer is no finding.",
    benign: &[
        FIREWALL_ELSEWHERE,
        ANOTHER_PROGRAM,
        "A page that a script leads to https from: whoever is on the way takes the script out.",
    ],
    fix: "Have it answer with a redirect to https and nothing else, or close the port.",
    settings: &[],
    source: "RFC 9110, section 4.2.2; the panel's documentation, named with it in the table of services",
    find: |view, found| {
        for met in met(view) {
            let is_panel = matches!(met.known.kind, ServiceKind::Panel | ServiceKind::Control);
            let answered =
                met.one.answer.value().is_some_and(|answer| answer.protection == ServiceProtection::None);
            let is_open = met.one.answer.value().is_some_and(|answer| answer.open == Some(true));
            if !is_panel || !answered || is_open {
                continue;
            }
            let beside = met
                .known
                .beside
                .map_or(String::new(), |port| format!(" The same is at port {port} with TLS."));
            let fix = fixes::listening::encrypt(met.known.id).unwrap_or(CHECK.fix);
            found
                .at(met.place())
                .severity(weigh(Severity::High, met.reach))
                .confidence(met.confidence())
                .title(format!("{} answers over plain http", met.known.name))
                .fix(format!("{fix}.{beside} The port closes with: {}.", met.close()))
                .see(met.id, met.evidence());
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::{Outcome, ReasonKind};

    use super::*;
    use crate::testing::*;

    #[test]
    fn what_answers_in_plain_text() {
        let panel = |id: &str, protection| {
            let service = listening_service(id, |one| {
                let mut answer = listening_answer("GET /", "HTTP/1.1 200 OK", None);
                answer.protection = protection;
                one.answer = Outcome::seen(answer);
            });
            Scene::empty().listening(vec![service]).find(CHECK.id)
        };
        let found = panel("cpanel", ServiceProtection::None);
        assert_eq!(found[0].severity, Severity::High);
        assert!(found[0].fix.summary.contains("2083"), "{:?}", found[0].fix);
        assert_eq!(panel("webmin", ServiceProtection::None).len(), 1);
        assert!(panel("webmin", ServiceProtection::Tls).is_empty());
        assert!(panel("http", ServiceProtection::None).is_empty(), "sites have checks of their own");
        let silent = listening_service("cpanel", |one| {
            one.answer = Outcome::unmeasured(ReasonKind::Timeout, "no answer");
        });
        assert!(Scene::empty().listening(vec![silent]).find(CHECK.id).is_empty());
    }
}
