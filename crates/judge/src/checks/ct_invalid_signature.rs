//! A timestamp that its log never gave.

use midwatch_model::{AttackId::*, Severity, TimestampSignature};

use super::support;
use crate::Check;
use crate::check::ON_PATH_OR_DNS;
use crate::view::trust::public_store;

pub(crate) static CHECK: Check = Check {
    id: "ct-invalid-signature",
    title: "A timestamp in the certificate is not the log's",
    severity: Severity::High,
    says: "a timestamp in the certificate of {place} is not signed by its log",
    about: "A log signs that it will enter a certificate. Here a signature is there and is wrong: the log never \
            promised this certificate. It was copied from another, or made up.",
    gain: "To pass programs that count timestamps without verifying them, with a certificate that is in no log.",
    from: ON_PATH_OR_DNS,
    attacks: &[Impersonation],
    decided: "The bundled list has the log's key, and the signature over the certificate as it was before its \
              timestamps went in does not verify with it. Only chains that a public root programme trusts.",
    benign: &["A mistake of the authority: it changed the certificate after the logs had signed it."],
    fix: "Compare the certificate with the one on the server, and tell the authority.",
    settings: &[],
    source: "RFC 6962 3.2",
    find: |view, found| {
        for chain in &view.chains {
            let (Some(all), Some(_)) = (&chain.fact.transparency, public_store(chain.fact)) else { continue };
            let invalid = all.timestamps.iter().filter(|one| one.signature == TimestampSignature::Invalid);
            let logs: Vec<&str> = invalid.map(|one| one.name.as_deref().unwrap_or(&one.log)).collect();
            if !logs.is_empty() {
                let detail =
                    format!("{}: not signed by {}", support::which(chain.fact, 0), support::names(&logs));
                found.at(support::place(chain.fact)).see(chain.id, detail);
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::{LogState, Timestamp, TimestampSource, Transparency};

    use super::*;
    use crate::testing::*;

    fn signed(signature: TimestampSignature) -> Scene {
        Scene::sound().change_chain(|chain| {
            let timestamp = Timestamp {
                from: TimestampSource::Certificate,
                log: "aa".into(),
                name: Some("Example 2027h1".into()),
                operator: Some("Example".into()),
                state: Some(LogState::Usable),
                time: Some(time("2026-10-25T00:00:00Z")),
                signature,
            };
            let list = "2026-11-01T00:00:00Z".into();
            chain.transparency = Some(Transparency { list, timestamps: vec![timestamp] });
        })
    }

    #[test]
    fn wrong_signatures_alone_are_found() {
        assert_eq!(signed(TimestampSignature::Invalid).severities(CHECK.id), [Severity::High]);
        for other in
            [TimestampSignature::Valid, TimestampSignature::UnknownLog, TimestampSignature::UnknownIssuer]
        {
            assert!(signed(other).find(CHECK.id).is_empty(), "{other:?}");
        }
        assert!(Scene::sound().find(CHECK.id).is_empty());
    }
}
