//! The first redirect leaves the host.

use midwatch_model::{AttackId::*, Severity};

use crate::Check;
use crate::check::ON_PATH_OR_DNS;
use crate::fixes::Setting;
use crate::view::{FirstHop, first_hop};

pub(crate) static CHECK: Check = Check {
    id: "redirect-off-host",
    title: "The first redirect leaves the host before it can set HSTS",
    severity: Severity::Low,
    says: "{place} redirects to another host first, so that browsers learn nothing about the name that was typed",
    about: "Plain http redirects straight to https on another host, for example from the bare name to www. The browser \
            learns the HSTS policy of that other host, and never one for the name that the visitor typed: every visit \
            begins in the clear again.",
    gain: "The first request of every visit, not of the very first one alone, to answer in the site's stead.",
    from: ON_PATH_OR_DNS,
    attacks: &[StrippingAndDowngrade],
    decided: "The first answer of a way in over http redirects to https on another host, and no HSTS policy that was met on \
              the way covers the first host (its own, or a parent's with includeSubDomains).",
    benign: &[],
    fix: "Redirect to https on the same host first, send HSTS there, and then redirect to the other host.",
    settings: &[Setting::HttpsRedirect, Setting::Hsts],
    source: "hstspreload.org, requirement 2; Mozilla Observatory, redirection (-5)",
    find: |view, found| {
        for entry in &view.entries {
            let Ok(start) = url::Url::parse(&entry.fact.start) else { continue };
            let Some(FirstHop::Redirect { to: Some(to), .. }) = first_hop(entry.fact) else { continue };
            let host = start.host_str().unwrap_or_default();
            if start.scheme() != "http" || to.scheme() != "https" || to.host_str() == Some(host) {
                continue;
            }
            // What the browser learns on the way: policies of the hosts that this chain visits over https.
            let learnt =
                entry.fact.hops.iter().filter_map(|hop| url::Url::parse(&hop.exchange.url).ok()).any(|hop| {
                    let visited = hop.host_str().unwrap_or_default();
                    hop.scheme() == "https"
                        && view.hsts_policy(visited).is_some_and(|policy| {
                            visited == host
                                || policy.include_sub_domains
                                    && midwatch_fields::set_cookie::domain_match(host, visited)
                        })
                });
            if !learnt {
                found.at(&entry.fact.start).see(entry.id, format!("{} redirects to {to}", entry.fact.start));
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::EntryKind;

    use super::*;
    use crate::testing::*;

    fn over(to: &str, hsts: &str) -> Scene {
        Scene::sound().entry_instead(
            EntryKind::Http,
            &[
                ("http://shop.example/", redirect(to)),
                (to, reply(200, &[("strict-transport-security", hsts)])),
            ],
        )
    }

    #[test]
    fn to_www_first_is_found() {
        assert_eq!(over("https://www.shop.example/", HSTS).severities(CHECK.id), [Severity::Low]);
        assert!(over("https://shop.example/", HSTS).find(CHECK.id).is_empty());
        assert!(Scene::sound().find(CHECK.id).is_empty());
    }

    #[test]
    fn a_parent_that_includes_subdomains_is_enough() {
        let from_www = Scene::sound().entry_instead(
            EntryKind::SiblingHttp,
            &[
                ("http://www.shop.example/", redirect("https://shop.example/")),
                ("https://shop.example/", reply(200, &[("strict-transport-security", HSTS)])),
            ],
        );
        assert!(from_www.find(CHECK.id).is_empty());
        assert_eq!(from_www.hsts(Some("max-age=63072000")).find(CHECK.id).len(), 1);
        let unmeasured =
            Scene::sound().entry_instead(EntryKind::Http, &[("http://shop.example/", timeout())]);
        assert!(unmeasured.find(CHECK.id).is_empty());
    }
}
