//! Versions of SSL and TLS that are prohibited or deprecated.

use midwatch_model::{AttackId::*, Severity, TlsVersion};

use super::support;
use crate::Check;
use crate::check::ON_PATH;
use crate::fixes::Setting;
use crate::words;

pub(crate) static CHECK: Check = Check {
    id: "tls-old-version",
    title: "A deprecated version of SSL or TLS is accepted",
    severity: Severity::Medium,
    says: "{place} accepts a version of SSL or TLS that is prohibited or deprecated",
    about: "SSL 2.0 and 3.0 are broken: DROWN and POODLE read what they encrypt, and with DROWN also what newer \
            versions encrypted with the same key. TLS 1.0 and 1.1 rest on MD5 and SHA-1, have no authenticated \
            encryption, and no browser of today offers them.",
    gain: "Old clients, and those that can be pushed back so far, speak a version that can be opened by somebody \
           who is patient.",
    from: ON_PATH,
    attacks: &[Eavesdropping, StrippingAndDowngrade, IpHijacking],
    decided: "A ServerHello of that version came in answer to a hello that offered it and nothing newer. SSL 2.0 \
              and 3.0 are high, TLS 1.0 and 1.1 medium. A version that could not be measured is no finding.",
    benign: &["Devices that cannot be renewed may need an old version, inside a company for example."],
    fix: "Allow TLS 1.2 and 1.3 alone, with the suites of Mozilla's guideline.",
    settings: &[Setting::ModernTls],
    source: "RFC 6176 (SSL 2.0); RFC 7568 (SSL 3.0); RFC 8996 and RFC 9325 3.1.1 (TLS 1.0 and 1.1)",
    find: |view, found| {
        let all = support::accepted(view);
        for (severity, versions) in [
            (Severity::High, [TlsVersion::Ssl2, TlsVersion::Ssl3]),
            (Severity::Medium, [TlsVersion::Tls10, TlsVersion::Tls11]),
        ] {
            let met: Vec<String> = versions
                .iter()
                .filter(|version| all.iter().any(|accepted| accepted.version == **version))
                .map(ToString::to_string)
                .collect();
            let verb = if met.len() == 1 { "is" } else { "are" };
            let title = format!("{} {verb} accepted", words::and(&met));
            for accepted in all.iter().filter(|accepted| versions.contains(&accepted.version)) {
                found
                    .at(view.endpoint_name())
                    .severity(severity)
                    .title(&title)
                    .see(accepted.id, format!("{} accepts {}", accepted.at, accepted.version));
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    #[test]
    fn versions_are_weighed() {
        let with = |version| {
            Scene::sound().change_tls(|tls| accept(tls, version, &["TLS_RSA_WITH_AES_128_CBC_SHA"]))
        };
        assert_eq!(with(TlsVersion::Ssl2).severities(CHECK.id), [Severity::High]);
        assert_eq!(with(TlsVersion::Ssl3).severities(CHECK.id), [Severity::High]);
        assert_eq!(with(TlsVersion::Tls10).severities(CHECK.id), [Severity::Medium]);
        let both = with(TlsVersion::Tls10)
            .change_tls(|tls| accept(tls, TlsVersion::Tls11, &["TLS_RSA_WITH_AES_128_CBC_SHA"]));
        let found = both.find(CHECK.id);
        assert_eq!(
            found.iter().map(|finding| finding.title.as_str()).collect::<Vec<_>>(),
            ["TLS 1.0 and TLS 1.1 are accepted"]
        );
        assert_eq!(found.first().map(|finding| finding.evidence.len()), Some(2));
        assert!(Scene::sound().find(CHECK.id).is_empty());
        assert!(Scene::sound().change_tls(silence).find(CHECK.id).is_empty());
    }
}
