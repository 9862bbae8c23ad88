//! Reading and decompressing bodies within limits.

use std::io::{self, Read};

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::Incoming;

use super::MAX_BODY;

/// Codings that one answer may stack. Two is what real servers reach at most.
const MAX_CODINGS: usize = 4;

/// The window that a zstd frame may ask for (RFC 9659 section 3).
const MAX_ZSTD_WINDOW: u64 = 8 << 20;

/// Breaking off costs a connection: 64 KiB come sooner than a new one.
const SHORT: u64 = 64 << 10;

/// A body as far as it was read.
#[derive(Debug, Default)]
pub(super) struct Body {
    /// Its bytes.
    pub(super) bytes: Bytes,
    /// Why it is not whole, where it is not.
    pub(super) incomplete: Option<String>,
    /// It was read to its end, so that the connection can serve another request.
    pub(super) reusable: bool,
}

/// A body that is cheaper to read than to break off.
pub(super) fn is_short(incoming: &Incoming) -> bool {
    use hyper::body::Body as _;
    incoming.size_hint().upper().is_some_and(|length| length <= SHORT)
}

/// Reads a body into `read`, chunk by chunk, so that whoever stops waiting keeps what had come.
pub(super) async fn read(read: &mut BytesMut, mut incoming: Incoming) -> Body {
    let incomplete = loop {
        match incoming.frame().await {
            None => break None,
            Some(Err(error)) => {
                let source = std::error::Error::source(&error).map(|inner| format!(": {inner}"));
                break Some(format!("the body was cut off: {error}{}", source.unwrap_or_default()));
            }
            Some(Ok(frame)) => {
                let Some(data) = frame.data_ref() else { continue };
                let room = MAX_BODY - read.len().min(MAX_BODY);
                read.extend_from_slice(data.get(..room).unwrap_or(data));
                if data.len() > room {
                    break Some(too_long());
                }
            }
        }
    };
    let reusable = incomplete.is_none();
    Body { bytes: read.split().freeze(), incomplete, reusable }
}

/// Takes the codings of `Content-Encoding` off, the last one first.
pub(super) fn decode(body: Body, codings: &str) -> Body {
    let names: Vec<String> = codings
        .split(',')
        .map(|name| name.trim().to_ascii_lowercase())
        .filter(|name| !name.is_empty() && name != "identity")
        .collect();
    if names.len() > MAX_CODINGS {
        let why = format!("it is encoded {} times over; it was left as it is", names.len());
        return Body { incomplete: Some(why), ..body };
    }
    names.iter().rev().fold(body, |body, name| take_off(body, name))
}

/// A file that is packed with gzip, unpacked within the same limit; other files as they are.
pub(crate) fn gunzip(bytes: Bytes) -> Bytes {
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return bytes;
    }
    take_off(Body { bytes, ..Body::default() }, "gzip").bytes
}

fn take_off(body: Body, coding: &str) -> Body {
    let mut decoded = Vec::new();
    let bytes = body.bytes.as_ref();
    let outcome = match coding {
        "gzip" | "x-gzip" => bounded(flate2::read::MultiGzDecoder::new(bytes), &mut decoded),
        "deflate" => inflate(bytes, &mut decoded),
        "br" => bounded(brotli_decompressor::Decompressor::new(bytes, 16 << 10), &mut decoded),
        "zstd" => unzstd(bytes, &mut decoded),
        other => {
            let why = format!("its coding {other:?} was not asked for; it was left as it is");
            return Body { incomplete: body.incomplete.or(Some(why)), ..body };
        }
    };
    let why = match outcome {
        Ok(true) => None,
        Ok(false) => Some(too_long()),
        // Of a body that was cut off the decoder cannot see the end either: the first reason is the one.
        Err(error) => Some(format!("its {coding} coding is broken: {error}")),
    };
    Body { bytes: decoded.into(), incomplete: body.incomplete.or(why), reusable: body.reusable }
}

/// RFC 9110 has deflate in zlib's frame; servers that send it without are old, and browsers read both.
fn inflate(bytes: &[u8], decoded: &mut Vec<u8>) -> io::Result<bool> {
    match bounded(flate2::read::ZlibDecoder::new(bytes), decoded) {
        Err(_) if decoded.is_empty() => bounded(flate2::read::DeflateDecoder::new(bytes), decoded),
        other => other,
    }
}

fn unzstd(bytes: &[u8], decoded: &mut Vec<u8>) -> io::Result<bool> {
    let decoder = ruzstd::decoding::StreamingDecoder::new_with_max_window_size(bytes, MAX_ZSTD_WINDOW);
    bounded(decoder.map_err(io::Error::other)?, decoded)
}

/// Reads at most [`MAX_BODY`] bytes. False where there are more.
fn bounded(decoder: impl Read, decoded: &mut Vec<u8>) -> io::Result<bool> {
    let limit = MAX_BODY as u64;
    let read = decoder.take(limit + 1).read_to_end(decoded);
    let whole = decoded.len() <= MAX_BODY;
    decoded.truncate(MAX_BODY);
    read.map(|_| whole)
}

fn too_long() -> String {
    format!("it is longer than {} MiB; the rest was not read", MAX_BODY >> 20)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn body(bytes: Vec<u8>) -> Body {
        Body { bytes: bytes.into(), incomplete: None, reusable: true }
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).expect("memory");
        encoder.finish().expect("memory")
    }

    fn deflate(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).expect("memory");
        encoder.finish().expect("memory")
    }

    #[test]
    fn codings_are_taken_off() {
        let page = b"<p>Hello, hello, hello.</p>".repeat(20);
        for (coding, bytes) in [
            ("", page.clone()),
            ("gzip", gzip(&page)),
            ("X-GZIP", gzip(&page)),
            ("gzip, gzip", gzip(&gzip(&page))),
            ("identity, gzip", gzip(&page)),
            ("deflate", deflate(&page)),
        ] {
            let read = decode(body(bytes), coding);
            assert_eq!((read.bytes.as_ref(), read.incomplete), (page.as_slice(), None), "{coding}");
        }
    }

    #[test]
    fn br_and_zstd_as_other_programs_write_them() {
        // printf 'hello hello hello hello hello\n' | brotli -c; the same through zstd -c.
        let br: &[u8] = &[
            0x1f, 0x1d, 0x00, 0xf8, 0x8d, 0x94, 0x6e, 0xde, 0x44, 0x55, 0x86, 0xd6, 0x0a, 0x20, 0x6c, 0x6f,
            0x4a, 0x11, 0x7a, 0xe2, 0x80, 0x52, 0x2d, 0x00,
        ];
        let zstd: &[u8] = &[
            0x28, 0xb5, 0x2f, 0xfd, 0x04, 0x58, 0x6d, 0x00, 0x00, 0x38, 0x68, 0x65, 0x6c, 0x6c, 0x6f, 0x20,
            0x0a, 0x01, 0x00, 0xa9, 0x4b, 0x11, 0x1a, 0x48, 0x72, 0xab,
        ];
        for (coding, bytes) in [("br", br), ("zstd", zstd)] {
            let read = decode(body(bytes.to_vec()), coding);
            assert_eq!(
                (read.bytes.as_ref(), read.incomplete),
                (&b"hello hello hello hello hello\n"[..], None)
            );
        }
    }

    #[test]
    fn a_bomb_ends_at_the_limit() {
        let bomb = gzip(&vec![0; MAX_BODY * 8]);
        assert!(bomb.len() < MAX_BODY / 2);
        let read = decode(body(bomb.clone()), "gzip");
        assert_eq!(read.bytes.len(), MAX_BODY);
        assert!(read.incomplete.is_some_and(|why| why.contains("longer than 8 MiB")));
        let twice = decode(body(gzip(&bomb)), "gzip, gzip");
        assert_eq!(twice.bytes.len(), MAX_BODY);
    }

    #[test]
    fn what_cannot_be_decoded_says_so() {
        for coding in ["gzip", "deflate", "br", "zstd"] {
            let read = decode(body(b"\xff\xfe this is no such thing \x00\x01".to_vec()), coding);
            assert!(read.incomplete.is_some_and(|why| why.contains(coding)), "{coding}");
        }
        let unknown = decode(body(b"abc".to_vec()), "rot13");
        assert_eq!(unknown.bytes.as_ref(), b"abc");
        assert!(unknown.incomplete.is_some_and(|why| why.contains("rot13")));
        let often = decode(body(b"abc".to_vec()), "gzip,gzip,gzip,gzip,gzip");
        assert_eq!(often.bytes.as_ref(), b"abc");
        // What came of a body that was cut off is kept.
        let cut = gzip(b"<p>Hello</p>".repeat(10_000).as_slice());
        let read = decode(body(cut[..cut.len() / 2].to_vec()), "gzip");
        assert!(!read.bytes.is_empty() && read.incomplete.is_some());
    }
}
