//! The first start: whoever has the code that the daemon printed becomes the first admin.

use axum::extract::{Query, State};
use axum::response::Response;
use axum::routing::get;
use axum::{Extension, Form, Router};
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use maud::html;
use midwatch_model::Role;
use midwatch_store::watch::accounts::{self, NewAccount, Put};
use serde::Deserialize;
use std::time::Instant;
use zeroize::Zeroizing;

use super::session::{Entry, begun};
use super::{Shown, later, to, wait_sentence};
use crate::auth::access::Access;
use crate::auth::{frame, random};
use crate::guard::cookies;
use crate::tls::Peer;

/// What is counted for tries of the code.
const COUNTED: &str = "\u{1}setup";

pub(super) fn routes() -> Router<Access> {
    Router::new().route("/setup", get(show).post(claim))
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    code: String,
}

#[derive(Deserialize)]
struct Sent {
    csrf: String,
    code: String,
    name: String,
    password: Zeroizing<String>,
    again: Zeroizing<String>,
}

/// The code, as it is compared.
fn bare(code: &str) -> String {
    code.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|letter| letter.to_ascii_lowercase())
        .take(100)
        .collect()
}

impl Access {
    /// Whether the first start has yet to be gone through.
    pub(super) async fn is_new(&self) -> Result<bool, super::Unkept> {
        Ok(self.0.setup.is_some() && !self.0.books.run(|ledger| ledger.has_accounts()).await?)
    }
}

fn page(
    access: &Access,
    headers: &HeaderMap,
    status: StatusCode,
    code: &str,
    name: &str,
    fault: Option<&str>,
) -> Response {
    let (cookie, is_new) = begun(headers);
    let length = access.0.rules.password.length;
    let body = html! {
        h1 { "The first start" }
        p { "Nobody has an account here yet. Whoever has the code that midwatch printed when it was started makes the first one." }
        @if let Some(fault) = fault { (frame::fault(fault)) }
        form.stack method="post" action="/setup" {
            (frame::proof(&access.form_code(&cookie)))
            div { label for="code" { "Code" }
                input id="code" name="code" value=(code) required maxlength="100" autocomplete="off" autocapitalize="none" spellcheck="false"; }
            div { label for="name" { "Name" }
                input id="name" name="name" value=(name) required maxlength=(accounts::NAME) autocomplete="username" autocapitalize="none" spellcheck="false"; }
            div { label for="password" { "Password" }
                input id="password" name="password" type="password" required minlength=(length) autocomplete="new-password" aria-describedby="rule";
                p.hint id="rule" { (length) " characters or more; a few words in a row are easy to keep." } }
            div { label for="again" { "The password again" }
                input id="again" name="again" type="password" required autocomplete="new-password"; }
            button type="submit" { "Make the account" }
        }
    };
    let mut response = access.page(status, "The first start", None, body);
    if is_new {
        cookies::set(response.headers_mut(), cookies::LOGIN, &cookie);
    }
    response
}

async fn show(State(access): State<Access>, Query(asked): Query<Asked>, headers: HeaderMap) -> Shown {
    if !access.is_new().await? {
        return Ok(to("/login"));
    }
    let code: String = asked.code.chars().take(100).collect();
    Ok(page(&access, &headers, StatusCode::OK, &code, "", None))
}

async fn claim(
    State(access): State<Access>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    Form(sent): Form<Sent>,
) -> Shown {
    if !access.is_new().await? {
        return Ok(to("/login"));
    }
    let again = |status, fault: &str| page(&access, &headers, status, &sent.code, &sent.name, Some(fault));
    let cookie = cookies::read(&headers, cookies::LOGIN);
    if !cookie.is_some_and(|cookie| access.is_form_code(&cookie, &sent.csrf)) {
        return Ok(again(StatusCode::FORBIDDEN, super::login::STALE));
    }
    let from = peer.address.ip();
    if let Err(wait) = access.0.limiter.begin(COUNTED, from, Instant::now()) {
        return Ok(later(again(StatusCode::TOO_MANY_REQUESTS, &wait_sentence(wait)), wait));
    }
    let is_code = access.0.setup.as_deref().is_some_and(|code| random::same(&bare(code), &bare(&sent.code)));
    if !is_code {
        access.note("nobody", Some(from), "setup-failed", "with a wrong code").await;
        return Ok(again(StatusCode::FORBIDDEN, "This is not the code that midwatch printed at its start."));
    }
    access.0.limiter.succeeded(COUNTED, from);
    let unusable = StatusCode::UNPROCESSABLE_ENTITY;
    if !accounts::is_name(&sent.name) {
        return Ok(again(unusable, "A name has 1 to 64 letters, digits, and . _ - @ +"));
    }
    if let Err(weak) = access.judge(&sent.password, &sent.name) {
        return Ok(again(unusable, &weak.to_string()));
    }
    if *sent.password != *sent.again {
        return Ok(again(unusable, "The two passwords differ."));
    }
    let kept = match access.0.hasher.hash(sent.password.clone()).await {
        Ok(kept) => kept,
        Err(busy) => return Ok(again(StatusCode::SERVICE_UNAVAILABLE, &busy.to_string())),
    };
    let new = NewAccount {
        name: sent.name.clone(),
        role: Role::Admin,
        password: Some(kept),
        handle: random::token(),
        vouched: None,
    };
    let put = access.0.books.run(move |ledger| ledger.add_account(&new, true, Timestamp::now())).await?;
    // Somebody else with the code was quicker.
    let Put::Done(account) = put else { return Ok(to("/login")) };
    let name = accounts::kept_name(&sent.name);
    access.note(&name, Some(from), "setup", "made the first account").await;
    let mut response = to("/account");
    let entry = Entry {
        account,
        name: &name,
        way: "password",
        second: false,
        detail: "at the first start",
        instead: None,
    };
    access.enter(entry, peer, &headers, &mut response).await?;
    Ok(response)
}
