//! A dialogue over a connection, each answer inside its limit of time.

use std::net::SocketAddr;

use midwatch_model::{Reason, ReasonKind, Starttls};
use midwatch_wire::reader::WireError;
use midwatch_wire::starttls::{Ask, Dialogue, Refusal, Stage, Step};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use crate::net::{Net, io_reason};

/// A greeting may take so many times the limit of a step. Servers look up who calls before they greet, and Postfix's
/// postscreen waits six seconds to see who speaks out of turn (`postscreen_greet_wait`); RFC 5321 4.5.3.2.1 would have a
/// client wait for five minutes.
const GREETING: u32 = 3;

/// How a dialogue ended that did not fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Came {
    /// TLS begins; these octets came behind the go-ahead.
    Ready(Vec<u8>),
    /// All that was wanted came.
    Done,
    /// The server said no.
    Refused(Refusal),
}

/// What a client says of itself on this connection.
///
/// A name is not given: a computer of somebody who looks into servers has none as a rule that a server could look up,
/// and its own name is nobody's business. RFC 5321 4.1.1.1 has such a client say its address, which the server sees
/// anyway.
pub(super) fn ask(local: Option<SocketAddr>, server: &str, capabilities: bool, pipelined: bool) -> Ask {
    let client = match local {
        Some(SocketAddr::V6(address)) => match address.ip().to_ipv4_mapped() {
            Some(mapped) => format!("[{mapped}]"),
            None => format!("[IPv6:{}]", address.ip()),
        },
        Some(SocketAddr::V4(address)) => format!("[{}]", address.ip()),
        None => "[127.0.0.1]".to_owned(),
    };
    Ask { client, server: server.to_owned(), capabilities, pipelined }
}

/// Runs a dialogue to its end. `with`: whom with, for the words of a reason.
pub(super) async fn run<S: AsyncRead + AsyncWrite + Unpin>(
    net: &Net,
    stream: &mut S,
    dialogue: &mut dyn Dialogue,
    protocol: Starttls,
    with: SocketAddr,
) -> Result<Came, Reason> {
    let name = protocol.name();
    let mut step = dialogue.begin();
    let mut first = true;
    loop {
        let limit = net.step_timeout() * if first { GREETING } else { 1 };
        first = false;
        let what = format!("{name} with {with}");
        let turn = async {
            if let Step::Send(octets) | Step::SendAndReady(octets) = &step {
                stream.write_all(octets).await.map_err(|error| io_reason(&what, &error))?;
                stream.flush().await.map_err(|error| io_reason(&what, &error))?;
            }
            if matches!(step, Step::SendAndReady(_)) {
                return Ok(Step::Ready { after: Vec::new() });
            }
            let mut buffer = [0; 4096];
            let mut heard = false;
            loop {
                let count = stream.read(&mut buffer).await.map_err(|error| io_reason(&what, &error))?;
                if count == 0 {
                    return Err(closed(&what, heard));
                }
                heard = true;
                let octets = buffer.get(..count).unwrap_or_default();
                match dialogue.push(octets).map_err(|error| unreadable(&what, &error))? {
                    Step::Read => {}
                    other => return Ok(other),
                }
            }
        };
        step = match net.within(limit, &format!("{what}: waiting for the answer"), turn).await?? {
            Step::Ready { after } => return Ok(Came::Ready(after)),
            Step::Done => return Ok(Came::Done),
            Step::Refused(refusal) => return Ok(Came::Refused(refusal)),
            other => other,
        };
    }
}

fn closed(what: &str, heard: bool) -> Reason {
    let when = if heard { "in the middle of its answer" } else { "without a word" };
    Reason::new(ReasonKind::Closed, format!("{what}: the server closed the connection {when}"))
}

fn unreadable(what: &str, error: &WireError) -> Reason {
    let kind = match error {
        WireError::TooLarge { .. } => ReasonKind::Limit,
        _ => ReasonKind::Protocol,
    };
    Reason::new(kind, format!("{what}: {error}"))
}

/// True of a no that may be another one another time: too many connections at once, or a server that has no time.
pub(super) fn is_turned_away(refusal: &Refusal) -> bool {
    refusal.temporary && refusal.to != Stage::Request
}

/// True where the server ended the connection, in an orderly way or not.
pub(super) fn is_ended(why: &Reason) -> bool {
    matches!(why.kind, ReasonKind::Closed | ReasonKind::Reset)
}

/// A no for now as the reason why nothing could be measured.
pub(super) fn turned_away(with: SocketAddr, refusal: &Refusal) -> Reason {
    Reason { kind: ReasonKind::TurnedAway, ..refused(with, refusal) }
}

/// A no as the reason why something else could not be measured.
pub(super) fn refused(with: SocketAddr, refusal: &Refusal) -> Reason {
    let kind = match refusal.to {
        Stage::Request => ReasonKind::NotAsked,
        Stage::Greeting | Stage::Capabilities => ReasonKind::TurnedAway,
    };
    Reason::new(kind, format!("{with} answers {} with: {}", refusal.to, refusal.words))
}
