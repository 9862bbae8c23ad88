//! A target: what is known of it, what changed, and what can be done.

use maud::{Markup, PreEscaped, html};
use midwatch_model::{Event, History, HostKeyVerdict, TargetReport, Time};
use midwatch_report::fragments;
use serde::Serialize;

use super::parts::{self, ago, breaking, csrf, prose, text, time};
use super::shell::{Part, Shell, page};
use super::{overview, remembered, timeline};
use crate::reader::{Reader, Scope};
use midwatch_store::watch::{LookLine, Origin, WatchTarget};

/// Values of one subject that are shown.
const VALUES: usize = 10;

/// What the page of a target shows.
#[derive(Clone, Debug, Serialize)]
pub struct TargetModel {
    /// When it was put together.
    pub now: Time,
    /// The target.
    pub target: WatchTarget,
    /// When the next look is due.
    pub next: Option<Time>,
    /// The newest report, and when its look ended.
    pub report: Option<(Time, TargetReport)>,
    /// The latest looks, the newest first.
    pub looks: Vec<LookLine>,
    /// The latest changes, the newest first.
    pub events: Vec<Event>,
    /// What is remembered.
    pub memory: Vec<History>,
    /// Servers whose host keys a person has to decide on.
    pub host_keys: Vec<HostKeyNotice>,
}

/// A server whose host key nobody vouches for.
#[derive(Clone, Debug, Serialize)]
pub struct HostKeyNotice {
    /// The server, as `known_hosts` writes it.
    pub name: String,
    /// What is known of its keys.
    pub verdict: HostKeyVerdict,
}

/// The page. `notice` says what has just been done.
pub fn target(model: &TargetModel, reader: &Reader, notice: Option<&str>) -> Markup {
    let one = &model.target;
    let url = parts::target_url(&one.id);
    let json = format!("{url}?format=json");
    let name = fragments::plain(&one.name);
    let shell = Shell { title: &name, part: Part::Targets, reader, json: Some(&json), live: true, notice };
    let report = model.report.as_ref().map(|(_, report)| fragments::target_parts(report));
    page(
        &shell,
        html! {
            div.title {
                h1 data-target-name=(text(&one.id)) { (breaking(&one.name)) }
                p.when {
                    (overview::kind(&one.target)) " "
                    @if one.target.to_string() != one.name { span.url { (breaking(&one.target)) } " " }
                    "· looked at every " (parts::span(one.every))
                    @if let Some((at, _)) = &model.report { " · last " (ago(model.now, *at)) }
                    @if one.paused { " · " strong { "paused" } }
                    @else if let Some(next) = model.next { " · next " (ago(model.now, next)) }
                }
            }
            (actions(model, reader, &url))
            (overview::live(Some(&one.id)))
            @for notice in &model.host_keys { (host_key(notice, &url)) }
            @if let Some(parts) = &report {
                section.target aria-labelledby="verdict" {
                    h2.hidden id="verdict" { "Verdict" }
                    (PreEscaped(&parts.banner)) (PreEscaped(&parts.glance)) (PreEscaped(&parts.path))
                    (PreEscaped(&parts.host_keys))
                }
            } @else {
                (parts::nothing("It was not looked at yet."))
            }
            (changes(model))
            (history(model))
            (memory(model))
            @if let Some(parts) = &report {
                section aria-labelledby="details" {
                    h2 id="details" { "The newest report" }
                    (PreEscaped(&parts.attacks)) (PreEscaped(&parts.findings)) (PreEscaped(&parts.measured))
                    (PreEscaped(&parts.unknown))
                }
            }
            (about(model, reader, &url))
        },
    )
}

fn actions(model: &TargetModel, reader: &Reader, url: &str) -> Markup {
    html! {
        div.actions {
            @if reader.may(Scope::Look) { (parts::button(reader, &format!("{url}/look"), "Look now", "")) }
            @if reader.may(Scope::Targets) {
                @if model.target.paused {
                    (parts::button(reader, &format!("{url}/resume"), "Resume", "quiet"))
                } @else {
                    (parts::button(reader, &format!("{url}/pause"), "Pause", "quiet"))
                }
            }
            @if model.report.is_some() {
                a.button href={ (url) "/report.html" } download { "Report as HTML" }
                a.button href={ (url) "/report.json" } download { "Report as JSON" }
            }
            button.quiet type="button" data-print hidden { "Print" }
        }
    }
}

fn host_key(notice: &HostKeyNotice, url: &str) -> Markup {
    let (class, words) = match notice.verdict {
        HostKeyVerdict::Changed => ("exposed", "shows another host key than it was known by"),
        HostKeyVerdict::Revoked => ("exposed", "shows a host key that is revoked"),
        HostKeyVerdict::Unknown => ("partly", "shows a host key that nobody vouches for"),
        HostKeyVerdict::Verified => ("protected", "shows a host key that is verified"),
    };
    html! {
        section class={ "banner " (class) } aria-label={ "Host key of " (text(&notice.name)) } {
            p.sentence { (breaking(&notice.name)) " " (words) ". " a href={ (url) "/host-key" } { "Look at it and decide" } }
        }
    }
}

/// The changes, each that is open with expected and met side by side.
fn changes(model: &TargetModel) -> Markup {
    let (open, closed): (Vec<&Event>, Vec<&Event>) =
        model.events.iter().partition(|event| parts::is_open(model.now, event));
    html! {
        section aria-labelledby="changes" {
            h2 id="changes" { "What changed" }
            @if model.events.is_empty() {
                (parts::nothing("Nothing, as long as it is watched."))
            }
            @for event in &open {
                article.changed aria-labelledby={ "e" (event.id) } {
                    h3 id={ "e" (event.id) } {
                        (parts::severity(event.change.severity)) " "
                        a href={ "/events/" (event.id) } { (breaking(&event.change.title)) }
                    }
                    p.sub { (parts::likelihood(event.change.likelihood)) span { (ago(model.now, event.at)) } }
                    (super::event::sides(&event.change))
                }
            }
            @if !closed.is_empty() {
                @let closed: Vec<Event> = closed.into_iter().cloned().collect();
                h3 { "Known already" }
                (parts::events(model.now, &closed, false))
            }
            p.sub { a href={ "/events" (parts::query(&[("target", &model.target.id)])) } { "All changes of this target" } }
        }
    }
}

fn history(model: &TargetModel) -> Markup {
    html! {
        section aria-labelledby="history" {
            h2 id="history" { "History" }
            @if model.looks.is_empty() { (parts::nothing("No look has ended yet.")) } @else {
                (timeline::draw(model.now, &model.looks, &model.events, &model.memory))
                details.plain {
                    summary { h3 { "Looks" } span { "the latest " (model.looks.len()) } }
                    (looks(&model.looks))
                }
            }
        }
    }
}

fn looks(looks: &[LookLine]) -> Markup {
    html! {
        div.scroll role="region" aria-label="Looks" tabindex="0" {
            table {
                thead { tr {
                    th scope="col" { "When" } th scope="col" { "Took" } th scope="col" { "Measured" }
                    th scope="col" { "Worst" } th scope="col" { "Findings" } th scope="col" { "Changes" }
                } }
                tbody {
                    @for look in looks {
                        tr {
                            th scope="row" { (time(look.at)) }
                            td { (look.millis / 1000) "." (format!("{:03}", look.millis % 1000)) " s" }
                            td { (parts::state(look.state)) @if let Some(error) = &look.error { ": " (prose(error)) } }
                            td { @if let Some(worst) = look.worst { (parts::severity(worst)) } @else { "–" } }
                            td { (look.findings) }
                            td { (look.changes) }
                        }
                    }
                }
            }
        }
    }
}

/// Every value that was met, with its first and last time.
fn memory(model: &TargetModel) -> Markup {
    html! {
        section aria-labelledby="memory" {
            h2 id="memory" { "What is remembered" }
            @if model.memory.is_empty() { (parts::nothing("Nothing yet.")) } @else {
                div.scroll role="region" aria-label="Values that are remembered" tabindex="0" {
                    table.memory {
                        thead { tr {
                            th scope="col" { "Of" } th scope="col" { "Value" } th scope="col" { "First" }
                            th scope="col" { "Last" } th scope="col" { "Looks" }
                        } }
                        @for history in &model.memory { (subject(model.now, history)) }
                    }
                }
            }
        }
    }
}

fn subject(now: Time, history: &History) -> Markup {
    let shown: Vec<_> =
        std::iter::once(&history.latest).chain(history.earlier.iter().take(VALUES - 1)).collect();
    let left = history.earlier.len().saturating_sub(VALUES - 1);
    html! {
        tbody {
            @for (at, kept) in shown.iter().enumerate() {
                tr.earlier[at > 0] {
                    @if at == 0 {
                        th scope="rowgroup" rowspan=(shown.len() + usize::from(left > 0)) {
                            (remembered::kind(&kept.memo.what)) br; span.url { (breaking(&kept.memo.place)) }
                        }
                    }
                    td {
                        @for (line_at, line) in remembered::lines(&kept.memo).iter().take(50).enumerate() {
                            @if line_at > 0 { br; }
                            span.url { (breaking(line)) }
                        }
                        @if at == 0 && !history.earlier.is_empty() { " " span.state { "now" } }
                    }
                    td { (ago(now, kept.first)) }
                    td { (ago(now, kept.last)) }
                    td { (kept.count) }
                }
            }
            @if left > 0 { tr.earlier { td colspan="4" { (left) " earlier values more; the JSON has them" } } }
        }
    }
}

fn about(model: &TargetModel, reader: &Reader, url: &str) -> Markup {
    let one = &model.target;
    html! {
        section aria-labelledby="about" {
            h2 id="about" { "About this target" }
            dl.facts {
                div { dt { "Id" } dd { code { (text(&one.id)) } } }
                div { dt { "Text" } dd { span.url { (breaking(one.target.input())) } } }
                div { dt { "Added" } dd { (time(one.added)) " " (origin(&one.origin)) } }
                @if !one.tags.is_empty() {
                    div { dt { "Tags" } dd {
                        @for tag in &one.tags { a.tag href={ "/?tag=" (parts::query_value(tag)) } { (text(tag)) } " " }
                    } }
                }
            }
            @if reader.may(Scope::Targets) {
                @match &one.origin {
                    Origin::File => p.sub { "It stands in the configuration, and is removed there." },
                    Origin::Person { .. } => {
                        details.plain {
                            summary { h3 { "Remove it" } span { "it is looked at no more; what was seen stays for a time" } }
                            form.stack method="post" action={ (url) "/remove" } {
                                (csrf(reader))
                                p {
                                    input id="sure" type="checkbox" name="sure" value="yes" required;
                                    " " label for="sure" { "Yes, stop watching " (text(&one.name)) }
                                }
                                p { button.danger type="submit" { "Remove" } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn origin(origin: &Origin) -> Markup {
    html! {
        @match origin {
            Origin::File => "from the configuration",
            Origin::Person { by } => { "by " (text(by)) }
        }
    }
}
