//! OpenID Connect Core 1.0: the authorisation code flow with PKCE (RFC 7636, S256), `state` and `nonce`, the issuer
//! checked in the answer (RFC 9207) and in the ID token, whose signature is verified by the provider's keys.
//!
//! What counts of somebody is `sub` at this issuer, which never changes hands; a mail address counts where the provider
//! says that it is verified.

mod client;
mod jws;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Method, Request};
use http_body_util::Full;
use jiff::Timestamp;
use midwatch_model::Role;
use ring::digest::{SHA256, digest};
use serde::Deserialize;
use serde_json::{Map, Value};
use tokio::sync::Mutex;
use url::Url;
use zeroize::Zeroizing;

use super::random;
use client::Client;

/// How long what a provider says of itself is kept.
const KEPT: Duration = Duration::from_secs(600);

/// Seconds by which clocks may differ.
const SKEW: i64 = 60;

/// The oldest ID token that is taken, in seconds.
const OLDEST: i64 = 600;

/// Who may log in, and as what.
#[derive(Clone, Debug)]
pub struct Rule {
    /// A group, as the provider names it.
    pub group: Option<String>,
    /// One person: `sub`, or the verified mail address.
    pub account: Option<String>,
    /// The role.
    pub role: Role,
}

/// A provider, as it is configured.
#[derive(Clone)]
pub struct Settings {
    /// The issuer: an https URL.
    pub issuer: String,
    /// What midwatch is called there.
    pub client_id: String,
    /// The secret that it has there.
    pub client_secret: Option<Zeroizing<String>>,
    /// A file of the authorities that may vouch for the provider, and no others; without it the system's.
    pub trust: Option<PathBuf>,
    /// What is asked for beside `openid`.
    pub scopes: Vec<String>,
    /// The claim that holds somebody's groups.
    pub groups_claim: String,
    /// Who may log in. Nobody else may.
    pub rules: Vec<Rule>,
}

/// Without the secret.
impl std::fmt::Debug for Settings {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Settings({} as {})", self.issuer, self.client_id)
    }
}

/// Why nobody was logged in.
#[derive(Debug, thiserror::Error)]
pub enum OidcError {
    /// The configuration does not serve.
    #[error("the log-in by {issuer}: {what}")]
    Settings {
        /// The provider.
        issuer: String,
        /// What is wrong.
        what: String,
    },
    /// The provider cannot be asked, or says no.
    #[error("the provider of the log-in, {0}")]
    Away(String),
    /// What it says does not hold.
    #[error("the provider's answer is not taken: {0}")]
    Refused(String),
    /// It vouches for somebody who may not log in.
    #[error("the provider vouches for {0}, who may not log in here: no rule in [web.oidc] names them")]
    Unknown(String),
}

/// What a provider says of itself (OpenID Connect Discovery 1.0, section 3).
#[derive(Clone, Debug, Deserialize)]
struct Discovered {
    issuer: String,
    authorization_endpoint: Url,
    token_endpoint: Url,
    jwks_uri: Url,
    userinfo_endpoint: Option<Url>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Vec<String>,
}

/// A log-in that has begun; kept until the provider sends the browser back.
#[derive(Clone)]
pub struct Flow {
    state: String,
    nonce: String,
    verifier: String,
    /// The address that the provider sends the browser back to.
    redirect: String,
    /// Where the browser goes in the end.
    pub next: String,
}

/// What the provider sends with the browser.
#[derive(Debug, Deserialize)]
pub struct Back {
    code: Option<String>,
    state: Option<String>,
    iss: Option<String>,
    error: Option<String>,
}

/// Somebody for whom a provider vouches, and who may log in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The provider.
    pub issuer: String,
    /// Its name for the person, which never changes hands.
    pub subject: String,
    /// What the person may be called here.
    pub name: String,
    /// What the person may do.
    pub role: Role,
}

/// A provider.
#[derive(Clone, Debug)]
pub struct Provider {
    settings: Arc<Settings>,
    client: Client,
    known: Arc<Mutex<Option<(Instant, Discovered)>>>,
}

#[derive(Deserialize)]
struct TokenAnswer {
    id_token: String,
    access_token: String,
}

impl Provider {
    /// From the configuration. It is not asked yet.
    ///
    /// # Errors
    /// [`OidcError::Settings`].
    pub fn new(settings: Settings) -> Result<Provider, OidcError> {
        let wrong = |what: String| OidcError::Settings { issuer: settings.issuer.clone(), what };
        let url =
            Url::parse(&settings.issuer).map_err(|error| wrong(format!("the issuer is no URL: {error}")))?;
        // OpenID Connect Discovery 1.0, section 3.
        if url.scheme() != "https"
            || url.query().is_some()
            || url.fragment().is_some()
            || url.host_str().is_none()
        {
            return Err(wrong("an issuer is an https URL without a query: https://login.example".into()));
        }
        let client = Client::new(settings.trust.as_deref()).map_err(wrong)?;
        Ok(Provider { settings: Arc::new(settings), client, known: Arc::default() })
    }

    /// The host that people are sent to.
    pub fn host(&self) -> String {
        Url::parse(&self.settings.issuer)
            .ok()
            .and_then(|url| url.host_str().map(ToOwned::to_owned))
            .unwrap_or_default()
    }

    async fn get(&self, url: &Url, bearer: Option<&str>) -> Result<Bytes, OidcError> {
        let mut request = Request::new(Full::default());
        if let Some(bearer) = bearer {
            let value = HeaderValue::from_str(&format!("Bearer {bearer}"))
                .map_err(|_| OidcError::Refused("its access token is no token".into()))?;
            request.headers_mut().insert(AUTHORIZATION, value);
        }
        self.client.ask(url, request).await.map_err(OidcError::Away)
    }

    async fn discovered(&self) -> Result<Discovered, OidcError> {
        // Held while it asks, so that many who log in ask once.
        let mut known = self.known.lock().await;
        if let Some((_, known)) = known.as_ref().filter(|(at, _)| at.elapsed() < KEPT) {
            return Ok(known.clone());
        }
        let address =
            format!("{}/.well-known/openid-configuration", self.settings.issuer.trim_end_matches('/'));
        let url = Url::parse(&address).map_err(|error| OidcError::Away(error.to_string()))?;
        let found: Discovered = serde_json::from_slice(&self.get(&url, None).await?)
            .map_err(|error| OidcError::Refused(format!("what it says of itself cannot be read: {error}")))?;
        if found.issuer != self.settings.issuer {
            return Err(OidcError::Refused(format!(
                "it calls itself {}, and {} is configured",
                found.issuer, self.settings.issuer
            )));
        }
        let endpoints = [&found.authorization_endpoint, &found.token_endpoint, &found.jwks_uri];
        if endpoints.into_iter().chain(found.userinfo_endpoint.as_ref()).any(|url| url.scheme() != "https") {
            return Err(OidcError::Refused("it names addresses that are not https".into()));
        }
        *known = Some((Instant::now(), found.clone()));
        Ok(found)
    }

    /// Begins: the address to send the browser to, and what to keep until it comes back to `redirect`.
    ///
    /// # Errors
    /// [`OidcError`].
    pub async fn begin(&self, redirect: &str, next: &str) -> Result<(Url, Flow), OidcError> {
        let found = self.discovered().await?;
        let flow = Flow {
            state: random::token(),
            nonce: random::token(),
            verifier: random::token(),
            redirect: redirect.to_owned(),
            next: next.to_owned(),
        };
        let mut scopes = vec!["openid"];
        scopes.extend(self.settings.scopes.iter().map(String::as_str).filter(|scope| *scope != "openid"));
        let challenge = random::encode(digest(&SHA256, flow.verifier.as_bytes()).as_ref());
        let mut url = found.authorization_endpoint;
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.settings.client_id)
            .append_pair("redirect_uri", redirect)
            .append_pair("scope", &scopes.join(" "))
            .append_pair("state", &flow.state)
            .append_pair("nonce", &flow.nonce)
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256");
        Ok((url, flow))
    }

    /// Ends: who it is.
    ///
    /// # Errors
    /// [`OidcError`].
    pub async fn finish(&self, flow: &Flow, back: &Back) -> Result<Person, OidcError> {
        let refused = |what: &str| OidcError::Refused(what.to_owned());
        if !back.state.as_deref().is_some_and(|state| random::same(state, &flow.state)) {
            return Err(refused("it belongs to another log-in"));
        }
        let found = self.discovered().await?;
        match back.iss.as_deref() {
            Some(iss) if iss != found.issuer => return Err(refused("it is of another issuer (RFC 9207)")),
            None if found.authorization_response_iss_parameter_supported => {
                return Err(refused("it does not say of which issuer it is (RFC 9207)"));
            }
            _ => {}
        }
        if let Some(error) = &back.error {
            let word: String = error
                .chars()
                .filter(|letter| letter.is_ascii_alphanumeric() || *letter == '_')
                .take(60)
                .collect();
            return Err(OidcError::Refused(format!("it says {word}")));
        }
        let code = back.code.as_deref().ok_or_else(|| refused("it holds no code"))?;
        let tokens = self.exchange(&found, flow, code).await?;
        let keys: jws::Keys = serde_json::from_slice(&self.get(&found.jwks_uri, None).await?)
            .map_err(|_| refused("its keys cannot be read"))?;
        let mut claims =
            jws::open(&tokens.id_token, &keys).map_err(|error| OidcError::Refused(error.to_string()))?;
        let now = Timestamp::now().as_second();
        judge(&claims, &self.settings, &flow.nonce, now).map_err(|what| refused(&what))?;
        let subject = text(&claims, "sub").unwrap_or_default().to_owned();
        if let Some(url) = &found.userinfo_endpoint {
            let more: Map<String, Value> =
                serde_json::from_slice(&self.get(url, Some(&tokens.access_token)).await?)
                    .map_err(|_| refused("what it says of the person cannot be read"))?;
            // OpenID Connect Core, section 5.3.2.
            if text(&more, "sub") != Some(&subject) {
                return Err(refused("it speaks of two people"));
            }
            for (name, value) in more {
                claims.entry(name).or_insert(value);
            }
        }
        let name = called(&claims, &subject);
        let role = role(&claims, &subject, &self.settings).ok_or_else(|| OidcError::Unknown(name.clone()))?;
        Ok(Person { issuer: found.issuer, subject, name, role })
    }

    async fn exchange(&self, found: &Discovered, flow: &Flow, code: &str) -> Result<TokenAnswer, OidcError> {
        let answer = self.client.ask(&found.token_endpoint, self.token_request(found, flow, code)?);
        let answer = answer.await.map_err(OidcError::Away)?;
        serde_json::from_slice(&answer).map_err(|_| OidcError::Refused("it gives no ID token".into()))
    }

    /// RFC 6749, section 4.1.3, with the client's name and secret by section 2.3.1.
    fn token_request(
        &self,
        found: &Discovered,
        flow: &Flow,
        code: &str,
    ) -> Result<Request<Full<Bytes>>, OidcError> {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.append_pair("grant_type", "authorization_code")
            .append_pair("code", code)
            .append_pair("redirect_uri", &flow.redirect)
            .append_pair("code_verifier", &flow.verifier);
        let methods = &found.token_endpoint_auth_methods_supported;
        let has = |method: &str| methods.iter().any(|have| have == method);
        let mut authorization = None;
        match &self.settings.client_secret {
            // The usual one, where none is named.
            Some(secret) if methods.is_empty() || has("client_secret_basic") => {
                use base64::Engine as _;
                let part =
                    |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
                let pair = Zeroizing::new(format!("{}:{}", part(&self.settings.client_id), part(secret)));
                let value =
                    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair.as_bytes()));
                let mut value = HeaderValue::from_str(&value)
                    .map_err(|_| OidcError::Refused("the client's name and secret cannot be sent".into()))?;
                value.set_sensitive(true);
                authorization = Some(value);
            }
            Some(secret) => {
                form.append_pair("client_id", &self.settings.client_id).append_pair("client_secret", secret);
            }
            None => {
                form.append_pair("client_id", &self.settings.client_id);
            }
        }
        let mut request = Request::new(Full::new(Bytes::from(form.finish())));
        *request.method_mut() = Method::POST;
        let headers = request.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        if let Some(value) = authorization {
            headers.insert(AUTHORIZATION, value);
        }
        Ok(request)
    }
}

fn text<'a>(claims: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    claims.get(name).and_then(Value::as_str)
}

/// OpenID Connect Core 1.0, section 3.1.3.7.
fn judge(claims: &Map<String, Value>, settings: &Settings, nonce: &str, now: i64) -> Result<(), String> {
    let number = |name: &str| claims.get(name).and_then(Value::as_f64).map(|number| number as i64);
    if text(claims, "iss") != Some(&settings.issuer) {
        return Err("its ID token is of another issuer".into());
    }
    let for_us = match claims.get("aud") {
        Some(Value::String(one)) => *one == settings.client_id,
        Some(Value::Array(many)) => {
            many.iter().any(|one| one.as_str() == Some(&settings.client_id))
                && (many.len() == 1 || text(claims, "azp") == Some(&settings.client_id))
        }
        _ => false,
    };
    let party = claims.get("azp").is_none_or(|party| party.as_str() == Some(&settings.client_id));
    if !for_us || !party {
        return Err("its ID token is for somebody else".into());
    }
    if !text(claims, "nonce").is_some_and(|given| random::same(given, nonce)) {
        return Err("its ID token belongs to another log-in".into());
    }
    let expires = number("exp").ok_or("its ID token never expires")?;
    let issued = number("iat").ok_or("its ID token has no date")?;
    if expires.saturating_add(SKEW) <= now {
        return Err("its ID token has expired: look at the clocks of both".into());
    }
    if issued > now.saturating_add(SKEW) || issued.saturating_add(OLDEST) < now {
        return Err("its ID token was not made just now: look at the clocks of both".into());
    }
    // OpenID Connect Core, section 2.
    match text(claims, "sub") {
        Some(subject) if !subject.is_empty() && subject.len() <= 255 && subject.is_ascii() => Ok(()),
        _ => Err("its ID token names nobody".into()),
    }
}

/// The verified mail address.
fn mail(claims: &Map<String, Value>) -> Option<&str> {
    let is_verified = claims.get("email_verified").and_then(Value::as_bool) == Some(true);
    text(claims, "email").filter(|_| is_verified)
}

/// The highest role that any rule gives.
fn role(claims: &Map<String, Value>, subject: &str, settings: &Settings) -> Option<Role> {
    let groups: Vec<&str> = match claims.get(&settings.groups_claim) {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let mail = mail(claims);
    let is_met = |rule: &&Rule| {
        let in_group = rule.group.as_deref().is_none_or(|group| groups.contains(&group));
        let is_account = rule.account.as_deref().is_none_or(|account| {
            // A mail address is chosen by whoever has it, and is to be no other person's `sub`.
            let is_mail = account.contains('@');
            account == subject || (is_mail && mail.is_some_and(|mail| mail.eq_ignore_ascii_case(account)))
        });
        (rule.group.is_some() || rule.account.is_some()) && in_group && is_account
    };
    settings.rules.iter().filter(is_met).map(|rule| rule.role).max()
}

/// A name that may be an account's.
fn called(claims: &Map<String, Value>, subject: &str) -> String {
    let usable = |name: &&str| midwatch_store::watch::accounts::is_name(name);
    let named = mail(claims).filter(usable).or_else(|| text(claims, "preferred_username").filter(usable));
    named
        .or_else(|| Some(subject).filter(usable))
        .map_or_else(|| format!("oidc-{}", random::hash(subject)), ToOwned::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn settings() -> Settings {
        let rule = |group: Option<&str>, account: Option<&str>, role| Rule {
            group: group.map(ToOwned::to_owned),
            account: account.map(ToOwned::to_owned),
            role,
        };
        Settings {
            issuer: "https://login.example".into(),
            client_id: "midwatch".into(),
            client_secret: None,
            trust: None,
            scopes: Vec::new(),
            groups_claim: "groups".into(),
            rules: vec![
                rule(Some("staff"), None, Role::Viewer),
                rule(None, Some("Ada@Example.org"), Role::Admin),
                rule(None, Some("s-1"), Role::Operator),
                rule(None, None, Role::Admin),
            ],
        }
    }

    fn claims(value: Value) -> Map<String, Value> {
        value.as_object().cloned().expect("an object")
    }

    #[test]
    fn each_claim_is_judged() {
        let good = json!({ "iss": "https://login.example", "aud": "midwatch", "nonce": "n", "exp": 1100, "iat": 1000,
            "sub": "s-1" });
        let judged = |name: &str, value: Value| {
            let mut claims = claims(good.clone());
            if value.is_null() {
                claims.remove(name);
            } else {
                claims.insert(name.into(), value);
            }
            judge(&claims, &settings(), "n", 1000)
        };
        assert_eq!(judged("other", json!(1)), Ok(()));
        assert_eq!(judged("aud", json!(["midwatch"])), Ok(()));
        assert_eq!(judged("azp", json!("midwatch")), Ok(()));
        assert_eq!(judged("exp", json!(950)), Ok(()), "clocks differ");
        for (name, value) in [
            ("iss", json!("https://login.example/")),
            ("iss", Value::Null),
            ("aud", json!("other")),
            ("aud", json!(["midwatch", "other"])),
            ("aud", json!([])),
            ("aud", Value::Null),
            ("azp", json!("other")),
            ("nonce", json!("m")),
            ("nonce", Value::Null),
            ("exp", json!(939)),
            ("exp", json!("1100")),
            ("exp", Value::Null),
            ("iat", json!(399)),
            ("iat", json!(1061)),
            ("iat", Value::Null),
            ("sub", json!("")),
            ("sub", json!(7)),
            ("sub", json!("x".repeat(256))),
            ("sub", Value::Null),
        ] {
            assert!(judged(name, value.clone()).is_err(), "{name}: {value}");
        }
    }

    #[test]
    fn roles_are_of_rules_that_name_somebody() {
        let settings = settings();
        let given = |value: Value, subject: &str| role(&claims(value), subject, &settings);
        assert_eq!(given(json!({}), "s-2"), None, "a rule that names nobody gives nothing");
        assert_eq!(given(json!({ "groups": ["staff", 7] }), "s-2"), Some(Role::Viewer));
        assert_eq!(given(json!({ "groups": "staff" }), "s-1"), Some(Role::Operator), "the highest");
        let mail = |verified: Value| json!({ "email": "ada@example.org", "email_verified": verified });
        assert_eq!(given(mail(json!(true)), "s-2"), Some(Role::Admin));
        assert_eq!(given(mail(json!(false)), "s-2"), None, "anybody can write an address");
        assert_eq!(given(mail(json!("true")), "s-2"), None);
        assert_eq!(given(json!({ "email": "s-1", "email_verified": true, "groups": "x" }), "s-3"), None);
        assert_eq!(called(&claims(json!({ "preferred_username": "<b>" })), "s-1"), "s-1");
        assert!(called(&claims(json!({})), "a|b").starts_with("oidc-"));
    }

    #[test]
    fn an_issuer_is_https() {
        for wrong in ["http://login.example", "https://login.example/?a", "login.example", "file:///etc"] {
            let wrong = Settings { issuer: wrong.into(), ..settings() };
            assert!(Provider::new(wrong).is_err());
        }
        assert_eq!(Provider::new(settings()).expect("a provider").host(), "login.example");
    }
}
