//! No Strict-Transport-Security.

use midwatch_model::{AttackId::*, Severity};

use super::support;
use crate::Check;
use crate::check::ON_PATH_OR_DNS;
use crate::fixes::Setting;
use crate::view::HstsState;

pub(crate) static CHECK: Check = Check {
    id: "hsts-missing",
    title: "The host never tells browsers to use https alone",
    severity: Severity::High,
    says: "{place} answers over https and never sends Strict-Transport-Security",
    about: "Strict-Transport-Security (HSTS) tells a browser to go to this host over https alone, for as long as \
            it says, and to let nobody click a warning away. Without it, each visit that begins with http, from a \
            link, a bookmark or a name typed without a scheme, can be kept there.",
    gain: "The visit as a whole: the visitor is kept on plain http, while the site sees an ordinary https \
           connection.",
    from: ON_PATH_OR_DNS,
    attacks: &[SessionHijacking, HttpInjection, StrippingAndDowngrade, DnsSpoofing, IpHijacking],
    decided: "The host answered over https at least once, no answer had the header, and no policy of a name above \
              covers the host with includeSubDomains. The sibling name (www. added or taken away) counts as \
              medium, and as low where it answers with redirects alone. A host that is named by an address is left \
              out: HSTS does not work there (RFC 6797 8.1.1). A host on the browsers' preload list counts as low: they \
              use https all the same, until the list's keepers take a host off that does not send the header.",
    benign: &["A server in front of the site may answer programs otherwise than browsers."],
    fix: "Send Strict-Transport-Security with every answer over https, errors and redirects too. Before \
          includeSubDomains is sent, every name below the host has to answer over https.",
    settings: &[Setting::Hsts],
    source: "RFC 6797 7.1, 8.1 and 8.1.1; RFC 9325 3.2",
    find: |view, found| {
        for seen in support::hsts_hosts(view) {
            let HstsState::Missing { id, url } = &seen.state else { continue };
            if view.hsts_covers(&seen.host) {
                continue;
            }
            found
                .at(&seen.host)
                .severity(support::without_policy(view, &seen.host))
                .see(id, format!("{url} answers without Strict-Transport-Security"));
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::EntryKind;

    use super::*;
    use crate::testing::*;

    #[test]
    fn a_host_without_it_is_found_and_its_redirecting_sibling_counts_less() {
        let found = Scene::sound().hsts(None).find(CHECK.id);
        let seen: Vec<(&str, Severity)> =
            found.iter().map(|finding| (finding.place.as_str(), finding.severity)).collect();
        assert_eq!(seen, [("shop.example", Severity::High), ("www.shop.example", Severity::Low)]);
        assert!(Scene::sound().find(CHECK.id).is_empty());
    }

    #[test]
    fn a_sibling_with_pages_is_medium_and_a_policy_from_above_covers_it() {
        let with = |bare: &str| {
            Scene::empty()
                .page("https://shop.example/", reply(200, &[("strict-transport-security", bare)]), |_| {})
                .page("https://www.shop.example/", reply(200, &[]), |_| {})
        };
        assert_eq!(with("max-age=63072000").severities(CHECK.id), [Severity::Medium]);
        assert!(with(HSTS).find(CHECK.id).is_empty());
    }

    #[test]
    fn a_host_on_the_preload_list_counts_less() {
        let scene = Scene::sound().hsts(None).preload(Some(("shop.example", true)));
        assert_eq!(scene.severities(CHECK.id), [Severity::Low, Severity::Low]);
    }

    #[test]
    fn silence_is_no_absence() {
        let bare = "https://shop.example/";
        assert!(Scene::empty().entry(EntryKind::Https, &[(bare, timeout())]).find(CHECK.id).is_empty());
        assert!(Scene::empty().entry(EntryKind::Https, &[(bare, closed())]).find(CHECK.id).is_empty());
    }

    #[test]
    fn an_address_has_no_policy() {
        let target = midwatch_model::Target::Site {
            input: "192.0.2.7".into(),
            host: midwatch_model::Host::Address("192.0.2.7".parse().expect("an address")),
            https_port: 443,
            http_port: 80,
            path: "/".into(),
        };
        let scene = Scene::empty().entry(EntryKind::Https, &[("https://192.0.2.7/", reply(200, &[]))]);
        let observations = scene.observations();
        assert!(CHECK.run(&crate::View::new(&target, &observations, time(NOW))).is_empty());
    }
}
