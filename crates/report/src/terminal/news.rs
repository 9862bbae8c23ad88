//! News as they come, a few lines for each.

use midwatch_model::{Finding, News, NewsLine, Severity};

use super::TerminalOptions;
use super::layout::{Out, Paint};
use crate::words;

/// The column where the text begins.
const LABEL: usize = 10;

/// Reasons of a verdict that are shown.
const FEW: usize = 2;

/// One line of news as text for a terminal, ending with a line feed. How things are when watching begins is a report of
/// its own ([`super::terminal`]) and gives nothing here.
pub fn news(line: &NewsLine, options: &TerminalOptions) -> String {
    let mut out = Out::new(options.width.clamp(40, 110), Paint { on: options.colour });
    let at = line.at.strftime("%H:%M:%S").to_string();
    let paint = out.paint();
    match &line.news {
        News::Began { .. } => return String::new(),
        News::Appeared { finding } => {
            let lead = paint.severity(finding.severity, &shout(finding.severity));
            head(&mut out, &at, &format!("{lead} new"), &finding.title);
            whole(&mut out, finding);
        }
        News::Changed { was, finding } => {
            let lead = paint.severity(finding.severity, &shout(finding.severity));
            head(&mut out, &at, &format!("{lead} changed (was {was})"), &finding.title);
            whole(&mut out, finding);
        }
        News::Gone { finding } => {
            head(&mut out, &at, "over", &finding.title);
            out.labelled(2, "where", LABEL, &finding.place, |_, line| line.to_owned());
        }
        News::Verdict { attack, was, is, because } => {
            let lead = paint.verdict(*is, &format!("{} {is}", words::sign(*is)));
            head(&mut out, &at, &lead, &format!("{} (was {was})", attack.name()));
            for one in because.iter().take(FEW) {
                out.labelled(2, "because", LABEL, &one.text, |_, line| line.to_owned());
            }
        }
    }
    out.finish()
}

fn shout(severity: Severity) -> String {
    severity.to_string().to_uppercase()
}

fn head(out: &mut Out, at: &str, lead: &str, title: &str) {
    let line = format!("{at} {lead}");
    out.raw(&line);
    out.labelled(2, "", 0, title, |paint, line| paint.bold(line));
}

fn whole(out: &mut Out, finding: &Finding) {
    let plain = |_: Paint, line: &str| line.to_owned();
    out.labelled(2, "where", LABEL, &finding.place, plain);
    for one in &finding.evidence {
        out.labelled(2, "seen", LABEL, &one.detail, plain);
    }
    out.labelled(2, "gain", LABEL, &finding.gain, plain);
    for cause in &finding.benign {
        out.labelled(2, "or", LABEL, cause, plain);
    }
    out.labelled(2, "fix", LABEL, &finding.fix.summary, plain);
}
