//! The second factor after a password: a code of an app, a recovery code, or a passkey.

use std::time::Instant;

use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use axum::{Extension, Form, Router};
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use maud::html;
use midwatch_store::watch::accounts::Account;
use serde::Deserialize;

use super::session::Entry;
use super::{Shown, later, script, to, wait_sentence};
use crate::auth::access::{Access, Half};
use crate::auth::{frame, recovery, totp};
use crate::guard::{Here, cookies};
use crate::tls::Peer;

pub(super) fn routes() -> Router<Access> {
    Router::new().route("/login/second", get(show).post(enter))
}

#[derive(Deserialize)]
struct Sent {
    csrf: String,
    code: String,
}

impl Access {
    /// The log-in that this browser has begun, and its account.
    pub(super) async fn half(
        &self,
        headers: &HeaderMap,
    ) -> Result<Option<(String, Half, Account)>, super::Unkept> {
        let Some(cookie) = cookies::read(headers, cookies::LOGIN) else { return Ok(None) };
        let Some(half) = self.0.halves.get(&cookie) else { return Ok(None) };
        let id = half.account;
        let account =
            self.0.books.run(move |ledger| ledger.account(id)).await?.filter(|account| !account.disabled);
        Ok(account.map(|account| (cookie, half, account)))
    }
}

fn page(
    access: &Access,
    host: &Here,
    cookie: &str,
    account: &Account,
    status: StatusCode,
    fault: Option<&str>,
) -> Response {
    let proof = frame::proof(&access.form_code(cookie));
    let body = html! {
        h1 { "The second factor" }
        @if let Some(fault) = fault { (frame::fault(fault)) }
        @if account.passkeys > 0 && host.party().is_some() {
            form.stack method="post" action="/login/second/passkey" data-passkey hidden {
                (proof)
                p role="status" {}
                button type="submit" { "Use a passkey" }
            }
            (script())
        }
        form.stack method="post" action="/login/second" {
            (proof)
            div {
                label for="code" { @if account.totp.is_some() { "Code of the app, or a recovery code" } @else { "Recovery code" } }
                input id="code" name="code" required maxlength="40" autocomplete="one-time-code" autocapitalize="none" spellcheck="false";
            }
            button type="submit" { "Go on" }
        }
        p { a href="/login" { "Begin anew" } }
    };
    access.page(status, "The second factor", None, body)
}

async fn show(State(access): State<Access>, Extension(host): Extension<Here>, headers: HeaderMap) -> Shown {
    match access.half(&headers).await? {
        Some((cookie, _, account)) => Ok(page(&access, &host, &cookie, &account, StatusCode::OK, None)),
        None => Ok(to("/login")),
    }
}

async fn enter(
    State(access): State<Access>,
    Extension(peer): Extension<Peer>,
    Extension(host): Extension<Here>,
    headers: HeaderMap,
    Form(sent): Form<Sent>,
) -> Shown {
    let Some((cookie, mut half, account)) = access.half(&headers).await? else { return Ok(to("/login")) };
    let again = |status, fault: &str| page(&access, &host, &cookie, &account, status, Some(fault));
    if !access.is_form_code(&cookie, &sent.csrf) {
        return Ok(again(StatusCode::FORBIDDEN, super::login::STALE));
    }
    let from = peer.address.ip();
    if let Err(wait) = access.0.limiter.begin(&account.name, from, Instant::now()) {
        return Ok(later(again(StatusCode::TOO_MANY_REQUESTS, &wait_sentence(wait)), wait));
    }
    let Some(detail) = access.code(&account, &sent.code).await? else {
        access.note("nobody", Some(from), "login-failed", &format!("wrong code for {}", account.name)).await;
        half.tries = half.tries.saturating_sub(1);
        if half.tries == 0 {
            access.0.halves.take(&cookie);
            return Ok(to("/login"));
        }
        access.0.halves.put(&cookie, from, half);
        return Ok(again(
            StatusCode::FORBIDDEN,
            "This code is not right, or was used already. Each is taken once.",
        ));
    };
    // Once, whatever comes at the same time.
    let Some(half) = access.0.halves.take(&cookie) else { return Ok(to("/login")) };
    access.0.limiter.succeeded(&account.name, from);
    let mut response = to(&half.next);
    let entry = Entry {
        account: account.id,
        name: &account.name,
        way: "password",
        second: true,
        detail,
        instead: half.instead,
    };
    let is_in = access.enter(entry, peer, &headers, &mut response).await?;
    Ok(if is_in { response } else { to("/login") })
}

impl Access {
    /// Takes a code: what it was, where it is right and was not taken before.
    async fn code(&self, account: &Account, given: &str) -> Result<Option<&'static str>, super::Unkept> {
        let id = account.id;
        if let Some(kept) = recovery::kept(given) {
            let taken = self.0.books.run(move |ledger| ledger.take_recovery(id, &kept)).await?;
            return Ok(taken.then_some("by password and a recovery code"));
        }
        let secret = account.totp.as_ref().and_then(|sealed| self.0.seal.unseal(&purpose(id), sealed));
        let now = Timestamp::now().as_second();
        let Some(step) = secret.and_then(|secret| totp::step(&secret, given, now, Some(account.totp_step)))
        else {
            return Ok(None);
        };
        let taken = self.0.books.run(move |ledger| ledger.take_totp(id, step)).await?;
        Ok(taken.then_some("by password and a code"))
    }
}

/// What the secret of an account's app is sealed for.
pub(super) fn purpose(account: i64) -> String {
    format!("totp {account}")
}
