//! Servers that misbehave over HTTP: each ends inside its limits, with a reason that says what happened, and
//! nothing of it reads as an answer that was not given.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use midwatch_model::{EntryEnd, EntryKind, Exchange, Fact, Host, Outcome, ReasonKind};
use midwatch_probe::crawl::{self, CrawlOptions, Site};
use midwatch_probe::http::{Client, ClientOptions, Fetched, MAX_BODY};
use midwatch_probe::net::{Net, NetOptions};
use midwatch_probe::progress::Silent;
use midwatch_testbed::hostile::{Behaviour, Hostile};

const STEP: Duration = Duration::from_millis(700);

fn net() -> Net {
    let net = Net::new(NetOptions { step: STEP, offline: true, ..NetOptions::default() });
    net.for_target(&Host::Address(std::net::Ipv4Addr::LOCALHOST.into()))
}

async fn get(behaviour: Behaviour) -> Fetched {
    let server = Hostile::start(behaviour.clone());
    let client = Client::new(net(), &ClientOptions::default());
    let url = format!("http://{}/", server.address()).parse().expect("a URL");
    let started = Instant::now();
    let fetched = client.get(&url, None).await;
    // Header section and body have a step each; the rest is for a busy machine.
    assert!(started.elapsed() < STEP * 8, "{behaviour:?} took {:?}", started.elapsed());
    fetched
}

fn why(exchange: &Exchange) -> (ReasonKind, &str) {
    match &exchange.response {
        Outcome::Unmeasured { why } => (why.kind, &why.detail),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_never_comes_is_a_time_out() {
    for behaviour in [Behaviour::NeverAnswers, Behaviour::Drips] {
        let fetched = get(behaviour).await;
        assert_eq!(why(&fetched.exchange).0, ReasonKind::Timeout);
    }
}

#[tokio::test]
async fn a_close_and_a_reset_are_told_apart_from_silence() {
    let closed = get(Behaviour::ClosesAtOnce).await;
    assert!(matches!(why(&closed.exchange).0, ReasonKind::Closed | ReasonKind::Reset));
    let reset = get(Behaviour::ResetsAtOnce).await;
    assert!(matches!(why(&reset.exchange).0, ReasonKind::Reset | ReasonKind::Closed));
}

#[tokio::test]
async fn headers_have_an_end() {
    for behaviour in [Behaviour::EndlessHeaders, Behaviour::EndlessHeaderLine] {
        let fetched = get(behaviour.clone()).await;
        let (kind, detail) = why(&fetched.exchange);
        assert_eq!(kind, ReasonKind::Limit, "{behaviour:?}: {detail}");
        assert!(detail.contains("256 KiB"), "{detail}");
    }
}

#[tokio::test]
async fn bodies_have_an_end() {
    for behaviour in [Behaviour::EndlessBody, Behaviour::EndlessChunks, Behaviour::Bomb] {
        let fetched = get(behaviour.clone()).await;
        let response = fetched.exchange.response.value().expect("the header section came");
        assert_eq!(response.status, 200);
        assert!(fetched.body.len() <= MAX_BODY, "{behaviour:?}");
        let why = response.body_incomplete.as_deref().unwrap_or_default();
        assert!(
            why.contains("longer than 8 MiB") || why.contains("no answer within"),
            "{behaviour:?}: {why}"
        );
    }
}

#[tokio::test]
async fn what_is_no_http_is_told_so() {
    for (answer, kinds) in [
        (&b"\x16\x03\x01\x00\x02\x02\x46 this is no HTTP\r\n\r\n"[..], &[ReasonKind::Protocol][..]),
        (b"SSH-2.0-OpenSSH_9.2p1\r\n", &[ReasonKind::Protocol, ReasonKind::Closed]),
        (b"HTTP/1.1 200 OK\r\nContent-Le", &[ReasonKind::Closed]),
    ] {
        let fetched = get(Behaviour::Answers(answer.to_vec())).await;
        let (kind, detail) = why(&fetched.exchange);
        assert!(kinds.contains(&kind), "{kind:?}: {detail}");
    }
    // The body is shorter than promised: what came is kept, and said to be short.
    let cut = get(Behaviour::Answers(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n<p>Hel".to_vec())).await;
    let response = cut.exchange.response.value().expect("the header section came");
    assert_eq!(cut.body.as_ref(), b"<p>Hel");
    assert!(response.body_incomplete.is_some());
}

#[tokio::test]
async fn values_that_are_no_text_stay_valid_and_whole() {
    let answer =
        b"HTTP/1.1 200 OK\r\nX-Odd: a\xff\"\\\x80b\r\nServer: nginx\"<script>\r\nContent-Length: 0\r\n\r\n";
    let fetched = get(Behaviour::Answers(answer.to_vec())).await;
    let response = fetched.exchange.response.value().expect("an answer");
    assert_eq!(response.header("x-odd").collect::<Vec<_>>(), ["a\\xff\"\\\\x80b"]);
    let json = serde_json::to_string(&fetched.exchange).expect("JSON");
    assert_eq!(serde_json::from_str::<Exchange>(&json).expect("the same"), fetched.exchange);
}

async fn site(address: SocketAddr, path: &str) -> Vec<Fact> {
    let host = Host::Address(address.ip());
    let site = Site {
        host: &host,
        // Nothing listens on port 1.
        https_port: 1,
        http_port: address.port(),
        path,
        https_addresses: &[],
        http_addresses: &[],
    };
    let options = CrawlOptions { time: Duration::from_secs(4), ..CrawlOptions::default() };
    crawl::site(&net(), &site, &options, &Silent).await.into_iter().map(|(_, fact)| fact).collect()
}

fn end(facts: &[Fact]) -> &EntryEnd {
    facts
        .iter()
        .find_map(|fact| match fact {
            Fact::Entry(entry) if entry.entry == EntryKind::Http => Some(&entry.end),
            _ => None,
        })
        .expect("the way in")
}

#[tokio::test]
async fn redirects_have_an_end() {
    let round = Hostile::start(Behaviour::RedirectLoop);
    assert!(matches!(end(&site(round.address(), "/a").await), EntryEnd::Loop { .. }));
    let long = Hostile::start(Behaviour::RedirectChain);
    let facts = site(long.address(), "/1").await;
    assert_eq!(*end(&facts), EntryEnd::TooMany);
    let hops = facts.iter().find_map(|fact| match fact {
        Fact::Entry(entry) if entry.entry == EntryKind::Http => Some(entry.hops.len()),
        _ => None,
    });
    assert_eq!(hops, Some(11));
    assert!(long.connections() <= 6, "{} connections", long.connections());
    for (location, expected) in [("ftp://x.test/", true), ("http://[", true), ("", false)] {
        let answer = format!("HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n");
        let server = Hostile::start(Behaviour::Answers(answer.into_bytes()));
        let facts = site(server.address(), "/").await;
        assert_eq!(
            matches!(end(&facts), EntryEnd::BadLocation { .. }),
            expected,
            "{location}: {:?}",
            end(&facts)
        );
    }
}

#[tokio::test]
async fn a_whole_crawl_of_a_hostile_server_ends_in_time() {
    for behaviour in [
        Behaviour::NeverAnswers,
        Behaviour::Drips,
        Behaviour::EndlessHeaders,
        Behaviour::EndlessBody,
        Behaviour::Bomb,
        Behaviour::RedirectLoop,
        Behaviour::ResetsAtOnce,
    ] {
        let server = Hostile::start(behaviour.clone());
        let started = Instant::now();
        let facts = site(server.address(), "/").await;
        assert!(started.elapsed() < Duration::from_secs(12), "{behaviour:?} took {:?}", started.elapsed());
        assert!(facts.iter().any(|fact| matches!(fact, Fact::Crawl(_))), "{behaviour:?}");
    }
}
