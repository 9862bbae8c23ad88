//! Free ports, and waiting for a condition.

use std::net::{Ipv4Addr, Ipv6Addr, TcpListener};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Below the range that Linux gives to outgoing connections (32768 and up), so that no client takes a port
/// between its choice and the server's start.
const PORTS: std::ops::Range<u32> = 15_000..32_000;

static NEXT: AtomicU32 = AtomicU32::new(0);

/// Names that say that a port is this process's, until it ends.
static TAKEN: Mutex<Vec<UnixListener>> = Mutex::new(Vec::new());

/// A port that is free on 127.0.0.1 and on ::1, and that no process of the tests has been given that still runs: between the
/// choice and the server's start another one would find it free as well.
///
/// # Panics
/// When every port is taken.
pub fn free_port() -> u16 {
    let count = PORTS.end - PORTS.start;
    // Programs that run at the same time begin at different places.
    let start = std::process::id().wrapping_mul(97);
    for _ in 0..count {
        let step = NEXT.fetch_add(1, Ordering::Relaxed);
        let port = PORTS.start + start.wrapping_add(step) % count;
        let port = u16::try_from(port).expect("the range ends below 65536");
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_err() {
            continue;
        }
        match TcpListener::bind((Ipv6Addr::LOCALHOST, port)) {
            Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => continue,
            // Free, or there is no IPv6 here.
            _ if is_ours(port) => return port,
            _ => {}
        }
    }
    panic!("no port is free between {} and {}", PORTS.start, PORTS.end);
}

/// True where no other process has said that the port is its own. A name in the kernel alone says so, which ends with the
/// process and belongs to the same network namespace as the port.
fn is_ours(port: u16) -> bool {
    let name = SocketAddr::from_abstract_name(format!("midwatch-test-port-{port}")).expect("a short name");
    let taken = UnixListener::bind_addr(&name);
    taken.map(|name| TAKEN.lock().unwrap_or_else(PoisonError::into_inner).push(name)).is_ok()
}

/// Asks again and again until the condition holds, and says whether it came to hold within `limit`.
pub fn wait_until(limit: Duration, mut condition: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + limit;
    loop {
        if condition() {
            return true;
        }
        if Instant::now() >= deadline {
            return false;
        }
        thread::sleep(Duration::from_millis(5));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn ports_differ_and_can_be_taken() {
        let ports: BTreeSet<u16> = (0..50).map(|_| free_port()).collect();
        assert_eq!(ports.len(), 50);
        let held: Vec<_> = ports.iter().map(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port))).collect();
        assert!(held.iter().all(Result::is_ok));
    }

    #[test]
    fn a_port_of_another_process_is_left_alone() {
        let port = free_port();
        // Nobody listens there, and yet it is somebody's.
        assert!(TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok());
        assert!(!is_ours(port));
    }

    #[test]
    fn waiting_ends_with_the_condition_or_the_limit() {
        let mut asked = 0;
        assert!(wait_until(Duration::from_secs(10), || {
            asked += 1;
            asked == 3
        }));
        assert!(!wait_until(Duration::from_millis(20), || false));
    }
}
