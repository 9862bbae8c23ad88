//! What every request goes through, in this order: for whom a proxy asks, by which name, from where it comes, who asks, whether a form
//! is of ours; then the page or the API; then what every answer says to the browser.

pub mod addresses;
pub mod cookies;
pub mod fetch;
pub mod headers;
pub mod host;
pub mod proxy;
pub mod rate;
pub mod visitor;

use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, Method};
use http_body_util::{BodyExt as _, Limited};
use jiff::{SignedDuration, Timestamp};
use midwatch_store::StoreError;

use crate::auth::access::Access;
use crate::auth::passkey::Party;
use crate::auth::{pages, random};
use crate::tls::Peer;
use addresses::network;
use visitor::{Denied, Via, Visitor, Why};

/// By which name somebody asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Here {
    /// The host, in lower case; IPv6 without brackets.
    pub name: String,
    /// The origin of pages that are asked for by it: `https://name:port`.
    pub origin: String,
}

impl Here {
    /// The site that passkeys are made for; none where browsers make none: at an address, and over plain http but at
    /// `localhost`.
    pub(crate) fn party(&self) -> Option<Party> {
        let is_address = self.name.parse::<std::net::IpAddr>().is_ok();
        let is_secure = self.origin.starts_with("https://") || self.name == "localhost";
        (is_secure && !is_address)
            .then(|| Party { id: self.name.clone(), origins: vec![self.origin.clone()] })
    }
}

/// The most octets of a request's body.
pub const BODY: usize = 256 * 1024;

/// How long an answer may take to begin.
const TIME: Duration = Duration::from_secs(30);

/// How exactly it is noted when a session or token was used.
const EXACT: SignedDuration = SignedDuration::from_secs(60);

/// The field of a form, and the header of a script, that prove a request to be of our pages.
pub const FIELD: &str = "csrf";
/// The same, for scripts.
pub const HEADER: &str = "x-csrf-token";

/// The routes of the dashboard with those of log-ins and accounts, guarded. A route that is not listed as public is for
/// visitors alone; a handler takes a [`Visitor`] to learn who asks, and `Extension<Here>` by which name.
pub fn app_guarded(routes: Router, access: Access) -> Router {
    let guard = axum::middleware::from_fn_with_state(access.clone(), pass);
    let framed = access.clone();
    let missing = async move |headers: HeaderMap, request: Request| {
        let page = wants_page(&headers, request.uri().path());
        pages::missing(page.then_some(&framed))
    };
    pages::routes(access).merge(routes).fallback(missing).layer(DefaultBodyLimit::max(BODY)).layer(guard)
}

/// Whether a refusal is best a page: a browser asks, and not for the API.
pub(crate) fn wants_page(headers: &HeaderMap, path: &str) -> bool {
    let accepts = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    !is_api(path) && accepts.contains("text/html")
}

fn is_api(path: &str) -> bool {
    path == "/api" || path.starts_with("/api/")
}

/// Where somebody who has not logged in may go, and where a form has its own proof.
fn is_entry(path: &str) -> bool {
    ["/login", "/setup"]
        .iter()
        .any(|entry| path == *entry || path.strip_prefix(entry).is_some_and(|rest| rest.starts_with('/')))
}

fn is_public(access: &Access, path: &str) -> bool {
    let listed = access
        .0
        .public
        .iter()
        .any(|public| path == public || (public.ends_with('/') && path.starts_with(public.as_str())));
    listed || path.starts_with("/auth/") || ["/robots.txt", "/favicon.ico"].contains(&path)
}

/// Where somebody may go who has yet to set up a second factor.
fn is_account(path: &str) -> bool {
    path == "/account" || path.starts_with("/account/") || path == "/logout"
}

async fn pass(State(access): State<Access>, request: Request, next: Next) -> Response {
    let page = wants_page(request.headers(), request.uri().path());
    let mut hsts = false;
    let mut response = match let_in(&access, request, page, &mut hsts).await {
        Ok(request) => match tokio::time::timeout(TIME, next.run(request)).await {
            Ok(response) => response,
            Err(_) => Denied { page, why: Why::Late }.into_response(),
        },
        Err(why) => Denied { page, why }.into_response(),
    };
    headers::put(response.headers_mut(), hsts);
    response
}

async fn let_in(access: &Access, mut request: Request, page: bool, hsts: &mut bool) -> Result<Request, Why> {
    let peer = *request.extensions().get::<Peer>().ok_or(Why::Broken)?;
    // From here on everybody is who asks, and no longer who connected.
    let peer = access.0.proxies.client(peer, request.headers())?;
    request.extensions_mut().insert(peer);
    let asked = access.0.names.asked(&request).ok_or(Why::Host)?;
    *hsts = peer.is_tls && !asked.is_bare();
    let path = request.uri().path().to_owned();
    let is_change = !fetch::is_safe(request.method());

    let visitor = if is_public(access, &path) {
        None
    } else if let Some(token) = bearer(request.headers()).filter(|_| is_api(&path)) {
        // A token is sent by a program on purpose, so that nothing is forged; and no cookie counts beside it.
        Some(by_token(access, &token, peer).await?.ok_or_else(|| Why::Nobody(String::new()))?)
    } else if is_api(&path) && cookies::read(request.headers(), cookies::SESSION).is_none() {
        // Without a session nothing can be forged: what is lacking is a token.
        None
    } else {
        if !fetch::may_come(request.method(), request.headers(), &asked.origin(peer.is_tls)) {
            return Err(Why::Forged);
        }
        by_session(access, request.headers().clone(), page, peer).await?
    };

    if !is_public(access, &path) && !is_entry(&path) {
        let Some(visitor) = &visitor else {
            let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
            // After a log-in a page is opened; a form is not sent again.
            return Err(Why::Nobody(if request.method() == Method::GET { path } else { "/" }.to_owned()));
        };
        if let Via::Session { csrf, second, .. } = &visitor.via {
            if is_change {
                request = with_code(request, csrf).await?;
            }
            if access.0.rules.second && !second && !is_account(&path) {
                return Err(Why::Second);
            }
        }
    }
    let origin = asked.origin(peer.is_tls);
    request.extensions_mut().insert(Here { name: asked.name, origin });
    if let Some(visitor) = visitor {
        request.extensions_mut().insert(visitor);
    }
    Ok(request)
}

/// Reads the whole body, finds the proof in it or in the header, and puts the body back.
async fn with_code(request: Request, csrf: &str) -> Result<Request, Why> {
    let given = request.headers().get(HEADER).and_then(|value| value.to_str().ok()).map(ToOwned::to_owned);
    let kind = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_form = kind.split(';').next().unwrap_or_default().trim() == "application/x-www-form-urlencoded";
    let (parts, body) = request.into_parts();
    let read = tokio::time::timeout(TIME, Limited::new(body, BODY).collect()).await.map_err(|_| Why::Late)?;
    let body: Bytes = read.map_err(|_| Why::Long)?.to_bytes();
    let given = given.or_else(|| {
        let mut pairs = url::form_urlencoded::parse(&body).filter(|(name, _)| is_form && name == FIELD);
        pairs.next().map(|(_, value)| value.into_owned()).filter(|_| pairs.next().is_none())
    });
    if !given.is_some_and(|given| random::same(&given, csrf)) {
        return Err(Why::Forged);
    }
    Ok(Request::from_parts(parts, Body::from(body)))
}

fn bearer(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    (scheme.eq_ignore_ascii_case("bearer") && token.len() <= 200).then(|| token.trim().to_owned())
}

fn broken(error: &crate::auth::books::Unkept) -> Why {
    tracing::error!(%error, "who asks could not be looked up");
    Why::Broken
}

/// That somebody was here is noted where it can be: a full disk keeps nobody from reading.
fn noted(note: Result<(), StoreError>) -> Result<(), StoreError> {
    match note {
        Err(StoreError::Full { .. }) => Ok(()),
        other => other,
    }
}

async fn by_token(access: &Access, token: &str, peer: Peer) -> Result<Option<Visitor>, Why> {
    let (hash, now) = (random::hash(token), Timestamp::now());
    let found = access.0.books.run(move |ledger| {
        let found = ledger.token(&hash, now)?;
        if let Some((token, _)) = &found
            && token.used.is_none_or(|used| now.duration_since(used) > EXACT)
        {
            noted(ledger.use_token(token.id, now))?;
        }
        Ok(found)
    });
    let found = found.await.map_err(|error| broken(&error))?;
    Ok(found.map(|(token, account)| Visitor {
        account: account.id,
        name: account.name,
        role: account.role,
        scopes: token.scopes.into_iter().filter(|scope| account.role.scopes().contains(scope)).collect(),
        via: Via::Token { id: token.id, name: token.name },
        from: peer.address.ip(),
        page: false,
    }))
}

async fn by_session(
    access: &Access,
    headers: HeaderMap,
    page: bool,
    peer: Peer,
) -> Result<Option<Visitor>, Why> {
    let Some(token) = cookies::read(&headers, cookies::SESSION) else { return Ok(None) };
    let (hash, (created, used), now) = (random::hash(&token), access.ages(), Timestamp::now());
    let here = network(peer.address.ip()).to_string();
    let found = access.0.books.run(move |ledger| {
        let found = ledger.session(&hash, created, used)?;
        let found = found.filter(|(session, _)| !session.bound || session.address == here);
        if let Some((session, _)) = &found
            && now.duration_since(session.used) > EXACT
        {
            noted(ledger.use_session(session.id, now))?;
        }
        Ok(found)
    });
    let found = found.await.map_err(|error| broken(&error))?;
    let fresh = SignedDuration::try_from(access.0.rules.fresh).unwrap_or(SignedDuration::ZERO);
    Ok(found.map(|(session, account)| Visitor {
        account: account.id,
        name: account.name,
        role: account.role,
        scopes: account.role.scopes().to_vec(),
        via: Via::Session {
            id: session.id,
            csrf: session.csrf,
            fresh: now.duration_since(session.created) < fresh,
            second: session.second || session.way != "password",
        },
        from: peer.address.ip(),
        page,
    }))
}

#[cfg(test)]
mod tests;
