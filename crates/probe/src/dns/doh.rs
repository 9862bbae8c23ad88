//! DNS over HTTPS (RFC 8484), by POST over HTTP/2, which that standard recommends as the least (5.2).

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use domain::base::Message;
use domain::net::client::request::RequestMessage;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use midwatch_model::{Host, Reason, ReasonKind};
use rustls::ClientConfig;
use rustls_pki_types::ServerName;
use tokio::task::JoinHandle;
use url::Url;

use super::tls::{config, shake};
use super::upstream::{answer, encode};
use crate::net::{Keeper, Net};
use crate::pki::TrustStores;

/// The longest answer, in bytes: what a DNS message can be.
const MAX_ANSWER: usize = 65_535;

const MEDIA_TYPE: &str = "application/dns-message";

/// A connection that is opened with the first question and kept.
#[derive(Debug)]
pub(super) struct Line {
    url: Url,
    host: Host,
    port: u16,
    name: ServerName<'static>,
    config: Arc<ClientConfig>,
    /// Who looks whether there is a connection.
    turn: tokio::sync::Mutex<()>,
    kept: Arc<Kept>,
}

/// The connection, and how many questions are under way on it.
#[derive(Debug, Default)]
struct Kept {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    open: Option<Open>,
    asking: usize,
}

impl Kept {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the connection out, where nobody asks and it leads to this address.
    fn idle(&self, ip: IpAddr) -> Option<Open> {
        let mut state = self.state();
        let is_idle = state.asking == 0 && state.open.as_ref().is_some_and(|open| open.ip == ip);
        state.open.take_if(|_| is_idle)
    }
}

impl Keeper for Kept {
    fn let_go(&self, ip: IpAddr) {
        drop(self.idle(ip));
    }
}

/// A question under way, and the connection that it is on.
struct Asking<'a> {
    kept: &'a Kept,
    net: &'a Net,
    ip: IpAddr,
    sender: http2::SendRequest<Full<Bytes>>,
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        self.kept.state().asking -= 1;
        // Name servers may live at the resolver's address, and wait for its place.
        if self.net.is_wanted(self.ip) {
            drop(self.kept.idle(self.ip));
        }
    }
}

#[derive(Debug)]
struct Open {
    ip: IpAddr,
    sender: http2::SendRequest<Full<Bytes>>,
    driver: JoinHandle<()>,
}

impl Drop for Open {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

impl Line {
    pub(super) fn new(url: &Url, stores: &TrustStores) -> Result<Self, Reason> {
        let wrong = || Reason::new(ReasonKind::Other, format!("{url} names no resolver"));
        let (host, name) = match url.host().ok_or_else(wrong)? {
            url::Host::Domain(name) => {
                (Host::Name(name.to_owned()), ServerName::try_from(name.to_owned()).map_err(|_| wrong())?)
            }
            url::Host::Ipv4(ip) => {
                (Host::Address(ip.into()), ServerName::IpAddress(std::net::IpAddr::from(ip).into()))
            }
            url::Host::Ipv6(ip) => {
                (Host::Address(ip.into()), ServerName::IpAddress(std::net::IpAddr::from(ip).into()))
            }
        };
        let port = url.port_or_known_default().ok_or_else(wrong)?;
        let config = Arc::new(config(stores, &[b"h2"])?);
        Ok(Line {
            url: url.clone(),
            host,
            port,
            name,
            config,
            turn: tokio::sync::Mutex::new(()),
            kept: Arc::default(),
        })
    }

    pub(super) async fn ask(
        &self,
        net: &Net,
        request: &RequestMessage<Vec<u8>>,
    ) -> Result<Message<Bytes>, Reason> {
        let what = format!("asking {}", self.url);
        let mut asking = self.asking(net).await?;
        let failed = |detail: String| Reason::new(ReasonKind::Protocol, format!("{what}: {detail}"));
        let post = http::Request::post(self.url.as_str())
            .header(http::header::CONTENT_TYPE, MEDIA_TYPE)
            .header(http::header::ACCEPT, MEDIA_TYPE)
            .body(Full::new(Bytes::from(encode(request)?)))
            .map_err(|error| failed(error.to_string()))?;
        let work = async {
            let response =
                asking.sender.send_request(post).await.map_err(|error| failed(error.to_string()))?;
            if response.status() != http::StatusCode::OK {
                return Err(failed(format!("it answered with status {}", response.status())));
            }
            let kind = response.headers().get(http::header::CONTENT_TYPE);
            if kind.is_none_or(|kind| kind.as_bytes() != MEDIA_TYPE.as_bytes()) {
                return Err(failed(format!("the answer is not {MEDIA_TYPE}")));
            }
            let body = Limited::new(response.into_body(), MAX_ANSWER).collect().await;
            Ok(body.map_err(|error| failed(error.to_string()))?.to_bytes())
        };
        let body = net.step(&what, work).await??;
        answer(request, body, &what)
    }

    /// A place on the connection, which is opened where there is none.
    async fn asking<'a>(&'a self, net: &'a Net) -> Result<Asking<'a>, Reason> {
        let _turn = self.turn.lock().await;
        let ask = |state: &mut State| {
            let open = state.open.as_ref().filter(|open| !open.sender.is_closed())?;
            let (ip, sender) = (open.ip, open.sender.clone());
            state.asking += 1;
            Some(Asking { kept: &self.kept, net, ip, sender })
        };
        if let Some(asking) = ask(&mut self.kept.state()) {
            return Ok(asking);
        }
        let open = self.connect(net).await?;
        let before = self.kept.state().open.replace(open);
        drop(before);
        ask(&mut self.kept.state()).ok_or_else(|| {
            let detail = format!("{}: the connection was closed before a question was asked", self.url);
            Reason::new(ReasonKind::Closed, detail)
        })
    }

    async fn connect(&self, net: &Net) -> Result<Open, Reason> {
        let address = self.address(net).await?;
        net.register(Arc::downgrade(&(self.kept.clone() as Arc<dyn Keeper>)));
        let stream = shake(net, address, self.name.clone(), &self.config).await?;
        let what = format!("HTTP/2 with the resolver at {address}");
        let (sender, connection) = net
            .step(&what, http2::handshake(TokioExecutor::new(), TokioIo::new(stream)))
            .await?
            .map_err(|error| Reason::new(ReasonKind::Protocol, format!("{what}: {error}")))?;
        let driver = tokio::spawn(async move {
            // An error is told to the question that waits.
            let _ = connection.await;
        });
        Ok(Open { ip: address.ip(), sender, driver })
    }

    /// The resolver's own name is the one name that the system's resolver is asked for.
    async fn address(&self, net: &Net) -> Result<SocketAddr, Reason> {
        if let Some(given) = net.given(&self.host, self.port).first() {
            return Ok(*given);
        }
        let name = match &self.host {
            Host::Address(ip) => return Ok(SocketAddr::new(*ip, self.port)),
            Host::Name(name) => name,
        };
        let what = format!("looking up {name}");
        let none = |detail: String| Reason::new(ReasonKind::NoSuchName, format!("{what}: {detail}"));
        net.step(&what, tokio::net::lookup_host((name.as_str(), self.port)))
            .await?
            .map_err(|error| none(error.to_string()))?
            .next()
            .ok_or_else(|| none("it has no address".into()))
    }
}
