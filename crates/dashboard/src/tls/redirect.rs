//! Plain http beside the dashboard: it sends to https, and answers an ACME server. Nothing else is said there.

use axum::Router;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use http::header::LOCATION;
use http::{HeaderMap, HeaderValue, Method, StatusCode};

use super::Tokens;
use crate::guard::host::{Asked, Names};

#[derive(Clone)]
struct Way {
    names: Names,
    port: u16,
    tokens: Tokens,
}

/// Sends what is asked for by one of these names to https on this port. Only `GET` and `HEAD` are sent on: what else came
/// over plain http may have been read, and is not to be repeated.
pub fn redirect(names: Names, port: u16, tokens: Tokens) -> Router {
    Router::new().fallback(answer).with_state(Way { names, port, tokens })
}

async fn answer(State(way): State<Way>, request: Request) -> Response {
    let mut response = sent(&way, &request);
    let mut headers = HeaderMap::new();
    crate::guard::headers::put(&mut headers, false);
    response.headers_mut().extend(headers);
    response
}

fn sent(way: &Way, request: &Request) -> Response {
    let token = request.uri().path().strip_prefix("/.well-known/acme-challenge/");
    if let Some(answer) = token.and_then(|token| way.tokens.get(token)) {
        return answer.into_response();
    }
    let Some(asked) = way.names.asked(request) else {
        return (StatusCode::MISDIRECTED_REQUEST, "This name is not served here.\n").into_response();
    };
    if ![Method::GET, Method::HEAD].contains(request.method()) {
        return (StatusCode::METHOD_NOT_ALLOWED, "Use https.\n").into_response();
    }
    let origin = Asked { port: Some(way.port), ..asked }.origin(true);
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    match HeaderValue::from_str(&format!("{origin}{path}")) {
        Ok(location) => (StatusCode::PERMANENT_REDIRECT, [(LOCATION, location)]).into_response(),
        Err(_) => StatusCode::BAD_REQUEST.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use tower::ServiceExt as _;

    use super::*;

    #[tokio::test]
    async fn it_sends_to_https_by_listed_names_alone() {
        let app = redirect(Names::new(["watch.example"]), 8443, Tokens::default());
        let ask = async |method: Method, host: &str, path: &str| {
            let request =
                Request::builder().method(method).uri(path).header("host", host).body(Body::empty());
            let response = app.clone().oneshot(request.expect("a request")).await.expect("an answer");
            let location =
                response.headers().get(LOCATION).map(|value| value.to_str().expect("text").to_owned());
            (response.status().as_u16(), location)
        };
        let there = |path: &str| Some(format!("https://watch.example:8443{path}"));
        assert_eq!(ask(Method::GET, "watch.example:8080", "/a?b=c").await, (308, there("/a?b=c")));
        assert_eq!(
            ask(Method::HEAD, "watch.example", "//evil.example/").await,
            (308, there("//evil.example/"))
        );
        assert_eq!(ask(Method::GET, "evil.example", "/").await, (421, None));
        assert_eq!(ask(Method::POST, "watch.example", "/login").await, (405, None));
        assert_eq!(ask(Method::GET, "watch.example", "/.well-known/acme-challenge/x").await.0, 308);
    }
}
