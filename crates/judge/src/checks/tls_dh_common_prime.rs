//! A small prime that many servers share.

use midwatch_model::{AttackId::*, Severity};

use super::support;
use crate::Check;
use crate::check::ON_PATH;
use crate::fixes::Setting;

pub(crate) static CHECK: Check = Check {
    id: "tls-dh-common-prime",
    title: "Diffie-Hellman uses a small prime that many servers share",
    severity: Severity::Medium,
    says: "{place} uses a prime of 1024 bits or fewer that many servers share",
    about: "Most of the work of breaking Diffie-Hellman is done once for each prime, after which every connection \
            of every server that uses it opens quickly. The primes of RFC 2409 came with so many programs that for \
            somebody with the means the work pays.",
    gain: "The keys of recorded connections, for somebody who has done the work for that prime before.",
    from: ON_PATH,
    attacks: &[Eavesdropping, StrippingAndDowngrade, IpHijacking],
    decided: "The prime that the server sent has 1024 bits or fewer, and is a well-known one. Larger shared \
              primes, such as ffdhe2048, are no finding: the work for one is out of reach.",
    benign: &[],
    fix: "Use a named group of 2048 bits or more (ffdhe2048, RFC 7919), or leave DHE suites out altogether.",
    settings: &[Setting::ModernTls],
    source: "CVE-2015-4000; Adrian et al., Imperfect Forward Secrecy, 2015",
    find: |view, found| {
        for accepted in support::accepted(view) {
            for suite in &accepted.facts.suites {
                let Some(dh) = suite.dh.as_ref().filter(|dh| dh.bits <= 1024) else { continue };
                let Some(name) = &dh.known_as else { continue };
                let (at, version) = (accepted.at, accepted.version);
                found
                    .at(view.endpoint_name())
                    .see(accepted.id, format!("{at} sends {name} with {} in {version}", suite.name));
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::{DhParameters, Outcome, TlsVersion};

    use super::*;
    use crate::testing::*;

    fn with(bits: u16, known_as: Option<&str>) -> Vec<Severity> {
        let scene = Scene::sound().change_tls(|tls| {
            accept(tls, TlsVersion::Tls12, &["TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"]);
            for result in &mut tls.versions {
                if let Outcome::Seen { value } = &mut result.support
                    && let Some(suite) = value.suites.first_mut()
                {
                    let known_as = known_as.map(str::to_owned);
                    suite.dh = Some(DhParameters { bits, prime_sha256: "aa".into(), known_as });
                }
            }
        });
        scene.severities(CHECK.id)
    }

    #[test]
    fn it_has_to_be_small_and_known() {
        assert_eq!(with(1024, Some("MODP 1024 (Oakley group 2, RFC 2409)")), [Severity::Medium]);
        assert!(with(1024, None).is_empty());
        assert!(with(2048, Some("ffdhe2048 (RFC 7919)")).is_empty());
        assert!(Scene::sound().find(CHECK.id).is_empty());
        assert!(Scene::sound().change_tls(silence).find(CHECK.id).is_empty());
    }
}
