//! The kernel's own news (rtnetlink(7)): whoever subscribes gets them, without any right.

use std::net::IpAddr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use midwatch_model::{Reason, ReasonKind};
use midwatch_wire::netlink::Header;
use rustix::io::Errno;
use rustix::net::netlink::SocketAddrNetlink;
use rustix::net::{AddressFamily, RecvFlags, SocketFlags, SocketType, bind, recv, socket_with};

use crate::network::present;

/// RTMGRP_LINK, RTMGRP_NEIGH, and the addresses and routes of both families.
const GROUPS: u32 = 0x1 | 0x4 | 0x10 | 0x40 | 0x100 | 0x400;

/// RTM_NEWNEIGH.
const NEWNEIGH: u16 = 28;

/// Kinds of messages about interfaces, addresses and routes: RTM_NEWLINK to RTM_DELROUTE, without the questions.
const NETWORK: &[u16] = &[16, 17, 20, 21, 24, 25];

/// One datagram.
const MAX_DATAGRAM: usize = 64 * 1024;

/// Datagrams that are taken at once.
const MAX_AT_ONCE: usize = 256;

/// Something changed.
pub(super) enum Change {
    /// The table has another entry.
    Neighbour {
        /// The number of the interface.
        interface: u32,
        /// The neighbour.
        address: IpAddr,
        /// Its link-layer address.
        mac: [u8; 6],
    },
    /// Interfaces, addresses or routes.
    Network,
    /// There were more than the kernel keeps: the tables have to be read again.
    Lost,
}

/// The subscription.
pub(super) struct Changes {
    socket: OwnedFd,
}

impl AsFd for Changes {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

impl Changes {
    pub(super) fn open() -> Result<Changes, Reason> {
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        socket_with(AddressFamily::NETLINK, SocketType::RAW, flags, None)
            .and_then(|socket| bind(&socket, &SocketAddrNetlink::new(0, GROUPS)).map(|()| Changes { socket }))
            .map_err(|error| {
                let detail = format!("the kernel's news of the network cannot be had ({error})");
                Reason::new(ReasonKind::Other, detail)
            })
    }

    /// What came since the last time.
    pub(super) fn take(&mut self) -> Vec<Change> {
        let mut all = Vec::new();
        let mut buffer = vec![0; MAX_DATAGRAM];
        for _ in 0..MAX_AT_ONCE {
            match recv(&self.socket, buffer.as_mut_slice(), RecvFlags::empty()) {
                Ok((_, length)) => {
                    let mut rest = buffer.get(..length).unwrap_or_default();
                    while let Some((header, body)) = Header::split(&mut rest) {
                        if header.kind == NEWNEIGH
                            && let Some((interface, address, mac)) = present(body)
                        {
                            all.push(Change::Neighbour { interface, address, mac });
                        } else if NETWORK.contains(&header.kind) {
                            all.push(Change::Network);
                        }
                    }
                }
                Err(Errno::NOBUFS) => all.push(Change::Lost),
                Err(_) => break,
            }
        }
        all
    }
}
