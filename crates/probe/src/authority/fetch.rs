//! One bounded request to an authority over plain http, and what was fetched before.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::{Request, StatusCode, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use midwatch_model::{Host, Reason, ReasonKind, is_private};
use tokio::sync::OnceCell;
use url::Url;

use crate::http::{USER_AGENT, target_and_authority};
use crate::net::{Connection, Net};

/// Redirects followed.
const MAX_REDIRECTS: usize = 3;
/// Steps that one request may take: lists have megabytes.
const STEPS: u32 = 3;
/// Bytes kept of what was fetched.
const MAX_KEPT: usize = 64 << 20;

/// What was fetched in this run: servers of one authority share their issuers and lists.
#[derive(Clone, Debug, Default)]
pub struct Cache {
    kept: Arc<Mutex<Kept>>,
}

type Slot = Arc<OnceCell<Result<Bytes, Reason>>>;

#[derive(Debug, Default)]
struct Kept {
    /// By address, what was sent along, and whether the one who asks may go everywhere.
    slots: HashMap<(String, Vec<u8>, bool, bool), Slot>,
    bytes: usize,
}

/// Fetches for one server.
#[derive(Debug)]
pub struct Fetcher<'a> {
    /// The network.
    pub net: &'a Net,
    /// What was fetched before.
    pub cache: &'a Cache,
    /// Where the certificate was met that names the address to ask.
    pub for_server: IpAddr,
}

/// What is sent along.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Method {
    /// Nothing.
    Get,
    /// This, of this media type.
    Post(&'static str, Vec<u8>),
}

impl Fetcher<'_> {
    /// The body of an answer with status 200 and at most `limit` bytes, from the network once for all servers.
    pub async fn fetch(&self, url: &str, method: &Method, limit: usize) -> Result<Bytes, Reason> {
        let from_public = !is_private(self.for_server);
        let body = match method {
            Method::Get => Vec::new(),
            Method::Post(_, body) => body.clone(),
        };
        let slot = {
            let mut kept = self.cache.kept.lock().unwrap_or_else(PoisonError::into_inner);
            if kept.bytes > MAX_KEPT {
                *kept = Kept::default();
            }
            kept.slots
                .entry((url.to_owned(), body, from_public, self.net.is_restricted()))
                .or_default()
                .clone()
        };
        let work = async {
            let fetched = self.follow(url, method, limit).await;
            if let Ok(bytes) = &fetched {
                self.cache.kept.lock().unwrap_or_else(PoisonError::into_inner).bytes += bytes.len();
            }
            fetched
        };
        slot.get_or_init(|| work).await.clone()
    }

    async fn follow(&self, url: &str, method: &Method, limit: usize) -> Result<Bytes, Reason> {
        let mut url = url.to_owned();
        for _ in 0..=MAX_REDIRECTS {
            let parsed = Url::parse(&url)
                .map_err(|error| Reason::new(ReasonKind::Other, format!("{url} is no address: {error}")))?;
            match self.once(&parsed, method, limit).await? {
                Answer::Body(bytes) => return Ok(bytes),
                Answer::Redirect(to) => url = to,
            }
        }
        let detail = format!("{url}: more than {MAX_REDIRECTS} redirects");
        Err(Reason::new(ReasonKind::Protocol, detail))
    }

    async fn once(&self, url: &Url, method: &Method, limit: usize) -> Result<Answer, Reason> {
        let address = self.address(url).await?;
        let what = format!("asking {url}");
        let failed = |detail: String| Reason::new(ReasonKind::Protocol, format!("{what}: {detail}"));
        let connection = self.net.connect(address).await?;
        let request = request(url, method).map_err(|error| failed(error.to_string()))?;
        let work = ask(connection, request, limit, failed);
        self.net.within(self.net.step_timeout() * STEPS, &what, work).await?
    }

    /// Where to ask. A public server's certificate does not lead into a private network, unless the user says so.
    async fn address(&self, url: &Url) -> Result<SocketAddr, Reason> {
        let other = |detail: &str| Reason::new(ReasonKind::Other, format!("{url}: {detail}"));
        if url.scheme() != "http" {
            return Err(other(
                "only plain http is asked, as authorities publish (RFC 5280 4.2.2.1 and 4.2.1.13)",
            ));
        }
        let host = match url.host() {
            Some(url::Host::Domain(name)) => Host::Name(name.to_owned()),
            Some(url::Host::Ipv4(ip)) => Host::Address(ip.into()),
            Some(url::Host::Ipv6(ip)) => Host::Address(ip.into()),
            None => return Err(other("it names no host")),
        };
        let port = url.port_or_known_default().unwrap_or(80);
        let resolved = self.net.resolve(&host, port).await;
        let given = resolved.given;
        let addresses = match (resolved.addresses.value(), resolved.addresses.why_not()) {
            (Some(addresses), _) => addresses.clone(),
            (None, Some(why)) => return Err(why.clone()),
            (None, None) => return Err(other("its host has no address")),
        };
        let allowed =
            |address: &&SocketAddr| given || is_private(self.for_server) || !is_private(address.ip());
        addresses.iter().find(allowed).copied().ok_or_else(|| {
            let detail = "it lies in a private network, and the certificate that names it was met on a public \
                          server; give its address with --resolve to have it asked";
            Reason::new(ReasonKind::NotAsked, format!("{url}: {detail}"))
        })
    }
}

enum Answer {
    Body(Bytes),
    Redirect(String),
}

fn request(url: &Url, method: &Method) -> Result<Request<Full<Bytes>>, http::Error> {
    let (target, authority) = target_and_authority(url);
    let builder = match method {
        Method::Get => Request::get(target),
        Method::Post(kind, _) => Request::post(target).header(header::CONTENT_TYPE, *kind),
    };
    let body = match method {
        Method::Get => Bytes::new(),
        Method::Post(_, body) => Bytes::from(body.clone()),
    };
    builder
        .header(header::HOST, authority)
        .header(header::USER_AGENT, USER_AGENT)
        .header(header::CONNECTION, "close")
        .body(Full::new(body))
}

async fn ask(
    connection: Connection,
    request: Request<Full<Bytes>>,
    limit: usize,
    failed: impl Fn(String) -> Reason,
) -> Result<Answer, Reason> {
    let (mut sender, driver) =
        http1::handshake(TokioIo::new(connection)).await.map_err(|error| failed(error.to_string()))?;
    let work = async {
        let response = sender.send_request(request).await.map_err(|error| failed(error.to_string()))?;
        let status = response.status();
        if status.is_redirection()
            && let Some(to) = response.headers().get(header::LOCATION).and_then(|to| to.to_str().ok())
        {
            return Ok(Answer::Redirect(to.to_owned()));
        }
        if status != StatusCode::OK {
            return Err(failed(format!("it answered with status {status}")));
        }
        match Limited::new(response.into_body(), limit).collect().await {
            Ok(body) => Ok(Answer::Body(body.to_bytes())),
            Err(error) if error.is::<http_body_util::LengthLimitError>() => {
                let why = failed(format!("its answer has more than {limit} bytes"));
                Err(Reason::new(ReasonKind::Limit, why.detail))
            }
            Err(error) => Err(failed(error.to_string())),
        }
    };
    tokio::pin!(driver, work);
    // The driver moves the bytes; it may end before the last of them are looked at.
    tokio::select! {
        biased;
        answer = &mut work => return answer,
        _ = &mut driver => {}
    }
    work.await
}
