//! What is said, for somebody who is woken by it: what happened, what to do, what was expected and what was met, how
//! likely it is harmless and why, and where to look.
//!
//! What a peer chose (a certificate's names, a header's value) stands in these texts. It is shown on one line, cut to a
//! length, with everything spelt out that acts on a screen or hides in it.

use std::fmt::Write as _;

use jiff::tz::TimeZone;
use midwatch_model::{Alert, AlertKind, Event, EventState, Likelihood, Severity, Time};
use url::Url;

use super::{Around, clean};

/// Columns of the text body.
const WIDTH: usize = 76;

/// The longest line of a peer's text, in characters.
const LONGEST: usize = 300;

/// How many lines of one list are shown.
const LINES: usize = 12;

/// How many events are told in full; the others by their titles.
const FULL: usize = 10;

/// How many events are told at all.
const EVENTS: usize = 100;

/// The subject: severity first, so that a glance at a telephone tells whether to get up.
pub fn title(alert: &Alert) -> String {
    let text = clean::line(&alert.title, 200);
    match alert.kind {
        AlertKind::Changes | AlertKind::Silence => format!("[{}] {text}", alert.severity),
        AlertKind::Digest | AlertKind::Test => text,
    }
}

/// A few lines for a telephone: what happened, how likely it is harmless, what to do.
pub fn short(alert: &Alert) -> String {
    let mut out = String::new();
    for event in alert.events.iter().take(5) {
        let change = &event.change;
        if alert.events.len() > 1 || alert.title != change.title {
            let _ = writeln!(out, "{}: {}", change.severity, clean::line(&change.title, 200));
        }
        if alert.events.len() == 1 {
            for (word, lines) in [("Expected", &change.expected), ("Met", &change.met)] {
                if let Some(first) = lines.first() {
                    let more =
                        if lines.len() > 1 { format!(" (+{})", lines.len() - 1) } else { String::new() };
                    let _ = writeln!(out, "{word}: {}{more}", clean::line(first, 160));
                }
            }
            let _ = writeln!(out, "{}", likelihood(change.likelihood));
            let _ = writeln!(out, "Now: {}", clean::line(&change.advice, 300));
        }
    }
    let more = alert.events.len().saturating_sub(5);
    if more > 0 {
        let _ = writeln!(out, "and {more} more");
    }
    for line in alert.lines.iter().filter(|line| !line.trim().is_empty()).take(5) {
        let _ = writeln!(out, "{}", clean::line(line, 200));
    }
    if alert.lines.len() > 5 {
        let _ = writeln!(out, "and {} more lines", alert.lines.len() - 5);
    }
    out.trim_end().to_owned()
}

/// One line for a log.
pub fn line(alert: &Alert) -> String {
    let name = clean::line(&alert.name, 100);
    let text = clean::line(&alert.title, 300);
    let says = if name.is_empty() || text.contains(&name) { text } else { format!("{name}: {text}") };
    let mut out = match alert.kind {
        AlertKind::Changes | AlertKind::Silence => format!("{} {says}", alert.severity),
        AlertKind::Digest | AlertKind::Test => says,
    };
    if let [event] = alert.events.as_slice() {
        let change = &event.change;
        for (word, lines) in [("expected", &change.expected), ("met", &change.met)] {
            if let Some(first) = lines.first() {
                let _ = write!(out, "; {word}: {}", clean::line(first, 160));
            }
        }
        let _ = write!(out, "; {} (rule {})", change.likelihood, clean::line(&change.id, 64));
    }
    out
}

/// The whole text, in lines of 76 columns where nothing longer is a value.
pub fn body(alert: &Alert, around: &Around) -> String {
    let mut out = Paper::default();
    out.wrapped(&clean::line(&alert.title, 400), "");
    out.blank();
    head(&mut out, alert, around);
    if alert.kind == AlertKind::Digest {
        // Its first line says of what time it is, and its events come before the other lines.
        lines(&mut out, alert.lines.get(..1).unwrap_or_default());
        out.heading(if alert.events.is_empty() {
            "No changes in this time."
        } else {
            "Changes in this time"
        });
    }
    if alert.kind == AlertKind::Test {
        out.wrapped(
            "This is a test. Nothing was seen. That you read this shows that alerts arrive here.",
            "",
        );
        out.blank();
    }
    let several = alert.events.len() > 1;
    for (index, event) in alert.events.iter().enumerate().take(EVENTS) {
        if index < FULL && alert.kind != AlertKind::Digest {
            if several {
                out.wrapped(&format!("{}. {}", index + 1, clean::line(&event.change.title, 200)), "");
                out.blank();
            }
            tell(&mut out, event, around, several);
        } else {
            let state = match &event.state {
                EventState::Open if event.went_back => ", went back",
                EventState::Open => "",
                EventState::Acknowledged { .. } => ", acknowledged",
                EventState::Snoozed { .. } => ", snoozed",
            };
            out.item(&format!(
                "{} {}: {}{state}",
                time(event.at, &around.zone),
                event.change.severity,
                clean::line(&event.change.title, 200),
            ));
        }
    }
    if alert.events.len() > EVENTS {
        out.item(&format!("and {} more", alert.events.len() - EVENTS));
    }
    if alert.events.len() > FULL {
        out.blank();
    }
    if alert.kind == AlertKind::Digest {
        out.blank();
        lines(&mut out, alert.lines.get(1..).unwrap_or_default());
    } else {
        lines(&mut out, &alert.lines);
    }
    foot(&mut out, alert, around);
    out.text
}

/// How bad, in words.
fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "worth knowing",
        Severity::Low => "a second line of defence is missing",
        Severity::Medium => "helps an attack that needs something else too",
        Severity::High => "enough for an attack by somebody on the path",
        Severity::Critical => "an attack needs no skill, or seems to be under way",
    }
}

/// How likely it is harmless, in words.
fn likelihood(likelihood: Likelihood) -> &'static str {
    match likelihood {
        Likelihood::Benign => "Likely harmless: all that could be looked at speaks for it.",
        Likelihood::Unclear => "Unclear: nothing that could be looked at decides whether it is harmless.",
        Likelihood::Suspicious => "Suspicious: something speaks against a harmless cause.",
    }
}

fn head(out: &mut Paper, alert: &Alert, around: &Around) {
    let name = clean::line(&alert.name, 100);
    if !name.is_empty() {
        out.field("Target", &name);
    }
    if alert.kind != AlertKind::Digest {
        out.field("Time", &time(alert.at, &around.zone));
    }
    match alert.kind {
        AlertKind::Changes => {
            out.field("Severity", &format!("{}: {}", alert.severity, severity(alert.severity)));
        }
        AlertKind::Silence => out.field("Severity", &alert.severity.to_string()),
        AlertKind::Digest | AlertKind::Test => {}
    }
    if let [event] = alert.events.as_slice()
        && alert.kind == AlertKind::Changes
    {
        out.field("Harmless?", likelihood(event.change.likelihood));
    }
    out.blank();
}

fn lines(out: &mut Paper, lines: &[String]) {
    for line in lines.iter().take(200) {
        let line = clean::line(line, LONGEST);
        match line.strip_prefix("- ") {
            _ if line.is_empty() => out.blank(),
            Some(item) => out.item(item),
            None => out.wrapped(&line, ""),
        }
    }
    if lines.len() > 200 {
        out.wrapped(&format!("and {} more lines", lines.len() - 200), "");
    }
    if !lines.is_empty() {
        out.blank();
    }
}

fn tell(out: &mut Paper, event: &Event, around: &Around, several: bool) {
    let change = &event.change;
    if several {
        out.field("Where", &clean::line(&change.place, LONGEST));
        out.field("Severity", &change.severity.to_string());
        out.field("Harmless?", likelihood(change.likelihood));
        out.blank();
    }
    out.list("What to do now", std::slice::from_ref(&change.advice), false);
    out.list("Expected", &change.expected, false);
    out.list("Met instead", &change.met, false);
    let why = match change.likelihood {
        Likelihood::Benign => "Why it is called likely harmless",
        Likelihood::Unclear => "What is known of its cause",
        Likelihood::Suspicious => "Why it is called suspicious",
    };
    out.list(why, &change.because, true);
    out.list("Harmless causes that could not be excluded", &change.benign, true);
    if event.times > 1 {
        out.wrapped(
            &format!(
                "Met {} times from {} to {}{}.",
                event.times,
                time(event.at, &around.zone),
                time(event.last, &around.zone),
                if event.went_back { "; now it is as expected again" } else { "" }
            ),
            "",
        );
        out.blank();
    }
    out.heading("Where to look");
    if let Some(page) = around.event(event) {
        out.raw(&format!("  {}", url(&page)));
    }
    // What the watch itself tells (a first look, a silence) has no page.
    if midwatch_judge::explain(&change.id).is_some() {
        out.raw(&format!("  midwatch explain {}", clean::line(&change.id, 64)));
    }
    if !change.source.is_empty() {
        out.wrapped(&format!("Rule: {}", clean::line(&change.source, LONGEST)), "  ");
    }
    out.blank();
}

fn foot(out: &mut Paper, alert: &Alert, around: &Around) {
    if alert.events.len() != 1
        && let Some(page) = around.target(&alert.target)
    {
        out.heading("Where to look");
        out.raw(&format!("  {}", url(&page)));
        out.blank();
    }
    out.raw(&format!("midwatch watch on {}", around.host));
}

/// A URL as text. It is percent-encoded where it holds anything odd.
fn url(url: &Url) -> String {
    clean::line(url.as_str(), 2000)
}

/// A time to the minute, with its zone.
pub(crate) fn time(at: Time, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M %Z").to_string()
}

/// Text in lines.
#[derive(Default)]
struct Paper {
    text: String,
}

impl Paper {
    fn raw(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn blank(&mut self) {
        if !self.text.ends_with("\n\n") && !self.text.is_empty() {
            self.text.push('\n');
        }
    }

    fn heading(&mut self, heading: &str) {
        self.raw(heading);
    }

    fn field(&mut self, name: &str, value: &str) {
        self.folded(&format!("{name:<10} {value}"), "", "           ");
    }

    fn item(&mut self, text: &str) {
        self.folded(&format!("- {text}"), "  ", "    ");
    }

    fn list(&mut self, heading: &str, values: &[String], items: bool) {
        if values.is_empty() {
            return;
        }
        self.heading(heading);
        for value in values.iter().take(LINES) {
            let value = clean::line(value, LONGEST);
            if items { self.item(&value) } else { self.wrapped(&value, "  ") }
        }
        if values.len() > LINES {
            self.raw(&format!("  and {} more", values.len() - LINES));
        }
        self.blank();
    }

    fn wrapped(&mut self, text: &str, indent: &str) {
        self.folded(text, indent, indent);
    }

    /// Breaks between words. A word that is longer than a line stays whole.
    fn folded(&mut self, text: &str, first: &str, rest: &str) {
        let mut line = first.to_owned();
        let mut empty = true;
        for word in text.split(' ') {
            if !empty && line.chars().count() + 1 + word.chars().count() > WIDTH {
                self.raw(line.trim_end());
                line = rest.to_owned();
                empty = true;
            }
            if !empty {
                line.push(' ');
            }
            line.push_str(word);
            empty = false;
        }
        self.raw(line.trim_end());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert::testing;
    use proptest::prelude::*;

    fn around() -> Around {
        Around {
            dashboard: Some("https://midwatch.example/".parse().unwrap()),
            zone: TimeZone::fixed(jiff::tz::offset(1)),
            ..Around::new("watch.example")
        }
    }

    fn snapshot(alert: &Alert) -> String {
        format!(
            "=== title\n{}\n=== line\n{}\n=== short\n{}\n=== body\n{}",
            title(alert),
            line(alert),
            short(alert),
            body(alert, &around())
        )
    }

    #[test]
    fn one_change() {
        insta::assert_snapshot!(snapshot(&testing::issuer()));
    }

    #[test]
    fn several_changes() {
        insta::assert_snapshot!(snapshot(&testing::several()));
    }

    #[test]
    fn a_test() {
        insta::assert_snapshot!(snapshot(&testing::test()));
    }

    #[test]
    fn a_hostile_peer_writes_no_line_of_its_own() {
        let alert = testing::hostile();
        let text = snapshot(&alert);
        insta::assert_snapshot!(text);
        assert!(!text.chars().any(|c| c != '\n' && midwatch_model::is_hidden(c)), "{text:?}");
        for output in [title(&alert), line(&alert)] {
            assert!(!output.contains('\n'), "{output:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_acts_on_a_screen(
            texts in proptest::collection::vec(any::<String>(), 12),
            kind in proptest::sample::select(vec![
                AlertKind::Changes, AlertKind::Silence, AlertKind::Digest, AlertKind::Test,
            ]),
        ) {
            let mut alert = testing::several();
            let mut texts = texts.into_iter().chain(std::iter::repeat("\u{202e}\r\n\u{1b}".to_owned()));
            let mut text = || texts.next().unwrap_or_default();
            alert.kind = kind;
            (alert.title, alert.name, alert.target) = (text(), text(), text());
            alert.lines = vec![text(), text()];
            for event in &mut alert.events {
                let change = &mut event.change;
                (change.id, change.title, change.place) = (text(), text(), text());
                (change.advice, change.source) = (text(), text());
                (change.expected, change.met) = (vec![text()], vec![text()]);
                (change.because, change.benign) = (vec![text()], vec![text()]);
            }
            for one in [title(&alert), line(&alert)] {
                prop_assert!(!one.chars().any(midwatch_model::is_hidden), "{:?}", one);
            }
            for many in [short(&alert), body(&alert, &around())] {
                let hidden = |c: char| c != '\n' && midwatch_model::is_hidden(c);
                prop_assert!(!many.chars().any(hidden), "{:?}", many);
            }
        }
    }

    #[test]
    fn bodies_are_bounded() {
        let mut alert = testing::hostile();
        let event = alert.events[0].clone();
        alert.events = vec![event; 5000];
        alert.lines = vec!["x".repeat(10_000); 5000];
        let text = body(&alert, &around());
        assert!(text.len() < 256 * 1024, "{}", text.len());
        assert!(text.contains("and 4900 more"), "{text}");
        assert!(short(&alert).len() < 8 * 1024);
    }
}
