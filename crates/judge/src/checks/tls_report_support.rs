//! What checks on reports of other mail servers share: who failed where, and what that points to.

use std::collections::{BTreeMap, BTreeSet};

use midwatch_model::{
    Confidence, Severity, Time, TlsEnforcement, TlsFailure, TlsFailureKind, TlsReport, TlsReportPolicy,
};

use crate::check::Findings;
use crate::view::{Seen, View};
use crate::words;

/// Places that one check names; what is beyond is one finding.
const MAX_PLACES: usize = 50;

/// The causes that no report excludes.
pub(super) const BENIGN: &[&str] = &[
    "A fault of the sender's own: a proxy or filter on its way out, an old list of authorities, a name server that fails.",
    "A short outage or a change that was under way, and is mended since: reports are about past days.",
    "A report that somebody made up: nothing proves who wrote one but a DKIM signature on its message, which midwatch does \
     not verify.",
];

/// How severities are decided, in every check that goes by [`Points`] and by what senders do.
pub(super) const DECIDED: &str = "By the failures of each report, for each place together. Where other senders set up sessions \
     with the same domain in the same time, it points to the way or to the sender; where two or more senders met it and no other had \
     sessions, to the server; and where a single sender reports, to either. It weighs one step more where it points to the \
     server, one less where the policy has senders keep the mail back (DANE, or MTA-STS in mode enforce), and one less where \
     every sender that failed has had sessions without that failure since. Successes are told for a domain and not for each \
     of its servers, so that a server may be at fault even where others succeed.";

/// One failure, with the report and the policy that it stands under.
#[derive(Clone, Copy)]
pub(super) struct Failed<'a> {
    pub(super) seen: Seen<'a, TlsReport>,
    pub(super) policy: &'a TlsReportPolicy,
    pub(super) failure: &'a TlsFailure,
}

/// Failures of one kind at one place.
pub(super) struct Group<'a> {
    pub(super) kind: TlsFailureKind,
    pub(super) place: String,
    pub(super) failed: Vec<Failed<'a>>,
}

/// What failures point to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Points<'a> {
    /// To the way, or to who failed: these others succeeded, the one with most sessions first.
    Way(Vec<(&'a str, &'a str, u64)>),
    /// To the server: several failed, and nobody else succeeded.
    Server,
    /// To either: there is one sender alone.
    Either,
}

/// What failures are put together by.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    /// The mail server that was sent to.
    Server,
    /// The domain that the policy is for.
    Domain,
}

/// Failures of some kinds, by place and kind; those with most sessions first where there are too many.
pub(super) fn groups<'a>(view: &View<'a>, by: By, is_wanted: fn(&TlsFailureKind) -> bool) -> Vec<Group<'a>> {
    let mut found: BTreeMap<(String, TlsFailureKind), Vec<Failed<'a>>> = BTreeMap::new();
    for seen in &view.tls_reports {
        for policy in &seen.fact.policies {
            for failure in policy.failures.iter().filter(|failure| is_wanted(&failure.result)) {
                let place = place(by, policy, failure);
                let failed = Failed { seen: *seen, policy, failure };
                found.entry((place, failure.result.clone())).or_default().push(failed);
            }
        }
    }
    let mut groups: Vec<Group<'a>> =
        found.into_iter().map(|((place, kind), failed)| Group { kind, place, failed }).collect();
    if groups.len() > MAX_PLACES {
        groups.sort_by_key(|group| std::cmp::Reverse(group.sessions()));
        let rest = groups.split_off(MAX_PLACES);
        let mut by_kind: BTreeMap<TlsFailureKind, Vec<Failed<'a>>> = BTreeMap::new();
        for group in rest {
            // Words that senders make up could be as many as places.
            let kind = match group.kind {
                TlsFailureKind::Other(_) => TlsFailureKind::Other(String::new()),
                kind => kind,
            };
            by_kind.entry(kind).or_default().extend(group.failed);
        }
        let others = by_kind.into_iter();
        groups.extend(others.map(|(kind, failed)| Group { kind, place: "other places".into(), failed }));
    }
    groups
}

fn place(by: By, policy: &TlsReportPolicy, failure: &TlsFailure) -> String {
    let server = failure.mx.as_ref().or(failure.receiving_ip.as_ref()).filter(|_| by == By::Server);
    let place = server.or(policy.domain.as_ref()).or(policy.mx.first());
    place.cloned().unwrap_or_else(|| "a domain that is not named".into())
}

impl<'a> Group<'a> {
    /// Sessions that failed, as far as they are told.
    pub(super) fn sessions(&self) -> u64 {
        self.failed.iter().fold(0, |sum, one| sum.saturating_add(one.failure.sessions.unwrap_or(0)))
    }

    fn senders(&self) -> BTreeSet<&'a str> {
        self.failed.iter().map(|one| one.seen.fact.sender()).collect()
    }

    fn domains(&self) -> BTreeSet<Option<&'a str>> {
        self.failed.iter().map(|one| one.policy.domain.as_deref()).collect()
    }

    /// From the first moment to the last that failures are about; none where a report does not say.
    fn span(&self) -> Option<(Time, Time)> {
        let from = self.failed.iter().map(|one| one.seen.fact.from).collect::<Option<Vec<_>>>()?;
        let until = self.failed.iter().map(|one| one.seen.fact.until).collect::<Option<Vec<_>>>()?;
        Some((from.into_iter().min()?, until.into_iter().max()?))
    }

    /// What it points to.
    pub(super) fn points(&self, view: &View<'a>) -> Points<'a> {
        let (senders, domains) = (self.senders(), self.domains());
        let span = TlsReport {
            from: self.span().map(|(from, _)| from),
            until: self.span().map(|(_, until)| until),
            ..TlsReport::default()
        };
        let mut others: BTreeMap<&str, (&str, u64)> = BTreeMap::new();
        for seen in &view.tls_reports {
            let sender = seen.fact.sender();
            if senders.contains(sender) || !seen.fact.overlaps(&span) {
                continue;
            }
            let good = sessions_with(seen.fact, &domains);
            if good > 0 {
                let known = others.entry(sender).or_insert((seen.id, 0));
                known.1 = known.1.saturating_add(good);
            }
        }
        if others.is_empty() {
            return if senders.len() > 1 { Points::Server } else { Points::Either };
        }
        let mut others: Vec<_> = others.into_iter().map(|(name, (id, good))| (id, name, good)).collect();
        others.sort_by_key(|(_, name, good)| (std::cmp::Reverse(*good), *name));
        Points::Way(others)
    }

    /// True where every sender that failed has had sessions since, and none that failed so.
    pub(super) fn is_over(&self, view: &View<'a>) -> bool {
        let mut last: BTreeMap<&str, Option<Time>> = BTreeMap::new();
        for one in &self.failed {
            let until = one.seen.fact.until;
            let known = last.entry(one.seen.fact.sender()).or_insert(until);
            *known = known.zip(until).map(|(known, until)| known.max(until));
        }
        let domains = self.domains();
        let mut since: BTreeSet<&str> = BTreeSet::new();
        for seen in &view.tls_reports {
            let Some(Some(last)) = last.get(seen.fact.sender()) else { continue };
            if seen.fact.from.is_some_and(|from| from > *last) && sessions_with(seen.fact, &domains) > 0 {
                since.insert(seen.fact.sender());
            }
        }
        last.keys().all(|sender| since.contains(sender))
    }

    /// What senders do at the least: the policy that binds least counts.
    pub(super) fn enforcement(&self) -> TlsEnforcement {
        let all = self.failed.iter().map(|one| one.policy.enforcement());
        all.max().unwrap_or(TlsEnforcement::NotTold)
    }

    /// Adds a finding on the group. `severity` is for failures of one sender that sends the mail even so.
    pub(super) fn tell(
        &self,
        view: &View<'a>,
        found: &mut Findings,
        severity: Severity,
        title: String,
        expected: &str,
        mend: &str,
    ) {
        let points = self.points(view);
        let is_over = self.is_over(view);
        let mut severity = severity;
        if points == Points::Server {
            severity = heavier(severity);
        }
        if self.enforcement() == TlsEnforcement::Enforced {
            severity = lighter(severity);
        }
        if is_over {
            severity = lighter(severity);
        }
        let senders: Vec<&str> = self.senders().into_iter().collect();
        let whom = words::some(&senders, 3);
        let confidence = if points == Points::Server { Confidence::Firm } else { Confidence::Tentative };
        let mut fix = match &points {
            Points::Way(_) => format!(
                "Others got through in the same time, which points to the way from {whom}, or to {whom}: ask there by \
                 which network and to which address they sent, and look from that network. "
            ),
            Points::Server => format!(
                "{} met it and no other got through in that time, which points to the server. ",
                words::count(senders.len(), "sender")
            ),
            Points::Either => format!(
                "{whom} alone reports on that time, so that the way and the server cannot be told apart: measure the \
                 server itself, and ask for reports of more senders. "
            ),
        };
        if is_over {
            fix.push_str("It has stopped since, by the same senders' reports. ");
        }
        fix.push_str(mend);
        let mut draft = found.at(&self.place).severity(severity).confidence(confidence).title(title).fix(fix);
        for (id, detail) in self.evidence(expected) {
            draft = draft.see(id, detail);
        }
        if let Points::Way(others) = &points {
            for (id, name, good) in others.iter().take(3) {
                draft = draft.see(id, format!("in the same time {name} set up {}", sessions(*good)));
            }
        }
    }

    /// What each report says, those of one report and policy together.
    fn evidence(&self, expected: &str) -> Vec<(&'a str, String)> {
        let mut out = Vec::new();
        let same =
            |a: &Failed<'_>, b: &Failed<'_>| a.seen.id == b.seen.id && std::ptr::eq(a.policy, b.policy);
        // A chain of evidence leaves room for those who got through.
        for part in self.failed.chunk_by(same).take(16) {
            let Some(first) = part.first() else { continue };
            let told: Vec<u64> = part.iter().filter_map(|one| one.failure.sessions).collect();
            let bad = told.iter().fold(0_u64, |sum, one| sum.saturating_add(*one));
            let bad = if told.is_empty() { "an untold number of sessions".into() } else { sessions(bad) };
            let mut detail = format!(
                "{}: expected {expected}, observed {} in {bad}",
                told_by(first.seen.fact),
                self.kind.word()
            );
            detail.push_str(&from_and_to(part));
            if let Some(good) = first.policy.successful {
                detail.push_str(&format!("; {} succeeded", sessions(good)));
            }
            let domain = first.policy.domain.as_deref().map(|domain| format!(" for {domain}"));
            let mode = first.policy.mode().map(|mode| format!(", mode {mode}"));
            detail.push_str(&format!(
                " ({}{}{})",
                first.policy.policy.name(),
                mode.unwrap_or_default(),
                domain.unwrap_or_default()
            ));
            if let Some(code) = part.iter().find_map(|one| one.failure.code.as_deref()) {
                detail.push_str(&format!("; the sender's words: {code}"));
            }
            out.push((first.seen.id, detail));
        }
        out
    }
}

/// ` from 192.0.2.1 to 203.0.113.5`, as far as it is told.
fn from_and_to(part: &[Failed<'_>]) -> String {
    let of = |which: fn(&TlsFailure) -> Option<&String>| -> Vec<&String> {
        let all: BTreeSet<&String> = part.iter().filter_map(|one| which(one.failure)).collect();
        all.into_iter().collect()
    };
    let mut out = String::new();
    for (word, list) in
        [("from", of(|one| one.sending_ip.as_ref())), ("to", of(|one| one.receiving_ip.as_ref()))]
    {
        if !list.is_empty() {
            out.push_str(&format!(" {word} {}", words::some(&list, 3)));
        }
    }
    out
}

/// `Company-X on 1 April 2016`.
pub(super) fn told_by(report: &TlsReport) -> String {
    let sender = report.sender();
    match (report.from, report.until) {
        (Some(from), Some(until)) if words::day(from) == words::day(until) => {
            format!("{sender} on {}", words::day(from))
        }
        (Some(from), Some(until)) => format!("{sender} from {} to {}", words::day(from), words::day(until)),
        (Some(from), None) => format!("{sender} from {}", words::day(from)),
        (None, Some(until)) => format!("{sender} until {}", words::day(until)),
        (None, None) => format!("{sender} at an untold time"),
    }
}

/// Sessions that a report says were set up with some domains.
fn sessions_with(report: &TlsReport, domains: &BTreeSet<Option<&str>>) -> u64 {
    let of = report.policies.iter().filter(|policy| domains.contains(&policy.domain.as_deref()));
    of.fold(0, |sum, policy| sum.saturating_add(policy.successful.unwrap_or(0)))
}

/// `1 session`, `200 sessions`.
pub(super) fn sessions(number: u64) -> String {
    if number == 1 { "1 session".into() } else { format!("{number} sessions") }
}

fn heavier(severity: Severity) -> Severity {
    match severity {
        Severity::Info => Severity::Low,
        Severity::Low => Severity::Medium,
        Severity::Medium | Severity::High | Severity::Critical => Severity::High,
    }
}

fn lighter(severity: Severity) -> Severity {
    match severity {
        Severity::Info | Severity::Low => Severity::Info,
        Severity::Medium => Severity::Low,
        Severity::High | Severity::Critical => Severity::Medium,
    }
}
