//! What speaks HTTP: whether by TLS, and what plain http is answered with.

use std::net::SocketAddr;

use midwatch_model::{Outcome, Reason, ReasonKind, ServiceAnswer, ServiceProtection};

use super::{answer, exchange, refusal, speaks_tls, tls};
use crate::net::Net;

/// One `GET` in plain text, and one hello of TLS. `proves`: success is an answer that nobody else should get.
pub(super) async fn get(net: &Net, address: SocketAddr, path: &str, proves: bool) -> Outcome<ServiceAnswer> {
    let question = format!("GET {path}");
    let request = format!(
        "{question} HTTP/1.1\r\nHost: {address}\r\nUser-Agent: midwatch\r\nConnection: close\r\n\r\n"
    );
    let is_whole = |said: &[u8]| said.windows(4).any(|four| four == b"\r\n\r\n");
    let said = exchange(net, address, request.as_bytes(), is_whole).await;
    let plain = said.as_deref().ok().and_then(head);
    match (plain, said) {
        (Some(head), Ok(said)) if !head.is_for_tls() => {
            let mut told = answer(address, &question, &said, ServiceProtection::None);
            told.open = proves.then_some(head.status == 200);
            told.plain_password = Some(!proves || head.status != 200);
            Outcome::seen(told)
        }
        // Plain http leads to https, or is told to be a mistake.
        (Some(_), Ok(said)) => Outcome::seen(match speaks_tls(net, address).await {
            true => answer(address, &question, &said, ServiceProtection::Tls),
            false => answer(address, &question, &said, ServiceProtection::Unknown),
        }),
        (_, said) => match (speaks_tls(net, address).await, said) {
            (true, _) => Outcome::seen(tls(address)),
            (false, Err(why)) => refusal(why),
            (false, Ok(_)) => {
                Reason::new(ReasonKind::Other, format!("{address} speaks neither http nor TLS")).into()
            }
        },
    }
}

struct Head {
    status: u16,
    leads_to_tls: bool,
    wants_tls: bool,
}

impl Head {
    /// It answers nothing in plain text but that TLS is wanted.
    fn is_for_tls(&self) -> bool {
        self.leads_to_tls || self.wants_tls
    }
}

/// A status line, and where it leads. A server of https tells whoever speaks plain http to it so, each in its own words
/// and with 400 (nginx, Apache, Go) or with 200 (Webmin).
fn head(said: &[u8]) -> Option<Head> {
    let text = String::from_utf8_lossy(said);
    let mut lines = text.split("\r\n");
    let status = lines.next()?.strip_prefix("HTTP/1.")?.get(2..5)?.parse().ok()?;
    let mut leads_to_tls = false;
    for line in lines.by_ref().take_while(|line| !line.is_empty()) {
        let location = line.split_once(':').filter(|(name, _)| name.eq_ignore_ascii_case("location"));
        leads_to_tls |= (300..400).contains(&status)
            && location.is_some_and(|(_, to)| to.trim().to_ascii_lowercase().starts_with("https://"));
    }
    let body: String = lines.collect::<Vec<_>>().join(" ").to_ascii_lowercase();
    let says_so = ["https", "ssl mode", "ssl-enabled", "tls"].iter().any(|word| body.contains(word));
    let wants_tls = status == 400 && says_so || body.contains("running in ssl mode");
    Some(Head { status, leads_to_tls, wants_tls })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_servers_of_https_say_to_plain_http() {
        let is_for_tls = |said: &str| head(said.as_bytes()).map(|head| head.is_for_tls());
        let nginx = "HTTP/1.1 400 Bad Request\r\nServer: nginx\r\n\r\n<html><head><title>400 The plain HTTP request was sent to \
                     HTTPS port</title></head>";
        let go = "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n";
        let webmin = "HTTP/1.0 200 Document follows\r\nServer: MiniServ\r\n\r\nThis web server is running in SSL mode.";
        let redirect = "HTTP/1.1 301 Moved\r\nLocation: https://server:9090/\r\n\r\n";
        for said in [nginx, go, webmin, redirect] {
            assert_eq!(is_for_tls(said), Some(true), "{said}");
        }
        for said in [
            "HTTP/1.1 200 OK\r\nLocation: https://x/\r\n\r\n<form>",
            "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic\r\n\r\n",
            "HTTP/1.1 302 Found\r\nLocation: /login\r\n\r\n",
            "HTTP/1.1 400 Bad Request\r\n\r\nbad host",
        ] {
            assert_eq!(is_for_tls(said), Some(false), "{said}");
        }
        for said in ["", "SSH-2.0-x", "HTTP/1.1", "HTTP/1.1 2", "HTTP/1.\u{e9}\u{e9}\u{e9}\u{e9}"] {
            assert_eq!(is_for_tls(said), None, "{said}");
        }
    }
}
