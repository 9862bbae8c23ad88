//! The log-in by name and password, and the page that offers the other ways.

use std::time::Instant;

use axum::extract::{Query, State};
use axum::response::Response;
use axum::routing::get;
use axum::{Extension, Form, Router};
use http::{HeaderMap, StatusCode};
use maud::html;
use midwatch_store::watch::accounts::{self, Account};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::session::{Entry, begun};
use super::{Shown, later, local, script, to, wait_sentence};
use crate::auth::access::{Access, Half};
use crate::auth::frame;
use crate::auth::password::{Verified, Weak};
use crate::guard::visitor::Visitor;
use crate::guard::{Here, cookies};
use crate::tls::Peer;

/// The sentence for a form that has no cookie, or an old one.
pub(super) const STALE: &str = "The page was too old, or the browser kept no cookie: try again. Cookies of this site are needed; \
     Safari takes them over https alone.";

/// The same for a wrong name and for a wrong password.
const WRONG: &str = "The name or the password is wrong.";

/// Codes that may be tried for one password.
const TRIES: u32 = 5;

pub(super) fn routes() -> Router<Access> {
    Router::new().route("/login", get(show).post(enter))
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    next: String,
    /// Somebody who has logged in is asked again, before he changes how he logs in.
    again: Option<String>,
}

#[derive(Deserialize)]
struct Sent {
    csrf: String,
    name: String,
    password: Zeroizing<String>,
    #[serde(default)]
    next: String,
}

impl Access {
    /// Whether this may be the password of an account of this name.
    pub(super) fn judge(&self, password: &str, name: &str) -> Result<(), Weak> {
        let mut words = vec!["midwatch", name];
        words.extend(self.0.names.all().iter().flat_map(|host| host.split('.')));
        self.0.rules.password.check(password, &words)
    }
}

/// The page, with what went wrong.
pub(super) fn page(
    access: &Access,
    headers: &HeaderMap,
    host: &Here,
    status: StatusCode,
    next: &str,
    fault: Option<&str>,
    again: bool,
) -> Response {
    let (cookie, is_new) = begun(headers);
    let proof = frame::proof(&access.form_code(&cookie));
    let next = local(next);
    let body = html! {
        h1 { "Log in" }
        @if again { p.notice { "Log in again: you are about to change who can log in." } }
        @if let Some(fault) = fault { (frame::fault(fault)) }
        @if access.0.rules.passwords {
            form.stack method="post" action="/login" {
                (proof)
                input type="hidden" name="next" value=(next);
                div { label for="name" { "Name" }
                    input id="name" name="name" required maxlength=(accounts::NAME) autocomplete="username webauthn" autocapitalize="none" spellcheck="false"; }
                div { label for="password" { "Password" }
                    input id="password" name="password" type="password" required maxlength="1024" autocomplete="current-password"; }
                button type="submit" { "Log in" }
            }
        }
        @if host.party().is_some() {
            form.stack method="post" action="/login/passkey" data-passkey hidden {
                (proof)
                input type="hidden" name="next" value=(next);
                p role="status" {}
                button.quiet type="submit" { "Log in by a passkey" }
            }
            (script())
        }
        @if let Some(provider) = &access.0.oidc {
            p { a.button href=(format!("/login/provider?{}", query(next))) { "Log in by " (provider.host()) } }
        }
    };
    let mut response = access.page(status, "Log in", None, body);
    if is_new {
        cookies::set(response.headers_mut(), cookies::LOGIN, &cookie);
    }
    response
}

/// `next=…`, escaped.
fn query(next: &str) -> String {
    url::form_urlencoded::Serializer::new(String::new()).append_pair("next", next).finish()
}

async fn show(
    State(access): State<Access>,
    Extension(host): Extension<Here>,
    Query(asked): Query<Asked>,
    visitor: Result<Visitor, crate::guard::visitor::Denied>,
    headers: HeaderMap,
) -> Shown {
    if access.is_new().await? {
        return Ok(to("/setup"));
    }
    if visitor.is_ok() && asked.again.is_none() {
        return Ok(to(local(&asked.next)));
    }
    Ok(page(&access, &headers, &host, StatusCode::OK, &asked.next, None, asked.again.is_some()))
}

async fn enter(
    State(access): State<Access>,
    Extension(peer): Extension<Peer>,
    Extension(host): Extension<Here>,
    visitor: Result<Visitor, crate::guard::visitor::Denied>,
    headers: HeaderMap,
    Form(sent): Form<Sent>,
) -> Shown {
    let again = |status, fault: &str| page(&access, &headers, &host, status, &sent.next, Some(fault), false);
    let Some(cookie) =
        cookies::read(&headers, cookies::LOGIN).filter(|cookie| access.is_form_code(cookie, &sent.csrf))
    else {
        return Ok(again(StatusCode::FORBIDDEN, STALE));
    };
    let from = peer.address.ip();
    if let Err(wait) = access.0.limiter.begin(&sent.name, from, Instant::now()) {
        return Ok(later(again(StatusCode::TOO_MANY_REQUESTS, &wait_sentence(wait)), wait));
    }
    let name = sent.name.clone();
    let account = access.0.books.run(move |ledger| ledger.account_named(&name)).await?;
    let account = account.filter(|account| !account.disabled && access.0.rules.passwords);
    let kept = account.as_ref().and_then(|account| account.password.clone());
    let too_long = sent.password.len() > crate::auth::password::LONGEST;
    let given = if too_long { Zeroizing::new(String::new()) } else { sent.password.clone() };
    let verified = match access.0.hasher.verify(given.clone(), kept.clone()).await {
        Ok(verified) => verified,
        Err(busy) => {
            // Nothing was tried.
            access.0.limiter.half(&sent.name, from);
            return Ok(again(StatusCode::SERVICE_UNAVAILABLE, &busy.to_string()));
        }
    };
    let (Some(account), true) = (account.as_ref(), verified != Verified::No) else {
        // Only names that are accounts are written down: people type passwords into the wrong field.
        let who = account
            .as_ref()
            .map_or("an account that is not there, or may not log in", |account| &account.name);
        access.note("nobody", Some(from), "login-failed", &format!("wrong password for {who}")).await;
        return Ok(again(StatusCode::FORBIDDEN, WRONG));
    };
    if verified == Verified::Rehash
        && let (Some(was), Ok(now)) = (kept, access.0.hasher.hash(given).await)
    {
        let id = account.id;
        access.0.books.run(move |ledger| ledger.rehash(id, &was, &now)).await?;
    }
    // Of the same account alone: another's session stays until he logs out.
    let instead =
        visitor.ok().filter(|visitor| visitor.account == account.id).and_then(|visitor| visitor.session());
    if account.has_second() {
        access.0.limiter.half(&sent.name, from);
        let half = Half { account: account.id, next: local(&sent.next).to_owned(), tries: TRIES, instead };
        access.0.halves.put(&cookie, from, half);
        return Ok(to("/login/second"));
    }
    access.0.limiter.succeeded(&sent.name, from);
    entered(&access, account, peer, &headers, &sent.next, instead).await
}

async fn entered(
    access: &Access,
    account: &Account,
    peer: Peer,
    headers: &HeaderMap,
    next: &str,
    instead: Option<i64>,
) -> Shown {
    let mut response = to(local(next));
    let entry = Entry {
        account: account.id,
        name: &account.name,
        way: "password",
        second: false,
        detail: "by password",
        instead,
    };
    let is_in = access.enter(entry, peer, headers, &mut response).await?;
    Ok(if is_in { response } else { to("/login") })
}
