//! What browsers demand of a certificate's timestamps (RFC 6962), each policy as its browser states it.

use std::collections::BTreeSet;

use midwatch_model::{LogState, ParsedCertificate, Timestamp, TimestampSignature, TimestampSource};

/// Chrome's: <https://googlechrome.github.io/CertificateTransparency/ct_policy.html>, "CT-compliant
/// certificates". None where it is kept, else what is missing.
///
/// Embedded: one timestamp from a log that is accepted now; two from distinct logs that are or were accepted
/// where the certificate is valid for 180 days or less, three for more; two operators among them. In the
/// handshake or the OCSP answer: two from logs that are accepted now, of two operators.
pub fn chrome(leaf: &ParsedCertificate, timestamps: &[Timestamp]) -> Option<String> {
    policy(leaf, timestamps)
}

/// Apple's: <https://support.apple.com/103214>, for certificates issued from 2021-04-21 on. None where it is
/// kept, else what is missing.
///
/// In numbers it is the same as Chrome's.
pub fn apple(leaf: &ParsedCertificate, timestamps: &[Timestamp]) -> Option<String> {
    policy(leaf, timestamps)
}

/// 180 days, in seconds: from here on three embedded timestamps are demanded.
const LONG: i64 = 180 * 86_400;

fn policy(leaf: &ParsedCertificate, timestamps: &[Timestamp]) -> Option<String> {
    let embedded = |one: &&Timestamp| one.from == TimestampSource::Certificate;
    let counted: Vec<&Timestamp> = timestamps.iter().filter(|one| was_accepted(one)).collect();
    let other: Vec<&Timestamp> =
        counted.iter().copied().filter(|one| !embedded(one) && is_accepted(one)).collect();
    if distinct(&other, |one| &one.log) >= 2 && operators(&other) >= 2 {
        return None;
    }
    let within: Vec<&Timestamp> = counted.into_iter().filter(embedded).collect();
    let seconds = leaf.not_after.as_second().saturating_sub(leaf.not_before.as_second()).saturating_add(1);
    let wanted = if seconds > LONG { 3 } else { 2 };
    let logs = distinct(&within, |one| &one.log);
    if logs < wanted {
        return Some(format!("{logs} valid timestamps of accepted logs, where {wanted} are demanded"));
    }
    if !within.iter().any(|one| is_accepted(one)) {
        return Some("no timestamp of a log that is still accepted".into());
    }
    (operators(&within) < 2).then(|| "all timestamps are of one operator's logs".into())
}

fn distinct<'a>(timestamps: &[&'a Timestamp], by: impl Fn(&'a Timestamp) -> &'a str) -> usize {
    timestamps.iter().map(|one| by(one)).collect::<BTreeSet<_>>().len()
}

fn operators(timestamps: &[&Timestamp]) -> usize {
    timestamps.iter().filter_map(|one| one.operator.as_deref()).collect::<BTreeSet<_>>().len()
}

/// Valid, and from a log that takes part now.
fn is_accepted(one: &Timestamp) -> bool {
    one.signature == TimestampSignature::Valid
        && matches!(one.state, Some(LogState::Qualified | LogState::Usable | LogState::Readonly))
}

/// Valid, and from a log that takes part now or did when it gave the timestamp.
fn was_accepted(one: &Timestamp) -> bool {
    let before = match (one.state, one.time) {
        (Some(LogState::Retired { at }), Some(time)) => time < at,
        _ => false,
    };
    is_accepted(one) || one.signature == TimestampSignature::Valid && before
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    fn one(log: &str, operator: &str, state: LogState) -> Timestamp {
        Timestamp {
            from: TimestampSource::Certificate,
            log: log.into(),
            name: Some(log.into()),
            operator: Some(operator.into()),
            state: Some(state),
            time: Some(time("2026-10-25T00:00:00Z")),
            signature: TimestampSignature::Valid,
        }
    }

    fn kept(leaf: &ParsedCertificate, timestamps: &[Timestamp]) -> bool {
        assert_eq!(chrome(leaf, timestamps), apple(leaf, timestamps));
        chrome(leaf, timestamps).is_none()
    }

    #[test]
    fn the_number_depends_on_the_validity() {
        let short = certificate();
        let long = ParsedCertificate { not_after: time("2027-04-23T00:00:00Z"), ..certificate() };
        let two = [one("a", "A", LogState::Usable), one("b", "B", LogState::Usable)];
        let three = [&two[..], &[one("c", "B", LogState::Readonly)]].concat();
        assert!(kept(&short, &two) && !kept(&long, &two) && kept(&long, &three));
        assert!(!kept(&short, &two[..1]) && !kept(&short, &[]));
        // The same log twice is one log.
        assert!(!kept(&short, &[two[0].clone(), two[0].clone()]));
    }

    #[test]
    fn operators_and_signatures_count() {
        let usable = |log, operator| one(log, operator, LogState::Usable);
        assert!(!kept(&certificate(), &[usable("a", "A"), usable("b", "A")]));
        let mut forged = [usable("a", "A"), usable("b", "B")];
        forged[1].signature = TimestampSignature::Invalid;
        assert!(!kept(&certificate(), &forged));
    }

    #[test]
    fn a_retired_log_counts_for_what_it_took_before_and_not_alone() {
        let before = LogState::Retired { at: time("2026-11-01T00:00:00Z") };
        let after = LogState::Retired { at: time("2026-10-01T00:00:00Z") };
        let usable = one("a", "A", LogState::Usable);
        assert!(kept(&certificate(), &[usable.clone(), one("b", "B", before)]));
        assert!(!kept(&certificate(), &[usable.clone(), one("b", "B", after)]));
        assert!(!kept(&certificate(), &[one("a", "A", before), one("b", "B", before)]));
        assert!(!kept(&certificate(), &[usable, one("b", "B", LogState::Rejected)]));
    }

    #[test]
    fn timestamps_of_the_handshake_do_by_themselves() {
        let mut two = [one("a", "A", LogState::Usable), one("b", "B", LogState::Usable)];
        two.iter_mut().for_each(|one| one.from = TimestampSource::Tls);
        let long = ParsedCertificate { not_after: time("2027-10-23T00:00:00Z"), ..certificate() };
        assert!(kept(&long, &two) && !kept(&long, &two[..1]));
    }
}
