//! For tests: a dashboard on a ledger of its own, and a browser that keeps cookies.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use argon2::Params;
use axum::body::Body;
use axum::routing::{get, post};
use axum::{Router, extract::Request};
use http::header::{ACCEPT, CONTENT_TYPE, COOKIE, HOST, LOCATION, SET_COOKIE};
use http::{HeaderMap, Method, StatusCode};
use http_body_util::BodyExt as _;
use midwatch_model::{Role, Scope};
use midwatch_store::watch::{Ledger, Place};
use tempfile::TempDir;
use tower::ServiceExt as _;

use crate::auth::access::{Access, Rules};
use crate::auth::books::Books;
use crate::auth::password::Hasher;
use crate::guard::host::Names;
use crate::guard::visitor::{Denied, Visitor};
use crate::tls::Peer;

/// A password that the rule takes.
pub(crate) const PASSWORD: &str = "three grey geese walking";

/// A dashboard.
pub(crate) struct Site {
    pub router: Router,
    pub access: Access,
    _directory: TempDir,
}

impl Site {
    pub(crate) async fn new(rules: Rules) -> Site {
        let directory = tempfile::tempdir().expect("a directory");
        let place = Place::File(directory.path().join("watch.sqlite"));
        let books = Books::own(Ledger::open(&place).expect("a ledger")).expect("a thread");
        let hasher = Hasher::with(Params::new(64, 1, 1, Some(32)).expect("parameters"));
        let builder =
            Access::builder(rules, Names::new(["watch.example", "127.0.0.1"]), books).hasher(hasher);
        let access = builder.open(&directory.path().join("key")).await.expect("access");
        let routes = Router::new()
            .route("/", get(async |visitor: Visitor| visitor.name))
            .route("/act", post(async |visitor: Visitor, body: String| format!("{} {body}", visitor.name)))
            .route(
                "/admin",
                get(async |visitor: Visitor| -> Result<&str, Denied> {
                    visitor.require(Role::Admin).map(|()| "secret")
                }),
            )
            .route(
                "/api/v1/look",
                post(async |visitor: Visitor| -> Result<String, Denied> {
                    visitor.require_scope(Scope::Look).map(|()| visitor.name)
                }),
            )
            .route(
                "/api/v1/targets",
                get(async |visitor: Visitor| -> Result<String, Denied> {
                    visitor.require_scope(Scope::Read).map(|()| visitor.name)
                }),
            )
            .route("/assets/x", get(async || "asset"));
        Site { router: crate::app_guarded(routes, access.clone()), access, _directory: directory }
    }

    /// One that has been claimed, and its admin's browser.
    pub(crate) async fn claimed(rules: Rules) -> (Site, Browser) {
        let site = Site::new(rules).await;
        let mut browser = site.browser();
        let code = site.access.setup_code().expect("a code").to_owned();
        let page = browser.get("/setup").await;
        let done = browser
            .post(
                "/setup",
                &page.form(&[("code", &code), ("name", "Ada"), ("password", PASSWORD), ("again", PASSWORD)]),
            )
            .await;
        assert_eq!(
            (done.status, done.location.as_str()),
            (StatusCode::SEE_OTHER, "/account"),
            "{}",
            done.body
        );
        (site, browser)
    }

    pub(crate) fn browser(&self) -> Browser {
        Browser {
            router: self.router.clone(),
            cookies: BTreeMap::new(),
            from: "192.0.2.7:40000".parse().expect("an address"),
            headers: HeaderMap::new(),
        }
    }
}

/// A browser.
#[derive(Clone)]
pub(crate) struct Browser {
    router: Router,
    pub cookies: BTreeMap<String, String>,
    pub from: SocketAddr,
    /// Put on each request, instead of what a browser would say.
    pub headers: HeaderMap,
}

/// What it gets.
#[derive(Debug)]
pub(crate) struct Answer {
    pub status: StatusCode,
    pub location: String,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    /// The proof of the first form of the page.
    pub(crate) fn proof(&self) -> String {
        let begin = "name=\"csrf\" value=\"";
        let at = self.body.find(begin).unwrap_or_else(|| panic!("no form: {}", self.body)) + begin.len();
        self.body[at..].chars().take_while(|letter| *letter != '"').collect()
    }

    /// A form of the page, filled in.
    pub(crate) fn form(&self, fields: &[(&str, &str)]) -> String {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.append_pair("csrf", &self.proof());
        form.extend_pairs(fields);
        form.finish()
    }
}

impl Browser {
    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.ask(Method::GET, path, None, "").await
    }

    pub(crate) async fn post(&mut self, path: &str, form: &str) -> Answer {
        self.ask(Method::POST, path, Some("application/x-www-form-urlencoded"), form).await
    }

    /// What the script of passkeys sends.
    pub(crate) async fn json(
        &mut self,
        path: &str,
        proof: &str,
        body: &serde_json::Value,
    ) -> (StatusCode, serde_json::Value) {
        let kept = self.headers.clone();
        self.headers.insert("x-csrf-token", proof.parse().expect("a value"));
        let answer = self.ask(Method::POST, path, Some("application/json"), &body.to_string()).await;
        self.headers = kept;
        (
            answer.status,
            serde_json::from_str(&answer.body).unwrap_or_else(|_| panic!("no JSON: {}", answer.body)),
        )
    }

    pub(crate) async fn ask(&mut self, method: Method, path: &str, kind: Option<&str>, body: &str) -> Answer {
        let mut request = Request::builder()
            .method(&method)
            .uri(path)
            .body(Body::from(body.to_owned()))
            .expect("a request");
        request.extensions_mut().insert(Peer { address: self.from, is_tls: true });
        let headers = request.headers_mut();
        let mut put =
            |name: http::HeaderName, value: &str| headers.insert(name, value.parse().expect("a value"));
        put(HOST, "watch.example");
        put(ACCEPT, "text/html");
        put(
            "sec-fetch-site".parse().expect("a name"),
            if method == Method::GET { "none" } else { "same-origin" },
        );
        if let Some(kind) = kind {
            put(CONTENT_TYPE, kind);
        }
        if !self.cookies.is_empty() {
            let pairs: Vec<String> =
                self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            put(COOKIE, &pairs.join("; "));
        }
        for (name, value) in &self.headers {
            headers.insert(name, value.clone());
        }
        let response = self.router.clone().oneshot(request).await.expect("an answer");
        let (parts, body) = response.into_parts();
        for line in parts.headers.get_all(SET_COOKIE) {
            let line = line.to_str().expect("text");
            assert!(line.contains("; Path=/; Secure; HttpOnly; SameSite="), "{line}");
            let (name, rest) = line.split_once('=').expect("a pair");
            assert!(name.starts_with("__Host-"), "{line}");
            let value = rest.split(';').next().expect("a value");
            if line.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.into(), value.into());
            }
        }
        let location = parts.headers.get(LOCATION).map(|value| value.to_str().expect("text").to_owned());
        let body = body.collect().await.expect("a body").to_bytes();
        let body = String::from_utf8(body.to_vec()).expect("text");
        Answer { status: parts.status, location: location.unwrap_or_default(), headers: parts.headers, body }
    }

    /// Logs in by a password, as far as that goes.
    pub(crate) async fn log_in(&mut self, name: &str, password: &str) -> Answer {
        let page = self.get("/login").await;
        self.post("/login", &page.form(&[("name", name), ("password", password), ("next", "/")])).await
    }
}
