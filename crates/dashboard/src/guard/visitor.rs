//! Who asks, and what they may.

use std::net::IpAddr;

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Redirect, Response};
use http::header::{CONTENT_TYPE, WWW_AUTHENTICATE};
use http::request::Parts;
use http::{StatusCode, header};
use midwatch_model::{Role, Scope};

use super::wants_page;

/// Somebody who has logged in, or shown a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visitor {
    /// The account's number.
    pub account: i64,
    /// The account's name.
    pub name: String,
    /// What the account may.
    pub role: Role,
    /// What of it counts here: all for a session, the token's for a token.
    pub scopes: Vec<Scope>,
    /// By what they are known.
    pub via: Via,
    /// From where.
    pub from: IpAddr,
    /// A page was asked for, not data: refusals are pages then.
    pub(crate) page: bool,
}

/// By what somebody is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Via {
    /// By a session.
    Session {
        /// Its number.
        id: i64,
        /// What every form carries, in the field `csrf`; the header `x-csrf-token` of a script's request.
        csrf: String,
        /// Somebody logged in only minutes ago, so that other ways to log in may be set up.
        fresh: bool,
        /// More than a password was shown.
        second: bool,
    },
    /// By an API token.
    Token {
        /// Its number.
        id: i64,
        /// How its owner calls it.
        name: String,
    },
}

impl Visitor {
    /// What forms carry; empty for a token.
    pub fn csrf(&self) -> &str {
        match &self.via {
            Via::Session { csrf, .. } => csrf,
            Via::Token { .. } => "",
        }
    }

    /// Whether they have this role or a higher one.
    pub fn may(&self, role: Role) -> bool {
        self.role >= role
    }

    /// Refuses whoever has a lower role. For pages.
    ///
    /// # Errors
    /// [`Denied`].
    pub fn require(&self, role: Role) -> Result<(), Denied> {
        if self.may(role) { Ok(()) } else { Err(Denied { page: self.page, why: Why::Role(role) }) }
    }

    /// Refuses whoever may not do this. For the API, and for what pages and the API share: a session may what its role
    /// may, a token what it was given and its account's role may.
    ///
    /// # Errors
    /// [`Denied`].
    pub fn require_scope(&self, scope: Scope) -> Result<(), Denied> {
        let is_in = self.scopes.contains(&scope) && self.role.scopes().contains(&scope);
        if is_in { Ok(()) } else { Err(Denied { page: self.page, why: Why::Scope(scope) }) }
    }

    pub(crate) fn session(&self) -> Option<i64> {
        match &self.via {
            Via::Session { id, .. } => Some(*id),
            Via::Token { .. } => None,
        }
    }

    pub(crate) fn is_fresh(&self) -> bool {
        matches!(self.via, Via::Session { fresh: true, .. })
    }
}

/// Why somebody is not let.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// Nobody has logged in; where they wanted to go.
    Nobody(String),
    /// A second factor has to be set up first.
    Second,
    /// The role is too low.
    Role(Role),
    /// The scope is not theirs.
    Scope(Scope),
    /// The request came from another site, or without what forms carry.
    Forged,
    /// Another name is asked for.
    Host,
    /// Not by https, or past the proxy that takes TLS off.
    Plain,
    /// A proxy does not say for whom it asks.
    Hop,
    /// Their address is not among those that may.
    Address,
    /// It is longer than what is taken.
    Long,
    /// It took too long.
    Late,
    /// Something here fails.
    Broken,
}

/// A refusal: a page, a redirect to the log-in, or problem+json (RFC 9457).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denied {
    pub(crate) page: bool,
    pub(crate) why: Why,
}

impl Denied {
    /// Its status and sentence.
    fn says(&self) -> (StatusCode, &'static str, String) {
        match &self.why {
            Why::Nobody(_) => (
                StatusCode::UNAUTHORIZED,
                "Nobody has logged in",
                "Log in, or send an API token: Authorization: Bearer …".into(),
            ),
            Why::Second => (
                StatusCode::FORBIDDEN,
                "A second factor is needed",
                "Set one up on the page of your account first.".into(),
            ),
            Why::Role(role) => {
                (StatusCode::FORBIDDEN, "This is not yours to do", format!("It takes the role {role}."))
            }
            Why::Scope(scope) => {
                (StatusCode::FORBIDDEN, "This is not yours to do", format!("It takes the scope {scope}."))
            }
            Why::Forged => (
                StatusCode::FORBIDDEN,
                "This request is not of a page of this dashboard",
                "Open the page again and repeat it: the page may be older than your log-in.".into(),
            ),
            Why::Host => (
                StatusCode::MISDIRECTED_REQUEST,
                "This name is not served here",
                "Whoever runs midwatch lists the names in [web] names of midwatch.toml.".into(),
            ),
            Why::Plain => (
                StatusCode::FORBIDDEN,
                "Only https is served here",
                "Open this address by https. Whoever runs the proxy in front has it send X-Forwarded-Proto: https.".into(),
            ),
            Why::Hop => (
                StatusCode::FORBIDDEN,
                "The proxy does not say for whom it asks",
                "Whoever runs the proxy in front has it send X-Forwarded-For with the address of the client.".into(),
            ),
            Why::Address => (
                StatusCode::FORBIDDEN,
                "This is not served to your address",
                "Whoever runs midwatch lists the addresses in [web] allow of midwatch.toml.".into(),
            ),
            Why::Long => (StatusCode::PAYLOAD_TOO_LARGE, "This is too long", "Send less at once.".into()),
            Why::Late => {
                (StatusCode::SERVICE_UNAVAILABLE, "This took too long", "Try again in a little while.".into())
            }
            Why::Broken => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "Something here fails",
                "The log of midwatch says what.".into(),
            ),
        }
    }
}

impl IntoResponse for Denied {
    fn into_response(self) -> Response {
        let (status, title, detail) = self.says();
        if let Why::Nobody(wanted) = &self.why
            && self.page
        {
            let mut query = url::form_urlencoded::Serializer::new(String::new());
            query.append_pair("next", wanted);
            return Redirect::to(&format!("/login?{}", query.finish())).into_response();
        }
        if self.page && self.why == Why::Second {
            return Redirect::to("/account").into_response();
        }
        if self.page {
            let body = maud::html! {
                h1 { (title) }
                p { (detail) }
                p { a href="/" { "To the overview" } }
            };
            return (status, crate::auth::pages::whole(crate::auth::frame::plain(title, None, body)))
                .into_response();
        }
        let problem = serde_json::json!({ "title": title, "status": status.as_u16(), "detail": detail });
        let mut response = (status, problem.to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, header::HeaderValue::from_static("application/problem+json"));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, header::HeaderValue::from_static("Bearer realm=\"midwatch\""));
        }
        response
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Visitor {
    type Rejection = Denied;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Visitor, Denied> {
        let nobody = || {
            let wanted = parts.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
            Denied { page: wants_page(&parts.headers, parts.uri.path()), why: Why::Nobody(wanted) }
        };
        parts.extensions.get::<Visitor>().cloned().ok_or_else(nobody)
    }
}
