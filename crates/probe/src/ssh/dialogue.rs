//! Lines and packets over a stream, each inside its limit of time.

use midwatch_model::{Outcome, Reason, ReasonKind, lossless};
use midwatch_wire::reader::WireError;
use midwatch_wire::ssh::identification::{Identification, IdentificationReader};
use midwatch_wire::ssh::message::{self, Disconnect};
use midwatch_wire::ssh::packet::{self, PacketReader};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::program::Stream;
use crate::net::{Net, io_reason};
use crate::tls::Random;

/// How this client calls itself.
pub(super) const IDENTIFICATION: &[u8] = concat!("SSH-2.0-midwatch_", env!("CARGO_PKG_VERSION")).as_bytes();

/// Packets of one connection that say nothing here and are passed over: IGNORE, DEBUG, UNIMPLEMENTED.
const MAX_PASSED_OVER: usize = 16;

/// Why a dialogue ended before it had what it was for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// The server said DISCONNECT, in these words.
    Disconnected(String),
    /// There was nothing to read a fact from.
    Failed(Reason),
}

impl<T> From<Ended> for Outcome<T> {
    fn from(ended: Ended) -> Self {
        match ended {
            Ended::Disconnected(how) => Outcome::refused(how),
            Ended::Failed(why) => why.into(),
        }
    }
}

impl From<Reason> for Ended {
    fn from(why: Reason) -> Self {
        Ended::Failed(why)
    }
}

/// One connection.
pub(super) struct Dialogue<'a> {
    net: &'a Net,
    stream: Box<dyn Stream>,
    /// Whom with, for the words of a reason.
    pub(super) with: &'a str,
    packets: PacketReader,
    passed_over: usize,
    random: Random,
}

impl<'a> Dialogue<'a> {
    /// Over a connection that nothing has been said on.
    pub(super) fn new(net: &'a Net, stream: Box<dyn Stream>, with: &'a str) -> Self {
        let packets = PacketReader::default();
        Dialogue { net, stream, with, packets, passed_over: 0, random: Random::new() }
    }

    /// Sends this side's identification and reads the other's.
    pub(super) async fn identify(&mut self) -> Result<Identification, Reason> {
        let what = format!("the SSH identification of {}", self.with);
        let waits = format!("waiting for {what}");
        let work = async {
            let line = [IDENTIFICATION, b"\r\n"].concat();
            self.stream.write_all(&line).await.map_err(|error| io_reason(&what, &error))?;
            let mut reader = IdentificationReader::default();
            let mut buffer = [0; 4096];
            loop {
                let count = self.stream.read(&mut buffer).await.map_err(|error| io_reason(&what, &error))?;
                let bytes = buffer.get(..count).unwrap_or_default();
                if bytes.is_empty() {
                    return Err(ended_before(&what, reader.heard()));
                }
                if let Some((whole, taken)) = reader.push(bytes).map_err(|error| protocol(&what, &error))? {
                    self.packets.push(bytes.get(taken..).unwrap_or_default());
                    return Ok(whole);
                }
            }
        };
        self.net.step(&waits, work).await?
    }

    /// Sends a packet.
    pub(super) async fn send(&mut self, payload: &[u8], what: &str) -> Result<(), Reason> {
        let packet = packet::write(payload, &mut self.random.byte());
        let what = format!("sending {what} to {}", self.with);
        let sent = self.net.step(&what, self.stream.write_all(&packet)).await?;
        sent.map_err(|error| io_reason(&what, &error))
    }

    /// The payload of the next packet that says something.
    pub(super) async fn packet(&mut self, what: &str) -> Result<Vec<u8>, Ended> {
        let what = format!("{what} of {}", self.with);
        let work = async {
            let mut buffer = [0; 4096];
            loop {
                while let Some(payload) = self.packets.next().map_err(|error| protocol(&what, &error))? {
                    match payload.first().copied() {
                        Some(message::DISCONNECT) => return Err(disconnected(&payload)),
                        Some(message::IGNORE | message::DEBUG | message::UNIMPLEMENTED) => {
                            self.passed_over += 1;
                            if self.passed_over > MAX_PASSED_OVER {
                                let detail = format!(
                                    "{what}: more than {MAX_PASSED_OVER} packets that say nothing came"
                                );
                                return Err(Reason::new(ReasonKind::Limit, detail).into());
                            }
                        }
                        _ => return Ok(payload),
                    }
                }
                let count = self.stream.read(&mut buffer).await.map_err(|error| io_reason(&what, &error))?;
                if count == 0 {
                    let detail = format!("{what}: the peer closed the connection before it was whole");
                    return Err(Reason::new(ReasonKind::Closed, detail).into());
                }
                self.packets.push(buffer.get(..count).unwrap_or_default());
            }
        };
        self.net.step(&format!("waiting for {what}"), work).await?
    }

    /// Says goodbye, which the server need not hear.
    pub(super) async fn leave(mut self) {
        let said =
            Disconnect { code: message::BY_APPLICATION, description: b"midwatch has what it came for" };
        let packet = packet::write(&said.write(), &mut self.random.byte());
        let work = async {
            self.stream.write_all(&packet).await.ok();
            self.stream.shutdown().await.ok();
        };
        self.net.step("saying goodbye", work).await.ok();
    }
}

/// An answer that could not be read, or was too large.
pub(super) fn protocol(what: &str, error: &WireError) -> Reason {
    let kind = match error {
        WireError::TooLarge { .. } => ReasonKind::Limit,
        _ => ReasonKind::Protocol,
    };
    Reason::new(kind, format!("{what}: {error}"))
}

/// The peer ended. Where it spoke, it spoke something else.
fn ended_before(what: &str, heard: Option<&[u8]>) -> Reason {
    match heard {
        None => {
            let detail = format!("{what}: the peer closed the connection without a word");
            Reason::new(ReasonKind::Closed, detail)
        }
        Some(heard) => {
            let detail = format!("{what}: the peer ended after saying something else: {}", lossless(heard));
            Reason::new(ReasonKind::Protocol, detail)
        }
    }
}

/// Characters of a server's own words that are kept.
const MAX_WORDS: usize = 300;

fn disconnected(payload: &[u8]) -> Ended {
    match Disconnect::read(payload) {
        Ok(said) => {
            let words: String = lossless(said.description).chars().take(MAX_WORDS).collect();
            Ended::Disconnected(format!("DISCONNECT {} ({}): {words}", said.code, said.reason()))
        }
        Err(error) => Reason::new(ReasonKind::Protocol, error.to_string()).into(),
    }
}
