//! Handshakes signed with SHA-1 or MD5.

use midwatch_model::{AttackId::*, Severity};

use super::support;
use crate::Check;
use crate::check::ON_PATH;

pub(crate) static CHECK: Check = Check {
    id: "tls-weak-signature",
    title: "The server signs handshakes with SHA-1 or MD5",
    severity: Severity::Low,
    says: "{place} signs handshakes with SHA-1 or MD5",
    about: "The signature in the handshake is what ties the keys to the certificate. For MD5 and SHA-1 two texts \
            with the same hash can be made, for SHA-1 with some effort; made during a handshake, they would let \
            somebody in the middle use a signature of the server's for keys of their own (SLOTH).",
    gain: "To sit in the middle of a connection, for somebody who can make such a pair of texts within the \
           handshake.",
    from: ON_PATH,
    attacks: &[Impersonation, IpHijacking],
    decided: "In TLS 1.2 the server signed with a scheme of SHA-1 or MD5, though newer ones were offered before \
              it.",
    benign: &[],
    fix: "Renew the TLS library of the server; OpenSSL 3 signs with neither at its default security level.",
    settings: &[],
    source: "RFC 9155; RFC 9325 4.1",
    find: |view, found| {
        for accepted in support::accepted(view) {
            let names: Vec<&str> = accepted
                .facts
                .signature_schemes
                .iter()
                .map(String::as_str)
                .filter(|name| name.ends_with("_sha1") || name.ends_with("_md5"))
                .collect();
            if !names.is_empty() {
                let (at, version) = (accepted.at, accepted.version);
                let what = format!("{at} signs with {} in {version}", support::names(&names));
                found.at(view.endpoint_name()).see(accepted.id, what);
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::Outcome;

    use super::*;
    use crate::testing::*;

    fn with(name: &str) -> Vec<Severity> {
        let scene = Scene::sound().change_tls(|tls| {
            for result in &mut tls.versions {
                if let Outcome::Seen { value } = &mut result.support {
                    value.signature_schemes.push(name.into());
                }
            }
        });
        scene.severities(CHECK.id)
    }

    #[test]
    fn the_hash_decides() {
        assert_eq!(with("rsa_pkcs1_sha1"), [Severity::Low]);
        assert_eq!(with("rsa_md5"), [Severity::Low]);
        assert!(with("rsa_pss_rsae_sha256").is_empty());
        assert!(Scene::sound().find(CHECK.id).is_empty());
        assert!(Scene::sound().change_tls(silence).find(CHECK.id).is_empty());
    }
}
