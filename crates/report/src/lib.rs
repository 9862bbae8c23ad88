//! The renderers: pure functions from a [`Report`](midwatch_model::Report) to text.
//!
//! | function | for whom |
//! |---|---|
//! | [`terminal`](terminal()) | a person at a terminal |
//! | [`json`](json()) | other programs; the whole report, nothing left out |
//! | [`news`](news()) | a person who watches: what changed, as it happens |
//! | [`news_json`] | other programs that watch; a line for each change |
//! | [`sarif`](sarif()) | code-scanning services, SARIF 2.1.0 |
//! | [`junit`](junit()) | continuous integration |
//! | [`html`](html()) | a person with a browser; one file, no request leaves it |
//! | [`story`](story()), [`story_html`], [`story_json`] | the lab's story, in the same three forms |
//! | [`fragments`] | other programs' pages: the parts of the HTML report |
//! | `schema` (feature `schema`) | whoever reads the JSON and wants to check it |
//!
//! No renderer judges: what is `exposed` and how bad a finding is was decided before. The same report gives
//! the same bytes. Text in a report may come from a hostile peer, so every renderer escapes for its own
//! format and makes characters visible that would otherwise act on a reader (see `clean`).

mod clean;
mod facts;
mod fold;
mod gaps;
mod html;
mod json;
mod junit;
mod sarif;
#[cfg(feature = "schema")]
mod schema;
mod script;
mod story;
mod terminal;
mod way;
mod words;

#[cfg(any(test, feature = "testing"))]
pub mod sample;

#[cfg(test)]
mod hostile;

pub use html::{fragments, html, story_html};
pub use json::{json, news_json, story_json};
pub use junit::junit;
pub use sarif::sarif;
#[cfg(feature = "schema")]
pub use schema::schema;
pub use script::fix_script;
pub use terminal::{TerminalOptions, news, story, terminal};
pub use words::sign;
