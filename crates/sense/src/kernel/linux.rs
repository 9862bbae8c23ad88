//! A netlink socket.

use std::os::fd::OwnedFd;
use std::time::Duration;

use midwatch_model::{Reason, ReasonKind};
use rustix::net::{
    AddressFamily, Protocol, RecvFlags, SendFlags, SocketFlags, SocketType, recv, send, socket_with, sockopt,
};

use super::{Channel, failed};

/// How long one answer may take. The kernel answers at once.
const WAIT: Duration = Duration::from_secs(2);

/// One datagram of an answer: the kernel's are at most 32 KiB.
const MAX_DATAGRAM: usize = 64 * 1024;

/// A netlink socket.
pub(crate) struct Socket {
    socket: OwnedFd,
    about: &'static str,
}

impl Socket {
    pub(super) fn routing() -> Result<Socket, Reason> {
        // NETLINK_ROUTE is protocol 0.
        Socket::open(None, "routing")
    }

    pub(super) fn generic(about: &'static str) -> Result<Socket, Reason> {
        Socket::open(Some(rustix::net::netlink::GENERIC), about)
    }

    pub(super) fn sockets() -> Result<Socket, Reason> {
        Socket::open(Some(rustix::net::netlink::SOCK_DIAG), "sockets")
    }

    fn open(protocol: Option<Protocol>, about: &'static str) -> Result<Socket, Reason> {
        let socket = socket_with(AddressFamily::NETLINK, SocketType::RAW, SocketFlags::CLOEXEC, protocol)
            .and_then(|socket| {
                sockopt::set_socket_timeout(&socket, sockopt::Timeout::Recv, Some(WAIT)).map(|()| socket)
            })
            .map_err(|error| {
                failed(&format!(
                    "the kernel's socket about {about} could not be opened ({error}): it takes no right, so that a \
                     sandbox around this program may be what forbids it"
                ))
            })?;
        Ok(Socket { socket, about })
    }
}

impl Channel for Socket {
    fn send(&mut self, message: &[u8]) -> Result<(), Reason> {
        send(&self.socket, message, SendFlags::empty())
            .map(|_| ())
            .map_err(|error| failed(&format!("the kernel takes no question about {} ({error})", self.about)))
    }

    fn receive(&mut self) -> Result<Vec<u8>, Reason> {
        let mut buffer = vec![0; MAX_DATAGRAM];
        let (_, length) = recv(&self.socket, buffer.as_mut_slice(), RecvFlags::TRUNC)
            .map_err(|error| failed(&format!("the kernel did not answer about {} ({error})", self.about)))?;
        if length > MAX_DATAGRAM {
            return Err(Reason::new(ReasonKind::Limit, "an answer of the kernel is larger than 64 KiB"));
        }
        buffer.truncate(length);
        Ok(buffer)
    }
}
