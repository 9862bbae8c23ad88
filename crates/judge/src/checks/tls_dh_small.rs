//! A small prime for Diffie-Hellman.

use midwatch_model::{AttackId::*, Severity};

use super::support;
use crate::Check;
use crate::check::ON_PATH;
use crate::fixes::Setting;

pub(crate) static CHECK: Check = Check {
    id: "tls-dh-small",
    title: "Diffie-Hellman uses a prime that is too small",
    severity: Severity::Medium,
    says: "{place} uses Diffie-Hellman with a prime that is too small",
    about: "The keys of such a connection rest on how hard it is to take logarithms modulo the prime. For 512 bits \
            that takes minutes, 768 bits have been done, and 1024 bits are within reach of a state (Logjam).",
    gain: "The keys of each connection that uses it, also of those that were recorded.",
    from: ON_PATH,
    attacks: &[Eavesdropping, StrippingAndDowngrade, IpHijacking],
    decided: "The prime that the server sent with a DHE suite, leading zeros left out: below 1024 bits high, below \
              2048 bits medium.",
    benign: &[],
    fix: "Use a named group of 2048 bits or more (ffdhe2048, RFC 7919), or leave DHE suites out altogether: \
          hardly anybody of today needs them.",
    settings: &[Setting::ModernTls],
    source: "RFC 9325 4.5; RFC 7919; CVE-2015-4000 (Logjam)",
    find: |view, found| {
        for accepted in support::accepted(view) {
            for suite in &accepted.facts.suites {
                let Some(dh) = suite.dh.as_ref().filter(|dh| dh.bits < 2048) else { continue };
                let severity = if dh.bits < 1024 { Severity::High } else { Severity::Medium };
                let (at, version) = (accepted.at, accepted.version);
                found.at(view.endpoint_name()).severity(severity).see(
                    accepted.id,
                    format!("{at} sends a prime of {} bits with {} in {version}", dh.bits, suite.name),
                );
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
    fn the_thresholds_are_1024_and_2048() {
        for (bits, severity) in [
            (512, Some(Severity::High)),
            (1023, Some(Severity::High)),
            (1024, Some(Severity::Medium)),
            (2047, Some(Severity::Medium)),
            (2048, None),
        ] {
            assert_eq!(with(bits, None).first().copied(), severity, "{bits}");
        }
        assert!(Scene::sound().find(CHECK.id).is_empty());
        assert!(Scene::sound().change_tls(silence).find(CHECK.id).is_empty());
    }
}
