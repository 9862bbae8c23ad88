//! SSHFP records of real keys in signed and unsigned zones, and what a real ssh behind a validating resolver makes of
//! the same.
mod client;

use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use client::{Client, Said};
use midwatch_audit::ssh::sshfp::answer;
use midwatch_model::{Host, HostKeyWord, ReasonKind, Security, SshPublicKey, Sshfp};
use midwatch_probe::dns::{self, Anchors, DnsOptions};
use midwatch_probe::net::{Net, NetOptions};
use midwatch_probe::ssh::{Way, endpoint};
use midwatch_testbed::knot::{Ds, Knot, Running, Signing};
use midwatch_testbed::sshd::{self, HostKeys};
use midwatch_testbed::{Server, unbound};

const KINDS: [&str; 3] = ["ed25519", "ecdsa-256", "rsa-2048"];

/// The records that `ssh-keygen -r` writes for these keys, with further arguments.
fn records(name: &str, keys: &HostKeys, kinds: &[&str], more: &[&str]) -> String {
    let line = |kind: &&str| {
        let public = format!("{}.pub", keys.path(kind).display());
        let output = Command::new("ssh-keygen").args(["-r", name, "-f", &public]).args(more).output();
        let output = output.expect("ssh-keygen (Debian package openssh-client)");
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).expect("text")
    };
    let text: String = kinds.iter().map(line).collect();
    assert!(text.starts_with(&format!("{name} IN SSHFP ")), "{text}");
    text
}

/// Those of one hash alone.
fn of_hash(hash: u8, text: &str) -> String {
    let kept = text.lines().filter(|line| line.split(' ').nth(4) == Some(&hash.to_string()));
    kept.map(|line| format!("{line}\n")).collect()
}

struct Bed {
    keys: HostKeys,
    server: Server,
    knot: Running,
    unbound: Server,
}

impl Bed {
    fn new() -> Bed {
        let (keys, old) = (HostKeys::new(&KINDS), HostKeys::new(&KINDS));
        let mut zone = records("good", &keys, &KINDS, &[]);
        zone += "alias IN CNAME good\nnone IN A 192.0.2.7\n";
        zone += &records("wrong", &old, &KINDS, &[]);
        zone += &records("rsa", &keys, &["rsa-2048"], &[]);
        zone += &records("sha1", &keys, &KINDS, &["-Ohashalg=sha1"]);
        zone += &records("sha256", &keys, &KINDS, &["-Ohashalg=sha256"]);
        zone += &records("change", &old, &["ed25519"], &["-Ohashalg=sha256"]);
        zone += &records("change", &keys, &["ed25519"], &["-Ohashalg=sha256"]);
        zone += &of_hash(1, &records("half", &keys, &["ed25519"], &[]));
        zone += &of_hash(2, &records("half", &old, &["ed25519"], &[]));
        zone += "odd IN TYPE44 \\# 4 0909abcd\n";
        let knot = Knot::new()
            .zone("example", Signing::Nsec, Ds::Right, "")
            .zone("signed.example", Signing::Nsec, Ds::Right, &zone)
            .zone("hashed.example", Signing::Nsec3, Ds::Right, &zone)
            .zone("plain.example", Signing::None, Ds::Missing, &zone)
            .zone("expired.example", Signing::Expired, Ds::Right, &zone)
            .zone("broken.example", Signing::Nsec, Ds::Wrong, &zone)
            .start();
        let unbound = unbound::start(&knot, None);
        let server = sshd::openssh(&keys, "");
        Bed { keys, server, knot, unbound }
    }

    async fn ask(&self, name: &str) -> Sshfp {
        let dns = DnsOptions {
            resolver: Some(self.unbound.address().to_string().parse().expect("a resolver")),
            anchors: Anchors::parse(&self.knot.anchor).expect("anchors"),
            ..DnsOptions::default()
        };
        let step = Duration::from_secs(10);
        let net = Net::new(NetOptions { dns: Arc::new(dns), step, ..NetOptions::default() });
        dns::sshfp(&net, name).await
    }

    /// The server's keys as they are met: Ed25519, ECDSA, RSA.
    async fn met(&self) -> Vec<SshPublicKey> {
        let (net, at) = (Net::new(NetOptions::default()), self.server.address());
        let met = endpoint(&net, &Host::Address(at.ip()), at.port(), Way::Address(at)).await;
        let keys: Vec<SshPublicKey> = met.sent_keys().map(|sent| sent.key.clone()).collect();
        let find = |kind: &str| keys.iter().find(|key| key.key_type.starts_with(kind)).cloned();
        ["ssh-ed25519", "ecdsa", "ssh-rsa"].iter().map(|kind| find(kind).expect("a key")).collect()
    }
}

#[tokio::test]
async fn records_of_real_keys_in_a_signed_zone() {
    use HostKeyWord::*;
    let bed = Bed::new();
    let keys = bed.met().await;
    let client = Client::new(bed.unbound.address(), bed.server.address());
    assert_eq!(keys[0].fingerprint, bed.keys.fingerprint("ed25519").1);
    let all = [Said::Accepted; 3];
    let table: [(&str, [HostKeyWord; 3], [Said; 3]); 10] = [
        ("good", [Same; 3], all),
        ("alias", [Same; 3], all),
        ("sha1", [Same; 3], all),
        ("sha256", [Same; 3], all),
        ("wrong", [Other; 3], [Said::Mismatch; 3]),
        ("rsa", [OtherType, OtherType, Same], [Said::Mismatch, Said::Mismatch, Said::Accepted]),
        ("none", [Unknown; 3], [Said::Nothing; 3]),
        ("missing", [Unknown; 3], [Said::Nothing; 3]),
        // Of several keys of one algorithm the right one is enough by RFC 4255. OpenSSH wants all of them to match,
        // and says mismatch where there is none for the algorithm, too.
        ("change", [Same, OtherType, OtherType], [Said::Mismatch; 3]),
        ("half", [Other, OtherType, OtherType], [Said::Mismatch; 3]),
    ];
    for (host, words, said) in table {
        for zone in ["signed.example", "hashed.example"] {
            let name = format!("{host}.{zone}");
            let fact = bed.ask(&name).await;
            assert_eq!(fact.security.value(), Some(&Security::Secure), "{name}");
            let ours = answer(&fact, &keys).says;
            let ours: Vec<_> = ours.value().expect("an answer").iter().map(|said| said.word).collect();
            assert_eq!(ours, words, "{name}: {fact:?}");
            if zone == "signed.example" {
                let algorithms = ["ssh-ed25519", "ecdsa-sha2-nistp256", "rsa-sha2-512"];
                assert_eq!(algorithms.map(|algorithm| client.ssh(&name, algorithm)), said, "{name}");
            }
        }
    }
    let change = answer(&bed.ask("change.signed.example").await, &keys).says;
    let note = change.value().expect("an answer")[0].note.clone();
    assert!(note.is_some_and(|note| note.contains("another key")));
    let odd = bed.ask("odd.signed.example").await;
    assert!(!odd.records.value().expect("records")[0].usable);
    assert_eq!(answer(&odd, &keys).says.value().expect("an answer")[0].word, Unknown);
}

#[tokio::test]
async fn what_is_not_proved_is_no_word_whatever_it_says() {
    let bed = Bed::new();
    let keys = bed.met().await;
    let client = Client::new(bed.unbound.address(), bed.server.address());
    for (zone, is, ssh) in [
        ("plain.example", "insecure", Said::Insecure),
        ("expired.example", "bogus", Said::Nothing),
        ("broken.example", "bogus", Said::Nothing),
    ] {
        for host in ["good", "wrong", "none", "missing"] {
            let name = format!("{host}.{zone}");
            let fact = bed.ask(&name).await;
            let security = match fact.security.value() {
                Some(Security::Insecure { .. }) => "insecure",
                Some(Security::Bogus { .. }) => "bogus",
                other => panic!("{name}: {other:?}"),
            };
            assert_eq!(security, is, "{name}");
            let said = answer(&fact, &keys).says;
            assert_eq!(said.why_not().map(|why| why.kind), Some(ReasonKind::Other), "{name}: {said:?}");
        }
        let good = format!("good.{zone}");
        assert_eq!(client.ssh(&good, "ssh-ed25519"), ssh, "{good}");
        assert_eq!(bed.ask(&good).await.records.value().map(Vec::len), Some(6), "{good}");
    }
}

#[tokio::test]
async fn names_that_have_no_records_are_not_asked_for() {
    let net = Net::new(NetOptions::default());
    for name in ["192.0.2.7", "2001:db8::7", "localhost", "server", "x.localhost"] {
        let fact = dns::sshfp(&net, name).await;
        assert_eq!(fact.records.why_not().map(|why| why.kind), Some(ReasonKind::NotAsked), "{name}");
        assert!(answer(&fact, &[]).says.is_unmeasured());
    }
    let offline = Net::new(NetOptions { offline: true, ..NetOptions::default() });
    let fact = dns::sshfp(&offline, "Git.Example.").await;
    assert_eq!(
        (fact.name.as_str(), fact.records.why_not().map(|why| why.kind)),
        ("git.example", Some(ReasonKind::NotAsked))
    );
}
