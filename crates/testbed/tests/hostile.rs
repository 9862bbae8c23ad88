//! Each hostile server misbehaves as it says, and ends when told to.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use flate2::read::GzDecoder;
use midwatch_testbed::hostile::{Behaviour, DHE_SUITES, Hostile, SUITES};

fn connect(server: &Hostile) -> TcpStream {
    let stream = TcpStream::connect(server.address()).expect("a listener");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a deadline");
    stream
}

/// Sends a request and reads up to so many bytes.
fn get(server: &Hostile, path: &str, most: u64) -> Vec<u8> {
    let mut stream = connect(server);
    write!(stream, "GET {path} HTTP/1.1\r\nHost: hostile.example\r\n\r\n").expect("it reads");
    let mut answer = Vec::new();
    stream.take(most).read_to_end(&mut answer).expect("bytes");
    answer
}

/// A ClientHello of TLS 1.2 with these suites, in one record.
fn hello(suites: &[u16]) -> Vec<u8> {
    let mut body = vec![3, 3];
    body.extend([9; 32]);
    body.push(0);
    body.extend((suites.len() as u16 * 2).to_be_bytes());
    body.extend(suites.iter().flat_map(|suite| suite.to_be_bytes()));
    body.extend([1, 0]);
    let mut message = vec![1, 0];
    message.extend((body.len() as u16).to_be_bytes());
    message.extend(body);
    let mut record = vec![22, 3, 1];
    record.extend((message.len() as u16).to_be_bytes());
    record.extend(message);
    record
}

/// What comes in answer to bytes until the server closes.
fn say(server: &Hostile, bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut stream = connect(server);
    stream.write_all(bytes)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(answer)
}

/// The suite of the ServerHello at the beginning of an answer.
fn suite(answer: &[u8]) -> u16 {
    assert_eq!((answer[0], answer[5]), (22, 2), "no ServerHello: {answer:?}");
    u16::from_be_bytes([answer[44], answer[45]])
}

const REFUSED: [u8; 7] = [21, 3, 3, 0, 2, 2, 40];

#[test]
fn http_without_end() {
    let most = 4 << 20;
    for behaviour in [
        Behaviour::EndlessHeaders,
        Behaviour::EndlessHeaderLine,
        Behaviour::EndlessBody,
        Behaviour::EndlessChunks,
        Behaviour::Bomb,
    ] {
        let server = Hostile::start(behaviour.clone());
        let answer = get(&server, "/", most);
        assert_eq!(answer.len() as u64, most, "{behaviour:?}");
        assert!(answer.starts_with(b"HTTP/1.1 200 OK\r\n"), "{behaviour:?}");
        assert_eq!(server.connections(), 1);
    }
}

#[test]
fn the_bomb_goes_off() {
    let server = Hostile::start(Behaviour::Bomb);
    let answer = get(&server, "/", 256 * 1024);
    let start = answer.windows(4).position(|part| part == b"\r\n\r\n").expect("the end of the headers") + 4;
    let mut unpacked = 0;
    let mut decoder = GzDecoder::new(&answer[start..]);
    let mut room = vec![0; 1 << 16];
    while let Ok(count @ 1..) = decoder.read(&mut room) {
        assert!(room[..count].iter().all(|byte| *byte == b' '));
        unpacked += count;
    }
    assert!(unpacked > 100 << 20, "{unpacked} bytes from {}", answer.len());
}

#[test]
fn redirects_lead_nowhere() {
    let server = Hostile::start(Behaviour::RedirectLoop);
    for (path, next) in [("/", "/a"), ("/a", "/b"), ("/b", "/a")] {
        let answer = get(&server, path, 40);
        assert!(String::from_utf8_lossy(&answer).contains(&format!("Location: {next}\r\n")), "{answer:?}");
    }
    let server = Hostile::start(Behaviour::RedirectChain);
    let answer = get(&server, "/41", 40);
    assert!(String::from_utf8_lossy(&answer).contains("Location: /42\r\n"), "{answer:?}");
}

#[test]
fn silence_and_drips_end_with_the_server() {
    let start = Instant::now();
    let server = Hostile::start(Behaviour::NeverAnswers);
    let mut waiting = connect(&server);
    drop(server);
    assert_eq!(waiting.read(&mut [0; 1]).expect("an end"), 0);
    let server = Hostile::start(Behaviour::Drips);
    assert_eq!(get(&server, "/", 2), b"HT");
    drop(server);
    assert!(start.elapsed() < Duration::from_secs(15));
}

#[test]
fn connections_are_cut() {
    let server = Hostile::start(Behaviour::ResetsAtOnce);
    let error = connect(&server).read(&mut [0; 1]).expect_err("a reset");
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
    let server = Hostile::start(Behaviour::ClosesAtOnce);
    assert_eq!(connect(&server).read(&mut [0; 1]).expect("an end"), 0);
    let server = Hostile::start(Behaviour::Answers(b"\xff\x1b[31m\"".to_vec()));
    assert_eq!(say(&server, b"GET").expect("an answer"), b"\xff\x1b[31m\"");
}

#[test]
fn tls_first_flights_are_bad_as_wanted() {
    let all = hello(&SUITES);
    let server = Hostile::start(Behaviour::FatalAlert(80));
    assert_eq!(say(&server, &all).expect("an alert"), [21, 3, 3, 0, 2, 2, 80]);
    let server = Hostile::start(Behaviour::GarbageServerHello);
    let answer = say(&server, &all).expect("garbage");
    assert_eq!((answer[0], answer.len()), (22, 5 + 256));
    assert_ne!(answer[5], 2);
    let server = Hostile::start(Behaviour::ClosesInRecord);
    let answer = say(&server, &all).expect("a part");
    assert_eq!(answer.len() + 20, 5 + usize::from(u16::from_be_bytes([answer[3], answer[4]])));
    let server = Hostile::start(Behaviour::SuiteNotOffered);
    assert_eq!(suite(&say(&server, &hello(&[0xc02f])).expect("an answer")), 0xc030);
    assert_eq!(suite(&say(&server, &all).expect("an answer")), 0x0041);
    let server = Hostile::start(Behaviour::EndlessHandshake);
    let mut stream = connect(&server);
    stream.write_all(&all).expect("it reads");
    let mut room = vec![0; 17 << 20];
    stream.read_exact(&mut room).expect("more than the message may hold");
}

#[test]
fn suites_are_chosen_in_the_server_s_order() {
    let chain = vec![vec![0x30, 0x00]; 150];
    let server = Hostile::start(Behaviour::Chain(chain));
    let answer = say(&server, &hello(&[0x002f, 0x009c])).expect("an answer");
    assert_eq!(suite(&answer), 0x009c);
    let first = 5 + usize::from(u16::from_be_bytes([answer[3], answer[4]]));
    let list = u32::from_be_bytes([0, answer[first + 9], answer[first + 10], answer[first + 11]]);
    assert_eq!((answer[first + 5], list), (11, 150 * 5));
    assert_eq!(say(&server, &hello(&[0x1301])).expect("an alert"), REFUSED);
    let server = Hostile::start(Behaviour::BadDhe);
    assert_eq!(suite(&say(&server, &hello(&[0xc02f, 0x009e])).expect("an answer")), DHE_SUITES[1]);
    assert_eq!(suite(&say(&server, &hello(&[0xc02f])).expect("an answer")), 0xc02f);
}

#[test]
fn hellos_may_be_too_much() {
    let many: Vec<u16> = (0x0100..0x017f).chain([0x009c]).collect();
    let server = Hostile::start(Behaviour::BreaksAtSuites(128));
    assert_eq!(say(&server, &hello(&many)).expect("an end"), []);
    assert_eq!(suite(&say(&server, &hello(&many[1..])).expect("an answer")), 0x009c);

    let server = Hostile::start(Behaviour::HelloInOneRead(200));
    assert_eq!(suite(&say(&server, &hello(&[0x009c])).expect("an answer")), 0x009c);
    let error = say(&server, &hello(&many)).expect_err("a reset");
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
}
