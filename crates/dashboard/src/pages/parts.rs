//! Small pieces that several pages use. Text from outside goes through one of them, never straight into markup.

use std::fmt::Display;

use maud::{Markup, PreEscaped, html};
use midwatch_model::{Event, EventState, Likelihood, Severity, State, Time, Verdict};
use midwatch_report::fragments;

use crate::reader::Reader;

/// A text on one line, for element content and for attributes in double quotes: cleaned of what acts on a reader's screen,
/// and escaped.
pub(crate) fn text(text: impl Display) -> Markup {
    PreEscaped(fragments::text(text))
}

/// The same with places where a long URL may break; for element content alone.
pub(crate) fn breaking(text: impl Display) -> Markup {
    PreEscaped(fragments::breaking(text))
}

/// A sentence: what stands between backticks is code.
pub(crate) fn prose(text: impl Display) -> Markup {
    PreEscaped(fragments::prose(text))
}

/// A text of several lines, for the content of a `textarea`: its line ends are kept.
pub(crate) fn area(text: &str) -> Markup {
    let lines: Vec<String> =
        text.split('\n').map(|line| fragments::text(line.trim_end_matches('\r'))).collect();
    PreEscaped(lines.join("\n"))
}

/// A moment, for programs and for people.
pub(crate) fn time(time: Time) -> Markup {
    html! { time datetime=(time) { (time.strftime("%-d %b %Y, %H:%M UTC")) } }
}

/// A moment as a distance from `now`, with the moment itself for programs and for whoever points at it.
pub(crate) fn ago(now: Time, time: Time) -> Markup {
    html! { time datetime=(time) title=(time.strftime("%-d %B %Y, %H:%M:%S UTC")) { (distance(now, time)) } }
}

/// `3 minutes ago`, `in 2 hours`.
pub(crate) fn distance(now: Time, time: Time) -> String {
    let seconds = now.as_second().saturating_sub(time.as_second());
    let words = span(seconds.unsigned_abs());
    match seconds {
        -4..=4 => "now".into(),
        5.. => format!("{words} ago"),
        _ => format!("in {words}"),
    }
}

/// A number of seconds as people say it: `90 seconds`, `6 hours`, `3 days`.
pub(crate) fn span(seconds: u64) -> String {
    match seconds {
        0..=99 => count(seconds, "second"),
        100..=5_999 => count((seconds + 30) / 60, "minute"),
        6_000..=172_799 => count((seconds + 1_800) / 3_600, "hour"),
        _ => count((seconds + 43_200) / 86_400, "day"),
    }
}

/// `1 change`, `3 changes`.
pub(crate) fn count(number: impl Into<u64>, noun: &str) -> String {
    match number.into() {
        1 => format!("1 {noun}"),
        number if noun.ends_with('s') => format!("{number} {noun}es"),
        number => format!("{number} {noun}s"),
    }
}

/// A severity in a word on its ground.
pub(crate) fn severity(severity: Severity) -> Markup {
    html! { span class={ "sev " (severity) } { (severity) } }
}

/// A verdict's shape and word.
pub(crate) fn verdict(verdict: Verdict) -> Markup {
    html! { span class={ "verdictword " (verdict) } { (mark(verdict)) span.word { (verdict) } } }
}

/// A verdict's shape; its word has to stand beside it.
pub(crate) fn mark(verdict: Verdict) -> Markup {
    PreEscaped(fragments::verdict_mark(verdict))
}

/// How likely a change is benign, in a word with a shape.
pub(crate) fn likelihood(likelihood: Likelihood) -> Markup {
    let (class, said) = match likelihood {
        Likelihood::Benign => (Verdict::Protected, "likely benign"),
        Likelihood::Unclear => (Verdict::Unknown, "unclear"),
        Likelihood::Suspicious => (Verdict::Exposed, "suspicious"),
    };
    html! { span class={ "verdictword " (class) } { (mark(class)) span.word { (said) } } }
}

/// How much could be measured.
pub(crate) fn state(state: State) -> &'static str {
    match state {
        State::Measured => "measured",
        State::Partly => "measured in part",
        State::NotMeasured => "not measured",
    }
}

/// The hidden field that proves a form to be of these pages.
pub(crate) fn csrf(reader: &Reader) -> Markup {
    html! { input type="hidden" name="csrf" value=(reader.csrf); }
}

/// A form of one button.
pub(crate) fn button(reader: &Reader, action: &str, label: &str, class: &str) -> Markup {
    html! {
        form.inline method="post" action=(action) { (csrf(reader)) button class=(class) type="submit" { (label) } }
    }
}

/// What became of an event, on one line.
pub(crate) fn event_state(now: Time, event: &Event) -> Markup {
    html! {
        @match &event.state {
            EventState::Open => span.state.open { "open" },
            EventState::Acknowledged { by, at, note } => {
                span.state { "acknowledged" } " by " (text(by)) ", " (ago(now, *at))
                @if let Some(note) = note { ": " q { (text(note)) } }
            }
            EventState::Snoozed { by, until } if *until > now => {
                span.state { "snoozed" } " by " (text(by)) " until " (time(*until))
            }
            EventState::Snoozed { by, until } => {
                span.state.open { "open again" } ", was snoozed by " (text(by)) " until " (time(*until))
            }
        }
    }
}

/// True where somebody still has to look at it.
pub(crate) fn is_open(now: Time, event: &Event) -> bool {
    match &event.state {
        EventState::Open => true,
        EventState::Acknowledged { .. } => false,
        EventState::Snoozed { until, .. } => *until <= now,
    }
}

/// A list of events, each with its severity, its words and what became of it.
pub(crate) fn events(now: Time, events: &[Event], with_target: bool) -> Markup {
    html! {
        ol.events {
            @for event in events {
                li class={ "event " (event.change.severity) } {
                    p.head {
                        (severity(event.change.severity))
                        a.name href={ "/events/" (event.id) } { (breaking(&event.change.title)) }
                    }
                    p.sub {
                        (likelihood(event.change.likelihood))
                        @if with_target { span { a href=(target_url(&event.target)) { (text(&event.target)) } } }
                        span { (ago(now, event.at)) @if event.times > 1 { ", met " (event.times) " times" } }
                        @if event.went_back { span { "went back since" } }
                        span { (event_state(now, event)) }
                    }
                }
            }
        }
    }
}

/// The page of a target.
pub(crate) fn target_url(id: &str) -> String {
    format!("/targets/{}", segment(id))
}

/// A text as one segment of a path: all but the unreserved characters of RFC 3986 as octets.
pub(crate) fn segment(text: &str) -> String {
    encode(text)
}

/// A text as a value in a query.
pub(crate) fn query_value(text: &str) -> String {
    encode(text)
}

fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// A query of those of these fields that have a value, with its question mark; empty where none has.
pub(crate) fn query(fields: &[(&str, &str)]) -> String {
    let all: Vec<String> = fields
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{name}={}", query_value(value)))
        .collect();
    if all.is_empty() { String::new() } else { format!("?{}", all.join("&")) }
}

/// Says that there is nothing.
pub(crate) fn nothing(text: &str) -> Markup {
    html! { p.nothing { (text) } }
}

/// The links of one page of many: where it is, and the ones before and after.
pub(crate) struct Pager<'a> {
    /// The first page is 1.
    pub page: u64,
    /// Things on a page.
    pub size: u64,
    /// Things in all.
    pub total: u64,
    /// The address up to the page's number.
    pub base: &'a str,
    /// What they are, in the plural.
    pub noun: &'a str,
}

impl Pager<'_> {
    /// How many pages there are, at least 1.
    pub fn pages(&self) -> u64 {
        self.total.div_ceil(self.size.max(1)).max(1)
    }

    /// The links; where there is one page alone, its number of things.
    pub fn render(&self) -> Markup {
        let first = (self.page.saturating_sub(1)).saturating_mul(self.size).saturating_add(1);
        let last = self.page.saturating_mul(self.size).min(self.total);
        html! {
            nav.pager aria-label={ "Pages of " (self.noun) } {
                @if self.pages() == 1 { p { (self.total) " " (self.noun) } } @else {
                    @if self.page > 1 { a rel="prev" href={ (self.base) (self.page - 1) } { "Previous" } }
                    p { (first) "–" (last) " of " (self.total) " " (self.noun) }
                    @if self.page < self.pages() { a rel="next" href={ (self.base) (self.page + 1) } { "Next" } }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_said_as_people_say_them() {
        let now: Time = "2026-11-30T12:00:00Z".parse().unwrap();
        let at = |text: &str| text.parse::<Time>().unwrap();
        assert_eq!(distance(now, at("2026-11-30T11:59:58Z")), "now");
        assert_eq!(distance(now, at("2026-11-30T11:59:01Z")), "59 seconds ago");
        assert_eq!(distance(now, at("2026-11-30T11:00:00Z")), "60 minutes ago");
        assert_eq!(distance(now, at("2026-11-30T15:00:00Z")), "in 3 hours");
        assert_eq!(distance(now, at("2026-11-01T12:00:00Z")), "29 days ago");
        assert_eq!(span(1), "1 second");
    }

    #[test]
    fn what_goes_into_an_address_stays_in_its_place() {
        assert_eq!(segment("a/../b?c#d%"), "a%2F..%2Fb%3Fc%23d%25");
        assert_eq!(query(&[("q", "a&b=c"), ("tag", ""), ("worst", "high")]), "?q=a%26b%3Dc&worst=high");
        assert_eq!(query(&[("q", "")]), "");
    }

    #[test]
    fn hostile_text_is_no_markup() {
        assert_eq!(text("<b>\"'\u{202e}").0, "&lt;b&gt;&quot;&#39;\\u{202e}");
    }
}
