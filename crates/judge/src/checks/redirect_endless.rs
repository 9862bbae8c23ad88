//! A way in that leads nowhere.

use midwatch_model::{AttackId::*, EntryEnd, Severity};

use crate::Check;
use crate::check::ON_PATH_OR_DNS;

pub(crate) static CHECK: Check = Check {
    id: "redirect-endless",
    title: "A way in never arrives",
    severity: Severity::Low,
    says: "{place} never arrives at a page",
    about: "The redirects of a way in go round in a circle, are too many, or lead to something that is no http address. \
            Visitors who come that way look for another one, often over plain http.",
    gain: "Visitors who are used to trying again without the s of https.",
    from: ON_PATH_OR_DNS,
    attacks: &[StrippingAndDowngrade],
    decided: "A chain of redirects comes back to a URL with the same cookies, has more than 10 redirects, or ends at a \
              Location that is no http or https address.",
    benign: &["The site may treat programs that are no browsers differently."],
    fix: "Follow the chain hop by hop and take out the redirect that leads back. Behind a proxy that ends TLS, the \
          application has to be told of https (X-Forwarded-Proto), else it redirects for ever.",
    settings: &[],
    source: "Fetch standard, 4.4 (20 redirects); RFC 9110 15.4",
    find: |view, found| {
        for entry in &view.entries {
            let how = match &entry.fact.end {
                EntryEnd::Loop { url } => format!("the redirects come back to {url}"),
                EntryEnd::TooMany => "more than 10 redirects".to_owned(),
                EntryEnd::BadLocation { location } => format!("the Location {location} cannot be followed"),
                EntryEnd::Landed { .. } | EntryEnd::Failed => continue,
            };
            found.at(&entry.fact.start).see(entry.id, how);
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::EntryKind;

    use super::*;
    use crate::testing::*;

    #[test]
    fn a_circle_is_found() {
        let round = [("http://shop.example/", redirect("http://shop.example/"))];
        assert_eq!(Scene::empty().entry(EntryKind::Http, &round).find(CHECK.id).len(), 1);
        assert!(Scene::sound().find(CHECK.id).is_empty());
        let silent = Scene::empty().entry(EntryKind::Http, &[("http://shop.example/", timeout())]);
        assert!(silent.find(CHECK.id).is_empty());
    }
}
