//! Keys that are too small.

use midwatch_model::{AttackId::*, RejectionKind, Severity};

use super::support;
use crate::Check;
use crate::check::ON_PATH_OR_DNS;
use crate::fixes::Setting;
use crate::view::trust::rejections;

pub(crate) static CHECK: Check = Check {
    id: "cert-weak-key",
    title: "A certificate has a key that is too small",
    severity: Severity::Medium,
    says: "a certificate of {place} has a key that is too small",
    about: "Whoever can work out the private key from the public one is the server, or the authority. RSA keys of \
            512 bits take hours, 829 bits have been done, and 1024 bits are within reach of a state.",
    gain: "To be the site without any warning, and to read recorded connections that had no forward secrecy.",
    from: ON_PATH_OR_DNS,
    attacks: &[Impersonation, DnsSpoofing, IpHijacking],
    decided: "A certificate of the path other than a root. RSA and DSA below 1024 bits and elliptic curves below \
              160 bits are high; RSA below 2048, elliptic curves below 224 bits and any other DSA medium. High \
              where every store that was asked refuses the chain for it. The sibling name (www. added or taken \
              away) counts one step less.",
    benign: &[],
    fix: "Make a new key (ECDSA P-256, or RSA with 2048 bits or more), and get a certificate for that.",
    settings: &[Setting::ChainFile],
    source: "CA/Browser Forum Baseline Requirements 6.1.5; RFC 9325 4.5; NIST SP 800-57 part 1 rev. 5, table 2",
    find: |view, found| {
        support::find_rejected(view, found, &[RejectionKind::WeakKey], Severity::High);
        for chain in &view.chains {
            if rejections(chain.fact).iter().any(|reason| reason.kind == RejectionKind::WeakKey) {
                continue;
            }
            for (at, parsed) in support::of_path(chain.fact) {
                let Some(severity) = weakness(&parsed.key_algorithm, parsed.key_bits) else { continue };
                let what = format!(
                    "{}: its key is {} with {} bits",
                    support::which(chain.fact, at),
                    parsed.key_algorithm,
                    parsed.key_bits
                );
                found
                    .at(support::place(chain.fact))
                    .severity(support::at_host(view, &chain.fact.host.to_string(), severity))
                    .see(chain.id, what);
            }
        }
    },
};

/// How bad a key is; none where it is large enough, or of a kind whose sizes are not known here.
fn weakness(algorithm: &str, bits: u32) -> Option<Severity> {
    match algorithm {
        "RSA" | "DSA" if bits < 1024 => Some(Severity::High),
        "RSA" if bits < 2048 => Some(Severity::Medium),
        "DSA" => Some(Severity::Medium),
        "EC" if bits < 160 => Some(Severity::High),
        "EC" if bits < 224 => Some(Severity::Medium),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    fn key(algorithm: &str, bits: u32) -> Scene {
        Scene::sound().change_chain(|chain| {
            change_leaf(chain, |leaf| {
                leaf.key_algorithm = algorithm.into();
                leaf.key_bits = bits;
            });
        })
    }

    #[test]
    fn sizes_are_weighed() {
        for (algorithm, bits, severity) in [
            ("RSA", 512, Some(Severity::High)),
            ("RSA", 1024, Some(Severity::Medium)),
            ("RSA", 2047, Some(Severity::Medium)),
            ("RSA", 2048, None),
            ("EC", 192, Some(Severity::Medium)),
            ("EC", 224, None),
            ("EC", 256, None),
            ("Ed25519", 256, None),
            ("DSA", 2048, Some(Severity::Medium)),
            ("1.2.643.7.1.1.1.1", 256, None),
        ] {
            let severities = key(algorithm, bits).severities(CHECK.id);
            assert_eq!(severities.first().copied(), severity, "{algorithm} {bits}");
        }
        assert!(Scene::sound().find(CHECK.id).is_empty());
    }

    #[test]
    fn a_refusal_is_high() {
        let refused =
            key("RSA", 1024).change_chain(|chain| distrust(chain, RejectionKind::WeakKey, "1024 bits"));
        assert_eq!(refused.severities(CHECK.id), [Severity::High]);
        let unread = key("RSA", 1024)
            .change_chain(|chain| chain.certificates.iter_mut().for_each(|sent| sent.parsed = None));
        assert!(unread.find(CHECK.id).is_empty());
    }
}
