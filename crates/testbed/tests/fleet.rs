//! The fleet and the receiver do as they say, seen by curl and openssl, and by plain sockets.

use std::io::{Read, Write};
use std::net::{TcpStream, UdpSocket};
use std::process::Command;
use std::time::Duration;

use midwatch_testbed::fleet::{Fleet, Options, address_of, host_of, id_of, name_of};
use midwatch_testbed::receiver::{Manner, Receiver};
use midwatch_testbed::wait_until;

/// curl's output for a path of a host's, headers included, by the fleet's authority.
fn curl(fleet: &Fleet, host: u32, path: &str) -> String {
    let directory = tempfile::tempdir().unwrap();
    let authority = directory.path().join("authority.pem");
    std::fs::write(&authority, fleet.authority()).unwrap();
    let (name, port) = (name_of(host), fleet.https());
    let output = Command::new("curl")
        .args(["--silent", "--show-error", "--include", "--max-time", "20", "--http1.1", "--cacert"])
        .arg(&authority)
        .arg("--resolve")
        .arg(format!("{name}:{port}:{}", address_of(host)))
        .arg(format!("https://{name}:{port}{path}"))
        .output()
        .expect("curl (package curl)");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Serial number and public key of what a host shows.
fn shown(fleet: &Fleet, host: u32) -> (String, String) {
    let script = format!(
        "openssl s_client -connect {}:{} -servername {} </dev/null 2>/dev/null | openssl x509 -noout -serial -pubkey",
        address_of(host),
        fleet.https(),
        name_of(host)
    );
    let output = Command::new("sh").args(["-c", &script]).output().expect("openssl");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let (serial, key) = text.split_once('\n').expect("a certificate");
    (serial.to_owned(), key.to_owned())
}

#[test]
fn every_host_has_a_name_an_address_and_a_certificate() {
    let fleet = Fleet::start(Options::of(10_000));
    assert_eq!([address_of(1).to_string(), address_of(10_000).to_string()], ["127.1.0.1", "127.1.39.16"]);
    assert_eq!(host_of(&id_of(10_000)), Some(10_000));
    for host in [1, 9_999] {
        let said = curl(&fleet, host, "/");
        assert!(said.starts_with("HTTP/1.1 200") && said.contains(&name_of(host)), "{said}");
        assert!(said.contains("Strict-Transport-Security: max-age=63072000"));
    }
    fleet.set_hsts(9_999, false);
    assert!(!curl(&fleet, 9_999, "/page").contains("Strict-Transport-Security"));
    fleet.set_hsts(9_999, true);
    assert!(curl(&fleet, 9_999, "/page").contains("Strict-Transport-Security"));
    assert!(curl(&fleet, 1, "/other").starts_with("HTTP/1.1 404"));
    // Counted after the answer.
    wait_until(Duration::from_secs(10), || fleet.counts()[2] == 5);
    assert_eq!(fleet.counts(), [5, 5, 5]);
}

#[test]
fn a_certificate_can_be_swapped() {
    let fleet = Fleet::start(Options::of(10));
    let before = shown(&fleet, 3);
    assert_eq!(before, shown(&fleet, 3));
    fleet.swap(3, false);
    let renewed = shown(&fleet, 3);
    assert_ne!(before.0, renewed.0);
    assert_eq!(before.1, renewed.1);
    fleet.swap(3, true);
    let other = shown(&fleet, 3);
    assert_ne!(renewed.0, other.0);
    assert_ne!(renewed.1, other.1);
    assert_eq!(shown(&fleet, 4).1, before.1, "other hosts are as they were");
}

#[test]
fn a_tenth_never_answers() {
    let fleet = Fleet::start(Options::of(20));
    assert_eq!((1..=20).filter(|host| fleet.is_silent(*host)).collect::<Vec<_>>(), [10, 20]);
    for port in [fleet.https(), fleet.http()] {
        let mut stream = TcpStream::connect((address_of(10), port)).expect("a connection");
        stream.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
        let error = stream.read(&mut [0; 1]).expect_err("no byte and no end");
        assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock);
    }
}

#[test]
fn http_leads_to_https_and_no_host_is_beyond_the_last() {
    let fleet = Fleet::start(Options { silent_every: 0, ..Options::of(10) });
    let mut stream = TcpStream::connect((address_of(10), fleet.http())).unwrap();
    stream.write_all(b"GET /page HTTP/1.1\r\nConnection: close\r\n\r\n").unwrap();
    let mut said = String::new();
    stream.read_to_string(&mut said).unwrap();
    assert!(said.contains("\r\nLocation: https://n00010.fleet.test/page\r\n"), "{said}");
    let mut stream = TcpStream::connect((address_of(11), fleet.http())).unwrap();
    assert_eq!(stream.read(&mut [0; 1]).unwrap_or(0), 0);
}

#[test]
fn the_resolver_knows_its_names() {
    let fleet = Fleet::start(Options::of(300));
    let ask = |name: &str, rtype: u8| {
        let mut question = vec![7, 9, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
        for label in name.split('.') {
            question.push(label.len() as u8);
            question.extend_from_slice(label.as_bytes());
        }
        question.extend_from_slice(&[0, 0, rtype, 0, 1]);
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        socket.send_to(&question, fleet.dns()).unwrap();
        let mut answer = [0; 512];
        let length = socket.recv(&mut answer).expect("an answer");
        assert_eq!(answer[..2], [7, 9]);
        (answer[3] & 15, answer[7], answer[..length].to_vec())
    };
    let (code, records, message) = ask("N00300.fleet.TEST", 1);
    assert_eq!((code, records), (0, 1));
    assert!(message.ends_with(&[127, 1, 1, 44]));
    let codes = |name: &str, rtype: u8| {
        let (code, records, _) = ask(name, rtype);
        (code, records)
    };
    assert_eq!(codes("n00300.fleet.test", 28), (0, 0));
    assert_eq!(codes("fleet.test", 2), (0, 0));
    assert_eq!(codes("n00301.fleet.test", 1), (3, 0));
    assert_eq!(codes("shop.example", 1), (3, 0));
}

/// Posts a webhook by curl and gives the exit code with the status.
fn post(receiver: &Receiver, id: &str) -> (i32, String) {
    let output = Command::new("curl")
        .args(["--silent", "--max-time", "2", "--output", "/dev/null", "--write-out", "%{http_code}"])
        .args(["--header", &format!("webhook-id: {id}"), "--data", "{\"a\": 1}", &receiver.url()])
        .output()
        .expect("curl (package curl)");
    (output.status.code().expect("an exit code"), String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn the_receiver_keeps_what_came_and_fails_as_it_is_told() {
    let mut receiver = Receiver::start();
    assert_eq!(post(&receiver, "one"), (0, "200".to_owned()));
    receiver.set(Manner::Answers(503));
    assert_eq!(post(&receiver, "two"), (0, "503".to_owned()));
    receiver.set(Manner::Closes);
    // 52: an empty reply.
    assert_eq!(post(&receiver, "three").0, 52);
    receiver.set(Manner::Hangs);
    // 28: the time was up.
    assert_eq!(post(&receiver, "four").0, 28);
    receiver.stop();
    // 7: no connection.
    assert_eq!(post(&receiver, "five").0, 7);
    receiver.set(Manner::Answers(200));
    receiver.restart();
    assert_eq!(post(&receiver, "six"), (0, "200".to_owned()));
    // It is kept before it is answered, and marked after.
    let is_whole = || receiver.received().iter().any(|one| one.id == "six" && one.is_acknowledged);
    assert!(wait_until(Duration::from_secs(10), is_whole));
    let received = receiver.received();
    let kept: Vec<_> = received.iter().map(|one| (one.id.as_str(), one.is_acknowledged)).collect();
    assert_eq!(kept, [("one", true), ("two", false), ("three", false), ("four", false), ("six", true)]);
    assert!(
        received.iter().all(|one| one.body == "{\"a\": 1}" && one.head.starts_with("POST /hook HTTP/1.1"))
    );
}
