//! The running configuration to read, without secrets; what did what; and about this program.

use maud::{Markup, html};
use midwatch_model::Time;
use serde::Serialize;

use super::parts::{self, breaking, text, time};
use super::shell::{Part, Shell, page};
use crate::reader::Reader;

/// A part of the configuration.
#[derive(Clone, Debug, Serialize)]
pub struct Section {
    /// Its name in the file.
    pub name: String,
    /// Keys and values in words. No secret is among them.
    pub values: Vec<(String, String)>,
}

/// The page of the configuration.
pub fn settings(sections: &[Section], file: Option<&str>, reader: &Reader) -> Markup {
    let shell = Shell {
        title: "Settings",
        part: Part::Settings,
        reader,
        json: Some("/settings?format=json"),
        live: false,
        notice: None,
    };
    page(
        &shell,
        html! {
            div.title {
                h1 { "Settings" }
                p.when {
                    "The configuration as it runs, without secrets."
                    @if let Some(file) = file { " It stands in " code { (breaking(file)) } "." }
                    " Change the file and send the daemon a SIGHUP."
                }
            }
            @for (at, section) in sections.iter().enumerate() {
                section aria-labelledby={ "s" (at) } {
                    h2 id={ "s" (at) } { (text(&section.name)) }
                    dl.facts {
                        @for (key, value) in &section.values {
                            div { dt { (text(key)) } dd { (breaking(value)) } }
                        }
                    }
                }
            }
            @if sections.is_empty() { (parts::nothing("Nothing is set; the defaults hold.")) }
        },
    )
}

/// A line of the audit log.
#[derive(Clone, Debug, Serialize)]
pub struct AuditLine {
    /// Its number.
    pub id: i64,
    /// When.
    pub at: Time,
    /// Who; empty where nobody had logged in.
    pub who: String,
    /// From which address.
    pub from: String,
    /// What.
    pub what: String,
    /// More of it.
    pub detail: String,
}

/// The page of the audit log. `before` is where older lines begin.
pub fn audit(lines: &[AuditLine], before: Option<i64>, reader: &Reader) -> Markup {
    let shell = Shell {
        title: "Audit log",
        part: Part::Audit,
        reader,
        json: Some("/audit?format=json"),
        live: false,
        notice: None,
    };
    page(
        &shell,
        html! {
            div.title { h1 { "Audit log" } p.when { "Who did what, the newest first. Lines are added and never changed." } }
            @if lines.is_empty() { (parts::nothing("Nothing yet.")) } @else {
                div.scroll role="region" aria-label="Audit log" tabindex="0" {
                    table {
                        thead { tr {
                            th scope="col" { "When" } th scope="col" { "Who" } th scope="col" { "From" }
                            th scope="col" { "What" } th scope="col" { "Detail" }
                        } }
                        tbody {
                            @for line in lines {
                                tr {
                                    td.nb { (time(line.at)) }
                                    th scope="row" { @if line.who.is_empty() { "nobody" } @else { (text(&line.who)) } }
                                    td { (text(&line.from)) }
                                    td { (text(&line.what)) }
                                    td { (breaking(&line.detail)) }
                                }
                            }
                        }
                    }
                }
                nav.pager aria-label="Pages of the audit log" {
                    @if let Some(before) = before { a rel="next" href={ "/audit?before=" (before) } { "Older" } }
                }
            }
        },
    )
}

/// The page about this program.
pub fn about(reader: &Reader) -> Markup {
    let shell = Shell { title: "About", part: Part::Other, reader, json: None, live: false, notice: None };
    page(
        &shell,
        html! {
            div.title { h1 { "About midwatch" } p.when { "Version " (env!("CARGO_PKG_VERSION")) } }
            p {
                "midwatch finds where somebody could sit in the middle of your connections, and tells you when somebody does. "
                "An attack in the middle shows as a change: another key, another certificate, another answer, another router. "
                "So the watch remembers what it met, and warns when something is another."
            }
            h2 { "For programs" }
            p {
                "Each page is there as JSON: add " code { "?format=json" } ". The interface for programs is described in "
                a href="/api/v1/openapi.json" { "its OpenAPI document" } "."
            }
            h2 { "What the marks mean" }
            dl.legend {
                @for (verdict, words) in [
                    (midwatch_model::Verdict::Exposed, "Open to somebody at that place."),
                    (midwatch_model::Verdict::Partly, "Open for some visitors, pages or moments."),
                    (midwatch_model::Verdict::Unknown, "Not enough could be measured. It is neither safe nor shown to be open."),
                    (midwatch_model::Verdict::Protected, "Measured, and closed."),
                ] {
                    div class=(verdict) { dt { (parts::mark(verdict)) (verdict) } dd { (words) } }
                }
            }
            h2 { "Licence" }
            p { "MIT or Apache-2.0, at your choice." }
        },
    )
}

/// A page that says what went wrong, for whoever asks.
pub fn fault(status: u16, title: &str, words: &str) -> Markup {
    super::shell::bare(
        title,
        html! {
            div.title { h1 { (text(title)) } p.when { "Status " (status) } }
            p.fault { (text(words)) }
            p { a href="/" { "To the overview" } }
        },
    )
}
