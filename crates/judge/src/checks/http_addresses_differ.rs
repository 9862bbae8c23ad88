//! Addresses of one name that answer the same request differently.

use midwatch_fields::hsts;
use midwatch_model::{AddressAnswer, AttackId::*, EntryKind, Outcome, ReasonKind, Severity};

use crate::Check;
use crate::check::{Findings, ON_PATH_OR_DNS};
use crate::fixes::Setting;
use crate::view::{Seen, View, is_content};
use crate::words;

pub(crate) static CHECK: Check = Check {
    id: "http-addresses-differ",
    title: "The addresses of the name answer differently",
    severity: Severity::Low,
    says: "the addresses of {place} answer the same request differently",
    about: "A name with several addresses (IPv4 and IPv6, or several servers) is one site to its visitors, and which \
            of them answers is chance, or the choice of somebody on the way. The weakest of them decides what the site \
            is worth: often it is the IPv6 address, which a default configuration answers.",
    gain: "The site as its weakest address serves it: somebody on the way can make the other addresses unreachable.",
    from: ON_PATH_OR_DNS,
    attacks: &[
        Eavesdropping,
        SessionHijacking,
        HttpInjection,
        StrippingAndDowngrade,
        DnsSpoofing,
        IpHijacking,
    ],
    decided: "The same first request is sent to every address. High where one shows a page over plain http and another \
              does not; medium where one sends Strict-Transport-Security over https and another does not; low where \
              status or redirect differ otherwise. An address that could not be measured is left out.",
    benign: &[
        "A change of the configuration may be on its way from server to server.",
        "Servers may answer a country or a network differently.",
    ],
    fix: "Give every address the same configuration: for nginx and Apache, listen on IPv4 and IPv6 in the same server \
          block or VirtualHost, and let no default host answer in its place.",
    settings: &[Setting::HttpsRedirect, Setting::Hsts],
    source: "RFC 8305 (clients race the addresses of a name); RFC 6797 7.1",
    find: |view, found| {
        differences(view, found, EntryKind::Http, "shows a page", Severity::High, |answer| {
            answer.exchange.response.value().is_some_and(is_content)
        });
        differences(view, found, EntryKind::Https, "sends a policy of HSTS", Severity::Medium, |answer| {
            let field = answer.exchange.response.value();
            let field = field.and_then(|response| response.header("strict-transport-security").next());
            field.is_some_and(|value| hsts::parse(value).is_ok_and(|policy| policy.max_age > 0))
        });
        others(view, found, EntryKind::Http);
        others(view, found, EntryKind::Https);
    },
};

/// The answers of the addresses that could be measured. A closed port is an answer here.
fn measured<'v, 'a>(
    view: &'v View<'a>,
    kind: EntryKind,
) -> impl Iterator<Item = Seen<'a, AddressAnswer>> + 'v {
    let known = |answer: &Seen<'a, AddressAnswer>| match &answer.fact.exchange.response {
        Outcome::Unmeasured { why } => why.kind == ReasonKind::ConnectionRefused,
        Outcome::Seen { .. } | Outcome::Refused { .. } => true,
    };
    view.address_answers.iter().copied().filter(move |answer| answer.fact.entry == kind && known(answer))
}

fn differences(
    view: &View<'_>,
    found: &mut Findings,
    kind: EntryKind,
    what: &str,
    severity: Severity,
    does: impl Fn(&AddressAnswer) -> bool,
) {
    let (with, without): (Vec<_>, Vec<_>) = measured(view, kind).partition(|answer| does(answer.fact));
    let (Some(first), Some(other)) = (with.first(), without.first()) else { return };
    let of = |answers: &[Seen<'_, AddressAnswer>]| words::some(&names(answers), 5);
    found
        .at(&first.fact.exchange.url)
        .severity(severity)
        .see(first.id, format!("{} {what}", of(&with)))
        .see(other.id, format!("{} does not", of(&without)));
}

/// Other differences of status and redirect, where no worse one was told of the same request.
fn others(view: &View<'_>, found: &mut Findings, kind: EntryKind) {
    let mut said: Vec<(String, Seen<'_, AddressAnswer>)> = Vec::new();
    for answer in measured(view, kind) {
        let says = match (&answer.fact.exchange.response, &answer.fact.next) {
            (Outcome::Seen { value }, Some(next)) => format!("status {} to {next}", value.status),
            (Outcome::Seen { value }, None) => format!("status {}", value.status),
            (Outcome::Refused { how }, _) => how.clone(),
            (Outcome::Unmeasured { .. }, _) => "nothing listens".to_owned(),
        };
        if !said.iter().any(|(known, _)| *known == says) {
            said.push((says, answer));
        }
    }
    let Some((_, first)) = said.first() else { return };
    if said.len() < 2 || found.has(&first.fact.exchange.url) {
        return;
    }
    let mut draft = found.at(&first.fact.exchange.url);
    for (says, answer) in &said {
        draft = draft.see(answer.id, format!("{}: {says}", words::and(&names(&[*answer]))));
    }
}

fn names(answers: &[Seen<'_, AddressAnswer>]) -> Vec<String> {
    answers
        .iter()
        .map(|answer| answer.fact.exchange.address.map_or("an address".into(), |address| address.to_string()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    const PLAIN: &str = "http://shop.example/";
    const SECURE: &str = "https://shop.example/";

    fn two(kind: EntryKind, url: &str, first: Reply, second: Reply) -> Scene {
        Scene::sound().address_answer(kind, url, "192.0.2.7:80", first).address_answer(
            kind,
            url,
            "[2001:db8::7]:80",
            second,
        )
    }

    #[test]
    fn a_page_at_one_address_alone_is_found() {
        let scene = two(EntryKind::Http, PLAIN, redirect(SECURE), reply(200, &[]));
        let found = scene.find(CHECK.id);
        assert_eq!(found.iter().map(|finding| finding.severity).collect::<Vec<_>>(), [Severity::High]);
        assert!(
            found[0].evidence[0].detail.contains("[2001:db8::7]:80 shows a page"),
            "{:?}",
            found[0].evidence
        );
        assert_eq!(
            two(EntryKind::Http, PLAIN, closed(), reply(200, &[])).severities(CHECK.id),
            [Severity::High]
        );
    }

    #[test]
    fn a_policy_at_one_address_alone_is_found() {
        let with = reply(200, &[("strict-transport-security", HSTS)]);
        let scene = two(EntryKind::Https, SECURE, with.clone(), reply(200, &[]));
        assert_eq!(scene.severities(CHECK.id), [Severity::Medium]);
        assert!(two(EntryKind::Https, SECURE, with.clone(), with).find(CHECK.id).is_empty());
    }

    #[test]
    fn another_status_is_low_and_silence_is_no_difference() {
        let scene = two(EntryKind::Https, SECURE, reply(403, &[]), reply(404, &[]));
        assert_eq!(scene.severities(CHECK.id), [Severity::Low]);
        assert!(two(EntryKind::Http, PLAIN, redirect(SECURE), timeout()).find(CHECK.id).is_empty());
        assert!(Scene::sound().find(CHECK.id).is_empty());
    }
}
