//! One change: what was expected, what was met, how likely it is benign, and what to do.

use maud::{Markup, html};
use midwatch_model::{Change, Event, EventState, Time};
use serde::Serialize;

use super::markdown;
use super::parts::{self, ago, breaking, csrf, prose, text, time};
use super::shell::{Part, Shell, page};
use crate::reader::{Reader, Scope};

/// How long a change can be snoozed: hours and words.
pub(crate) const SNOOZES: [(u32, &str); 5] =
    [(1, "an hour"), (8, "8 hours"), (24, "a day"), (168, "a week"), (720, "30 days")];

/// What the page of a change shows.
#[derive(Clone, Debug, Serialize)]
pub struct EventModel {
    /// When it was put together.
    pub now: Time,
    /// The event.
    pub event: Event,
    /// The target's name, where it is watched still.
    pub name: Option<String>,
    /// What people did with it, the newest first.
    pub history: Vec<Deed>,
    /// The rule's page, as Markdown.
    #[serde(skip)]
    pub explain: Option<String>,
    /// True where it is about a host key that a person can decide on.
    pub host_key: bool,
}

/// What somebody did.
#[derive(Clone, Debug, Serialize)]
pub struct Deed {
    /// When.
    pub at: Time,
    /// Who.
    pub by: String,
    /// What.
    pub what: String,
}

/// The page.
pub fn event(model: &EventModel, reader: &Reader, notice: Option<&str>) -> Markup {
    let Event { id, change, .. } = &model.event;
    let json = format!("/events/{id}?format=json");
    let shell = Shell {
        title: &midwatch_report::fragments::plain(&change.title),
        part: Part::Events,
        reader,
        json: Some(&json),
        live: false,
        notice,
    };
    let target_url = parts::target_url(&model.event.target);
    page(
        &shell,
        html! {
            div.title {
                h1 { (breaking(&change.title)) }
                p.when {
                    (parts::severity(change.severity)) " " (parts::likelihood(change.likelihood)) " "
                    @match &model.name {
                        Some(name) => a href=(target_url) { (breaking(name)) },
                        None => span { (text(&model.event.target)) " (not watched any more)" },
                    }
                    " · change " (id) " · " (time(model.event.at)) " (" (ago(model.now, model.event.at)) ")"
                }
            }
            @if model.host_key {
                p.banner.exposed { span.sentence {
                    "It is about a host key. " a href={ (target_url) "/host-key" } { "Look at the key and decide" }
                } }
            }
            section aria-labelledby="sides" {
                h2 id="sides" { "Expected and met" }
                p.sub { "At " span.url { (breaking(&change.place)) } }
                (sides(change))
                (times(model))
            }
            section aria-labelledby="why" {
                h2 id="why" { "How likely it is benign" }
                p { (parts::likelihood(change.likelihood)) }
                @if !change.because.is_empty() { ul.plainlist { @for one in &change.because { li { (prose(one)) } } } }
                @if !change.benign.is_empty() {
                    h3 { "Causes without an attacker that could not be excluded" }
                    ul.plainlist { @for one in &change.benign { li { (prose(one)) } } }
                }
                @if !change.attacks.is_empty() {
                    h3 { "What it may be a sign of" }
                    ul.plainlist {
                        @for attack in &change.attacks { li { a href={ "/explain/" (attack) } { (attack.name()) } } }
                    }
                }
            }
            section aria-labelledby="do" {
                h2 id="do" { "What to do" }
                p.advice { (prose(&change.advice)) }
                p.sub { "Rule: "
                    @if model.explain.is_some() { a href={ "/explain/" (parts::segment(&change.id)) } { code { (text(&change.id)) } } }
                    @else { code { (text(&change.id)) } }
                    @if !change.source.is_empty() { ". Source: " (prose(&change.source)) } }
                @if let Some(explain) = &model.explain {
                    details.plain {
                        summary { h3 { "About the rule" } span { "how it is decided" } }
                        div.prose { (markdown::render(explain, 4)) }
                    }
                }
            }
            section aria-labelledby="state" {
                h2 id="state" { "What became of it" }
                p { (parts::event_state(model.now, &model.event)) }
                @if !model.history.is_empty() {
                    ol.deeds {
                        @for deed in &model.history {
                            li { (time(deed.at)) ": " (text(&deed.what)) ", by " (text(&deed.by)) }
                        }
                    }
                }
                @if reader.may(Scope::Events) { (forms(model, reader)) }
            }
        },
    )
}

/// What was expected beside what was met.
pub(crate) fn sides(change: &Change) -> Markup {
    let side = |name: &str, class: &str, lines: &[String], empty: &str| {
        html! {
            div class={ "side " (class) } {
                p.sidename { (name) }
                @if lines.is_empty() { p.nothing { (empty) } }
                @else { ul { @for line in lines { li { span.url { (breaking(line)) } } } } }
            }
        }
    };
    html! {
        div.sides {
            (side("Expected", "was", &change.expected, "nothing"))
            (side("Met", "is", &change.met, "nothing"))
        }
    }
}

fn times(model: &EventModel) -> Markup {
    let event = &model.event;
    html! {
        @if event.times > 1 || event.went_back {
            p {
                @if event.times > 1 {
                    "It was met " (event.times) " times, last " (ago(model.now, event.last)) ". "
                }
                @if event.went_back { "It went back to what was expected." }
            }
        }
    }
}

fn forms(model: &EventModel, reader: &Reader) -> Markup {
    let url = format!("/events/{}", model.event.id);
    let note = match &model.event.state {
        EventState::Acknowledged { note: Some(note), .. } => note.as_str(),
        _ => "",
    };
    let is_acknowledged = matches!(model.event.state, EventState::Acknowledged { .. });
    html! {
        div.forms {
            form.stack method="post" action={ (url) "/acknowledge" } {
                (csrf(reader))
                h3 { @if is_acknowledged { "Change the note" } @else { "Acknowledge" } }
                p {
                    label for="note" { "Note, for others (need not be)" }
                    // A line feed after the tag, since a parser drops the first one.
                    textarea id="note" name="note" rows="3" maxlength="2000" { "\n" (super::parts::area(note)) }
                }
                p { button type="submit" { @if is_acknowledged { "Save" } @else { "It is known" } } }
            }
            form.stack method="post" action={ (url) "/snooze" } {
                (csrf(reader))
                h3 { "Snooze" }
                p {
                    label for="hours" { "Tell of it again after" }
                    select id="hours" name="hours" {
                        @for (hours, words) in SNOOZES { option value=(hours) selected[hours == 24] { (words) } }
                    }
                }
                p { button.quiet type="submit" { "Snooze" } }
            }
            @if !matches!(model.event.state, EventState::Open) {
                form.stack method="post" action={ (url) "/reopen" } {
                    (csrf(reader))
                    h3 { "Open it again" }
                    p { button.quiet type="submit" { "Open again" } }
                }
            }
        }
    }
}
