//! What midwatch looks for: each check and each attack method, from the judge's own registry.

use maud::{Markup, html};

use super::markdown;
use super::parts::{self, text};
use super::shell::{Part, Shell, page};
use crate::reader::Reader;

/// The list of all pages.
pub fn index(reader: &Reader) -> Markup {
    let shell = Shell {
        title: "Explain",
        part: Part::Explain,
        reader,
        json: Some("/explain?format=json"),
        live: false,
        notice: None,
    };
    let all = topics();
    let (methods, checks): (Vec<_>, Vec<_>) =
        all.iter().partition(|(id, _)| midwatch_judge::attacks().iter().any(|attack| attack.id.id() == *id));
    page(
        &shell,
        html! {
            div.title { h1 { "Explain" } p.when { "What midwatch looks for, how it decides, and what stops it." } }
            section aria-labelledby="methods" { h2 id="methods" { "Attack methods" } (list(&methods)) }
            section aria-labelledby="checks" { h2 id="checks" { "Checks and rules" } (list(&checks)) }
        },
    )
}

fn list(topics: &[&(&'static str, String)]) -> Markup {
    html! {
        ul.columns {
            @for (id, title) in topics {
                li { a href={ "/explain/" (parts::segment(id)) } { (text(title)) } }
            }
        }
    }
}

/// Every page: its id and its title.
pub fn topics() -> Vec<(&'static str, String)> {
    midwatch_judge::ids()
        .into_iter()
        .map(|id| {
            let page = midwatch_judge::explain(id).unwrap_or_default();
            (id, markdown::title(&page).unwrap_or(id).to_owned())
        })
        .collect()
}

/// One page; none where there is no such id.
pub fn topic(id: &str, reader: &Reader) -> Option<Markup> {
    let source = midwatch_judge::explain(id)?;
    let title = markdown::title(&source).unwrap_or(id).to_owned();
    let json = format!("/explain/{}?format=json", parts::segment(id));
    let shell =
        Shell { title: &title, part: Part::Explain, reader, json: Some(&json), live: false, notice: None };
    Some(page(
        &shell,
        html! {
            div.title { h1 { (text(&title)) } }
            div.prose { (markdown::render(&source, 2)) }
            p { a href="/explain" { "All pages" } }
        },
    ))
}
