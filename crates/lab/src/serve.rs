//! HTTP/1.1 and HTTP/2 over any stream, and the way from a request to the host that answers it.

use std::convert::Infallible;
use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::header::{ACCEPT_ENCODING, CONTENT_ENCODING, COOKIE, HOST, HeaderMap, HeaderValue, VARY};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;

use crate::answer::{Answer, Scheme, Visit};
use crate::hosts::VirtualHost;

/// Time for a request's header section.
const HEADER_TIME: Duration = Duration::from_secs(10);

/// Time for a request's body, which is thrown away.
const BODY_TIME: Duration = Duration::from_secs(10);

/// Bytes of a request's body that are read.
const BODY_LIMIT: usize = 64 * 1024;

/// Shorter bodies are not worth compressing.
const GZIP_FROM: usize = 400;

/// The version of HTTP that was agreed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    Http1,
    Http2,
}

/// The sites, shared by all connections.
pub(crate) struct Sites {
    hosts: Vec<VirtualHost>,
}

impl Sites {
    pub(crate) fn new(hosts: Vec<VirtualHost>) -> Sites {
        Sites { hosts }
    }

    /// Serves one connection until it ends.
    pub(crate) async fn connection<S>(self: Arc<Self>, stream: S, scheme: Scheme, protocol: Protocol)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let service = service_fn(move |request| {
            let sites = Arc::clone(&self);
            async move { Ok::<_, Infallible>(sites.respond(request, scheme).await) }
        });
        let io = TokioIo::new(stream);
        // A peer that breaks off is no error of the lab's: tools that look at it do that all the time.
        let _ = match protocol {
            Protocol::Http1 => {
                hyper::server::conn::http1::Builder::new()
                    .timer(TokioTimer::new())
                    .header_read_timeout(HEADER_TIME)
                    .serve_connection(io, service)
                    .await
            }
            Protocol::Http2 => {
                hyper::server::conn::http2::Builder::new(TokioExecutor::new())
                    .timer(TokioTimer::new())
                    .keep_alive_interval(Some(HEADER_TIME))
                    .max_header_list_size(64 * 1024)
                    .serve_connection(io, service)
                    .await
            }
        };
    }

    async fn respond(&self, request: Request<Incoming>, scheme: Scheme) -> Response<Full<Bytes>> {
        let (head, body) = request.into_parts();
        // What a form holds is nobody's business here. It is read so that the connection can go on.
        let _ = timeout(BODY_TIME, Limited::new(body, BODY_LIMIT).collect()).await;
        let zip = accepts_gzip(&head.headers);
        let answer = if [Method::GET, Method::HEAD, Method::POST].contains(&head.method) {
            // HTTP/2 has the host in :authority, HTTP/1.1 in a header field.
            let host = head
                .uri
                .host()
                .or_else(|| head.headers.get(HOST).and_then(|value| value.to_str().ok()).map(without_port))
                .unwrap_or("")
                .to_ascii_lowercase();
            self.answer(Visit {
                scheme,
                host,
                path: head.uri.path().to_owned(),
                path_and_query: head.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned(),
                is_post: head.method == Method::POST,
                cookies: cookies(&head.headers),
                new_session: new_session(),
            })
        } else {
            Answer::error(501, "The lab knows GET, HEAD and POST.\n")
        };
        response(answer, zip)
    }

    fn answer(&self, visit: Visit) -> Answer {
        let bare = visit.host.strip_prefix("www.").unwrap_or(&visit.host);
        match self.hosts.iter().find(|host| host.name == bare) {
            Some(host) => host.answer(&visit),
            None => Answer::error(421, "The lab has no such host.\n"),
        }
    }
}

fn without_port(authority: &str) -> &str {
    authority.rsplit_once(':').map_or(authority, |(host, _)| host)
}

/// All `Cookie` fields as one: HTTP/2 may split them (RFC 9113, 8.2.3).
fn cookies(headers: &HeaderMap) -> String {
    let parts: Vec<&str> = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok()).collect();
    parts.join("; ")
}

/// 128 random bits in hexadecimal.
fn new_session() -> String {
    let mut key = [0; 16];
    // Without the system's random numbers the value is a constant: a weak session more, in a weak shop.
    let _ = getrandom::fill(&mut key);
    key.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn accepts_gzip(headers: &HeaderMap) -> bool {
    headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok()).any(|value| {
        value.split(',').any(|coding| {
            let mut parts = coding.split(';').map(str::trim);
            parts.next() == Some("gzip") && !parts.any(|weight| weight == "q=0" || weight == "q=0.0")
        })
    })
}

fn response(answer: Answer, zip: bool) -> Response<Full<Bytes>> {
    let text =
        answer.headers.iter().any(|(name, value)| *name == "content-type" && value.starts_with("text/"));
    let zipped = if zip && text && answer.body.len() >= GZIP_FROM { gzip(&answer.body) } else { None };
    let coded = zipped.is_some();
    let mut response = Response::new(Full::new(Bytes::from(zipped.unwrap_or(answer.body))));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    for (name, value) in answer.headers {
        // A path from a request may hold bytes that no header may: such a line is left out.
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.append(name, value);
        }
    }
    if text {
        headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    }
    if coded {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

fn gzip(body: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(body).ok()?;
    encoder.finish().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_used_only_where_it_is_accepted() {
        let with = |value: &'static str| {
            accepts_gzip(&HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static(value))]))
        };
        assert!(with("br, gzip;q=0.8"));
        assert!(!with("br, gzip;q=0"));
        assert!(!with("x-gzip"));
        assert!(!accepts_gzip(&HeaderMap::new()));
    }

    #[test]
    fn sessions_differ() {
        let (one, other) = (new_session(), new_session());
        assert_eq!(one.len(), 32);
        assert_ne!(one, other);
    }
}
