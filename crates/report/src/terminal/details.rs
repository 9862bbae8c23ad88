//! What stands behind the summary: chains of evidence, findings with their fixes, what is not known.

use midwatch_model::{AttackVerdict, Fix, ServerFix, TargetReport, Verdict};

use super::layout::{Out, cut, width};
use super::{host_keys, way};
use crate::clean;
use crate::facts;
use crate::fold::{self, Group};
use crate::gaps::{self, Gap};
use crate::words;

/// Places and pieces of evidence that are shown of one group unless the report is verbose.
const FEW: usize = 3;
/// Rows that one text from a peer may take.
const ROWS: usize = 6;
/// The column where the text of a finding begins.
const LABEL: usize = 10;

pub(super) fn write(out: &mut Out, target: &TargetReport, verbose: bool) {
    host_keys::write(out, target);
    chains(out, target);
    match crate::way::way(target).as_slice() {
        [] => path(out, target),
        hops => way::hop_by_hop(out, hops, verbose),
    }
    findings(out, target, verbose);
    measured(out, target);
    unknown(out, target, verbose);
}

/// The chain of evidence of each attack method, the open ones first.
fn chains(out: &mut Out, target: &TargetReport) {
    if target.attacks.is_empty() {
        return;
    }
    let sections = [
        ("How each attack works here", &[Verdict::Exposed, Verdict::Partly] as &[Verdict]),
        ("Where too little could be measured", &[Verdict::Unknown]),
        ("Why the others are closed", &[Verdict::Protected]),
    ];
    for (heading, verdicts) in sections {
        let mut attacks: Vec<&AttackVerdict> =
            target.attacks.iter().filter(|attack| verdicts.contains(&attack.verdict)).collect();
        attacks.sort_by_key(|attack| std::cmp::Reverse(attack.verdict));
        if !attacks.is_empty() {
            out.blank();
            out.rule(heading);
        }
        for attack in attacks {
            out.blank();
            chain(out, attack);
        }
    }
}

fn chain(out: &mut Out, attack: &AttackVerdict) {
    let paint = out.paint();
    let lead = format!("{} {}", words::sign(attack.verdict), attack.verdict);
    let line = format!("  {}  {}", paint.verdict(attack.verdict, &lead), paint.bold(attack.id.name()));
    out.raw(&line);
    let leads = matches!(attack.verdict, Verdict::Exposed | Verdict::Partly);
    for (at, because) in attack.because.iter().enumerate() {
        let rests = match because.findings.as_slice() {
            [] => String::new(),
            ids => format!(" [{}]", ids.join(", ")),
        };
        // Reasons stand side by side; the links of a chain lead from one to the next.
        let label = if !leads || at == 0 { "-" } else { "->" };
        out.labelled(4, label, 3, &format!("{}{rests}", because.text), |_, line| line.to_owned());
    }
    for remains in &attack.remains {
        out.labelled(4, "Remains:", 9, remains, |paint, line| paint.dim(line));
    }
}

/// What somebody at each station can do.
fn path(out: &mut Out, target: &TargetReport) {
    if target.path.is_empty() {
        return;
    }
    out.blank();
    out.rule("Station by station");
    out.blank();
    for hop in &target.path {
        let verdict = hop.mark.verdict;
        let lead =
            format!("  {} {:<9}  {:<9}", words::sign(verdict), verdict.to_string(), hop.station.name());
        let hang = width(&lead);
        let room = out.width().saturating_sub(hang);
        let paint = out.paint();
        let text = clean::line(&hop.mark.because);
        for (at, line) in super::layout::wrap(&text, room, room).iter().enumerate() {
            let start = if at == 0 { paint.verdict(verdict, &lead) } else { " ".repeat(hang) };
            out.raw(&format!("{start}{line}"));
        }
    }
}

fn findings(out: &mut Out, target: &TargetReport, verbose: bool) {
    let groups = fold::groups(&target.findings);
    if groups.is_empty() {
        return;
    }
    out.blank();
    out.rule(&format!("Findings ({}, worst first)", target.findings.len()));
    for group in &groups {
        out.blank();
        finding(out, group, verbose);
    }
}

fn finding(out: &mut Out, group: &Group<'_>, verbose: bool) {
    let paint = out.paint();
    let severity = group.severity().to_string().to_uppercase();
    let title = clean::line(&group.first.title);
    let times = if group.count() > 1 { format!(" ({} places)", group.count()) } else { String::new() };
    let room = out.width().saturating_sub(width(&severity) + 1);
    for (at, line) in super::layout::wrap(&format!("{title}{times}"), room, room).iter().enumerate() {
        let start =
            if at == 0 { paint.severity(group.severity(), &severity) } else { " ".repeat(width(&severity)) };
        out.raw(&format!("{start} {}", paint.bold(line)));
    }
    let confidence = words::confidence(group.confidence());
    field(out, "id", &format!("{} (confidence: {confidence})", group.id()));
    let few = if verbose { usize::MAX } else { FEW };

    for (at, member) in group.members.iter().take(few).enumerate() {
        let text = match group.milder(member) {
            None => member.place.clone(),
            Some(severity) => format!("{} ({severity})", member.place),
        };
        field(out, if at == 0 { "where" } else { "" }, &text);
    }
    more(out, group.count(), few);

    for (at, gain) in group.gains().iter().take(few).enumerate() {
        field(out, if at == 0 { "gain" } else { "" }, gain);
    }
    let from = group.from();
    if !from.is_empty() {
        field(out, "from", &words::stations(&from));
    }
    let evidence = group.evidence();
    for (at, one) in evidence.iter().take(few).enumerate() {
        field(out, if at == 0 { "evidence" } else { "" }, &format!("{} [{}]", one.detail, one.observation));
    }
    more(out, evidence.len(), few);
    for (at, benign) in group.benign().iter().enumerate() {
        field(out, if at == 0 { "but" } else { "" }, benign);
    }
    let fixes = group.fixes();
    for fix in fixes.iter().take(few) {
        write_fix(out, fix, verbose);
    }
    more(out, fixes.len(), few);
    field(out, "source", &group.sources().join("; "));
}

/// What to do, and the lines that do it: those for the server that was seen; the others are named.
fn write_fix(out: &mut Out, fix: &Fix, verbose: bool) {
    if fix.summary.is_empty() && fix.servers.is_empty() {
        return;
    }
    field(out, "fix", &fix.summary);
    // Where no server was recognised, the first one stands for all.
    let first = fix.servers.iter().find(|server| server.seen).or(fix.servers.first());
    let shown = |server: &&ServerFix| verbose || first.is_some_and(|first| first.server == server.server);
    for server in fix.servers.iter().filter(shown) {
        let paint = out.paint();
        field(out, "", &format!("{}, {}:", server.server, server.place));
        for line in clean::lines(&server.lines) {
            // Never wrapped: configuration is there to be copied.
            out.raw(&format!("{}{}", " ".repeat(2 + LABEL + 2), paint.code(&line)));
        }
    }
    let mut others: Vec<_> =
        fix.servers.iter().filter(|server| !shown(server)).map(|server| server.server.to_string()).collect();
    others.dedup();
    if !others.is_empty() {
        out.labelled(2 + LABEL, "", 0, &format!("Also for {}.", words::and(&others)), |paint, line| {
            paint.dim(line)
        });
    }
}

/// A label and its text, at most [`ROWS`] rows of it.
fn field(out: &mut Out, label: &str, text: &str) {
    if text.is_empty() {
        return;
    }
    let room = out.width().saturating_sub(2 + LABEL);
    let text = cut(&clean::line(text), room * ROWS);
    if label.is_empty() {
        out.text(2 + LABEL, 0, &text);
    } else {
        out.labelled(2, label, LABEL, &text, |_, line| line.to_owned());
    }
}

fn more(out: &mut Out, all: usize, shown: usize) {
    if all > shown {
        out.labelled(2 + LABEL, "", 0, &format!("and {} more", all - shown), |paint, line| paint.dim(line));
    }
}

/// What was measured, in short.
fn measured(out: &mut Out, target: &TargetReport) {
    let facts = facts::details(target);
    if facts.is_empty() {
        return;
    }
    out.blank();
    out.rule("What was measured");
    out.blank();
    for (label, text) in facts {
        let text = cut(&clean::line(&text), out.width() * ROWS);
        out.labelled(2, label, 13, &text, |_, line| line.to_owned());
    }
}

/// What could not be measured, and why.
fn unknown(out: &mut Out, target: &TargetReport, verbose: bool) {
    let gaps = gaps::gaps(target);
    let (asked, not_asked): (Vec<&Gap>, Vec<&Gap>) = gaps.iter().partition(|gap| gap.asked);
    if !asked.is_empty() {
        out.blank();
        out.rule("What could not be measured");
        out.blank();
        write_gaps(out, &asked, verbose);
    }
    if verbose && !not_asked.is_empty() {
        out.blank();
        out.rule("What was not asked, or does not apply");
        out.blank();
        write_gaps(out, &not_asked, verbose);
    }
}

fn write_gaps(out: &mut Out, gaps: &[&Gap], verbose: bool) {
    let few = if verbose { usize::MAX } else { FEW };
    let width = out.width();
    for gap in gaps {
        let text = cut(&clean::line(&format!("{}: {}", gap.what, gap.why)), width * ROWS);
        out.labelled(2, "-", 2, &text, |_, line| line.to_owned());
        for subject in gap.subjects.iter().take(few) {
            let subject = cut(&clean::line(subject), width * 2);
            out.labelled(6, "", 2, &subject, |paint, line| paint.dim(line));
        }
        if gap.subjects.len() > few {
            let text = format!("and {} more", gap.subjects.len() - few);
            out.labelled(6, "", 0, &text, |paint, line| paint.dim(line));
        }
    }
}
