//! The parts of the HTML report, for pages of other programs: the same look, the same words, the same escaping.
//!
//! Every function gives HTML that can stand in an element's content. Texts come cleaned and escaped. Nothing has an inline
//! style or script, so a page that includes them can forbid both. The page needs [`STYLE`] and, once, [`SYMBOLS`].

use std::fmt::Display;

use midwatch_model::{PathHop, Station, TargetReport, Verdict};

use super::escape::{Breaking, Esc, Prose};
use super::{icons, target};
use crate::{clean, words};

/// The report's style sheet.
pub const STYLE: &str = super::STYLE;

/// The pictures that the fragments refer to; once in each document.
pub const SYMBOLS: &str = icons::SYMBOLS;

/// The parts of one target's report, each empty where there is nothing to say. Ids in them begin with `t1-` and are
/// unique over all parts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TargetParts {
    /// The verdict in a word and a sentence, and the findings by severity.
    pub banner: String,
    /// What to fix first, and what was measured in short.
    pub glance: String,
    /// The picture of the path, with a heading of the third level.
    pub path: String,
    /// The keys of an SSH server and who knows them.
    pub host_keys: String,
    /// A card for each attack method with its chain of evidence.
    pub attacks: String,
    /// The findings with their fixes.
    pub findings: String,
    /// What was measured, with the raw facts.
    pub measured: String,
    /// What could not be measured, and why.
    pub unknown: String,
}

/// One target's report in parts, all headings from the third level down.
pub fn target_parts(report: &TargetReport) -> TargetParts {
    target::parts(1, report)
}

/// The stations of a path as the picture's list; each has its mark in a word and why.
pub fn path(hops: &[PathHop]) -> String {
    let mut out = String::from("<ol class=\"path\">\n");
    hops.iter().for_each(|hop| target::station(&mut out, hop));
    out.push_str("</ol>\n");
    out
}

/// The shape of a verdict. The word has to stand beside it: screen readers skip the picture.
pub fn verdict_mark(verdict: Verdict) -> String {
    icons::verdict(verdict)
}

/// The picture of a station; screen readers skip it.
pub fn station_picture(station: Station) -> String {
    icons::station(station)
}

/// A text for one line, for element content and for attributes in double quotes.
pub fn text(text: impl Display) -> String {
    Esc(text).to_string()
}

/// The same, with places where a long URL or list may break; for element content.
pub fn breaking(text: impl Display) -> String {
    Breaking(text).to_string()
}

/// A sentence: as [`breaking`], and what stands between backticks is code.
pub fn prose(text: impl Display) -> String {
    Prose(text).to_string()
}

/// A text for one line without what acts on a reader's screen or hides from the eye; not escaped.
pub fn plain(text: &str) -> String {
    clean::line(text)
}

/// The lines of a text, each as [`plain`] gives it.
pub fn plain_lines(text: &str) -> Vec<String> {
    clean::lines(text)
}

/// The verdict on a target as a whole.
pub fn overall(report: &TargetReport) -> Verdict {
    words::overall(report)
}

/// [`overall`] in one word or a few.
pub fn overall_word(report: &TargetReport) -> &'static str {
    words::overall_word(report)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::html::tests::{is_well_built, links_lead_somewhere, loads_nothing};
    use crate::sample;

    #[test]
    fn the_parts_together_are_the_report() {
        for report in [sample::report(), sample::here(), sample::ssh()] {
            let parts = target_parts(&report.targets[0]);
            let whole = crate::html(&report);
            for part in [
                &parts.banner,
                &parts.glance,
                &parts.path,
                &parts.host_keys,
                &parts.attacks,
                &parts.findings,
                &parts.measured,
                &parts.unknown,
            ] {
                assert!(whole.contains(part.as_str()), "{part}");
                loads_nothing(part);
            }
            let page = format!(
                "<h1>a</h1>{SYMBOLS}<h2>b</h2>{}{}{}{}{}{}{}{}",
                parts.banner,
                parts.glance,
                parts.path,
                parts.host_keys,
                parts.attacks,
                parts.findings,
                parts.measured,
                parts.unknown
            );
            links_lead_somewhere(&page);
            is_well_built(&page);
        }
    }
}
