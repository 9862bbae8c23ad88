//! One operation of the API: how it is reached, what goes in, what comes out, and who does it.
//!
//! The types of path, query, body and answer are those that the handler itself has. They are read and written by serde and
//! described by schemars, so the description cannot say something else.

use std::marker::PhantomData;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, on};
use http::header::{CONTENT_TYPE, ETAG, HeaderMap, HeaderValue, IF_NONE_MATCH, LOCATION};
use http::{Method, StatusCode};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::ROOT;
use super::problem::Problem;
use crate::desk::Wait;
use crate::face::Face;
use crate::pages::parts::segment;
use crate::reader::{Reader, Scope};

/// Nothing: no path parameters, no query, no body, no answer.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nothing {}

/// What a handler is given.
pub(crate) struct Call<P, Q, B> {
    pub face: Face,
    /// Who asks; of an operation for everybody, nobody.
    reader: Option<Reader>,
    pub path: P,
    pub query: Q,
    pub body: B,
}

impl<P, Q, B> Call<P, Q, B> {
    /// Who asks.
    pub fn reader(&self) -> Result<&Reader, Problem> {
        self.reader.as_ref().ok_or_else(|| Problem::new(StatusCode::UNAUTHORIZED, "Send an API token."))
    }
}

type Describe = fn(&mut SchemaGenerator) -> Schema;
type Serve = Arc<dyn Fn(Face, Option<Reader>, Request) -> Wait<'static, Response> + Send + Sync>;

/// An operation.
pub(crate) struct Operation {
    pub method: Method,
    /// Below [`ROOT`], parameters in braces.
    pub path: &'static str,
    /// A name for programs, unique.
    pub id: &'static str,
    pub tag: &'static str,
    pub summary: &'static str,
    /// What a reader has to be allowed; none for everybody.
    pub scope: Option<Scope>,
    pub success: StatusCode,
    /// Problems that it can answer with, beside those that every operation can.
    pub problems: &'static [u16],
    pub path_schema: Describe,
    pub query_schema: Describe,
    pub body_schema: Option<Describe>,
    /// None where there is no body.
    pub answer_schema: Option<Describe>,
    /// The media type of the answer.
    pub kind: &'static str,
    serve: Serve,
}

/// What says of an operation what its types do not.
pub(crate) struct About {
    pub method: Method,
    pub path: &'static str,
    pub id: &'static str,
    pub tag: &'static str,
    pub summary: &'static str,
    pub scope: Option<Scope>,
    pub success: StatusCode,
    pub problems: &'static [u16],
}

impl About {
    /// An operation that reads.
    pub fn read(path: &'static str, id: &'static str, tag: &'static str, summary: &'static str) -> Self {
        About {
            method: Method::GET,
            path,
            id,
            tag,
            summary,
            scope: Some(Scope::Read),
            success: StatusCode::OK,
            problems: &[],
        }
    }

    /// An operation that changes something.
    pub fn change(path: &'static str, id: &'static str, tag: &'static str, summary: &'static str) -> Self {
        About { method: Method::POST, success: StatusCode::NO_CONTENT, ..About::read(path, id, tag, summary) }
    }

    pub fn problems(self, problems: &'static [u16]) -> Self {
        About { problems, ..self }
    }

    pub fn scope(self, scope: Scope) -> Self {
        About { scope: Some(scope), ..self }
    }

    pub fn success(self, success: StatusCode) -> Self {
        About { success, ..self }
    }

    /// The operation that a handler carries out.
    pub fn by<P, Q, B, A, F, T>(self, handler: F) -> Operation
    where
        P: DeserializeOwned + JsonSchema + Send + 'static,
        Q: DeserializeOwned + JsonSchema + Send + 'static,
        B: Input,
        A: Serialize + JsonSchema + Send + 'static,
        F: Fn(Call<P, Q, B>) -> T + Clone + Send + Sync + 'static,
        T: Future<Output = Result<A, Problem>> + Send + 'static,
    {
        let success = self.success;
        let has_answer = success != StatusCode::NO_CONTENT;
        let is_read = self.method == Method::GET;
        let place = self.path;
        let serve = move |face: Face, reader: Option<Reader>, request: Request| -> Wait<'static, Response> {
            let handler = handler.clone();
            Box::pin(async move {
                let known = request.headers().get(IF_NONE_MATCH).cloned();
                let done = async {
                    let (path, query, body) = read::<P, Q, B>(request).await?;
                    let answer = handler(Call { face, reader, path, query, body }).await?;
                    let response = write(&answer, success, has_answer, is_read, known.as_ref())?;
                    Ok(if success == StatusCode::CREATED {
                        located(response, place, &answer)
                    } else {
                        response
                    })
                };
                done.await.unwrap_or_else(Problem::into_response)
            })
        };
        Operation {
            method: self.method,
            path: self.path,
            id: self.id,
            tag: self.tag,
            summary: self.summary,
            scope: self.scope,
            success,
            problems: self.problems,
            path_schema: P::json_schema,
            query_schema: Q::json_schema,
            body_schema: B::describe(),
            answer_schema: has_answer.then_some(A::json_schema as Describe),
            kind: "application/json",
            serve: Arc::new(serve),
        }
    }
}

/// What can be the body of a request.
pub(crate) trait Input: Sized + Send + 'static {
    /// Its schema; none where there is no body.
    fn describe() -> Option<Describe>;
    /// Reads it.
    fn read(headers: &HeaderMap, bytes: &Bytes) -> Result<Self, Problem>;
}

impl Input for () {
    fn describe() -> Option<Describe> {
        None
    }

    fn read(_: &HeaderMap, bytes: &Bytes) -> Result<Self, Problem> {
        if bytes.is_empty() { Ok(()) } else { Err(Problem::wrong("This takes no body.")) }
    }
}

/// A body in JSON.
pub(crate) struct Json<T>(pub T, PhantomData<()>);

impl<T: DeserializeOwned + JsonSchema + Send + 'static> Input for Json<T> {
    fn describe() -> Option<Describe> {
        Some(T::json_schema)
    }

    fn read(headers: &HeaderMap, bytes: &Bytes) -> Result<Self, Problem> {
        let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        if !kind.eq_ignore_ascii_case("application/json") {
            let words = "Send JSON, and say so: Content-Type: application/json.";
            return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, words));
        }
        let body = serde_json::from_slice(bytes)
            .map_err(|error| Problem::wrong(format!("The body cannot be read: {error}.")))?;
        Ok(Json(body, PhantomData))
    }
}

async fn read<P, Q, B>(request: Request) -> Result<(P, Q, B), Problem>
where
    P: DeserializeOwned + Send,
    Q: DeserializeOwned,
    B: Input,
{
    let (mut parts, body) = request.into_parts();
    let Path(path) = Path::<P>::from_request_parts(&mut parts, &())
        .await
        .map_err(|error| Problem::unknown(format!("There is no such thing: {}.", error.body_text())))?;
    let Query(query) = Query::<Q>::try_from_uri(&parts.uri)
        .map_err(|error| Problem::wrong(format!("The query cannot be read: {}.", error.body_text())))?;
    let headers = parts.headers.clone();
    let bytes = Bytes::from_request(Request::from_parts(parts, body), &()).await.map_err(|error| {
        Problem::new(error.status(), format!("The body cannot be read: {}.", error.body_text()))
    })?;
    Ok((path, query, B::read(&headers, &bytes)?))
}

fn write<A: Serialize>(
    answer: &A,
    success: StatusCode,
    has_answer: bool,
    is_read: bool,
    known: Option<&HeaderValue>,
) -> Result<Response, Problem> {
    if !has_answer {
        return Ok(success.into_response());
    }
    let body = serde_json::to_vec(answer).map_err(|error| {
        tracing::error!(%error, "an answer of the API cannot be written");
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "The answer cannot be written as JSON.")
    })?;
    let digest = ring::digest::digest(&ring::digest::SHA256, &body);
    let tag: String = digest.as_ref().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let tag = HeaderValue::from_str(&format!("\"{tag}\"")).ok();
    let mut response = match (&tag, known) {
        (Some(tag), Some(known)) if is_read && names(known, tag) => StatusCode::NOT_MODIFIED.into_response(),
        _ => {
            let kind = [(CONTENT_TYPE, HeaderValue::from_static("application/json"))];
            (success, kind, Body::from(body)).into_response()
        }
    };
    if let Some(tag) = tag.filter(|_| is_read) {
        response.headers_mut().insert(ETAG, tag);
    }
    Ok(response)
}

/// Says where what was made is: below where it was asked for, under its id.
fn located<A: Serialize>(mut response: Response, place: &str, answer: &A) -> Response {
    let id =
        serde_json::to_value(answer).ok().and_then(|answer| Some(answer.get("id")?.as_str()?.to_owned()));
    let location = format!("{ROOT}{place}/{}", segment(&id.unwrap_or_default()));
    if let Ok(location) = HeaderValue::from_str(&location) {
        response.headers_mut().insert(LOCATION, location);
    }
    response
}

/// True where If-None-Match (RFC 9110 section 13.1.2) names this tag.
fn names(known: &HeaderValue, tag: &HeaderValue) -> bool {
    let (Ok(known), Ok(tag)) = (known.to_str(), tag.to_str()) else { return false };
    known.split(',').map(|one| one.trim().trim_start_matches("W/")).any(|one| one == tag || one == "*")
}

impl Operation {
    /// An answer that is no JSON but text of this media type; the handler answers with a string.
    pub fn text(mut self, kind: &'static str) -> Self {
        let inner = self.serve.clone();
        self.kind = kind;
        self.serve = Arc::new(move |face, reader, request| {
            let inner = inner.clone();
            Box::pin(async move {
                let response = inner(face, reader, request).await;
                if response.status() != StatusCode::OK {
                    return response;
                }
                let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap_or_default();
                let text: String = serde_json::from_slice(&body).unwrap_or_default();
                ([(CONTENT_TYPE, HeaderValue::from_static(kind))], text).into_response()
            })
        });
        self
    }

    /// For everybody, logged in or not.
    pub fn open(mut self) -> Self {
        self.scope = None;
        self
    }

    /// Adds it to the routes.
    pub fn add(self, router: Router<Face>) -> Router<Face> {
        let Ok(filter) = MethodFilter::try_from(self.method) else { return router };
        let (serve, scope) = (self.serve, self.scope);
        let handle = async move |axum::extract::State(face): axum::extract::State<Face>, request: Request| {
            let (mut parts, body) = request.into_parts();
            let reader = match scope {
                None => None,
                Some(scope) => match Reader::from_request_parts(&mut parts, &()).await {
                    Err(denied) => return denied.into_response(),
                    Ok(reader) if !reader.may(scope) => {
                        let words =
                            format!("This needs the scope {scope}, which this token or account has not.");
                        return Problem::new(StatusCode::FORBIDDEN, words).into_response();
                    }
                    Ok(reader) => Some(reader),
                },
            };
            serve(face, reader, Request::from_parts(parts, body)).await
        };
        router.route(&format!("{ROOT}{}", self.path), on(filter, handle))
    }
}
