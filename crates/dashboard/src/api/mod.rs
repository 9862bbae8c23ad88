//! The interface for programs, under `/api/v1`.
//!
//! [`table`] has every operation once, with the types of what goes in and what comes out. From it come the routes and the
//! OpenAPI document alike, so that what is described is what is done.

mod document;
mod events;
mod operation;
mod outbox;
mod problem;
mod shapes;
mod system;
mod targets;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use http::{Method, StatusCode, Uri};

pub use document::document;
use operation::Operation;
use problem::Problem;

use crate::face::Face;

/// Where all of it is.
pub const ROOT: &str = "/api/v1";

/// The longest body of a request.
const BODY: usize = 64 << 10;

/// Every operation.
fn table() -> Vec<Operation> {
    let mut all = system::operations();
    all.extend(targets::operations());
    all.extend(events::operations());
    all.extend(outbox::operations());
    all
}

/// The routes.
pub fn routes(face: Face) -> Router {
    let mut router = Router::new();
    for operation in table() {
        router = operation.add(router);
    }
    router
        .route(&format!("{ROOT}/{{*rest}}"), axum::routing::any(nowhere))
        .method_not_allowed_fallback(other_method)
        .layer(DefaultBodyLimit::max(BODY))
        .with_state(face)
}

async fn nowhere(uri: Uri) -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        format!("Nothing is at {}; {ROOT}/openapi.json says what there is.", uri.path()),
    )
}

async fn other_method(method: Method) -> Problem {
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, format!("This is not for {method}."))
}
