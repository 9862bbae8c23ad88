//! STARTTLS against Postfix, Dovecot and openssl.

mod common;

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use common::Client;
use midwatch_model::{Host, Outcome, PlainCommand, ReasonKind, Starttls, StarttlsEndpoint, TlsEndpoint};
use midwatch_probe::net::{ConnectTo, Net, NetOptions};
use midwatch_probe::progress::Silent;
use midwatch_probe::starttls::{Opening, examine};
use midwatch_probe::tls::{self, EndpointRun};
use midwatch_testbed::dovecot::{Dovecot, Setup};
use midwatch_testbed::hostile::{Behaviour, Hostile};
use midwatch_testbed::pki::{Identity, Leaf, Pki};
use midwatch_testbed::postfix::{self, Postfix};
use midwatch_testbed::{free_port, wait_until};

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

/// No TLS is offered, and where it is asked for all the same, it is refused.
fn has_no_tls(plain: &StarttlsEndpoint, run: &EndpointRun) {
    let protocol = plain.protocol;
    assert_eq!(plain.offered, Outcome::seen(false), "{protocol}");
    assert!(plain.accepted.is_refused(), "{protocol}: {:?}", plain.accepted);
    assert_eq!(run.endpoint.connections, 0, "nothing more is asked of a server that will not have TLS");
    assert!(run.endpoint.versions.iter().all(|result| result.support.is_unmeasured()));
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

/// Postfix counts how many connections a client has, and how many it begins in a minute, of clients that are no exception.
#[tokio::test]
async fn postfix_that_counts_connections_loses_no_fact_and_refuses_no_command() {
    let pki = Pki::new();
    let identity = identity(&pki);
    let at = |port: u16| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let counting = |limit: &str| {
        let lines = format!("smtpd_client_event_limit_exceptions =\n{limit}");
        // Two connections at each port are counted before it counts as started.
        Postfix::start_with(&identity, &lines, "")
    };
    let postfix = counting("smtpd_client_connection_count_limit = 1");
    let (plain, run) = measure(at(postfix.plain), Starttls::Smtp).await;
    assert!(postfix.log().contains("Connection concurrency limit exceeded"), "{}", postfix.log());
    assert_eq!(plain.plain_command, Outcome::seen(PlainCommand::Discarded));
    let net = Net::new(NetOptions::default());
    let direct = Opening::direct();
    let free = Postfix::start(&identity);
    let implicit =
        tls::endpoint(&net, &direct, &host(), free.implicit, at(free.implicit), Some(NAME), &Silent).await;
    same_tls(&run.endpoint, &implicit.endpoint);
    assert_eq!(run.chains, implicit.chains);

    let postfix = counting("smtpd_client_connection_rate_limit = 3");
    let port = postfix.plain;
    let opening = Opening::starttls(Starttls::Smtp, NAME);
    let plain = examine(&net, &host(), port, at(port), Starttls::Smtp, Some(NAME), &opening).await;
    assert!(plain.accepted.is_seen() && plain.inside.is_seen(), "{plain:?}");
    let why = plain.plain_command.why_not().unwrap_or_else(|| panic!("{:?}", plain.plain_command));
    assert_eq!(why.kind, ReasonKind::TurnedAway, "{why}");
    assert!(why.detail.contains("421 4.7.0"), "{why}");
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

    for protocol in [Starttls::Smtp, Starttls::Submission] {
        let (bare, run) = measure(at(postfix.bare), protocol).await;
        has_no_tls(&bare, &run);
    }
}

/// As Postfix's own master.cf has submission and submissions, which is what people take the signs of comments away from.
#[tokio::test]
async fn postfix_submission_of_its_own_master_cf_is_its_submissions() {
    let pki = Pki::new();
    let (plain_port, implicit_port) = (free_port(), free_port());
    let services = postfix::own_submission(plain_port, implicit_port);
    let postfix = Postfix::start_with(&identity(&pki), "", &services);
    let at = |port: u16| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let listens = |port: u16| std::net::TcpStream::connect(at(port)).is_ok();
    assert!(wait_until(Duration::from_secs(20), || listens(plain_port) && listens(implicit_port)));
    let (plain, run) = measure(at(plain_port), Starttls::Submission).await;
    assert_eq!(plain.offered, Outcome::seen(true), "{}", postfix.log());
    assert!(plain.accepted.value().unwrap().starts_with("220 2.0.0"), "{:?}", plain.accepted);
    assert_eq!(plain.plain_after, Outcome::seen(String::new()));
    assert_eq!(plain.plain_command, Outcome::seen(PlainCommand::Discarded));
    assert_eq!(plain.before.value().unwrap().password, Some(false));
    assert_eq!(plain.inside.value().unwrap().password, Some(true));
    let net = Net::new(NetOptions::default());
    let (direct, to) = (Opening::direct(), at(implicit_port));
    let implicit = tls::endpoint(&net, &direct, &host(), implicit_port, to, Some(NAME), &Silent).await;
    assert!(run.endpoint.accepted().count() > 0, "{:?}", run.endpoint.versions);
    same_tls(&run.endpoint, &implicit.endpoint);
    assert_eq!(run.chains, implicit.chains);
}

#[tokio::test]
async fn postfix_that_takes_logins_before_tls_says_so() {
    let pki = Pki::new();
    let postfix = Postfix::start_with(&identity(&pki), "smtpd_sasl_auth_enable = yes", "");
    let at = |port: u16| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    for protocol in [Starttls::Smtp, Starttls::Submission] {
        let (plain, _) = measure(at(postfix.plain), protocol).await;
        assert_eq!(plain.before.value().unwrap().password, Some(true), "{protocol}");
        // Where TLS has to come first, nothing is named before it.
        let (plain, _) = measure(at(postfix.submission), protocol).await;
        assert_eq!(plain.before.value().unwrap().password, Some(false), "{protocol}");
        // Without TLS at all.
        let (plain, run) = measure(at(postfix.bare), protocol).await;
        assert_eq!(plain.before.value().unwrap().password, Some(true), "{protocol}");
        has_no_tls(&plain, &run);
    }
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
        // It ends such a connection, and carries nothing over.
        assert!(plain.plain_command.is_refused(), "{protocol}: {:?}", plain.plain_command);
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
    // LMTP has no port for it that is registered; Dovecot has it at any that it is told.
    let lmtps = free_port();
    let lmtp = format!(
        "service lmtp {{\n inet_listener lmtps {{\n address = 127.0.0.1 127.0.0.2\n port = {lmtps}\n ssl = yes\n }}\n}}\n"
    );
    let dovecot = Dovecot::start_with(&identity(&pki), Setup::Required, &lmtp);
    let listens = || std::net::TcpStream::connect(dovecot.address(lmtps)).is_ok();
    assert!(wait_until(Duration::from_secs(20), listens), "{}", dovecot.log());
    let net = Net::new(NetOptions::default());
    for (port, implicit, protocol) in [
        (dovecot.imap, dovecot.imaps, Starttls::Imap),
        (dovecot.pop3, dovecot.pop3s, Starttls::Pop3),
        (dovecot.submission, dovecot.submissions, Starttls::Submission),
        (dovecot.lmtp, lmtps, Starttls::Lmtp),
    ] {
        let (_, run) = measure(dovecot.address(port), protocol).await;
        let at = dovecot.address(implicit);
        let implicit =
            tls::endpoint(&net, &Opening::direct(), &host(), implicit, at, Some(NAME), &Silent).await;
        assert!(run.endpoint.accepted().count() > 0, "{protocol}: {:?}", run.endpoint.versions);
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
        let (plain, run) = measure(bare.address(without), protocol).await;
        has_no_tls(&plain, &run);
    }
    // Nobody logs in to LMTP, whatever is allowed to others.
    let (plain, _) = measure(open.address(open.lmtp), Starttls::Lmtp).await;
    assert_eq!(plain.before.value().unwrap().password, Some(false), "{:?}", plain.before);
    let (plain, run) = measure(bare.address(bare.lmtp), Starttls::Lmtp).await;
    has_no_tls(&plain, &run);
}

/// Somebody in the middle takes the offer out of what real servers say.
#[tokio::test]
async fn an_offer_that_is_taken_out_of_what_real_servers_say() {
    let pki = Pki::new();
    let identity = identity(&pki);
    let dovecot = Dovecot::start(&identity, Setup::Stock);
    let postfix = Postfix::start(&identity);
    let of_postfix = |port: u16| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    for (at, protocol, offer) in [
        (of_postfix(postfix.plain), Starttls::Smtp, "STARTTLS"),
        (of_postfix(postfix.submission), Starttls::Submission, "STARTTLS"),
        (dovecot.address(dovecot.submission), Starttls::Submission, "STARTTLS"),
        (dovecot.address(dovecot.lmtp), Starttls::Lmtp, "STARTTLS"),
        (dovecot.address(dovecot.imap), Starttls::Imap, "STARTTLS"),
        (dovecot.address(dovecot.pop3), Starttls::Pop3, "STLS"),
        (dovecot.address(dovecot.sieve), Starttls::Sieve, "STARTTLS"),
    ] {
        let instead = "X".repeat(offer.len()).into_bytes();
        let middle = Hostile::start(Behaviour::Swaps(at, offer.as_bytes().to_vec(), instead));
        let opening = Opening::starttls(protocol, NAME);
        let net = Net::new(NetOptions::default());
        let port = middle.address().port();
        let met = examine(&net, &host(), port, middle.address(), protocol, Some(NAME), &opening).await;
        assert_eq!(met.offered, Outcome::seen(false), "{protocol}");
        assert!(met.accepted.is_seen(), "{protocol}: {:?}", met.accepted);
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
    assert!(examined(beside(free_port())).await.is_refused());
}

#[tokio::test]
async fn openssl_meets_the_same_versions_suites_and_certificate() {
    let pki = Pki::new();
    let identity = identity(&pki);
    let dovecot = Dovecot::start(&identity, Setup::Stock);
    let postfix = Postfix::start(&identity);
    let of_postfix = |port: u16| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    for (name, protocol, at) in [
        ("imap", Starttls::Imap, dovecot.address(dovecot.imap)),
        ("pop3", Starttls::Pop3, dovecot.address(dovecot.pop3)),
        ("sieve", Starttls::Sieve, dovecot.address(dovecot.sieve)),
        ("lmtp", Starttls::Lmtp, dovecot.address(dovecot.lmtp)),
        ("smtp", Starttls::Submission, dovecot.address(dovecot.submission)),
        ("smtp", Starttls::Submission, of_postfix(postfix.submission)),
        ("smtp", Starttls::Smtp, of_postfix(postfix.plain)),
    ] {
        let (_, run) = measure(at, protocol).await;
        let client = Client { protocol: Some(name), at, name: NAME };
        client.meets_the_same_versions(&run.endpoint);
        client.meets_the_same_tls(&run);
    }
}
