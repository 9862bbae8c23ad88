//! The report for a person at a terminal: one screen of summary for each target, then the details.

mod details;
mod host_keys;
mod layout;
mod news;
mod story;
mod summary;
mod way;

use midwatch_model::{Report, TargetReport};

use crate::words;
use layout::{Out, Paint};
pub use news::news;
pub use story::story;

/// How the terminal report is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TerminalOptions {
    /// Columns of the terminal. Fewer than 40 count as 40, and lines never get longer than 110, since longer
    /// ones are hard to read.
    pub width: usize,
    /// Whether ANSI escape sequences for colour may be written. The caller decides, from `NO_COLOR` and
    /// whether the output is a terminal.
    pub colour: bool,
    /// Every place of every finding, the configuration lines for all servers, and what was not asked for.
    pub verbose: bool,
}

impl Default for TerminalOptions {
    /// 80 columns, no colour, not verbose.
    fn default() -> Self {
        TerminalOptions { width: 80, colour: false, verbose: false }
    }
}

/// Rows that the summary of one target may take, so that it fits on a terminal of 24 rows.
const SUMMARY_ROWS: usize = 24;

/// Targets above which those without findings are named in the list at the end alone.
const MANY: usize = 20;

/// True where there is nothing to say of a target but that it is sound.
fn is_sound(target: &TargetReport) -> bool {
    target.findings.is_empty() && target.state == midwatch_model::State::Measured
}

/// The report as text for a terminal, ending with a line feed.
///
/// For each target a summary of at most 24 rows at 80 columns (the verdict, the picture of the path, a line for
/// each attack method, what to fix first) and then the details (chains of evidence, findings with their fixes,
/// what could not be measured). Verdicts are told apart by signs and words; colour only helps. No line is wider
/// than `options.width` but configuration lines, which stay whole so that they can be copied.
pub fn terminal(report: &Report, options: &TerminalOptions) -> String {
    let mut out = Out::new(options.width.clamp(40, 110), Paint { on: options.colour });
    let many = report.targets.len() > MANY && !options.verbose;
    let in_full = report.targets.iter().filter(|target| !many || !is_sound(target));
    for (at, target) in in_full.clone().enumerate() {
        if at > 0 {
            out.blank();
        }
        summary::write(&mut out, report, target);
        details::write(&mut out, target, options.verbose);
    }
    if report.targets.len() > 1 {
        overview(&mut out, report);
    }
    let left = report.targets.len() - in_full.count();
    if left > 0 {
        out.blank();
        let text = format!(
            "{} without findings stand in the list alone; --verbose shows them whole.",
            words::count(left, "target")
        );
        out.text(0, 0, &text);
    }
    if report.targets.is_empty() {
        out.text(0, 0, "No target was named, so nothing was measured.");
    }
    out.finish()
}

/// One line for each target, where there is more than one.
fn overview(out: &mut Out, report: &Report) {
    out.blank();
    out.rule("All targets");
    let words = report.targets.iter().map(|target| layout::width(words::overall_word(target)));
    let longest = words.max().unwrap_or(0);
    for target in &report.targets {
        let verdict = words::overall(target);
        let lead = format!("{} {:<longest$} ", words::sign(verdict), words::overall_word(target));
        let rest = format!("{}  {}", target.target, findings_phrase(target));
        let room = out.width().saturating_sub(layout::width(&lead) + 1);
        let line = format!(
            "{} {}",
            out.paint().verdict(verdict, &lead),
            layout::cut(&crate::clean::line(&rest), room)
        );
        out.raw(&line);
    }
}

/// `1 critical, 3 high and 2 low findings`, or `no findings`.
fn findings_phrase(target: &TargetReport) -> String {
    let counts = words::severities(&target.findings);
    if counts.is_empty() {
        return match target.state {
            midwatch_model::State::NotMeasured => "nothing measured".into(),
            _ => "no findings".into(),
        };
    }
    let parts: Vec<_> = counts.iter().map(|(severity, count)| format!("{count} {severity}")).collect();
    let noun = if target.findings.len() == 1 { "finding" } else { "findings" };
    format!("{} {noun}", words::and(&parts))
}

#[cfg(test)]
pub(crate) mod tests;
