//! What serves the pages: reads what a page needs, and carries out what its forms ask for.

mod actions;
mod events;
mod host_key;
mod misc;
mod overview;
mod target;
#[cfg(test)]
mod tests;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderValue};
use maud::Markup;
use serde::{Deserialize, Serialize};

pub(crate) use actions::tags;
pub(crate) use events::{note, set as set_event};
pub(crate) use host_key::{keep as keep_trust, of as trust_of};
pub(crate) use target::host_keys as host_keys_of;

use super::settings;
use crate::desk::DeskError;
use crate::face::Face;
use crate::reader::{Reader, Scope};

/// The longest form.
const FORM: usize = 64 << 10;

/// The pages and the stream of progress. The guard in front says who asks, and holds forms against their session.
pub fn routes(face: Face) -> Router {
    Router::new()
        .route("/", get(overview::show))
        .route("/targets", get(overview::targets).post(actions::add))
        .route("/targets/{id}", get(target::show))
        .route("/targets/{id}/report.json", get(target::report_json))
        .route("/targets/{id}/report.html", get(target::report_html))
        .route("/targets/{id}/host-key", get(host_key::show).post(host_key::decide))
        .route("/targets/{id}/look", post(actions::look))
        .route("/targets/{id}/pause", post(actions::pause))
        .route("/targets/{id}/resume", post(actions::resume))
        .route("/targets/{id}/remove", post(actions::remove))
        .route("/events", get(events::list))
        .route("/events/stream", get(crate::events::stream))
        .route("/events/{id}", get(events::show))
        .route("/events/{id}/acknowledge", post(events::acknowledge))
        .route("/events/{id}/snooze", post(events::snooze))
        .route("/events/{id}/reopen", post(events::reopen))
        .route("/alerts", get(misc::alerts))
        .route("/alerts/test", post(actions::test_channel))
        .route("/search", get(misc::search))
        .route("/explain", get(misc::explain))
        .route("/explain/{id}", get(misc::topic))
        .route("/settings", get(misc::settings))
        .route("/audit", get(misc::audit))
        .route("/about", get(misc::about))
        .layer(DefaultBodyLimit::max(FORM))
        .with_state(face)
}

/// Why a page cannot be shown, as a page.
#[derive(Debug)]
pub struct Fault {
    status: StatusCode,
    title: &'static str,
    words: String,
}

impl Fault {
    /// There is no such thing.
    pub fn unknown(words: impl Into<String>) -> Self {
        Fault { status: StatusCode::NOT_FOUND, title: "There is no such page", words: words.into() }
    }

    /// What was sent cannot be understood.
    pub fn wrong(words: impl Into<String>) -> Self {
        Fault { status: StatusCode::UNPROCESSABLE_ENTITY, title: "That cannot be done", words: words.into() }
    }

    /// The reader may not.
    pub fn forbidden() -> Self {
        let words = "Your role does not allow this. Ask an administrator.".into();
        Fault { status: StatusCode::FORBIDDEN, title: "Not allowed", words }
    }
}

impl From<DeskError> for Fault {
    fn from(error: DeskError) -> Self {
        let words = error.to_string();
        match error {
            DeskError::Unknown(_) => Fault::unknown(words),
            DeskError::Refused(_) => Fault::wrong(words),
            DeskError::Known(_) => {
                Fault { status: StatusCode::CONFLICT, title: "It is there already", words }
            }
            DeskError::Away(_) => Fault { status: StatusCode::SERVICE_UNAVAILABLE, title: "Not now", words },
            DeskError::Failed(_) => {
                tracing::error!(error = %words, "a page cannot be shown");
                Fault { status: StatusCode::INTERNAL_SERVER_ERROR, title: "That did not work", words }
            }
        }
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let page = settings::fault(self.status.as_u16(), self.title, &self.words);
        (self.status, Html(page.into_string())).into_response()
    }
}

/// How a page is wanted.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Form {
    #[serde(default)]
    format: Option<String>,
    /// What has just been done, as [`done`] names it.
    #[serde(default)]
    done: Option<String>,
}

impl Form {
    /// The page, or what it is made of as JSON.
    fn answer<M: Serialize>(&self, model: &M, page: impl FnOnce() -> Markup) -> Result<Response, Fault> {
        answer(self.format.as_deref(), model, page)
    }

    fn notice(&self) -> Option<&'static str> {
        self.done.as_deref().and_then(done)
    }
}

/// The page, or what it is made of as JSON.
pub(super) fn answer<M: Serialize>(
    format: Option<&str>,
    model: &M,
    page: impl FnOnce() -> Markup,
) -> Result<Response, Fault> {
    match format {
        None | Some("" | "html") => Ok(Html(page().into_string()).into_response()),
        Some("json") => json(model),
        Some(_) => Err(Fault::wrong("The format is html or json.")),
    }
}

fn json<M: Serialize>(model: &M) -> Result<Response, Fault> {
    let body = serde_json::to_string_pretty(model)
        .map_err(|error| DeskError::Failed(format!("This page cannot be written as JSON: {error}")))?;
    let kind = HeaderValue::from_static("application/json");
    Ok(([(CONTENT_TYPE, kind)], body).into_response())
}

/// What has just been done, from the word in the address. Nothing of the address itself is shown.
fn done(word: &str) -> Option<&'static str> {
    Some(match word {
        "look" => "It is looked at as soon as a place is free.",
        "pause" => "It is paused.",
        "resume" => "It is looked at again.",
        "add" => "It is added, and looked at soon.",
        "remove" => "It is removed.",
        "acknowledge" => "It is acknowledged.",
        "snooze" => "It is snoozed.",
        "reopen" => "It is open again.",
        "trust" => "The key is trusted from now on.",
        "test" => "A test alert is on its way.",
        _ => return None,
    })
}

fn back(to: &str, done: &str) -> Response {
    Redirect::to(&format!("{to}?done={done}")).into_response()
}

fn want(reader: &Reader, scope: Scope) -> Result<(), Fault> {
    if reader.may(scope) { Ok(()) } else { Err(Fault::forbidden()) }
}

/// Words to search for, without what no text of ours has in it.
pub(crate) fn words(text: Option<String>) -> String {
    let text: String = text.unwrap_or_default().chars().filter(|c| !c.is_control()).take(200).collect();
    text.trim().to_owned()
}

/// The same, none where there are none.
pub(crate) fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}
