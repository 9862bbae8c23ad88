//! From a URL to an exchange.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Request, Version};
use http_body_util::Empty;
use hyper::body::Incoming;
use midwatch_fields::set_cookie::redact;
use midwatch_model::{Exchange, Header, Outcome, Reason, ReasonKind, Response, lossless};
use tokio::time::Instant;
use url::Url;

use super::body::{self, Body};
use super::connect::{Failure, Origin, Sender, reason};
use super::media_type::MediaType;
use super::pool::{Lease, Pool};
use crate::net::Net;

/// How to ask.
#[derive(Clone, Debug)]
pub struct ClientOptions {
    /// The most requests a second, where there is a limit.
    pub rate: Option<f64>,
    /// Connections to one address at the same time.
    pub per_address: usize,
}

impl Default for ClientOptions {
    fn default() -> Self {
        ClientOptions { rate: None, per_address: 4 }
    }
}

/// A client. Clones share connections.
#[derive(Clone, Debug)]
pub struct Client {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    net: Net,
    pool: Pool,
    pause: Option<Duration>,
    next: Mutex<Option<Instant>>,
}

/// What came of a request.
#[derive(Debug)]
pub struct Fetched {
    /// The fact.
    pub exchange: Exchange,
    /// The body as far as it was read, decompressed.
    pub body: Bytes,
    /// What the body is, by its `Content-Type`.
    pub media_type: MediaType,
    /// `Set-Cookie` values as they came, for a jar. They hold secrets and stay out of reports.
    pub set_cookies: Vec<String>,
}

/// What midwatch calls itself.
pub(crate) const USER_AGENT: &str = concat!("midwatch/", env!("CARGO_PKG_VERSION"), " (defensive audit)");
/// Header lines that a report keeps of one answer.
const MAX_LINES: usize = 200;
/// Cookies that are looked at of one answer.
const MAX_COOKIES: usize = 200;

impl Client {
    /// A client on `net`.
    pub fn new(net: Net, options: &ClientOptions) -> Self {
        let pool = Pool::new(net.clone(), options.per_address);
        let pause = options.rate.map(|rate| Duration::from_secs_f64(1.0 / rate.max(0.001)));
        Client { shared: Arc::new(Shared { net, pool, pause, next: Mutex::new(None) }) }
    }

    /// The network that it works on.
    pub fn net(&self) -> &Net {
        &self.shared.net
    }

    /// Asks for a URL, with a `Cookie` header where one is given. Redirects are not followed. Of documents that
    /// hold no references (images, archives, video) the body is not read.
    pub async fn get(&self, url: &Url, cookies: Option<&str>) -> Fetched {
        self.fetch(url, cookies, None).await
    }

    /// The same of one address, whatever the others are, on a connection of its own and without cookies.
    pub async fn get_at(&self, url: &Url, address: SocketAddr) -> Fetched {
        self.fetch(url, None, Some(address)).await
    }

    async fn fetch(&self, url: &Url, cookies: Option<&str>, at: Option<SocketAddr>) -> Fetched {
        let mut url = url.clone();
        url.set_fragment(None);
        self.pace().await;
        match self.try_fetch(&url, cookies, at).await {
            Ok(fetched) => fetched,
            Err(Failure { address, why }) => Fetched {
                exchange: Exchange { url: url.into(), address, response: why.into() },
                body: Bytes::new(),
                media_type: MediaType::default(),
                set_cookies: Vec::new(),
            },
        }
    }

    async fn try_fetch(
        &self,
        url: &Url,
        cookies: Option<&str>,
        at: Option<SocketAddr>,
    ) -> Result<Fetched, Failure> {
        let no_address = |why| Failure { address: None, why };
        let other = |detail: String| no_address(Reason::new(ReasonKind::Other, detail));
        let origin = Origin::of(url).ok_or_else(|| other(format!("{url} is neither http nor https")))?;
        let mut fresh = false;
        loop {
            let mut lease = match at {
                None => self.shared.pool.lease(&origin, fresh).await?,
                Some(address) => self.shared.pool.connect_to(&origin, address).await?,
            };
            let address = lease.address;
            let http2 = matches!(lease.sender, Sender::Http2(_));
            let request = request(url, cookies, http2).map_err(|error| other(error.to_string()))?;
            let what = format!("GET {url} from {address}");
            let sent = self.shared.net.step(&what, send(&mut lease, request)).await;
            let failed = |why| Failure { address: Some(address), why };
            match sent.map_err(failed)? {
                Ok(response) => {
                    let keep = at.is_none();
                    return self.take(url, lease, keep, response).await.map_err(failed);
                }
                // A connection that was kept may have been closed meanwhile. Once more on a new one.
                Err(error) if lease.used && !fresh && !error.is_parse() && !error.is_timeout() => {
                    fresh = true
                }
                Err(error) => return Err(failed(reason(&what, &error))),
            }
        }
    }

    async fn take(
        &self,
        url: &Url,
        lease: Lease,
        keep: bool,
        response: hyper::Response<Incoming>,
    ) -> Result<Fetched, Reason> {
        let (head, incoming) = response.into_parts();
        let address = lease.address;
        let media_type = MediaType::of(&head.headers);
        let read = if media_type.holds_references() || body::is_short(&incoming) {
            let what = format!("the body of {url}");
            // The body may be late or endless where the header section was not: that is told with the answer.
            let mut come = BytesMut::new();
            match self.shared.net.step(&what, body::read(&mut come, incoming)).await {
                Ok(read) => read,
                Err(why) => Body { bytes: come.freeze(), incomplete: Some(why.detail), reusable: false },
            }
        } else {
            Body { incomplete: Some(format!("{media_type} is not read")), ..Body::default() }
        };
        if read.reusable && keep {
            lease.keep();
        }
        let codings: Vec<String> = values(&head.headers, "content-encoding").collect();
        let read = if codings.is_empty() || read.bytes.is_empty() {
            read
        } else {
            // Decompressing megabytes takes a while: not among the tasks that wait for the network.
            let codings = codings.join(",");
            tokio::task::spawn_blocking(move || body::decode(read, &codings))
                .await
                .map_err(|error| Reason::new(ReasonKind::Other, format!("the body of {url}: {error}")))?
        };
        let digest = (!read.bytes.is_empty()).then(|| crate::pki::sha256(&read.bytes));
        let response = Response {
            status: head.status.as_u16(),
            version: version(head.version).into(),
            headers: headers(&head.headers),
            body_bytes: read.bytes.len() as u64,
            body_incomplete: read.incomplete,
            body_sha256: digest,
        };
        Ok(Fetched {
            exchange: Exchange {
                url: url.to_string(),
                address: Some(address),
                response: Outcome::seen(response),
            },
            body: read.bytes,
            media_type,
            set_cookies: values(&head.headers, "set-cookie").take(MAX_COOKIES).collect(),
        })
    }

    /// Waits for this request's turn, where there is a rate.
    async fn pace(&self) {
        let Some(pause) = self.shared.pause else { return };
        let turn = {
            let mut next = self.shared.next.lock().unwrap_or_else(PoisonError::into_inner);
            let turn = next.unwrap_or_else(Instant::now).max(Instant::now());
            *next = Some(turn + pause);
            turn
        };
        tokio::time::sleep_until(turn).await;
    }
}

async fn send(
    lease: &mut Lease,
    request: Request<Empty<Bytes>>,
) -> Result<hyper::Response<Incoming>, hyper::Error> {
    match &mut lease.sender {
        Sender::Http1(sender) => {
            sender.ready().await?;
            sender.send_request(request).await
        }
        Sender::Http2(sender) => {
            sender.ready().await?;
            sender.send_request(request).await
        }
    }
}

/// What stands in the request line and in the Host field (RFC 9112 sections 3.2.1 and 3.2).
pub(crate) fn target_and_authority(url: &Url) -> (String, String) {
    let target = match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    };
    let authority = match (url.host_str().unwrap_or_default(), url.port()) {
        (host, Some(port)) => format!("{host}:{port}"),
        (host, None) => host.to_owned(),
    };
    (target, authority)
}

fn request(url: &Url, cookies: Option<&str>, http2: bool) -> Result<Request<Empty<Bytes>>, http::Error> {
    let (target, authority) = target_and_authority(url);
    // HTTP/2 carries scheme and authority in the request, HTTP/1.1 the authority as a field.
    let mut builder = if http2 {
        Request::get(format!("{}://{authority}{target}", url.scheme())).version(Version::HTTP_2)
    } else {
        Request::get(target).header("host", authority)
    };
    builder = builder
        .header("user-agent", USER_AGENT)
        .header("accept", "text/html,application/xhtml+xml,*/*;q=0.8")
        .header("accept-encoding", "gzip, deflate, br, zstd")
        .header("accept-language", "en,*;q=0.5");
    if let Some(cookies) = cookies {
        builder = builder.header("cookie", cookies);
    }
    builder.body(Empty::new())
}

fn values(headers: &HeaderMap, name: &str) -> impl Iterator<Item = String> {
    headers.get_all(name).into_iter().map(|value| lossless(value.as_bytes()))
}

/// The header lines as they stand in a report.
fn headers(headers: &HeaderMap) -> Vec<Header> {
    let lines = headers.iter().take(MAX_LINES).map(|(name, value)| {
        let value = lossless(value.as_bytes());
        let value = if name == "set-cookie" { redact(&value).line } else { value };
        Header { name: name.as_str().to_owned(), value }
    });
    lines.collect()
}

fn version(version: Version) -> &'static str {
    match version {
        Version::HTTP_09 => "HTTP/0.9",
        Version::HTTP_10 => "HTTP/1.0",
        Version::HTTP_2 => "HTTP/2",
        Version::HTTP_3 => "HTTP/3",
        _ => "HTTP/1.1",
    }
}
