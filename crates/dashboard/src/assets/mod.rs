//! What pages load: one style sheet, one script, one icon. All are in the binary, each under a name that holds its hash, so
//! that a browser may keep it for good.

use std::sync::LazyLock;

use axum::Router;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::HeaderMap;
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use midwatch_report::fragments;

/// A file that pages load.
struct Asset {
    name: String,
    kind: &'static str,
    body: String,
}

impl Asset {
    fn new(stem: &str, ending: &str, kind: &'static str, body: String) -> Self {
        let digest = ring::digest::digest(&ring::digest::SHA256, body.as_bytes());
        let hash: String = digest.as_ref().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Asset { name: format!("{stem}.{hash}.{ending}"), kind, body }
    }

    fn url(&self) -> String {
        format!("/assets/{}", self.name)
    }
}

static STYLE: LazyLock<Asset> = LazyLock::new(|| {
    let body = format!("{}\n{}", fragments::STYLE, include_str!("dashboard.css"));
    Asset::new("style", "css", "text/css; charset=utf-8", body)
});
static SCRIPT: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new("watch", "js", "text/javascript; charset=utf-8", include_str!("watch.js").into())
});
static ICON: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("icon", "svg", "image/svg+xml", include_str!("icon.svg").into()));

/// The address of the style sheet.
pub fn style_url() -> String {
    STYLE.url()
}

/// The address of the script.
pub fn script_url() -> String {
    SCRIPT.url()
}

/// The address of the icon.
pub fn icon_url() -> String {
    ICON.url()
}

/// The whole style sheet, for the examples that write pages to files.
pub fn style() -> &'static str {
    &STYLE.body
}

/// What serves them, to everybody: they hold nothing of anybody.
pub fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().route("/assets/{name}", get(serve))
}

async fn serve(Path(name): Path<String>, asked: HeaderMap) -> Response {
    let Some(asset) = [&*STYLE, &*SCRIPT, &*ICON].into_iter().find(|asset| asset.name == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let tag = format!("\"{}\"", asset.name);
    let kept = [(ETAG, tag.clone()), (CACHE_CONTROL, "public, max-age=31536000, immutable".into())];
    if asked.get(IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes()) {
        return (StatusCode::NOT_MODIFIED, kept).into_response();
    }
    (kept, [(CONTENT_TYPE, asset.kind)], asset.body.as_str()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_change_with_what_is_in_them() {
        assert_ne!(Asset::new("a", "b", "", "one".into()).name, Asset::new("a", "b", "", "two".into()).name);
        assert!(style_url().starts_with("/assets/style.") && style_url().ends_with(".css"));
    }

    #[test]
    fn the_style_sheet_loads_nothing() {
        assert!(!style().contains("url(") && !style().contains("@import"));
    }
}
