//! A timestamp that its log never gave.

use midwatch_model::{AttackId::*, Severity, Timestamp, TimestampSignature, TimestampSource};

use super::support;
use crate::Check;
use crate::check::ON_PATH_OR_DNS;
use crate::view::trust::public_store;

pub(crate) static CHECK: Check = Check {
    id: "ct-invalid-signature",
    title: "A timestamp of a log is not the log's",
    severity: Severity::High,
    says: "a timestamp that came with the certificate of {place} is not signed by its log",
    about: "A log signs that it will enter a certificate. Here a signature is there and is wrong: the log never \
            promised this certificate. It was copied from another, or made up. Within a certificate only the \
            authority can have put it there; in the TLS handshake it stands in a file of the server's.",
    gain: "To pass programs that count timestamps without verifying them, with a certificate that is in no log.",
    from: ON_PATH_OR_DNS,
    attacks: &[Impersonation],
    decided: "The bundled list has the log's key, and the signature over the certificate as it was before its \
              timestamps went in does not verify with it; for one in the TLS handshake or the OCSP answer, over the \
              certificate as it is. Medium where none of the wrong ones is within the certificate. Only chains that a \
              public root programme trusts.",
    benign: &[
        "A mistake of the authority: it changed the certificate after the logs had signed it.",
        "The server still sends the timestamps of the certificate before: they were not renewed with it.",
    ],
    fix: "Compare the certificate with the one on the server, and tell the authority. Renew or remove the file of \
          timestamps where the server sends one of its own.",
    settings: &[],
    source: "RFC 6962 3.2",
    find: |view, found| {
        for chain in &view.chains {
            let (Some(all), Some(_)) = (&chain.fact.transparency, public_store(chain.fact)) else { continue };
            let invalid: Vec<&Timestamp> =
                all.timestamps.iter().filter(|one| one.signature == TimestampSignature::Invalid).collect();
            if invalid.is_empty() {
                continue;
            }
            let said = |one: &&Timestamp| {
                let log = one.name.as_deref().unwrap_or(&one.log);
                format!("{log} ({})", support::place_of(one.from))
            };
            let logs: Vec<String> = invalid.iter().map(said).collect();
            let within = invalid.iter().any(|one| one.from == TimestampSource::Certificate);
            let detail = format!(
                "{}: not signed by {}",
                support::which(chain.fact, 0),
                support::names(&logs.iter().map(String::as_str).collect::<Vec<_>>())
            );
            found
                .at(support::place(chain.fact))
                .severity(if within { Severity::High } else { Severity::Medium })
                .see(chain.id, detail);
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::{LogState, Transparency};

    use super::*;
    use crate::testing::*;

    fn signed(signature: TimestampSignature) -> Scene {
        signed_in(TimestampSource::Certificate, signature)
    }

    fn signed_in(from: TimestampSource, signature: TimestampSignature) -> Scene {
        Scene::sound().change_chain(|chain| {
            let timestamp = Timestamp {
                from,
                log: "aa".into(),
                name: Some("Example 2027h1".into()),
                operator: Some("Example".into()),
                state: Some(LogState::Usable),
                time: Some(time("2026-10-25T00:00:00Z")),
                signature,
            };
            let list = "2026-11-01T00:00:00Z".into();
            chain.transparency = Some(Transparency { list, timestamps: vec![timestamp], not_looked: vec![] });
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

    #[test]
    fn one_beside_the_certificate_counts_less() {
        let found = signed_in(TimestampSource::Tls, TimestampSignature::Invalid).find(CHECK.id);
        assert_eq!(found[0].severity, Severity::Medium);
        assert!(found[0].evidence[0].detail.contains("the TLS handshake"), "{found:?}");
    }
}
