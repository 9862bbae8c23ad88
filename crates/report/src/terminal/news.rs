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
            out.blank();
            let lead = paint.severity(finding.severity, &shout(finding.severity));
            out.raw(&format!("{at} {lead} new"));
            whole(&mut out, finding);
        }
        News::Changed { was, finding } => {
            out.blank();
            let lead = paint.severity(finding.severity, &shout(finding.severity));
            out.raw(&format!("{at} {lead} was {was}"));
            short(&mut out, finding);
        }
        News::Gone { finding } => {
            out.blank();
            out.raw(&format!("{at} over"));
            title(&mut out, finding);
            field(&mut out, "where", &finding.place);
        }
        News::Verdict { attack, was, is, because } => {
            let lead = paint.verdict(*is, &format!("{} {is}", words::sign(*is)));
            out.raw(&format!("{at} {lead}  {} (was {was})", attack.name()));
            for one in because.iter().take(FEW) {
                field(&mut out, "because", &one.text);
            }
        }
    }
    out.finish()
}

fn shout(severity: Severity) -> String {
    severity.to_string().to_uppercase()
}

fn title(out: &mut Out, finding: &Finding) {
    out.labelled(2, "", 0, &finding.title, |paint, line| paint.bold(line));
}

fn field(out: &mut Out, label: &str, text: &str) {
    out.labelled(2, label, LABEL, text, |_, line| line.to_owned());
}

/// What it is now.
fn short(out: &mut Out, finding: &Finding) {
    title(out, finding);
    field(out, "where", &finding.place);
    for one in &finding.evidence {
        field(out, "seen", &one.detail);
    }
}

/// The same with what it means and what to do.
fn whole(out: &mut Out, finding: &Finding) {
    short(out, finding);
    field(out, "gain", &finding.gain);
    for (at, cause) in finding.benign.iter().enumerate() {
        field(out, if at == 0 { "or it is" } else { "" }, &format!("- {cause}"));
    }
    field(out, "fix", &finding.fix.summary);
}

#[cfg(test)]
mod tests {
    use midwatch_model::{AttackId, NEWS_SCHEMA, Verdict};

    use super::*;
    use crate::sample;

    fn lines(news: News, width: usize) -> Vec<String> {
        let line = NewsLine {
            schema: NEWS_SCHEMA.into(),
            at: "2026-11-24T14:00:07Z".parse().expect("a time"),
            target: "this computer".into(),
            news,
        };
        super::news(&line, &TerminalOptions { width, ..TerminalOptions::default() })
            .lines()
            .map(str::to_owned)
            .collect()
    }

    fn finding() -> Box<Finding> {
        Box::new(sample::here().targets[0].findings[0].clone())
    }

    #[test]
    fn each_kind_of_news_begins_with_the_time_and_a_word() {
        let first = |news| lines(news, 80).into_iter().find(|line| !line.is_empty()).expect("a line");
        let severity = finding().severity.to_string().to_uppercase();
        assert_eq!(first(News::Appeared { finding: finding() }), format!("14:00:07 {severity} new"));
        assert_eq!(
            first(News::Changed { was: Severity::Low, finding: finding() }),
            format!("14:00:07 {severity} was low")
        );
        assert_eq!(first(News::Gone { finding: finding() }), "14:00:07 over");
        let verdict = News::Verdict {
            attack: AttackId::IpHijacking,
            was: Verdict::Unknown,
            is: Verdict::Exposed,
            because: vec![],
        };
        assert_eq!(first(verdict), "14:00:07 ✗ exposed  IP hijacking (was unknown)");
    }

    #[test]
    fn what_is_new_brings_its_fix_and_fits_its_width() {
        let mut hostile = finding();
        hostile.place = "\u{1b}[2Jwlan0\u{202e}".repeat(9);
        let text = lines(News::Appeared { finding: hostile }, 40);
        assert!(text.iter().any(|line| line.trim_start().starts_with("fix")), "{text:#?}");
        for line in &text {
            assert!(super::super::layout::width(line) <= 40, "{line}");
            assert!(!line.chars().any(|c| c == '\u{1b}' || c == '\u{202e}'), "{line:?}");
        }
    }
}
