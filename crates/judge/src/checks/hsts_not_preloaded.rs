//! The first visit is not protected.

use midwatch_model::{AttackId::*, Severity};

use super::support;
use crate::Check;
use crate::check::ON_PATH_OR_DNS;
use crate::fixes::Setting;
use crate::view::HstsState;

pub(crate) static CHECK: Check = Check {
    id: "hsts-not-preloaded",
    title: "Browsers do not know the host before their first visit",
    severity: Severity::Info,
    says: "{place} is not on the browsers' preload list, so that a first visit may begin over plain http",
    about: "Strict-Transport-Security works from the second visit on: a browser has to have seen it once. The preload \
            list of the browsers names hosts for which that is so from the start.",
    gain: "The first visit of each browser, and the first after the policy has run out: it can be kept on plain http.",
    from: ON_PATH_OR_DNS,
    attacks: &[StrippingAndDowngrade, DnsSpoofing],
    decided: "The host sends a sound policy, and neither it nor a name above that includes those below is on the \
              bundled copy of Chromium's list. Low where the policy says preload: the owner believes the host to be \
              on it. The sibling name (www. added or taken away) is left out: the list takes whole domains.",
    benign: &[
        "The host may have been added after the day of the bundled list.",
        "A host for few people, or in a private network, has no place on a public list.",
    ],
    fix: "Send max-age=63072000; includeSubDomains; preload on the registrable domain, once every name below it answers \
          over https, and submit it at hstspreload.org. It takes months to reach browsers, and months to be taken back.",
    settings: &[Setting::Hsts],
    source: "RFC 6797 12.3 and 14.6; hstspreload.org",
    find: |view, found| {
        for seen in support::hsts_hosts(view).filter(|seen| seen.host == view.host) {
            let HstsState::Valid { id, url, value, hsts } = &seen.state else { continue };
            let Some(look_up) = view.not_preloaded(&seen.host) else { continue };
            if hsts.max_age == 0 || view.preloaded(&seen.host).is_some() {
                continue;
            }
            let severity = if hsts.preload { Severity::Low } else { Severity::Info };
            found
                .at(&seen.host)
                .severity(severity)
                .see(look_up.id, format!("no entry for it on the list of {}", look_up.fact.date))
                .see(id, format!("{url} sends {}", support::quoted(value)));
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    #[test]
    fn only_a_host_with_a_policy_that_was_looked_up_is_found() {
        let severities = |value, entry| Scene::sound().hsts(Some(value)).preload(entry).severities(CHECK.id);
        assert_eq!(severities("max-age=63072000", None), [Severity::Info]);
        assert_eq!(severities("max-age=63072000; includeSubDomains; preload", None), [Severity::Low]);
        assert_eq!(severities("max-age=63072000; preload", Some(("shop.example", false))), []);
        assert_eq!(severities("max-age=63072000", Some(("example", true))), []);
        assert_eq!(severities("max-age=0", None), []);
        // Without a look-up nothing is known.
        assert!(Scene::sound().hsts(Some("max-age=63072000")).find(CHECK.id).is_empty());
    }
}
