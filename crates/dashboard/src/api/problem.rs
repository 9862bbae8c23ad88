//! What went wrong, as RFC 9457 has it.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderValue};
use schemars::JsonSchema;
use serde::Serialize;

use crate::desk::DeskError;

/// The media type of a problem.
pub(crate) const KIND: &str = "application/problem+json";

/// What went wrong.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct Problem {
    /// The status in a word or a few.
    pub title: String,
    /// The status of the answer.
    #[schemars(range(min = 400, max = 599))]
    pub status: u16,
    /// What happened, and what to send instead.
    pub detail: String,
}

impl Problem {
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        let title = status.canonical_reason().unwrap_or("Error").to_owned();
        Problem { title, status: status.as_u16(), detail: detail.into() }
    }

    /// There is no such thing.
    pub fn unknown(detail: impl Into<String>) -> Self {
        Problem::new(StatusCode::NOT_FOUND, detail)
    }

    /// What was sent is no good.
    pub fn wrong(detail: impl Into<String>) -> Self {
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail)
    }
}

impl From<DeskError> for Problem {
    fn from(error: DeskError) -> Self {
        let status = match error {
            DeskError::Unknown(_) => StatusCode::NOT_FOUND,
            DeskError::Refused(_) => StatusCode::UNPROCESSABLE_ENTITY,
            DeskError::Known(_) => StatusCode::CONFLICT,
            DeskError::Away(_) => StatusCode::SERVICE_UNAVAILABLE,
            DeskError::Failed(_) => {
                tracing::error!(%error, "the API could not do something");
                StatusCode::INTERNAL_SERVER_ERROR
            }
        };
        Problem::new(status, error.to_string())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_string(&self).unwrap_or_default();
        (status, [(CONTENT_TYPE, HeaderValue::from_static(KIND))], body).into_response()
    }
}
