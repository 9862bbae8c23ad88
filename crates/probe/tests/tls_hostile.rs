//! Servers that misbehave: each ends inside the step's limit, and nothing that was not measured reads as
//! "not supported".

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use midwatch_model::{Host, Outcome, QuirkKind, ReasonKind, TlsEndpoint, TlsVersion};
use midwatch_probe::net::{Net, NetOptions};
use midwatch_probe::progress::Silent;
use midwatch_probe::starttls::Opening;
use midwatch_probe::tls;
use midwatch_testbed::hostile::{Behaviour, DHE_SUITES, Hostile, SUITES};

const STEP: Duration = Duration::from_millis(700);

async fn probe(address: SocketAddr) -> TlsEndpoint {
    let net = Net::new(NetOptions { step: STEP, ..NetOptions::default() });
    let host = Host::Address(address.ip());
    tls::endpoint(&net, &Opening::direct(), &host, address.port(), address, None, &Silent).await.endpoint
}

fn tls12(endpoint: &TlsEndpoint) -> Vec<u32> {
    let facts = endpoint.version(TlsVersion::Tls12).and_then(Outcome::value);
    facts.map(|facts| facts.suites.iter().map(|suite| suite.id.0).collect()).unwrap_or_default()
}

fn expected(suites: &[u16]) -> Vec<u32> {
    let mut list: Vec<u32> = suites.iter().map(|&id| id.into()).collect();
    list.sort_unstable();
    list
}

/// Every version is unmeasured for this kind of reason, soon.
async fn nothing_measured(behaviour: Behaviour, kinds: &[ReasonKind]) {
    let server = Hostile::start(behaviour.clone());
    let started = Instant::now();
    let endpoint = probe(server.address()).await;
    let took = started.elapsed();
    for result in &endpoint.versions {
        match &result.support {
            Outcome::Unmeasured { why } => {
                assert!(kinds.contains(&why.kind), "{behaviour:?}: {}: {why:?}", result.version);
            }
            other => panic!("{behaviour:?}: {} is {other:?}", result.version),
        }
    }
    // Two waves of time-outs and some slack for a busy machine; far from one time-out for each hello.
    assert!(took < STEP * 6, "{behaviour:?} took {took:?}");
}

#[tokio::test]
async fn silence_is_no_refusal() {
    nothing_measured(Behaviour::NeverAnswers, &[ReasonKind::Timeout]).await;
    nothing_measured(Behaviour::Drips, &[ReasonKind::Timeout, ReasonKind::Protocol]).await;
}

#[tokio::test]
async fn a_reset_or_a_close_is_no_refusal() {
    nothing_measured(Behaviour::ResetsAtOnce, &[ReasonKind::Reset, ReasonKind::Closed]).await;
    nothing_measured(Behaviour::ClosesAtOnce, &[ReasonKind::Reset, ReasonKind::Closed]).await;
    nothing_measured(
        Behaviour::ClosesInRecord,
        &[ReasonKind::Reset, ReasonKind::Closed, ReasonKind::Protocol],
    )
    .await;
}

#[tokio::test]
async fn what_is_no_tls_is_told_so() {
    let answer = b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec();
    nothing_measured(Behaviour::Answers(answer), &[ReasonKind::Protocol]).await;
    let server = Hostile::start(Behaviour::GarbageServerHello);
    let endpoint = probe(server.address()).await;
    // A record of a later version, whatever it holds, does refuse SSL 2.0. Everything else is unreadable.
    for result in endpoint.versions.iter().filter(|result| result.version > TlsVersion::Ssl2) {
        let why = result.support.why_not().expect("not measured");
        let kinds = [ReasonKind::Protocol, ReasonKind::Closed, ReasonKind::Reset];
        assert!(kinds.contains(&why.kind), "{}: {why}", result.version);
    }
}

#[tokio::test]
async fn a_handshake_without_end_is_cut() {
    let server = Hostile::start(Behaviour::EndlessHandshake);
    let endpoint = probe(server.address()).await;
    assert_eq!(endpoint.accepted().count(), 0, "{endpoint:?}");
}

#[tokio::test]
async fn an_alert_is_a_refusal_in_its_own_words() {
    let server = Hostile::start(Behaviour::FatalAlert(40));
    let endpoint = probe(server.address()).await;
    for result in endpoint.versions.iter().filter(|result| result.version > TlsVersion::Ssl2) {
        assert_eq!(result.support, Outcome::refused("alert handshake_failure"), "{}", result.version);
    }
}

#[tokio::test]
async fn a_suite_that_was_not_offered_is_a_quirk_and_not_a_suite() {
    let server = Hostile::start(Behaviour::SuiteNotOffered);
    let endpoint = probe(server.address()).await;
    assert!(endpoint.quirks.iter().any(|quirk| quirk.kind == QuirkKind::SuiteNotOffered), "{endpoint:?}");
    let facts = endpoint.version(TlsVersion::Tls12).unwrap();
    assert!(!facts.is_refused(), "an answer came, so it is no refusal: {facts:?}");
}

#[tokio::test]
async fn a_server_that_breaks_on_many_suites_is_measured_whole() {
    for limit in [128, 60] {
        let server = Hostile::start(Behaviour::BreaksAtSuites(limit));
        let endpoint = probe(server.address()).await;
        assert_eq!(tls12(&endpoint), expected(&SUITES), "breaks at {limit}: {endpoint:?}");
        let intolerant = endpoint.quirks.iter().any(|quirk| quirk.kind == QuirkKind::LargeHelloIntolerant);
        assert_eq!(intolerant, limit < 100, "breaks at {limit}: {:?}", endpoint.quirks);
    }
}

#[tokio::test]
async fn a_server_that_wants_the_hello_in_one_segment_is_measured_whole() {
    let server = Hostile::start(Behaviour::HelloInOneRead(600));
    let endpoint = probe(server.address()).await;
    assert_eq!(tls12(&endpoint), expected(&SUITES), "{endpoint:?}");
}

#[tokio::test]
async fn bad_dhe_parameters_do_not_end_the_enumeration() {
    let server = Hostile::start(Behaviour::BadDhe);
    let endpoint = probe(server.address()).await;
    assert_eq!(tls12(&endpoint), expected(&[&SUITES[..], &DHE_SUITES].concat()));
    assert!(endpoint.quirks.iter().any(|quirk| quirk.kind == QuirkKind::BadDhParameters), "{endpoint:?}");
}

#[tokio::test]
async fn a_closed_port_is_told_apart() {
    let port = midwatch_testbed::free_port();
    let endpoint = probe(SocketAddr::from(([127, 0, 0, 1], port))).await;
    for result in &endpoint.versions {
        let why = result.support.why_not().expect("not measured");
        assert_eq!(why.kind, ReasonKind::ConnectionRefused, "{}", result.version);
    }
}
