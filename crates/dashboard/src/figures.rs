//! Figures for Prometheus, at `/metrics`.

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderMap, StatusCode};
use midwatch_watch::alert::secret::Secret;
use midwatch_watch::service::metrics::Metrics;

use crate::auth::random;

/// The text form of Prometheus, version 0.0.4.
const FORM: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Gives figures to whoever has the token (RFC 6750), where one is asked for.
pub fn figures(metrics: Metrics, token: Option<Secret>) -> Router {
    Router::new().route("/metrics", get(answer)).with_state((metrics, token))
}

async fn answer(State((metrics, token)): State<(Metrics, Option<Secret>)>, headers: HeaderMap) -> Response {
    if let Some(token) = token {
        match token.read() {
            Ok(token) if random::same(given(&headers), token.trim()) => {}
            Ok(_) => return (StatusCode::UNAUTHORIZED, [(WWW_AUTHENTICATE, "Bearer")]).into_response(),
            Err(error) => {
                tracing::error!(%error, "the token of [metrics] cannot be read, so that nobody gets figures");
                return StatusCode::SERVICE_UNAVAILABLE.into_response();
            }
        }
    }
    ([(CONTENT_TYPE, FORM), (CACHE_CONTROL, "no-store")], metrics.encode()).into_response()
}

/// The bearer token of a request; an empty text where there is none.
fn given(headers: &HeaderMap) -> &str {
    let value = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    match value.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
        _ => "",
    }
}
