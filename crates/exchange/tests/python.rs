//! Against a joiner in Python that was written from the description of the bytes, and shares no line with midwatch.

mod common;

use std::net::Ipv4Addr;
use std::process::{Command, Output};
use std::time::Duration;

use common::{DAVID, ELIZABETH, got, offer, wrong};
use midwatch_exchange::io::local::Opener;
use midwatch_exchange::{Code, Delivery, Failure};

/// An opener with David's key, and the joiner of Python with Elizabeth's and this code.
async fn exchange(told: fn(&Code) -> Code) -> (common::Outcome, Output) {
    let opener = Opener::listen(Some((Ipv4Addr::LOCALHOST, 0).into())).await.expect("loopback");
    let (code, port) = (told(opener.code()), opener.address().port());
    let [a, b] = code.octets();
    let arguments = [u32::from(port), code.place(), a.into(), b.into()].map(|number| number.to_string());
    let peer = tokio::task::spawn_blocking(move || {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peer.py");
        let mut command = Command::new("python3");
        command
            .arg("-B")
            .arg(script)
            .args(arguments)
            .arg(ELIZABETH)
            .output()
            .expect("python3; see scripts/setup")
    });
    let outcome = opener.exchange(offer(DAVID), Duration::from_secs(60)).await.expect("it comes");
    (outcome, peer.await.expect("no panic"))
}

#[tokio::test]
async fn a_peer_written_from_the_description_takes_part() {
    let (outcome, peer) = exchange(Code::clone).await;
    let said = String::from_utf8_lossy(&peer.stdout).into_owned();
    assert_eq!(said, format!("8 {DAVID}"), "{}", String::from_utf8_lossy(&peer.stderr));
    assert_eq!(got(&outcome), (ELIZABETH, Delivery::Arrived));
}

#[tokio::test]
async fn its_wrong_code_is_seen() {
    let (outcome, peer) = exchange(wrong).await;
    assert_eq!(outcome, Err(Failure::CodesDiffer));
    // It reads the frame that says so: kind 4, reason 1.
    assert!(String::from_utf8_lossy(&peer.stderr).contains(r"(b'\x04\x00\x00\x00\x01', b'\x01')"));
}
