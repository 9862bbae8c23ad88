//! Asking a provider: https with a verified certificate, bounded in size and time, and no redirect followed.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, HOST, USER_AGENT};
use http::{HeaderValue, Request, StatusCode};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_util::rt::TokioIo;
use midwatch_watch::roots;
use rustls_pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use url::Url;

/// The most octets of an answer.
const MOST: usize = 1 << 20;

/// How long one question may take, from the look-up of the name to the end of the answer.
const TIME: Duration = Duration::from_secs(10);

/// Asks providers.
#[derive(Clone)]
pub(super) struct Client(TlsConnector);

impl std::fmt::Debug for Client {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Client")
    }
}

impl Client {
    /// With the authorities of this file and no others, or the system's.
    pub(super) fn new(trust: Option<&Path>) -> Result<Client, String> {
        let config = roots::client(trust, "trust")?;
        Ok(Client(TlsConnector::from(Arc::new(config))))
    }

    /// Sends a request to an address of https and gives the octets of an answer of 200.
    pub(super) async fn ask(&self, url: &Url, request: Request<Full<Bytes>>) -> Result<Bytes, String> {
        let asked = tokio::time::timeout(TIME, self.once(url, request)).await;
        let where_ = format!("{}{}", url.host_str().unwrap_or_default(), url.path());
        match asked {
            Ok(Ok(body)) => Ok(body),
            Ok(Err(why)) => Err(format!("{where_}: {why}")),
            Err(_) => Err(format!("{where_}: no answer within {} s", TIME.as_secs())),
        }
    }

    async fn once(&self, url: &Url, mut request: Request<Full<Bytes>>) -> Result<Bytes, String> {
        let text = |error: &dyn std::fmt::Display| error.to_string();
        if url.scheme() != "https" {
            return Err("it is no address of https".into());
        }
        let host = url.host_str().ok_or("it names no host")?.trim_matches(['[', ']']).to_owned();
        let port = url.port().unwrap_or(443);
        let stream = TcpStream::connect((host.as_str(), port)).await.map_err(|error| text(&error))?;
        let name = ServerName::try_from(host).map_err(|error| text(&error))?;
        let stream = self.0.connect(name, stream).await.map_err(|error| text(&error))?;
        let (mut send, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .map_err(|error| text(&error))?;
        let driven = tokio::spawn(connection);
        let authority = url[url::Position::BeforeHost..url::Position::AfterPort].to_owned();
        *request.uri_mut() = url[url::Position::BeforePath..url::Position::AfterQuery]
            .parse()
            .map_err(|error| text(&error))?;
        let headers = request.headers_mut();
        headers.insert(HOST, HeaderValue::from_str(&authority).map_err(|error| text(&error))?);
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(USER_AGENT, HeaderValue::from_static(concat!("midwatch/", env!("CARGO_PKG_VERSION"))));
        let answer = async {
            let response = send.send_request(request).await.map_err(|error| text(&error))?;
            let status = response.status();
            let body = Limited::new(response.into_body(), MOST).collect().await;
            let body =
                body.map_err(|_| format!("its answer is cut off, or longer than {MOST} octets"))?.to_bytes();
            if status == StatusCode::OK {
                Ok(body)
            } else {
                Err(format!("it answers {status}{}", why(&body)))
            }
        };
        let answer = answer.await;
        driven.abort();
        answer
    }
}

/// The word by which a provider says why (RFC 6749, section 5.2).
fn why(body: &[u8]) -> String {
    let said: Option<serde_json::Value> = serde_json::from_slice(body).ok();
    let word = said.as_ref().and_then(|said| said.get("error")).and_then(serde_json::Value::as_str);
    let kept: String = word
        .unwrap_or_default()
        .chars()
        .filter(|letter| letter.is_ascii_alphanumeric() || *letter == '_')
        .take(60)
        .collect();
    if kept.is_empty() { kept } else { format!(" ({kept})") }
}
