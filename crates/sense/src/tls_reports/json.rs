//! A report's JSON (RFC 8460 section 4.4), read as it is written in practice.
//!
//! Senders leave out what has to be there, write one text where a list of them should be, numbers as texts and moments
//! with fractions of seconds. All of that is read. What has to be told is what cannot be: it stands in `odd`.

mod forms;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use midwatch_model::{
    Reason, Time, TlsFailure, TlsFailureKind, TlsPolicyKind, TlsReport, TlsReportPolicy, lossless,
};
use serde::Deserialize;

use forms::{Bounded, Count, Text, Texts};

/// Characters of one text that are kept.
const MAX_TEXT: usize = 400;

/// Policies of one report, at most.
const MAX_POLICIES: usize = 200;

/// Failures of one policy that are kept.
const MAX_FAILURES: usize = 2_000;

/// Odd parts of one report that are told.
const MAX_ODD: usize = 10;

#[derive(Deserialize)]
struct Report {
    #[serde(default, rename = "organization-name")]
    organisation: Text,
    #[serde(default, rename = "date-range")]
    range: Option<Range>,
    #[serde(default, rename = "contact-info")]
    contact: Text,
    #[serde(default, rename = "report-id")]
    id: Text,
    policies: Option<Bounded<Policy, MAX_POLICIES>>,
}

#[derive(Default, Deserialize)]
struct Range {
    #[serde(default, rename = "start-datetime")]
    from: Text,
    #[serde(default, rename = "end-datetime")]
    until: Text,
}

#[derive(Deserialize)]
struct Policy {
    #[serde(default)]
    policy: Option<About>,
    #[serde(default)]
    summary: Option<Summary>,
    #[serde(default, rename = "failure-details")]
    failures: Bounded<Failure, MAX_FAILURES>,
}

#[derive(Default, Deserialize)]
struct About {
    #[serde(default, rename = "policy-type")]
    kind: Text,
    #[serde(default, rename = "policy-string")]
    lines: Texts,
    #[serde(default, rename = "policy-domain")]
    domain: Text,
    #[serde(default, rename = "mx-host", alias = "mx-host-pattern")]
    mx: Texts,
}

#[derive(Default, Deserialize)]
struct Summary {
    #[serde(default, rename = "total-successful-session-count")]
    successful: Count,
    #[serde(default, rename = "total-failure-session-count")]
    failed: Count,
}

#[derive(Deserialize)]
struct Failure {
    #[serde(default, rename = "result-type")]
    result: Text,
    #[serde(default, rename = "sending-mta-ip")]
    sending_ip: Text,
    #[serde(default, rename = "receiving-mx-hostname")]
    mx: Text,
    #[serde(default, rename = "receiving-mx-helo")]
    helo: Text,
    #[serde(default, rename = "receiving-ip")]
    receiving_ip: Text,
    #[serde(default, rename = "failed-session-count")]
    sessions: Count,
    #[serde(default, rename = "additional-information")]
    more: Text,
    #[serde(default, rename = "failure-reason-code", alias = "failure-error-code")]
    code: Text,
}

/// One report.
///
/// # Errors
/// Where it is no JSON, or other JSON than a report.
pub(super) fn report(bytes: &[u8]) -> Result<TlsReport, Reason> {
    let read: Report = serde_json::from_slice(super::without_mark(bytes))
        .map_err(|error| super::other(&format!("its JSON is no report: {error}")))?;
    let Some(policies) = read.policies else {
        return Err(super::other(
            "its JSON has no 'policies', which every report has (RFC 8460 section 4.4)",
        ));
    };
    let mut odd = Odd(Vec::new());
    let range = read.range.unwrap_or_default();
    if policies.more > 0 {
        odd.add(format!("it has {} policies more than the {MAX_POLICIES} that are read", policies.more));
    }
    let mut report = TlsReport {
        organisation: read.organisation.text(),
        contact: read.contact.text(),
        report_id: read.id.text(),
        from: odd.moment("start-datetime", range.from),
        until: odd.moment("end-datetime", range.until),
        policies: policies.list.into_iter().map(|one| policy(one, &mut odd)).collect(),
        ..TlsReport::default()
    };
    if let (Some(from), Some(until)) = (report.from, report.until)
        && until < from
    {
        odd.add(format!("it ends ({until}) before it begins ({from})"));
        (report.from, report.until) = (None, None);
    }
    report.odd = odd.0;
    Ok(report)
}

fn policy(read: Policy, odd: &mut Odd) -> TlsReportPolicy {
    let about = read.policy.unwrap_or_default();
    let summary = read.summary.unwrap_or_default();
    TlsReportPolicy {
        policy: TlsPolicyKind::of(&about.kind.text().unwrap_or_default()),
        domain: about.domain.text().map(host),
        mx: about.mx.texts().into_iter().map(host).collect(),
        lines: about.lines.texts(),
        successful: odd.count("total-successful-session-count", summary.successful),
        failed: odd.count("total-failure-session-count", summary.failed),
        more: read.failures.more,
        failures: read.failures.list.into_iter().map(|one| failure(one, odd)).collect(),
    }
}

fn failure(read: Failure, odd: &mut Odd) -> TlsFailure {
    TlsFailure {
        result: TlsFailureKind::of(&read.result.text().unwrap_or_default()),
        sessions: odd.count("failed-session-count", read.sessions),
        sending_ip: read.sending_ip.text(),
        mx: read.mx.text().map(host),
        helo: read.helo.text(),
        receiving_ip: read.receiving_ip.text(),
        code: read.code.text(),
        more: read.more.text(),
    }
}

/// A text as a report of ours may have it: without control characters, and cut.
pub(super) fn text(text: &str) -> String {
    match text.char_indices().nth(MAX_TEXT) {
        Some((end, _)) => format!("{}…", lossless(text.get(..end).unwrap_or_default().as_bytes())),
        None => lossless(text.as_bytes()),
    }
}

/// A name of the DNS, in lower case and without the dot at its end.
fn host(name: String) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}

/// What could not be understood.
struct Odd(Vec<String>);

impl Odd {
    fn add(&mut self, what: String) {
        if self.0.len() < MAX_ODD && !self.0.contains(&what) {
            self.0.push(what);
        }
    }

    fn count(&mut self, name: &str, count: Count) -> Option<u64> {
        match count {
            Count::Of(number) => Some(number),
            Count::Missing => None,
            Count::Odd(what) => {
                self.add(format!("'{name}' is no number of sessions: {what}"));
                None
            }
        }
    }

    fn moment(&mut self, name: &str, written: Text) -> Option<Time> {
        let written = written.text()?;
        let text = written.trim();
        // Some leave the zone out; RFC 8460 section 4.1 has reports be about days of UTC.
        let read = text.parse::<Time>().ok().or_else(|| {
            let local: DateTime = text.parse().ok()?;
            Some(local.to_zoned(TimeZone::UTC).ok()?.timestamp())
        });
        if read.is_none() {
            self.add(format!("'{name}' is no moment: {text}"));
        }
        read
    }
}
