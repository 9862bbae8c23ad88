//! Search over targets, changes and what midwatch looks for.

use maud::{Markup, html};
use midwatch_model::{Event, Time};
use serde::Serialize;

use super::overview;
use super::parts::{self, text};
use super::shell::{Part, Shell, page};
use crate::reader::Reader;
use midwatch_store::watch::{FoundFinding, Summary};

/// What was found.
#[derive(Clone, Debug, Serialize)]
pub struct SearchModel {
    /// When it was put together.
    pub now: Time,
    /// The words.
    pub q: String,
    /// Targets, the worst first, at most [`SearchModel::MOST`].
    pub targets: Vec<Summary>,
    /// How many targets there are in all.
    pub targets_total: u64,
    /// Changes, the newest first, at most [`SearchModel::MOST`].
    pub events: Vec<Event>,
    /// Findings of the newest looks that hold the words, the worst first.
    pub findings: Vec<FoundFinding>,
    /// Pages on checks and methods: id and title.
    pub topics: Vec<(String, String)>,
}

impl SearchModel {
    /// Results of each kind, at most.
    pub const MOST: u32 = 20;
}

/// The page.
pub fn search(model: &SearchModel, reader: &Reader) -> Markup {
    let json = format!("/search?q={}&format=json", parts::query_value(&model.q));
    let shell =
        Shell { title: "Search", part: Part::Other, reader, json: Some(&json), live: false, notice: None };
    let is_empty = model.targets.is_empty()
        && model.events.is_empty()
        && model.findings.is_empty()
        && model.topics.is_empty();
    page(
        &shell,
        html! {
            div.title { h1 { "Search" } @if !model.q.is_empty() { p.when { "For " q { (text(&model.q)) } } } }
            @if model.q.is_empty() { (parts::nothing("Write into the field above what to search for.")) }
            @else if is_empty { (parts::nothing("Nothing was found.")) }
            @if !model.targets.is_empty() {
                section aria-labelledby="targets" {
                    h2 id="targets" { "Targets" }
                    (overview::rows(model.now, &model.targets, reader))
                    @if model.targets_total > model.targets.len() as u64 {
                        p { a href={ "/?q=" (parts::query_value(&model.q)) } { "All " (model.targets_total) } }
                    }
                }
            }
            @if !model.findings.is_empty() {
                section aria-labelledby="findings" {
                    h2 id="findings" { "Findings" }
                    ul.plainlist {
                        @for one in &model.findings {
                            li {
                                (parts::severity(one.finding.severity)) " "
                                a href=(parts::target_url(&one.target)) { (parts::breaking(&one.finding.title)) }
                                " " span.sub { (text(&one.target)) ", " (parts::breaking(&one.finding.place)) }
                            }
                        }
                    }
                }
            }
            @if !model.events.is_empty() {
                section aria-labelledby="changes" {
                    h2 id="changes" { "Changes" }
                    (parts::events(model.now, &model.events, true))
                    @if model.events.len() >= SearchModel::MOST as usize {
                        p { a href={ "/events?q=" (parts::query_value(&model.q)) } { "More changes" } }
                    }
                }
            }
            @if !model.topics.is_empty() {
                section aria-labelledby="topics" {
                    h2 id="topics" { "What midwatch looks for" }
                    ul.plainlist {
                        @for (id, title) in &model.topics {
                            li { a href={ "/explain/" (parts::segment(id)) } { (text(title)) } " " code { (text(id)) } }
                        }
                    }
                }
            }
        },
    )
}
