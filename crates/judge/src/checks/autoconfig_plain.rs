//! A document for programs of mail that is served over plain http.

use midwatch_model::{AttackId::*, Severity};

use super::support;
use crate::Check;
use crate::check::ON_PATH_OR_DNS;

pub(crate) static CHECK: Check = Check {
    id: "autoconfig-plain",
    title: "Programs of mail are set up by a document over plain http",
    severity: Severity::Medium,
    says: "whoever is on the way can change which servers {place} names",
    about: "Programs of mail ask a few places of the domain for a document that names the servers, and then send the password there. Over \
            plain http the answer is whoever's is on the way.",
    gain: "The password of whoever sets up a program: the document names the attacker's servers, or the right ones without TLS.",
    from: ON_PATH_OR_DNS,
    attacks: &[StrippingAndDowngrade, DnsSpoofing, IpHijacking, EmailHijacking],
    decided: "A place that programs ask answers over plain http with a document. Medium, since programs ask by https first, and \
              only while they are set up. A redirect is no document: programs follow it, and where it leads to https the plain \
              answer can still be forged, so that the place is best closed to plain http.",
    benign: &["Old programs ask by plain http alone."],
    fix: "Serve the document over https alone, at autoconfig.DOMAIN or below .well-known/autoconfig of the domain, and answer nothing over plain http.",
    settings: &[],
    source: "RFC 8314 5.2; Thunderbird, Autoconfiguration, \"Fetching the configuration\"",
    find: |view, found| {
        for seen in view.mail.documents().filter(|seen| seen.fact.plain) {
            let servers: Vec<&str> = seen
                .fact
                .document
                .value()
                .map(|document| document.servers.iter().map(|server| server.host.as_str()).collect())
                .unwrap_or_default();
            found.at(&seen.fact.url).see(seen.id, format!("it names {}", support::names(&servers)));
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::Outcome;

    use super::*;
    use crate::testing::*;

    #[test]
    fn only_a_document_over_plain_http() {
        assert!(Scene::mail().autoconfig(|_| {}).find(CHECK.id).is_empty());
        let plain = Scene::mail().autoconfig(|one| one.plain = true);
        assert_eq!(plain.severities(CHECK.id), [Severity::Medium]);
        let none = Scene::mail()
            .autoconfig(|one| (one.plain, one.document) = (true, Outcome::refused("status 404")));
        assert!(none.find(CHECK.id).is_empty());
    }
}
