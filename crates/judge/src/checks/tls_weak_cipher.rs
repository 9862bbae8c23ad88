//! Ciphers that can be opened.

use midwatch_model::{AttackId::*, Severity, Suite, TlsVersion};

use super::support;
use crate::Check;
use crate::check::ON_PATH;
use crate::fixes::Setting;

pub(crate) static CHECK: Check = Check {
    id: "tls-weak-cipher",
    title: "Ciphers that can be opened are accepted",
    severity: Severity::Medium,
    says: "{place} accepts ciphers that can be opened",
    about: "Single DES and the like have keys that can be tried one by one. RC4 gives away a little of what it \
            encrypts each time, enough for cookies that are sent very often. Ciphers with blocks of 64 bits (3DES, \
            IDEA, RC2) give away what repeats within some hundred gigabytes of one connection (SWEET32).",
    gain: "Cookies and passwords that are sent over and over in such a connection; with short keys all of it.",
    from: ON_PATH,
    attacks: &[Eavesdropping, StrippingAndDowngrade, IpHijacking],
    decided: "The server chose such a suite in SSL 3.0 or later. High: keys of 64 bits or fewer. Medium: RC4. \
              Blocks of 64 bits are medium where a version accepts nothing else, and low where it accepts other \
              ciphers too: browsers of today do not offer them, and somebody on the way cannot change which suite \
              two sound sides agree on.",
    benign: &["Clients of the years before 2010 may need 3DES."],
    fix: "Allow TLS 1.2 and 1.3 alone, with the suites of Mozilla's guideline.",
    settings: &[Setting::ModernTls],
    source: "RFC 7465 (RC4); RFC 9325 4.1; CVE-2016-2183 (SWEET32); NIST SP 800-131A rev. 2 (3DES)",
    find: |view, found| {
        for accepted in support::accepted(view) {
            if accepted.version < TlsVersion::Ssl3 {
                continue;
            }
            let suites = &accepted.facts.suites;
            let blocks_alone =
                accepted.facts.suites_incomplete.is_none() && suites.iter().all(support::is_small_block);
            for (is, severity, title) in [
                (
                    support::is_short_key as fn(&Suite) -> bool,
                    Severity::High,
                    "Ciphers with keys of 64 bits or fewer are accepted",
                ),
                (support::is_rc4, Severity::Medium, "RC4 is accepted"),
                (
                    support::is_small_block,
                    if blocks_alone { Severity::Medium } else { Severity::Low },
                    "Ciphers with blocks of 64 bits are accepted",
                ),
            ] {
                let names: Vec<&str> =
                    suites.iter().filter(|suite| is(suite)).map(|suite| suite.name.as_str()).collect();
                if !names.is_empty() {
                    let (at, version) = (accepted.at, accepted.version);
                    found
                        .at(view.endpoint_name())
                        .severity(severity)
                        .title(title)
                        .see(accepted.id, format!("{at} accepts {} in {version}", support::names(&names)));
                }
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    fn with(suites: &[&str]) -> Vec<Severity> {
        let scene = Scene::sound().change_tls(|tls| accept(tls, TlsVersion::Tls12, suites));
        scene.severities(CHECK.id)
    }

    #[test]
    fn ciphers_are_weighed() {
        let sound = "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256";
        assert_eq!(with(&[sound, "TLS_RSA_WITH_DES_CBC_SHA"]), [Severity::High]);
        assert_eq!(with(&[sound, "TLS_RSA_WITH_RC4_128_SHA"]), [Severity::Medium]);
        assert_eq!(with(&[sound, "TLS_RSA_WITH_3DES_EDE_CBC_SHA"]), [Severity::Low]);
        assert_eq!(with(&["TLS_RSA_WITH_3DES_EDE_CBC_SHA"]), [Severity::Medium]);
        assert!(with(&["TLS_RSA_EXPORT_WITH_RC4_40_MD5"]).is_empty());
        assert!(with(&["TLS_RSA_WITH_NULL_SHA"]).is_empty());
        assert!(with(&["TLS_RSA_WITH_AES_128_CBC_SHA"]).is_empty());
        assert!(Scene::sound().find(CHECK.id).is_empty());
        assert!(Scene::sound().change_tls(silence).find(CHECK.id).is_empty());
    }
}
