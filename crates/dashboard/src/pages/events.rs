//! What changed, over all targets.

use maud::{Markup, html};
use midwatch_model::{Event, Time};
use serde::Serialize;

use super::parts::{self, text};
use super::shell::{Part, Shell, page};
use crate::reader::Reader;

/// What the list of changes shows.
#[derive(Clone, Debug, Serialize)]
pub struct EventsModel {
    /// When it was put together.
    pub now: Time,
    /// Words of a change.
    pub q: String,
    /// The id of the one target that is looked at, else empty.
    pub target: String,
    /// `open`, `closed`, or empty for both.
    pub state: String,
    /// The changes, the newest first.
    pub events: Vec<Event>,
    /// The number to go on before, where there is more.
    pub before: Option<i64>,
    /// True where it does not begin with the newest.
    pub is_later: bool,
}

/// The page.
pub fn events(model: &EventsModel, reader: &Reader) -> Markup {
    let fields = [("q", model.q.as_str()), ("target", &model.target), ("state", &model.state)];
    let query = parts::query(&fields);
    let with = |more: &str| {
        if query.is_empty() { format!("/events?{more}") } else { format!("/events{query}&{more}") }
    };
    let json = with("format=json");
    let shell =
        Shell { title: "Changes", part: Part::Events, reader, json: Some(&json), live: false, notice: None };
    page(
        &shell,
        html! {
            div.title { h1 { "Changes" } p.when { "Each change once, however often it was met." } }
            form.filter method="get" action="/events" {
                p {
                    label for="q" { "Words" }
                    input id="q" name="q" type="search" value=(text(&model.q)) maxlength="200" autocomplete="off";
                }
                p {
                    label for="state" { "State" }
                    select id="state" name="state" {
                        @for (value, words) in [("", "any"), ("open", "open"), ("closed", "acknowledged or snoozed")] {
                            option value=(value) selected[model.state == value] { (words) }
                        }
                    }
                }
                @if !model.target.is_empty() {
                    p {
                        label for="target" { "Target" }
                        input id="target" name="target" value=(text(&model.target)) maxlength="200";
                    }
                }
                p {
                    button type="submit" { "Filter" }
                    @if !query.is_empty() { " " a href="/events" { "Show all" } }
                }
            }
            @if model.events.is_empty() {
                (parts::nothing("No change is so."))
            } @else {
                (parts::events(model.now, &model.events, true))
            }
            nav.pager aria-label="Pages of changes" {
                @if model.is_later { a href={ "/events" (query) } { "Newest" } }
                @if let Some(before) = model.before { a rel="next" href=(with(&format!("before={before}"))) { "Older" } }
            }
        },
    )
}
