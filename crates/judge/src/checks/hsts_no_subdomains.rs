//! The policy leaves out the names below.

use midwatch_model::{AttackId::*, Severity};

use super::support;
use crate::Check;
use crate::check::ON_PATH_OR_DNS;
use crate::fixes::Setting;
use crate::view::HstsState;

pub(crate) static CHECK: Check = Check {
    id: "hsts-no-subdomains",
    title: "The HSTS policy leaves out the names below the host",
    severity: Severity::Low,
    says: "the HSTS policy of {place} does not cover the names below it",
    about: "Without includeSubDomains the policy holds for the host alone. Any other name below it, even one that \
            does not exist, can be answered over plain http by whoever is on the way, and can set cookies that the \
            host itself then receives.",
    gain: "A name below the host over plain http: to show a page under the site's name, and to plant cookies.",
    from: ON_PATH_OR_DNS,
    attacks: &[StrippingAndDowngrade, SessionHijacking],
    decided: "The host has a policy without includeSubDomains, no policy of a name above covers it, and it is no \
              www. name: below those there is nothing as a rule.",
    benign: &["A name below the host may have to stay on plain http, inside a company for example."],
    fix: "Add includeSubDomains, once every name below the host answers over https.",
    settings: &[Setting::Hsts],
    source: "RFC 6797 6.1.2, 11.4 and 14.4",
    find: |view, found| {
        for seen in support::hsts_hosts(view) {
            let HstsState::Valid { id, url, value, hsts } = &seen.state else { continue };
            let wanted = hsts.max_age > 0 && !hsts.include_sub_domains && !seen.host.starts_with("www.");
            if wanted && !support::covered_from_above(view, &seen.host, 1) {
                found.at(&seen.host).see(id, format!("{url} sends {}", support::quoted(value)));
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    #[test]
    fn the_host_alone_is_found_once() {
        let scene = Scene::sound().hsts(Some("max-age=63072000"));
        assert_eq!(scene.severities(CHECK.id), [Severity::Low]);
        assert!(Scene::sound().find(CHECK.id).is_empty());
        for value in [None, Some("max-age=0"), Some("nonsense")] {
            assert!(Scene::sound().hsts(value).find(CHECK.id).is_empty());
        }
        let silent = Scene::empty().page("https://shop.example/", timeout(), |_| {});
        assert!(silent.find(CHECK.id).is_empty());
    }
}
