//! The socket to the kernel: requests and whole answers (netlink(7), rtnetlink(7), RFC 3549).

use std::net::IpAddr;
use std::os::fd::OwnedFd;
use std::time::Duration;

use midwatch_model::{Reason, ReasonKind};
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, recv, send, socket_with, sockopt,
};

use super::parse::{Attributes, Header, align};

pub(super) const GETLINK: u16 = 18;
pub(super) const GETROUTE: u16 = 26;
pub(super) const GETNEIGH: u16 = 30;

const REQUEST: u16 = 1;
const DUMP: u16 = 0x300;
/// The table changed while it was read.
const DUMP_INTERRUPTED: u16 = 0x10;
const ERROR: u16 = 2;
const DONE: u16 = 3;
/// RTA_DST.
const DESTINATION: u16 = 1;

const AF_INET: u8 = 2;
const AF_INET6: u8 = 10;

/// How long one answer may take. The kernel answers at once.
const WAIT: Duration = Duration::from_secs(2);

/// One datagram of an answer: the kernel's are at most 32 KiB.
const MAX_DATAGRAM: usize = 64 * 1024;

/// All of an answer, in bytes.
const MAX_ANSWER: usize = 8 * 1024 * 1024;

/// Times that a table is read again because it changed meanwhile.
const MAX_TRIES: usize = 3;

/// A conversation with the kernel.
pub(super) struct Kernel {
    socket: OwnedFd,
    sequence: u32,
}

/// One answer.
pub(super) enum Answer {
    /// The body of a message.
    Body(Vec<u8>),
    /// There is none, in the kernel's words.
    No(String),
}

impl Kernel {
    pub(super) fn open() -> Result<Kernel, Reason> {
        // NETLINK_ROUTE is protocol 0.
        let socket = socket_with(AddressFamily::NETLINK, SocketType::RAW, SocketFlags::CLOEXEC, None)
            .and_then(|socket| {
                sockopt::set_socket_timeout(&socket, sockopt::Timeout::Recv, Some(WAIT)).map(|()| socket)
            })
            .map_err(|error| failed(&format!("the kernel's routing socket could not be opened ({error})")))?;
        Ok(Kernel { socket, sequence: 0 })
    }

    /// The bodies of a whole table.
    pub(super) fn dump(&mut self, kind: u16) -> Result<Vec<Vec<u8>>, Reason> {
        for _ in 0..MAX_TRIES {
            // rtgenmsg and what is longer begin with the family; zero stands for all of them.
            self.ask(kind, REQUEST | DUMP, &[0; 16])?;
            if let Some(bodies) = self.whole()? {
                return Ok(bodies);
            }
        }
        Err(failed("the kernel's table changed each time while it was read"))
    }

    /// Where packets for `address` would go.
    pub(super) fn route(&mut self, address: IpAddr) -> Result<Answer, Reason> {
        let (family, octets) = match address {
            IpAddr::V4(address) => (AF_INET, address.octets().to_vec()),
            IpAddr::V6(address) => (AF_INET6, address.octets().to_vec()),
        };
        let bits = u8::try_from(octets.len() * 8).unwrap_or(0);
        let mut body = vec![family, bits, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        Attributes::put(&mut body, DESTINATION, &octets);
        self.ask(GETROUTE, REQUEST, &body)?;
        let datagram = self.receive()?;
        let mut rest = datagram.as_slice();
        while let Some((header, body)) = Header::split(&mut rest) {
            if header.sequence != self.sequence {
                continue;
            }
            return Ok(match header.kind {
                ERROR => Answer::No(errno(body)),
                _ => Answer::Body(body.to_vec()),
            });
        }
        Err(failed("the kernel's answer about a route could not be understood"))
    }

    fn ask(&mut self, kind: u16, flags: u16, body: &[u8]) -> Result<(), Reason> {
        self.sequence = self.sequence.wrapping_add(1);
        let length = Header::LENGTH + align(body.len());
        let mut message = Vec::with_capacity(length);
        message.extend(u32::try_from(length).unwrap_or(0).to_ne_bytes());
        message.extend(kind.to_ne_bytes());
        message.extend(flags.to_ne_bytes());
        message.extend(self.sequence.to_ne_bytes());
        message.extend(0_u32.to_ne_bytes());
        message.extend(body);
        message.resize(length, 0);
        send(&self.socket, &message, SendFlags::empty())
            .map(|_| ())
            .map_err(|error| failed(&format!("the kernel takes no question about routing ({error})")))
    }

    fn receive(&self) -> Result<Vec<u8>, Reason> {
        let mut buffer = vec![0; MAX_DATAGRAM];
        let (_, length) = recv(&self.socket, buffer.as_mut_slice(), RecvFlags::TRUNC)
            .map_err(|error| failed(&format!("the kernel did not answer about routing ({error})")))?;
        if length > MAX_DATAGRAM {
            return Err(Reason::new(ReasonKind::Limit, "an answer of the kernel is larger than 64 KiB"));
        }
        buffer.truncate(length);
        Ok(buffer)
    }

    /// Every message up to the end of the table; none where it changed while it was read.
    fn whole(&self) -> Result<Option<Vec<Vec<u8>>>, Reason> {
        let mut bodies = Vec::new();
        let mut total = 0;
        let mut changed = false;
        loop {
            let datagram = self.receive()?;
            total += datagram.len();
            if total > MAX_ANSWER {
                return Err(Reason::new(ReasonKind::Limit, "a table of the kernel is larger than 8 MiB"));
            }
            let mut rest = datagram.as_slice();
            let mut any = false;
            while let Some((header, body)) = Header::split(&mut rest) {
                any = true;
                if header.sequence != self.sequence {
                    continue;
                }
                changed |= header.flags & DUMP_INTERRUPTED != 0;
                match header.kind {
                    DONE => return Ok((!changed).then_some(bodies)),
                    ERROR => return Err(failed(&format!("the kernel refused ({})", errno(body)))),
                    _ => bodies.push(body.to_vec()),
                }
            }
            if !any {
                return Err(failed("the kernel's answer could not be understood"));
            }
        }
    }
}

fn failed(detail: &str) -> Reason {
    Reason::new(ReasonKind::Other, detail)
}

/// The words for the error number that begins a message of that kind.
fn errno(body: &[u8]) -> String {
    let number = body.first_chunk::<4>().map_or(0, |bytes| i32::from_ne_bytes(*bytes));
    std::io::Error::from_raw_os_error(number.saturating_neg()).to_string()
}
