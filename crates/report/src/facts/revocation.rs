//! What authorities said of a chain, each as a sentence.

use midwatch_model::{CertificateChain, OcspAnswer, OcspStatus, Outcome, RevocationAsked, RevocationSource};

use crate::words;

/// What was fetched to complete the chain.
pub(crate) fn fetched(chain: &CertificateChain) -> Vec<String> {
    let mut lines = Vec::new();
    for issuer in chain.completed.iter().flat_map(|completed| &completed.issuers) {
        lines.push(match &issuer.certificate {
            Outcome::Seen { value } => {
                format!("Fetched from {}: {} (SHA-256 {}).", issuer.url, issuer.subject, value.sha256)
            }
            Outcome::Refused { how } => format!("{} was not given: {how}.", issuer.subject),
            Outcome::Unmeasured { why } => format!("{} was not fetched: {why}.", issuer.subject),
        });
    }
    lines
}

/// What was said of revocation.
pub(crate) fn lines(chain: &CertificateChain) -> Vec<String> {
    let mut lines = Vec::new();
    let Some(revocation) = &chain.revocation else { return lines };
    if let Some(staple) = &revocation.staple {
        lines.push(format!("The stapled answer: {}.", answer(staple)));
    }
    lines.extend(revocation.asked.iter().map(asked));
    lines
}

fn asked(asked: &RevocationAsked) -> String {
    let who = match asked.by {
        RevocationSource::Ocsp => "the responder at",
        RevocationSource::Crl => "the list at",
    };
    let says = match &asked.says {
        Outcome::Seen { value } => answer(value),
        Outcome::Refused { how } => format!("refused, {how}"),
        Outcome::Unmeasured { why } => format!("not measured, {why}"),
    };
    format!("Certificate {}, {who} {}: {says}.", asked.at + 1, asked.url)
}

fn answer(answer: &OcspAnswer) -> String {
    match answer {
        OcspAnswer::Verified { status, this_update, next_update } => {
            let status = match status {
                OcspStatus::Good => "not revoked".to_owned(),
                OcspStatus::Revoked { at, reason } => {
                    let reason = reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default();
                    format!("revoked since {at}{reason}")
                }
                OcspStatus::Unknown => "unknown to the authority".to_owned(),
            };
            let until = next_update.map(|end| format!(" to {}", words::day(end))).unwrap_or_default();
            format!("{status}, from {}{until}", words::day(*this_update))
        }
        OcspAnswer::Bad { why } => format!("proves nothing, {why}"),
        OcspAnswer::Unverified { why } => format!("could not be verified, {why}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_told_apart() {
        let time = |text: &str| text.parse().unwrap();
        let verified = |status| OcspAnswer::Verified {
            status,
            this_update: time("2026-11-20T00:00:00Z"),
            next_update: Some(time("2026-11-27T00:00:00Z")),
        };
        assert_eq!(
            answer(&verified(OcspStatus::Good)),
            "not revoked, from 20 November 2026 to 27 November 2026"
        );
        let status =
            OcspStatus::Revoked { at: time("2026-01-01T00:00:00Z"), reason: Some("superseded".into()) };
        assert!(answer(&verified(status)).starts_with("revoked since 2026-01-01T00:00:00Z (superseded)"));
        let bad = answer(&OcspAnswer::Bad { why: "a".into() });
        assert_ne!(bad, answer(&OcspAnswer::Unverified { why: "a".into() }));
    }
}
