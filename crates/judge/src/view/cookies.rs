//! Cookies, parsed again from their redacted lines.

use midwatch_fields::set_cookie::{self, Ignored, Lifetime, Rejected, SetCookie, StoredCookie};
use midwatch_model::{Cookie, Time};
use url::Url;

use super::View;
use crate::sessions::{NoSession, SessionSigns, session_signs};

/// A cookie with what a browser makes of it.
#[derive(Clone, Debug)]
pub struct CookieSeen<'a> {
    /// The observation's id.
    pub id: &'a str,
    /// The fact.
    pub fact: &'a Cookie,
    /// The line as a browser reads it, or why it does not.
    pub parsed: Result<SetCookie, Ignored>,
    /// What a browser keeps, or why it keeps nothing. `None` where the line or the URL cannot be read.
    pub stored: Option<Result<StoredCookie, Rejected>>,
    /// The URL whose answer set it.
    pub set_by: Option<Url>,
    /// Whether it looks like the key to a session.
    pub session: Result<SessionSigns, NoSession>,
    /// The line deletes the cookie and sets nothing.
    pub deletes: bool,
}

impl<'a> CookieSeen<'a> {
    pub(super) fn new(id: &'a str, fact: &'a Cookie, now: Time) -> Self {
        let set_by = Url::parse(&fact.set_by).ok();
        let parsed = match set_cookie::parse(&fact.line) {
            // The value is not in the line any more, only its length is known.
            Ok(_) if fact.name.len() + fact.value_length as usize > set_cookie::MAX_PAIR => {
                Err(Ignored::TooLarge)
            }
            Ok(_) if fact.name.is_empty() && fact.value_length == 0 => Err(Ignored::Empty),
            parsed => parsed,
        };
        let stored = match (&parsed, &set_by) {
            (Ok(cookie), Some(url)) => Some(cookie.store(url)),
            _ => None,
        };
        let session = match &parsed {
            Ok(cookie) => session_signs(fact, cookie),
            Err(_) => Err(NoSession::NoSigns),
        };
        let deletes = parsed.as_ref().is_ok_and(|cookie| cookie.lifetime(now) == Lifetime::Deleted);
        CookieSeen { id, fact, parsed, stored, set_by, session, deletes }
    }

    /// The host whose answer set it.
    pub fn set_by_host(&self) -> Option<String> {
        self.set_by.as_ref().and_then(Url::host_str).map(str::to_owned)
    }

    /// The host or domain that it belongs to.
    pub fn domain(&self) -> String {
        match &self.stored {
            Some(Ok(stored)) => stored.domain.clone(),
            _ => self.set_by_host().unwrap_or_default(),
        }
    }

    /// Where a finding about it stands: `cookie sid of shop.example`.
    pub fn place(&self) -> String {
        let name = if self.fact.name.is_empty() { "without a name" } else { &self.fact.name };
        format!("cookie {name} of {}", self.domain())
    }

    /// The cookie where a browser keeps it, and it sets something.
    pub fn kept(&self) -> Option<&StoredCookie> {
        match &self.stored {
            Some(Ok(stored)) if !self.deletes => Some(stored),
            _ => None,
        }
    }
}

impl<'a> View<'a> {
    /// Cookies that a browser keeps, with what it keeps.
    pub fn kept_cookies(&self) -> impl Iterator<Item = (&CookieSeen<'a>, &StoredCookie)> {
        self.cookies.iter().filter_map(|cookie| Some((cookie, cookie.kept()?)))
    }

    /// The cookies among them that look like keys to sessions.
    pub fn session_cookies(&self) -> impl Iterator<Item = (&CookieSeen<'a>, &StoredCookie, &SessionSigns)> {
        self.kept_cookies()
            .filter_map(|(cookie, stored)| Some((cookie, stored, cookie.session.as_ref().ok()?)))
    }

    /// True where HSTS keeps a browser that has been here from sending the cookie over plain http: for every
    /// host that the cookie goes to.
    pub fn hsts_covers_cookie(&self, cookie: &StoredCookie) -> bool {
        if cookie.host_only {
            self.hsts_covers(&cookie.domain)
        } else {
            self.hsts_covers_below(&cookie.domain)
        }
    }
}
