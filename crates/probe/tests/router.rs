//! Routers' pages, as nginx serves them.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use midwatch_model::{Host, Outcome, ReasonKind, RouterAnswer, RouterPage};
use midwatch_probe::net::{ConnectTo, Net, NetOptions};
use midwatch_probe::router;
use midwatch_testbed::free_port;
use midwatch_testbed::hostile::{Behaviour, Hostile};
use midwatch_testbed::nginx::Nginx;
use midwatch_testbed::pki::{Leaf, Pki};

/// An address that stands for the router, and never leaves this machine: `to` says where its ports are.
const GATEWAY: &str = "192.0.2.1";

async fn ask(plain: SocketAddr, tls: SocketAddr) -> RouterPage {
    let gateway: IpAddr = GATEWAY.parse().expect("an address");
    let at = |port: u16, to: SocketAddr| ConnectTo { host: Host::Address(gateway), port, to };
    let options = NetOptions {
        step: Duration::from_secs(5),
        offline: true,
        connect_to: vec![at(80, plain), at(443, tls)],
        ..NetOptions::default()
    };
    router::ask(&Net::new(options), gateway).await
}

fn local(port: u16) -> SocketAddr {
    ([127, 0, 0, 1], port).into()
}

/// A router whose page over http is this, and whose port 443 is closed.
async fn over_http(lines: &str, page: &str) -> (RouterAnswer, Outcome<RouterAnswer>, Vec<String>) {
    let port = free_port();
    let server = Nginx::new().file("index.html", page).plain(port, "_", lines).start();
    let page = ask(local(port), local(free_port())).await;
    // nginx writes its log after it has answered.
    assert!(server.has_logged("GET / "), "nothing was asked");
    let log = server.access_log();
    let asked = log.lines().map(|line| line.split('"').nth(1).unwrap_or_default().to_owned()).collect();
    (page.plain.value().expect("an answer").clone(), page.tls, asked)
}

#[tokio::test]
async fn a_form_for_a_password_is_seen_and_nothing_is_sent_to_it() {
    let page = "<title>Router</title><form action=/login method=post><input name=u><input type=password name=p></form>";
    let (answer, tls, asked) = over_http("", page).await;
    assert!(answer.has_password, "{answer:?}");
    assert_eq!((answer.status, answer.title.as_deref()), (200, Some("Router")));
    assert_eq!(answer.leads_to, None);
    assert!(tls.is_refused(), "{tls:?}");
    assert_eq!(asked, ["GET / HTTP/1.1"]);
}

#[tokio::test]
async fn a_demand_for_a_password_is_seen_and_not_met() {
    let (answer, _, asked) =
        over_http("auth_basic \"router\"; auth_basic_user_file /etc/hostname;", "x").await;
    assert_eq!((answer.status, answer.asks_with.as_slice()), (401, &["basic".to_owned()][..]));
    assert_eq!(asked, ["GET / HTTP/1.1"]);
}

#[tokio::test]
async fn redirects_are_told_and_not_followed() {
    let (answer, _, asked) = over_http("return 302 https://router.test/login;", "x").await;
    assert_eq!(answer.leads_to.as_deref(), Some("https://router.test/login"));
    assert_eq!(asked, ["GET / HTTP/1.1"]);
    let (answer, _, _) = over_http("", "<meta http-equiv=refresh content='0; url=/cgi/login.html'>").await;
    assert_eq!(answer.leads_to.as_deref(), Some("http://192.0.2.1/cgi/login.html"));
}

#[tokio::test]
async fn https_is_looked_at_whatever_its_certificate() {
    let (plain, tls) = (free_port(), free_port());
    let pki = Pki::new();
    let identity = pki.self_signed(&Leaf::new(&["router.test"]));
    let _server = Nginx::new()
        .file("index.html", "<input type=password>")
        .plain(plain, "_", "return 301 https://$host/;")
        .tls(tls, "_", &identity, "")
        .start();
    let page = ask(local(plain), local(tls)).await;
    assert_eq!(page.plain.value().and_then(|answer| answer.leads_to.as_deref()), Some("https://192.0.2.1/"));
    assert!(page.tls.value().is_some_and(|answer| answer.has_password), "{page:?}");
}

#[tokio::test]
async fn silence_is_no_refusal() {
    let silent = Hostile::start(Behaviour::NeverAnswers);
    let page = ask(silent.address(), local(free_port())).await;
    assert_eq!(page.plain.why_not().map(|why| why.kind), Some(ReasonKind::Timeout));
    assert!(page.tls.is_refused(), "{page:?}");
}

#[tokio::test]
async fn offline_no_router_is_asked() {
    let net = Net::new(NetOptions { offline: true, ..NetOptions::default() });
    let page = router::ask(&net, GATEWAY.parse().expect("an address")).await;
    assert_eq!(page.plain.why_not().map(|why| why.kind), Some(ReasonKind::NotAsked));
    assert_eq!(page.tls.why_not().map(|why| why.kind), Some(ReasonKind::NotAsked));
    let page = router::ask(&net, "fe80::1".parse().expect("an address")).await;
    assert!(page.plain.why_not().is_some_and(|why| why.detail.contains("link-local")), "{page:?}");
}
