//! What the crawl says of a real nginx and a real Apache, and that it meets each page once.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use midwatch_model::{CrawlEnd, EntryEnd, EntryKind, Fact, Host, Page, ReferenceKind};
use midwatch_probe::crawl::{self, CrawlOptions, Site};
use midwatch_probe::net::{ConnectTo, Net, NetOptions};
use midwatch_probe::progress::Silent;
use midwatch_testbed::apache::Apache;
use midwatch_testbed::nginx::Nginx;
use midwatch_testbed::pki::{Leaf, Pki};
use midwatch_testbed::{Server, free_port};

const NAME: &str = "shop.test";

fn host() -> Host {
    Host::Name(NAME.into())
}

/// A network in which the site's name is at these ports of 127.0.0.1.
fn net(https: u16, http: u16) -> Net {
    let mut connect_to = Vec::new();
    for name in [NAME.to_owned(), format!("www.{NAME}")] {
        for (port, to) in [(443, https), (80, http)] {
            let to = SocketAddr::from((Ipv4Addr::LOCALHOST, to));
            connect_to.push(ConnectTo { host: Host::Name(name.clone()), port, to });
        }
    }
    let step = Duration::from_secs(5);
    Net::new(NetOptions { connect_to, offline: true, step, ..NetOptions::default() })
}

async fn crawl(net: &Net, options: &CrawlOptions) -> Vec<Fact> {
    let host = host();
    let site = Site {
        host: &host,
        https_port: 443,
        http_port: 80,
        path: "/",
        https_addresses: &[],
        http_addresses: &[],
    };
    crawl::site(net, &site, options, &Silent).await.into_iter().map(|(_, fact)| fact).collect()
}

fn pages(facts: &[Fact]) -> Vec<&Page> {
    facts.iter().filter_map(|fact| if let Fact::Page(page) = fact { Some(&**page) } else { None }).collect()
}

fn urls(facts: &[Fact]) -> Vec<&str> {
    pages(facts).iter().map(|page| page.exchange.url.as_str()).collect()
}

fn page<'a>(facts: &'a [Fact], url: &str) -> &'a Page {
    pages(facts)
        .into_iter()
        .find(|page| page.exchange.url == url)
        .unwrap_or_else(|| panic!("{url} was not met"))
}

fn entry(facts: &[Fact], kind: EntryKind) -> (&EntryEnd, usize) {
    facts
        .iter()
        .find_map(|fact| match fact {
            Fact::Entry(entry) if entry.entry == kind => Some((&entry.end, entry.hops.len())),
            _ => None,
        })
        .unwrap_or_else(|| panic!("{kind:?} was not tried"))
}

const HOME: &str = r#"<!doctype html><title>Home  page</title>
<link rel=stylesheet href=/style.css>
<a href="/a/">A</a> <a href="/b.html#part">B</a> <a href="http://shop.test/only-plain.html">C</a>
<a href="https://other.test/">D</a> <a href="/picture.png">E</a> <a href="/gone.html">F</a>
<script src="http://shop.test/old.js"></script>
<form action="/search"><input name=q></form><form action="/order" method=post></form>"#;

fn nginx(listen: &str) -> (Server, u16, u16) {
    let pki = Pki::new();
    let identity = pki.self_signed(&Leaf::new(&[NAME]));
    let (tls, plain) = (free_port(), free_port());
    let block = format!(
        "listen 127.0.0.1:{tls} {listen};\nserver_name {NAME} www.{NAME};\n\
         ssl_certificate {};\nssl_certificate_key {};\n\
         add_header Set-Cookie \"sid=9f86d081884c7d659a2feaa0c55ad015; Path=/\";\n\
         gzip on; gzip_types *; gzip_min_length 1;\n\
         location = /only-plain.html {{ return 404; }}\nlocation /search {{ return 200 found; }}\n",
        identity.chain.display(),
        identity.key.display()
    );
    let plain_block = "location = /a/ { return 200 'in the clear'; }\n\
         location = /only-plain.html { default_type text/html; return 200 '<title>Plain</title>'; }\n\
         location / { return 301 https://$host$request_uri; }";
    let server = Nginx::new()
        .file("index.html", HOME)
        .file("a/index.html", "<title>A</title><a href=/deep/1/><a href=/>Home</a><input type=password>")
        .file("b.html", "<title>B</title><a href=/a/>")
        .file("deep/1/index.html", "<a href=/deep/2/>")
        .file("deep/2/index.html", "<p>The end.")
        .file("mapped.html", "<p>From the sitemap.")
        .file("picture.png", vec![0_u8; 300_000])
        .file("style.css", "@import url(more.css); body { background: url(http://shop.test/paper.png) }")
        .file("more.css", "@font-face { src: url(http://fonts.test/f.woff2) }")
        .file("robots.txt", "User-agent: *\nDisallow: /deep/\nSitemap: https://shop.test/map.xml\n")
        .file("map.xml", "<urlset><url><loc>https://shop.test/mapped.html</loc></url></urlset>")
        .plain(plain, &format!("{NAME} www.{NAME}"), plain_block)
        .server(tls, &block)
        .start();
    (server, tls, plain)
}

#[tokio::test]
async fn every_page_is_met_once_over_http2() {
    let (server, tls, plain) = nginx("ssl http2");
    let net = net(tls, plain);
    let facts = crawl(&net, &CrawlOptions::default()).await;
    assert_eq!(
        urls(&facts),
        [
            "https://shop.test/",
            "https://shop.test/a/",
            "https://shop.test/b.html",
            "http://shop.test/only-plain.html",
            "https://shop.test/picture.png",
            "https://shop.test/gone.html",
            "https://shop.test/search",
            "https://shop.test/mapped.html",
            "https://shop.test/deep/1/",
            "https://shop.test/deep/2/",
        ]
    );
    let home = page(&facts, "https://shop.test/");
    assert_eq!(home.title.as_deref(), Some("Home page"));
    let response = home.exchange.response.value().expect("an answer");
    assert_eq!((response.status, response.version.as_str()), (200, "HTTP/2"));
    assert!(response.header("content-encoding").any(|coding| coding == "gzip"), "{:?}", response.headers);
    assert_eq!(response.body_bytes, HOME.len() as u64, "decompressed");
    let listed: Vec<(ReferenceKind, &str, Option<&str>)> = home
        .references
        .iter()
        .map(|reference| (reference.role, reference.url.as_str(), reference.within.as_deref()))
        .collect();
    assert_eq!(
        listed,
        [
            (ReferenceKind::Link, "http://shop.test/only-plain.html", None),
            (ReferenceKind::Script, "http://shop.test/old.js", None),
            (ReferenceKind::Image, "http://shop.test/paper.png", Some("https://shop.test/style.css")),
            (ReferenceKind::Font, "http://fonts.test/f.woff2", Some("https://shop.test/more.css")),
        ]
    );
    assert!(page(&facts, "https://shop.test/a/").has_password);
    assert_eq!(page(&facts, "https://shop.test/deep/2/").depth, 3);
    let picture = page(&facts, "https://shop.test/picture.png").exchange.response.value().expect("an answer");
    assert_eq!(picture.body_incomplete.as_deref(), Some("image/png is not read"));

    let plain_answers: Vec<(&str, u16)> = facts
        .iter()
        .filter_map(|fact| match fact {
            Fact::PlainAnswer(answer) => {
                Some((answer.exchange.url.as_str(), answer.exchange.response.value()?.status))
            }
            _ => None,
        })
        .collect();
    assert!(plain_answers.contains(&("http://shop.test/a/", 200)), "{plain_answers:?}");
    assert!(plain_answers.contains(&("http://shop.test/b.html", 301)), "{plain_answers:?}");

    let cookies: Vec<(&str, &str)> = facts
        .iter()
        .filter_map(|fact| match fact {
            Fact::Cookie(cookie) => Some((cookie.line.as_str(), cookie.set_by.as_str())),
            _ => None,
        })
        .collect();
    let line = "sid=<32 characters>; Path=/";
    assert_eq!(cookies, [(line, "https://shop.test/"), (line, "https://www.shop.test/")]);
    let summary =
        facts.iter().find_map(|fact| if let Fact::Crawl(crawl) = fact { Some(crawl) } else { None });
    let summary = summary.expect("a summary");
    assert_eq!((summary.end, summary.left, summary.pages), (CrawlEnd::Complete, 0, 7));
    assert_eq!(summary.other_hosts.keys().collect::<Vec<_>>(), ["fonts.test", "other.test"]);
    assert_eq!(entry(&facts, EntryKind::Http), (&EntryEnd::Landed { url: "https://shop.test/".into() }, 2));
    // Four ways in and ten pages with their plain answers: few connections, since they are kept.
    assert!(net.opened() <= 12, "{} connections", net.opened());
    drop(server);
}

#[tokio::test]
async fn the_same_answers_give_the_same_facts() {
    let (_server, tls, plain) = nginx("ssl");
    let first = crawl(&net(tls, plain), &CrawlOptions::default()).await;
    for _ in 0..3 {
        let again = crawl(&net(tls, plain), &CrawlOptions::default()).await;
        assert_eq!(first.len(), again.len());
        for (first, again) in first.iter().zip(&again) {
            // nginx writes the time of day into every answer.
            let without_date = |fact: &Fact| {
                let json = serde_json::to_value(fact).expect("JSON").to_string();
                json.split("{\"name\":\"date\"").next().map(str::to_owned)
            };
            assert_eq!(without_date(first), without_date(again));
        }
    }
}

#[tokio::test]
async fn limits_hold_and_are_told() {
    let (_server, tls, plain) = nginx("ssl http2");
    let options = CrawlOptions { pages: 3, ..CrawlOptions::default() };
    let facts = crawl(&net(tls, plain), &options).await;
    assert_eq!(urls(&facts).len(), 3);
    let Some(Fact::Crawl(summary)) = facts.iter().find(|fact| matches!(fact, Fact::Crawl(_))) else {
        panic!("a summary")
    };
    assert_eq!(summary.end, CrawlEnd::PageLimit);
    assert!(summary.left >= 4, "{}", summary.left);

    let options = CrawlOptions { depth: 1, obey_robots: true, ..CrawlOptions::default() };
    let facts = crawl(&net(tls, plain), &options).await;
    assert!(!urls(&facts).iter().any(|url| url.contains("deep")));
}

#[tokio::test]
async fn a_rate_is_kept_to() {
    let (server, tls, plain) = nginx("ssl http2");
    let options = CrawlOptions { pages: 2, rate: Some(20.0), ..CrawlOptions::default() };
    let started = std::time::Instant::now();
    crawl(&net(tls, plain), &options).await;
    let requests = server.access_log().lines().count();
    // Each request but the first waits a twentieth of a second at least.
    assert!(
        requests >= 8 && started.elapsed() >= Duration::from_millis(50) * (requests as u32 - 1),
        "{requests}"
    );
}

#[tokio::test]
async fn apache_over_http1() {
    let pki = Pki::new();
    let identity = pki.self_signed(&Leaf::new(&[NAME]));
    let (tls, plain) = (free_port(), free_port());
    let _server = Apache::new()
        .file("index.html", "<a href=/one.html><a href=/two.html>")
        .file("one.html", "<p>1")
        .file("two.html", "<p>2")
        .plain(plain, NAME, "Redirect permanent / https://shop.test/")
        .tls(tls, NAME, &identity, "Header always set Strict-Transport-Security \"max-age=1\"")
        .start();
    let net = net(tls, plain);
    let facts = crawl(&net, &CrawlOptions::default()).await;
    assert_eq!(urls(&facts).len(), 3);
    assert!(facts.iter().any(|fact| matches!(fact, Fact::PlainAnswer(answer) if answer.next.is_some())));
    assert!(net.opened() <= 12, "{} connections", net.opened());
}
