//! The sockets that take connections or datagrams: from the kernel by sock_diag(7), which takes no right and says of a
//! socket of IPv6 whether it takes IPv4; else from its tables (proc_pid_net(5)).

use std::net::SocketAddr;

use midwatch_model::{KnownService, Reason, ReasonKind};
use midwatch_wire::netlink::sock_diag::{self, BY_FAMILY, TCP, UDP, V4, V6};

use crate::System;
use crate::kernel::Kernel;
use crate::upkeep::sockets::address;

/// Sockets of one table that are looked at.
const MAX_SOCKETS: usize = 100_000;

/// A socket.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Socket {
    pub(super) protocol: &'static str,
    pub(super) address: SocketAddr,
    /// The number of the interface that it is bound to; 0 for none.
    pub(super) interface: u32,
    pub(super) inode: u64,
    /// True where one of IPv6 takes no IPv4; none where that is not told.
    pub(super) v6_only: Option<bool>,
}

/// Those of TCP that listen, and those of UDP at ports of services that are known: others are those of clients as a rule.
///
/// # Errors
/// Neither way tells.
pub(super) fn look(system: &System) -> Result<Vec<Socket>, Reason> {
    // A tree that stands for a computer has no kernel.
    let mut all = match system.root.parent() {
        None => of_kernel().or_else(|_| of_tables(system))?,
        Some(_) => of_tables(system)?,
    };
    all.retain(|socket| socket.protocol == "tcp" || KnownService::at("udp", socket.address.port()).is_some());
    all.sort();
    all.dedup();
    Ok(all)
}

fn of_kernel() -> Result<Vec<Socket>, Reason> {
    let mut kernel = Kernel::sockets()?;
    let mut all = Vec::new();
    for (protocol, which) in [("tcp", TCP), ("udp", UDP)] {
        for family in [V4, V6] {
            let bodies = kernel.dump(BY_FAMILY, &sock_diag::question(family, which))?;
            let found = bodies.iter().filter_map(|body| sock_diag::socket(body));
            all.extend(found.take(MAX_SOCKETS).map(|found| Socket {
                protocol,
                address: found.address,
                interface: found.interface,
                inode: found.inode.into(),
                v6_only: found.v6_only,
            }));
        }
    }
    Ok(all)
}

/// The tables, and the state of a socket that listens.
const TABLES: [(&str, &str, &str); 4] = [
    ("/proc/net/tcp", "tcp", "0A"),
    ("/proc/net/tcp6", "tcp", "0A"),
    ("/proc/net/udp", "udp", "07"),
    ("/proc/net/udp6", "udp", "07"),
];

fn of_tables(system: &System) -> Result<Vec<Socket>, Reason> {
    let mut all = Vec::new();
    let mut read = false;
    for (path, protocol, state) in TABLES {
        // Where IPv6 is off, its tables are not there.
        let Some(text) = system.text(&system.at(path))? else { continue };
        read = true;
        all.extend(text.lines().skip(1).take(MAX_SOCKETS).filter_map(|line| {
            let words: Vec<&str> = line.split_ascii_whitespace().collect();
            let (local, is, inode) = (words.get(1)?, words.get(3)?, words.get(9)?);
            let socket = Socket {
                protocol,
                address: address(local)?,
                interface: 0,
                inode: inode.parse().ok()?,
                v6_only: None,
            };
            (*is == state).then_some(socket)
        }));
    }
    match read {
        true => Ok(all),
        false if system.root.parent().is_some() => {
            let detail = "a tree that stands for a computer has no kernel with sockets";
            Err(Reason::new(ReasonKind::NotAsked, detail))
        }
        false => Err(Reason::new(ReasonKind::Other, "/proc/net/tcp is not there; 'ss -tuln' tells")),
    }
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, UdpSocket};

    use super::*;
    use crate::system::testing::Tree;

    #[test]
    fn both_ways_tell_the_same() {
        let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
        let _udp = UdpSocket::bind("127.0.0.1:0").unwrap();
        let tcp6 = TcpListener::bind("[::1]:0");
        let system = System { root: "/".into(), home: None, env: vec![] };
        let tables = of_tables(&system).unwrap();
        let kernel = of_kernel().unwrap();
        for listener in [Some(&tcp), tcp6.as_ref().ok()].into_iter().flatten() {
            let at = listener.local_addr().unwrap();
            let of = |all: &[Socket]| all.iter().find(|one| one.address == at).cloned().expect("listed");
            let (one, two) = (of(&kernel), of(&tables));
            assert_eq!((one.protocol, one.inode), ("tcp", two.inode));
            assert_eq!(one.v6_only.is_some(), at.is_ipv6(), "{one:?}");
        }
        let found = look(&system).unwrap();
        assert!(
            found
                .iter()
                .all(|one| one.protocol == "tcp" || KnownService::at("udp", one.address.port()).is_some())
        );
    }

    #[test]
    fn a_tree_stands_for_a_computer() {
        let tcp = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
                   0: 00000000:0017 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1\n\
                   1: 0100007F:1F90 0100007F:0050 01 00000000:00000000 00:00000000 00000000     0        0 4712 1\n";
        let tree = Tree::new(&[("/proc/net/tcp", tcp)]);
        let found = look(&tree.system).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].address.to_string().as_str(), found[0].inode), ("0.0.0.0:23", 4711));
        assert!(look(&Tree::new(&[]).system).is_err());
    }
}
