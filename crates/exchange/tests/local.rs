//! Sessions over connections, on loopback alone. How somebody is found by the number is tested in a network of its own, with
//! the command.

mod common;

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use common::{DAVID, ELIZABETH, Outcome, code, got, join, offer, open, wrong};
use midwatch_exchange::io::local::Opener;
use midwatch_exchange::io::{ReachError, connect, talk};
use midwatch_exchange::message::{Message, Reason};
use midwatch_exchange::{Code, Delivery, Failure, Session};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::task::JoinHandle;

/// As long as a busy machine may take.
const PATIENCE: Duration = Duration::from_secs(60);

type Running = JoinHandle<Result<Outcome, ReachError>>;

/// An opener with Elizabeth's key: its code, its address, and what will come of it.
async fn opener() -> (Code, SocketAddr, Running) {
    let opener = Opener::listen(Some((Ipv4Addr::LOCALHOST, 0).into())).await.expect("loopback");
    assert!(!opener.is_found(), "nobody else could reach it");
    let (code, address) = (opener.code().clone(), opener.address());
    (code, address, tokio::spawn(opener.exchange(offer(ELIZABETH), PATIENCE)))
}

async fn come_to(running: Running) -> Outcome {
    running.await.expect("no panic").expect("somebody came")
}

async fn david(code: &Code, address: SocketAddr) -> Outcome {
    let stream = connect(&[address]).await.expect("a connection");
    talk(stream, &mut join(code, offer(DAVID))).await
}

#[tokio::test]
async fn two_exchange_keys() {
    let (code, address, elizabeth) = opener().await;
    assert_eq!(got(&david(&code, address).await), (ELIZABETH, Delivery::Arrived));
    assert_eq!(got(&come_to(elizabeth).await), (DAVID, Delivery::Arrived));
}

#[tokio::test]
async fn a_code_is_good_for_one_try() {
    let (code, address, elizabeth) = opener().await;
    assert_eq!(david(&wrong(&code), address).await, Err(Failure::SaidToDiffer));
    assert_eq!(come_to(elizabeth).await, Err(Failure::CodesDiffer));
    assert!(matches!(connect(&[address]).await, Err(ReachError::Io { .. })), "nobody listens any more");
}

/// Who connects and says something else, or nothing, is no try, and keeps nobody away.
#[tokio::test]
async fn strangers_use_up_nothing() {
    let (code, address, elizabeth) = opener().await;
    let mut silent = Vec::new();
    for _ in 0..5 {
        silent.push(connect(&[address]).await.expect("a connection"));
    }
    for (said, answered) in [
        (&b"GET / HTTP/1.1\r\n\r\n"[..], &[][..]),
        (&[0xFF; 4096], &[]),
        // An opener's share, and one of a joiner that is no point.
        (&Message::Share { role: midwatch_exchange::Role::Opener, share: [4; 65] }.encode(), &[2]),
        (&Message::Share { role: midwatch_exchange::Role::Joiner, share: [4; 65] }.encode(), &[2]),
    ] {
        let mut stream = connect(&[address]).await.expect("a connection");
        stream.write_all(said).await.expect("room");
        let mut answer = Vec::new();
        // What was not read there may come back as a reset.
        let _ = stream.read_to_end(&mut answer).await;
        assert_eq!(answer.get(5..).unwrap_or_default(), answered, "{said:?}");
    }
    assert_eq!(got(&david(&code, address).await), (ELIZABETH, Delivery::Arrived));
    assert_eq!(got(&come_to(elizabeth).await), (DAVID, Delivery::Arrived));
}

/// Of two who come at a time one gets an answer to his share, and the other learns that he does not.
#[tokio::test]
async fn one_of_two_is_answered() {
    let (code, address, elizabeth) = opener().await;
    let mut second = connect(&[address]).await.expect("a connection");
    let mut first = connect(&[address]).await.expect("a connection");
    first.write_all(&join(&code, None).output()).await.expect("room");
    let mut share = [0; 72];
    first.read_exact(&mut share).await.expect("Elizabeth's share");
    second.write_all(&join(&code, None).output()).await.expect("room");
    let mut answer = Vec::new();
    second.read_to_end(&mut answer).await.expect("an answer");
    assert_eq!(answer, Message::End(Reason::Used).encode());
    drop(first);
    assert_eq!(come_to(elizabeth).await, Err(Failure::Closed { used: true }));
}

#[tokio::test]
async fn where_nobody_comes_the_code_is_not_used() {
    let opener = Opener::listen(Some((Ipv4Addr::LOCALHOST, 0).into())).await.expect("loopback");
    let error = opener.exchange(offer(ELIZABETH), Duration::from_millis(10)).await.expect_err("nobody comes");
    assert!(error.to_string().contains("has not been used"), "{error}");
}

/// Silence at every step ends, and as no codes that differ. Time runs as fast as it can here.
#[tokio::test(start_paused = true)]
async fn silence_has_an_end() {
    for steps in 0..3 {
        for opens in [true, false] {
            let (mut one, mut other) = (open(&code(), offer(ELIZABETH)), join(&code(), offer(DAVID)));
            let (near, far) = tokio::io::duplex(1 << 16);
            let (session, silent): (&mut Session, &mut Session) =
                if opens { (&mut one, &mut other) } else { (&mut other, &mut one) };
            // The silent one takes part in so many steps and then says nothing more, with its connection open.
            let (_reader, mut writer) = tokio::io::split(far);
            for _ in 0..steps {
                let said = silent.output();
                writer.write_all(&said).await.expect("room");
                session.input(&said);
                silent.input(&session.output());
            }
            // What the writer put there has been taken in already.
            let mut read = vec![0; 1 << 16];
            let mut near = near;
            while let Ok(Ok(count)) =
                tokio::time::timeout(Duration::from_millis(1), near.read(&mut read)).await
            {
                assert!(count > 0);
            }
            if session.outcome().is_some() {
                continue;
            }
            let used = session.used();
            let outcome = talk(near, session).await;
            match outcome {
                Err(failure) => assert_eq!(failure, Failure::TimedOut { used }, "{opens} {steps}"),
                Ok(exchanged) => assert_eq!(exchanged.delivered, Delivery::Unknown, "{opens} {steps}"),
            }
        }
    }
}

/// One octet after the other, each in time, does not go on for ever.
#[tokio::test(start_paused = true)]
async fn dripping_has_an_end() {
    let (near, mut far) = tokio::io::duplex(1 << 16);
    let drip = tokio::spawn(async move {
        for octet in join(&code(), None).output() {
            if far.write_all(&[octet]).await.is_err() {
                break;
            }
            tokio::time::sleep(Duration::from_secs(20)).await;
        }
        far
    });
    let began = tokio::time::Instant::now();
    let outcome = talk(near, &mut open(&code(), offer(ELIZABETH))).await;
    assert_eq!(outcome, Err(Failure::TimedOut { used: false }));
    assert!(began.elapsed() < Duration::from_secs(130));
    drip.abort();
}
