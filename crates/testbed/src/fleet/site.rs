//! The small site of each host.

use std::sync::atomic::Ordering;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

use super::{IDLE, Shared, name_of};

/// A longer head of a request ends the connection.
const MAX_HEAD: usize = 16 * 1024;

/// Answers requests of one connection until it ends. Bodies are not expected.
pub(super) async fn serve(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    host: u32,
    shared: &Shared,
    is_secure: bool,
) {
    let mut had = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let end = loop {
            if let Some(at) = had.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                break at + 4;
            }
            let Ok(Ok(length @ 1..)) = timeout(IDLE, stream.read(&mut buffer)).await else { return };
            had.extend_from_slice(buffer.get(..length).unwrap_or_default());
            if had.len() > MAX_HEAD {
                return;
            }
        };
        let head: Vec<u8> = had.drain(..end).collect();
        let head = String::from_utf8_lossy(&head).into_owned();
        let answer = answer(&head, host, shared, is_secure);
        if timeout(IDLE, stream.write_all(answer.as_bytes())).await.is_err() {
            return;
        }
        shared.requests.fetch_add(1, Ordering::Relaxed);
        if head.to_ascii_lowercase().contains("\r\nconnection: close") {
            let _ = stream.shutdown().await;
            return;
        }
    }
}

fn answer(head: &str, host: u32, shared: &Shared, is_secure: bool) -> String {
    let mut words = head.split_ascii_whitespace();
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let name = name_of(host);
    if !is_secure {
        // The usual port: whoever asks has been told where that leads.
        return format!(
            "HTTP/1.1 301 Moved Permanently\r\nLocation: https://{name}{path}\r\nContent-Length: 0\r\n\r\n"
        );
    }
    let (status, body) = match path {
        "/" => {
            ("200 OK", format!("<!doctype html><title>{name}</title><p><a href=\"/page\">A page</a></p>\n"))
        }
        "/page" => (
            "200 OK",
            format!("<!doctype html><title>A page of {name}</title><p><a href=\"/\">Back</a></p>\n"),
        ),
        _ => ("404 Not Found", "<!doctype html><title>Not here</title>\n".to_owned()),
    };
    let hsts = if shared.without_hsts().contains(&host) {
        ""
    } else {
        "Strict-Transport-Security: max-age=63072000; includeSubDomains\r\n"
    };
    let length = body.len();
    let body = if method == "HEAD" { String::new() } else { body };
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {length}\r\n{hsts}\
         Content-Security-Policy: default-src 'none'\r\nX-Content-Type-Options: nosniff\r\n\r\n{body}"
    )
}
