//! Connections on loopback that carry the story's messages and nothing else.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use super::letter::{Frames, Message};

/// How long anybody waits for the next octets.
const PATIENCE: Duration = Duration::from_secs(20);

/// The most messages that one connection carries one way. The longest play has fewer than ten.
const MAX_MESSAGES: usize = 64;

/// An address on loopback: there is no other way to make one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Address(SocketAddr);

impl Address {
    /// None where it is not on loopback.
    pub(crate) fn new(address: SocketAddr) -> Option<Address> {
        address.ip().is_loopback().then_some(Address(address))
    }

    #[cfg(test)]
    pub(crate) fn get(self) -> SocketAddr {
        self.0
    }
}

/// Where somebody can be reached: a free port of 127.0.0.1, and nothing else can be asked for.
pub(crate) struct Door(TcpListener);

impl Door {
    pub(crate) async fn open() -> io::Result<Door> {
        Ok(Door(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?))
    }

    pub(crate) fn address(&self) -> io::Result<Address> {
        Address::new(self.0.local_addr()?).ok_or_else(|| io::Error::other("not on loopback"))
    }

    /// The next who comes.
    pub(crate) async fn accept(&self) -> io::Result<Connection> {
        let (stream, _) = self.0.accept().await?;
        Connection::of(stream)
    }
}

/// A connection.
pub(crate) struct Connection {
    stream: TcpStream,
    frames: Frames,
    left: usize,
}

impl Connection {
    pub(crate) async fn to(address: Address) -> io::Result<Connection> {
        Connection::of(TcpStream::connect(address.0).await?)
    }

    fn of(stream: TcpStream) -> io::Result<Connection> {
        stream.set_nodelay(true)?;
        Ok(Connection { stream, frames: Frames::default(), left: MAX_MESSAGES })
    }

    /// The next message; none where the other has hung up. May be given up at any time without losing anything.
    ///
    /// # Errors
    /// [`io::ErrorKind::InvalidData`] for anything that is no message of the story, [`io::ErrorKind::TimedOut`] where
    /// nothing came for 20 seconds, and what the connection itself says.
    pub(crate) async fn read(&mut self) -> io::Result<Option<Message>> {
        loop {
            match self.frames.message() {
                Ok(Some(message)) => {
                    self.left = self.left.checked_sub(1).ok_or(io::ErrorKind::InvalidData)?;
                    return Ok(Some(message));
                }
                Ok(None) => {}
                Err(_) => return Err(io::ErrorKind::InvalidData.into()),
            }
            let mut chunk = [0; 4096];
            let count = timeout(PATIENCE, self.stream.read(&mut chunk))
                .await
                .map_err(|_| io::ErrorKind::TimedOut)??;
            if count == 0 {
                return Ok(None);
            }
            self.frames.add(chunk.get(..count).unwrap_or_default());
        }
    }

    /// Sends one.
    pub(crate) async fn write(&mut self, message: &Message) -> io::Result<()> {
        timeout(PATIENCE, self.stream.write_all(&message.encode()))
            .await
            .map_err(|_| io::ErrorKind::TimedOut)?
    }

    /// Hangs up. The other may have done so before.
    pub(crate) async fn close(&mut self) {
        let _ = self.stream.shutdown().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn doors_are_on_loopback_and_no_other_address_can_be_named() {
        let door = Door::open().await.expect("a free port");
        assert!(door.address().expect("an address").get().ip().is_loopback());
        for outside in ["0.0.0.0:1", "192.0.2.1:1", "[::]:1", "[2001:db8::1]:1"] {
            assert_eq!(Address::new(outside.parse().expect("an address")), None, "{outside}");
        }
        for inside in ["127.0.0.1:1", "[::1]:1"] {
            assert!(Address::new(inside.parse().expect("an address")).is_some(), "{inside}");
        }
    }

    #[tokio::test]
    async fn messages_go_through_and_no_end_of_them_does_not() {
        let door = Door::open().await.expect("a free port");
        let mut here = Connection::to(door.address().expect("an address")).await.expect("a connection");
        let mut there = door.accept().await.expect("a connection");
        let message = Message::Exchange(vec![1, 2, 3]);
        for _ in 0..MAX_MESSAGES {
            here.write(&message).await.expect("sent");
            assert_eq!(there.read().await.expect("read"), Some(message.clone()));
        }
        here.write(&message).await.expect("sent");
        assert_eq!(there.read().await.expect_err("too many").kind(), io::ErrorKind::InvalidData);
    }
}
