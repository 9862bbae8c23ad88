//! What stands around every page.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use midwatch_report::fragments;

use super::parts::{self, text};
use crate::assets;
use crate::guard::visitor::Visitor;
use crate::reader::{Reader, Scope};

/// A part of the dashboard that the navigation leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The overview.
    Overview,
    /// Targets.
    Targets,
    /// What changed.
    Events,
    /// Who was told.
    Alerts,
    /// What midwatch looks for.
    Explain,
    /// The running configuration.
    Settings,
    /// Who did what.
    Audit,
    /// None of these.
    Other,
}

impl Part {
    /// Those that the navigation shows, with their address, their name and who may see them.
    const SHOWN: [(Part, &'static str, &'static str, Scope); 7] = [
        (Part::Overview, "/", "Overview", Scope::Read),
        (Part::Targets, "/targets", "Targets", Scope::Read),
        (Part::Events, "/events", "Changes", Scope::Read),
        (Part::Alerts, "/alerts", "Alerts", Scope::Read),
        (Part::Explain, "/explain", "Explain", Scope::Read),
        (Part::Settings, "/settings", "Settings", Scope::Read),
        (Part::Audit, "/audit", "Audit log", Scope::Admin),
    ];
}

/// What the frame of a page needs.
pub struct Shell<'a> {
    /// The page's own name.
    pub title: &'a str,
    /// Where in the dashboard it is.
    pub part: Part,
    /// Who reads it.
    pub reader: &'a Reader,
    /// The address of the same as JSON, where there is one.
    pub json: Option<&'a str>,
    /// True where the page shows what is going on while it is open.
    pub live: bool,
    /// Said once, on top: what has just been done.
    pub notice: Option<&'a str>,
}

/// A whole page. `body` begins with the heading of the first level.
pub fn page(shell: &Shell<'_>, body: Markup) -> Markup {
    let reader = shell.reader;
    let body = html! {
        body data-live[shell.live] {
            a.skip href="#main" { "Skip to the content" }
            (PreEscaped(fragments::SYMBOLS))
            header.bar {
                p.brand { a href="/" { "midwatch" } }
                nav aria-label="Main" {
                    ul {
                        @for (part, href, name, scope) in Part::SHOWN {
                            @if reader.may(scope) {
                                li { a href=(href) aria-current=[(part == shell.part).then_some("page")] { (name) } }
                            }
                        }
                    }
                }
                form.search role="search" action="/search" method="get" {
                    label.hidden for="search" { "Search targets, changes and checks" }
                    input id="search" type="search" name="q" placeholder="Search" maxlength="200" autocomplete="off";
                    button type="submit" { "Search" }
                }
                div.who {
                    a href="/account" { (text(&reader.name)) }
                    form.inline method="post" action="/logout" {
                        (parts::csrf(reader))
                        button.quiet type="submit" { "Log out" }
                    }
                }
            }
            main id="main" tabindex="-1" {
                @if let Some(notice) = shell.notice { p.notice role="status" { (text(notice)) } }
                (body)
            }
            footer.foot {
                p {
                    "midwatch " (env!("CARGO_PKG_VERSION")) " · " a href="/about" { "About" }
                    @if let Some(json) = shell.json { " · " a href=(json) { "This page as JSON" } }
                }
            }
        }
    };
    document(shell.title, body)
}

/// A page for somebody who need not have logged in, such as a fault's.
pub fn bare(title: &str, body: Markup) -> Markup {
    let body = html! {
        body {
            header.bar { p.brand { a href="/" { "midwatch" } } }
            main id="main" { (body) }
        }
    };
    document(title, body)
}

/// The frame for pages of others, such as those on accounts: [`Frame`](crate::auth::access::Frame).
pub fn frame(title: &str, visitor: Option<&Visitor>, body: Markup) -> Markup {
    match visitor {
        None => bare(title, body),
        Some(visitor) => {
            let reader = Reader::from(visitor.clone());
            let shell =
                Shell { title, part: Part::Other, reader: &reader, json: None, live: false, notice: None };
            page(&shell, body)
        }
    }
}

fn document(title: &str, body: Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                title { (text(title)) " – midwatch" }
                link rel="icon" type="image/svg+xml" href=(assets::icon_url());
                link rel="stylesheet" href=(assets::style_url());
                script src=(assets::script_url()) defer {}
            }
            (body)
        }
    }
}
