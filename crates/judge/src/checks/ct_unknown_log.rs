//! Publicly trusted, with timestamps of logs that nobody lists.

use midwatch_model::{AttackId::*, Confidence, Severity, TimestampSignature};

use super::support;
use crate::Check;
use crate::check::ON_PATH_OR_DNS;
use crate::ct_policy::is_old;
use crate::view::trust::public_store;
use crate::words;

pub(crate) static CHECK: Check = Check {
    id: "ct-unknown-log",
    title: "The certificate's timestamps are all of logs that the browsers' list does not have",
    severity: Severity::Medium,
    says: "the timestamps of the certificate of {place} are all of logs that nobody lists",
    about: "A timestamp is worth as much as the log that signed it. Anybody can run a log of their own and sign with \
            its key: a certificate that was issued in secret can bring such timestamps, and looks logged to whoever \
            counts them without asking which log it is.",
    gain: "To be the site towards programs that do not look at logs, without the owner ever learning of it.",
    from: ON_PATH_OR_DNS,
    attacks: &[Impersonation, DnsSpoofing, IpHijacking],
    decided: "A chain that a public root programme trusts, with timestamps of which none can be verified, since the \
              bundled list of logs has none of these logs. Tentative. Low where the list is older than 70 days, the \
              age beyond which Chrome does not enforce its policy either. One step less at the sibling name.",
    benign: &["The logs are newer than the bundled list, whose date the evidence names."],
    fix: "Look whether a newer release of midwatch knows the logs. Where it does not, compare the certificate's \
          fingerprint with the one on the server; where they differ, somebody is in between.",
    settings: &[],
    source: "RFC 6962 3.2; Chrome's Certificate Transparency policy",
    find: |view, found| {
        for chain in &view.chains {
            let (Some(all), Some(store)) = (&chain.fact.transparency, public_store(chain.fact)) else {
                continue;
            };
            let unknown = |signature| signature == TimestampSignature::UnknownLog;
            if all.timestamps.is_empty() || !all.timestamps.iter().all(|one| unknown(one.signature)) {
                continue;
            }
            let severity = if is_old(all, view.now) { Severity::Low } else { Severity::Medium };
            let what = format!(
                "{} is trusted in {store}'s programme, and the list of {} has none of the logs of its {}",
                support::which(chain.fact, 0),
                all.list,
                words::count(all.timestamps.len(), "timestamp")
            );
            found
                .at(support::place(chain.fact))
                .severity(support::of_trust(view, &chain.fact.host.to_string(), severity))
                .confidence(Confidence::Tentative)
                .see(chain.id, what);
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::{Timestamp, TimestampSource, Transparency};

    use super::*;
    use crate::testing::*;

    fn with(list: &str, signatures: &[TimestampSignature]) -> Vec<Severity> {
        let one = |&signature| Timestamp {
            from: TimestampSource::Certificate,
            log: "07".into(),
            name: None,
            operator: None,
            state: None,
            time: Some(time("2026-10-25T00:00:00Z")),
            signature,
        };
        let scene = Scene::sound().change_chain(|chain| {
            let timestamps = signatures.iter().map(one).collect();
            chain.transparency = Some(Transparency { list: list.into(), timestamps, not_looked: vec![] });
        });
        scene.severities(CHECK.id)
    }

    #[test]
    fn logs_that_nobody_lists_prove_nothing() {
        use TimestampSignature::{UnknownLog, Valid};
        // The scene's moment is 2026-11-24.
        assert_eq!(with("2026-11-02", &[UnknownLog, UnknownLog]), [Severity::Medium]);
        assert_eq!(with("2026-11-02T08:00:00Z", &[UnknownLog]), [Severity::Medium]);
        assert_eq!(with("2026-09-01", &[UnknownLog]), [Severity::Low]);
        assert_eq!(with("", &[UnknownLog]), [Severity::Low]);
        assert!(with("2026-11-02", &[UnknownLog, Valid]).is_empty() && with("2026-11-02", &[]).is_empty());
        assert!(Scene::sound().find(CHECK.id).is_empty());
    }

    #[test]
    fn a_private_authority_need_not_log() {
        let scene = Scene::sound().change_chain(|chain| {
            chain.trust.iter_mut().for_each(|decision| decision.store = "given".into());
        });
        assert!(scene.find(CHECK.id).is_empty());
    }
}
