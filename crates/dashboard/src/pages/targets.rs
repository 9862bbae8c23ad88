//! The list of targets by name, and the form that adds one.

use maud::{Markup, html};
use midwatch_model::Time;
use serde::Serialize;

use super::overview;
use super::parts::{self, Pager, ago, breaking, csrf, text};
use super::shell::{Part, Shell, page};
use crate::reader::Reader;
use midwatch_store::watch::{Origin, Summary};

/// The kinds of targets that can be added: their name in a form, what it is called, and what is to be written.
pub const KINDS: [(&str, &str, &str); 5] = [
    ("site", "Web site", "shop.example, or https://shop.example/login"),
    ("tls", "TLS service", "mail.example:993"),
    ("mail", "Mail of a domain", "shop.example"),
    ("ssh", "SSH server", "git.example, or git.example:2222"),
    ("git", "git remote", "https://git.example/team/repo.git"),
];

/// What the list shows.
#[derive(Clone, Debug, Serialize)]
pub struct TargetsModel {
    /// When it was put together.
    pub now: Time,
    /// Words of a name.
    pub q: String,
    /// The page, from 1.
    pub page: u64,
    /// Targets on a page.
    pub size: u64,
    /// All targets that the words are in.
    pub total: u64,
    /// Those of this page.
    pub targets: Vec<Summary>,
    /// True where the reader may add one.
    pub may_add: bool,
}

/// What somebody filled in.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// The kind.
    pub kind: String,
    /// What to look at.
    pub text: String,
    /// Its name.
    pub name: String,
    /// Tags with commas between.
    pub tags: String,
    /// How often.
    pub every: String,
}

/// The page. `fault` says why the draft could not be taken.
pub fn targets(
    model: &TargetsModel,
    reader: &Reader,
    draft: &Draft,
    fault: Option<&str>,
    notice: Option<&str>,
) -> Markup {
    let json = format!("/targets{}", and(&model.q, "format=json"));
    let base = format!("/targets{}", and(&model.q, "page="));
    let pager =
        Pager { page: model.page, size: model.size, total: model.total, base: &base, noun: "targets" };
    let shell =
        Shell { title: "Targets", part: Part::Targets, reader, json: Some(&json), live: false, notice };
    page(
        &shell,
        html! {
            div.title { h1 { "Targets" } p.when { "What is watched, and how often." } }
            @if let Some(fault) = fault {
                p.fault role="alert" { (text(fault)) " " a href="#add" { "Back to the form" } }
            }
            form.filter method="get" action="/targets" {
                p {
                    label for="q" { "Name" }
                    input id="q" name="q" type="search" value=(text(&model.q)) maxlength="200" autocomplete="off";
                }
                p { button type="submit" { "Filter" } @if !model.q.is_empty() { " " a href="/targets" { "Show all" } } }
            }
            @if model.targets.is_empty() { (parts::nothing("No target is so.")) } @else { (table(model)) }
            (pager.render())
            @if model.may_add { (form(reader, draft)) }
        },
    )
}

fn and(q: &str, more: &str) -> String {
    match parts::query(&[("q", q)]) {
        query if query.is_empty() => format!("?{more}"),
        query => format!("{query}&{more}"),
    }
}

fn table(model: &TargetsModel) -> Markup {
    html! {
        div.scroll role="region" aria-label="Targets" tabindex="0" {
            table {
                thead { tr {
                    th scope="col" { "Name" } th scope="col" { "Kind" } th scope="col" { "Verdict" }
                    th scope="col" { "Looked at" } th scope="col" { "Next" } th scope="col" { "Every" }
                    th scope="col" { "Named by" }
                } }
                tbody {
                    @for one in &model.targets {
                        tr {
                            th scope="row" { a href=(parts::target_url(&one.target.id)) { (breaking(&one.target.name)) } }
                            td { (overview::kind(&one.target.target)) }
                            td { @if one.looked.is_some() { (parts::verdict(overview::worst(one))) } @else { "–" } }
                            td { @if let Some(at) = one.looked { (ago(model.now, at)) } @else { "not yet" } }
                            td {
                                @if one.target.paused { "paused" }
                                @else if let Some(at) = one.next { (ago(model.now, at)) } @else { "–" }
                            }
                            td { (parts::span(one.target.every)) }
                            td {
                                @match &one.target.origin {
                                    Origin::File => "configuration",
                                    Origin::Person { by } => (text(by)),
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn form(reader: &Reader, draft: &Draft) -> Markup {
    html! {
        section aria-labelledby="add" {
            h2 id="add" { "Add a target" }
            form.stack method="post" action="/targets" {
                (csrf(reader))
                fieldset {
                    legend { "What is it?" }
                    @for (at, (kind, words, _)) in KINDS.iter().enumerate() {
                        p.radio {
                            input id={ "kind-" (kind) } type="radio" name="kind" value=(kind) required
                                checked[draft.kind == *kind || draft.kind.is_empty() && at == 0];
                            label for={ "kind-" (kind) } { (words) }
                        }
                    }
                }
                p {
                    label for="text" { "What to look at" }
                    input id="text" name="text" type="text" value=(text(&draft.text)) maxlength="2000" autocomplete="off"
                        autocapitalize="off" spellcheck="false" aria-describedby="text-hint";
                }
                p.sub id="text-hint" {
                    @for (_, words, example) in KINDS.iter() { (words) ": " code { (example) } ". " }
                }
                p {
                    label for="name" { "Name, for people (need not be)" }
                    input id="name" name="name" type="text" value=(text(&draft.name)) maxlength="200" autocomplete="off";
                }
                p {
                    label for="tags" { "Tags, with commas between (need not be)" }
                    input id="tags" name="tags" type="text" value=(text(&draft.tags)) maxlength="400" autocomplete="off";
                }
                p {
                    label for="every" { "How often" }
                    select id="every" name="every" {
                        option value="" selected[draft.every.is_empty()] { "as the configuration says" }
                        @for (seconds, words) in [(900, "15 minutes"), (3600, "an hour"), (21600, "6 hours"), (86400, "a day"), (604_800, "a week")] {
                            option value=(seconds) selected[draft.every == seconds.to_string()] { "every " (words) }
                        }
                    }
                }
                p { button type="submit" { "Add" } }
            }
        }
    }
}
