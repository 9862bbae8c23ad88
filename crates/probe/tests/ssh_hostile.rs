//! SSH servers that misbehave: each ends inside its limits, nothing that was not measured reads as a fact, and no key
//! is proved that somebody only shows.

use std::time::{Duration, Instant};

use base64::Engine as _;
use midwatch_model::{Host, Outcome, Reason, ReasonKind, SshEndpoint};
use midwatch_probe::net::{Net, NetOptions};
use midwatch_probe::ssh::{self, Way};
use midwatch_testbed::hostile::{Behaviour, Hostile};
use midwatch_testbed::sshd::{self, HostKeys};
use midwatch_wire::ssh::kexinit::KexInit;
use midwatch_wire::ssh::message::Disconnect;
use midwatch_wire::ssh::packet;

const STEP: Duration = Duration::from_millis(700);

const HELLO: &[u8] = b"SSH-2.0-hostile\r\n";

async fn probe(behaviour: Behaviour) -> SshEndpoint {
    let server = Hostile::start(behaviour);
    let address = server.address();
    let net = Net::new(NetOptions { step: STEP, ..NetOptions::default() });
    let started = Instant::now();
    let endpoint =
        ssh::endpoint(&net, &Host::Address(address.ip()), address.port(), Way::Address(address)).await;
    assert!(started.elapsed() < STEP * 30, "took {:?}", started.elapsed());
    endpoint
}

fn reason<T: std::fmt::Debug>(outcome: &Outcome<T>) -> &Reason {
    outcome.why_not().unwrap_or_else(|| panic!("{outcome:?}"))
}

fn packet(payload: &[u8]) -> Vec<u8> {
    packet::write(payload, &mut || 0)
}

fn after_hello(bytes: &[u8]) -> Vec<u8> {
    [HELLO, bytes].concat()
}

fn lists() -> KexInit {
    let one = |name: &str| vec![name.to_owned()];
    KexInit {
        key_exchange: one("curve25519-sha256"),
        host_key: vec!["ssh-ed25519".into(), "ssh-rsa".into(), "ssh-dss".into()],
        ciphers_to_server: one("aes128-ctr"),
        ciphers_to_client: one("aes128-ctr"),
        macs_to_server: one("hmac-sha2-256"),
        macs_to_client: one("hmac-sha2-256"),
        compression_to_server: one("none"),
        compression_to_client: one("none"),
        ..KexInit::default()
    }
}

#[tokio::test]
async fn no_identification_is_no_fact() {
    for (behaviour, kinds) in [
        (Behaviour::NeverAnswers, &[ReasonKind::Timeout][..]),
        (Behaviour::Drips, &[ReasonKind::Timeout]),
        (Behaviour::ResetsAtOnce, &[ReasonKind::Reset, ReasonKind::Closed]),
        (Behaviour::ClosesAtOnce, &[ReasonKind::Reset, ReasonKind::Closed]),
        (Behaviour::EndlessLines, &[ReasonKind::Limit, ReasonKind::Protocol]),
        (Behaviour::EndlessHeaderLine, &[ReasonKind::Limit, ReasonKind::Timeout]),
        (Behaviour::Answers(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()), &[ReasonKind::Protocol]),
        (Behaviour::Answers(b"SSH-\r\n".to_vec()), &[ReasonKind::Protocol]),
        (Behaviour::Answers(vec![0x16, 3, 1, 0, 2, 2, 40]), &[ReasonKind::Protocol]),
    ] {
        let endpoint = probe(behaviour.clone()).await;
        let why = reason(&endpoint.identification);
        assert!(kinds.contains(&why.kind), "{behaviour:?}: {why:?}");
        assert!(endpoint.algorithms.is_unmeasured() && endpoint.host_keys.is_empty());
    }
    let endpoint = probe(Behaviour::Answers(b"HTTP/1.1 400 Bad\x1b Request\r\n\r\n".to_vec())).await;
    assert!(reason(&endpoint.identification).detail.contains(r"HTTP/1.1 400 Bad\x1b Request"));
}

#[tokio::test]
async fn no_lists_are_no_fact_and_the_identification_stands() {
    let many = KexInit { host_key: vec!["a".into(); 2000], ..lists() };
    let odd = KexInit { host_key: vec!["a b".into()], ..lists() };
    let ignored = packet(b"\x02\0\0\0\x01x").repeat(100);
    for (bytes, kinds) in [
        (vec![0x7f, 0xff, 0xff, 0xfc], &[ReasonKind::Limit][..]),
        (packet(&many.write()), &[ReasonKind::Protocol]),
        (packet(&odd.write()), &[ReasonKind::Protocol]),
        (packet(&lists().write()[..40]), &[ReasonKind::Protocol]),
        (b"what is this, that is no packet".to_vec(), &[ReasonKind::Protocol, ReasonKind::Limit]),
        (ignored, &[ReasonKind::Limit]),
        (packet(&[21]), &[ReasonKind::Protocol]),
        (packet(&lists().write())[..60].to_vec(), &[ReasonKind::Closed]),
    ] {
        let endpoint = probe(Behaviour::Answers(after_hello(&bytes))).await;
        assert_eq!(endpoint.identification.value().map(|said| said.software.as_str()), Some("hostile"));
        let why = reason(&endpoint.algorithms);
        assert!(kinds.contains(&why.kind), "{bytes:?}: {why:?}");
    }
    let silent = probe(Behaviour::SaysAndWaits(HELLO.to_vec())).await;
    assert!(silent.identification.is_seen());
    assert_eq!(reason(&silent.algorithms).kind, ReasonKind::Timeout);
    let reset = probe(Behaviour::SaysAndResets(HELLO.to_vec())).await;
    assert!(matches!(reason(&reset.algorithms).kind, ReasonKind::Reset | ReasonKind::Closed));
    // What is lost is tried once more, and what is waited for in vain is not.
    assert_eq!((reset.connections, silent.connections), (2, 1));
}

#[tokio::test]
async fn a_disconnect_is_a_refusal_in_the_servers_words() {
    let said = Disconnect { code: 12, description: b"come back\x1b later" }.write();
    let endpoint = probe(Behaviour::SaysAndWaits(after_hello(&packet(&said)))).await;
    let Outcome::Refused { how } = &endpoint.algorithms else { panic!("{:?}", endpoint.algorithms) };
    assert_eq!(how, r"DISCONNECT 12 (too many connections): come back\x1b later");
}

#[tokio::test]
async fn ssh_1_is_not_measured() {
    let endpoint = probe(Behaviour::SaysAndWaits(b"SSH-1.5-1.2.33\r\n".to_vec())).await;
    assert_eq!(endpoint.identification.value().map(|said| said.protocol.as_str()), Some("1.5"));
    let why = reason(&endpoint.algorithms);
    assert!(why.kind == ReasonKind::Protocol && why.detail.contains("SSH 1.5"), "{why:?}");
}

#[tokio::test]
async fn keys_that_do_not_come_are_not_waited_for_one_by_one() {
    let begun = after_hello(&packet(&lists().write()));
    let endpoint = probe(Behaviour::SaysAndWaits(begun.clone())).await;
    assert!(endpoint.algorithms.is_seen());
    assert_eq!(endpoint.host_keys.len(), 3);
    for offered in &endpoint.host_keys {
        assert_eq!(reason(&offered.key).kind, ReasonKind::Timeout);
    }
    assert!(reason(&endpoint.host_keys[2].key).detail.starts_with("not asked for"));
    // The lists, and two keys: none of the three is asked for twice after a time-out.
    assert_eq!(endpoint.connections, 3);

    // A reply that is none, and one whose key is of another type.
    let mut other = packet(&[31, 0, 0, 0, 1]);
    other.splice(0..0, begun.clone());
    let endpoint = probe(Behaviour::SaysAndWaits(other)).await;
    assert_eq!(reason(&endpoint.host_keys[0].key).kind, ReasonKind::Protocol);
    let key = b"\0\0\0\x07ssh-new\0\0\0\x01x";
    let reply = [&[31, 0, 0, 0, key.len() as u8][..], key, &[0, 0, 0, 1, 9, 0, 0, 0, 1, 9]].concat();
    let endpoint = probe(Behaviour::SaysAndWaits([begun, packet(&reply)].concat())).await;
    assert!(reason(&endpoint.host_keys[0].key).detail.contains("ssh-new came where ssh-ed25519 was due"));
}

/// The reply of a key exchange on X25519, with the base point for the server's, and no signature.
fn reply(key: &[u8]) -> Vec<u8> {
    let mut point = [0; 32];
    point[0] = 9;
    let mut payload = vec![31];
    for part in [key, &point, b""] {
        payload.extend((part.len() as u32).to_be_bytes());
        payload.extend(part);
    }
    packet(&payload)
}

#[tokio::test]
async fn a_packet_sent_on_a_wrong_guess_is_passed_over() {
    let guess = KexInit {
        key_exchange: vec!["new-method".into(), "curve25519-sha256".into()],
        host_key: vec!["ssh-new".into()],
        first_kex_packet_follows: true,
        ..lists()
    };
    let key = b"\0\0\0\x07ssh-new\0\0\0\x01x";
    let said = [packet(&guess.write()), packet(&[30, 1, 2, 3]), reply(key)].concat();
    let endpoint = probe(Behaviour::SaysAndWaits(after_hello(&said))).await;
    let sent = endpoint.host_keys[0].key.value().unwrap_or_else(|| panic!("{:?}", endpoint.host_keys));
    // A key of a type that nobody knows is shown all the same.
    assert_eq!((sent.key.key_type.as_str(), sent.key.bits), ("ssh-new", None));
    assert!(reason(&sent.proof).detail.contains("not known"));
    assert!(sent.signature_algorithm.is_empty());
}

#[tokio::test]
async fn no_signature_is_no_proof() {
    let key = [&b"\0\0\0\x0bssh-ed25519\0\0\0\x20"[..], &[7; 32]].concat();
    let said = [packet(&lists().write()), reply(&key)].concat();
    let endpoint = probe(Behaviour::SaysAndWaits(after_hello(&said))).await;
    let sent = endpoint.host_keys[0].key.value().unwrap_or_else(|| panic!("{:?}", endpoint.host_keys));
    assert_eq!((sent.key.bits, &sent.proof), (Some(256), &Outcome::seen(false)));
}

#[tokio::test]
async fn a_key_that_somebody_shows_is_not_proved() {
    let (keys, stolen) = (HostKeys::new(&["ed25519"]), HostKeys::new(&["ed25519"]));
    let server = sshd::openssh(&keys, "");
    let blob = |keys: &HostKeys| {
        let blob = base64::engine::general_purpose::STANDARD.decode(keys.public("ed25519").1).unwrap();
        // Without its length: messages end with zeros, which might be the beginning of one.
        blob[4..].to_vec()
    };
    let endpoint = probe(Behaviour::Swaps(server.address(), blob(&keys), blob(&stolen))).await;
    let shown = endpoint.host_keys[0].key.value().unwrap_or_else(|| panic!("{:?}", endpoint.host_keys));
    assert_eq!(shown.key.fingerprint, stolen.fingerprint("ed25519").1);
    assert_eq!(shown.proof, Outcome::seen(false));
    // The same middle that changes nothing leaves the proof whole.
    let endpoint = probe(Behaviour::Swaps(server.address(), blob(&stolen), blob(&keys))).await;
    assert_eq!(endpoint.host_keys[0].key.value().map(|sent| &sent.proof), Some(&Outcome::seen(true)));
}

#[tokio::test]
async fn lists_that_somebody_changes_on_the_way_unprove_the_key() {
    let keys = HostKeys::new(&["ed25519"]);
    let server = sshd::openssh(&keys, "");
    let (from, to) = (b"hmac-sha2-512".to_vec(), b"hmac-sha2-xxx".to_vec());
    let endpoint = probe(Behaviour::Swaps(server.address(), from, to)).await;
    let shown = endpoint.host_keys[0].key.value().unwrap_or_else(|| panic!("{:?}", endpoint.host_keys));
    assert_eq!(shown.key.fingerprint, keys.fingerprint("ed25519").1);
    assert_eq!(shown.proof, Outcome::seen(false));
}
