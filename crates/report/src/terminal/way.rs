//! The way from this computer to the internet, as a picture and hop by hop.

use midwatch_model::Verdict;

use super::layout::{Out, cut, pad, width};
use crate::clean;
use crate::way::{Hop, meaning, word};
use crate::words;

/// Columns up to which the picture goes from top to bottom.
const NARROW: usize = 60;
/// Columns that what is at a hop may take in the picture from left to right.
const DETAIL: usize = 17;
/// Columns below which what is at a hop is left out rather than cut.
const CUT: usize = 12;
/// Rows that one text may take.
const ROWS: usize = 4;
/// Checks that are named at one hop.
const FEW: usize = 4;

/// The picture: from left to right, or from top to bottom where that does not fit.
pub(super) fn picture(out: &mut Out, hops: &[Hop<'_>]) {
    match (out.width() > NARROW).then(|| columns(hops, out.width() - 2)).flatten() {
        Some(columns) => across(out, hops, &columns),
        None => down(out, hops),
    }
}

/// How wide each hop is, with the most room for what is there that fits; none where not even the names fit.
fn columns(hops: &[Hop<'_>], room: usize) -> Option<Vec<usize>> {
    (0..=DETAIL).rev().find_map(|detail| {
        let wide = |hop: &Hop<'_>| {
            let name = width(hop.place.short_name()).max(width(word(hop.verdict)));
            name.max(width(&what(hop)).min(detail)) + 2
        };
        let all: Vec<usize> = hops.iter().map(wide).collect();
        // The last hop needs no space behind it.
        (all.iter().sum::<usize>() <= room + 2).then_some(all)
    })
}

fn across(out: &mut Out, hops: &[Hop<'_>], columns: &[usize]) {
    let paint = out.paint();
    let mut shown = 0;
    let [mut names, mut marks, mut verdicts, mut whats] = [(); 4].map(|()| String::from("  "));
    for (at, (hop, &wide)) in hops.iter().zip(columns).enumerate() {
        names.push_str(&paint.bold(&pad(hop.place.short_name(), wide)));
        marks.push_str(&paint.verdict(hop.verdict, &words::sign(hop.verdict).to_string()));
        if at + 1 < hops.len() {
            marks.push_str(&paint.dim(&format!(" {} ", "─".repeat(wide.saturating_sub(3)))));
        }
        verdicts.push_str(&paint.verdict(hop.verdict, &pad(word(hop.verdict), wide)));
        let (what, room) = (what(hop), wide.saturating_sub(2));
        // The first letters of an address say nothing.
        let what = if width(&what) > room && room < CUT { String::new() } else { cut(&what, room) };
        shown += usize::from(!what.is_empty());
        whats.push_str(&paint.dim(&pad(&what, wide)));
    }
    [names, marks, verdicts].iter().for_each(|line| out.raw(line));
    // A line of gaps looks as if nothing were known.
    if shown * 2 >= hops.iter().filter(|hop| !hop.what.is_empty()).count() {
        out.raw(&whats);
    }
}

fn down(out: &mut Out, hops: &[Hop<'_>]) {
    let paint = out.paint();
    for (at, hop) in hops.iter().enumerate() {
        if at > 0 && out.width() <= NARROW {
            out.raw(&format!("  {}", paint.dim("│")));
        }
        let sign = words::sign(hop.verdict);
        let name = pad(hop.place.short_name(), 8);
        let mark = pad(word(hop.verdict), 7);
        let room = out.width().saturating_sub(2 + 2 + 8 + 2 + 7 + 2);
        out.raw(&format!(
            "  {} {}  {}  {}",
            paint.verdict(hop.verdict, &sign.to_string()),
            paint.bold(&name),
            paint.verdict(hop.verdict, &mark),
            paint.dim(&cut(&what(hop), room)),
        ));
    }
}

/// The shortest word on what is at a hop.
fn what(hop: &Hop<'_>) -> String {
    hop.what.first().map(|text| clean::line(text)).unwrap_or_default()
}

/// Each hop with what is there, why it is marked so, and which checks found something there.
pub(super) fn hop_by_hop(out: &mut Out, hops: &[Hop<'_>], verbose: bool) {
    out.blank();
    out.rule("The way, hop by hop");
    for hop in hops {
        out.blank();
        let paint = out.paint();
        let lead = format!("{} {}", words::sign(hop.verdict), pad(word(hop.verdict), 7));
        let line = format!("  {}  {}", paint.verdict(hop.verdict, &lead), paint.bold(hop.place.name()));
        out.raw(&line);
        let room = out.width().saturating_sub(6);
        let what = hop.what.iter().map(|text| clean::line(text)).collect::<Vec<_>>().join("; ");
        if !what.is_empty() {
            out.text(4, 2, &cut(&what, room * ROWS));
        }
        for because in &hop.because {
            out.text(4, 2, &cut(&clean::line(because), room * ROWS));
        }
        let few = if verbose { usize::MAX } else { FEW };
        let mut stands: Vec<String> = hop.stands.iter().take(few).map(|one| stand(one.id, one)).collect();
        if hop.stands.len() > few {
            stands.push(format!("and {} more", hop.stands.len() - few));
        }
        if !stands.is_empty() {
            let text = cut(&stands.join(", "), room * ROWS);
            out.labelled(4, "Found:", 7, &text, |_, line| line.to_owned());
        }
    }
    out.blank();
    for verdict in [Verdict::Protected, Verdict::Unknown, Verdict::Partly, Verdict::Exposed] {
        if hops.iter().any(|hop| hop.verdict == verdict) {
            let text = format!("{} {}: {}.", words::sign(verdict), word(verdict), meaning(verdict));
            out.labelled(2, "", 2, &text, |paint, line| paint.dim(line));
        }
    }
}

fn stand(id: &str, one: &crate::way::Stands<'_>) -> String {
    let places = if one.count > 1 { format!(", {} places", one.count) } else { String::new() };
    format!("{} ({}{places})", clean::line(id), one.severity)
}
