//! A client of HTTP for messages: one POST on a connection of its own, with bounds on everything that comes back.
//!
//! Redirects are not followed: whoever moves a webhook says so in the configuration. No proxy is used, and no cookie
//! kept.

use std::fmt;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::header::{
    CONTENT_TYPE, HOST, HeaderMap, HeaderName, HeaderValue, LOCATION, RETRY_AFTER, USER_AGENT,
};
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use url::{Host, Url};

use super::trust::Trust;
use super::{Around, Failure, clean};

/// How long one connection to one address may take to come about.
const CONNECT: Duration = Duration::from_secs(10);

/// How many addresses of a name are tried.
const ADDRESSES: usize = 8;

/// How many bytes of an answer's body are read: enough for its words on what is wrong.
const ANSWER: usize = 2048;

/// The longest that a receiver's Retry-After (RFC 9110 section 10.2.3) is heeded.
pub const LONGEST_WAIT: Duration = Duration::from_secs(6 * 3600);

/// A future in a box.
pub type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// How names become addresses, and which addresses may be connected to: only what this yields is.
pub trait Resolve: Send + Sync + 'static {
    /// The addresses of a host that may be connected to, in the order to try them in. An error for a host that has
    /// none, or none that is allowed. A host that is an address is asked for too.
    fn resolve<'a>(&'a self, host: &'a str, port: u16) -> Boxed<'a, io::Result<Vec<SocketAddr>>>;
}

/// As the system resolves names; every address may be connected to.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemResolver;

impl Resolve for SystemResolver {
    fn resolve<'a>(&'a self, host: &'a str, port: u16) -> Boxed<'a, io::Result<Vec<SocketAddr>>> {
        Box::pin(async move { Ok(tokio::net::lookup_host((host, port)).await?.take(ADDRESSES).collect()) })
    }
}

/// A connection to the first address of a host that answers.
///
/// # Errors
/// [`Failure::Later`].
pub(crate) async fn connect(resolve: &dyn Resolve, host: &str, port: u16) -> Result<TcpStream, Failure> {
    let later = |why: &dyn fmt::Display| Failure::later(format!("no connection to {host}:{port}: {why}"));
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let addresses = match timeout(CONNECT, resolve.resolve(bare, port)).await {
        Ok(Ok(addresses)) => addresses,
        Ok(Err(error)) => return Err(later(&error)),
        Err(_) => return Err(later(&"the name was not resolved within 10 seconds")),
    };
    let mut last = later(&"the name has no address");
    for address in addresses.into_iter().take(ADDRESSES) {
        match timeout(CONNECT, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                // Messages are small and sent whole.
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Ok(Err(error)) => last = later(&format!("{} ({error})", address.ip())),
            Err(_) => last = later(&format!("{} does not answer within 10 seconds", address.ip())),
        }
    }
    Err(last)
}

/// Where a channel posts to, checked.
#[derive(Clone)]
pub(crate) struct Place {
    url: Url,
    trust: Trust,
}

/// Shows the host alone: the path may be a secret.
impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Place").field("host", &self.host()).finish_non_exhaustive()
    }
}

/// What an answer said.
#[derive(Debug)]
pub(crate) struct Answer {
    /// Its status.
    pub(crate) status: StatusCode,
    /// Its header fields.
    headers: HeaderMap,
    /// The beginning of its body, as one line that is harmless to show.
    words: String,
}

impl Place {
    /// A place that may be posted to.
    ///
    /// # Errors
    /// A sentence: the URL is no `https` one, and neither on loopback nor allowed to be insecure.
    pub(crate) fn new(url: &Url, insecure: bool, trust: Trust) -> Result<Place, String> {
        let host = url.host().ok_or("the url names no host: write https://host/path")?;
        match url.scheme() {
            "https" => {}
            "http" if insecure || is_loopback(&host) => {}
            "http" => {
                return Err(format!(
                    "http://{host}/ would carry alerts in plain text past whoever is on the way: write https, or \
                     `insecure = true` where that is meant"
                ));
            }
            other => return Err(format!("the url begins with {other}: write https://host/path")),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(
                "the url holds a name or password, which would show in logs: use the channel's own keys"
                    .to_owned(),
            );
        }
        Ok(Place { url: url.clone(), trust })
    }

    /// The host, without the rest of the URL: with many services the path is a secret.
    pub(crate) fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// Posts a body and yields the answer, whatever its status. Takes at most [`Around::patience`].
    ///
    /// # Errors
    /// [`Failure::Later`] where no answer came, [`Failure::Refused`] for a header field that cannot be sent.
    pub(crate) async fn post(
        &self,
        around: &Around,
        fields: &[(&'static str, &str)],
        content_type: &'static str,
        body: Vec<u8>,
    ) -> Result<Answer, Failure> {
        let request = self.request(fields, content_type, body)?;
        match timeout(around.patience, self.exchange(&*around.resolve, request)).await {
            Ok(answer) => answer,
            Err(_) => Err(Failure::later(format!(
                "{} does not answer within {} seconds",
                self.host(),
                around.patience.as_secs()
            ))),
        }
    }

    fn request(
        &self,
        fields: &[(&'static str, &str)],
        content_type: &'static str,
        body: Vec<u8>,
    ) -> Result<Request<Full<Bytes>>, Failure> {
        let path = match self.url.query() {
            Some(query) => format!("{}?{query}", self.url.path()),
            None => self.url.path().to_owned(),
        };
        let host = match self.url.port() {
            Some(port) => format!("{}:{port}", self.host()),
            None => self.host().to_owned(),
        };
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header(HOST, host)
            .header(USER_AGENT, concat!("midwatch/", env!("CARGO_PKG_VERSION")))
            .header(CONTENT_TYPE, content_type);
        for (name, value) in fields {
            // The value may be a secret: the error does not repeat it.
            let mut value = HeaderValue::from_str(value).map_err(|_| {
                Failure::refused(format!(
                    "the value for {name} holds characters that no header field may have"
                ))
            })?;
            value.set_sensitive(*name == "authorization");
            request = request.header(HeaderName::from_static(name), value);
        }
        request
            .body(Full::new(Bytes::from(body)))
            .map_err(|_| Failure::refused("the url cannot be asked for: write https://host/path"))
    }

    async fn exchange(
        &self,
        resolve: &dyn Resolve,
        request: Request<Full<Bytes>>,
    ) -> Result<Answer, Failure> {
        let port = self.url.port_or_known_default().unwrap_or(443);
        let stream = connect(resolve, self.host(), port).await?;
        if self.url.scheme() == "https" {
            self.converse(self.trust.connect(self.host(), stream, &[b"http/1.1"]).await?, request).await
        } else {
            self.converse(stream, request).await
        }
    }

    async fn converse<S>(&self, stream: S, request: Request<Full<Bytes>>) -> Result<Answer, Failure>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let host = self.host();
        let failed =
            |error: hyper::Error| Failure::later(format!("no answer from {host}: {}", spelt(&error)));
        let (mut sender, connection) = hyper::client::conn::http1::Builder::new()
            .max_headers(100)
            .max_buf_size(64 * 1024)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(failed)?;
        // Ends with this future: nothing of a request outlives its time limit.
        tokio::pin!(connection);
        let asked = async {
            let answer = sender.send_request(request).await.map_err(failed)?;
            let (head, mut body) = answer.into_parts();
            let mut start = Vec::new();
            // What the body says matters only where the status is bad, and a body that breaks off changes nothing.
            while let (false, true) = (head.status.is_success(), start.len() < ANSWER) {
                match body.frame().await {
                    Some(Ok(frame)) => {
                        let data = frame.data_ref().map(Bytes::as_ref).unwrap_or_default();
                        start.extend(data.iter().take(ANSWER - start.len()));
                    }
                    Some(Err(_)) | None => break,
                }
            }
            let words = clean::line(&String::from_utf8_lossy(&start), 200);
            Ok(Answer { status: head.status, headers: head.headers, words })
        };
        tokio::pin!(asked);
        tokio::select! {
            biased;
            answer = &mut asked => answer,
            // The connection has ended: what it has handed over already is still to be read.
            _ = &mut connection => asked.await,
        }
    }
}

impl Answer {
    /// Whether the message was taken: any status of 200 to 299 says so.
    ///
    /// # Errors
    /// [`Failure`]: which one by the status.
    pub(crate) fn taken(self, host: &str, now: jiff::Timestamp) -> Result<(), Failure> {
        let status = self.status;
        if status.is_success() {
            return Ok(());
        }
        let words = if self.words.is_empty() { String::new() } else { format!(": {}", self.words) };
        let why = format!("{host} answers {}{words}", status.as_u16());
        match status {
            StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS => {
                Err(Failure::Later { why, after: self.retry_after(now) })
            }
            status if status.is_server_error() => Err(Failure::Later { why, after: self.retry_after(now) }),
            status if status.is_redirection() => {
                let to = self.headers.get(LOCATION).map(HeaderValue::as_bytes).map(String::from_utf8_lossy);
                let to = to.map(|to| format!(" to {}", clean::line(&to, 200))).unwrap_or_default();
                Err(Failure::refused(format!(
                    "{host} answers {} and sends on{to}, which is not followed: write the address that it leads to",
                    status.as_u16()
                )))
            }
            _ => Err(Failure::refused(why)),
        }
    }

    /// How long the receiver asks to be left alone, [`LONGEST_WAIT`] at most.
    fn retry_after(&self, now: jiff::Timestamp) -> Option<Duration> {
        let text = self.headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
        let wait = match text.parse::<u64>() {
            Ok(seconds) => Duration::from_secs(seconds),
            Err(_) => {
                let at = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
                Duration::try_from(at.duration_since(now)).unwrap_or_default()
            }
        };
        Some(wait.min(LONGEST_WAIT))
    }
}

/// True for what never leaves this computer.
fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => is_loopback_name(name),
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

/// The same for a host as text: an address, or a name that never resolves to anything else (RFC 6761 section 6.3).
pub(crate) fn is_loopback_name(host: &str) -> bool {
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    match bare.parse::<IpAddr>() {
        Ok(address) => address.is_loopback(),
        Err(_) => bare.eq_ignore_ascii_case("localhost"),
    }
}

/// An error with its causes.
fn spelt(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    clean::line(&text, 300)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(url: &str, insecure: bool) -> Result<Place, String> {
        Place::new(&Url::parse(url).unwrap(), insecure, Trust::new(None))
    }

    #[test]
    fn plain_text_leaves_this_computer_only_where_that_is_written() {
        for good in ["https://hook.example/x", "http://127.0.0.1:9/x", "http://[::1]/x", "http://localhost/x"]
        {
            assert!(place(good, false).is_ok(), "{good}");
        }
        assert!(place("http://hook.example/x", true).is_ok());
        for (bad, says) in [
            ("http://hook.example/x", "insecure = true"),
            ("http://127.0.0.1.example/x", "insecure = true"),
            ("ftp://hook.example/x", "write https"),
            ("https://me:hush@hook.example/x", "name or password"),
        ] {
            let error = place(bad, false).unwrap_err();
            assert!(error.contains(says), "{bad}: {error}");
            assert!(!error.contains("hush"), "{error}");
        }
    }

    fn answer(status: u16, field: Option<(HeaderName, &str)>) -> Result<(), Failure> {
        let mut headers = HeaderMap::new();
        if let Some((name, value)) = field {
            headers.insert(name, HeaderValue::from_str(value).unwrap());
        }
        let now = "2026-11-30T03:00:00Z".parse().unwrap();
        let status = StatusCode::from_u16(status).unwrap();
        Answer { status, headers, words: String::new() }.taken("hook.example", now)
    }

    #[test]
    fn statuses_are_told_apart() {
        for good in [200, 201, 202, 204] {
            assert_eq!(answer(good, None), Ok(()));
        }
        for later in [408, 425, 429, 500, 502, 503, 504] {
            assert!(matches!(answer(later, None), Err(Failure::Later { after: None, .. })), "{later}");
        }
        for refused in [301, 302, 307, 308, 400, 401, 403, 404, 410, 413] {
            assert!(matches!(answer(refused, None), Err(Failure::Refused { .. })), "{refused}");
        }
        let moved = answer(302, Some((LOCATION, "http://169.254.169.254/"))).unwrap_err();
        assert!(moved.why().contains("to http://169.254.169.254/, which is not followed"), "{moved}");
    }

    #[test]
    fn retry_after_is_heeded_within_bounds() {
        let after = |value: &str| match answer(503, Some((RETRY_AFTER, value))) {
            Err(Failure::Later { after, .. }) => after,
            other => panic!("{other:?}"),
        };
        assert_eq!(after("120"), Some(Duration::from_secs(120)));
        assert_eq!(after("99999999999"), Some(LONGEST_WAIT));
        assert_eq!(after("Mon, 30 Nov 2026 03:05:00 GMT"), Some(Duration::from_secs(300)));
        // Past, nonsense, negative.
        assert_eq!(after("Mon, 30 Nov 2026 02:00:00 GMT"), Some(Duration::ZERO));
        assert_eq!(after("soon"), None);
        assert_eq!(after("-3"), None);
    }
}
