//! The relay, on loopback: that it brings together, that it is bounded, and that it forgets.

mod common;

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use common::{DAVID, ELIZABETH, Outcome, got, join, offer, open, wrong};
use midwatch_exchange::io::relay::{self, Limits, Refusal, Relay};
use midwatch_exchange::io::{ReachError, connect, talk};
use midwatch_exchange::message::MAX_SENT;
use midwatch_exchange::{Code, Delivery, Failure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// As long as a busy machine may take.
const PATIENCE: Duration = Duration::from_secs(60);

async fn start(limits: Limits) -> (Relay, [SocketAddr; 1]) {
    let relay = Relay::start((Ipv4Addr::LOCALHOST, 0).into(), limits).await.expect("loopback");
    let address = relay.address();
    (relay, [address])
}

fn refusal<T>(result: Result<T, ReachError>) -> Refusal {
    match result {
        Err(ReachError::Relay(refusal)) => refusal,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it was not refused"),
    }
}

/// Elizabeth opens, David joins, with this change of the code on its way to him.
async fn over(at: &[SocketAddr], told: fn(&Code) -> Code) -> (Outcome, Outcome, u32) {
    let waiting = relay::open(at).await.expect("a place");
    let place = waiting.place;
    let code = Code::random(place).expect("random bytes");
    let heard = told(&code);
    let elizabeth = async {
        let stream = waiting.paired(PATIENCE).await.expect("David comes");
        talk(stream, &mut open(&code, offer(ELIZABETH))).await
    };
    let david = async {
        let stream = relay::join(at, heard.place()).await.expect("Elizabeth waits");
        talk(stream, &mut join(&heard, offer(DAVID))).await
    };
    let (elizabeth, david) = tokio::join!(elizabeth, david);
    (elizabeth, david, place)
}

#[tokio::test]
async fn two_exchange_keys() {
    let (_relay, at) = start(Limits::default()).await;
    for _ in 0..3 {
        let (elizabeth, david, _) = over(&at, Code::clone).await;
        assert_eq!(got(&elizabeth), (DAVID, Delivery::Arrived));
        assert_eq!(got(&david), (ELIZABETH, Delivery::Arrived));
    }
}

#[tokio::test]
async fn a_place_is_good_for_one_try() {
    let (_relay, at) = start(Limits::default()).await;
    let (elizabeth, david, place) = over(&at, wrong).await;
    assert_eq!((elizabeth, david), (Err(Failure::CodesDiffer), Err(Failure::SaidToDiffer)));
    assert_eq!(refusal(relay::join(&at, place).await), Refusal::Nobody);
}

#[tokio::test]
async fn nobody_is_where_nobody_waits() {
    let (_relay, at) = start(Limits { places: 1, requests_of_one: 10_000, ..Limits::default() }).await;
    assert_eq!(refusal(relay::join(&at, 1).await), Refusal::Nobody);
    let gone = relay::open(&at).await.expect("a place").place;
    let next = again(&at).await;
    // One time in 999 it is the same number.
    if next.place != gone {
        assert_eq!(refusal(relay::join(&at, gone).await), Refusal::Nobody);
    }
}

/// A place, once the relay has noticed that somebody went.
async fn again(at: &[SocketAddr]) -> relay::Waiting {
    let end = tokio::time::Instant::now() + PATIENCE;
    loop {
        match relay::open(at).await {
            Ok(waiting) => return waiting,
            Err(error) => assert!(tokio::time::Instant::now() < end, "no place came back: {error}"),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn places_are_counted_and_come_back() {
    let (_relay, at) = start(Limits { places: 2, requests_of_one: 10_000, ..Limits::default() }).await;
    let first = relay::open(&at).await.expect("a place");
    let second = relay::open(&at).await.expect("a place");
    assert_ne!(first.place, second.place);
    assert_eq!(refusal(relay::open(&at).await), Refusal::Full);
    drop(first);
    let third = again(&at).await;
    assert_ne!(third.place, second.place);
}

#[tokio::test]
async fn one_address_gets_its_share_and_no_more() {
    let (_relay, at) = start(Limits { places_of_one: 1, ..Limits::default() }).await;
    let _first = relay::open(&at).await.expect("a place");
    assert_eq!(refusal(relay::open(&at).await), Refusal::TooMany);
    let (_relay, at) = start(Limits { requests_of_one: 3, ..Limits::default() }).await;
    for _ in 0..3 {
        assert_eq!(refusal(relay::join(&at, 1).await), Refusal::Nobody);
    }
    assert_eq!(refusal(relay::join(&at, 1).await), Refusal::TooMany);
    let (_relay, at) = start(Limits { addresses: 0, ..Limits::default() }).await;
    assert_eq!(refusal(relay::join(&at, 1).await), Refusal::Full);
}

#[tokio::test]
async fn nobody_waits_for_ever() {
    let (_relay, at) = start(Limits { wait: Duration::from_millis(10), ..Limits::default() }).await;
    let waiting = relay::open(&at).await.expect("a place");
    assert_eq!(refusal(waiting.paired(PATIENCE).await), Refusal::Expired);
}

#[tokio::test]
async fn what_is_no_request_is_refused() {
    let (_relay, at) = start(Limits { request: Duration::from_millis(200), ..Limits::default() }).await;
    for (said, answer) in [(&b"GET /"[..], &[7][..]), (b"MWR1\x09", &[7]), (b"MWR2\x01", &[7]), (b"MW", &[])]
    {
        let mut stream = connect(&at).await.expect("a connection");
        stream.write_all(said).await.expect("room");
        let mut answered = Vec::new();
        stream.read_to_end(&mut answered).await.expect("an end");
        assert_eq!(answered, answer, "{said:?}");
    }
    // What is no relay is told as such.
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("loopback");
    let other = [listener.local_addr().expect("an address")];
    let answering = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        stream.write_all(b"SSH-2.0-x\r\n").await.expect("room");
        let _ = stream.read_to_end(&mut Vec::new()).await;
    });
    let error = relay::open(&other).await.err().expect("no relay");
    assert!(error.to_string().contains("no relay of midwatch"), "{error}");
    answering.await.expect("no panic");
}

/// It forwards as much as an exchange has, and then no more.
#[tokio::test]
async fn what_is_forwarded_is_bounded() {
    let (_relay, at) = start(Limits::default()).await;
    let waiting = relay::open(&at).await.expect("a place");
    let mut joiner = relay::join(&at, waiting.place).await.expect("a place");
    let mut opener = waiting.paired(PATIENCE).await.expect("together");
    let flood = tokio::spawn(async move { while joiner.write_all(&[7; 4096]).await.is_ok() {} });
    let mut came = Vec::new();
    opener.read_to_end(&mut came).await.expect("an end");
    assert_eq!(came.len(), MAX_SENT);
    drop(opener);
    flood.await.expect("no panic");
}
