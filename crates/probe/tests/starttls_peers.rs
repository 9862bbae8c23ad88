//! STARTTLS against Postfix, Dovecot and openssl.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Command, Stdio};

use midwatch_model::{Host, Outcome, PlainCommand, ReasonKind, Starttls, StarttlsEndpoint, TlsEndpoint};
use midwatch_probe::net::{ConnectTo, Net, NetOptions};
use midwatch_probe::progress::Silent;
use midwatch_probe::starttls::{Opening, examine};
use midwatch_probe::tls::{self, EndpointRun};
use midwatch_testbed::dovecot::{Dovecot, Setup};
use midwatch_testbed::pki::{Identity, Leaf, Pki};
use midwatch_testbed::postfix::Postfix;

const NAME: &str = "mail.shop.example";

fn identity(pki: &Pki) -> Identity {
    pki.self_signed(&Leaf::new(&[NAME]))
}

fn host() -> Host {
    Host::Name(NAME.into())
}

/// What is measured before TLS, and of TLS.
async fn measure(at: SocketAddr, protocol: Starttls) -> (StarttlsEndpoint, EndpointRun) {
    let net = Net::new(NetOptions::default());
    let opening = Opening::starttls(protocol, NAME);
    let plain = examine(&net, &host(), at.port(), at, protocol, Some(NAME), &opening).await;
    let run = tls::endpoint(&net, &opening, &host(), at.port(), at, Some(NAME), &Silent).await;
    (plain, run)
}

/// The same TLS by another way: all but where it is, and how many connections it took.
fn same_tls(a: &TlsEndpoint, b: &TlsEndpoint) {
    let other = TlsEndpoint { port: a.port, address: a.address, connections: a.connections, ..b.clone() };
    assert_eq!(*a, other);
}

#[tokio::test]
async fn postfix_by_starttls_is_postfix_by_implicit_tls() {
    let pki = Pki::new();
    let postfix = Postfix::start(&identity(&pki));
    let at = |port: u16| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let net = Net::new(NetOptions::default());
    let (plain, run) = measure(at(postfix.plain), Starttls::Smtp).await;
    assert_eq!(plain.offered, Outcome::seen(true));
    assert!(plain.greeting.value().unwrap()[0].contains("ESMTP Postfix"), "{:?}", plain.greeting);
    assert!(plain.accepted.value().unwrap().starts_with("220 2.0.0"), "{:?}", plain.accepted);
    assert_eq!(plain.plain_after, Outcome::seen(String::new()));
    assert_eq!(plain.plain_command, Outcome::seen(PlainCommand::Discarded));
    assert_eq!(plain.before.value().unwrap().password, Some(false));
    // Inside TLS nothing asks for TLS again.
    let inside = plain.inside.value().unwrap();
    assert!(!inside.capabilities.iter().any(|line| line == "STARTTLS"), "{inside:?}");
    let direct = Opening::direct();
    let implicit =
        tls::endpoint(&net, &direct, &host(), postfix.implicit, at(postfix.implicit), Some(NAME), &Silent)
            .await;
    assert!(run.endpoint.accepted().count() > 0, "{:?}", run.endpoint.versions);
    same_tls(&run.endpoint, &implicit.endpoint);
    assert_eq!(run.chains, implicit.chains);
}

#[tokio::test]
async fn postfix_says_where_it_takes_logins() {
    let pki = Pki::new();
    let postfix = Postfix::start(&identity(&pki));
    let at = |port: u16| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let (plain, _) = measure(at(postfix.submission), Starttls::Submission).await;
    assert_eq!(plain.before.value().unwrap().password, Some(false));
    let inside = plain.inside.value().unwrap();
    let mut mechanisms = inside.mechanisms.clone();
    mechanisms.sort();
    assert_eq!((inside.password, mechanisms), (Some(true), vec!["LOGIN".to_owned(), "PLAIN".into()]));
    // Not on its registered port, so that nothing is looked for beside it.
    assert_eq!(plain.implicit.why_not().map(|why| why.kind), Some(ReasonKind::NotAsked));

    let (bare, run) = measure(at(postfix.bare), Starttls::Smtp).await;
    assert_eq!(bare.offered, Outcome::seen(false));
    assert!(bare.accepted.is_refused(), "{:?}", bare.accepted);
    assert_eq!(run.endpoint.connections, 0, "nothing more is asked of a server that will not have TLS");
    assert!(run.endpoint.versions.iter().all(|result| result.support.is_unmeasured()));
}

#[tokio::test]
async fn dovecot_stock_takes_no_password_before_tls() {
    let pki = Pki::new();
    let dovecot = Dovecot::start(&identity(&pki), Setup::Stock);
    for (port, protocol) in [
        (dovecot.imap, Starttls::Imap),
        (dovecot.pop3, Starttls::Pop3),
        (dovecot.sieve, Starttls::Sieve),
        (dovecot.submission, Starttls::Submission),
        (dovecot.lmtp, Starttls::Lmtp),
    ] {
        let (plain, run) = measure(dovecot.address(port), protocol).await;
        assert_eq!(plain.offered, Outcome::seen(true), "{protocol}");
        assert!(plain.accepted.is_seen(), "{protocol}: {:?}", plain.accepted);
        assert_eq!(plain.before.value().unwrap().password, Some(false), "{protocol}: {:?}", plain.before);
        // Some of its protocols throw the command away, others end such a connection.
        let command = &plain.plain_command;
        let sound = command.is_refused() || command.value() == Some(&PlainCommand::Discarded);
        assert!(sound, "{protocol}: {command:?}");
        assert_eq!(plain.plain_after, Outcome::seen(String::new()), "{protocol}");
        assert!(run.endpoint.accepted().count() > 0, "{protocol}: {:?}", run.endpoint.versions);
        if protocol != Starttls::Lmtp {
            assert_eq!(plain.inside.value().unwrap().password, Some(true), "{protocol}: {:?}", plain.inside);
        }
    }
}

#[tokio::test]
async fn dovecot_by_starttls_is_dovecot_by_implicit_tls() {
    let pki = Pki::new();
    let dovecot = Dovecot::start(&identity(&pki), Setup::Required);
    let net = Net::new(NetOptions::default());
    for (port, implicit, protocol) in
        [(dovecot.imap, dovecot.imaps, Starttls::Imap), (dovecot.pop3, dovecot.pop3s, Starttls::Pop3)]
    {
        let (_, run) = measure(dovecot.address(port), protocol).await;
        let at = dovecot.address(implicit);
        let implicit =
            tls::endpoint(&net, &Opening::direct(), &host(), implicit, at, Some(NAME), &Silent).await;
        same_tls(&run.endpoint, &implicit.endpoint);
        assert_eq!(run.chains, implicit.chains, "{protocol}");
    }
}

#[tokio::test]
async fn dovecot_open_says_so() {
    let pki = Pki::new();
    let identity = identity(&pki);
    let open = Dovecot::start(&identity, Setup::Open);
    let bare = Dovecot::start(&identity, Setup::WithoutTls);
    for (port, without, protocol) in [
        (open.imap, bare.imap, Starttls::Imap),
        (open.pop3, bare.pop3, Starttls::Pop3),
        (open.sieve, bare.sieve, Starttls::Sieve),
        (open.submission, bare.submission, Starttls::Submission),
    ] {
        let (plain, _) = measure(open.address(port), protocol).await;
        assert_eq!(plain.offered, Outcome::seen(true), "{protocol}");
        assert_eq!(plain.before.value().unwrap().password, Some(true), "{protocol}: {:?}", plain.before);
        let (plain, _) = measure(bare.address(without), protocol).await;
        assert_eq!(plain.offered, Outcome::seen(false), "{protocol}");
        assert!(plain.accepted.is_refused(), "{protocol}: {:?}", plain.accepted);
    }
}

#[tokio::test]
async fn the_port_beside_it_is_looked_for() {
    let pki = Pki::new();
    let dovecot = Dovecot::start(&identity(&pki), Setup::Stock);
    let beside = |port: u16| ConnectTo { host: host(), port: 993, to: dovecot.address(port) };
    let examined = async |beside: ConnectTo| {
        let net = Net::new(NetOptions { connect_to: vec![beside], ..NetOptions::default() });
        let (opening, at) = (Opening::starttls(Starttls::Imap, NAME), dovecot.address(dovecot.imap));
        examine(&net, &host(), 143, at, Starttls::Imap, Some(NAME), &opening).await.implicit
    };
    assert_eq!(examined(beside(dovecot.imaps)).await, Outcome::seen(993));
    assert!(examined(beside(midwatch_testbed::free_port())).await.is_refused());
}

#[tokio::test]
async fn openssl_meets_the_same_version_suite_and_certificate() {
    let pki = Pki::new();
    let dovecot = Dovecot::start(&identity(&pki), Setup::Stock);
    let (_, run) = measure(dovecot.address(dovecot.imap), Starttls::Imap).await;
    let versions: Vec<String> = run.endpoint.accepted().map(|(version, _)| version.to_string()).collect();
    for (argument, version) in
        [("-tls1", "TLS 1.0"), ("-tls1_1", "TLS 1.1"), ("-tls1_2", "TLS 1.2"), ("-tls1_3", "TLS 1.3")]
    {
        let out = Command::new("openssl")
            .args([
                "s_client",
                "-starttls",
                "imap",
                "-connect",
                &format!("127.0.0.2:{}", dovecot.imap),
                argument,
            ])
            .args(["-cipher", "ALL:@SECLEVEL=0"])
            .stdin(Stdio::null())
            .output()
            .expect("openssl: apt-get install openssl");
        let text = String::from_utf8_lossy(&out.stdout);
        let met = text.contains("Server certificate");
        assert_eq!(versions.iter().any(|known| known == version), met, "{version}: {text}");
        if met && version == "TLS 1.2" {
            let suites = run.endpoint.version(midwatch_model::TlsVersion::Tls12).unwrap().value().unwrap();
            assert!(text.contains("Cipher is ECDHE"), "{text}");
            assert!(suites.suites.iter().any(|suite| suite.key_exchange == "ECDHE"));
        }
    }
}
