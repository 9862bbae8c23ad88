//! What the rules on findings share: which came, went or became worse, and which of them another change explains.
//!
//! A look says something of a finding where it has it, or where it looked at all that the finding rests on and does not
//! have it. Looks of another version of midwatch say nothing, since other checks made them.

use std::collections::BTreeMap;

use midwatch_fields::site;
use midwatch_model::{Change, FindingMemo, Remembered, Severity};

use super::rule::{Pair, Rule};
use super::{Looked, pairs, rule_of};
use crate::memos::{CRAWL, PAGE};

/// What of the findings differs.
#[derive(Default)]
pub(super) struct Delta<'a> {
    /// Those that were not there.
    pub(super) appeared: Vec<&'a FindingMemo>,
    /// Those that are worse, with what they were.
    pub(super) worse: Vec<(Severity, &'a FindingMemo)>,
    /// Those that are not there any more.
    pub(super) gone: Vec<&'a FindingMemo>,
}

/// One look's findings.
struct Said<'a> {
    findings: &'a [FindingMemo],
    measured: &'a [String],
}

impl<'a> Said<'a> {
    /// Of a memo by this version's checks.
    fn of(what: &'a Remembered, version: &str) -> Option<Said<'a>> {
        match what {
            Remembered::Findings { findings, measured, by } if by == version => {
                Some(Said { findings, measured })
            }
            _ => None,
        }
    }

    fn has(&self, finding: &FindingMemo) -> Option<&'a FindingMemo> {
        self.findings.iter().find(|one| one.id == finding.id && one.place == finding.place)
    }

    /// It looked where the finding would be, though limits may have kept the crawl from some pages.
    fn looked(&self, finding: &FindingMemo) -> bool {
        !finding.rests_on.is_empty() && finding.rests_on.iter().all(|key| self.measured.contains(key))
    }

    /// It looked at everything, every page included, and the finding is not there.
    fn denies(&self, finding: &FindingMemo) -> bool {
        let pages = finding.rests_on.iter().any(|key| key == PAGE);
        self.has(finding).is_none()
            && self.looked(finding)
            && (!pages || self.measured.iter().any(|key| key == CRAWL))
    }
}

/// What differs; none where the memo is one of another kind.
pub(super) fn delta<'a>(pair: &Pair<'a>) -> Option<Delta<'a>> {
    let Remembered::Findings { by, .. } = pair.is() else { return None };
    let now = Said::of(pair.is(), by)?;
    let before: Vec<Said<'a>> = pair.known().filter_map(|what| Said::of(what, by)).collect();
    let mut delta = Delta::default();
    for finding in now.findings {
        // The latest look that says something of it.
        let spoke = before.iter().find_map(|said| match said.has(finding) {
            Some(known) => Some(Some(known)),
            None if said.denies(finding) => Some(None),
            None => None,
        });
        match spoke {
            Some(Some(known)) if known.severity < finding.severity => {
                delta.worse.push((known.severity, finding));
            }
            Some(Some(_)) => {}
            Some(None) => delta.appeared.push(finding),
            // Nobody ever had it, and somebody looked there as far as limits allowed.
            None if before.iter().any(|said| said.looked(finding)) => delta.appeared.push(finding),
            None => {}
        }
    }
    let mut seen: Vec<(&str, &str)> = Vec::new();
    for (at, said) in before.iter().enumerate() {
        for finding in said.findings {
            let key = (finding.id.as_str(), finding.place.as_str());
            if seen.contains(&key) {
                continue;
            }
            seen.push(key);
            let over = before.iter().take(at).any(|later| later.denies(finding));
            if !over && now.denies(finding) {
                delta.gone.push(finding);
            }
        }
    }
    delta.gone.sort_by(|a, b| (&a.id, &a.place).cmp(&(&b.id, &b.place)));
    Some(delta)
}

/// Those that no other change explains, by their checks.
pub(super) fn by_check<'a>(
    findings: &[&'a FindingMemo],
    told: &[Change],
) -> BTreeMap<&'a str, Vec<&'a FindingMemo>> {
    let mut all: BTreeMap<&str, Vec<&FindingMemo>> = BTreeMap::new();
    for finding in findings.iter().filter(|finding| !explained(finding, told)) {
        all.entry(finding.id.as_str()).or_default().push(finding);
    }
    all
}

/// A change of the same look explains the finding.
pub(super) fn explained(finding: &FindingMemo, told: &[Change]) -> bool {
    told.iter().any(|change| explains(change, finding))
}

fn explains(change: &Change, finding: &FindingMemo) -> bool {
    let of_rule = |rule: &Rule| rule.explains.contains(&finding.id.as_str());
    rule_of(&change.id).is_some_and(of_rule) && is_same_place(&change.place, &finding.place)
}

/// True where two places are of one site, or one of them is no host: what lies on this computer is all one place.
pub(super) fn is_same_place(a: &str, b: &str) -> bool {
    match (host(a), host(b)) {
        (Some(a), Some(b)) => a == b || site::same_site(a, b),
        _ => true,
    }
}

/// The host of a URL, of `host:port`, or of a name.
fn host(place: &str) -> Option<&str> {
    let rest = place.split_once("://").map_or(place, |(_, rest)| rest);
    let rest = rest.split(['/', '?']).next()?;
    let host = match rest.strip_prefix('[') {
        Some(rest) => rest.split_once(']')?.0,
        None => rest.rsplit_once(':').map_or(rest, |(host, _)| host),
    };
    let is_host = !host.contains(' ') && (host.contains('.') || host.contains(':'));
    is_host.then_some(host)
}

/// Puts findings that changes explain into them. A change is as bad as the worst that came with it.
pub(super) fn add(looked: &Looked<'_>, told: &mut [Change]) {
    let deltas: Vec<Delta<'_>> = pairs(looked, &[]).filter_map(|pair| delta(&pair)).collect();
    for change in told {
        let (mut lines, mut severity) = (Vec::new(), change.severity);
        for delta in &deltas {
            let came = delta.appeared.iter().map(|finding| (*finding, "found now"));
            let worse = delta.worse.iter().map(|(_, finding)| (*finding, "worse than before"));
            for (finding, how) in came.chain(worse).filter(|(finding, _)| explains(change, finding)) {
                lines.push(format!("With it: {}, {how}.", line(finding, finding.severity)));
                severity = severity.max(finding.severity);
            }
            for finding in delta.gone.iter().filter(|finding| explains(change, finding)) {
                lines.push(format!("With it: {}, which is over.", line(finding, finding.severity)));
            }
        }
        change.severity = severity;
        change.because.append(&mut lines);
    }
}

/// The one that names a change of several: the worst, of those the first by its place.
pub(super) fn foremost<'a>(all: &[&'a FindingMemo]) -> Option<&'a FindingMemo> {
    all.iter().copied().min_by_key(|finding| (std::cmp::Reverse(finding.severity), finding.place.as_str()))
}

/// A finding on one line.
pub(super) fn line(finding: &FindingMemo, severity: Severity) -> String {
    format!("{} at {} ({severity}): {}", finding.id, finding.place, finding.title)
}

/// That there is none.
pub(super) fn none(finding: &FindingMemo) -> String {
    format!("no {} at {}", finding.id, finding.place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_of_one_site_and_those_that_are_no_hosts() {
        for (a, b, same) in [
            ("https://shop.example/", "shop.example:443", true),
            ("www.shop.example", "https://shop.example:8443/a?b=c:d/e", true),
            ("shop.example:443", "other.example:443", false),
            ("[2001:db8::1]:443", "https://[2001:db8::1]/", true),
            ("[2001:db8::1]:443", "https://[2001:db8::2]/", false),
            ("network of 192.168.1.1", "the router 192.168.1.1 at wlan0", true),
            ("system", "CN=Own (system)", true),
        ] {
            assert_eq!(is_same_place(a, b), same, "{a} {b}");
        }
    }
}
