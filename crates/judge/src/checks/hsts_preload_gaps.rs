//! It asks for the preload list and does not qualify.

use midwatch_fields::hsts::PreloadGap;
use midwatch_model::{AttackId::*, Severity};

use super::support;
use crate::Check;
use crate::check::ON_PATH_OR_DNS;
use crate::view::HstsState;

pub(crate) static CHECK: Check = Check {
    id: "hsts-preload-gaps",
    title: "The policy says preload and does not meet the rules of the list",
    severity: Severity::Low,
    says: "the HSTS policy of {place} says preload, and the preload list would refuse it",
    about: "preload asks the makers of browsers to build the host into their list of hosts that are met over https \
            alone, which protects the very first visit. Where the policy misses a rule of the list, the host is \
            refused or taken off.",
    gain: "The very first visit of every browser, which the site believes to be protected.",
    from: ON_PATH_OR_DNS,
    attacks: &[StrippingAndDowngrade],
    decided: "The policy has preload, and max-age is below 31,536,000 s or includeSubDomains is missing. The \
              redirects and the names below, which other rules are about, are not looked at.",
    benign: &[],
    fix: "Send max-age=63072000; includeSubDomains; preload, once every name below the host answers over https, or \
          take preload away.",
    settings: &[],
    source: "hstspreload.org, requirement 4",
    find: |view, found| {
        for seen in support::hsts_hosts(view) {
            let HstsState::Valid { id, url, value, hsts } = &seen.state else { continue };
            let gaps: Vec<&str> = hsts
                .preload_gaps()
                .into_iter()
                .filter_map(|gap| match gap {
                    PreloadGap::ShortMaxAge => Some("max-age is below 31536000"),
                    PreloadGap::NoIncludeSubDomains => Some("includeSubDomains is missing"),
                    PreloadGap::NoPreload => None,
                })
                .collect();
            // The list takes whole domains; what a www. name says of preload has no effect.
            if hsts.preload && hsts.max_age > 0 && !gaps.is_empty() && !seen.host.starts_with("www.") {
                let what = format!("{url} sends {}: {}", support::quoted(value), support::names(&gaps));
                found.at(&seen.host).see(id, what);
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    #[test]
    fn only_a_policy_that_asks_is_measured() {
        let severities = |value| Scene::sound().hsts(Some(value)).severities(CHECK.id);
        assert_eq!(severities("max-age=31535999; includeSubDomains; preload"), [Severity::Low]);
        assert_eq!(severities("max-age=63072000; preload"), [Severity::Low]);
        assert!(severities("max-age=31536000; includeSubDomains; preload").is_empty());
        assert!(severities("max-age=300").is_empty());
        assert!(Scene::sound().find(CHECK.id).is_empty());
        let silent = Scene::empty().page("https://shop.example/", timeout(), |_| {});
        assert!(silent.find(CHECK.id).is_empty());
    }
}
