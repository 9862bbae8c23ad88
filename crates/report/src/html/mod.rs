//! The report as one self-contained HTML file.

mod escape;
mod findings;
mod icons;
mod measured;
mod target;

use std::fmt::Write;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use midwatch_model::Report;
use sha2::{Digest, Sha256};

use crate::words;
use escape::Esc;

const STYLE: &str = include_str!("style.css");

/// The report as one HTML document.
///
/// Nothing is loaded: no script, no image, no font, and a Content-Security-Policy in the document allows its own
/// style sheet (by its SHA-256) and nothing else. It follows the reader's light or dark setting, prints with
/// everything opened, and fits from 360 pixels up.
pub fn html(report: &Report) -> String {
    let mut out = String::new();
    head(&mut out, report);
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

fn head(out: &mut String, report: &Report) {
    let hash = STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
    // Writing to a String cannot fail, here and in the modules beside.
    let _ = write!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{hash}'; \
         base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta name=\"generator\" content=\"midwatch {}\">\n<title>{}</title>\n<style>{STYLE}</style>\n</head>\n",
        Esc(&report.midwatch),
        Esc(title(report)),
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
    let _ = write!(
        out,
        "<footer>\n<h2>How to read this report</h2>\n<dl class=\"legend\">\n\
         <div class=\"exposed\"><dt>{}exposed</dt><dd>Open to somebody at that place.</dd></div>\n\
         <div class=\"partly\"><dt>{}partly</dt><dd>Open for some visitors, pages or moments.</dd></div>\n\
         <div class=\"unknown\"><dt>{}unknown</dt><dd>Not enough could be measured. It is neither safe nor shown to be open.</dd></div>\n\
         <div class=\"protected\"><dt>{}protected</dt><dd>Measured, and closed.</dd></div>\n</dl>\n\
         <p>The report says what was seen at one time from one place. Labels such as <code>o12</code> name the \
         observation that a statement rests on; the JSON report holds each with its raw evidence. \
         This file loads nothing and sends nothing.</p>\n<p>midwatch {}</p>\n</footer>\n",
        icons::verdict(midwatch_model::Verdict::Exposed),
        icons::verdict(midwatch_model::Verdict::Partly),
        icons::verdict(midwatch_model::Verdict::Unknown),
        icons::verdict(midwatch_model::Verdict::Protected),
        Esc(&report.midwatch),
    );
}

#[cfg(test)]
pub(crate) mod tests;
