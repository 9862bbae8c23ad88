//! Somebody in the middle of two who speak TLS or SSH.

use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::thread;

use super::Wire;

const APPLICATION_DATA: u8 = 23;

/// Passes everything on, with one bit of the server's protected record `number` changed.
pub(super) fn tampers(client: &mut Wire<'_>, server: SocketAddr, number: usize) -> io::Result<()> {
    between(client, server, |server, client| pass(server, client, number))
}

/// Passes everything on, with `to` wherever the server says `from`.
pub(super) fn swaps(client: &mut Wire<'_>, server: SocketAddr, from: &[u8], to: &[u8]) -> io::Result<()> {
    between(client, server, |server, client| {
        let mut held = Vec::new();
        loop {
            let more = server.read_some(16 * 1024)?;
            held.extend_from_slice(&more);
            while let Some(at) = held.windows(from.len()).position(|part| part == from) {
                held[at..at + from.len()].copy_from_slice(to);
            }
            // What may be the beginning of it waits for the rest.
            let longest = from.len().min(held.len());
            let begun = (0..=longest).rev().find(|&count| held.ends_with(&from[..count])).unwrap_or(0);
            let keep = if more.is_empty() { 0 } else { begun };
            let passed: Vec<u8> = held.drain(..held.len() - keep).collect();
            client.write_all(&passed)?;
            if more.is_empty() {
                return Ok(());
            }
        }
    })
}

/// Passes on what the client says, and leaves what the server says to `pass`.
fn between(
    client: &mut Wire<'_>,
    server: SocketAddr,
    pass: impl FnOnce(&mut Wire<'_>, &mut Wire<'_>) -> io::Result<()>,
) -> io::Result<()> {
    let state = client.state;
    let mut server = Wire { stream: TcpStream::connect(server)?, state };
    let mut from = Wire { stream: client.stream.try_clone()?, state };
    let mut to = Wire { stream: server.stream.try_clone()?, state };
    thread::scope(|scope| {
        scope.spawn(move || {
            let _ = io::copy(&mut from, &mut to);
            let _ = to.stream.shutdown(Shutdown::Write);
        });
        let passed = pass(&mut server, client);
        // Ends the other direction as well.
        let _ = server.stream.shutdown(Shutdown::Both);
        let _ = client.stream.shutdown(Shutdown::Both);
        passed
    })
}

fn pass(server: &mut Wire<'_>, client: &mut Wire<'_>, number: usize) -> io::Result<()> {
    let mut protected = 0;
    loop {
        let mut header = [0; 5];
        server.read_exact(&mut header)?;
        let mut fragment = vec![0; usize::from(u16::from_be_bytes([header[3], header[4]]))];
        server.read_exact(&mut fragment)?;
        if header[0] == APPLICATION_DATA {
            protected += 1;
            if protected == number && !fragment.is_empty() {
                fragment[0] ^= 1;
            }
        }
        client.write_all(&[&header[..], &fragment].concat())?;
    }
}
