//! One hello, one answer.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use midwatch_model::{Reason, ReasonKind, TlsVersion};
use midwatch_wire::ssl2;
use midwatch_wire::tls::alert::{Alert, NO_APPLICATION_PROTOCOL};
use midwatch_wire::tls::client_hello::ClientHello;
use midwatch_wire::tls::flight::{Flight, FlightReader};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::random::Random;
use crate::net::{Connection, Net, io_reason};
use crate::starttls::Opening;

/// What came back for a hello.
#[derive(Clone, Debug)]
pub enum Answer {
    /// A ServerHello, and what came with it.
    Hello(Box<Flight>),
    /// A fatal alert.
    Alert(Alert),
    /// The connection was closed in an orderly way, twice, with no byte said: a refusal by somebody who
    /// sends no alerts.
    Closed,
    /// No answer to read a fact from.
    Nothing(Reason),
}

/// Asks one endpoint.
#[derive(Debug)]
pub struct Asker {
    net: Net,
    address: std::net::SocketAddr,
    opening: Opening,
    connections: AtomicU32,
    /// Some hello was answered.
    alive: AtomicBool,
    /// Nothing was ever answered, and this is why: set after a few failures, so that an endpoint that does
    /// not answer costs one time-out and not fifty.
    dead: Mutex<Option<Reason>>,
    failures: AtomicU32,
    closings: AtomicU32,
    /// It takes none of the protocols that were offered with ALPN.
    refuses_alpn: AtomicBool,
}

/// Failures without any answer after which an endpoint counts as dead.
const PATIENCE: u32 = 2;

/// The same for connections that were closed or reset, which costs no time. Some servers refuse old versions so, Dovecot among
/// them, and are quicker at that than at answering: every version may be refused, twice, before the first answer comes.
const PATIENCE_WITH_CLOSING: u32 = 16;

impl Asker {
    /// For the endpoint at `address`, whose connections are opened so.
    pub fn new(net: Net, address: std::net::SocketAddr, opening: Opening) -> Self {
        Asker {
            net,
            address,
            opening,
            connections: AtomicU32::new(0),
            alive: AtomicBool::new(false),
            dead: Mutex::new(None),
            failures: AtomicU32::new(0),
            closings: AtomicU32::new(0),
            refuses_alpn: AtomicBool::new(false),
        }
    }

    /// Connections that were opened.
    pub fn connections(&self) -> u32 {
        self.connections.load(Ordering::Relaxed)
    }

    /// True where some hello was answered.
    pub fn is_alive(&self) -> bool {
        self.alive.load(Ordering::Relaxed)
    }

    /// Sends a hello and reads what the server says before it waits for more.
    ///
    /// Servers of mail and others that take ALPN refuse a hello that offers the protocols of web sites alone (RFC 7301 3.2),
    /// whatever versions and suites it has: so none are offered behind STARTTLS, and to who refuses them.
    pub async fn ask(&self, hello: &ClientHello<'_>) -> Answer {
        if hello.alpn.is_empty() {
            return self.ask_as_it_is(hello).await;
        }
        let bare = ClientHello { alpn: &[], ..hello.clone() };
        if self.opening.is_in_plain_text() || self.refuses_alpn.load(Ordering::Relaxed) {
            return self.ask_as_it_is(&bare).await;
        }
        match self.ask_as_it_is(hello).await {
            Answer::Alert(alert) if alert.description == NO_APPLICATION_PROTOCOL => {
                self.refuses_alpn.store(true, Ordering::Relaxed);
                self.ask_as_it_is(&bare).await
            }
            answer => answer,
        }
    }

    /// A failure is tried once more: a reset or a close may be a rate limit, and one lost answer must not
    /// look like a missing feature. A time-out is tried again only where the endpoint is known to answer.
    async fn ask_as_it_is(&self, hello: &ClientHello<'_>) -> Answer {
        let first = self.ask_once(hello).await;
        match first {
            Attempt::Answer(answer) => answer,
            Attempt::Failed { why, silent } => {
                if why.kind == ReasonKind::Timeout && !self.is_alive() || self.is_dead().is_some() {
                    return Answer::Nothing(why);
                }
                // Whoever counts connections closes them before the server's go-ahead, so this is about the hello; of somebody who
                // is known to count, that is worth a second look.
                if silent && self.opening.takes_all() && self.is_alive() {
                    return Answer::Closed;
                }
                match self.ask_once(hello).await {
                    Attempt::Answer(answer) => answer,
                    Attempt::Failed { silent: again, .. } if silent && again && self.is_alive() => {
                        Answer::Closed
                    }
                    Attempt::Failed { why, .. } => Answer::Nothing(why),
                }
            }
        }
    }

    async fn ask_once(&self, hello: &ClientHello<'_>) -> Attempt {
        if let Some(why) = self.is_dead() {
            return Attempt::Failed { why, silent: false };
        }
        let bytes = hello.encode(&mut Random::new().byte());
        let what = format!("{} hello to {}", hello.version, self.address);
        let mut reader = FlightReader::default();
        let outcome = self.exchange(&what, &bytes, |bytes| reader.push(bytes)).await;
        match outcome {
            Ok(()) => {
                let flight = reader.flight();
                self.alive.store(true, Ordering::Relaxed);
                Attempt::Answer(match (flight.alert, flight.hello.is_some()) {
                    // An alert behind a ServerHello: the suite was chosen and then something went wrong.
                    (Some(alert), false) => Answer::Alert(alert),
                    _ => Answer::Hello(Box::new(flight)),
                })
            }
            Err(Failure { why, silent }) => {
                // A hello that came whole says what was chosen even where the rest of the flight is cut off.
                let untouched = reader.is_untouched();
                let flight = reader.flight();
                if flight.hello.is_some() && why.kind != ReasonKind::Protocol {
                    self.alive.store(true, Ordering::Relaxed);
                    return Attempt::Answer(Answer::Hello(Box::new(flight)));
                }
                self.failed(&why);
                Attempt::Failed { why, silent: silent && untouched }
            }
        }
    }

    /// Asks for SSL 2.0. `Ok(None)`: a refusal, in the words of the error type's left side.
    pub async fn ask_ssl2(&self) -> Result<Ssl2, Reason> {
        match self.ask_ssl2_once().await {
            Ok(answer) => Ok(answer),
            Err(first) if first.why.kind == ReasonKind::Timeout && !self.is_alive() => Err(first.why),
            Err(first) => match self.ask_ssl2_once().await {
                Ok(answer) => Ok(answer),
                Err(again) if first.silent && again.silent && self.is_alive() => {
                    Ok(Ssl2::Refused("closed the connection without a word, twice".into()))
                }
                Err(again) => Err(again.why),
            },
        }
    }

    async fn ask_ssl2_once(&self) -> Result<Ssl2, Failure> {
        if let Some(why) = self.is_dead() {
            return Err(Failure { why, silent: false });
        }
        let mut challenge = [0; 16];
        let mut random = Random::new();
        let mut next = random.byte();
        challenge.fill_with(&mut next);
        let hello = ssl2::client_hello(&challenge);
        let mut all = Vec::new();
        let mut answer = None;
        let what = format!("{} hello to {}", TlsVersion::Ssl2, self.address);
        let outcome = self
            .exchange(&what, &hello, |bytes| {
                all.extend_from_slice(bytes);
                answer = ssl2::answer(&all)?;
                Ok(answer.is_some())
            })
            .await;
        outcome.map_err(|failure| Failure { silent: failure.silent && all.is_empty(), ..failure })?;
        Ok(match answer {
            Some(ssl2::Answer::ServerHello { cipher_kinds, .. }) => Ssl2::Spoken(cipher_kinds),
            Some(ssl2::Answer::Error(code)) => Ssl2::Refused(format!("SSL 2.0 error {code}")),
            Some(ssl2::Answer::LaterRecord) | None => {
                Ssl2::Refused("answered with a record of a later version".into())
            }
        })
    }

    /// Writes `hello`, then reads until `take` says that it has all.
    async fn exchange(
        &self,
        what: &str,
        hello: &[u8],
        mut take: impl FnMut(&[u8]) -> Result<bool, midwatch_wire::reader::WireError>,
    ) -> Result<(), Failure> {
        let mut connection = self.connect().await.map_err(Failure::loud)?;
        let dialogue = async {
            connection.write_all(hello).await.map_err(|error| Failure::loud(io_reason(what, &error)))?;
            let mut buffer = [0; 4096];
            loop {
                let count = connection
                    .read(&mut buffer)
                    .await
                    .map_err(|error| Failure::loud(io_reason(what, &error)))?;
                if count == 0 {
                    let detail =
                        format!("{what}: the peer closed the connection before its answer was whole");
                    return Err(Failure { why: Reason::new(ReasonKind::Closed, detail), silent: true });
                }
                let taken = buffer.get(..count).unwrap_or_default();
                match take(taken) {
                    Ok(true) => return Ok(()),
                    Ok(false) => {}
                    Err(error) => {
                        let why = Reason::new(ReasonKind::Protocol, format!("{what}: {error}"));
                        return Err(Failure::loud(why));
                    }
                }
            }
        };
        self.net.step(&format!("{what}: waiting for the answer"), dialogue).await.map_err(Failure::loud)?
    }

    async fn connect(&self) -> Result<Connection, Reason> {
        let connected = self.opening.connect(&self.net, self.address).await;
        // What was not asked was not connected to either.
        if !matches!(&connected, Err(why) if why.kind == ReasonKind::NotAsked) {
            self.connections.fetch_add(1, Ordering::Relaxed);
        }
        connected
    }

    fn is_dead(&self) -> Option<Reason> {
        self.dead.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn failed(&self, why: &Reason) {
        let unreachable =
            matches!(why.kind, ReasonKind::ConnectionRefused | ReasonKind::Unreachable | ReasonKind::Budget);
        let too_many = if matches!(why.kind, ReasonKind::Closed | ReasonKind::Reset) {
            self.closings.fetch_add(1, Ordering::Relaxed) + 1 >= PATIENCE_WITH_CLOSING
        } else {
            self.failures.fetch_add(1, Ordering::Relaxed) + 1 >= PATIENCE
        };
        if !self.is_alive() && (unreachable || too_many) {
            self.dead.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(|| why.clone());
        }
    }
}

/// What came back for an SSL 2.0 hello.
#[derive(Clone, Debug)]
pub enum Ssl2 {
    /// It is spoken, with these cipher kinds.
    Spoken(Vec<u32>),
    /// It is not.
    Refused(String),
}

enum Attempt {
    Answer(Answer),
    Failed { why: Reason, silent: bool },
}

/// `silent`: an orderly close was all that came.
struct Failure {
    why: Reason,
    silent: bool,
}

impl Failure {
    fn loud(why: Reason) -> Self {
        Failure { why, silent: false }
    }
}
