//! What changed between two looks at one target.

use std::collections::BTreeMap;

use midwatch_model::{Finding, News, Severity, TargetReport};

/// A finding, whatever its severity: what and where.
type Key<'a> = (&'a str, &'a str);

/// What is new in `after`, worst first: findings that appeared, changed or went, and verdicts that are others now. A
/// verdict that only lost or won its reasons is none.
pub fn news(before: &TargetReport, after: &TargetReport) -> Vec<News> {
    let (old, new) = (worst(&before.findings), worst(&after.findings));
    let mut all = Vec::new();
    for (key, finding) in &new {
        match old.get(key) {
            None => all.push((finding.severity, News::Appeared { finding: Box::new((*finding).clone()) })),
            Some(known) if (known.severity, &known.title) != (finding.severity, &finding.title) => {
                let finding = Box::new((*finding).clone());
                all.push((finding.severity, News::Changed { was: known.severity, finding }));
            }
            Some(_) => {}
        }
    }
    // What is over comes last, whatever it was.
    for (key, finding) in &old {
        if !new.contains_key(key) {
            all.push((Severity::Info, News::Gone { finding: Box::new((*finding).clone()) }));
        }
    }
    all.sort_by_key(|(severity, _)| std::cmp::Reverse(*severity));
    let mut all: Vec<News> = all.into_iter().map(|(_, news)| news).collect();
    for attack in &after.attacks {
        let known = before.attacks.iter().find(|known| known.id == attack.id);
        if let Some(known) = known.filter(|known| known.verdict != attack.verdict) {
            let because = attack.because.clone();
            all.push(News::Verdict { attack: attack.id, was: known.verdict, is: attack.verdict, because });
        }
    }
    all
}

/// The worst finding of each check at each place.
fn worst(findings: &[Finding]) -> BTreeMap<Key<'_>, &Finding> {
    let mut all: BTreeMap<Key<'_>, &Finding> = BTreeMap::new();
    for finding in findings {
        let key = (finding.id.as_str(), finding.place.as_str());
        let known = all.entry(key).or_insert(finding);
        if finding.severity > known.severity {
            *known = finding;
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use midwatch_model::{AttackId, State, Verdict};

    use super::*;
    use crate::testing::*;

    fn report(scene: &Scene) -> TargetReport {
        let judged = scene.judge();
        TargetReport {
            target: scene.target(),
            state: State::Measured,
            error: None,
            observations: scene.observations(),
            findings: judged.findings,
            attacks: judged.attacks,
            path: judged.path,
        }
    }

    fn told(before: &TargetReport, after: &TargetReport) -> Vec<(String, String)> {
        let told = news(before, after).into_iter().filter_map(|news| match news {
            News::Appeared { finding } => Some(("appeared".into(), finding.id)),
            News::Changed { was, finding } => Some((format!("{was} to {}", finding.severity), finding.id)),
            News::Gone { finding } => Some(("gone".into(), finding.id)),
            News::Verdict { .. } | News::Began { .. } => None,
        });
        told.collect()
    }

    #[test]
    fn what_appears_changes_and_goes_is_told_once() {
        let by = |second: u64, changes, returns| {
            let by = [("02:00:00:00:00:01", 40), ("06:00:00:00:00:66", second)];
            report(&Scene::here_local().link_claimed(&by, changes, returns))
        };
        let quiet = report(&Scene::here_local().link(|_| {}));
        let (once, sustained, more) = (by(1, 2, 1), by(20, 20, 19), by(21, 22, 20));
        assert_eq!(told(&quiet, &quiet), []);
        assert_eq!(told(&quiet, &once), [("appeared".into(), "gateway-contested".to_owned())]);
        assert_eq!(told(&once, &sustained), [("low to high".into(), "gateway-contested".to_owned())]);
        // The same with other counts is nothing new.
        assert_eq!(told(&sustained, &more), []);
        assert_eq!(told(&more, &quiet), [("gone".into(), "gateway-contested".to_owned())]);
        let verdicts: Vec<_> = news(&quiet, &sustained)
            .into_iter()
            .filter_map(|news| match news {
                News::Verdict { attack, is, .. } => Some((attack, is)),
                _ => None,
            })
            .collect();
        assert!(verdicts.contains(&(AttackId::IpHijacking, Verdict::Exposed)), "{verdicts:?}");
    }
}
