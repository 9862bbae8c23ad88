//! One key in several certificates.

use std::collections::BTreeSet;

use midwatch_model::{AttackId::*, CertificateChain, ParsedCertificate, Severity};

use super::support;
use crate::Check;
use crate::check::ON_PATH_OR_DNS;

pub(crate) static CHECK: Check = Check {
    id: "cert-shared-key",
    title: "One key is in several certificates",
    severity: Severity::Low,
    says: "the key of {place} is in another certificate as well",
    about: "Whoever has the key of a certificate is the hosts that it names. Where two certificates for different \
            hosts share a key, the machine that is broken into first gives away both, and neither certificate says \
            so. A server whose key is an authority's as well can issue certificates.",
    gain: "With the key of one host: to be the other.",
    from: ON_PATH_OR_DNS,
    attacks: &[Impersonation],
    decided: "Among all chains that this run met for the target, at every address and under the name with and \
              without www., two different leaves have one key. Low where they have no name in common; info where \
              they have some, which is as a rule a renewal that kept its key. Medium where the leaf's key is also \
              that of an authority's certificate in its chain. Other targets of the run are not compared.",
    benign: &[
        "A renewal that keeps its key, met while some servers have the new certificate and some the old one.",
    ],
    fix: "Make a key of its own for every certificate, and a new one with every renewal.",
    settings: &[],
    source: "NIST SP 800-57 part 1 rev. 5, 5.2 and 5.3; CA/Browser Forum Baseline Requirements 4.9.1.1 (a key that is \
             known to others has its certificates revoked)",
    find: |view, found| {
        let mut told = BTreeSet::new();
        for (position, chain) in view.chains.iter().enumerate() {
            let Some((print, leaf)) = printed(chain.fact) else { continue };
            for other in view.chains.iter().skip(position + 1) {
                let Some((other_print, other_leaf)) = printed(other.fact) else { continue };
                if print == other_print || leaf.spki_sha256 != other_leaf.spki_sha256 {
                    continue;
                }
                let pair = if print < other_print { (print, other_print) } else { (other_print, print) };
                if !told.insert(pair) {
                    continue;
                }
                let common = leaf.names.iter().any(|name| other_leaf.names.contains(name));
                found
                    .at(support::place(chain.fact))
                    .severity(if common { Severity::Info } else { Severity::Low })
                    .see(chain.id, names(chain.fact, leaf))
                    .see(other.id, names(other.fact, other_leaf));
            }
            let of_authority = chain.fact.certificates.iter().enumerate().skip(1).find(|(_, sent)| {
                let parsed = sent.parsed.as_ref();
                sent.sha256 != print
                    && parsed.is_some_and(|parsed| parsed.is_ca && parsed.spki_sha256 == leaf.spki_sha256)
            });
            if let Some((at, _)) = of_authority {
                let what = format!("{} has the key of the server's own", support::which(chain.fact, at));
                found.at(support::place(chain.fact)).severity(Severity::Medium).see(chain.id, what);
            }
        }
    },
};

fn printed(chain: &CertificateChain) -> Option<(&str, &ParsedCertificate)> {
    let leaf = chain.certificates.first()?;
    Some((leaf.sha256.as_str(), leaf.parsed.as_ref()?))
}

fn names(chain: &CertificateChain, leaf: &ParsedCertificate) -> String {
    format!(
        "{} has the key {} and is for {}",
        support::which(chain, 0),
        short(&leaf.spki_sha256),
        support::names(&leaf.names)
    )
}

/// Enough of a fingerprint to tell keys apart.
fn short(fingerprint: &str) -> String {
    fingerprint.chars().take(16).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    /// The scene with a second chain at another address.
    fn second(change: impl Fn(&mut CertificateChain)) -> Scene {
        Scene::sound().chain(|chain| {
            chain.address = address("192.0.2.8:443");
            chain.certificates[0].sha256 = "0b".into();
            change(chain);
        })
    }

    #[test]
    fn names_decide_how_bad_it_is() {
        let renewed = second(|_| {});
        assert_eq!(renewed.severities(CHECK.id), [Severity::Info]);
        let other = second(|chain| change_leaf(chain, |leaf| leaf.names = vec!["bank.example".into()]));
        let found = other.find(CHECK.id);
        let [finding] = found.as_slice() else { panic!("one finding and not {found:?}") };
        assert_eq!((finding.severity, finding.evidence.len()), (Severity::Low, 2));
        assert!(finding.evidence[1].detail.ends_with("is for bank.example"), "{finding:?}");
    }

    #[test]
    fn one_certificate_everywhere_and_keys_of_their_own_are_sound() {
        assert!(Scene::sound().find(CHECK.id).is_empty());
        let same = second(|chain| chain.certificates[0].sha256 = "01".into());
        assert!(same.find(CHECK.id).is_empty());
        let own = second(|chain| change_leaf(chain, |leaf| leaf.spki_sha256 = "dd".into()));
        assert!(own.find(CHECK.id).is_empty());
        assert!(Scene::empty().find(CHECK.id).is_empty());
    }

    #[test]
    fn an_authoritys_key_is_worse() {
        let scene =
            Scene::sound().change_chain(|chain| change_leaf(chain, |leaf| leaf.spki_sha256 = "cc".into()));
        assert!(scene.find(CHECK.id).is_empty());
        let scene = scene.change_chain(|chain| {
            if let Some(issuer) = chain.certificates[1].parsed.as_mut() {
                issuer.spki_sha256 = "cc".into();
            }
        });
        assert_eq!(scene.severities(CHECK.id), [Severity::Medium]);
    }
}
