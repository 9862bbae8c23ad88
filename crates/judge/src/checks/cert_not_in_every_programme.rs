//! Trusted by some browsers and not by others.

use midwatch_model::{AttackId::*, Severity};

use super::support;
use crate::Check;
use crate::check::ON_PATH_OR_DNS;
use crate::fixes::Setting;
use crate::view::trust::public_store;

pub(crate) static CHECK: Check = Check {
    id: "cert-not-in-every-programme",
    title: "Some browsers trust the certificate and others do not",
    severity: Severity::Medium,
    says: "the certificate of {place} is trusted in one root programme and not in another",
    about: "Each browser has its own list of authorities. Where one of them does not take the chain, its users see \
            a warning on every visit, and learn to click it away.",
    gain: "A visitor who clicks the site's own warning away clicks the attacker's away as well.",
    from: ON_PATH_OR_DNS,
    attacks: &[Impersonation],
    decided: "At least one public root programme trusts the chain, and at least one other does not. This \
              computer's own store and the anchors that were given do not count.",
    benign: &["The bundled list of a programme is older than the authority's entry."],
    fix: "Send the chain to a root that all programmes have: authorities offer a cross-certificate for that. Else \
          change the authority.",
    settings: &[Setting::ChainFile],
    source: "Mozilla Root Store Policy; Chrome Root Program Policy",
    find: |view, found| {
        for chain in &view.chains {
            let Some(trusting) = public_store(chain.fact) else { continue };
            for decision in chain.fact.trust.iter().filter(|one| one.is_public() && !one.trusted) {
                let why = decision.rejections.first().map_or("", |reason| reason.detail.as_str());
                found.at(support::place(chain.fact)).see(
                    chain.id,
                    format!("trusted in {trusting}'s programme, not in {}'s: {why}", decision.store),
                );
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::{CertificateChain, Rejection, RejectionKind, TrustDecision};

    use super::*;
    use crate::testing::*;

    fn refused_by(chain: &mut CertificateChain, store: &str) {
        chain.trust.push(TrustDecision {
            store: store.into(),
            trusted: false,
            rejections: vec![Rejection {
                kind: RejectionKind::UnknownRoot,
                at: 1,
                detail: "the chain ends in a root that is not in this store".into(),
                source: "RFC 5280 6.1.1 (d)".into(),
            }],
        });
    }

    #[test]
    fn programmes_that_differ_are_found() {
        let differ = Scene::sound().change_chain(|chain| refused_by(chain, "chrome"));
        assert_eq!(differ.severities(CHECK.id), [Severity::Medium]);
        assert!(Scene::sound().find(CHECK.id).is_empty());
        for local in ["system", "given"] {
            assert!(Scene::sound().change_chain(|chain| refused_by(chain, local)).find(CHECK.id).is_empty());
        }
    }

    #[test]
    fn a_chain_that_none_trusts_is_for_other_checks() {
        let none = Scene::sound().change_chain(|chain| {
            refused_by(chain, "chrome");
            distrust(chain, RejectionKind::UnknownRoot, "a root that is not in this store");
        });
        assert!(none.find(CHECK.id).is_empty());
    }
}
