//! A stapled answer that proves nothing.

use midwatch_model::{AttackId::*, OcspAnswer, Severity};

use super::support;
use crate::Check;
use crate::check::ON_PATH_OR_DNS;

pub(crate) static CHECK: Check = Check {
    id: "ocsp-staple-bad",
    title: "The stapled OCSP answer proves nothing",
    severity: Severity::Low,
    says: "the OCSP answer that {place} staples proves nothing",
    about: "The server sends an answer about revocation with its certificate, but not one that its authority signed \
            for it. Firefox ends the connection; others do as if nothing had been sent.",
    gain: "A stolen certificate that was revoked goes on working.",
    from: ON_PATH_OR_DNS,
    attacks: &[Impersonation],
    decided: "The answer cannot be read, is about another certificate, or is signed neither by the issuer nor by a \
              certificate of the issuer's with the purpose OCSPSigning that is valid now. Medium where the \
              certificate demands a staple (RFC 7633).",
    benign: &["The certificate was renewed and the old answer is still in the server's cache."],
    fix: "Restart the server after a renewal. Where the answer comes from a file, fetch it anew.",
    settings: &[],
    source: "RFC 6960 3.2 and 4.2.2.2; RFC 6066 8",
    find: |view, found| {
        for chain in &view.chains {
            let staple = chain.fact.revocation.as_ref().and_then(|revocation| revocation.staple.as_ref());
            let Some(OcspAnswer::Bad { why }) = staple else { continue };
            let leaf = chain.fact.certificates.first().and_then(|leaf| leaf.parsed.as_ref());
            let demanded = leaf.is_some_and(|leaf| leaf.must_staple);
            found
                .at(support::place(chain.fact))
                .severity(if demanded { Severity::Medium } else { Severity::Low })
                .see(chain.id, format!("the answer stapled at {}: {why}", chain.fact.address));
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::Revocation;

    use super::*;
    use crate::testing::*;

    fn bad(must_staple: bool) -> Scene {
        Scene::sound().change_chain(|chain| {
            change_leaf(chain, |leaf| leaf.must_staple = must_staple);
            let staple = Some(OcspAnswer::Bad { why: "it is not an OCSP response".into() });
            chain.revocation = Some(Revocation { staple, ..Revocation::default() });
        })
    }

    #[test]
    fn it_is_worse_where_a_staple_is_demanded() {
        assert_eq!(bad(false).severities(CHECK.id), [Severity::Low]);
        assert_eq!(bad(true).severities(CHECK.id), [Severity::Medium]);
        assert!(Scene::sound().find(CHECK.id).is_empty());
    }
}
