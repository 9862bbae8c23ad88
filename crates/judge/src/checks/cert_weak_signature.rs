//! Certificates signed with SHA-1 or MD5.

use midwatch_model::{AttackId::*, RejectionKind, Severity};

use super::support;
use crate::Check;
use crate::check::ON_PATH_OR_DNS;
use crate::fixes::Setting;
use crate::view::trust::rejections;

pub(crate) static CHECK: Check = Check {
    id: "cert-weak-signature",
    title: "A certificate is signed with a hash that can be forged",
    severity: Severity::High,
    says: "a certificate of {place} is signed with a hash that can be forged",
    about: "Two certificates with the same MD5, and for somebody with the means with the same SHA-1, can be made: \
            an authority signs the harmless one, and its signature fits the other as well.",
    gain: "A certificate for any name, for somebody who can make such a pair.",
    from: ON_PATH_OR_DNS,
    attacks: &[Impersonation, DnsSpoofing, IpHijacking],
    decided: "A certificate of the path other than a root is signed with SHA-1, MD5 or older. High where the chain \
              is refused for it, and for MD5 and older; medium for SHA-1 in a chain that a store trusts. What a \
              root, or a certificate with a root's name and key, is signed with does not matter. The sibling name (www. added or taken away) counts one step \
              less.",
    benign: &[],
    fix: "Get a certificate that is signed with SHA-256 or better, with the chain that belongs to it.",
    settings: &[Setting::ChainFile],
    source: "CA/Browser Forum Baseline Requirements 7.1.3.2; RFC 6194 (SHA-1); RFC 6151 (MD5)",
    find: |view, found| {
        support::find_rejected(view, found, &[RejectionKind::WeakSignature], Severity::High);
        for chain in &view.chains {
            if rejections(chain.fact).iter().any(|reason| reason.kind == RejectionKind::WeakSignature) {
                continue;
            }
            for (at, parsed) in support::of_path(chain.fact) {
                let Some(severity) = weakness(&parsed.signature_algorithm).filter(|_| !parsed.self_signed)
                else {
                    continue;
                };
                let what = format!(
                    "{} is signed with {}",
                    support::which(chain.fact, at),
                    parsed.signature_algorithm
                );
                found
                    .at(support::place(chain.fact))
                    .severity(support::at_host(view, &chain.fact.host.to_string(), severity))
                    .see(chain.id, what);
            }
        }
    },
};

/// How bad a signature algorithm is; none where nothing is known against its hash.
fn weakness(algorithm: &str) -> Option<Severity> {
    let name = algorithm.to_ascii_lowercase();
    let has = |hash: &str| name.contains(hash);
    // The last is ecdsa-with-SHA1.
    let sha1 = has("sha1") || has("sha-1") || name == "1.2.840.10045.4.1";
    match () {
        () if has("md5") || has("md4") || has("md2") => Some(Severity::High),
        () if sha1 => Some(Severity::Medium),
        () => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    fn signed(with: &str) -> Scene {
        Scene::sound().change_chain(|chain| change_leaf(chain, |leaf| leaf.signature_algorithm = with.into()))
    }

    #[test]
    fn the_hash_decides() {
        assert_eq!(signed("sha1WithRSAEncryption").severities(CHECK.id), [Severity::Medium]);
        assert_eq!(signed("ecdsa-with-SHA1").severities(CHECK.id), [Severity::Medium]);
        assert_eq!(signed("md5WithRSAEncryption").severities(CHECK.id), [Severity::High]);
        for sound in ["sha256WithRSAEncryption", "ecdsa-with-SHA384", "Ed25519", "rsassa-pss"] {
            assert!(signed(sound).find(CHECK.id).is_empty(), "{sound}");
        }
        assert!(Scene::sound().find(CHECK.id).is_empty());
    }

    #[test]
    fn every_certificate_below_an_anchor_counts() {
        let issuer = Scene::sound().change_chain(|chain| {
            if let Some(issuer) = chain.certificates[1].parsed.as_mut() {
                issuer.signature_algorithm = "sha1WithRSAEncryption".into();
            }
        });
        assert_eq!(issuer.severities(CHECK.id), [Severity::Medium]);
        // A cross-certificate of a root for old clients.
        let anchored = issuer.change_chain(|chain| chain.shape.anchor_sent = Some(1));
        assert!(anchored.find(CHECK.id).is_empty());
    }

    #[test]
    fn a_refusal_is_high_and_a_root_does_not_count() {
        let refused = signed("sha1WithRSAEncryption").change_chain(|chain| {
            distrust(chain, RejectionKind::WeakSignature, "it is signed with sha1WithRSAEncryption");
        });
        assert_eq!(refused.severities(CHECK.id), [Severity::High]);
        let root = Scene::sound().change_chain(|chain| {
            if let Some(top) = chain.certificates.last_mut().and_then(|top| top.parsed.as_mut()) {
                top.signature_algorithm = "sha1WithRSAEncryption".into();
                top.self_signed = true;
            }
        });
        assert!(root.find(CHECK.id).is_empty());
        let unread = signed("sha1WithRSAEncryption")
            .change_chain(|chain| chain.certificates.iter_mut().for_each(|sent| sent.parsed = None));
        assert!(unread.find(CHECK.id).is_empty());
    }
}
