//! What a service of this computer says when it is asked: how it protects what is said, and whether it does what it is
//! asked without a password.
//!
//! A service is asked at an address of this computer, so that nothing leaves it. What speaks first is listened to; else
//! what is sent is what its own manual gives for a look whether it is there: `PING` to Redis, `version` to memcached,
//! `GET` to what speaks HTTP, and the names of the ways to log in of RFB. No name and no password is ever sent, and
//! nothing that is stored is read. That `PING` is answered proves that any command is: this is why it is sent at all.

mod http;
mod lines;
mod vnc;

use std::net::SocketAddr;
use std::time::Duration;

use midwatch_model::{
    Announced, Host, KnownService, Outcome, Reason, ReasonKind, ServiceAnswer, ServiceProtection,
    ServiceQuestion, Starttls, StarttlsEndpoint, TlsVersion, lossless,
};
use midwatch_wire::tls::client_hello::ClientHello;
use midwatch_wire::tls::{groups, suites};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::net::{Connection, Net, io_reason};
use crate::starttls::{self, Opening};
use crate::tls::{Answer, Asker};

/// How long a service may take to speak first, before it counts as one that waits to be spoken to.
const LISTEN: Duration = Duration::from_millis(1500);

/// How long one answer may take.
const WAIT: Duration = Duration::from_secs(3);

/// Octets of an answer that are read.
const MAX_READ: usize = 4096;

/// Octets of it that are told.
const TOLD: usize = 120;

/// Asks the service at `address`, which is one of this computer's own.
pub async fn ask(net: &Net, address: SocketAddr, known: Option<&KnownService>) -> Outcome<ServiceAnswer> {
    let question = known.map_or(ServiceQuestion::Greeting, |known| known.question);
    let found = match question {
        ServiceQuestion::Starttls(protocol) if starttls::is_spoken(protocol) => {
            upgrade(net, address, protocol).await
        }
        ServiceQuestion::Starttls(_) | ServiceQuestion::Greeting => greeting(net, address).await,
        ServiceQuestion::Redis => lines::redis(net, address).await,
        ServiceQuestion::Memcached => lines::memcached(net, address).await,
        ServiceQuestion::Http(path) => http::get(net, address, path, false).await,
        ServiceQuestion::HttpOpen(path) => http::get(net, address, path, true).await,
        ServiceQuestion::Vnc => vnc::ask(net, address).await,
    };
    match found {
        // What does not speak its own protocol in plain text may speak TLS from the first octet.
        Outcome::Unmeasured { why } if is_silent(&why) => match speaks_tls(net, address).await {
            true => Outcome::seen(tls(address)),
            false => why.into(),
        },
        other => other,
    }
}

fn is_silent(why: &Reason) -> bool {
    matches!(why.kind, ReasonKind::Timeout | ReasonKind::Closed | ReasonKind::Reset | ReasonKind::Protocol)
}

fn tls(address: SocketAddr) -> ServiceAnswer {
    ServiceAnswer {
        asked: address,
        question: "a TLS hello".into(),
        words: String::new(),
        protection: ServiceProtection::Tls,
        plain_password: None,
        open: None,
    }
}

/// What it says first. The beginning of it tells what encrypts by itself.
async fn greeting(net: &Net, address: SocketAddr) -> Outcome<ServiceAnswer> {
    let mut connection = match net.connect(address).await {
        Ok(connection) => connection,
        Err(why) => return refusal(why),
    };
    match read(net, &mut connection, LISTEN, "listening to", address, |_| true).await {
        Ok(said) if said.starts_with(b"SSH-") => {
            Outcome::seen(answer(address, "", &said, ServiceProtection::Other))
        }
        // Whatever speaks in plain text first is so; whether it would encrypt later was not asked.
        Ok(said) => {
            let protection =
                if is_plain(&said) { ServiceProtection::None } else { ServiceProtection::Unknown };
            Outcome::seen(answer(address, "", &said, protection))
        }
        Err(why) => why.into(),
    }
}

/// Telnet's negotiation (RFC 854) and the first words of rsync are of protocols that have no encryption.
fn is_plain(said: &[u8]) -> bool {
    said.starts_with(&[0xff]) || said.starts_with(b"@RSYNCD:")
}

/// The dialogue that asks for TLS.
async fn upgrade(net: &Net, address: SocketAddr, protocol: Starttls) -> Outcome<ServiceAnswer> {
    let name = address.ip().to_string();
    let opening = Opening::starttls(protocol, &name);
    let host = Host::Address(address.ip());
    let met = starttls::examine(net, &host, address.port(), address, protocol, None, &opening).await;
    told(address, protocol, &met)
}

fn told(address: SocketAddr, protocol: Starttls, met: &StarttlsEndpoint) -> Outcome<ServiceAnswer> {
    let protection = match (&met.accepted, &met.greeting) {
        (Outcome::Seen { .. }, _) => ServiceProtection::Upgrades,
        (Outcome::Refused { .. }, _) => ServiceProtection::None,
        (_, Outcome::Refused { how }) => return Outcome::refused(how),
        (Outcome::Unmeasured { why }, Outcome::Unmeasured { .. }) => return refusal(why.clone()),
        // Where TLS cannot be asked for, that it is not offered is the answer.
        (Outcome::Unmeasured { .. }, _) if met.offered.value() == Some(&false) => ServiceProtection::None,
        (Outcome::Unmeasured { .. }, Outcome::Seen { .. }) => ServiceProtection::Unknown,
    };
    let greeting = met.greeting.value().and_then(|lines| lines.first()).map_or("", String::as_str);
    let mut answer = answer(address, protocol.name(), greeting.as_bytes(), protection);
    answer.plain_password = met.before.value().and_then(takes_password);
    Outcome::seen(answer)
}

/// Ways to log in that send the password as it is: what the server says of itself, else the names of such.
fn takes_password(before: &Announced) -> Option<bool> {
    const PLAIN: [&str; 3] = ["PLAIN", "LOGIN", "USER"];
    before.password.or_else(|| {
        let named = before.mechanisms.iter().any(|name| PLAIN.contains(&name.as_str()));
        named.then_some(true)
    })
}

/// A port that is closed meanwhile is an answer.
fn refusal(why: Reason) -> Outcome<ServiceAnswer> {
    match why.kind {
        ReasonKind::ConnectionRefused => Outcome::refused(why.detail),
        _ => why.into(),
    }
}

/// One hello of TLS 1.2. Whoever answers it with a hello or an alert speaks TLS.
async fn speaks_tls(net: &Net, address: SocketAddr) -> bool {
    let all = suites::all();
    let offer: Vec<u16> = all
        .values()
        .filter(|suite| suite.fits(TlsVersion::Tls12) && !suite.export)
        .map(|suite| suite.id)
        .take(100)
        .collect();
    let hello = ClientHello {
        version: TlsVersion::Tls12,
        suites: &offer,
        groups: &[groups::X25519, groups::SECP256R1],
        shares: &[],
        keys: &[],
        cookie: None,
        server_name: None,
        schemes: None,
        alpn: &[],
        fallback: false,
        compression: false,
    };
    let asker = Asker::new(net.clone(), address, Opening::direct());
    matches!(
        net.within(WAIT, "a TLS hello", asker.ask(&hello)).await,
        Ok(Answer::Hello(_) | Answer::Alert(_))
    )
}

fn answer(address: SocketAddr, question: &str, said: &[u8], protection: ServiceProtection) -> ServiceAnswer {
    let line = said.split(|byte| matches!(byte, b'\r' | b'\n' | 0)).find(|line| !line.is_empty());
    let line = line.unwrap_or_default();
    ServiceAnswer {
        asked: address,
        question: question.into(),
        words: lossless(line.get(..TOLD).unwrap_or(line)),
        protection,
        plain_password: None,
        open: None,
    }
}

/// Reads until `enough`, the end, or the limit.
async fn read(
    net: &Net,
    connection: &mut Connection,
    wait: Duration,
    doing: &str,
    address: SocketAddr,
    enough: impl Fn(&[u8]) -> bool,
) -> Result<Vec<u8>, Reason> {
    let what = format!("{doing} {address}");
    let mut said = Vec::new();
    let reading = async {
        let mut buffer = [0; 1024];
        while said.len() < MAX_READ {
            let count = connection.read(&mut buffer).await.map_err(|error| io_reason(&what, &error))?;
            if count == 0 {
                break;
            }
            said.extend_from_slice(buffer.get(..count).unwrap_or_default());
            if enough(&said) {
                break;
            }
        }
        Ok::<(), Reason>(())
    };
    match net.within(wait, &what, reading).await {
        Ok(Ok(())) if said.is_empty() => {
            Err(Reason::new(ReasonKind::Closed, format!("{address} closed the connection without a word")))
        }
        Ok(Ok(())) => Ok(said),
        // What came before the time was over is an answer.
        Err(_) | Ok(Err(_)) if !said.is_empty() => Ok(said),
        Ok(Err(why)) | Err(why) => Err(why),
    }
}

async fn send(
    net: &Net,
    connection: &mut Connection,
    octets: &[u8],
    address: SocketAddr,
) -> Result<(), Reason> {
    let what = format!("asking {address}");
    net.within(WAIT, &what, connection.write_all(octets)).await?.map_err(|error| io_reason(&what, &error))
}

/// Sends a question, and reads the answer.
async fn exchange(
    net: &Net,
    address: SocketAddr,
    question: &[u8],
    enough: impl Fn(&[u8]) -> bool,
) -> Result<Vec<u8>, Reason> {
    let mut connection = net.connect(address).await?;
    send(net, &mut connection, question, address).await?;
    read(net, &mut connection, WAIT, "asking", address, enough).await
}
