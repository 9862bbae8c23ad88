//! API tokens of one's own account.

use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::post;
use axum::{Form, Router};
use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use maud::html;
use midwatch_model::Scope;
use midwatch_store::watch::tokens::NewToken;

use super::{Shown, to};
use crate::auth::access::Access;
use crate::auth::{frame, random};
use crate::guard::visitor::Visitor;

/// What tokens begin with, so that scanners of secrets know them.
pub(crate) const PREFIX: &str = "mwt_";

/// The most days that a token may serve.
const DAYS: i64 = 366;

/// The most characters of a name.
const NAME: usize = 60;

pub(super) fn routes() -> Router<Access> {
    Router::new().route("/account/tokens", post(make)).route("/account/tokens/{id}/remove", post(remove))
}

/// What a form of a new token asks: several boxes have the same name.
struct Sent {
    name: String,
    days: i64,
    scopes: Vec<Scope>,
}

fn read(pairs: Vec<(String, String)>) -> Option<Sent> {
    let mut sent = Sent { name: String::new(), days: 0, scopes: Vec::new() };
    for (field, value) in pairs {
        match field.as_str() {
            "name" => sent.name = value.trim().chars().take(NAME).collect(),
            "days" => sent.days = value.parse().ok()?,
            "scope" => sent.scopes.push(value.parse().ok()?),
            _ => {}
        }
    }
    sent.scopes.sort();
    sent.scopes.dedup();
    (!sent.name.is_empty() && (1..=DAYS).contains(&sent.days) && !sent.scopes.is_empty()).then_some(sent)
}

async fn make(
    State(access): State<Access>,
    visitor: Visitor,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Shown {
    if !visitor.is_fresh() {
        return Ok(to("/login?again=1&next=/account"));
    }
    let refuse = |sentence: &str| -> Response {
        let body = html! {
            h1 { "No token was made" }
            (frame::fault(sentence))
            p { a href="/account" { "Back to the account" } }
        };
        access.page(StatusCode::UNPROCESSABLE_ENTITY, "No token was made", Some(&visitor), body)
    };
    let Some(sent) = read(pairs) else {
        return Ok(refuse("A token has a name, one scope at least, and 1 to 366 days."));
    };
    if let Some(scope) = sent.scopes.iter().find(|scope| !visitor.role.scopes().contains(scope)) {
        return Ok(refuse(&format!("Your role may not {scope}, so that no token of yours may.")));
    }
    let token = format!("{PREFIX}{}", random::token());
    let (hash, account, now) = (random::hash(&token), visitor.account, Timestamp::now());
    let expires = now.checked_add(SignedDuration::from_hours(24 * sent.days)).ok();
    let (name, scopes) = (sent.name.clone(), sent.scopes.clone());
    let made = access.0.books.run(move |ledger| {
        ledger.add_token(&NewToken { hash: &hash, account, name: &name, scopes: &scopes, expires }, now)
    });
    if made.await?.is_none() {
        return Ok(refuse("You have too many tokens: remove one first."));
    }
    let words: Vec<&str> = sent.scopes.iter().map(|scope| scope.word()).collect();
    access.note_of(&visitor, "token-added", &format!("{} ({})", sent.name, words.join(", "))).await;
    let body = html! {
        h1 { "The token " (sent.name) }
        p { "This is the only time that it is shown. Keep it as a password is kept." }
        pre { code { (token) } }
        p { "It serves as " code { "Authorization: Bearer " (PREFIX) "…" } " at " code { "/api/v1" }
            @if let Some(expires) = expires { " until " (super::shown(expires)) } "." }
        p { a href="/account" { "Back to the account" } }
    };
    Ok(access.page(StatusCode::OK, "A new token", Some(&visitor), body))
}

async fn remove(State(access): State<Access>, visitor: Visitor, Path(id): Path<i64>) -> Shown {
    let account = visitor.account;
    if access.0.books.run(move |ledger| ledger.remove_token(account, id)).await? {
        access.note_of(&visitor, "token-removed", &format!("number {id}")).await;
    }
    Ok(to("/account"))
}
