//! A policy of MTA-STS with another media type than text/plain.

use midwatch_model::{AttackId::*, MtaStsFaultKind, Severity, Station};

use super::support;
use crate::Check;
use crate::fixes::Setting;

pub(crate) static CHECK: Check = Check {
    id: "mta-sts-media-type",
    title: "The policy of MTA-STS is not served as text/plain",
    severity: Severity::Medium,
    says: "senders that look at the media type do not take the policy at {place}",
    about: "Senders are told to look at the media type, so that a page which anybody may write to on the same host is not taken for a policy. \
            What is not text/plain is no policy for them.",
    gain: "Somebody between two servers can take STARTTLS away from senders that would have heeded the policy.",
    from: &[Station::Network],
    attacks: &[StrippingAndDowngrade, EmailHijacking],
    decided: "There is a record, and an address of mta-sts.DOMAIN answers with a Content-Type that is not text/plain, or with none.",
    benign: &["Some senders do not look, and take the policy."],
    fix: "Serve the file with Content-Type: text/plain.",
    settings: &[Setting::MtaStsPolicy],
    source: "RFC 8461 3.2",
    find: |view, found| {
        let Some(seen) = view.mail.mta_sts.filter(|seen| seen.fact.record.is_some()) else { return };
        for fetch in &seen.fact.fetches {
            if fetch.faults.iter().any(|fault| fault.kind == MtaStsFaultKind::MediaType) {
                let said = match &fetch.content_type {
                    Some(value) => support::quoted(value),
                    None => "no Content-Type".into(),
                };
                found.at(&fetch.url).see(seen.id, format!("{} sends {said}", fetch.address));
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::MtaStsFault;

    use super::*;
    use crate::testing::*;

    #[test]
    fn another_media_type_is_found() {
        assert!(Scene::mail().find(CHECK.id).is_empty());
        let html = Scene::mail().change_fetches(|fetch| {
            fetch.content_type = Some("text/html".into());
            fetch.faults = vec![MtaStsFault { kind: MtaStsFaultKind::MediaType, detail: "in words".into() }];
        });
        assert_eq!(html.severities(CHECK.id), [Severity::Medium]);
        assert!(html.find(CHECK.id)[0].evidence[0].detail.contains("\"text/html\""));
    }
}
