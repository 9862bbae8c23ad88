//! A UDP socket that counts against the budget as a connection does.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use midwatch_model::Reason;
use tokio::net::UdpSocket;
use tokio::sync::OwnedSemaphorePermit;

use super::{Net, io_reason};

/// A socket that takes datagrams of one peer alone. It holds its place until it is dropped.
#[derive(Debug)]
pub(crate) struct Datagrams {
    socket: UdpSocket,
    _permit: OwnedSemaphorePermit,
}

impl Net {
    /// A UDP socket at a port that the system chooses, bound to `address`.
    ///
    /// # Errors
    /// As [`Net::connect`].
    pub(crate) async fn datagrams(&self, address: SocketAddr) -> Result<Datagrams, Reason> {
        let permit = self.admit(address).await?;
        let what = format!("sending to {address}");
        let local = match address {
            SocketAddr::V4(_) => SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)),
            SocketAddr::V6(_) => SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0)),
        };
        let socket = UdpSocket::bind(local).await.map_err(|error| io_reason(&what, &error))?;
        socket.connect(address).await.map_err(|error| io_reason(&what, &error))?;
        Ok(Datagrams { socket, _permit: permit })
    }
}

impl Datagrams {
    /// Sends one datagram.
    pub(crate) async fn send(&self, bytes: &[u8]) -> std::io::Result<usize> {
        self.socket.send(bytes).await
    }

    /// Takes one datagram of the peer.
    pub(crate) async fn receive(&self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.socket.recv(buffer).await
    }
}
