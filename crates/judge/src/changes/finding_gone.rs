//! A finding is gone.

use midwatch_model::Severity;

use super::findings;
use super::rule::Rule;
use crate::words;
use midwatch_model::Likelihood;

pub(crate) static RULE: Rule = Rule {
    id: "finding-gone",
    title: "A finding is gone",
    severity: Severity::Info,
    about: "What no closer rule tells: a check found something before, and does not any more.",
    decided: "A finding of a check at a place that is in the latest look that says something of it, and not \
              in this one, which looked at all that the finding rests on: one that is gone only since its \
              fact was not measured is not gone, and neither is one on pages where one of them failed or \
              limits kept the crawl from some. By the same version of midwatch. The findings of one check \
              are one change. Benign.",
    benign: &[],
    advice: "Nothing.",
    source: "the source of the check",
    attacks: &[],
    explains: &[],
    find: |pair, found| {
        let Some(delta) = findings::delta(pair) else { return };
        for (id, all) in findings::by_check(&delta.gone, pair.told) {
            let Some(first) = findings::foremost(&all) else { continue };
            let more = all.len() - 1;
            let more = if more == 0 {
                String::new()
            } else {
                format!(" (and at {} more)", words::count(more, "place"))
            };
            let lines = all.iter().map(|finding| findings::line(finding, finding.severity));
            found
                .at(format!("{}: {}: this is over{more}", first.place, first.title))
                .place(&first.place)
                .likely(Likelihood::Benign)
                .differs(lines, all.iter().map(|finding| findings::none(finding)))
                .because(format!("The check {id} looked at the same, and does not find it any more."));
        }
    },
};
