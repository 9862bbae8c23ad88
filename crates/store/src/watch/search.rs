//! Findings of the newest looks, by their words.

use midwatch_model::{FindingMemo, Remembered, Severity};
use serde::{Deserialize, Serialize};

use super::{Ledger, codes, summaries};
use crate::StoreError;
use crate::database::{Statements, values};

/// Findings that are given, at most.
const MOST: u32 = 100;

/// A finding that holds the words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundFinding {
    /// The target's id.
    pub target: String,
    /// It.
    pub finding: FindingMemo,
}

impl Ledger {
    /// Findings of what is watched in whose id, title or place a text stands, in any case, the worst first; at most `limit`,
    /// and never more than 100. Where more targets than that have such findings, those with the worst are given.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn search_findings(&mut self, text: &str, limit: u32) -> Result<Vec<FoundFinding>, StoreError> {
        let limit = limit.min(MOST);
        let words = text.to_lowercase();
        // Which they are is told by the words alone, so that few memos have to be read.
        let rows = self.read(|database| {
            database.query(
                "SELECT w.target, m.value FROM (SELECT subject, target, worst FROM watch_words \
                 WHERE words LIKE $1 ESCAPE '!' AND target IN (SELECT id FROM watch_target) \
                 ORDER BY worst DESC, target, subject LIMIT $2) AS w \
                 JOIN watch_subject s ON s.id = w.subject JOIN watch_memo m ON m.id = s.latest \
                 ORDER BY w.worst DESC, w.target, s.place",
                values![summaries::pattern(text), limit],
            )
        })?;
        let mut found = Vec::new();
        for row in &rows {
            let target = row.text(0)?;
            let Remembered::Findings { findings, .. } = row.json(1)? else { continue };
            for finding in findings {
                let has = |field: &str| field.to_lowercase().contains(&words);
                if has(&finding.id) || has(&finding.title) || has(&finding.place) {
                    found.push(FoundFinding { target: target.to_owned(), finding });
                }
            }
        }
        found.sort_by_key(|one| std::cmp::Reverse(one.finding.severity));
        found.truncate(limit as usize);
        Ok(found)
    }
}

/// The words of what a subject's latest memo holds, where that is findings.
pub(crate) fn put(
    database: &mut dyn Statements,
    target: &str,
    subject: i64,
    what: &Remembered,
) -> Result<(), StoreError> {
    let Remembered::Findings { findings, .. } = what else { return Ok(()) };
    let mut words = String::new();
    for finding in findings {
        for field in [&finding.id, &finding.title, &finding.place] {
            words.push_str(&field.to_lowercase().replace('\0', "\u{fffd}"));
            words.push('\n');
        }
    }
    let worst = findings.iter().map(|finding| finding.severity).max().unwrap_or(Severity::Info);
    // As a rule they are what they were, and nothing is written.
    database.execute(
        "INSERT INTO watch_words (subject, target, worst, words) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (subject) DO UPDATE SET worst = excluded.worst, words = excluded.words \
         WHERE watch_words.worst <> excluded.worst OR watch_words.words <> excluded.words",
        values![subject, target, codes::rank(worst), words],
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use midwatch_model::{Memo, Severity, State, Target, TargetReport};

    use super::*;
    use crate::watch::tests::on_each;
    use crate::watch::{Filter, Look, Origin, WatchTarget};

    #[test]
    fn findings_of_the_newest_look_are_found_by_their_words_and_targets_by_their_tag() {
        on_each(|name, place| {
            let mut ledger = Ledger::open(place).expect(name);
            let target = Target::Here { capture: None };
            for (id, tags) in [("a", vec!["web", "50%"]), ("b", vec!["webs"])] {
                let kept = WatchTarget {
                    id: id.into(),
                    name: id.into(),
                    target: target.clone(),
                    origin: Origin::File,
                    every: 60,
                    paused: false,
                    added: "2026-11-30T00:00:00Z".parse().expect("a moment"),
                    tags: tags.into_iter().map(Into::into).collect(),
                };
                ledger.put_target(&kept).expect(name);
            }
            let report = TargetReport {
                target,
                state: State::Measured,
                error: None,
                observations: vec![],
                findings: vec![],
                attacks: vec![],
                path: vec![],
            };
            let finding = |title: &str, severity| FindingMemo {
                id: "hsts-missing".into(),
                place: "https://a/".into(),
                severity,
                title: title.into(),
                rests_on: Vec::new(),
            };
            for (at, titles) in [("01", vec!["An Old One"]), ("02", vec!["A \"new\" One", "Another"])] {
                let findings = titles.into_iter().map(|title| finding(title, Severity::High)).collect();
                let memos = [Memo {
                    place: "a".into(),
                    what: Remembered::Findings { findings, measured: Vec::new(), by: String::new() },
                }];
                let look = Look {
                    target: "a",
                    started: format!("2026-11-30T{at}:00:00Z").parse().expect("a moment"),
                    ended: format!("2026-11-30T{at}:00:01Z").parse().expect("a moment"),
                    report: &report,
                    memos: &memos,
                    events: &[],
                    alerts: &[],
                    next: "2026-11-30T09:00:00Z".parse().expect("a moment"),
                };
                ledger.record(&look).expect(name);
            }
            let titles = |ledger: &mut Ledger, text: &str| -> Vec<String> {
                let found = ledger.search_findings(text, 10).expect(name);
                found.into_iter().map(|one| format!("{} {}", one.target, one.finding.title)).collect()
            };
            assert_eq!(titles(&mut ledger, "NEW"), ["a A \"new\" One"], "{name}");
            assert_eq!(titles(&mut ledger, "\"new\""), ["a A \"new\" One"], "{name}");
            assert_eq!(titles(&mut ledger, "hsts").len(), 2, "{name}");
            assert!(titles(&mut ledger, "old one").is_empty(), "{name}");
            assert!(titles(&mut ledger, "100%").is_empty(), "{name}");
            let summary = ledger.summary("a").expect(name).expect("a target");
            assert_eq!(
                summary,
                ledger.summaries(&Filter { limit: 1, ..Filter::default() }).expect(name).0[0],
                "{name}"
            );
            assert_eq!(ledger.summary("none").expect(name), None, "{name}");
            let tagged = |ledger: &mut Ledger, tag: &str| {
                let filter = Filter { tag: Some(tag.into()), limit: 10, ..Filter::default() };
                ledger.summaries(&filter).expect(name).1
            };
            assert_eq!(
                (tagged(&mut ledger, "web"), tagged(&mut ledger, "webs"), tagged(&mut ledger, "50%")),
                (1, 1, 1),
                "{name}"
            );
            assert_eq!((tagged(&mut ledger, "we"), tagged(&mut ledger, "5_%")), (0, 0), "{name}");
        });
    }
}
