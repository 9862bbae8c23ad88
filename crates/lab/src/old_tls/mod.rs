//! TLS 1.0 and 1.1 as they should no longer be: DELIBERATELY WEAK, for the lab alone.
//!
//! No library that is kept today speaks these versions (RFC 8996), so the lab has a small server of its own
//! to be found out. It is a real one: a whole handshake with ECDHE-ECDSA over P-256 and CBC suites with
//! HMAC-SHA1, and HTTP inside. It behaves as servers of that time do:
//!
//! - it negotiates whatever a newer client offers down to TLS 1.1 and leaves no downgrade mark in its random;
//! - it does not know TLS_FALLBACK_SCSV (RFC 7507) nor the renegotiation indication (RFC 5746);
//! - it knows neither extended_master_secret nor encrypt_then_mac;
//! - it takes no care that the time of its answers says nothing about padding.
//!
//! What it shares with servers of today is that every read is bounded and every wait has a deadline.
//!
//! | module | job | source |
//! |---|---|---|
//! | `hello` | reading a ClientHello | RFC 4346 7.4.1.2, RFC 8422 5.1 |
//! | `keys` | the PRF, key blocks, Finished | RFC 2246 5, 6.3, 7.4.9 |
//! | `record` | records, plain and protected | RFC 2246 6.2, RFC 4346 6.2.3.2 |
//! | `handshake` | the order of messages | RFC 2246 7.3, RFC 8422 5 |

mod handshake;
mod hello;
mod keys;
mod record;

use std::future::pending;
use std::io;
use std::time::Duration;

use p256::SecretKey;
use p256::pkcs8::DecodePrivateKey as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::time::timeout;

use self::record::{ALERT, APPLICATION_DATA, RecordReader, RecordWriter};
use crate::pki::Identity;

const HANDSHAKE_TIME: Duration = Duration::from_secs(10);

/// Longest time between two records of application data, either way.
const IDLE_TIME: Duration = Duration::from_secs(60);

/// `close_notify` at the level `warning`.
const CLOSE_NOTIFY: [u8; 2] = [1, 0];

/// A server for old TLS with one certificate.
pub(crate) struct OldTls {
    certificate: Vec<u8>,
    key: SecretKey,
}

/// A connection after its handshake.
pub(crate) struct Connection {
    reader: RecordReader<OwnedReadHalf>,
    writer: RecordWriter<OwnedWriteHalf>,
}

impl OldTls {
    /// A server with this P-256 certificate.
    pub(crate) fn new(identity: &Identity) -> io::Result<OldTls> {
        let key = SecretKey::from_pkcs8_der(&identity.key).map_err(io::Error::other)?;
        Ok(OldTls { certificate: identity.certificate.to_vec(), key })
    }

    /// The whole handshake. `None` where it does not succeed in time; the peer has been told by an alert
    /// where it broke the rules.
    pub(crate) async fn accept(&self, stream: TcpStream) -> Option<Connection> {
        let (reader, writer) = stream.into_split();
        let (mut reader, mut writer) = (RecordReader::new(reader), RecordWriter::new(writer));
        let work = handshake::run(self, &mut reader, &mut writer);
        match timeout(HANDSHAKE_TIME, work).await {
            Ok(Ok(())) => Some(Connection { reader, writer }),
            Ok(Err(failure)) => {
                if let Some(alert) = failure.alert {
                    let told = async {
                        writer.write(ALERT, &[2, alert]).await?;
                        writer.finish().await
                    };
                    let _ = timeout(IDLE_TIME, told).await;
                }
                None
            }
            Err(_) => None,
        }
    }
}

impl Connection {
    /// Carries application data between the peer and `inner` until either ends.
    pub(crate) async fn carry(self, inner: DuplexStream) {
        let Connection { mut reader, mut writer } = self;
        let (mut from_inner, mut to_inner) = tokio::io::split(inner);
        let inbound = async {
            while let Ok(Ok((kind, data))) = timeout(IDLE_TIME, reader.read()).await {
                // An alert ends the connection (close_notify, mostly), and so does an attempt to renegotiate.
                if kind != APPLICATION_DATA || to_inner.write_all(&data).await.is_err() {
                    break;
                }
            }
            let _ = to_inner.shutdown().await;
            // What `inner` still has to say goes out first.
            pending::<()>().await;
        };
        let outbound = async {
            let mut data = vec![0; record::FRAGMENT_MAX];
            while let Ok(Ok(length)) = timeout(IDLE_TIME, from_inner.read(&mut data)).await {
                let Some(data) = data.get(..length).filter(|data| !data.is_empty()) else { break };
                if writer.write(APPLICATION_DATA, data).await.is_err() {
                    return;
                }
            }
            let _ = writer.write(ALERT, &CLOSE_NOTIFY).await;
            let _ = writer.finish().await;
        };
        tokio::select! {
            () = inbound => {}
            () = outbound => {}
        }
    }
}

/// Why a handshake ended.
#[derive(Debug)]
pub(crate) struct Failure {
    /// The alert for the peer, none where it is gone.
    alert: Option<u8>,
}

impl Failure {
    /// A message that cannot be read.
    const DECODE: Failure = Failure { alert: Some(50) };
    /// A message that has no place here.
    const UNEXPECTED: Failure = Failure { alert: Some(10) };
    /// Nothing in common.
    const HANDSHAKE: Failure = Failure { alert: Some(40) };
    /// SSL 3.0 or older.
    const VERSION: Failure = Failure { alert: Some(70) };
    /// A value that no honest peer sends.
    const ILLEGAL: Failure = Failure { alert: Some(47) };
    /// A record whose padding or MAC is wrong.
    const MAC: Failure = Failure { alert: Some(20) };
    /// A record or message that is too long.
    const OVERFLOW: Failure = Failure { alert: Some(22) };
    /// Finished does not fit what was said before.
    const DECRYPT: Failure = Failure { alert: Some(51) };
    /// Something here failed.
    const INTERNAL: Failure = Failure { alert: Some(80) };
}

impl From<io::Error> for Failure {
    fn from(_: io::Error) -> Self {
        Failure { alert: None }
    }
}
