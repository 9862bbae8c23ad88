//! One bounded `GET` to one address, with the certificate of the very connection that it went over. No redirect is followed.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, header};
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use midwatch_model::{CertificateChain, Host, Outcome, Reason, ReasonKind, Time, lossless};
use rustls::ClientConfig;
use rustls::version::{TLS12, TLS13};
use rustls_pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;
use url::Url;

use crate::handshake;
use crate::http::{USER_AGENT, target_and_authority};
use crate::net::{Net, io_reason};
use crate::pki::{self, Met, TrustStores};

/// Steps that one request may take in all: RFC 8461 3.3 lets senders give up after a minute.
const STEPS: u32 = 3;

/// The longest header section, in bytes.
const MAX_HEAD: usize = 64 << 10;

/// Characters of a header field that are kept.
const MAX_FIELD: usize = 500;

/// Asks servers of a domain's mail over http.
pub struct Web {
    net: Net,
    stores: TrustStores,
    tls: Result<Arc<ClientConfig>, Reason>,
    now: Time,
}

/// What came of a request.
#[derive(Debug)]
pub struct Answer {
    /// The address that was asked.
    pub address: Option<SocketAddr>,
    /// The chain that was sent, with every store's word on it; none over plain http and where no handshake came about.
    pub chain: Option<CertificateChain>,
    /// The answer's head.
    pub head: Result<Head, Reason>,
    body: Vec<u8>,
}

/// The head of an answer.
#[derive(Clone, Debug)]
pub struct Head {
    /// The status.
    pub status: u16,
    /// `Content-Type` as it stands.
    pub content_type: Option<String>,
    /// `Location` as it stands.
    pub location: Option<String>,
    /// Why the body is not whole, where it is not.
    pub incomplete: Option<Reason>,
}

impl Answer {
    /// Nothing came.
    fn none(address: Option<SocketAddr>, why: Reason) -> Self {
        Answer { address, chain: None, head: Err(why), body: Vec::new() }
    }

    /// The body in UTF-8; what is none stands as U+FFFD, which no document that is read here may have.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// True where the certificate names the host and is trusted by a store that others have as well: a bundled programme or
    /// given roots, and not this computer's own store.
    pub fn certificate(&self) -> Outcome<bool> {
        match (&self.chain, &self.head) {
            (Some(chain), _) => {
                Outcome::seen(chain.trust.iter().any(|one| one.trusted && one.store != "system"))
            }
            (None, Err(why)) => why.clone().into(),
            (None, Ok(_)) => Outcome::unmeasured(ReasonKind::NotAsked, "plain http has no certificate"),
        }
    }
}

impl Web {
    /// On this network, with these stores, at this time.
    pub fn new(net: &Net, stores: &TrustStores, now: Time) -> Self {
        let tls = handshake::config(&[&TLS13, &TLS12], &["http/1.1"]).map(Arc::new);
        Web { net: net.clone(), stores: stores.clone(), tls, now }
    }

    /// The network.
    pub fn net(&self) -> &Net {
        &self.net
    }

    /// Asks the first address of the URL's host.
    pub async fn get_any(&self, url: &str, limit: usize) -> Answer {
        let (parsed, host, port) = match parts(url) {
            Ok(parts) => parts,
            Err(why) => return Answer::none(None, why),
        };
        let resolved = self.net.resolve(&host, port).await;
        match resolved.addresses {
            Outcome::Seen { value } => match value.first() {
                Some(address) => self.get(&parsed, *address, limit).await,
                None => {
                    Answer::none(None, Reason::new(ReasonKind::NoSuchName, format!("{host} has no address")))
                }
            },
            Outcome::Refused { how } => Answer::none(None, Reason::new(ReasonKind::Other, how)),
            Outcome::Unmeasured { why } => Answer::none(None, why),
        }
    }

    /// Asks one address.
    pub async fn get(&self, url: &Url, address: SocketAddr, limit: usize) -> Answer {
        let what = format!("asking {url} of {address}");
        let time = self.net.step_timeout() * STEPS;
        let work = Box::pin(self.once(url, address, limit, &what));
        match self.net.within(time, &what, work).await {
            Ok(answer) => answer,
            Err(why) => Answer::none(Some(address), why),
        }
    }

    async fn once(&self, url: &Url, address: SocketAddr, limit: usize, what: &str) -> Answer {
        let failed = |why| Answer::none(Some(address), why);
        let connection = match self.net.connect(address).await {
            Ok(connection) => connection,
            Err(why) => return failed(why),
        };
        if url.scheme() == "http" {
            let (head, body) = exchange(connection, url, limit, what).await;
            return Answer { address: Some(address), chain: None, head, body };
        }
        let (tls, host) = match (&self.tls, parts(url.as_str())) {
            (Ok(tls), Ok((_, host, _))) => (tls.clone(), host),
            (Err(why), _) => return failed(why.clone()),
            (_, Err(why)) => return failed(why),
        };
        let name = match &host {
            Host::Name(name) => ServerName::try_from(name.clone()).ok(),
            Host::Address(ip) => Some(ServerName::IpAddress((*ip).into())),
        };
        let Some(name) = name else {
            let detail = format!("{host} cannot be named in a TLS handshake");
            return failed(Reason::new(ReasonKind::Handshake, detail));
        };
        let stream = match TlsConnector::from(tls).connect(name, connection).await {
            Ok(stream) => stream,
            Err(error) => {
                let why = match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
                    Some(inner) => Reason::new(ReasonKind::Handshake, format!("{what}: {inner}")),
                    None => io_reason(what, &error),
                };
                return failed(why);
            }
        };
        let sent: Vec<Vec<u8>> = stream
            .get_ref()
            .1
            .peer_certificates()
            .unwrap_or_default()
            .iter()
            .map(|certificate| certificate.as_ref().to_vec())
            .collect();
        let met_with = vec!["HTTPS".to_owned()];
        let sni = host.name().map(str::to_owned);
        let met = Met {
            host: &host,
            port: url.port_or_known_default().unwrap_or(443),
            address,
            sni: sni.as_deref(),
            met_with: &met_with,
            beside: None,
        };
        let chain = pki::chain(&met, &sent, &self.stores, self.now);
        let (head, body) = exchange(stream, url, limit, what).await;
        Answer { address: Some(address), chain: Some(chain), head, body }
    }
}

/// A URL, its host and its port.
fn parts(url: &str) -> Result<(Url, Host, u16), Reason> {
    let wrong = || Reason::new(ReasonKind::Other, format!("{url} is no address of a server"));
    let parsed = Url::parse(url).map_err(|_| wrong())?;
    let host = match parsed.host() {
        Some(url::Host::Domain(name)) => Host::Name(name.trim_end_matches('.').to_owned()),
        Some(url::Host::Ipv4(ip)) => Host::Address(ip.into()),
        Some(url::Host::Ipv6(ip)) => Host::Address(ip.into()),
        None => return Err(wrong()),
    };
    let port = parsed.port_or_known_default().ok_or_else(wrong)?;
    Ok((parsed, host, port))
}

async fn exchange<S>(stream: S, url: &Url, limit: usize, what: &str) -> (Result<Head, Reason>, Vec<u8>)
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let failed = |error: &hyper::Error| crate::http::failure(what, error);
    let mut builder = http1::Builder::new();
    builder.max_buf_size(MAX_HEAD);
    let (mut sender, driver) = match builder.handshake(TokioIo::new(stream)).await {
        Ok(pair) => pair,
        Err(error) => return (Err(failed(&error)), Vec::new()),
    };
    let (target, authority) = target_and_authority(url);
    let request = Request::get(target)
        .header(header::HOST, authority)
        .header(header::USER_AGENT, USER_AGENT)
        .header(header::ACCEPT, "*/*")
        .header(header::CONNECTION, "close")
        .body(Empty::<Bytes>::new());
    let request = match request {
        Ok(request) => request,
        Err(error) => {
            return (Err(Reason::new(ReasonKind::Other, format!("{what}: {error}"))), Vec::new());
        }
    };
    let work = async {
        let response = match sender.send_request(request).await {
            Ok(response) => response,
            Err(error) => return (Err(failed(&error)), Vec::new()),
        };
        let field = |name: header::HeaderName| {
            let value = response.headers().get(name)?;
            Some(lossless(value.as_bytes()).chars().take(MAX_FIELD).collect())
        };
        let mut head = Head {
            status: response.status().as_u16(),
            content_type: field(header::CONTENT_TYPE),
            location: field(header::LOCATION),
            incomplete: None,
        };
        let body = match Limited::new(response.into_body(), limit).collect().await {
            Ok(body) => body.to_bytes().to_vec(),
            Err(error) => {
                let too_long = error.is::<http_body_util::LengthLimitError>();
                head.incomplete = Some(if too_long {
                    Reason::new(ReasonKind::Limit, format!("{what}: the answer has more than {limit} bytes"))
                } else {
                    Reason::new(ReasonKind::Closed, format!("{what}: the body was cut off: {error}"))
                });
                Vec::new()
            }
        };
        (Ok(head), body)
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
