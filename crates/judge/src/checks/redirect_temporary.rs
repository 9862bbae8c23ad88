//! The redirect to https is a temporary one.

use midwatch_model::{AttackId::*, Severity};

use crate::Check;
use crate::check::ON_PATH_OR_DNS;
use crate::fixes::Setting;
use crate::view::{FirstHop, first_hop};

pub(crate) static CHECK: Check = Check {
    id: "redirect-temporary",
    title: "The redirect to https is temporary",
    severity: Severity::Info,
    says: "{place} redirects to https for this time only",
    about: "A permanent redirect (301, 308) is remembered by browsers and search engines; a temporary one (302, 303, 307) \
            is asked for in the clear each time.",
    gain: "A few more first requests in the clear, where there is no HSTS.",
    from: ON_PATH_OR_DNS,
    attacks: &[StrippingAndDowngrade],
    decided: "The first answer of a way in over http redirects to https with 302, 303 or 307.",
    benign: &[],
    fix: "Use 301, or 308 where forms may be sent to the address.",
    settings: &[Setting::HttpsRedirect],
    source: "RFC 9110 15.4.2 and 15.4.9; RFC 6797 7.2",
    find: |view, found| {
        for entry in &view.entries {
            if let Some(FirstHop::Redirect { status, to: Some(to) }) = first_hop(entry.fact)
                && entry.fact.start.starts_with("http:")
                && to.scheme() == "https"
                && matches!(status, 302 | 303 | 307)
            {
                found.at(&entry.fact.start).see(entry.id, format!("status {status} to {to}"));
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::EntryKind;

    use super::*;
    use crate::testing::*;

    #[test]
    fn the_status_decides() {
        let with = |status| {
            let answer = reply(status, &[("location", "https://shop.example/")]);
            Scene::empty().entry(EntryKind::Http, &[("http://shop.example/", answer)])
        };
        assert_eq!(with(302).severities(CHECK.id), [Severity::Info]);
        assert!(with(301).find(CHECK.id).is_empty());
        assert!(with(308).find(CHECK.id).is_empty());
        let silent = Scene::empty().entry(EntryKind::Http, &[("http://shop.example/", timeout())]);
        assert!(silent.find(CHECK.id).is_empty());
    }
}
