//! A finding is worse than before.

use midwatch_model::Severity;

use super::findings;
use super::rule::Rule;

pub(crate) static RULE: Rule = Rule {
    id: "finding-worse",
    title: "A finding is worse than before",
    severity: Severity::Info,
    about: "What no closer rule tells: a check found something before, and finds it worse now.",
    decided: "A finding of a check at a place with a higher severity than in the latest look that has it, by \
              the same version of midwatch. A finding that a closer rule explains stands in its change \
              instead. As bad as it is now. Unclear.",
    benign: &["What changed may be meant: the finding's own page has its causes without an attacker."],
    advice: "Read the finding in the report: it has the evidence, and the lines that stop it.",
    source: "the source of the check",
    attacks: &[],
    explains: &[],
    find: |pair, found| {
        let Some(delta) = findings::delta(pair) else { return };
        for (was, finding) in &delta.worse {
            if findings::explained(finding, pair.told) {
                continue;
            }
            found
                .at(format!("{}: {}, which is worse than before", finding.place, finding.title))
                .place(&finding.place)
                .severity(finding.severity)
                .differs([findings::line(finding, *was)], [findings::line(finding, finding.severity)])
                .because(format!(
                    "The check {} found it {was} before, and {} now.",
                    finding.id, finding.severity
                ));
        }
    },
};
