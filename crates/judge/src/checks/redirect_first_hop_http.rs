//! The first redirect stays on http.

use midwatch_model::{AttackId::*, Severity};

use crate::Check;
use crate::check::ON_PATH_OR_DNS;
use crate::fixes::Setting;
use crate::view::{FirstHop, first_hop, is_here};

pub(crate) static CHECK: Check = Check {
    id: "redirect-first-hop-http",
    title: "The first redirect leads to plain http again",
    severity: Severity::Medium,
    says: "{place} redirects to plain http first",
    about: "Plain http answers with a redirect to another http address before https is reached. Each hop in the clear is \
            one more that can be exchanged, and the host that was typed gets no chance to set HSTS.",
    gain: "One more answer in the clear to exchange for another.",
    from: ON_PATH_OR_DNS,
    attacks: &[StrippingAndDowngrade, HttpInjection],
    decided: "The first answer of a way in over http is a redirect to an http address. The same holds for a page that https \
              serves and http redirects to http. Not for addresses of this computer, to which nothing travels.",
    benign: &[],
    fix: "Redirect to https on the same host first, and from there to wherever the visitor belongs.",
    settings: &[Setting::HttpsRedirect],
    source: "hstspreload.org, requirement 2; Mozilla Observatory, redirection",
    find: |view, found| {
        for entry in &view.entries {
            if !entry.fact.start.starts_with("http:") || is_here(&entry.fact.start) {
                continue;
            }
            if let Some(FirstHop::Redirect { to: Some(to), .. }) = first_hop(entry.fact)
                && to.scheme() == "http"
            {
                found.at(&entry.fact.start).see(entry.id, format!("{} redirects to {to}", entry.fact.start));
            }
        }
        for answer in &view.plain {
            let start = &answer.fact.exchange.url;
            if let Some(next) = answer.fact.next.as_deref().filter(|next| next.starts_with("http:"))
                && !is_here(start)
                && !view.entries.iter().any(|entry| entry.fact.start == *start)
            {
                found.at(start).see(answer.id, format!("{start} redirects to {next}"));
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
    fn a_hop_in_the_clear_is_found() {
        let places: Vec<String> =
            Scene::weak().find(CHECK.id).into_iter().map(|finding| finding.place).collect();
        assert_eq!(places, ["http://www.shop.example/"]);
        let page = Scene::sound().plain("https://shop.example/a", redirect("http://shop.example/a/"));
        assert_eq!(page.find(CHECK.id).len(), 1);
        assert!(Scene::sound().find(CHECK.id).is_empty());
        let here = [("http://127.0.0.1:8080/", redirect("http://127.0.0.1:8080/login"))];
        assert!(Scene::sound().entry_instead(EntryKind::Http, &here).find(CHECK.id).is_empty());
        assert!(Scene::sound().plain("https://shop.example/a", timeout()).find(CHECK.id).is_empty());
    }
}
