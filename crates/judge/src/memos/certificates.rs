//! The certificates that a service shows, on all its addresses and to all kinds of clients. An address or a kind of key
//! that did not answer makes the list short, so that a certificate that is not met is no change; one that is new is.

use std::collections::BTreeMap;

use midwatch_model::{
    CertificateChain, CertificateMemo, Fact, Memo, Remembered, TimestampSignature, Transparency,
    TrustDecision,
};

use super::{by_place, set};
use crate::checks::support;

pub(super) fn memos(facts: &[&Fact]) -> Vec<Memo> {
    let mut found: BTreeMap<String, BTreeMap<String, CertificateMemo>> = BTreeMap::new();
    for fact in facts {
        if let Fact::CertificateChain(chain) = fact
            && let Some(memo) = leaf(chain)
        {
            let known = found.entry(support::place(chain)).or_default();
            match known.get_mut(&memo.sha256) {
                // Shown at several addresses, perhaps with other intermediates or timestamps: the best counts, since
                // that is what is known of the certificate.
                Some(known) => {
                    known.logged = best(known.logged, memo.logged);
                    known.public = best(known.public, memo.public);
                    known.trusted = best(known.trusted, memo.trusted);
                }
                None => {
                    known.insert(memo.sha256.clone(), memo);
                }
            }
        }
    }
    by_place(found, |all| Remembered::Certificates { certificates: set(all.into_values().collect()) })
}

fn best(a: Option<bool>, b: Option<bool>) -> Option<bool> {
    match (a, b) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (Some(false), _) | (_, Some(false)) => Some(false),
        _ => None,
    }
}

fn leaf(chain: &CertificateChain) -> Option<CertificateMemo> {
    let sent = chain.certificates.first()?;
    let leaf = sent.parsed.as_ref()?;
    let completed = chain.completed.iter().flat_map(|completed| &completed.trust);
    let trust: Vec<&TrustDecision> = chain.trust.iter().chain(completed).collect();
    let any = |of: &dyn Fn(&&&TrustDecision) -> bool| {
        let mut asked = trust.iter().filter(of).peekable();
        asked.peek()?;
        Some(asked.any(|decision| decision.trusted))
    };
    Some(CertificateMemo {
        sha256: sent.sha256.clone(),
        spki_sha256: leaf.spki_sha256.clone(),
        subject: leaf.subject.clone(),
        issuer: leaf.issuer.clone(),
        names: set(leaf.names.iter().map(|name| name.to_ascii_lowercase()).collect()),
        not_before: leaf.not_before,
        not_after: leaf.not_after,
        logged: chain.transparency.as_ref().and_then(logged),
        public: any(&|decision| decision.is_public()),
        trusted: any(&|_| true),
    })
}

/// Whether a known log vouches for a certificate. A log that the list lacks may be newer than the list, a place that was
/// not looked at may hold one, and an issuer that was not sent leaves a signature open: then it cannot be told.
fn logged(transparency: &Transparency) -> Option<bool> {
    let mut signatures = transparency.timestamps.iter().map(|timestamp| timestamp.signature);
    let open = transparency.timestamps.iter().any(|timestamp| {
        matches!(timestamp.signature, TimestampSignature::UnknownLog | TimestampSignature::UnknownIssuer)
    });
    match signatures.any(|signature| signature == TimestampSignature::Valid) {
        true => Some(true),
        false if open || !transparency.not_looked.is_empty() => None,
        false => Some(false),
    }
}
