//! The summary of one target: at most one screen.

use midwatch_model::{PathHop, Report, State, TargetReport};

use super::SUMMARY_ROWS;
use super::layout::{Out, cut, pad, width};
use super::way;
use crate::clean;
use crate::fold;
use crate::words;

/// Columns that one station of the picture takes.
const STATION: usize = 13;

pub(super) fn write(out: &mut Out, report: &Report, target: &TargetReport) {
    let start = out.lines();
    title(out, report, target);
    out.blank();
    headline(out, target);
    if !target.path.is_empty() {
        out.blank();
        match crate::way::way(target).as_slice() {
            [] => path(out, &target.path),
            hops => way::picture(out, hops),
        }
    }
    if !target.attacks.is_empty() {
        out.blank();
        attacks(out, target);
    }
    let rows = SUMMARY_ROWS.saturating_sub(out.lines() - start);
    fix_first(out, target, rows);
}

/// The target on the left, midwatch and the time on the right.
fn title(out: &mut Out, report: &Report, target: &TargetReport) {
    let right = format!("midwatch {}, {}", clean::line(&report.midwatch), words::moment(report.started));
    let name = clean::line(&target.target.to_string());
    let room = out.width().saturating_sub(width(&right) + 2);
    if room >= 24 || width(&name) <= room {
        let name = cut(&name, room);
        let gap = " ".repeat(out.width().saturating_sub(width(&name) + width(&right)));
        let line = format!("{}{gap}{}", out.paint().bold(&name), out.paint().dim(&right));
        out.raw(&line);
    } else {
        let line = out.paint().bold(&cut(&name, out.width()));
        out.raw(&line);
        let line = out.paint().dim(&cut(&right, out.width()));
        out.raw(&line);
    }
}

fn headline(out: &mut Out, target: &TargetReport) {
    let verdict = words::overall(target);
    let word = words::overall_word(target);
    let lead = format!("{} {word}.", words::sign(verdict));
    let sentence = words::overall_sentence(target);
    // The word is painted and the sentence is not, so the first line is put together by hand.
    let mut lines =
        super::layout::wrap(&format!("{lead} {sentence}"), out.width(), out.width().saturating_sub(2));
    if let Some(first) = lines.first_mut()
        && let Some(rest) = first.strip_prefix(&lead)
    {
        *first = format!("{}{rest}", out.paint().verdict(verdict, &lead));
    }
    for (at, line) in lines.iter().enumerate() {
        out.raw(&if at == 0 { line.clone() } else { format!("  {line}") });
    }
    if target.state == State::NotMeasured && target.findings.is_empty() {
        // "No findings" would read as good news.
    } else if target.findings.is_empty() {
        out.text(2, 0, "No findings.");
    } else {
        out.text(2, 0, &format!("{}.", super::findings_phrase(target)));
    }
    if let Some(error) = &target.error {
        let error = cut(&clean::line(error), out.width() * 2 - 30);
        out.text(2, 2, &format!("Could not be measured: {error}."));
    } else if target.state == State::Partly {
        out.text(2, 2, "Not everything could be measured; the end of the details says what.");
    }
}

/// The way to the target, from left to right, or from top to bottom where that does not fit.
fn path(out: &mut Out, path: &[PathHop]) {
    let paint = out.paint();
    // The last station needs no line behind it.
    if 2 + STATION * path.len().saturating_sub(1) + 9 > out.width() {
        for hop in path {
            let verdict = hop.mark.verdict;
            let mark = pad(&format!("{} {verdict}", words::sign(verdict)), 12);
            let line = format!("  {}{}", pad(hop.station.name(), 9), paint.verdict(verdict, &mark));
            out.raw(&line);
        }
        return;
    }
    let mut names = String::from("  ");
    let mut marks = String::from("  ");
    let mut verdicts = String::from("  ");
    for (at, hop) in path.iter().enumerate() {
        let verdict = hop.mark.verdict;
        names.push_str(&paint.bold(&pad(hop.station.name(), STATION)));
        marks.push_str(&paint.verdict(verdict, &words::sign(verdict).to_string()));
        if at + 1 < path.len() {
            marks.push_str(&paint.dim(&format!(" {} ", "─".repeat(STATION - 3))));
        }
        verdicts.push_str(&paint.verdict(verdict, &pad(&verdict.to_string(), STATION)));
    }
    out.raw(&names);
    out.raw(&marks);
    out.raw(&verdicts);
}

/// One line for each attack method: sign, verdict, name, and where its chain of evidence begins.
fn attacks(out: &mut Out, target: &TargetReport) {
    let longest = target.attacks.iter().map(|attack| width(attack.id.name())).max().unwrap_or(0);
    for attack in &target.attacks {
        let verdict = attack.verdict;
        let mark = pad(&format!("{} {verdict}", words::sign(verdict)), 12);
        let name = pad(attack.id.name(), longest);
        let room = out.width().saturating_sub(2 + 12 + longest + 2);
        let why = attack.because.first().map(|because| clean::line(&because.text)).unwrap_or_default();
        let why = if room < 12 { String::new() } else { cut(&why, room) };
        let paint = out.paint();
        let line = format!("  {}{}  {}", paint.verdict(verdict, &mark), paint.bold(&name), why);
        out.raw(&line);
    }
}

/// The worst findings, as many as fit on the rows that are left.
fn fix_first(out: &mut Out, target: &TargetReport, rows: usize) {
    let groups = fold::groups(&target.findings);
    let shown = groups.len().min(3).min(rows.saturating_sub(2));
    if shown == 0 {
        return;
    }
    out.blank();
    let heading = if shown == groups.len() { "To fix" } else { "To fix first" };
    let line = format!("  {}", out.paint().bold(heading));
    out.raw(&line);
    for group in groups.iter().take(shown) {
        let severity = pad(&group.severity().to_string(), 10);
        let text = match group.count() {
            1 => clean::line(&group.first.title),
            count => format!("{} ({count} places)", clean::line(&group.first.title)),
        };
        let room = out.width().saturating_sub(14);
        let paint = out.paint();
        let line = format!(
            "    {}{}",
            paint.severity(group.severity(), severity.trim_end()),
            " ".repeat(10 - severity.trim_end().len())
        );
        out.raw(&format!("{line}{}", cut(&text, room)));
    }
}
