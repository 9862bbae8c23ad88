//! There is no https.

use midwatch_model::{AttackId, EntryKind, Severity};

use crate::Check;
use crate::check::ON_PATH_OR_DNS;
use crate::fixes::Setting;
use crate::view::{FirstHop, first_hop};

pub(crate) static CHECK: Check = Check {
    id: "https-missing",
    title: "The site has no https",
    severity: Severity::Critical,
    says: "{place} shows pages over plain http, and nothing listens for https",
    about: "The site answers over plain http alone. Everything that its visitors read, type and receive goes in the clear.",
    gain: "Everything: each page can be read and changed, each password and cookie taken.",
    from: ON_PATH_OR_DNS,
    attacks: &[
        AttackId::Eavesdropping,
        AttackId::SessionHijacking,
        AttackId::HttpInjection,
        AttackId::StrippingAndDowngrade,
        AttackId::Impersonation,
        AttackId::DnsSpoofing,
        AttackId::IpHijacking,
    ],
    decided: "http answers with a page, and the port for https refuses connections. A time-out there is no proof.",
    benign: &["A firewall between here and the site may refuse the port for https."],
    fix: "Get a certificate (ACME, for example with certbot, or by Caddy itself), serve the site over https, and redirect \
          http to it.",
    settings: &[Setting::ChainFile, Setting::HttpsRedirect],
    source: "RFC 9110 4.2.2; W3C TAG, Securing the Web",
    find: |view, found| {
        let (Some(http), Some(https)) = (view.entry(EntryKind::Http), view.entry(EntryKind::Https)) else {
            return;
        };
        if first_hop(http.fact) == Some(FirstHop::Content) && first_hop(https.fact) == Some(FirstHop::Closed)
        {
            found
                .at(&http.fact.start)
                .see(http.id, format!("{} answers with a page", http.fact.start))
                .see(https.id, format!("nothing listens at {}", https.fact.start));
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    #[test]
    fn only_a_closed_port_counts() {
        let with = |https| {
            Scene::empty()
                .entry(EntryKind::Http, &[("http://shop.example/", reply(200, &[]))])
                .entry(EntryKind::Https, &[("https://shop.example/", https)])
        };
        assert_eq!(with(closed()).severities(CHECK.id), [Severity::Critical]);
        assert!(with(timeout()).find(CHECK.id).is_empty());
        assert!(Scene::weak().find(CHECK.id).is_empty());
    }
}
