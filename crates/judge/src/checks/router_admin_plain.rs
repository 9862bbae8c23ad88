//! The router's pages come over plain http.

use midwatch_model::{AttackId::*, Confidence, RouterAnswer, Severity, Station};

use crate::Check;

pub(crate) static CHECK: Check = Check {
    id: "router-admin-plain",
    title: "The router asks for its password over plain http",
    severity: Severity::Low,
    says: "{place} asks for its password over plain http",
    about: "Whoever has the router's password decides which resolver every computer of the network asks, and which way \
            its packets go.",
    gain: "The router's password: whoever is on this network, and can get between, reads it while it is typed.",
    from: &[Station::Wifi, Station::Router],
    attacks: &[Eavesdropping, DnsSpoofing, IpHijacking],
    decided: "One GET / was sent to the default gateway over http and one over https, without a name or a password. Low \
              where the answer over http asks for a password (a field for it, or status 401 with WWW-Authenticate) and \
              does not lead to https. Information where a page came without one: it may put its field there by a script, \
              which was not run, or be behind a redirect, which was not followed. A port that is closed, and no answer, \
              are no finding.",
    benign: &[
        "A page without a login, such as one that a server on this computer's host shows.",
        "A sign-in page of a network that is not yours: its router is its owner's business.",
    ],
    fix: "Reach the router by https, or by a cable, and switch its http off where it can be. Change its password where \
          it was typed on a network that others use. 'midwatch here --router-password' tells whether a password is one \
          that everybody tries first.",
    settings: &[],
    source: "RFC 7617 4; BSI TR-03148 (secure broadband routers)",
    find: |view, found| {
        for seen in &view.here.routers {
            let Some(plain) = seen.fact.plain.value() else { continue };
            if plain.leads_to.as_deref().is_some_and(|to| to.starts_with("https://")) {
                continue;
            }
            let place = format!("http://{}/", host(seen.fact.gateway));
            let https = match &seen.fact.tls {
                tls if tls.is_seen() => "https answers too",
                tls if tls.is_refused() => "https is closed",
                _ => "whether https answers is not known",
            };
            let status = plain.status;
            if let Some(how) = asks(plain) {
                found.at(place).see(
                    seen.id,
                    format!("expected a redirect to https, observed {status} with {how}; {https}"),
                );
            } else if (200..400).contains(&status) {
                let lead =
                    plain.leads_to.as_deref().map(|to| format!(", which leads to {to}")).unwrap_or_default();
                found
                    .at(place)
                    .severity(Severity::Info)
                    .confidence(Confidence::Tentative)
                    .title("The router shows a page over plain http")
                    .see(seen.id, format!("expected a redirect to https, observed {status}{lead}; {https}"));
            }
        }
    },
};

fn asks(answer: &RouterAnswer) -> Option<String> {
    match answer.asks_with.as_slice() {
        [] if answer.has_password => Some("a field for a password".into()),
        [] => None,
        schemes => Some(format!("WWW-Authenticate: {}", schemes.join(", "))),
    }
}

fn host(gateway: std::net::IpAddr) -> String {
    match gateway {
        std::net::IpAddr::V4(address) => address.to_string(),
        std::net::IpAddr::V6(address) => format!("[{address}]"),
    }
}

#[cfg(test)]
mod tests {
    use midwatch_model::Outcome;

    use super::*;
    use crate::testing::*;

    fn with(change: impl FnOnce(&mut RouterAnswer)) -> Vec<Severity> {
        let scene = Scene::empty().router(|page| {
            let mut answer = page.plain.value().cloned().expect("an answer");
            answer.leads_to = None;
            answer.status = 200;
            change(&mut answer);
            page.plain = Outcome::seen(answer);
        });
        scene.severities(CHECK.id)
    }

    #[test]
    fn a_login_over_http_is_found() {
        assert_eq!(with(|answer| answer.has_password = true), [Severity::Low]);
        let digest = |answer: &mut RouterAnswer| {
            (answer.status, answer.asks_with) = (401, vec!["digest".into()]);
        };
        assert_eq!(with(digest), [Severity::Low]);
        // A field is worth nothing where the page leads on to https at once.
        let leads = |answer: &mut RouterAnswer| {
            (answer.has_password, answer.leads_to) = (true, Some("https://192.168.1.1/".into()));
        };
        assert!(with(leads).is_empty());
    }

    #[test]
    fn a_page_without_a_login_is_worth_knowing() {
        assert_eq!(with(|_| {}), [Severity::Info]);
        let elsewhere = |answer: &mut RouterAnswer| {
            (answer.status, answer.leads_to) = (302, Some("http://192.168.1.1/login".into()));
        };
        assert_eq!(with(elsewhere), [Severity::Info]);
        assert!(with(|answer| answer.status = 404).is_empty());
        assert!(with(|answer| answer.status = 503).is_empty());
    }

    #[test]
    fn https_a_closed_port_and_silence_are_no_finding() {
        assert!(Scene::here_local().find(CHECK.id).is_empty());
        assert!(
            Scene::empty().router(|page| page.plain = Outcome::refused("closed")).find(CHECK.id).is_empty()
        );
        assert!(Scene::empty().router(|page| page.plain = timeout()).find(CHECK.id).is_empty());
    }
}
