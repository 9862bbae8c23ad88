//! What other mail servers report of their TLS, put together over all reports.

use std::collections::BTreeMap;

use midwatch_model::{Fact, Observation, TargetReport, Time, TlsFailureKind, TlsReport, TlsReportFiles};

use super::here::{Line, Table};
use crate::words;

/// Entries of one list that a line names.
const MOST: usize = 6;

/// Everything that reports say, put together.
pub(crate) struct All<'a> {
    /// The reports.
    pub reports: Vec<(&'a Observation, &'a TlsReport)>,
    /// Sessions by sender and domain; those with most failures first.
    pub senders: Vec<Sums<'a>>,
    /// What was looked at for reports.
    files: Option<&'a TlsReportFiles>,
}

/// Sessions of one sender with one domain.
pub(crate) struct Sums<'a> {
    /// Who reports.
    pub sender: &'a str,
    /// The domain; a dash where none is named.
    pub domain: &'a str,
    /// Sessions that succeeded.
    pub successful: u64,
    /// Sessions that failed.
    pub failed: u64,
}

impl Sums<'_> {
    /// All sessions.
    pub fn sessions(&self) -> u64 {
        self.successful.saturating_add(self.failed)
    }

    /// The share of failures, in parts of `whole`, rounded up so that a single failure is seen.
    pub fn share(&self, whole: u32) -> u64 {
        let all = u128::from(self.sessions()).max(1);
        let share = (u128::from(self.failed) * u128::from(whole)).div_ceil(all);
        u64::try_from(share).unwrap_or(u64::from(whole))
    }
}

impl<'a> All<'a> {
    /// What a target's reports come to; none where it has none.
    pub fn of(target: &'a TargetReport) -> Option<Self> {
        let mut reports = Vec::new();
        let mut files = None;
        let mut sums: BTreeMap<(&str, &str), (u64, u64)> = BTreeMap::new();
        for observation in &target.observations {
            match &observation.fact {
                Fact::TlsReport(report) => {
                    for policy in &report.policies {
                        let domain = policy.domain.as_deref().unwrap_or("–");
                        let sum = sums.entry((report.sender(), domain)).or_default();
                        sum.0 = sum.0.saturating_add(policy.successful.unwrap_or(0));
                        sum.1 = sum.1.saturating_add(policy.failed());
                    }
                    reports.push((observation, &**report));
                }
                Fact::TlsReportFiles(read) => files = Some(read),
                _ => {}
            }
        }
        if reports.is_empty() {
            return None;
        }
        let sums = sums.into_iter().map(|((sender, domain), (successful, failed))| Sums {
            sender,
            domain,
            successful,
            failed,
        });
        let mut senders: Vec<Sums<'a>> = sums.collect();
        // Most failures first, else in the order of names.
        senders.sort_by_key(|sum| std::cmp::Reverse(sum.failed));
        Some(All { reports, senders, files })
    }

    /// `12 senders, 34,567 sessions, 0.3 % failed`.
    pub fn summary(&self) -> String {
        let mut names: Vec<&str> = self.senders.iter().map(|sum| sum.sender).collect();
        names.sort_unstable();
        names.dedup();
        let add = |which: fn(&Sums<'_>) -> u64| {
            self.senders.iter().fold(0, |sum: u64, one| sum.saturating_add(which(one)))
        };
        let (all, failed) = (add(|one| one.sessions()), add(|one| one.failed));
        let sessions = if all == 1 { "1 session".into() } else { format!("{} sessions", number(all)) };
        format!("{}, {sessions}, {} failed", words::count(names.len(), "sender"), percent(failed, all))
    }

    /// The time that reports are about, and how many there are.
    fn period(&self) -> String {
        let from = self.reports.iter().filter_map(|(_, report)| report.from).min();
        let until = self.reports.iter().filter_map(|(_, report)| report.until).max();
        let number = words::count(self.reports.len(), "report");
        match (from, until) {
            (Some(from), Some(until)) if words::day(from) == words::day(until) => {
                format!("{number} on {}", words::day(from))
            }
            (Some(from), Some(until)) => {
                format!("{number} from {} to {}", words::day(from), words::day(until))
            }
            _ => number,
        }
    }

    fn by_failure(&self) -> Vec<Failures<'a>> {
        let mut found: BTreeMap<(&TlsFailureKind, &str), Failures<'a>> = BTreeMap::new();
        for (_, report) in &self.reports {
            for policy in &report.policies {
                for failure in &policy.failures {
                    let place = failure.mx.as_deref().or(failure.receiving_ip.as_deref());
                    let place = place.or(policy.domain.as_deref()).unwrap_or("–");
                    let one = found.entry((&failure.result, place)).or_insert_with(|| Failures {
                        kind: &failure.result,
                        place,
                        sessions: 0,
                        senders: Vec::new(),
                        from: report.from,
                        until: report.until,
                    });
                    one.sessions = one.sessions.saturating_add(failure.sessions.unwrap_or(0));
                    if !one.senders.contains(&report.sender()) && one.senders.len() < 100 {
                        one.senders.push(report.sender());
                    }
                    one.from = one.from.min(report.from);
                    one.until = one.until.max(report.until);
                }
            }
        }
        let mut all: Vec<_> = found.into_values().collect();
        all.sort_by_key(|one| std::cmp::Reverse(one.sessions));
        all
    }

    /// Every reason with the server that it is about.
    pub fn failures(&self) -> Table {
        let heads = &["Result", "At", "Sessions", "Senders", "From", "Until"];
        Table::list("Failures", heads, &self.by_failure(), |one| {
            let mut senders = words::and(one.senders.get(..MOST).unwrap_or(&one.senders));
            if one.senders.len() > MOST {
                senders.push_str(&format!(" and {} more", one.senders.len() - MOST));
            }
            vec![
                one.kind.word().to_owned(),
                one.place.to_owned(),
                number(one.sessions),
                senders,
                one.from.map(words::day).unwrap_or_default(),
                one.until.map(words::day).unwrap_or_default(),
            ]
        })
    }
}

/// Failures of one kind at one place.
struct Failures<'a> {
    kind: &'a TlsFailureKind,
    place: &'a str,
    sessions: u64,
    senders: Vec<&'a str>,
    from: Option<Time>,
    until: Option<Time>,
}

/// A report as a row.
pub(crate) fn row(report: &TlsReport) -> [String; 8] {
    let (successful, failed) = report.sessions();
    [
        report.sender().to_owned(),
        report.report_id.clone().unwrap_or_default(),
        report.from.map(words::moment).unwrap_or_default(),
        report.until.map(words::moment).unwrap_or_default(),
        number(successful.saturating_add(failed)),
        number(failed),
        report.signed_by.join(", "),
        report.file.clone(),
    ]
}

/// A few lines on the whole of it.
pub(crate) fn short(target: &TargetReport) -> Vec<Line> {
    let Some(all) = All::of(target) else { return Vec::new() };
    vec![("senders", all.summary()), ("reports", all.period())]
}

/// The same, with each sender, each failure and what was read.
pub(crate) fn lines(target: &TargetReport) -> Vec<Line> {
    let Some(all) = All::of(target) else { return Vec::new() };
    let mut out = short(target);
    for sum in all.senders.iter().take(MOST) {
        let domain = if sum.domain == "–" { String::new() } else { format!(" to {}", sum.domain) };
        out.push((
            "sender",
            format!(
                "{}{domain}: {} of {} failed",
                sum.sender,
                number(sum.failed),
                if sum.sessions() == 1 {
                    "1 session".into()
                } else {
                    format!("{} sessions", number(sum.sessions()))
                }
            ),
        ));
    }
    if all.senders.len() > MOST {
        out.push(("sender", format!("and {} more", all.senders.len() - MOST)));
    }
    let failures = all.by_failure();
    for one in failures.iter().take(MOST) {
        out.push((
            "failure",
            format!(
                "{} at {}: {} by {}",
                one.kind.word(),
                one.place,
                number(one.sessions),
                words::count(one.senders.len(), "sender")
            ),
        ));
    }
    if failures.len() > MOST {
        out.push(("failure", format!("and {} more", failures.len() - MOST)));
    }
    if let Some(files) = all.files {
        let mut text = words::count(usize::try_from(files.files).unwrap_or(usize::MAX), "file");
        if files.repeated > 0 {
            text.push_str(&format!("; {} again, which counts once", number(files.repeated)));
        }
        if files.without > 0 {
            text.push_str(&format!("; {} without a report", number(files.without)));
        }
        if !files.unread.is_empty() {
            let unread =
                u64::try_from(files.unread.len()).unwrap_or(u64::MAX).saturating_add(files.more_unread);
            text.push_str(&format!("; {} could not be read", number(unread)));
        }
        out.push(("read", text));
    }
    out
}

/// A number with commas between thousands.
pub(crate) fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `0.3 %`; `none` of nothing, and never `0.0 %` where there is something.
pub(crate) fn percent(part: u64, all: u64) -> String {
    if part == 0 {
        return "none".into();
    }
    let all = u128::from(all).max(1);
    if u128::from(part) >= all {
        return "100 %".into();
    }
    // Rounded, but what is not all is never 100 %.
    match (u128::from(part) * 2000 / all).div_ceil(2).min(999) {
        0 => "less than 0.1 %".into(),
        tenths => format!("{}.{} %", tenths / 10, tenths % 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn numbers_for_people() {
        assert_eq!(
            ["1", "999", "1,000", "34,567", "1,234,567"].map(str::to_owned),
            [1, 999, 1000, 34_567, 1_234_567].map(number)
        );
        assert_eq!(number(u64::MAX), "18,446,744,073,709,551,615");
        for (part, all, wanted) in [
            (0, 10, "none"),
            (0, 0, "none"),
            (1, 100_000, "less than 0.1 %"),
            (3, 1000, "0.3 %"),
            (28_900, 10_000_000, "0.3 %"),
            (99_999, 100_000, "99.9 %"),
            (7, 7, "100 %"),
            (u64::MAX, u64::MAX, "100 %"),
        ] {
            assert_eq!(percent(part, all), wanted);
        }
    }

    #[test]
    fn reports_are_put_together() {
        let report = sample::tls_reports();
        let target = &report.targets[0];
        assert_eq!(
            short(target),
            [
                ("senders", "3 senders, 34,567 sessions, 0.3 % failed".to_owned()),
                ("reports", "3 reports from 1 November 2026 to 2 November 2026".to_owned()),
            ]
        );
        let all = All::of(target).expect("reports");
        assert_eq!(all.senders[0].sender, "Alpha Mail");
        assert_eq!(all.senders[0].share(1000), 20);
        let lines = lines(target);
        assert!(
            lines
                .iter()
                .any(|(_, text)| text == "starttls-not-supported at mx2.example.org: 100 by 1 sender"),
            "{lines:?}"
        );
        assert!(All::of(&sample::report().targets[0]).is_none());
    }
}
