//! Passkeys: as the only thing asked, as second factor, and how one is made and removed. Requests of the script are JSON.

use std::time::Instant;

use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use axum::{Extension, Json, Router};
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use midwatch_store::watch::accounts::Account;
use midwatch_store::watch::passkeys::{NewPasskey, Passkey};
use serde::Deserialize;
use serde_json::json;

use super::account::{Taken, last_factor};
use super::session::Entry;
use super::{Fault, Shown, later, local, problem, to, wait_sentence};
use crate::auth::access::{Access, Challenge};
use crate::auth::passkey::{Assertion, Creation, Party, Refused, cose};
use crate::auth::random;
use crate::guard::visitor::Visitor;
use crate::guard::{HEADER, Here, cookies};
use crate::tls::Peer;

/// What is counted for passkeys of nobody known.
const COUNTED: &str = "\u{1}passkey";

/// The most characters of a passkey's name.
const NAME: usize = 60;

pub(super) fn routes() -> Router<Access> {
    Router::new()
        .route("/login/passkey/options", post(ask_alone))
        .route("/login/passkey", post(enter_alone))
        .route("/login/second/passkey/options", post(ask_second))
        .route("/login/second/passkey", post(enter_second))
        .route("/account/passkeys/options", post(ask_new))
        .route("/account/passkeys", post(make))
        .route("/account/passkeys/{id}/remove", post(remove))
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    next: String,
}

/// A log-in's cookie, where the header proves the request to be of our page; and the site.
fn begun(access: &Access, host: &Here, headers: &HeaderMap) -> Result<(String, Party), Box<Response>> {
    let given = headers.get(HEADER).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let cookie = cookies::read(headers, cookies::LOGIN).filter(|cookie| access.is_form_code(cookie, given));
    let refuse = |status, why: &str| Box::new(problem(status, "No passkey can be taken", why));
    let cookie = cookie.ok_or_else(|| refuse(StatusCode::FORBIDDEN, super::login::STALE))?;
    let why = "Browsers make passkeys for names over https alone, not for addresses.";
    let party = host.party().ok_or_else(|| refuse(StatusCode::CONFLICT, why))?;
    Ok((cookie, party))
}

fn options(party: &Party, challenge: &str, allow: &[String], verification: &str) -> Response {
    Json(json!({
        "challenge": challenge,
        "rpId": party.id,
        "allow": allow,
        "userVerification": verification,
    }))
    .into_response()
}

async fn ask_alone(
    State(access): State<Access>,
    Extension(peer): Extension<Peer>,
    Extension(host): Extension<Here>,
    headers: HeaderMap,
    Json(asked): Json<Asked>,
) -> Response {
    let (cookie, party) = match begun(&access, &host, &headers) {
        Ok(begun) => begun,
        Err(response) => return *response,
    };
    let challenge = Challenge { challenge: random::token(), next: local(&asked.next).to_owned() };
    access.0.challenges.put(&cookie, peer.address.ip(), challenge.clone());
    // None is named: which passkeys there are is nobody's business before a log-in.
    options(&party, &challenge.challenge, &[], "required")
}

async fn ask_second(
    State(access): State<Access>,
    Extension(peer): Extension<Peer>,
    Extension(host): Extension<Here>,
    headers: HeaderMap,
) -> Shown {
    let (cookie, party) = match begun(&access, &host, &headers) {
        Ok(begun) => begun,
        Err(response) => return Ok(*response),
    };
    let Some((_, half, account)) = access.half(&headers).await? else { return Ok(gone()) };
    let challenge = Challenge { challenge: random::token(), next: half.next };
    access.0.challenges.put(&cookie, peer.address.ip(), challenge.clone());
    let id = account.id;
    let known = access.0.books.run(move |ledger| ledger.passkeys(id)).await?;
    let known: Vec<String> = known.into_iter().map(|passkey| passkey.credential).collect();
    Ok(options(&party, &challenge.challenge, &known, "preferred"))
}

fn gone() -> Response {
    problem(StatusCode::CONFLICT, "The log-in is too old", "Begin anew.")
}

fn refused(why: Refused) -> Response {
    problem(StatusCode::FORBIDDEN, "The passkey is not taken", &format!("Not taken: {why}."))
}

/// Verifies what a passkey showed, and notes that it was used.
async fn verify(
    access: &Access,
    party: &Party,
    challenge: &str,
    sent: &Assertion,
    alone: bool,
) -> Result<Result<(Passkey, Account), Refused>, Fault> {
    let id = sent.id.clone();
    let found = access.0.books.run(move |ledger| ledger.passkey(&id)).await?;
    // One that is not known is answered as one whose signature is wrong.
    let Some((passkey, account)) = found else { return Ok(Err(Refused::Signature)) };
    if sent.user_handle.as_deref().is_some_and(|handle| handle != account.handle) {
        return Ok(Err(Refused::Signature));
    }
    let shown = match party.shown(challenge, sent, &passkey.key, passkey.counter, alone) {
        Ok(shown) => shown,
        Err(why) => return Ok(Err(why)),
    };
    let (number, was) = (passkey.id, passkey.counter);
    let now = Timestamp::now();
    let is_noted =
        access.0.books.run(move |ledger| ledger.use_passkey(number, was, shown.counter, now)).await?;
    Ok(if is_noted { Ok((passkey, account)) } else { Err(Refused::Counter) })
}

async fn enter_alone(
    State(access): State<Access>,
    Extension(peer): Extension<Peer>,
    Extension(host): Extension<Here>,
    visitor: Result<Visitor, crate::guard::visitor::Denied>,
    headers: HeaderMap,
    Json(sent): Json<Assertion>,
) -> Shown {
    let (cookie, party) = match begun(&access, &host, &headers) {
        Ok(begun) => begun,
        Err(response) => return Ok(*response),
    };
    let from = peer.address.ip();
    let Some(challenge) = access.0.challenges.take(&cookie) else { return Ok(gone()) };
    if let Err(wait) = access.0.limiter.begin(COUNTED, from, Instant::now()) {
        return Ok(later(problem(StatusCode::TOO_MANY_REQUESTS, "Wait", &wait_sentence(wait)), wait));
    }
    let (passkey, account) = match verify(&access, &party, &challenge.challenge, &sent, true).await? {
        Ok(found) => found,
        Err(why) => {
            access.note("nobody", Some(from), "login-failed", &format!("a passkey alone: {why}")).await;
            return Ok(refused(why));
        }
    };
    access.0.limiter.succeeded(COUNTED, from);
    let instead =
        visitor.ok().filter(|visitor| visitor.account == account.id).and_then(|visitor| visitor.session());
    let mut response = Json(json!({ "next": challenge.next })).into_response();
    let entry = Entry {
        account: account.id,
        name: &account.name,
        way: "passkey",
        second: true,
        detail: &format!("by the passkey {}", passkey.name),
        instead,
    };
    let is_in = access.enter(entry, peer, &headers, &mut response).await?;
    Ok(if is_in { response } else { gone() })
}

async fn enter_second(
    State(access): State<Access>,
    Extension(peer): Extension<Peer>,
    Extension(host): Extension<Here>,
    headers: HeaderMap,
    Json(sent): Json<Assertion>,
) -> Shown {
    let (cookie, party) = match begun(&access, &host, &headers) {
        Ok(begun) => begun,
        Err(response) => return Ok(*response),
    };
    let from = peer.address.ip();
    let Some((_, half, account)) = access.half(&headers).await? else { return Ok(gone()) };
    let Some(challenge) = access.0.challenges.take(&cookie) else { return Ok(gone()) };
    if let Err(wait) = access.0.limiter.begin(&account.name, from, Instant::now()) {
        return Ok(later(problem(StatusCode::TOO_MANY_REQUESTS, "Wait", &wait_sentence(wait)), wait));
    }
    let verified = verify(&access, &party, &challenge.challenge, &sent, false).await?;
    let passkey = match verified {
        Ok((passkey, owner)) if owner.id == account.id => passkey,
        Ok(_) => return Ok(refused(Refused::Signature)),
        Err(why) => {
            access
                .note("nobody", Some(from), "login-failed", &format!("a passkey of {}: {why}", account.name))
                .await;
            return Ok(refused(why));
        }
    };
    if access.0.halves.take(&cookie).is_none() {
        return Ok(gone());
    }
    access.0.limiter.succeeded(&account.name, from);
    let mut response = Json(json!({ "next": half.next })).into_response();
    let entry = Entry {
        account: account.id,
        name: &account.name,
        way: "password",
        second: true,
        detail: &format!("by password and the passkey {}", passkey.name),
        instead: half.instead,
    };
    let is_in = access.enter(entry, peer, &headers, &mut response).await?;
    Ok(if is_in { response } else { gone() })
}

/// The answer to a script where somebody has to log in again first.
fn stale() -> Response {
    problem(
        StatusCode::FORBIDDEN,
        "Log in again first",
        "You are about to change who can log in: open /login?again=1&next=/account, and repeat it.",
    )
}

async fn ask_new(State(access): State<Access>, Extension(host): Extension<Here>, visitor: Visitor) -> Shown {
    if !visitor.is_fresh() {
        return Ok(stale());
    }
    let Some(party) = host.party() else {
        let why = "Browsers make passkeys for names over https alone, not for addresses.";
        return Ok(problem(StatusCode::CONFLICT, "No passkey can be made", why));
    };
    let id = visitor.account;
    let (account, known) =
        access.0.books.run(move |ledger| Ok((ledger.account(id)?, ledger.passkeys(id)?))).await?;
    let Some(account) = account else { return Ok(gone()) };
    if account.vouched.is_some() {
        let why = "Your provider says who you are: a passkey here would outlive your account there.";
        return Ok(problem(StatusCode::CONFLICT, "No passkey can be made", why));
    }
    let challenge = random::token();
    access.0.makings.put(visitor.csrf(), visitor.from, challenge.clone());
    let known: Vec<String> = known.into_iter().map(|passkey| passkey.credential).collect();
    let body = json!({
        "challenge": challenge,
        "rpId": party.id,
        "user": { "id": account.handle, "name": account.name },
        "algorithms": cose::ALGORITHMS,
        "exclude": known,
    });
    Ok(Json(body).into_response())
}

#[derive(Deserialize)]
struct Sent {
    #[serde(flatten)]
    creation: Creation,
    #[serde(default)]
    name: String,
}

async fn make(
    State(access): State<Access>,
    Extension(host): Extension<Here>,
    visitor: Visitor,
    Json(sent): Json<Sent>,
) -> Shown {
    if !visitor.is_fresh() {
        return Ok(stale());
    }
    let (Some(party), Some(challenge)) = (host.party(), access.0.makings.take(visitor.csrf())) else {
        return Ok(gone());
    };
    let made = match party.register(&challenge, &sent.creation) {
        Ok(made) => made,
        Err(why) => return Ok(refused(why)),
    };
    let name: String = sent.name.trim().chars().take(NAME).collect();
    let name = if name.is_empty() { "a passkey".to_owned() } else { name };
    let (account, stays, called) = (visitor.account, visitor.session(), name.clone());
    let kept = access.0.books.run(move |ledger| {
        let new = NewPasskey {
            account,
            credential: &made.id,
            key: &made.key,
            counter: made.counter,
            backed_up: made.backed_up,
            name: &called,
        };
        ledger.add_passkey(&new, stays, Timestamp::now())
    });
    if !kept.await? {
        let why = "It is known already, or there are too many: remove one first.";
        return Ok(problem(StatusCode::CONFLICT, "The passkey is not kept", why));
    }
    access.note_of(&visitor, "passkey-added", &name).await;
    let mut response = Json(json!({ "next": "/account" })).into_response();
    access.renew(stays, true, &mut response).await?;
    Ok(response)
}

async fn remove(
    State(access): State<Access>,
    Extension(here): Extension<Here>,
    visitor: Visitor,
    Path(id): Path<i64>,
) -> Shown {
    if !visitor.is_fresh() {
        return Ok(to("/login?again=1&next=/account"));
    }
    let (own, stays, needed) = (visitor.account, visitor.session(), access.0.rules.second);
    let taken = access.0.books.run(move |ledger| {
        let Some(account) = ledger.account(own)? else { return Ok(Taken::None) };
        let Some(passkey) = ledger.passkeys(own)?.into_iter().find(|passkey| passkey.id == id) else {
            return Ok(Taken::None);
        };
        if needed && account.totp.is_none() && account.passkeys <= 1 {
            return Ok(Taken::Last);
        }
        ledger.remove_passkey(own, id, stays)?;
        Ok(Taken::Done(passkey.name))
    });
    match taken.await? {
        Taken::Done(name) => access.note_of(&visitor, "passkey-removed", &name).await,
        Taken::None => return Ok(to("/account")),
        Taken::Last => return last_factor(&access, &here, &visitor).await,
    }
    let mut response = to("/account");
    access.renew(stays, false, &mut response).await?;
    Ok(response)
}
