//! Timestamps of logs from the handshake and the staple of real servers, and TLS 1.3 read up to the server's
//! Finished: what comes is the server's, or nothing is said.

use std::net::SocketAddr;

use midwatch_model::{
    CertificateChain, Host, LogState, OcspAnswer, Outcome, ReasonKind, Time, TimestampSignature,
    TimestampSource, TlsVersion,
};
use midwatch_probe::net::{Net, NetOptions};
use midwatch_probe::pki::ct::{CtLog, LogList};
use midwatch_probe::pki::{self, Met, TrustStores};
use midwatch_probe::progress::Silent;
use midwatch_probe::starttls::Opening;
use midwatch_probe::tls::{self, EndpointRun, SentChain};
use midwatch_testbed::hostile::{Behaviour, Hostile};
use midwatch_testbed::ocsp::{self, Said};
use midwatch_testbed::openssl::s_server;
use midwatch_testbed::pki::{Authority, Identity, Key, Leaf, Pki};
use midwatch_testbed::transparency::{self, Given};

const NAME: &str = "shop.test";
const VALID: TimestampSignature = TimestampSignature::Valid;

/// An authority, its leaf and a log.
struct World {
    pki: Pki,
    issuer: Authority,
    leaf: Identity,
    log: Authority,
    stores: TrustStores,
}

impl World {
    fn new(key: Key) -> World {
        let pki = Pki::new();
        let root = pki.authority("Root", Key::EcP256);
        let issuer = pki.intermediate(&root, "Between", Key::EcP256);
        let leaf = pki.issue(&issuer, &Leaf::new(&[NAME]).key(key));
        let log = pki.authority("Log", Key::EcP256);
        let mut stores = TrustStores::default();
        stores.give(&std::fs::read(&root.certificate).expect("a root")).expect("a store");
        let key = transparency::public_key(&pki, &log.key);
        let known = CtLog {
            id: transparency::sha256(&pki, &key),
            key,
            name: "Log".into(),
            operator: "Test".into(),
            state: LogState::Usable,
        };
        stores.set_logs(LogList { date: "2026-11-01".into(), logs: vec![known] });
        World { pki, issuer, leaf, log, stores }
    }

    /// A list of one timestamp about the leaf, or about another certificate.
    fn list(&self, about: &Identity) -> Vec<u8> {
        let given = Given { log: &self.log, key: Key::EcP256, time: 1_760_000_000_000 };
        transparency::list(&self.pki, &about.certificate, &[given])
    }

    fn info(&self, list: &[u8]) -> String {
        transparency::server_info(&self.pki, list).display().to_string()
    }

    fn staple(&self, answer: &[u8]) -> String {
        let target = self.pki.path().join("staple.der");
        std::fs::write(&target, answer).expect("a file");
        target.display().to_string()
    }

    fn answer(&self) -> Vec<u8> {
        let by = (self.issuer.certificate.as_path(), self.issuer.key.as_path());
        ocsp::answer(&self.pki, &self.leaf.certificate, &self.issuer.certificate, by, Said::Good)
    }

    fn fact(&self, chain: &SentChain) -> CertificateChain {
        let host = Host::Name(NAME.into());
        let met = Met {
            host: &host,
            port: 443,
            address: SocketAddr::from(([192, 0, 2, 7], 443)),
            sni: Some(NAME),
            met_with: &chain.met_with,
            beside: chain.beside(),
        };
        pki::chain(&met, &chain.certificates, &self.stores, Time::now())
    }
}

async fn probe(address: SocketAddr) -> EndpointRun {
    let net = Net::new(NetOptions::default());
    tls::endpoint(
        &net,
        &Opening::direct(),
        &Host::Name(NAME.into()),
        address.port(),
        address,
        Some(NAME),
        &Silent,
    )
    .await
}

async fn chains(address: SocketAddr) -> Vec<SentChain> {
    tls::certificates(&Net::new(NetOptions::default()), &Opening::direct(), address, Some(NAME)).await
}

fn only(chains: &[SentChain]) -> &SentChain {
    assert_eq!(chains.len(), 1, "{chains:?}");
    &chains[0]
}

/// Where each timestamp came and what it is worth; every place was looked at.
fn timestamps(world: &World, chain: &SentChain) -> Vec<(TimestampSource, TimestampSignature)> {
    let all = world.fact(chain).transparency.expect("a list of logs");
    assert_eq!(all.not_looked, [], "every place was looked at");
    all.timestamps.iter().map(|one| (one.from, one.signature)).collect()
}

#[tokio::test]
async fn the_handshake_brings_timestamps_in_every_version() {
    let world = World::new(Key::EcP256);
    let second = world.pki.issue(&world.issuer, &Leaf::new(&[NAME]));
    let right = world.info(&world.list(&world.leaf));
    let wrong = world.info(&world.list(&second));
    let broken = world.info(&[0, 9, 0, 7]);
    for version in ["-tls1_2", "-tls1_3"] {
        for (file, worth) in
            [(&right, VALID), (&wrong, TimestampSignature::Invalid), (&broken, TimestampSignature::Malformed)]
        {
            let server = s_server(&world.leaf, &[version, "-serverinfo", file]);
            let run = probe(server.address()).await;
            let wanted = [(TimestampSource::Tls, worth)];
            assert_eq!(timestamps(&world, only(&run.chains)), wanted, "{version} {file}");
            let alone = chains(server.address()).await;
            assert_eq!(timestamps(&world, only(&alone)), wanted, "{version} {file}, certificates alone");
        }
        let server = s_server(&world.leaf, &[version]);
        let run = probe(server.address()).await;
        assert_eq!(
            timestamps(&world, only(&run.chains)),
            [],
            "{version}: everything looked at, nothing there"
        );
    }
}

#[tokio::test]
async fn the_staple_brings_timestamps_where_it_is_verified() {
    let world = World::new(Key::EcP256);
    let list = world.list(&world.leaf);
    let with = ocsp::with_timestamps(&world.pki, &world.answer(), &list, &world.issuer.key);
    for version in ["-tls1_2", "-tls1_3"] {
        let file = world.staple(&with);
        let server = s_server(&world.leaf, &[version, "-status_file", &file]);
        let run = probe(server.address()).await;
        assert_eq!(timestamps(&world, only(&run.chains)), [(TimestampSource::Ocsp, VALID)], "{version}");
        let fact = world.fact(&run.chains[0]);
        let staple = fact.revocation.and_then(|revocation| revocation.staple);
        assert!(matches!(staple, Some(OcspAnswer::Verified { .. })), "{staple:?}");
        assert_eq!(run.endpoint.ocsp_staple, Outcome::seen(true));

        // Both at once, and an answer whose timestamps were changed after it was signed.
        let info = world.info(&list);
        let mut changed = with.clone();
        let at = changed.windows(list.len()).position(|window| window == list).expect("the list") + 40;
        changed[at] ^= 1;
        let file = world.staple(&changed);
        let server = s_server(&world.leaf, &[version, "-status_file", &file, "-serverinfo", &info]);
        let run = probe(server.address()).await;
        let all = world.fact(only(&run.chains)).transparency.expect("a list of logs");
        let places: Vec<_> = all.timestamps.iter().map(|one| (one.from, one.signature)).collect();
        assert_eq!(places, [(TimestampSource::Tls, VALID)], "{version}");
        let gaps: Vec<_> = all.not_looked.iter().map(|gap| (gap.place, gap.why.kind)).collect();
        assert_eq!(gaps, [(TimestampSource::Ocsp, ReasonKind::Protocol)], "{version}");
    }
    // An answer without the extension was looked at.
    let file = world.staple(&world.answer());
    let server = s_server(&world.leaf, &["-tls1_3", "-status_file", &file]);
    let run = probe(server.address()).await;
    assert_eq!(timestamps(&world, only(&run.chains)), []);
}

#[test]
fn what_could_not_be_asked_for_was_not_looked_at() {
    let world = World::new(Key::EcP256);
    let chain = SentChain {
        met_with: vec!["SSLv3 with RSA suites".into()],
        certificates: vec![world.pki.der(&world.leaf.certificate)],
        asked_beside: false,
        ocsp: None,
        timestamps: None,
    };
    let places = |chain: &SentChain| -> Vec<TimestampSource> {
        let all = world.fact(chain).transparency.expect("a list of logs");
        all.not_looked.iter().map(|gap| gap.place).collect()
    };
    assert_eq!(places(&chain), [TimestampSource::Tls, TimestampSource::Ocsp]);
    // Without its issuer a staple cannot be verified.
    let staple = world.answer();
    let chain = SentChain { asked_beside: true, ocsp: Some(staple), ..chain };
    assert_eq!(places(&chain), [TimestampSource::Ocsp]);
}

#[tokio::test]
async fn every_suite_group_and_key_of_tls13_is_read() {
    for key in [Key::EcP256, Key::EcP384, Key::Ed25519, Key::Rsa2048] {
        let world = World::new(key);
        let list = world.list(&world.leaf);
        let info = world.info(&list);
        let mut ways: Vec<[&str; 2]> = ["X25519", "P-256", "P-384"].map(|group| ["-groups", group]).into();
        if key == Key::EcP256 {
            let suites = ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"];
            ways.extend(suites.map(|suite| ["-ciphersuites", suite]));
            // A server that asks for a client's certificate, and one that pads.
            ways.extend([["-verify", "1"], ["-record_padding", "4096"]]);
        }
        for way in ways {
            let server = s_server(
                &world.leaf,
                &[&["-tls1_3", "-alpn", "http/1.1", "-serverinfo", &info], &way[..]].concat(),
            );
            let run = probe(server.address()).await;
            let chain = only(&run.chains);
            assert_eq!(chain.timestamps.as_deref(), Some(&list[..]), "{key:?} {way:?}");
            assert_eq!(run.endpoint.alpn, Outcome::seen("http/1.1".into()), "{key:?} {way:?}");
            let kind = if key == Key::Rsa2048 { "RSA" } else { "ECDSA" };
            assert_eq!(chain.met_with, [format!("TLS 1.3 with {kind} signatures")]);
        }
    }
}

#[tokio::test]
async fn an_unknown_group_is_told_and_not_a_missing_certificate() {
    let world = World::new(Key::EcP256);
    let server = s_server(&world.leaf, &["-tls1_3", "-groups", "P-521"]);
    let run = probe(server.address()).await;
    assert!(run.endpoint.version(TlsVersion::Tls13).is_some_and(Outcome::is_seen));
    assert_eq!(run.chains, []);
    let why = run.endpoint.ocsp_staple.why_not().expect("not measured");
    assert_eq!(why.kind, ReasonKind::Handshake, "{why}");
}

/// Whoever changes any record of the encrypted flight gets nothing reported as the server's.
#[tokio::test]
async fn what_was_changed_on_the_way_is_not_reported() {
    let world = World::new(Key::EcP256);
    let info = world.info(&world.list(&world.leaf));
    let server = s_server(&world.leaf, &["-tls1_3", "-serverinfo", &info]);
    // EncryptedExtensions, Certificate, CertificateVerify and Finished, each in a record of its own.
    for record in 1..=4 {
        let middle = Hostile::start(Behaviour::Tampers(server.address(), record));
        let run = probe(middle.address()).await;
        assert_eq!(run.chains, [], "record {record}");
        for outcome in [run.endpoint.ocsp_staple.why_not(), run.endpoint.alpn.why_not()] {
            let why = outcome.expect("not measured");
            assert_eq!(why.kind, ReasonKind::Protocol, "record {record}: {why}");
        }
    }
    let middle = Hostile::start(Behaviour::Tampers(server.address(), 5));
    let run = probe(middle.address()).await;
    assert_eq!(timestamps(&world, only(&run.chains)), [(TimestampSource::Tls, VALID)], "behind the Finished");
}

/// A chain of 700 KiB, sealed as it has to be.
#[tokio::test]
async fn a_certificate_message_that_is_too_large_is_told() {
    let world = World::new(Key::EcP256);
    let names: Vec<String> = (0..2_000).map(|number| format!("name-{number}.test")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let large = world.pki.issue(&world.issuer, &Leaf::new(&names));
    let many = vec![large.certificate.as_path(); 20];
    let chain = world.pki.concatenate(&many);
    assert!(world.pki.der(&large.certificate).len() * many.len() > 600 << 10);
    let identity = Identity { chain, ..large };
    let server = s_server(&identity, &["-tls1_3"]);
    let run = probe(server.address()).await;
    assert_eq!(run.chains, []);
    let why = run.endpoint.ocsp_staple.why_not().expect("not measured");
    assert_eq!(why.kind, ReasonKind::Limit, "{why}");
}

#[tokio::test]
async fn servers_that_never_end_are_left() {
    for behaviour in [Behaviour::EndlessHandshake, Behaviour::NeverAnswers, Behaviour::GarbageServerHello] {
        let server = Hostile::start(behaviour.clone());
        let step = std::time::Duration::from_millis(700);
        let net = Net::new(NetOptions { step, ..NetOptions::default() });
        assert_eq!(
            tls::certificates(&net, &Opening::direct(), server.address(), Some(NAME)).await,
            [],
            "{behaviour:?}"
        );
    }
}
