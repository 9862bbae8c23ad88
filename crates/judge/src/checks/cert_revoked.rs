//! The authority has taken the certificate back.

use midwatch_model::{AttackId::*, OcspAnswer, OcspStatus, Severity};

use super::support;
use crate::Check;
use crate::check::ON_PATH_OR_DNS;
use crate::fixes::Setting;

pub(crate) static CHECK: Check = Check {
    id: "cert-revoked",
    title: "The certificate is revoked",
    severity: Severity::Critical,
    says: "the certificate of {place} is revoked",
    about: "Its authority says that this certificate must not be used any more, most often because its key may be in \
            other hands.",
    gain: "Whoever has the key is the site, for every visitor whose browser does not ask about revocation.",
    from: ON_PATH_OR_DNS,
    attacks: &[Impersonation, DnsSpoofing, IpHijacking],
    decided: "An OCSP answer about the server's certificate, signed by its issuer or by whom that allows to, says \
              revoked. The sibling name (www. added or taken away) counts one step less.",
    benign: &["The certificate was replaced and the server not restarted."],
    fix: "Make a new key and get a new certificate for it. Find out why the old one was revoked.",
    settings: &[Setting::ChainFile],
    source: "RFC 5280 6.3; RFC 6960 2.2",
    find: |view, found| {
        for chain in &view.chains {
            let staple = chain.fact.revocation.as_ref().and_then(|revocation| revocation.staple.as_ref());
            if let Some(OcspAnswer::Verified { status: OcspStatus::Revoked { at }, .. }) = staple {
                found
                    .at(support::place(chain.fact))
                    .severity(support::at_host(view, &chain.fact.host.to_string(), Severity::Critical))
                    .see(chain.id, format!("{} is revoked since {at}", support::which(chain.fact, 0)));
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::Revocation;

    use super::*;
    use crate::testing::*;

    fn stapled(status: OcspStatus) -> Scene {
        Scene::sound().change_chain(|chain| {
            chain.revocation = Some(Revocation {
                staple: Some(OcspAnswer::Verified {
                    status: status.clone(),
                    this_update: time("2026-11-24T00:00:00Z"),
                    next_update: None,
                }),
            });
        })
    }

    #[test]
    fn revoked_is_critical_and_nothing_else_is_found() {
        let revoked = stapled(OcspStatus::Revoked { at: time("2026-11-01T00:00:00Z") });
        assert_eq!(revoked.severities(CHECK.id), [Severity::Critical]);
        for other in [OcspStatus::Good, OcspStatus::Unknown] {
            assert!(stapled(other).find(CHECK.id).is_empty());
        }
        assert!(Scene::sound().find(CHECK.id).is_empty());
    }
}
