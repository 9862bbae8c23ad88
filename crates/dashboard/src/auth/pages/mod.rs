//! The pages of log-ins and accounts. All work without a script but passkeys.

mod account;
mod login;
mod logout;
mod passkeys;
mod people;
mod provider;
mod second;
mod session;
mod setup;
mod tokens;

use axum::Router;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, StatusCode};
use maud::{Markup, html};

use super::access::Access;
use super::books::Unkept;
use super::frame;
use crate::guard::visitor::Visitor;

/// All routes.
pub(crate) fn routes(access: Access) -> Router {
    let files = Router::new()
        .route("/auth/style.css", get(async || file("text/css; charset=utf-8", include_str!("style.css"))))
        .route(
            "/auth/passkey.js",
            get(async || file("text/javascript; charset=utf-8", include_str!("passkey.js"))),
        )
        .route(
            "/robots.txt",
            get(async || file("text/plain; charset=utf-8", "User-agent: *\nDisallow: /\n")),
        );
    Router::new()
        .merge(setup::routes())
        .merge(login::routes())
        .merge(second::routes())
        .merge(passkeys::routes())
        .merge(provider::routes())
        .merge(logout::routes())
        .merge(account::routes())
        .merge(tokens::routes())
        .merge(people::routes())
        .with_state(access)
        .merge(files)
}

fn file(kind: &'static str, body: &'static str) -> Response {
    let headers = [(CONTENT_TYPE, kind), (CACHE_CONTROL, "public, max-age=3600")];
    (headers, body).into_response()
}

/// What is answered where there is nothing: a page of this dashboard, or problem details.
pub(crate) fn missing(page: Option<&Access>) -> Response {
    if let Some(access) = page {
        let body = html! { h1 { "There is no such page" } p { a href="/" { "To the overview" } } };
        return access.page(StatusCode::NOT_FOUND, "There is no such page", None, body);
    }
    problem(StatusCode::NOT_FOUND, "There is nothing here", "No route has this path and method.")
}

/// Problem details (RFC 9457).
fn problem(status: StatusCode, title: &str, detail: &str) -> Response {
    let body = serde_json::json!({ "title": title, "status": status.as_u16(), "detail": detail });
    (status, [(CONTENT_TYPE, "application/problem+json")], body.to_string()).into_response()
}

/// Why a page of these cannot be shown.
#[derive(Debug)]
struct Fault(Unkept);

impl From<Unkept> for Fault {
    fn from(error: Unkept) -> Fault {
        Fault(error)
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        tracing::error!(error = %self.0, "a page could not be made");
        let body = html! { h1 { "Something here fails" } p { "The log of midwatch says what. Try again in a little while." } };
        (StatusCode::INTERNAL_SERVER_ERROR, whole(frame::plain("Something here fails", None, body)))
            .into_response()
    }
}

type Shown = Result<Response, Fault>;

impl Access {
    /// A page in the dashboard's frame.
    fn page(&self, status: StatusCode, title: &str, visitor: Option<&Visitor>, body: Markup) -> Response {
        (status, whole((self.0.frame)(title, visitor, body))).into_response()
    }
}

/// A page as an answer.
pub(crate) fn whole(page: Markup) -> Html<String> {
    Html(page.into_string())
}

/// The script of passkeys, on the pages that have such forms.
fn script() -> Markup {
    html! { script src="/auth/passkey.js" defer {} }
}

/// Where to go after a log-in: a path of this server, whatever was written.
fn local(next: &str) -> &str {
    let is_path = next.starts_with('/')
        && !next.starts_with("//")
        && !next.contains(['\\', '\r', '\n', '\t'])
        && next.len() <= 2000
        && next.chars().all(|character| !character.is_control());
    // Back to where one logs in or out would be a circle.
    let is_entry = ["/login", "/logout", "/setup"].iter().any(|entry| next.starts_with(entry));
    if is_path && !is_entry { next } else { "/" }
}

/// Sends the browser to a page of this server, by GET.
fn to(path: &str) -> Response {
    Redirect::to(path).into_response()
}

/// Adds when to try again.
fn later(mut response: Response, wait: std::time::Duration) -> Response {
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    response
}

/// The sentence about it.
fn wait_sentence(wait: std::time::Duration) -> String {
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    format!("Too many log-ins failed: wait {seconds} s, then try again.")
}

/// A time as pages show it.
fn shown(time: midwatch_model::Time) -> String {
    time.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_in_leads_to_this_server_alone() {
        for good in ["/", "/targets?q=a&b=%2F%2F", "/events/7#x"] {
            assert_eq!(local(good), good);
        }
        for evil in [
            "",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "/\tevil",
            "/a\r\nset-cookie: x",
            "\\\\evil.example",
            " /",
            "/login?next=/",
            "/logout",
        ] {
            assert_eq!(local(evil), "/", "{evil:?}");
        }
    }
}
