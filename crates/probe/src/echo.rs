//! Asks an echo (`midwatch lab --echo`) what reached it: whether somebody between reads or changes what is sent.
//!
//! Everything is sent as bytes of our own, in the clear: what matters is that they are known to the last one.

use std::net::SocketAddr;

use midwatch_model::{Echo, HelloEcho, Outcome, PlainEcho, Reason, ReasonKind, TlsVersion};
use midwatch_wire::tls::client_hello::ClientHello;
use midwatch_wire::tls::{groups, suites};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::net::{Net, io_reason};
use crate::pki;
use crate::tls::Random;

/// The longest answer that is read.
const MAX_ANSWER: usize = 64 << 10;
/// Characters told of an answer that is no echo's.
const MAX_TOLD: usize = 300;
/// Lines of one kind that are told.
const MAX_LINES: usize = 50;
/// The domain of the names that the hellos are for: nobody has it (RFC 6761 section 6.4).
const DOMAIN: &str = "midwatch-echo.invalid";

/// Asks an echo: `plain` and `tls` are the addresses of its two services, `authority` what stands in the
/// Host field.
/// `headers` are the header lines that it sends with every answer.
pub async fn ask(net: &Net, authority: &str, plain: SocketAddr, tls: SocketAddr, headers: &[&str]) -> Echo {
    let label = label();
    // Odd cases and an odd order: programs that read and write headers anew even them out.
    let request = format!(
        "GET /{label} HTTP/1.1\r\nX-miDWatch-B: two\r\nhOST: {authority}\r\nAcCept: */*\r\nX-midwatch-a: one\r\n\
         User-Agent: midwatch\r\nConnection: close\r\n\r\n"
    );
    let odd = format!("MIDWATCH /{label} HTTP/1.1\r\nHost: {authority}\r\nX-Odd:  two  blanks\r\n\r\n");
    let (request, odd_request) =
        tokio::join!(one(net, plain, &request, headers), one(net, plain, &odd, headers));
    let hello = hello(net, plain, tls, authority, &label).await;
    Echo {
        endpoint: authority.to_owned(),
        request: request.unwrap_or_else(Outcome::from),
        odd_request: odd_request.unwrap_or_else(Outcome::from),
        hello: hello.map_or_else(Outcome::from, Outcome::seen),
    }
}

/// A label that nobody else uses, so that what comes back is about this run.
fn label() -> String {
    let mut random = Random::new();
    let mut byte = random.byte();
    (0..12).map(|_| format!("{:02x}", byte())).collect()
}

/// Sends one request, and holds the answer against it. Refused where somebody else answers.
async fn one(
    net: &Net,
    address: SocketAddr,
    request: &str,
    headers: &[&str],
) -> Result<Outcome<PlainEcho>, Reason> {
    let answer = exchange(net, address, request.as_bytes()).await?;
    let what = format!("the echo at {address}");
    let (head, body) = split(&answer).ok_or_else(|| {
        Reason::new(ReasonKind::Protocol, format!("{what}: what came back is no answer of HTTP/1.1"))
    })?;
    Ok(match compare(request, head, body, headers) {
        Some(echo) => Outcome::seen(echo),
        None => Outcome::refused(another(head)),
    })
}

/// An answer that is no echo's, in its own words.
fn another(head: &str) -> String {
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap_or_default();
    let to = lines.find(|line| line.to_ascii_lowercase().starts_with("location:"));
    let told: String = [Some(status), to].into_iter().flatten().collect::<Vec<_>>().join("; ");
    midwatch_model::lossless(told.as_bytes()).chars().take(MAX_TOLD).collect()
}

/// What differs between what was sent and what the far end says that it received; none where the answer is not an
/// echo's.
fn compare(request: &str, head: &str, body: &[u8], headers: &[&str]) -> Option<PlainEcho> {
    let mut lines = head.split("\r\n");
    let ok = lines.next()?.starts_with("HTTP/1.1 200");
    let met: Vec<&str> = lines.collect();
    // The mark of an echo survives everything but a change of the answer.
    let marked = headers.iter().any(|line| met.iter().any(|met| met.eq_ignore_ascii_case(line)));
    if !ok || !marked {
        return None;
    }
    let text = String::from_utf8_lossy(body);
    let (sent, received): (Vec<&str>, Vec<&str>) = (lines_of(request), lines_of(&text));
    let mut rewritten = Vec::new();
    let told = |lines: Vec<&str>| -> Vec<String> {
        lines.into_iter().take(MAX_LINES).map(|line| midwatch_model::lossless(line.as_bytes())).collect()
    };
    let lost = differing(&sent, &received, &mut Vec::new());
    let added = differing(&received, &sent, &mut rewritten);
    // The length is the body's, and each program on the way says for itself whether it closes.
    let framing = |line: &&str| {
        let name = line.split(':').next().unwrap_or_default();
        ["Content-Length", "Connection"].iter().any(|known| name.eq_ignore_ascii_case(known))
    };
    let answer: Vec<&str> = met.iter().copied().filter(|line| !framing(line)).collect();
    let answer_added = told(differing(&answer, headers, &mut rewritten));
    let (lost, added, rewritten) = (told(lost), told(added), told(rewritten));
    let reordered = lost.is_empty() && added.is_empty() && rewritten.is_empty() && sent != received;
    let length =
        met.iter().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let answer_changed = length.is_some_and(|length: usize| length != body.len());
    Some(PlainEcho { lost, added, rewritten, reordered, answer_added, answer_changed })
}

/// The lines that are not among the others; those that are there with letters of another case go into `rewritten`.
fn differing<'l>(lines: &[&'l str], others: &[&str], rewritten: &mut Vec<&'l str>) -> Vec<&'l str> {
    let mut differing = Vec::new();
    for line in lines.iter().filter(|line| !others.contains(line)) {
        if others.iter().any(|other| other.eq_ignore_ascii_case(line)) {
            rewritten.push(line);
        } else {
            differing.push(*line);
        }
    }
    differing
}

fn lines_of(text: &str) -> Vec<&str> {
    text.split("\r\n").filter(|line| !line.is_empty()).collect()
}

/// Sends a ClientHello for a name of its own, and asks which one arrived for it.
async fn hello(
    net: &Net,
    plain: SocketAddr,
    tls: SocketAddr,
    authority: &str,
    label: &str,
) -> Result<HelloEcho, Reason> {
    let server_name = format!("{label}.{DOMAIN}");
    let offer: Vec<u16> =
        suites::all().values().filter(|suite| suite.fits(TlsVersion::Tls13)).map(|suite| suite.id).collect();
    let sent = ClientHello {
        version: TlsVersion::Tls13,
        suites: &offer,
        groups: &[groups::X25519, groups::SECP256R1],
        shares: &[groups::X25519],
        keys: &[],
        cookie: None,
        server_name: Some(&server_name),
        schemes: None,
        alpn: &["http/1.1"],
        fallback: false,
        compression: false,
    }
    .encode(&mut Random::new().byte());
    let begun = begin(net, tls, &sent).await?;
    let ask = format!("GET /hello/{label} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\r\n");
    let answer = exchange(net, plain, ask.as_bytes()).await?;
    let (head, body) = split(&answer).ok_or_else(|| {
        Reason::new(ReasonKind::Protocol, format!("the echo at {plain}: what came back is no answer"))
    })?;
    let received = match head.split(' ').nth(1) {
        Some("200") => Some(pki::sha256(body)),
        Some("404") => None,
        _ => {
            let detail = format!("the echo at {plain} does not tell which hello arrived");
            return Err(Reason::new(ReasonKind::Protocol, detail));
        }
    };
    // An echo answers every hello with an alert. A record of the handshake is somebody else's.
    let answered_by_another = begun.first() == Some(&22);
    Ok(HelloEcho { server_name, sent: pki::sha256(&sent), received, answered_by_another })
}

/// Sends a hello and takes the beginning of what comes in answer: whoever opens TLS would wait for us to go on.
async fn begin(net: &Net, address: SocketAddr, hello: &[u8]) -> Result<Vec<u8>, Reason> {
    let mut connection = net.connect(address).await?;
    let what = format!("a hello to the echo at {address}");
    let work = async {
        connection.write_all(hello).await?;
        let mut answer = vec![0; 7];
        let count = connection.read(&mut answer).await?;
        answer.truncate(count);
        Ok(answer)
    };
    net.step(&what, work).await?.map_err(|error: std::io::Error| io_reason(&what, &error))
}

/// Sends bytes and takes what comes until the peer ends, in one step of time.
async fn exchange(net: &Net, address: SocketAddr, bytes: &[u8]) -> Result<Vec<u8>, Reason> {
    let mut connection = net.connect(address).await?;
    let what = format!("asking the echo at {address}");
    let work = async {
        connection.write_all(bytes).await?;
        let mut answer = Vec::new();
        (&mut connection).take(MAX_ANSWER as u64).read_to_end(&mut answer).await?;
        Ok(answer)
    };
    net.step(&what, work).await?.map_err(|error: std::io::Error| io_reason(&what, &error))
}

fn split(answer: &[u8]) -> Option<(&str, &[u8])> {
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n")?;
    Some((std::str::from_utf8(answer.get(..end)?).ok()?, answer.get(end + 4..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADERS: [&str; 2] = ["X-Midwatch: echo", "Cache-Control: no-store"];
    const SENT: &str = "GET /a HTTP/1.1\r\nhOST: echo.test\r\nX-b: two\r\n\r\n";

    fn look(head: &str, body: &str) -> Option<PlainEcho> {
        compare(SENT, head, body.as_bytes(), &HEADERS)
    }

    #[test]
    fn what_arrives_as_it_was_sent_is_untouched() {
        let head = format!("HTTP/1.1 200 OK\r\n{}\r\nContent-Length: {}", HEADERS.join("\r\n"), SENT.len());
        assert!(look(&head, SENT).unwrap().is_untouched());
        let swapped = "GET /a HTTP/1.1\r\nX-b: two\r\nhOST: echo.test\r\n\r\n";
        assert!(look(&head, swapped).unwrap().reordered);
        assert!(look(&head, "").unwrap().answer_changed);
        let via = SENT.replace("X-b", "Via: 1.1 proxy\r\nX-B");
        let found = look(&head, &via).unwrap();
        assert_eq!((found.lost, found.added), (vec![], vec!["Via: 1.1 proxy".to_owned()]));
        assert_eq!(found.rewritten, ["X-B: two"]);
        let more = look(&format!("{head}\r\nX-Cache: MISS"), SENT).unwrap();
        assert_eq!(more.answer_added, ["X-Cache: MISS"]);
    }

    #[test]
    fn another_page_is_no_echo() {
        assert_eq!(look("HTTP/1.1 200 OK\r\nServer: portal", "<p>Sign in"), None);
        assert_eq!(look("HTTP/1.1 302 Found\r\nX-Midwatch: echo", ""), None);
    }
}
