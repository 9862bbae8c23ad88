//! Sockets that take what others send, as the kernel lists them to everybody (proc_pid_net(5)).

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use midwatch_model::{ListeningSocket, Outcome, Reason, ReasonKind};

use crate::System;

/// Lines of one table that are looked at.
const MAX_LINES: usize = 100_000;

/// Sockets that are listed.
const MAX_SOCKETS: usize = 500;

/// The tables: the file, the protocol, and the state of a socket that listens. A socket of UDP that is connected to
/// nobody is in the state of a closed one.
const TABLES: [(&str, &str, &str); 4] = [
    ("/proc/net/tcp", "tcp", "0A"),
    ("/proc/net/tcp6", "tcp", "0A"),
    ("/proc/net/udp", "udp", "07"),
    ("/proc/net/udp6", "udp", "07"),
];

/// The sockets at other addresses than loopback: of TCP those that listen, of UDP those that are connected to nobody,
/// which those of clients may be too.
pub(super) fn look(system: &System) -> Outcome<Vec<ListeningSocket>> {
    let mut found = BTreeSet::new();
    let mut read = false;
    for (path, protocol, state) in TABLES {
        let place = system.at(path);
        match system.text(&place) {
            Ok(Some(text)) => {
                read = true;
                found.extend(
                    sockets(&text, state)
                        .map(|address| ListeningSocket { protocol: protocol.into(), address }),
                );
            }
            // Where IPv6 is off, its tables are not there.
            Ok(None) => {}
            Err(why) => return why.into(),
        }
    }
    match read {
        true => Outcome::seen(found.into_iter().take(MAX_SOCKETS).collect()),
        false => Reason::new(ReasonKind::Other, "/proc/net/tcp is not there; 'ss -tuln' tells").into(),
    }
}

fn sockets<'a>(text: &'a str, state: &'a str) -> impl Iterator<Item = SocketAddr> + 'a {
    text.lines().skip(1).take(MAX_LINES).filter_map(move |line| {
        let mut words = line.split_ascii_whitespace().skip(1);
        let (local, _remote, is) = (words.next()?, words.next()?, words.next()?);
        let address = address(local)?;
        let loopback = match address.ip() {
            IpAddr::V6(ip) => ip.to_ipv4_mapped().map_or(ip.is_loopback(), |ip| ip.is_loopback()),
            IpAddr::V4(ip) => ip.is_loopback(),
        };
        (is == state && !loopback).then_some(address)
    })
}

/// An address in hexadecimal, in words of the machine's own order, and a port: `0100007F:1F90`.
pub(crate) fn address(text: &str) -> Option<SocketAddr> {
    let (ip, port) = text.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let word = |range: std::ops::Range<usize>| {
        let word = u32::from_str_radix(ip.get(range)?, 16).ok()?;
        Some(word.to_ne_bytes())
    };
    let ip = match ip.len() {
        8 => IpAddr::V4(Ipv4Addr::from(word(0..8)?)),
        32 => {
            let mut bytes = [0; 16];
            for (chunk, at) in bytes.chunks_exact_mut(4).zip([0, 8, 16, 24]) {
                chunk.copy_from_slice(&word(at..at + 8)?);
            }
            IpAddr::V6(Ipv6Addr::from(bytes))
        }
        _ => return None,
    };
    Some(SocketAddr::new(ip, port))
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, UdpSocket};

    use proptest::prelude::*;

    use super::*;
    use crate::system::testing::Tree;

    #[test]
    fn tables_of_the_kernel() {
        let tcp = "  sl  local_address rem_address   st tx_queue\n\
                   0: 00000000:0017 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1\n\
                   1: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1\n\
                   2: 0201A8C0:D431 0101A8C0:01BB 01 00000000:00000000 00:00000000 00000000     0        0 1\n";
        let tree = Tree::new(&[("/proc/net/tcp", tcp)]);
        let found = look(&tree.system);
        let shown: Vec<String> = found.value().unwrap().iter().map(|one| one.address.to_string()).collect();
        assert_eq!(shown, ["0.0.0.0:23"]);
        assert!(look(&Tree::new(&[]).system).is_unmeasured());
    }

    /// Sockets of this test, in the tables of this kernel. At loopback, since nothing here may be reached from outside.
    #[test]
    fn sockets_of_this_computer() {
        let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
        let tcp6 = TcpListener::bind("[::1]:0");
        let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
        let listed = |path: &str, state: &str| -> Vec<SocketAddr> {
            let text = std::fs::read_to_string(path).unwrap();
            let lines = text.lines().skip(1).filter_map(|line| {
                let words: Vec<&str> = line.split_ascii_whitespace().collect();
                (words.get(3) == Some(&state)).then(|| address(words[1]).unwrap())
            });
            lines.collect()
        };
        assert!(listed("/proc/net/tcp", "0A").contains(&tcp.local_addr().unwrap()));
        assert!(listed("/proc/net/udp", "07").contains(&udp.local_addr().unwrap()));
        if let Ok(tcp6) = tcp6 {
            assert!(listed("/proc/net/tcp6", "0A").contains(&tcp6.local_addr().unwrap()));
        }
        let system = System { root: "/".into(), home: None, env: vec![] };
        let found = look(&system).value().cloned().unwrap();
        assert!(found.iter().all(|one| !one.address.ip().is_loopback()), "{found:?}");
    }

    proptest! {
        #[test]
        fn no_text_breaks_it(text in "(?s).{0,300}", word in "[0-9A-Fa-f:]{0,40}") {
            sockets(&text, "0A").count();
            address(&word);
        }
    }
}
