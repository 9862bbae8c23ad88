//! Refused for some other reason.

use midwatch_model::{AttackId::*, RejectionKind, Severity};

use super::support;
use crate::Check;
use crate::check::ON_PATH_OR_DNS;
use crate::fixes::Setting;
use crate::view::trust::{rejections, trusting_store};

pub(crate) static CHECK: Check = Check {
    id: "cert-not-trusted",
    title: "The certificate is not trusted",
    severity: Severity::High,
    says: "the certificate of {place} is not trusted",
    about: "No trust store that was asked takes the chain. The evidence has the reason in the words of the \
            verifier.",
    gain: "Visitors who have learnt to click the warning away meet the same warning for a forged certificate, and \
           click that away too.",
    from: ON_PATH_OR_DNS,
    attacks: &[Impersonation, DnsSpoofing, IpHijacking],
    decided: "No trust store that was asked takes the chain, and the reason is that it was revoked, or one that no \
              other check is about. The sibling name (www. added or taken away) counts one step less.",
    benign: &[],
    fix: "Get a new certificate from a public authority (ACME).",
    settings: &[Setting::ChainFile],
    source: "RFC 5280 6.1",
    find: |view, found| {
        support::find_rejected(view, found, &[RejectionKind::Revoked, RejectionKind::Other], Severity::High);
        for chain in &view.chains {
            let asked = !chain.fact.trust.is_empty() && trusting_store(chain.fact).is_none();
            if asked && rejections(chain.fact).is_empty() {
                found
                    .at(support::place(chain.fact))
                    .severity(support::of_trust(view, &chain.fact.host.to_string(), Severity::High))
                    .see(chain.id, format!("{}: no reason was given", support::which(chain.fact, 0)));
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    #[test]
    fn no_refusal_is_left_out() {
        let with = |kind| Scene::sound().change_chain(|chain| distrust(chain, kind, "in words"));
        assert_eq!(with(RejectionKind::Other).severities(CHECK.id), [Severity::High]);
        assert_eq!(with(RejectionKind::Revoked).severities(CHECK.id), [Severity::High]);
        assert!(with(RejectionKind::Expired).find(CHECK.id).is_empty());
        let silent = Scene::sound()
            .change_chain(|chain| chain.trust.iter_mut().for_each(|decision| decision.trusted = false));
        assert_eq!(silent.severities(CHECK.id), [Severity::High]);
        assert!(Scene::sound().change_chain(|chain| chain.trust.clear()).find(CHECK.id).is_empty());
        assert!(Scene::sound().find(CHECK.id).is_empty());
    }
}
