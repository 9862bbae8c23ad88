//! The way from this computer to the internet, as a picture.
//!
//! It is a list that style makes a picture of: without style, and read aloud, each hop says its name, its mark in a word
//! and why.

use std::fmt::Write;

use midwatch_model::Verdict;

use super::escape::{Breaking, Esc, Prose};
use super::icons;
use super::target::Anchors;
use crate::way::{Hop, meaning, word};

/// Checks that are named at one hop.
const FEW: usize = 6;

pub(super) fn write(out: &mut String, hops: &[Hop<'_>], anchors: &Anchors) {
    let number = anchors.target;
    let _ = writeln!(
        out,
        "<section class=\"way\" aria-labelledby=\"t{number}-path\">\n<h3 id=\"t{number}-path\">The way from this \
         computer to the internet</h3>\n<ol class=\"path hops\">"
    );
    hops.iter().for_each(|one| hop(out, one, anchors));
    out.push_str("</ol>\n<dl class=\"key\" aria-label=\"What the marks mean\">");
    for verdict in [Verdict::Exposed, Verdict::Partly, Verdict::Unknown, Verdict::Protected] {
        if hops.iter().any(|hop| hop.verdict == verdict) {
            let _ = write!(
                out,
                "<div class=\"{verdict}\"><dt>{}{}</dt><dd>{}</dd></div>",
                icons::verdict(verdict),
                word(verdict),
                meaning(verdict)
            );
        }
    }
    out.push_str("</dl>\n</section>\n");
}

fn hop(out: &mut String, hop: &Hop<'_>, anchors: &Anchors) {
    let _ = write!(
        out,
        "<li class=\"{}\"><span class=\"stop\">{}{}</span><div><b class=\"name\">{}</b> <span class=\"word\">{}</span>",
        hop.verdict,
        icons::place(hop.place),
        icons::verdict(hop.verdict),
        Esc(hop.place.short_name()),
        word(hop.verdict),
    );
    if !hop.what.is_empty() {
        let _ = write!(out, "<p class=\"what\">{}</p>", Breaking(hop.what.join("; ")));
    }
    for because in &hop.because {
        let _ = write!(out, "<p>{}</p>", Prose(because));
    }
    if !hop.stands.is_empty() {
        out.push_str("<ul class=\"stands\" aria-label=\"What was found there\">");
        for one in hop.stands.iter().take(FEW) {
            let places = if one.count > 1 { format!(", {} places", one.count) } else { String::new() };
            let _ = write!(out, "<li>{} ({}{places})</li>", anchors.finding(one.id), one.severity);
        }
        if hop.stands.len() > FEW {
            let _ = write!(out, "<li>and {} more</li>", hop.stands.len() - FEW);
        }
        out.push_str("</ul>");
    }
    out.push_str("</div></li>\n");
}
