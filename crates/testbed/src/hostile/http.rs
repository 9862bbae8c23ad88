//! HTTP as no client wants it.

use std::io::{self, Read as _, Write as _};
use std::time::Duration;

use flate2::{Compress, Compression, FlushCompress};

use super::Wire;

const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n";

/// Reads one request's header section and returns its path.
fn request(wire: &mut Wire<'_>) -> io::Result<String> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() > 64 * 1024 || wire.read(&mut byte)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        head.extend(byte);
    }
    let line = String::from_utf8_lossy(&head).into_owned();
    Ok(line.split(' ').nth(1).unwrap_or("/").to_owned())
}

pub(super) fn drips(wire: &mut Wire<'_>) -> io::Result<()> {
    request(wire)?;
    let answer = [HEAD, b"Content-Length: 14\r\n\r\n<p>At last</p>"].concat();
    for byte in answer {
        wire.write_all(&[byte])?;
        wire.wait(Duration::from_secs(1))?;
    }
    Ok(())
}

pub(super) fn endless_headers(wire: &mut Wire<'_>) -> io::Result<()> {
    request(wire)?;
    wire.write_all(HEAD)?;
    for number in 0_u64.. {
        let line = format!("X-Line-{number}: {}\r\n", "more ".repeat(20));
        wire.write_all(line.as_bytes())?;
    }
    Ok(())
}

pub(super) fn endless_header_line(wire: &mut Wire<'_>) -> io::Result<()> {
    request(wire)?;
    wire.write_all(HEAD)?;
    wire.write_all(b"X-Line: ")?;
    loop {
        wire.write_all(&[b'a'; 16 * 1024])?;
    }
}

pub(super) fn endless_body(wire: &mut Wire<'_>) -> io::Result<()> {
    request(wire)?;
    wire.write_all(HEAD)?;
    wire.write_all(b"Connection: close\r\n\r\n<!doctype html>\n")?;
    let lines = b"<p>And another thing.</p>\n".repeat(500);
    loop {
        wire.write_all(&lines)?;
    }
}

pub(super) fn endless_chunks(wire: &mut Wire<'_>) -> io::Result<()> {
    request(wire)?;
    wire.write_all(HEAD)?;
    wire.write_all(b"Transfer-Encoding: chunked\r\n\r\n")?;
    let chunk = [b"2000\r\n".as_slice(), &[b' '; 0x2000], b"\r\n"].concat();
    loop {
        wire.write_all(&chunk)?;
    }
}

/// A gzip stream without an end. After a full flush (RFC 1951: an empty stored block, and no reference to
/// what was before), the same bytes may come again and again.
pub(super) fn bomb(wire: &mut Wire<'_>) -> io::Result<()> {
    request(wire)?;
    let spaces = vec![b' '; 1 << 20];
    let mut packed = Vec::with_capacity(64 * 1024);
    Compress::new(Compression::best(), false)
        .compress_vec(&spaces, &mut packed, FlushCompress::Full)
        .map_err(io::Error::other)?;
    wire.write_all(HEAD)?;
    wire.write_all(b"Content-Encoding: gzip\r\nConnection: close\r\n\r\n")?;
    // The header of RFC 1952: deflate, no name, no time, unknown system.
    wire.write_all(&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff])?;
    loop {
        wire.write_all(&packed)?;
    }
}

pub(super) fn redirects(wire: &mut Wire<'_>, next: impl Fn(&str) -> String) -> io::Result<()> {
    loop {
        let path = request(wire)?;
        let answer = format!("HTTP/1.1 302 Found\r\nLocation: {}\r\nContent-Length: 0\r\n\r\n", next(&path));
        wire.write_all(answer.as_bytes())?;
    }
}
