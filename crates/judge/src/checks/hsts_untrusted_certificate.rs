//! A policy that no browser takes.

use midwatch_model::{AttackId::*, RejectionKind, Severity};

use super::support;
use crate::Check;
use crate::check::ON_PATH_OR_DNS;
use crate::view::trust::rejections;
use crate::view::{HstsState, Trust};
use crate::words;

pub(crate) static CHECK: Check = Check {
    id: "hsts-untrusted-certificate",
    title: "Browsers do not take the HSTS policy, since they refuse the certificate",
    severity: Severity::High,
    says: "browsers do not take the HSTS policy of {place}, since they refuse its certificate",
    about: "A browser takes a policy only over a connection without any warning. A visitor who clicks the warning \
            away learns no policy, and can be kept on plain http the next time.",
    gain: "The visit as a whole, as where the header is missing: visitors can be kept on plain http.",
    from: ON_PATH_OR_DNS,
    attacks: &[SessionHijacking, HttpInjection, StrippingAndDowngrade, DnsSpoofing, IpHijacking],
    decided: "The host sends a valid policy, and no trust store that was asked takes its certificate. Medium where \
              the only reason is an intermediate that was not sent, since many browsers have it or fetch it. The \
              sibling counts one step less.",
    benign: &[],
    fix: "Mend the certificate (see the finding about it); the header is sound.",
    settings: &[],
    source: "RFC 6797 8.1 (no underlying secure transport errors or warnings)",
    find: |view, found| {
        for seen in support::hsts_hosts(view) {
            let HstsState::Valid { id, url, hsts, .. } = &seen.state else { continue };
            let Trust::No { id: chain_id } = view.trust(&seen.host) else { continue };
            if hsts.max_age == 0 || view.hsts_covers(&seen.host) {
                continue;
            }
            let fetched = view.chains.iter().filter(|chain| chain.id == chain_id).all(|chain| {
                let reasons = rejections(chain.fact);
                !reasons.is_empty()
                    && reasons.iter().all(|reason| reason.kind == RejectionKind::MissingIntermediate)
            });
            let severity = if fetched { Severity::Medium } else { Severity::High };
            found
                .at(&seen.host)
                .severity(support::at_host(view, &seen.host, severity))
                .see(id, format!("{url} sends a policy of {}", words::duration(hsts.max_age)))
                .see(chain_id, "no trust store that was asked takes this chain");
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::Fact;

    use super::*;
    use crate::testing::*;

    #[test]
    fn a_refused_chain_takes_the_policy_with_it() {
        let with = |kind| Scene::sound().change_chain(|chain| distrust(chain, kind, "refused"));
        assert_eq!(with(RejectionKind::Expired).severities(CHECK.id), [Severity::High]);
        assert_eq!(with(RejectionKind::MissingIntermediate).severities(CHECK.id), [Severity::Medium]);
        assert!(with(RejectionKind::Expired).hsts(None).find(CHECK.id).is_empty());
        assert!(Scene::sound().find(CHECK.id).is_empty());
    }

    #[test]
    fn an_unknown_chain_is_no_refusal() {
        let unknown = Scene::sound().without(|fact| matches!(fact, Fact::CertificateChain(_)));
        assert!(unknown.find(CHECK.id).is_empty());
        assert!(Scene::sound().change_chain(|chain| chain.trust.clear()).find(CHECK.id).is_empty());
    }
}
