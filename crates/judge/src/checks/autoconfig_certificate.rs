//! A document for programs of mail behind a certificate that is not trusted.

use midwatch_model::{AttackId::*, Severity};

use crate::Check;
use crate::check::ON_PATH_OR_DNS;

pub(crate) static CHECK: Check = Check {
    id: "autoconfig-certificate",
    title: "The document for programs of mail is behind a certificate that is not trusted",
    severity: Severity::Low,
    says: "programs refuse {place}, and may go on to plain http",
    about: "Programs that cannot fetch the document over https ask the next place, which may be plain http, or guess.",
    gain: "A program that is driven from https to plain http takes its servers from whoever is on the way.",
    from: ON_PATH_OR_DNS,
    attacks: &[StrippingAndDowngrade, EmailHijacking],
    decided: "A place that programs ask over https has a document, and its certificate is not trusted or names another host.",
    benign: &["A web server that answers for every name does so with one certificate."],
    fix: "Get a certificate that names the host from a public authority (ACME), or take the host's name out of the DNS.",
    settings: &[],
    source: "RFC 8314 5.2; RFC 9525 6",
    find: |view, found| {
        for seen in view.mail.documents() {
            if !seen.fact.plain && seen.fact.certificate.value() == Some(&false) {
                found
                    .at(&seen.fact.url)
                    .see(seen.id, "the certificate is not trusted, or names another host");
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    #[test]
    fn only_a_certificate_that_was_refused() {
        assert!(Scene::mail().autoconfig(|_| {}).find(CHECK.id).is_empty());
        let refused = Scene::mail().autoconfig(|one| one.certificate = midwatch_model::Outcome::seen(false));
        assert_eq!(refused.severities(CHECK.id), [Severity::Low]);
        assert!(Scene::mail().autoconfig(|one| one.certificate = timeout()).find(CHECK.id).is_empty());
    }
}
