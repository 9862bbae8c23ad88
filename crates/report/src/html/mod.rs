//! The report as one self-contained HTML file.

mod escape;
mod findings;
pub mod fragments;
mod host_keys;
mod icons;
pub(crate) mod measured;
mod story;
mod target;
mod way;

use std::fmt::Write;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use midwatch_model::{Report, TargetReport, Verdict};
use sha2::{Digest, Sha256};

use crate::words;
use escape::Esc;
pub use story::story_html;

const STYLE: &str = include_str!("style.css");

/// The report as one HTML document.
///
/// Nothing is loaded: no script, no image, no font, and a Content-Security-Policy in the document allows its own
/// style sheet (by its SHA-256) and nothing else. It follows the reader's light or dark setting, prints with
/// everything opened, and fits from 360 pixels up.
pub fn html(report: &Report) -> String {
    let mut out = String::new();
    head(&mut out, STYLE, &report.midwatch, &title(report));
    out.push_str("<body>\n<a class=\"skip\" href=\"#report\">Skip to the report</a>\n");
    out.push_str(icons::SYMBOLS);
    header(&mut out, report);
    out.push_str("<main id=\"report\">\n");
    if report.targets.is_empty() {
        out.push_str("<p>No target was named, so nothing was measured.</p>\n");
    }
    if report.targets.len() > 1 {
        contents(&mut out, report);
    }
    for (at, one) in report.targets.iter().enumerate() {
        target::write(&mut out, at + 1, one);
    }
    out.push_str("</main>\n");
    footer(&mut out, report);
    out.push_str("</body>\n</html>\n");
    out
}

/// The document up to its body, with a policy that allows this style sheet and nothing else.
fn head(out: &mut String, style: &str, version: &str, title: &str) {
    let hash = STANDARD.encode(Sha256::digest(style.as_bytes()));
    // Writing to a String cannot fail, here and in the modules beside.
    let _ = write!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{hash}'; \
         base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta name=\"generator\" content=\"midwatch {}\">\n<title>{}</title>\n<style>{style}</style>\n</head>\n",
        Esc(version),
        Esc(title),
    );
}

fn title(report: &Report) -> String {
    match report.targets.as_slice() {
        [one] => format!("{}: {} – midwatch", one.target, words::overall_word(one).to_lowercase()),
        many => format!("{} – midwatch", words::count(many.len(), "target")),
    }
}

fn header(out: &mut String, report: &Report) {
    let heading = match report.targets.as_slice() {
        [one] if words::is_here(one) => "Is somebody in the middle of this computer?".to_owned(),
        [one] if words::is_ssh(one) => {
            format!("Is {} really the server that it claims to be?", one.target.whom())
        }
        [one] if words::is_for_programs(one) => {
            format!("Who could sit between people's programs and {}?", one.target.whom())
        }
        [one] if words::is_mail(one) => {
            format!("Who could sit in the middle of the mail of {}?", one.target.whom())
        }
        [one] => format!("Who could sit between visitors and {}?", one.target.whom()),
        many => format!("Who could sit in the middle? {}", words::count(many.len(), "target")),
    };
    let _ = write!(
        out,
        "<header class=\"top\">\n<p class=\"brand\"><span>midwatch</span> report</p>\n<h1>{}</h1>\n\
         <p class=\"when\">Measured on <time datetime=\"{}\">{}</time> from one computer with midwatch {}.</p>\n</header>\n",
        Esc(heading),
        Esc(report.started),
        Esc(words::moment(report.started)),
        Esc(&report.midwatch),
    );
}

/// A list of the targets, where there are several.
fn contents(out: &mut String, report: &Report) {
    out.push_str("<nav aria-label=\"Targets\" class=\"contents\">\n<ul>\n");
    for (at, target) in report.targets.iter().enumerate() {
        let verdict = words::overall(target);
        let counts: Vec<_> = words::severities(&target.findings)
            .iter()
            .map(|(severity, count)| format!("{count} {severity}"))
            .collect();
        let _ = writeln!(
            out,
            "<li class=\"{verdict}\"><a href=\"#t{}\">{}<span class=\"name\">{}</span> <span class=\"word\">{}</span> \
             <span class=\"counts\">{}</span></a></li>",
            at + 1,
            icons::verdict(verdict),
            escape::Breaking(&target.target),
            Esc(words::overall_word(target)),
            Esc(counts.join(", ")),
        );
    }
    out.push_str("</ul>\n</nav>\n");
}

fn footer(out: &mut String, report: &Report) {
    out.push_str("<footer>\n<h2>How to read this report</h2>\n<dl class=\"legend\">\n");
    for verdict in [Verdict::Exposed, Verdict::Partly, Verdict::Unknown, Verdict::Protected] {
        let _ = writeln!(
            out,
            "<div class=\"{verdict}\"><dt>{}{verdict}</dt><dd>{}</dd></div>",
            icons::verdict(verdict),
            meaning(report, verdict),
        );
    }
    let _ = write!(
        out,
        "</dl>\n<p>The report says what was seen at one time from one place. Labels such as <code>o12</code> name the \
         observation that a statement rests on; the JSON report holds each with its raw evidence. \
         This file loads nothing and sends nothing.</p>\n<p>midwatch {}</p>\n</footer>\n",
        Esc(&report.midwatch),
    );
}

/// What a verdict means. On this computer signs of somebody are looked for, and no openings.
fn meaning(report: &Report, verdict: Verdict) -> &'static str {
    let all = |is: fn(&TargetReport) -> bool| !report.targets.is_empty() && report.targets.iter().all(is);
    let is_here = all(words::is_here);
    match verdict {
        Verdict::Exposed if is_here => "Signs of somebody were found.",
        Verdict::Partly if is_here => "Weak signs were found, or a way in.",
        Verdict::Unknown if is_here => "Too little could be looked at. It neither shows somebody nor nobody.",
        Verdict::Protected if is_here => "What was looked at shows nobody. On the way, it is called held.",
        Verdict::Exposed => "Open to somebody at that place.",
        Verdict::Partly if all(words::is_for_programs) => "Open for some programs, or at some moments.",
        Verdict::Partly if all(words::is_mail) => "Open for some mail, people or moments.",
        Verdict::Partly => "Open for some visitors, pages or moments.",
        Verdict::Unknown => "Not enough could be measured. It is neither safe nor shown to be open.",
        Verdict::Protected => "Measured, and closed.",
    }
}

#[cfg(test)]
pub(crate) mod tests;
