//! A check finds something that it did not find before.

use midwatch_model::Severity;

use super::findings;
use super::rule::Rule;
use crate::words;

pub(crate) static RULE: Rule = Rule {
    id: "finding-appeared",
    title: "A check finds something that it did not find before",
    severity: Severity::Info,
    about: "What no closer rule tells: a check looked before and found nothing, and finds something now.",
    decided: "A finding of a check at a place, where it is not in the latest look that says something of it, \
              and a look of the same version of midwatch at the same facts is remembered. Looks in which \
              what the finding rests on was not measured, or of whose pages one failed, say nothing of it; \
              so a fact that is measured for the first time brings no events. A finding that a closer rule \
              explains stands in its change instead. The findings of one check are one change. As bad as the \
              worst of them. Unclear.",
    benign: &["What changed may be meant: the finding's own page has its causes without an attacker."],
    advice: "Read the finding in the report: it has the evidence, and the lines that stop it.",
    source: "the source of the check",
    attacks: &[],
    explains: &[],
    find: |pair, found| {
        let Some(delta) = findings::delta(pair) else { return };
        for (id, all) in findings::by_check(&delta.appeared, pair.told) {
            let Some(worst) = findings::foremost(&all) else { continue };
            let more = all.len() - 1;
            let more = if more == 0 {
                String::new()
            } else {
                format!(" (and at {} more)", words::count(more, "place"))
            };
            let lines = all.iter().map(|finding| findings::line(finding, finding.severity));
            found
                .at(format!("{}: {}{more}", worst.place, worst.title))
                .place(&worst.place)
                .severity(worst.severity)
                .differs(all.iter().map(|finding| findings::none(finding)), lines)
                .because(format!("The check {id} looked at the same before, and did not find it."));
        }
    },
};
