//! Stores that take a line and answer with one.

use std::net::SocketAddr;

use midwatch_model::{Outcome, Reason, ReasonKind, ServiceAnswer, ServiceProtection};

use super::{answer, exchange, refusal};
use crate::net::Net;

/// `PING` (Redis's documentation, Commands): `+PONG` where commands are taken from whoever asks, `-NOAUTH` where they want
/// a password, `-DENIED` where they are taken from this computer alone (protected mode).
pub(super) async fn redis(net: &Net, address: SocketAddr) -> Outcome<ServiceAnswer> {
    ask(net, address, "PING", |line| match line {
        _ if line.starts_with(b"+PONG") => Some(true),
        _ if line.starts_with(b"-") => Some(false),
        _ => None,
    })
    .await
}

/// `version` (memcached's protocol.txt): `VERSION` where commands are taken from whoever asks; with passwords for the text
/// protocol switched on, an error.
pub(super) async fn memcached(net: &Net, address: SocketAddr) -> Outcome<ServiceAnswer> {
    ask(net, address, "version", |line| match line {
        _ if line.starts_with(b"VERSION ") => Some(true),
        _ if line.starts_with(b"CLIENT_ERROR") || line.starts_with(b"ERROR") => Some(false),
        _ => None,
    })
    .await
}

async fn ask(
    net: &Net,
    address: SocketAddr,
    question: &str,
    open: impl Fn(&[u8]) -> Option<bool>,
) -> Outcome<ServiceAnswer> {
    let line = format!("{question}\r\n");
    match exchange(net, address, line.as_bytes(), |said| said.contains(&b'\n')).await {
        Ok(said) => match open(&said) {
            Some(is_open) => {
                let mut told = answer(address, question, &said, ServiceProtection::None);
                told.open = Some(is_open);
                told.plain_password = (!is_open).then_some(true);
                Outcome::seen(told)
            }
            None => {
                let detail = format!("{address} does not answer {question} as such a service does");
                Reason::new(ReasonKind::Protocol, detail).into()
            }
        },
        Err(why) => refusal(why),
    }
}
