//! Sites over plain http, as nginx serves them.

use std::net::SocketAddr;
use std::time::Duration;

use midwatch_model::{Host, PlainSite, PlainSiteAnswer, ReasonKind};
use midwatch_probe::net::{ConnectTo, Net, NetOptions};
use midwatch_probe::plain_site;
use midwatch_testbed::free_port;
use midwatch_testbed::hostile::{Behaviour, Hostile};
use midwatch_testbed::nginx::Nginx;

const SITE: &str = "www.bank.example";

/// Asks a name whose port 80 is there, and nowhere else.
async fn ask(to: SocketAddr) -> PlainSite {
    let host = Host::Name(SITE.into());
    let options = NetOptions {
        step: Duration::from_secs(10),
        offline: true,
        connect_to: vec![ConnectTo { host: host.clone(), port: 80, to }],
        ..NetOptions::default()
    };
    plain_site::ask(&Net::new(options), &host).await
}

fn local(port: u16) -> SocketAddr {
    ([127, 0, 0, 1], port).into()
}

/// What came, and the requests that were sent for it.
async fn of(lines: &str, page: &str) -> (PlainSiteAnswer, Vec<String>) {
    let port = free_port();
    let server = Nginx::new().file("index.html", page).plain(port, SITE, lines).start();
    let site = ask(local(port)).await;
    // nginx writes its log after it has answered.
    assert!(server.has_logged("GET / "), "nothing was asked");
    let log = server.access_log();
    let asked = log.lines().map(|line| line.split('"').nth(1).unwrap_or_default().to_owned()).collect();
    (site.answer.value().expect("an answer").clone(), asked)
}

#[tokio::test]
async fn a_redirect_is_told_with_whose_it_is_and_not_followed() {
    for (to, same) in [
        ("https://www.bank.example/", true),
        ("https://bank.example/", true),
        ("/start", true),
        ("http://portal.example/?from=bank.example", false),
        ("http://192.168.1.1/", false),
    ] {
        let (answer, asked) = of(&format!("return 302 {to};"), "x").await;
        assert_eq!((answer.status, answer.same_site), (302, Some(same)), "{to}: {answer:?}");
        assert_eq!(asked, ["GET / HTTP/1.1"]);
    }
    let page = "<title>Welcome</title><meta http-equiv=refresh content='0; url=http://portal.example/'>";
    let (answer, asked) = of("", page).await;
    assert_eq!((answer.status, answer.same_site), (200, Some(false)));
    assert_eq!(answer.leads_to.as_deref(), Some("http://portal.example/"));
    assert_eq!(answer.title.as_deref(), Some("Welcome"));
    assert_eq!(asked, ["GET / HTTP/1.1"]);
}

#[tokio::test]
async fn a_page_is_told_by_title_and_digest() {
    let (answer, _) = of("", "<title>Bank</title>").await;
    assert_eq!((answer.status, answer.leads_to, answer.same_site), (200, None, None));
    assert_eq!(answer.title.as_deref(), Some("Bank"));
    assert_eq!(answer.body_sha256.map(|digest| digest.len()), Some(64));
    // nginx puts its own status line for a code that it does not know.
    let (answer, _) = of("return 511 'sign in';", "x").await;
    assert_eq!(answer.status, 511);
}

#[tokio::test]
async fn silence_is_no_refusal_and_a_closed_port_is_one() {
    let silent = Hostile::start(Behaviour::NeverAnswers);
    let site = ask(silent.address()).await;
    assert_eq!(site.answer.why_not().map(|why| why.kind), Some(ReasonKind::Timeout));
    assert!(ask(local(free_port())).await.answer.is_refused());
}

#[tokio::test]
async fn offline_no_site_is_asked() {
    let net = Net::new(NetOptions { offline: true, ..NetOptions::default() });
    for host in [Host::Name(SITE.into()), Host::Address([192, 0, 2, 1].into())] {
        let site = plain_site::ask(&net, &host).await;
        assert_eq!(site.answer.why_not().map(|why| why.kind), Some(ReasonKind::NotAsked), "{site:?}");
    }
}
