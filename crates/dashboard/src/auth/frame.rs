//! The plain frame of pages about log-ins and accounts, where the dashboard has no other.

use maud::{DOCTYPE, Markup, html};

use crate::guard::FIELD;
use crate::guard::visitor::Visitor;

/// A page with its own small style.
pub fn plain(title: &str, visitor: Option<&Visitor>, body: Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " – midwatch" }
                link rel="icon" href="data:,";
                link rel="stylesheet" href="/auth/style.css";
            }
            body {
                header {
                    p { a href="/" { "midwatch" } }
                    @if let Some(visitor) = visitor {
                        form method="post" action="/logout" {
                            (proof(visitor.csrf()))
                            a href="/account" { (visitor.name) } " "
                            button type="submit" { "Log out" }
                        }
                    }
                }
                main id="main" { (body) }
            }
        }
    }
}

/// The hidden field that proves a form to be of our pages.
pub fn proof(code: &str) -> Markup {
    html! { input type="hidden" name=(FIELD) value=(code); }
}

/// A sentence about what went wrong, which readers of the screen are told at once.
pub(crate) fn fault(sentence: &str) -> Markup {
    html! { p.fault role="alert" { (sentence) } }
}
