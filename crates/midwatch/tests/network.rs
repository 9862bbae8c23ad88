//! How midwatch uses the network: few connections when asked, and nobody but the target.

mod common;

use std::net::TcpListener;

use common::{Audit, NAME};
use midwatch_model::{AttackId, Fact, ReasonKind, TargetReport, Verdict};
use midwatch_testbed::nginx::Nginx;
use midwatch_testbed::pki::{Leaf, Pki};
use midwatch_testbed::{Server, free_port};

/// A site of three pages under each of these names.
fn shop(names: &str, http2: bool, plain_lines: &str) -> (Server, u16, u16) {
    let pki = Pki::new();
    let identity = pki.self_signed(&Leaf::new(&[NAME]));
    let (tls, plain) = (free_port(), free_port());
    let block = format!(
        "listen 127.0.0.1:{tls} ssl {};\nserver_name {names};\nssl_certificate {};\nssl_certificate_key {};",
        if http2 { "http2" } else { "" },
        identity.chain.display(),
        identity.key.display()
    );
    let server = Nginx::new()
        .file("index.html", "<a href='/two.html'>two</a> <a href='/three.html'>three</a>")
        .file("two.html", "two")
        .file("three.html", "three")
        .plain(plain, names, plain_lines)
        .server(tls, &block)
        .start();
    (server, tls, plain)
}

/// The documents that the crawl fetched.
fn fetched(target: &TargetReport) -> u32 {
    let crawl = target.observations.iter().find_map(|observation| match &observation.fact {
        Fact::Crawl(crawl) => Some(crawl.fetched),
        _ => None,
    });
    crawl.expect("a crawl")
}

#[test]
fn one_connection_at_a_time_is_enough() {
    for http2 in [false, true] {
        let (_server, tls, plain) = shop(NAME, http2, "");
        let target = Audit::site(&[NAME]).at(NAME, tls, plain).with(&["--connections", "1"]).target();
        assert!(fetched(&target) >= 3, "HTTP/2 {http2}: {}", fetched(&target));
        let unknown: Vec<AttackId> = target
            .attacks
            .iter()
            .filter(|attack| attack.verdict == Verdict::Unknown)
            .map(|attack| attack.id)
            .collect();
        assert_eq!(unknown, [], "HTTP/2 {http2}");
    }
}

/// Each of them keeps connections for its next request, and all of them go to the same address.
#[test]
fn many_sites_at_one_address_do_not_wait_for_each_other_for_ever() {
    let names: Vec<String> = (0..12).map(|number| format!("s{number}.test")).collect();
    for http2 in [false, true] {
        let (_server, tls, plain) = shop(&names.join(" "), http2, "");
        let urls: Vec<&str> = names.iter().map(String::as_str).collect();
        let audit = names.iter().fold(Audit::site(&urls), |audit, name| audit.at(name, tls, plain));
        let (report, _) = audit.with(&["--connections", "2"]).run();
        for target in &report.targets {
            assert!(fetched(target) >= 3, "HTTP/2 {http2}, {}: {}", target.target, fetched(target));
        }
    }
}

#[test]
fn offline_contacts_nobody_but_the_target() {
    // Somebody else on this machine, who must not hear anything.
    let other = TcpListener::bind("127.0.0.2:0").expect("a port");
    other.set_nonblocking(true).expect("a socket");
    let elsewhere = format!("http://{}/", other.local_addr().expect("an address"));
    let (_server, tls, plain) = shop(NAME, false, &format!("return 302 {elsewhere};"));
    let target = Audit::site(&[NAME]).at(NAME, tls, plain).target();
    let nobody = other.accept().expect_err("no connection");
    assert_eq!(nobody.kind(), std::io::ErrorKind::WouldBlock);
    let hops = target.observations.iter().find_map(|observation| match &observation.fact {
        Fact::Entry(entry) if entry.hops.len() == 2 => Some(&entry.hops),
        _ => None,
    });
    let last = hops.and_then(|hops| hops.last()).expect("the way that leads elsewhere");
    let why = last.exchange.response.why_not().expect("no answer");
    assert_eq!(why.kind, ReasonKind::NotAsked, "{}", why.detail);
    assert!(why.detail.contains("is not the target"), "{}", why.detail);
}
