//! The log-in by a provider (OpenID Connect): there and back.

use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use axum::{Extension, Router};
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use maud::html;
use midwatch_store::watch::accounts::{Account, NewAccount, Put};
use serde::Deserialize;

use super::session::Entry;
use super::{Shown, local, to};
use crate::auth::access::Access;
use crate::auth::oidc::{Back, OidcError, Person};
use crate::auth::{frame, random};
use crate::guard::{Here, cookies};
use crate::tls::Peer;

/// Where the provider sends the browser back to.
pub(crate) const BACK: &str = "/login/provider/back";

pub(super) fn routes() -> Router<Access> {
    Router::new().route("/login/provider", get(begin)).route(BACK, get(back))
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    next: String,
}

fn fault(access: &Access, status: StatusCode, sentence: &str) -> Response {
    let body = html! {
        h1 { "Nobody was logged in" }
        (frame::fault(sentence))
        p { a href="/login" { "Begin anew" } }
    };
    access.page(status, "Nobody was logged in", None, body)
}

async fn begin(
    State(access): State<Access>,
    Extension(peer): Extension<Peer>,
    Extension(here): Extension<Here>,
    Query(asked): Query<Asked>,
) -> Shown {
    let Some(provider) = &access.0.oidc else { return Ok(to("/login")) };
    let (url, flow) = match provider.begin(&format!("{}{BACK}", here.origin), local(&asked.next)).await {
        Ok(begun) => begun,
        Err(error) => return Ok(failed(&access, peer, &error).await),
    };
    let cookie = random::token();
    access.0.flows.put(&cookie, peer.address.ip(), flow);
    let mut response = Redirect::to(url.as_str()).into_response();
    // Strict cookies do not come along when another site sends the browser here; this one holds nothing but the way.
    cookies::set_lax(response.headers_mut(), cookies::PROVIDER, &cookie);
    Ok(response)
}

async fn failed(access: &Access, peer: Peer, error: &OidcError) -> Response {
    access.note("nobody", Some(peer.address.ip()), "login-failed", &error.to_string()).await;
    tracing::warn!(%error, "a log-in by the provider failed");
    let status = match error {
        OidcError::Unknown(_) => StatusCode::FORBIDDEN,
        _ => StatusCode::BAD_GATEWAY,
    };
    let mut sentence = error.to_string();
    if let Some(first) = sentence.get(..1).map(str::to_uppercase) {
        sentence.replace_range(..1, &first);
    }
    fault(access, status, &format!("{sentence}."))
}

async fn back(
    State(access): State<Access>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    Query(sent): Query<Back>,
) -> Shown {
    let Some(provider) = &access.0.oidc else { return Ok(to("/login")) };
    let flow = cookies::read(&headers, cookies::PROVIDER).and_then(|cookie| access.0.flows.take(&cookie));
    let Some(flow) = flow else {
        return Ok(fault(
            &access,
            StatusCode::FORBIDDEN,
            "This log-in was not begun here, or took too long.",
        ));
    };
    let person = match provider.finish(&flow, &sent).await {
        Ok(person) => person,
        Err(error) => return Ok(failed(&access, peer, &error).await),
    };
    let Some(account) = access.of(&person).await? else {
        let sentence = "The account is disabled here, or its name is another account's.";
        access
            .note(
                "nobody",
                Some(peer.address.ip()),
                "login-failed",
                &format!("by the provider: {}", person.name),
            )
            .await;
        return Ok(fault(&access, StatusCode::FORBIDDEN, sentence));
    };
    // A page and no redirect: the session's cookie is strict, and what follows from another site's link would not carry it.
    let body = html! {
        h1 { "You are logged in" }
        p { a href=(flow.next) { "Go on" } }
        meta http-equiv="refresh" content=(format!("0;url={}", flow.next));
    };
    let mut response = access.page(StatusCode::OK, "You are logged in", None, body);
    cookies::remove(response.headers_mut(), cookies::PROVIDER);
    let entry = Entry {
        account: account.id,
        name: &account.name,
        way: "oidc",
        second: true,
        detail: &format!("by {}", provider.host()),
        instead: None,
    };
    let is_in = access.enter(entry, peer, &headers, &mut response).await?;
    Ok(if is_in { response } else { to("/login") })
}

impl Access {
    /// The account of somebody for whom the provider vouches, made at the first log-in, with the role of today's rules.
    /// Nothing where it may not log in, or where its name is somebody else's: nobody becomes another by a name.
    async fn of(&self, person: &Person) -> Result<Option<Account>, super::Unkept> {
        let wanted = person.clone();
        let found = self.0.books.run(move |ledger| {
            if let Some(account) = ledger.account_vouched(&wanted.issuer, &wanted.subject)? {
                if account.role != wanted.role && !account.disabled {
                    let put = ledger.set_rights(account.id, wanted.role, false)?;
                    if put == Put::LastAdmin {
                        return Ok(Err(account));
                    }
                }
                return Ok(Ok(ledger.account(account.id)?));
            }
            let new = NewAccount {
                name: wanted.name.clone(),
                role: wanted.role,
                password: None,
                handle: random::token(),
                vouched: Some((wanted.issuer.clone(), wanted.subject.clone())),
            };
            match ledger.add_account(&new, false, Timestamp::now())? {
                Put::Done(id) => Ok(Ok(ledger.account(id)?)),
                _ => Ok(Ok(None)),
            }
        });
        let account = match found.await? {
            Ok(account) => account,
            Err(account) => {
                // The rules take the last admin's role away: it would leave nobody who administers.
                tracing::error!(
                    name = account.name,
                    "the rules of [web.oidc] leave no admin: the last one stays"
                );
                Some(account)
            }
        };
        Ok(account.filter(|account| !account.disabled))
    }
}
