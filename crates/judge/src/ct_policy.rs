//! What browsers demand of a certificate's timestamps (RFC 6962), each policy as its browser states it.

use std::collections::{BTreeMap, BTreeSet};

use midwatch_model::{
    LogState, ParsedCertificate, Time, Timestamp, TimestampSignature, TimestampSource, Transparency,
};

/// Chrome's: <https://googlechrome.github.io/CertificateTransparency/ct_policy.html>, "CT Compliant
/// Certificates", as of July 2026. None where it is kept, else what is missing.
///
/// Embedded: one timestamp of a log that is accepted now; two of distinct logs that are or were accepted where the
/// certificate is valid for 180 days or less, three for more; two operators among them. In the handshake: two of
/// logs that are accepted now, of two operators. Of the second, Chromium's own code is milder than the text and
/// counts the operators of embedded timestamps as well, and so does this. Those of an OCSP answer do not count
/// since version 148.
pub fn chrome(leaf: &ParsedCertificate, timestamps: &[Timestamp], now: Time) -> Option<String> {
    let counted = Counted::new(timestamps, now);
    let sent: Vec<&Timestamp> =
        counted.accepted.iter().copied().filter(|one| one.from == TimestampSource::Tls).collect();
    let either: Vec<&Timestamp> = sent.iter().chain(&counted.embedded).copied().collect();
    if !sent.is_empty() && operators(&either).len() >= 2 {
        return None;
    }
    // From the first second to the last, as Chromium subtracts them.
    let wanted = wanted(leaf.not_after.as_second().saturating_sub(leaf.not_before.as_second()));
    counted.embedded_fault(wanted).or_else(|| {
        (operators(&counted.embedded).len() < 2).then(|| "all timestamps are of one operator's logs".into())
    })
}

/// Apple's: <https://support.apple.com/103214>. None where it is kept, else what is missing.
///
/// Two timestamps of logs that are accepted now, one of them from the handshake or the OCSP answer; or embedded
/// ones as Chrome wants them, of which one of each operator counts where two are demanded and two where three are.
/// That one of the logs is of the older kind (RFC 6962) is not looked at: the page bears no date and demanded it when
/// it was read, and Chrome dropped that demand on 2026-04-15.
pub fn apple(leaf: &ParsedCertificate, timestamps: &[Timestamp], now: Time) -> Option<String> {
    let counted = Counted::new(timestamps, now);
    let beside = |one: &&Timestamp| one.from != TimestampSource::Certificate;
    if counted.accepted.iter().any(beside) && logs(&counted.accepted).len() >= 2 {
        return None;
    }
    // A second beyond a day is another day, and both ends count.
    let seconds = leaf.not_after.as_second().saturating_sub(leaf.not_before.as_second());
    let wanted = wanted(seconds.saturating_add(1));
    counted.embedded_fault(wanted).or_else(|| {
        let most = wanted - 1;
        let counts: usize = operators(&counted.embedded).values().map(|logs| logs.len().min(most)).sum();
        (counts < wanted)
            .then(|| format!("no more than {most} of one operator's logs count, and so {counts} do"))
    })
}

/// 2018-05-01, from when on Chrome demands timestamps; in seconds since 1970.
pub(crate) const DEMANDED: i64 = 1_525_132_800;

/// True for a list of logs beyond the age at which Chrome stops to enforce its policy with it: 70 days. One without a
/// date that can be read counts as old.
pub(crate) fn is_old(all: &Transparency, now: Time) -> bool {
    let day = all.list.get(..10).unwrap_or_default();
    let date = format!("{day}T00:00:00Z").parse::<Time>();
    date.map_or(true, |date| now.as_second().saturating_sub(date.as_second()) > OLD)
}

/// 70 days, in seconds.
const OLD: i64 = 70 * 86_400;

/// 180 days, in seconds: beyond, three embedded timestamps are demanded.
const LONG: i64 = 180 * 86_400;

fn wanted(seconds: i64) -> usize {
    if seconds > LONG { 3 } else { 2 }
}

/// The timestamps that count.
struct Counted<'a> {
    /// Of logs that are accepted now, wherever they came.
    accepted: Vec<&'a Timestamp>,
    /// Those in the certificate, of logs that are accepted now or were when they gave them.
    embedded: Vec<&'a Timestamp>,
}

impl<'a> Counted<'a> {
    fn new(timestamps: &'a [Timestamp], now: Time) -> Self {
        let valid = || timestamps.iter().filter(|one| one.signature == TimestampSignature::Valid);
        let accepted = |one: &&Timestamp| one.state.is_some_and(|state| state.is_accepted(now));
        let was = |one: &&Timestamp| matches!((one.state, one.time), (Some(LogState::Retired { at }), Some(time)) if time < at);
        let embedded = |one: &&Timestamp| one.from == TimestampSource::Certificate;
        Counted {
            accepted: valid().filter(accepted).collect(),
            embedded: valid().filter(embedded).filter(|one| accepted(one) || was(one)).collect(),
        }
    }

    /// What both policies demand of embedded timestamps.
    fn embedded_fault(&self, wanted: usize) -> Option<String> {
        let logs = logs(&self.embedded).len();
        if logs < wanted {
            return Some(format!(
                "{logs} valid timestamps of accepted logs in the certificate, where {wanted} are demanded"
            ));
        }
        let now = |one: &&Timestamp| one.from == TimestampSource::Certificate;
        (!self.accepted.iter().any(now)).then(|| "no timestamp of a log that is still accepted".into())
    }
}

fn logs<'a>(timestamps: &[&'a Timestamp]) -> BTreeSet<&'a str> {
    timestamps.iter().map(|one| one.log.as_str()).collect()
}

/// The operators, each with its logs.
fn operators<'a>(timestamps: &[&'a Timestamp]) -> BTreeMap<&'a str, BTreeSet<&'a str>> {
    let mut operators: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for one in timestamps {
        if let Some(operator) = one.operator.as_deref() {
            operators.entry(operator).or_default().insert(&one.log);
        }
    }
    operators
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

    fn from(from: TimestampSource, log: &str, operator: &str) -> Timestamp {
        Timestamp { from, ..one(log, operator, LogState::Usable) }
    }

    /// Whether Chrome's policy is kept, and whether Apple's is.
    fn both(leaf: &ParsedCertificate, timestamps: &[Timestamp]) -> (bool, bool) {
        let now = time(NOW);
        (chrome(leaf, timestamps, now).is_none(), apple(leaf, timestamps, now).is_none())
    }

    fn kept(leaf: &ParsedCertificate, timestamps: &[Timestamp]) -> bool {
        let (chrome, apple) = both(leaf, timestamps);
        assert_eq!(chrome, apple);
        chrome
    }

    #[test]
    fn the_number_depends_on_the_validity() {
        let short = certificate();
        let long = ParsedCertificate { not_after: time("2027-04-24T00:00:00Z"), ..certificate() };
        let two = [one("a", "A", LogState::Usable), one("b", "B", LogState::Usable)];
        let three = [&two[..], &[one("c", "B", LogState::Readonly)]].concat();
        assert!(kept(&short, &two) && !kept(&long, &two) && kept(&long, &three));
        assert!(!kept(&short, &two[..1]) && !kept(&short, &[]));
        // The same log twice is one log.
        assert!(!kept(&short, &[two[0].clone(), two[0].clone()]));
    }

    #[test]
    fn the_last_second_of_180_days_counts_for_apple() {
        let lasting = |until: &str| ParsedCertificate {
            not_before: time("2026-10-25T00:00:00Z"),
            not_after: time(until),
            ..certificate()
        };
        let two = [one("a", "A", LogState::Usable), one("b", "B", LogState::Usable)];
        assert_eq!(both(&lasting("2027-04-22T23:59:59Z"), &two), (true, true));
        assert_eq!(both(&lasting("2027-04-23T00:00:00Z"), &two), (true, false));
        assert_eq!(both(&lasting("2027-04-23T00:00:01Z"), &two), (false, false));
    }

    #[test]
    fn operators_and_signatures_count() {
        let usable = |log, operator| one(log, operator, LogState::Usable);
        assert!(!kept(&certificate(), &[usable("a", "A"), usable("b", "A")]));
        let long = ParsedCertificate { not_after: time("2027-10-23T00:00:00Z"), ..certificate() };
        assert!(!kept(&long, &[usable("a", "A"), usable("b", "A"), usable("c", "A")]));
        assert!(kept(&long, &[usable("a", "A"), usable("b", "A"), usable("c", "C")]));
        let mut forged = [usable("a", "A"), usable("b", "B")];
        forged[1].signature = TimestampSignature::Invalid;
        assert!(!kept(&certificate(), &forged));
    }

    #[test]
    fn a_retired_log_counts_for_what_it_took_before_and_not_alone() {
        let before = LogState::Retired { at: time("2026-11-01T00:00:00Z") };
        let after = LogState::Retired { at: time("2026-10-01T00:00:00Z") };
        let to_come = LogState::Retired { at: time("2027-01-01T00:00:00Z") };
        let usable = one("a", "A", LogState::Usable);
        assert!(kept(&certificate(), &[usable.clone(), one("b", "B", before)]));
        assert!(!kept(&certificate(), &[usable.clone(), one("b", "B", after)]));
        assert!(!kept(&certificate(), &[one("a", "A", before), one("b", "B", before)]));
        assert!(
            kept(&certificate(), &[one("a", "A", to_come), one("b", "B", before)]),
            "accepted until then"
        );
        assert!(!kept(&certificate(), &[usable, one("b", "B", LogState::Rejected)]));
    }

    #[test]
    fn timestamps_of_the_handshake_do_by_themselves() {
        let long = ParsedCertificate { not_after: time("2027-10-23T00:00:00Z"), ..certificate() };
        let tls = |log, operator| from(TimestampSource::Tls, log, operator);
        assert!(kept(&long, &[tls("a", "A"), tls("b", "B")]));
        assert!(!kept(&long, &[tls("a", "A")]));
        // One beside an embedded one of another operator.
        assert!(kept(&long, &[one("a", "A", LogState::Usable), tls("b", "B")]));
        // Apple counts logs here, and not operators.
        assert_eq!(both(&long, &[tls("a", "A"), tls("b", "A")]), (false, true));
        let retired = LogState::Retired { at: time("2026-11-01T00:00:00Z") };
        assert!(!kept(&long, &[tls("a", "A"), Timestamp { state: Some(retired), ..tls("b", "B") }]));
    }

    #[test]
    fn those_of_an_ocsp_answer_count_for_apple_alone() {
        let ocsp = |log, operator| from(TimestampSource::Ocsp, log, operator);
        assert_eq!(both(&certificate(), &[ocsp("a", "A"), ocsp("b", "B")]), (false, true));
    }
}
