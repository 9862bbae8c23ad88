//! What people have decided of host keys, put over what the sources say.

use midwatch_model::{HostKeyMet, HostKeyVerdict, HostKeys};
use midwatch_store::watch::TrustedHostKey;

/// The keys of a server as they stand with what people trust. A key that is trusted and that the server proved to hold is
/// verified, whatever was known before; a revoked one stays revoked.
pub(crate) fn applied(known: &HostKeys, trusted: &[TrustedHostKey]) -> HostKeys {
    let is_trusted = |fingerprint: &str| {
        trusted.iter().any(|key| key.server == known.name && key.fingerprint == fingerprint)
    };
    let mut known = known.clone();
    let mut is_any = false;
    for met in &mut known.keys {
        let counts = is_trusted(&met.key.fingerprint)
            && met.proof.value() == Some(&true)
            && met.verdict != HostKeyVerdict::Revoked;
        if counts {
            met.verdict = HostKeyVerdict::Verified;
            is_any = true;
        }
    }
    let has = |verdict| known.keys.iter().any(|met| met.verdict == verdict);
    if is_any && known.verdict != HostKeyVerdict::Revoked && !has(HostKeyVerdict::Revoked) {
        known.verdict =
            if has(HostKeyVerdict::Changed) { HostKeyVerdict::Changed } else { HostKeyVerdict::Verified };
    }
    known
}

/// The keys that can be trusted: the server proved that it holds them, and nobody vouches for them or revoked them.
pub(crate) fn to_decide(known: &HostKeys) -> impl Iterator<Item = &HostKeyMet> {
    let is_open = |met: &&HostKeyMet| {
        met.proof.value() == Some(&true)
            && !matches!(met.verdict, HostKeyVerdict::Verified | HostKeyVerdict::Revoked)
    };
    known.keys.iter().filter(is_open)
}

#[cfg(test)]
mod tests {
    use midwatch_model::{Fact, Outcome};

    use super::*;

    fn sample() -> HostKeys {
        let report = midwatch_report::sample::ssh().targets.remove(0);
        let facts = report.observations.into_iter().map(|one| one.fact);
        let known = facts
            .filter_map(|fact| if let Fact::HostKeys(known) = fact { Some(*known) } else { None })
            .next();
        known.expect("host keys")
    }

    fn trust(known: &HostKeys, at: usize) -> TrustedHostKey {
        TrustedHostKey {
            target: "git".into(),
            server: known.name.clone(),
            fingerprint: known.keys[at].key.fingerprint.clone(),
            key_type: known.keys[at].key.key_type.clone(),
            blob: known.keys[at].key.blob.clone(),
            by: "elizabeth".into(),
            at: crate::sample::now(),
        }
    }

    #[test]
    fn a_trusted_key_that_the_server_proved_is_verified() {
        let known = sample();
        assert_eq!(known.verdict, HostKeyVerdict::Changed);
        assert_eq!(applied(&known, &[]), known);
        let after = applied(&known, &[trust(&known, 0)]);
        assert_eq!(
            (after.verdict, after.keys[0].verdict),
            (HostKeyVerdict::Verified, HostKeyVerdict::Verified)
        );
    }

    #[test]
    fn what_is_only_shown_or_revoked_or_trusted_elsewhere_is_not() {
        let known = sample();
        let mut shown = known.clone();
        shown.keys[0].proof = Outcome::seen(false);
        assert_eq!(applied(&shown, &[trust(&known, 0)]).verdict, HostKeyVerdict::Changed);
        let mut revoked = known.clone();
        revoked.keys[0].verdict = HostKeyVerdict::Revoked;
        revoked.verdict = HostKeyVerdict::Revoked;
        assert_eq!(applied(&revoked, &[trust(&known, 0)]).verdict, HostKeyVerdict::Revoked);
        let elsewhere = TrustedHostKey { server: "other.example".into(), ..trust(&known, 0) };
        assert_eq!(applied(&known, &[elsewhere]), known);
    }

    #[test]
    fn another_key_that_has_changed_stays_a_change() {
        let mut known = sample();
        known.keys[1].verdict = HostKeyVerdict::Changed;
        assert_eq!(applied(&known, &[trust(&known, 0)]).verdict, HostKeyVerdict::Changed);
    }
}
