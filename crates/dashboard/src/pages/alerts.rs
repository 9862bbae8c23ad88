//! Who was told of what, who waits to be told, and where it did not arrive.

use maud::{Markup, html};
use midwatch_model::{AlertKind, Time, Verdict};
use serde::Serialize;

use super::parts::{self, ago, breaking, csrf, prose, text};
use super::shell::{Part, Shell, page};
use crate::reader::{Reader, Scope};
use midwatch_store::watch::{OutboxEntry, OutboxState};

/// What the page of alerts shows.
#[derive(Clone, Debug, Serialize)]
pub struct AlertsModel {
    /// When it was put together.
    pub now: Time,
    /// The channels that are configured: name and kind.
    pub channels: Vec<Channel>,
    /// The latest alerts, the newest first.
    pub entries: Vec<OutboxEntry>,
}

/// A way to tell somebody.
#[derive(Clone, Debug, Serialize)]
pub struct Channel {
    /// Its name.
    pub name: String,
    /// What it is: `mail`, `webhook` …
    pub kind: String,
}

/// The page.
pub fn alerts(model: &AlertsModel, reader: &Reader, notice: Option<&str>) -> Markup {
    let shell = Shell {
        title: "Alerts",
        part: Part::Alerts,
        reader,
        json: Some("/alerts?format=json"),
        live: false,
        notice,
    };
    let count = |of: fn(&OutboxState) -> bool| model.entries.iter().filter(|one| of(&one.state)).count();
    page(
        &shell,
        html! {
            div.title {
                h1 { "Alerts" }
                p.when {
                    "Of the latest " (model.entries.len()) ": "
                    (count(|state| matches!(state, OutboxState::Sent { .. }))) " sent, "
                    (count(|state| matches!(state, OutboxState::Waiting | OutboxState::Sending))) " waiting, "
                    (count(|state| matches!(state, OutboxState::GivenUp { .. }))) " given up."
                }
            }
            section aria-labelledby="channels" {
                h2 id="channels" { "Channels" }
                @if model.channels.is_empty() {
                    (parts::nothing("Nobody is told of anything: no channel is configured."))
                } @else {
                    ul.rows {
                        @for channel in &model.channels {
                            li {
                                div.what { p.head { b.name { (text(&channel.name)) } span { (text(&channel.kind)) } } }
                                @if reader.may(Scope::Look) {
                                    form.inline method="post" action="/alerts/test" {
                                        (csrf(reader))
                                        input type="hidden" name="channel" value=(text(&channel.name));
                                        button.quiet type="submit" aria-label={ "Send a test alert to " (text(&channel.name)) } { "Send a test" }
                                    }
                                }
                            }
                        }
                    }
                }
            }
            section aria-labelledby="outbox" {
                h2 id="outbox" { "What was sent, and what waits" }
                @if model.entries.is_empty() { (parts::nothing("Nothing was to be told yet.")) } @else { (table(model)) }
            }
        },
    )
}

fn table(model: &AlertsModel) -> Markup {
    html! {
        div.scroll role="region" aria-label="Alerts" tabindex="0" {
            table {
                thead { tr {
                    th scope="col" { "Alert" } th scope="col" { "Channel" } th scope="col" { "State" }
                    th scope="col" { "Tries" } th scope="col" { "Made" }
                } }
                tbody {
                    @for one in &model.entries {
                        tr {
                            th scope="row" {
                                (parts::severity(one.alert.severity)) " " (breaking(&one.alert.title))
                                @if one.alert.kind == AlertKind::Test { " (a test)" }
                                @for event in one.alert.events.iter().take(5).filter(|event| event.id > 0) {
                                    br; a href={ "/events/" (event.id) } { "change " (event.id) }
                                }
                            }
                            td { (text(&one.channel)) }
                            td { (state(model.now, one)) }
                            td { (one.tries) }
                            td { (ago(model.now, one.alert.at)) }
                        }
                    }
                }
            }
        }
    }
}

fn state(now: Time, one: &OutboxEntry) -> Markup {
    let error = || html! { @if let Some(error) = &one.last_error { br; "Last time: " (prose(error)) } };
    let said = |verdict: Verdict, words: Markup| {
        html! { span class={ "verdictword " (verdict) } { (parts::mark(verdict)) span.word { (words) } } }
    };
    html! {
        @match &one.state {
            OutboxState::Waiting => {
                (said(Verdict::Unknown, html! { "waiting" })) " due " (ago(now, one.due)) (error())
            }
            OutboxState::Sending => { (said(Verdict::Unknown, html! { "being sent" })) (error()) }
            OutboxState::Sent { at } => { (said(Verdict::Protected, html! { "sent" })) " " (ago(now, *at)) }
            OutboxState::GivenUp { why } => { (said(Verdict::Exposed, html! { "given up" })) " " (prose(why)) }
        }
        @if one.uncertain { br; "It may have arrived once already: the daemon ended while it was being sent." }
    }
}
