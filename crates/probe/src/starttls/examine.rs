//! What a service says before TLS, how it answers when TLS is asked for, and what it says inside.

use std::net::SocketAddr;
use std::time::Duration;

use midwatch_model::{
    Announced, Host, Outcome, PlainCommand, Reason, ReasonKind, Starttls, StarttlsEndpoint, TlsVersion,
    lossless,
};
use midwatch_wire::starttls::{self, Ask, Said, Stage};
use midwatch_wire::tls::client_hello::ClientHello;
use midwatch_wire::tls::{groups, suites};
use tokio::io::AsyncReadExt;

use super::inside::{self, Failed, KEPT};
use super::opening::{Opening, not_spoken, spoke_on, waits};
use super::talk::{self, Came};
use crate::net::{Connection, Net};
use crate::tls::{Answer, Asker};

/// How long to listen for what a server says in plain text after its go-ahead, where it should wait for TLS. Half a
/// second is more than any honest round trip takes.
///
/// That is only listened for where it must be. A finished handshake proves that nothing was said: what the server says comes in its
/// order, so that text would have come before its first record, and would have failed the handshake.
const LISTEN: Duration = Duration::from_millis(500);

/// Measures the plain part of the service at `address`, in three connections where nothing is wrong with it. Where TLS does not come about, `opening`
/// is closed with the reason, so that nothing more is asked of the server.
pub async fn examine(
    net: &Net,
    host: &Host,
    port: u16,
    address: SocketAddr,
    protocol: Starttls,
    server_name: Option<&str>,
    opening: &Opening,
) -> StarttlsEndpoint {
    begin(net, host, port, address, protocol, server_name, opening).await.finish().await
}

/// The beginning of [`examine()`]: whether TLS comes about is known, and `opening` closed where it does not. So TLS itself can be
/// measured while the rest is.
pub async fn begin<'a>(
    net: &'a Net,
    host: &'a Host,
    port: u16,
    address: SocketAddr,
    protocol: Starttls,
    server_name: Option<&'a str>,
    opening: &'a Opening,
) -> Begun<'a> {
    let server = server_name.map_or_else(|| host.to_string(), str::to_owned);
    let probe = Examination { net, host, address, protocol, server_name, server, opening };
    let (endpoint, ready) = probe.first(port).await;
    match &endpoint.accepted {
        Outcome::Seen { .. } => {}
        Outcome::Refused { how } => {
            let detail = format!("{address} refuses TLS: {how}");
            opening.close(Reason::new(ReasonKind::NotAsked, detail));
        }
        Outcome::Unmeasured { why } => opening.close(why.clone()),
    }
    Begun { probe, endpoint, ready }
}

/// A service of which it is known whether TLS comes about.
pub struct Begun<'a> {
    probe: Examination<'a>,
    endpoint: StarttlsEndpoint,
    ready: Option<Ready>,
}

impl Begun<'_> {
    /// Everything else.
    pub async fn finish(self) -> StarttlsEndpoint {
        let Begun { probe, mut endpoint, ready } = self;
        let after = async {
            match ready {
                Some(ready) => Some(probe.after_the_answer(ready).await),
                None => None,
            }
        };
        let (after, (plain_command, connections), implicit) =
            tokio::join!(after, probe.plain_command(&endpoint), probe.implicit(endpoint.port));
        endpoint.plain_command = plain_command;
        if let Some(Then { plain_after, inside, connections }) = after {
            if plain_after.value().is_some_and(|text| !text.is_empty()) {
                let detail =
                    "the server goes on in plain text by itself, so that nothing can be told from it";
                endpoint.plain_command = Outcome::unmeasured(ReasonKind::Protocol, detail);
            }
            (endpoint.plain_after, endpoint.inside) = (plain_after, inside);
            endpoint.connections += connections;
        }
        endpoint.connections += connections + u32::from(implicit.why_not().is_none_or(is_connected));
        endpoint.implicit = implicit;
        endpoint
    }
}

fn is_connected(why: &Reason) -> bool {
    why.kind != ReasonKind::NotAsked
}

struct Examination<'a> {
    net: &'a Net,
    host: &'a Host,
    address: SocketAddr,
    protocol: Starttls,
    server_name: Option<&'a str>,
    server: String,
    opening: &'a Opening,
}

/// A dialogue that was run, with what the server said in it.
struct Talked {
    connection: Connection,
    said: Said,
    came: Result<Came, Reason>,
    /// Why the server has no time for it, where that is so.
    turned_away: Option<Reason>,
    /// The pace when it began.
    pace: u32,
}

/// A connection on which TLS is due, with what came in plain text behind the go-ahead.
struct Ready {
    connection: Connection,
    after: Vec<u8>,
}

/// What the first connection tells once TLS is due.
struct Then {
    plain_after: Outcome<String>,
    inside: Outcome<Announced>,
    /// Connections that this took beside the first.
    connections: u32,
}

/// What one connection tells of a command in plain text.
enum Told {
    /// What became of it.
    Known(Outcome<PlainCommand>),
    /// The server ended the connection after it, without a word.
    Ended(Reason),
}

impl Examination<'_> {
    fn ask(&self, connection: &Connection, pipelined: bool) -> Ask {
        talk::ask(connection.local_address(), &self.server, true, pipelined)
    }

    async fn talk(&self, pipelined: bool) -> Result<Talked, Reason> {
        let place = self.opening.place().await?;
        let pace = place.as_ref().map_or(0, |place| place.pace);
        let permit = place.map(|place| place.permit);
        let mut connection = self.net.connect(self.address).await?.in_place(permit);
        let ask = self.ask(&connection, pipelined);
        let mut dialogue = starttls::plain(self.protocol, &ask).ok_or_else(|| not_spoken(self.protocol))?;
        let came = talk::run(self.net, &mut connection, &mut *dialogue, self.protocol, self.address).await;
        let said = dialogue.said().clone();
        let turned_away = self.opening.learn(&came, &said, pipelined, self.address);
        Ok(Talked { connection, said, came, turned_away, pace })
    }

    /// The same, and again where the server has no time for it. Says how many connections that took.
    async fn talk_with_patience(&self, pipelined: bool) -> (Result<Talked, Reason>, u32) {
        let mut connections = 0;
        let mut patience = self.opening.patience();
        loop {
            connections += 1;
            let talked = self.talk(pipelined).await;
            let Ok(told) = &talked else { return (talked, connections) };
            // One lost connection says little, of a server that has taken none yet too: whoever counts connections closes some.
            let is_lost = !pipelined && connections == 1;
            let lost = || told.came.as_ref().err().filter(|why| is_lost && talk::is_ended(why)).cloned();
            let Some(why) = told.turned_away.clone().or_else(lost) else {
                patience.taken();
                return (talked, connections);
            };
            let Some(wait) = patience.turned_away(told.pace, &why) else { return (talked, connections) };
            // It would keep its place.
            drop(talked);
            waits(self.net, wait).await;
        }
    }

    /// The first connection, up to the answer to the request for TLS.
    async fn first(&self, port: u16) -> (StarttlsEndpoint, Option<Ready>) {
        let (talked, connections) = self.talk_with_patience(false).await;
        let mut endpoint = self.unmeasured(port, connections);
        let ready = match talked {
            Ok(talked) => self.told(talked, &mut endpoint),
            Err(why) => {
                endpoint.greeting = why.clone().into();
                endpoint.before = why.clone().into();
                endpoint.offered = why.clone().into();
                endpoint.accepted = why.into();
                None
            }
        };
        (endpoint, ready)
    }

    /// What one connection tells before TLS.
    fn told(&self, talked: Talked, endpoint: &mut StarttlsEndpoint) -> Option<Ready> {
        let Talked { connection, said, came, .. } = talked;
        let why = match &came {
            Err(why) => why.clone(),
            Ok(Came::Refused(refusal)) => talk::refused(self.address, refusal),
            Ok(_) => Reason::new(ReasonKind::Other, format!("{} does not say", self.address)),
        };
        let unknown = || why.clone();
        let greeted = said.capabilities.is_some() || said.answer.is_some() || !said.greeting.is_empty();
        endpoint.greeting = match &came {
            // Which it may be later too, of a server that takes leave.
            Ok(Came::Refused(refusal)) if refusal.to == Stage::Greeting && said.greeting.is_empty() => {
                Outcome::refused(&refusal.words)
            }
            _ if greeted => Outcome::seen(said.greeting.clone()),
            _ => unknown().into(),
        };
        endpoint.before = announced(&said).map_or_else(|| unknown().into(), Outcome::seen);
        endpoint.offered = said.offered.map_or_else(
            || match (&came, &said.capabilities) {
                (Ok(_), None) => {
                    let detail = format!("{} names no capabilities", self.address);
                    Outcome::unmeasured(ReasonKind::NotAsked, detail)
                }
                _ => unknown().into(),
            },
            Outcome::seen,
        );
        let after = match came {
            Ok(Came::Ready(after)) => after,
            Ok(Came::Refused(refusal)) => {
                endpoint.accepted = match refusal.to {
                    Stage::Request => Outcome::refused(&refusal.words),
                    // Whoever turns this client away, for now or for good, has not been asked for TLS.
                    Stage::Greeting | Stage::Capabilities => talk::refused(self.address, &refusal).into(),
                };
                return None;
            }
            Ok(Came::Done) => return None,
            Err(why) => {
                endpoint.accepted = why.into();
                return None;
            }
        };
        endpoint.accepted = Outcome::seen(said.answer.unwrap_or_default());
        Some(Ready { connection, after })
    }

    /// What the same connection tells then: what was said in plain text, and what is said inside TLS.
    async fn after_the_answer(&self, ready: Ready) -> Then {
        let Ready { mut connection, after } = ready;
        if !after.is_empty() {
            let after = self.listen(&mut connection, after).await;
            return self.spoke_on(&after, 0);
        }
        let nothing = |inside, connections| {
            let plain_after = Outcome::seen(String::new());
            Then { plain_after, inside, connections }
        };
        let failed = match self.inside(connection).await {
            Ok(inside) => return nothing(inside, 0),
            Err(failed) if failed.heard.is_empty() => return nothing(failed.why.into(), 0),
            // Its connection would keep its place.
            Err(failed) => Failed { connection: None, ..failed },
        };
        // Text, or an alert to a hello that has none of the server's versions. Which octets were said before the hello came is told
        // by another connection, which listens and says nothing.
        let (talked, connections) = self.talk_with_patience(false).await;
        let listened = match talked {
            Ok(Talked { mut connection, came: Ok(Came::Ready(after)), .. }) => {
                Ok(self.listen(&mut connection, after).await)
            }
            Ok(Talked { came: Err(why), .. }) | Err(why) => Err(why),
            Ok(_) => {
                let detail = format!("{} takes no second request for TLS", self.address);
                Err(Reason::new(ReasonKind::TurnedAway, detail))
            }
        };
        match listened {
            Ok(after) if !after.is_empty() => self.spoke_on(&after, connections),
            _ if failed.is_in_plain_text() => self.spoke_on(&failed.heard, connections),
            Ok(_) => nothing(failed.why.into(), connections),
            Err(why) => Then { plain_after: why.into(), inside: failed.why.into(), connections },
        }
    }

    /// The server says this in plain text although TLS is due.
    fn spoke_on(&self, after: &[u8], connections: u32) -> Then {
        let inside = spoke_on(self.address, after).into();
        Then { plain_after: Outcome::seen(lossless(after)), inside, connections }
    }

    /// What comes in plain text although TLS is due.
    async fn listen(&self, connection: &mut Connection, mut after: Vec<u8>) -> Vec<u8> {
        let mut buffer = [0; KEPT];
        let heard = tokio::time::timeout(LISTEN, connection.read(&mut buffer)).await;
        if let Ok(Ok(count)) = heard {
            after.extend_from_slice(buffer.get(..count).unwrap_or_default());
        }
        after.truncate(KEPT);
        after
    }

    /// What the server says of itself inside TLS.
    async fn inside(&self, connection: Connection) -> Result<Outcome<Announced>, Failed> {
        let ask = self.ask(&connection, false);
        let mut stream =
            inside::handshake(self.net, connection, self.host, self.server_name, self.address).await?;
        let Some(mut dialogue) = starttls::inside(self.protocol, &ask) else {
            let detail = format!("{} has no question for capabilities", self.protocol.name());
            return Ok(Outcome::unmeasured(ReasonKind::NotAsked, detail));
        };
        let came = talk::run(self.net, &mut stream, &mut *dialogue, self.protocol, self.address).await;
        Ok(match came {
            Err(why) => why.into(),
            Ok(Came::Refused(refusal)) => Outcome::refused(refusal.words),
            Ok(_) => announced(dialogue.said()).map_or_else(
                || {
                    let detail = format!("{} names no capabilities inside TLS", self.address);
                    Outcome::unmeasured(ReasonKind::NotAsked, detail)
                },
                Outcome::seen,
            ),
        })
    }

    /// What becomes of a command that comes in plain text with the request, and how many connections that took.
    async fn plain_command(&self, met: &StarttlsEndpoint) -> (Outcome<PlainCommand>, u32) {
        let Some(pipelined) = starttls::pipelined(self.protocol) else {
            let detail = format!("not asked of {}", self.protocol.name());
            return (Outcome::unmeasured(ReasonKind::NotAsked, detail), 0);
        };
        if !met.accepted.is_seen() {
            let detail = "TLS does not come about, so that nothing can be carried over into it";
            return (Outcome::unmeasured(ReasonKind::NotAsked, detail), 0);
        }
        let mut connections = 0;
        let ended = match self.plain_command_once(&pipelined, &mut connections).await {
            Told::Known(told) => return (told, connections),
            Told::Ended(why) => why,
        };
        // Whoever counts connections or sessions of TLS ends some without a word. One without the command tells that from an answer
        // to it, between two with it.
        if let Some(without) = self.lost_without_it(&mut connections).await {
            let detail = format!(
                "the connection was ended ({ended}), and so is one without such a command ({without}): that is no answer to it"
            );
            return (Outcome::unmeasured(without.kind, detail), connections);
        }
        let told = match self.plain_command_once(&pipelined, &mut connections).await {
            Told::Known(told) => told,
            Told::Ended(_) => Outcome::refused("ends the connection without a word, twice"),
        };
        (told, connections)
    }

    /// Why a connection without a command in plain text does not come as far as one with it might; none where it does.
    async fn lost_without_it(&self, connections: &mut u32) -> Option<Reason> {
        let (talked, taken) = self.talk_with_patience(false).await;
        *connections += taken;
        let talked = match talked {
            Ok(talked) => talked,
            Err(why) => return Some(why),
        };
        match talked.came {
            Ok(Came::Ready(_)) => {
                let handshake =
                    inside::handshake(self.net, talked.connection, self.host, self.server_name, self.address);
                // An alert is an answer too: that of a server with old versions alone, say.
                handshake.await.err().map(|failed| failed.why).filter(|why| why.kind != ReasonKind::Handshake)
            }
            Ok(Came::Refused(refusal)) => Some(talk::turned_away(self.address, &refusal)),
            Ok(Came::Done) => Some(Reason::new(ReasonKind::Protocol, "the dialogue ended before TLS")),
            Err(why) => Some(why),
        }
    }

    async fn plain_command_once(&self, pipelined: &starttls::Pipelined, connections: &mut u32) -> Told {
        let (talked, taken) = self.talk_with_patience(true).await;
        *connections += taken;
        let ended_or = |why: Reason| match talk::is_ended(&why) {
            true => Told::Ended(why),
            false => Told::Known(why.into()),
        };
        let Talked { mut connection, said, came, .. } = match talked {
            Ok(talked) => talked,
            Err(why) => return Told::Known(why.into()),
        };
        let mut after = match came {
            Ok(Came::Ready(after)) => after,
            // For now alone: so many connections, or sessions of TLS. A server that minds the command minds it at any time.
            Ok(Came::Refused(refusal)) if refusal.temporary => {
                return Told::Known(talk::turned_away(self.address, &refusal).into());
            }
            Ok(Came::Refused(refusal)) if refusal.to == Stage::Request => {
                return Told::Known(Outcome::refused(refusal.words));
            }
            Ok(Came::Refused(refusal)) => {
                return Told::Known(talk::refused(self.address, &refusal).into());
            }
            Ok(Came::Done) => {
                let detail = "the dialogue ended before TLS";
                return Told::Known(Outcome::unmeasured(ReasonKind::Protocol, detail));
            }
            Err(why) if said.asked => return ended_or(why),
            // The command was not sent.
            Err(why) => return Told::Known(why.into()),
        };
        if after.is_empty() {
            let handshake =
                inside::handshake(self.net, connection, self.host, self.server_name, self.address);
            let failed = match handshake.await {
                Ok(mut stream) => {
                    let (last, kept) = (pipelined.last, pipelined.kept);
                    return match inside::listen(self.net, &mut stream, last, self.address, kept).await {
                        Ok(true) => Told::Known(Outcome::seen(PlainCommand::Kept)),
                        Ok(false) => Told::Known(Outcome::seen(PlainCommand::Discarded)),
                        Err(why) => ended_or(why),
                    };
                }
                Err(failed) => failed,
            };
            let is_text = failed.is_in_plain_text();
            let Failed { why, heard, connection: left } = failed;
            // Where writing the hello failed, what the server had said before may not have been read.
            match left {
                Some(left) if is_text || heard.is_empty() => (connection, after) = (left, heard),
                None if is_text => return self.in_plain_text(pipelined, &heard),
                _ => return ended_or(why),
            }
            after = self.listen(&mut connection, after).await;
            if after.is_empty() {
                return ended_or(why);
            }
            return self.in_plain_text(pipelined, &after);
        }
        after = self.listen(&mut connection, after).await;
        self.in_plain_text(pipelined, &after)
    }

    /// What the server says in plain text where TLS is due, after a command.
    fn in_plain_text(&self, pipelined: &starttls::Pipelined, after: &[u8]) -> Told {
        let answered = || Outcome::seen(PlainCommand::AnsweredInPlain);
        Told::Known((pipelined.refuses)(after).map_or_else(answered, Outcome::refused))
    }

    /// Whether TLS stands from the first octet on the port beside this one.
    async fn implicit(&self, port: u16) -> Outcome<u16> {
        let Some(beside) = self.protocol.implicit_port() else {
            let detail =
                format!("{} has no port where TLS stands from the first octet", self.protocol.name());
            return Outcome::unmeasured(ReasonKind::NotAsked, detail);
        };
        if port != self.protocol.port() {
            let detail = format!("the service is on port {port}, and port {beside} may be another one's");
            return Outcome::unmeasured(ReasonKind::NotAsked, detail);
        }
        let resolved = self.net.resolve(self.host, beside).await;
        // Where an address was named for this port, it is the one; else the port of the same address.
        let address = match &resolved.addresses {
            Outcome::Seen { value } if resolved.given => value.first().copied(),
            Outcome::Seen { .. } => Some(SocketAddr::new(self.address.ip(), beside)),
            Outcome::Unmeasured { why } => return why.clone().into(),
            Outcome::Refused { how } => return Outcome::refused(how),
        };
        let Some(address) = address else {
            return Outcome::unmeasured(ReasonKind::Other, "no address is named for it");
        };
        let asker = Asker::new(self.net.clone(), address, Opening::direct());
        let offer: Vec<u16> = suites::all()
            .values()
            .filter(|suite| suite.fits(TlsVersion::Tls12) && suite.forward_secret && !suite.export)
            .map(|suite| suite.id)
            .take(crate::tls::LARGEST)
            .collect();
        let hello = ClientHello {
            version: TlsVersion::Tls12,
            suites: &offer,
            groups: &[groups::X25519, groups::SECP256R1, 0x18, 0x19],
            shares: &[],
            keys: &[],
            cookie: None,
            server_name: self.server_name,
            schemes: None,
            alpn: &[],
            fallback: false,
            compression: false,
        };
        match asker.ask(&hello).await {
            // An alert is TLS's own word.
            Answer::Hello(_) | Answer::Alert(_) => Outcome::seen(beside),
            Answer::Nothing(why) if why.kind == ReasonKind::ConnectionRefused => {
                Outcome::refused(format!("nothing listens on port {beside}"))
            }
            Answer::Nothing(why) => why.into(),
            Answer::Closed => Outcome::unmeasured(ReasonKind::Closed, "closed without a word, twice"),
        }
    }

    fn unmeasured(&self, port: u16, connections: u32) -> StarttlsEndpoint {
        fn no<T>() -> Outcome<T> {
            Outcome::unmeasured(ReasonKind::NotAsked, "TLS does not come about")
        }
        StarttlsEndpoint {
            host: self.host.clone(),
            port,
            address: self.address,
            protocol: self.protocol,
            greeting: no(),
            before: no(),
            offered: no(),
            accepted: no(),
            plain_after: no(),
            plain_command: no(),
            inside: no(),
            implicit: no(),
            connections,
        }
    }
}

/// What the server said of itself, where it did.
fn announced(said: &Said) -> Option<Announced> {
    Some(Announced {
        capabilities: said.capabilities.clone()?,
        mechanisms: said.mechanisms.clone(),
        password: said.password,
    })
}
