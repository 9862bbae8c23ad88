//! The end of a session: it serves nobody any more, and the browser forgets what it kept.

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use http::{HeaderName, HeaderValue, StatusCode};
use maud::html;

use super::Shown;
use crate::auth::access::Access;
use crate::guard::cookies;
use crate::guard::visitor::Visitor;

pub(super) fn routes() -> Router<Access> {
    Router::new().route("/logout", post(leave))
}

async fn leave(State(access): State<Access>, visitor: Visitor) -> Shown {
    if let Some(session) = visitor.session() {
        let account = visitor.account;
        access.0.books.run(move |ledger| ledger.end_session(account, session)).await?;
        access.note_of(&visitor, "logout", "").await;
    }
    let body = html! {
        h1 { "You are logged out" }
        p { a href="/login" { "Log in" } }
    };
    let mut response = access.page(StatusCode::OK, "You are logged out", None, body);
    let headers = response.headers_mut();
    cookies::remove(headers, cookies::SESSION);
    cookies::remove(headers, cookies::LOGIN);
    let all = HeaderValue::from_static("\"cache\", \"cookies\", \"storage\"");
    headers.insert(HeaderName::from_static("clear-site-data"), all);
    Ok(response)
}
