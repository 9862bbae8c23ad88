//! TLS as no client wants it: first flights of a server, written by hand.
//!
//! No key is behind any of it. A first flight is all that these servers can say, and all that is needed to
//! meet them.

use std::io::{self, Read as _, Write as _};

use super::{DHE_SUITES, SUITES, Wire};

const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;

/// What is needed of a ClientHello.
struct Hello {
    /// legacy_version: nothing newer is looked at.
    version: u16,
    suites: Vec<u16>,
}

/// Reads records until a ClientHello is whole. `None` where it is none.
fn read_hello(wire: &mut Wire<'_>) -> io::Result<Option<Hello>> {
    let mut message = Vec::new();
    loop {
        let mut header = [0; 5];
        wire.read_exact(&mut header)?;
        if header[0] != HANDSHAKE {
            return Ok(None);
        }
        let mut fragment = vec![0; usize::from(u16::from_be_bytes([header[3], header[4]]))];
        wire.read_exact(&mut fragment)?;
        message.extend(fragment);
        if let Some(whole) = whole(&message) {
            return Ok(parse(whole));
        }
        if message.len() > 64 * 1024 {
            return Ok(None);
        }
    }
}

/// The body of the first handshake message, once it is whole.
fn whole(message: &[u8]) -> Option<&[u8]> {
    let length = u32::from_be_bytes([0, *message.get(1)?, *message.get(2)?, *message.get(3)?]);
    message.get(4..4 + usize::try_from(length).ok()?)
}

fn parse(body: &[u8]) -> Option<Hello> {
    let version = u16::from_be_bytes([*body.first()?, *body.get(1)?]);
    let after_session = 35 + usize::from(*body.get(34)?);
    let length = u16::from_be_bytes([*body.get(after_session)?, *body.get(after_session + 1)?]);
    let suites = body.get(after_session + 2..after_session + 2 + usize::from(length))?;
    let suites = suites.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
    Some(Hello { version, suites })
}

fn record(kind: u8, fragment: &[u8]) -> Vec<u8> {
    let mut record = vec![kind, 3, 3];
    record.extend(u16::try_from(fragment.len()).expect("a short fragment").to_be_bytes());
    record.extend(fragment);
    record
}

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut message = vec![kind];
    message.extend(&u32::try_from(body.len()).expect("a short message").to_be_bytes()[1..]);
    message.extend(body);
    message
}

/// ServerHello for TLS 1.2 with this suite, with an answer to the renegotiation indication.
fn server_hello(suite: u16) -> Vec<u8> {
    let mut body = vec![3, 3];
    body.extend([0x5a; 32]);
    body.push(0);
    body.extend(suite.to_be_bytes());
    body.push(0);
    body.extend([0, 5, 0xff, 1, 0, 1, 0]);
    message(2, &body)
}

fn certificates(certificates: &[Vec<u8>]) -> Vec<u8> {
    let mut list: Vec<u8> = Vec::new();
    for der in certificates {
        list.extend(&u32::try_from(der.len()).expect("a short certificate").to_be_bytes()[1..]);
        list.extend(der);
    }
    let mut body = u32::try_from(list.len()).expect("a short chain").to_be_bytes()[1..].to_vec();
    body.extend(list);
    message(11, &body)
}

/// ServerKeyExchange with the generator of P-256 as public key and a signature that nobody made.
fn ecdhe() -> Vec<u8> {
    const GENERATOR: [u8; 65] = [
        0x04, 0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47, 0xf8, 0xbc, 0xe6, 0xe5, 0x63, 0xa4, 0x40, 0xf2,
        0x77, 0x03, 0x7d, 0x81, 0x2d, 0xeb, 0x33, 0xa0, 0xf4, 0xa1, 0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96, 0x4f,
        0xe3, 0x42, 0xe2, 0xfe, 0x1a, 0x7f, 0x9b, 0x8e, 0xe7, 0xeb, 0x4a, 0x7c, 0x0f, 0x9e, 0x16, 0x2b, 0xce,
        0x33, 0x57, 0x6b, 0x31, 0x5e, 0xce, 0xcb, 0xb6, 0x40, 0x68, 0x37, 0xbf, 0x51, 0xf5,
    ];
    let mut body = vec![3, 0, 23, 65];
    body.extend(GENERATOR);
    body.extend(signature());
    message(12, &body)
}

/// ServerKeyExchange with a prime of 8 bits, generator 2 and public value 4.
fn bad_dhe() -> Vec<u8> {
    let mut body = vec![0, 1, 251, 0, 1, 2, 0, 1, 4];
    body.extend(signature());
    message(12, &body)
}

/// rsa_pkcs1_sha256 and 256 bytes.
fn signature() -> Vec<u8> {
    let mut signature = vec![4, 1, 1, 0];
    signature.extend([0x77; 256]);
    signature
}

/// A whole first flight for TLS 1.2 with this suite.
fn flight(suite: u16, chain: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mut flight = vec![server_hello(suite), certificates(chain)];
    if matches!(suite, 0xc02f | 0xc030) {
        flight.push(ecdhe());
    }
    if DHE_SUITES.contains(&suite) {
        flight.push(bad_dhe());
    }
    flight.push(message(14, &[]));
    flight
}

fn send(wire: &mut Wire<'_>, messages: &[Vec<u8>]) -> io::Result<()> {
    for message in messages {
        for fragment in message.chunks(1 << 14) {
            wire.write_all(&record(HANDSHAKE, fragment))?;
        }
    }
    wire.drain()
}

/// Answers a hello with the first of `order` that it offers, else with an alert.
fn answer(wire: &mut Wire<'_>, hello: Option<Hello>, order: &[u16], chain: &[Vec<u8>]) -> io::Result<()> {
    const DECODE_ERROR: u8 = 50;
    const PROTOCOL_VERSION: u8 = 70;
    const HANDSHAKE_FAILURE: u8 = 40;
    let Some(hello) = hello else { return refuse(wire, DECODE_ERROR) };
    if hello.version < 0x0303 {
        return refuse(wire, PROTOCOL_VERSION);
    }
    match order.iter().find(|suite| hello.suites.contains(suite)) {
        Some(suite) => send(wire, &flight(*suite, chain)),
        None => refuse(wire, HANDSHAKE_FAILURE),
    }
}

fn refuse(wire: &mut Wire<'_>, alert: u8) -> io::Result<()> {
    wire.write_all(&record(ALERT, &[2, alert]))?;
    wire.drain()
}

pub(super) fn garbage(wire: &mut Wire<'_>) -> io::Result<()> {
    read_hello(wire)?;
    let bytes: Vec<u8> = (0..=255_u8).map(|byte| byte.wrapping_mul(167) ^ 0xa5).collect();
    wire.write_all(&record(HANDSHAKE, &bytes))?;
    wire.drain()
}

pub(super) fn alert(wire: &mut Wire<'_>, alert: u8) -> io::Result<()> {
    wire.read_some(16 * 1024)?;
    refuse(wire, alert)
}

pub(super) fn closes_in_record(wire: &mut Wire<'_>) -> io::Result<()> {
    read_hello(wire)?;
    let whole = record(HANDSHAKE, &server_hello(SUITES[0]));
    wire.write_all(&whole[..whole.len() - 20])?;
    wire.drain()
}

pub(super) fn endless_handshake(wire: &mut Wire<'_>) -> io::Result<()> {
    let suite = match read_hello(wire)? {
        Some(hello) => SUITES.into_iter().find(|suite| hello.suites.contains(suite)).unwrap_or(SUITES[0]),
        None => SUITES[0],
    };
    wire.write_all(&record(HANDSHAKE, &server_hello(suite)))?;
    wire.write_all(&record(HANDSHAKE, &[11, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfc, 0xff, 0xff, 0xf9]))?;
    let more = record(HANDSHAKE, &[0x30; 1 << 14]);
    loop {
        wire.write_all(&more)?;
    }
}

pub(super) fn suite_not_offered(wire: &mut Wire<'_>) -> io::Result<()> {
    match read_hello(wire)? {
        Some(hello) => {
            let other = SUITES.into_iter().find(|suite| !hello.suites.contains(suite));
            // TLS_RSA_WITH_CAMELLIA_128_CBC_SHA, for a hello that offers all of the usual ones.
            send(wire, &flight(other.unwrap_or(0x0041), &[]))
        }
        None => answer(wire, None, &SUITES, &[]),
    }
}

pub(super) fn breaks_at_suites(wire: &mut Wire<'_>, most: usize) -> io::Result<()> {
    let hello = read_hello(wire)?;
    if hello.as_ref().is_some_and(|hello| hello.suites.len() >= most) {
        return Ok(());
    }
    answer(wire, hello, &SUITES, &[])
}

pub(super) fn hello_in_one_read(wire: &mut Wire<'_>, most: usize) -> io::Result<()> {
    let first = wire.read_some(most)?;
    if first.first() != Some(&HANDSHAKE) {
        return answer(wire, None, &SUITES, &[]);
    }
    match first.get(5..).and_then(whole) {
        Some(body) => {
            let hello = parse(body);
            answer(wire, hello, &SUITES, &[])
        }
        None => wire.reset(),
    }
}

pub(super) fn prefers_bad_dhe(wire: &mut Wire<'_>) -> io::Result<()> {
    let hello = read_hello(wire)?;
    answer(wire, hello, &[&DHE_SUITES[..], &SUITES[..]].concat(), &[])
}

pub(super) fn chain(wire: &mut Wire<'_>, certificates: &[Vec<u8>]) -> io::Result<()> {
    let hello = read_hello(wire)?;
    answer(wire, hello, &SUITES, certificates)
}
