//! What a log-in ends with: a session with a token that never was there before.

use axum::response::Response;
use http::HeaderMap;
use http::header::USER_AGENT;
use jiff::Timestamp;
use midwatch_store::watch::sessions::NewSession;

use crate::auth::access::Access;
use crate::auth::books::Unkept;
use crate::auth::random;
use crate::guard::addresses::network;
use crate::guard::cookies;
use crate::tls::Peer;

/// The most characters that are kept of what a browser calls itself.
const AGENT: usize = 200;

/// Who logs in, and how.
pub(super) struct Entry<'a> {
    pub account: i64,
    pub name: &'a str,
    /// `password`, `passkey` or `oidc`.
    pub way: &'static str,
    /// More than a password was shown.
    pub second: bool,
    /// For the log: what was shown.
    pub detail: &'a str,
    /// The session that this one takes the place of.
    pub instead: Option<i64>,
}

impl Access {
    /// Makes the session and puts its cookie on the answer. False where the account is gone or may not log in.
    pub(super) async fn enter(
        &self,
        entry: Entry<'_>,
        peer: Peer,
        asked: &HeaderMap,
        response: &mut Response,
    ) -> Result<bool, Unkept> {
        let (token, csrf) = (random::token(), random::token());
        let agent = asked.get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let agent: String = agent.chars().take(AGENT).collect();
        let (hash, address) = (random::hash(&token), network(peer.address.ip()).to_string());
        let (account, way, second, instead, bound) =
            (entry.account, entry.way, entry.second, entry.instead, self.0.rules.bound);
        let made = self.0.books.run(move |ledger| {
            let new = NewSession {
                hash: &hash,
                account,
                csrf: &csrf,
                address: &address,
                bound,
                way,
                second,
                agent: &agent,
                instead,
            };
            ledger.add_session(&new, Timestamp::now())
        });
        let is_made = made.await?.is_some();
        if is_made {
            let headers = response.headers_mut();
            cookies::set(headers, cookies::SESSION, &token);
            cookies::remove(headers, cookies::LOGIN);
            self.note(entry.name, Some(peer.address.ip()), "login", entry.detail).await;
        }
        Ok(is_made)
    }

    /// Gives a session another token, when what it may or how it is protected changes.
    pub(super) async fn renew(
        &self,
        session: Option<i64>,
        second: bool,
        response: &mut Response,
    ) -> Result<(), Unkept> {
        let Some(id) = session else { return Ok(()) };
        let (token, csrf) = (random::token(), random::token());
        let hash = random::hash(&token);
        if self.0.books.run(move |ledger| ledger.renew_session(id, &hash, &csrf, second)).await? {
            cookies::set(response.headers_mut(), cookies::SESSION, &token);
        }
        Ok(())
    }
}

/// The cookie of a log-in that has begun: the one that is there, or a new one, and whether it is new.
pub(super) fn begun(headers: &HeaderMap) -> (String, bool) {
    match cookies::read(headers, cookies::LOGIN) {
        Some(cookie) => (cookie, false),
        None => (random::token(), true),
    }
}
