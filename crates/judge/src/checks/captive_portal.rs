//! A sign-in page answers for every site.

use midwatch_model::{AttackId::*, Confidence, Severity, Station};

use crate::Check;
use crate::view::here::portal::portal;

pub(crate) static CHECK: Check = Check {
    id: "captive-portal",
    title: "This network answers plain http with a page of its own",
    severity: Severity::Low,
    says: "{place} answers plain http in the sites' stead",
    about: "Hotels, trains and cafés hold back everything until one has signed in on their page (captive portal). To \
            show it, they answer for every site that is asked over plain http, and some do so over https too, which is \
            why browsers warn. Until then, what comes over plain http is the network's and not the site's; and whoever \
            sets up a network with the same name can show such a page as well.",
    gain: "To show pages of theirs for whatever is opened over plain http, one that asks for the password of another \
           site among them.",
    from: &[Station::Wifi, Station::Router, Station::Network],
    attacks: &[HttpInjection],
    decided: "One GET / over plain http to each of --sites, no redirect followed. Certain where one answers with status \
              511, which no server of a site sends, or where sites of at least two domains answered and all of them \
              lead to private addresses. Firm where all of them lead to one and the same other site, or all answer with \
              the same page. Info and tentative where all pages merely have one title, or a single site alone answered \
              and leads to a private address. That one site leads elsewhere while others do not is its own doing, and \
              not found. Nothing is said of changes to pages, for which it takes an echo (--echo).",
    benign: &[
        "The network is one that asks everybody to sign in, and nobody means ill.",
        "The sites that were asked belong to one owner, who leads them all to the same place, or are parked at one \
         provider.",
    ],
    fix: "Click no certificate warning away for it. Follow the notice that the system shows, or open a page over \
          plain http on purpose, such as http://example.com/. Look that the sign-in page comes over https under \
          the operator's own name, and type in nothing but what belongs to this network. Then look again.",
    settings: &[],
    source: "RFC 6585 6; RFC 8952",
    find: |view, found| {
        let Some(portal) = portal(&view.here) else { return };
        let mut draft = found.at("this network").confidence(portal.confidence);
        if portal.confidence == Confidence::Tentative {
            draft = draft.severity(Severity::Info);
        }
        for (id, detail) in portal.evidence {
            draft = draft.see(id, detail);
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::{AttackId, Outcome, Verdict};

    use super::*;
    use crate::testing::*;

    fn confidence(scene: &Scene) -> Option<Confidence> {
        scene.find(CHECK.id).first().map(|finding| finding.confidence)
    }

    /// Two sites of two owners, each changed.
    fn both(change: impl Fn(&mut midwatch_model::PlainSiteAnswer)) -> Scene {
        Scene::here_local().plain_site("www.bank.example", &change).plain_site("shop.example", &change)
    }

    fn leading(to: &str) -> Scene {
        both(|answer| (answer.leads_to, answer.same_site) = (Some(to.into()), Some(false)))
    }

    #[test]
    fn sites_that_lead_to_themselves_are_no_portal() {
        assert_eq!(confidence(&both(|_| {})), None);
        let silent = Scene::here_local().plain_site_of("shop.example", timeout());
        let closed = silent.plain_site_of("bank.example", Outcome::refused("the port is closed"));
        assert_eq!(confidence(&closed), None);
    }

    #[test]
    fn status_511_alone_is_certain() {
        let scene = Scene::here_local()
            .plain_site("bank.example", |answer| (answer.status, answer.leads_to) = (511, None))
            .plain_site("shop.example", |_| {});
        assert_eq!(confidence(&scene), Some(Confidence::Certain));
        assert_eq!(scene.severities(CHECK.id), [Severity::Low]);
        assert_eq!(scene.find(CHECK.id)[0].evidence.len(), 1, "the one that says so");
    }

    #[test]
    fn all_of_them_have_to_lead_to_one_place() {
        assert_eq!(confidence(&leading("http://192.168.1.1/")), Some(Confidence::Certain));
        assert_eq!(confidence(&leading("https://login.hotspot.example/?u=1")), Some(Confidence::Firm));
        let elsewhere = |to: &str| {
            let to = to.to_owned();
            move |answer: &mut midwatch_model::PlainSiteAnswer| {
                (answer.leads_to, answer.same_site) = (Some(to.clone()), Some(false));
            }
        };
        let two = |first: &str, second: &str| {
            let scene = Scene::here_local().plain_site("bank.example", elsewhere(first));
            scene.plain_site("shop.example", elsewhere(second))
        };
        assert_eq!(
            confidence(&two("http://a.hotspot.example/", "http://b.hotspot.example/?x")),
            Some(Confidence::Firm)
        );
        assert_eq!(confidence(&two("https://bank.invalid/", "https://shop.invalid/")), None);
        let one = Scene::here_local().plain_site("bank.example", elsewhere("http://hotspot.example/"));
        assert_eq!(confidence(&one), None, "one site alone");
        assert_eq!(confidence(&one.clone().plain_site("shop.example", |_| {})), None, "and another does not");
        let www = one.plain_site("www.bank.example", elsewhere("http://hotspot.example/"));
        assert_eq!(confidence(&www), None, "two names of one site");
    }

    #[test]
    fn one_site_that_leads_to_a_private_address_is_a_hint() {
        let private = |answer: &mut midwatch_model::PlainSiteAnswer| {
            (answer.leads_to, answer.same_site) = (Some("http://10.0.0.1/".into()), Some(false));
        };
        let scene = Scene::here_local().plain_site("bank.example", private);
        assert_eq!(
            (confidence(&scene), scene.severities(CHECK.id)),
            (Some(Confidence::Tentative), vec![Severity::Info])
        );
        let own = Scene::here_local().plain_site("intranet.example", |answer| {
            private(answer);
            answer.address = "10.0.0.7:80".parse().expect("an address");
        });
        assert_eq!(confidence(&own), None, "a site within the same network");
        assert_eq!(confidence(&Scene::here_local().plain_site("10.0.0.7", private)), None);
    }

    #[test]
    fn the_same_page_for_different_sites_is_found_and_an_error_page_is_not() {
        let page = |status: u16, title: &str, digest: Option<&str>| {
            both(|answer| {
                (answer.status, answer.leads_to, answer.same_site) = (status, None, None);
                (answer.title, answer.body_sha256) = (Some(title.into()), digest.map(Into::into));
            })
        };
        assert_eq!(confidence(&page(200, "Welcome", Some("ab"))), Some(Confidence::Firm));
        assert_eq!(confidence(&page(200, "Welcome", None)), Some(Confidence::Tentative));
        assert_eq!(confidence(&page(403, "Just a moment...", Some("ab"))), None, "a provider's page");
        assert_eq!(confidence(&page(200, " ", None)), None);
    }

    #[test]
    fn it_is_a_weak_sign_for_plain_http() {
        let verdict = |scene: Scene| {
            let judged = scene.judge();
            judged.attacks.iter().find(|one| one.id == AttackId::HttpInjection).expect("a verdict").verdict
        };
        assert_eq!(verdict(leading("http://hotspot.example/")), Verdict::Partly);
        assert_eq!(verdict(both(|_| {})), Verdict::Unknown, "nothing is claimed without an echo");
    }
}
