//! Stores that take a line and answer with one.

use std::net::SocketAddr;

use midwatch_model::{Outcome, Reason, ReasonKind, ServiceAnswer, ServiceProtection};

use super::{answer, exchange, refusal};
use crate::net::Net;

/// `PING` (Redis's documentation, Commands): `+PONG` where commands are taken from whoever asks, `-NOAUTH` where they want
/// a password, `-DENIED` where they are taken from this computer alone (protected mode).
pub(super) async fn redis(net: &Net, address: SocketAddr) -> Outcome<ServiceAnswer> {
    ask(net, address, "PING", |line| match line {
        _ if line.starts_with(b"+PONG") => Says::Open,
        _ if line.starts_with(b"-DENIED") => Says::No,
        _ if line.starts_with(b"-") => Says::Asks,
        _ => Says::Other,
    })
    .await
}

/// `version` (memcached's protocol.txt): `VERSION` where commands are taken from whoever asks; with passwords for the text
/// protocol switched on, an error.
pub(super) async fn memcached(net: &Net, address: SocketAddr) -> Outcome<ServiceAnswer> {
    ask(net, address, "version", |line| match line {
        _ if line.starts_with(b"VERSION ") => Says::Open,
        _ if line.starts_with(b"CLIENT_ERROR") || line.starts_with(b"ERROR") => Says::Asks,
        _ => Says::Other,
    })
    .await
}

/// What an answer means.
enum Says {
    /// It does what it is asked.
    Open,
    /// It wants a password first.
    Asks,
    /// It turns away whoever comes from here.
    No,
    /// It is no answer of such a service.
    Other,
}

async fn ask(
    net: &Net,
    address: SocketAddr,
    question: &str,
    says: impl Fn(&[u8]) -> Says,
) -> Outcome<ServiceAnswer> {
    let line = format!("{question}\r\n");
    match exchange(net, address, line.as_bytes(), |said| said.contains(&b'\n')).await {
        Ok(said) => {
            let mut told = answer(address, question, &said, ServiceProtection::None);
            match says(&said) {
                Says::Open => (told.open, told.plain_password) = (Some(true), None),
                Says::Asks => (told.open, told.plain_password) = (Some(false), Some(true)),
                Says::No => return Outcome::refused(told.words),
                Says::Other => {
                    let detail = format!("{address} does not answer {question} as such a service does");
                    return Reason::new(ReasonKind::Protocol, detail).into();
                }
            }
            Outcome::seen(told)
        }
        Err(why) => refusal(why),
    }
}
