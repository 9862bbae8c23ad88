//! The certificate of a server that speaks nothing below TLS 1.3, where certificates travel encrypted.
//!
//! A handshake is read up to the server's Finished and not finished by us: the key exchange, the keys and the
//! proofs are computed by ring ([`schedule`], [`exchange`], [`proof`]), records are opened ([`protection`]), and
//! [`dialogue`] puts them together without I/O. rustls keeps the timestamps of a Certificate message to itself,
//! and they are a proof that somebody in the middle does not have. Nothing is reported that was not proved by
//! CertificateVerify and Finished.

mod dialogue;
mod exchange;
mod proof;
mod protection;
mod schedule;
#[cfg(test)]
mod trace;
mod transcript;

use std::net::SocketAddr;

use midwatch_model::{Reason, ReasonKind};
use midwatch_wire::tls::alert::NO_APPLICATION_PROTOCOL;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

pub use self::dialogue::Met;
use self::dialogue::{Dialogue, Fault, Step};
pub use self::proof::With;
use super::random::Random;
use super::version::ALPN;
use crate::net::{Net, io_reason};
use crate::starttls::Opening;

/// Whether these bytes bring a handshake to its end, in the clear or as the contents of opened records.
pub(super) fn is_proved_by(bytes: &[u8]) -> bool {
    let Ok((mut plain, _)) = Dialogue::new(None, With::Rsa, &[], [0; 64]) else { return false };
    let mut encrypted = Dialogue::encrypted(With::Ecdsa);
    let done = |step| matches!(step, Ok(Step::Done(_)));
    done(plain.push(bytes)) || encrypted.as_mut().is_some_and(|dialogue| done(dialogue.push_opened(bytes)))
}

/// Meets the chain that the server at `address` has for this kind of signature, in one connection; in two where it takes none
/// of the protocols that are offered.
///
/// # Errors
/// A [`Reason`], [`ReasonKind::Handshake`] where the server has no certificate of this kind.
pub async fn meet(
    net: &Net,
    opening: &Opening,
    address: SocketAddr,
    server_name: Option<&str>,
    with: With,
) -> Result<Met, Reason> {
    let offered: &[&str] = if opening.is_in_plain_text() { &[] } else { &ALPN };
    match meet_once(net, opening, address, server_name, with, offered).await {
        Err(Failed { alpn: true, .. }) => {
            meet_once(net, opening, address, server_name, with, &[]).await.map_err(|failed| failed.why)
        }
        met => met.map_err(|failed| failed.why),
    }
}

/// Why a handshake did not come about.
struct Failed {
    why: Reason,
    /// The server takes none of the protocols (RFC 7301 3.2).
    alpn: bool,
}

impl From<Reason> for Failed {
    fn from(why: Reason) -> Self {
        Failed { why, alpn: false }
    }
}

async fn meet_once(
    net: &Net,
    opening: &Opening,
    address: SocketAddr,
    server_name: Option<&str>,
    with: With,
    alpn: &[&str],
) -> Result<Met, Failed> {
    let what = format!("TLS 1.3 handshake with {address}");
    let mut random = [0; 64];
    let mut pool = Random::new();
    random.fill_with(pool.byte());
    let (mut dialogue, hello) =
        Dialogue::new(server_name, with, alpn, random).map_err(|fault| fault.reason(&what))?;
    let mut connection = opening.connect(net, address).await?;
    let handshake = async {
        let io = |error: std::io::Error| io_reason(&what, &error);
        connection.write_all(&hello).await.map_err(io)?;
        let mut buffer = [0; 4096];
        loop {
            let count = connection.read(&mut buffer).await.map_err(io)?;
            if count == 0 {
                let detail = format!("{what}: the peer closed the connection before its answer was whole");
                return Err(Reason::new(ReasonKind::Closed, detail).into());
            }
            match dialogue.push(buffer.get(..count).unwrap_or_default()) {
                Ok(Step::More) => {}
                Ok(Step::Send(bytes)) => connection.write_all(&bytes).await.map_err(io)?,
                Ok(Step::Done(met)) => return Ok::<Met, Failed>(met),
                Err(fault) => {
                    let is_alpn = matches!(
                        &fault,
                        Fault::Refused(alert) if alert.description == NO_APPLICATION_PROTOCOL
                    );
                    return Err(Failed { alpn: is_alpn && !alpn.is_empty(), why: fault.reason(&what) });
                }
            }
        }
    };
    net.step(&what, handshake).await?
}
