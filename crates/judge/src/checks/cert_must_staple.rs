//! A staple is promised and not sent.

use midwatch_model::{AttackId::*, Severity};

use super::support;
use crate::Check;
use crate::check::ON_PATH_OR_DNS;

pub(crate) static CHECK: Check = Check {
    id: "cert-must-staple",
    title: "The certificate demands a stapled answer that is not sent",
    severity: Severity::Medium,
    says: "the certificate of {place} demands a stapled OCSP answer, and none is sent",
    about: "The certificate says that the server always sends a fresh word from the authority that it is not \
            revoked (must-staple). Clients that honour this refuse the connection without one; for others, a \
            certificate that was stolen and revoked goes on working.",
    gain: "Visitors of clients that refuse click the warning away; to others a stolen certificate can be shown as \
           before.",
    from: ON_PATH_OR_DNS,
    attacks: &[Impersonation],
    decided: "The server's certificate has the TLS feature status_request, and at the address where it was met no \
              handshake that was asked for a staple brought one.",
    benign: &["nginx has no answer to staple until it has fetched one, after its first connections."],
    fix: "Switch stapling on (nginx: ssl_stapling on; Apache: SSLUseStapling on; Caddy does it by itself), or get \
          a certificate without the feature.",
    settings: &[],
    source: "RFC 7633; RFC 6066 8",
    find: |view, found| {
        for chain in &view.chains {
            let leaf = chain.fact.certificates.first().and_then(|leaf| leaf.parsed.as_ref());
            if !leaf.is_some_and(|leaf| leaf.must_staple) {
                continue;
            }
            let without = view.endpoints.iter().find(|endpoint| {
                endpoint.fact.address == chain.fact.address
                    && endpoint.fact.sni == chain.fact.sni
                    && endpoint.fact.ocsp_staple.value() == Some(&false)
            });
            if let Some(endpoint) = without {
                found
                    .at(support::place(chain.fact))
                    .see(chain.id, format!("{} has must-staple", support::which(chain.fact, 0)))
                    .see(endpoint.id, format!("{} stapled nothing", endpoint.fact.address));
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::Outcome;

    use super::*;
    use crate::testing::*;

    fn with(stapled: Outcome<bool>) -> Vec<Severity> {
        let scene = Scene::sound()
            .change_chain(|chain| change_leaf(chain, |leaf| leaf.must_staple = true))
            .change_tls(|tls| tls.ocsp_staple = stapled.clone());
        scene.severities(CHECK.id)
    }

    #[test]
    fn a_promise_has_to_be_kept() {
        assert_eq!(with(Outcome::seen(false)), [Severity::Medium]);
        assert!(with(Outcome::seen(true)).is_empty());
        assert!(with(timeout()).is_empty());
        assert!(Scene::sound().find(CHECK.id).is_empty());
    }
}
