//! The shop and the sites with faulty certificates, as curl and openssl meet them.

mod common;

use std::net::TcpStream;
use std::time::{Duration, Instant};

use common::Bench;
use midwatch_lab::Defence;

#[test]
fn curl_meets_the_weak_shop() {
    let bench = Bench::start([]);
    let plain = bench.curl("http://shop.example/cart", &[]);
    assert!(plain.out.starts_with("HTTP/1.1 200 OK\r\n"), "{plain:?}");
    assert!(plain.out.contains("set-cookie: sid="), "{plain:?}");
    assert!(plain.out.contains("set-cookie: secure=1; Path=/; Max-Age=2592000\r\n"), "{plain:?}");
    assert!(plain.out.contains("http://shop.example/assets/offers.js") || plain.out.contains("one lantern"));

    let tls = bench.curl("https://shop.example/", &["--http2", "--compressed"]);
    assert!(tls.out.starts_with("HTTP/2 200"), "{tls:?}");
    assert!(tls.out.contains("content-encoding: gzip"), "{tls:?}");
    assert!(tls.out.contains("<script src=\"http://shop.example/assets/offers.js\">"), "{tls:?}");
    assert!(!tls.out.contains("strict-transport-security"), "{tls:?}");

    let login = bench.curl("http://shop.example/login", &["--location"]);
    assert!(login.out.starts_with("HTTP/1.1 302 Found\r\n"), "{login:?}");
    assert!(login.out.contains("type=\"password\""), "{login:?}");

    let sent = bench.curl("http://shop.example/newsletter", &["--data", "email=elizabeth@post.example"]);
    assert!(sent.out.contains("Thank you."), "{sent:?}");
    let other = bench.curl("http://www.shop.example/about", &[]);
    assert!(other.out.contains("location: http://shop.example/about\r\n"), "{other:?}");
}

#[test]
fn curl_meets_the_sound_shop() {
    let bench = Bench::start([]);
    for way in ["http://safe.example/", "http://www.safe.example/", "https://www.safe.example/"] {
        let came = bench.curl(way, &["--location", "--http1.1"]);
        assert!(came.success, "{came:?}");
        let last = came.out.rsplit("HTTP/1.1 ").next().expect("an answer");
        assert!(last.starts_with("200 OK"), "{came:?}");
        assert!(last.contains("strict-transport-security: max-age=63072000; includeSubDomains; preload\r\n"));
        assert!(last.contains("set-cookie: __Host-sid="), "{came:?}");
        assert!(last.contains("; Path=/; Secure; HttpOnly; SameSite=Lax\r\n"), "{came:?}");
        assert!(!last.contains("http:"), "{came:?}");
    }
    let script = bench.curl("https://cdn.example/menu.js", &[]);
    assert!(script.out.contains("access-control-allow-origin: *"), "{script:?}");
}

#[test]
fn faulty_certificates_are_refused_for_their_fault() {
    let bench = Bench::start([]);
    for (host, code) in [
        ("self-signed.example", 18),
        ("expired.example", 10),
        ("wrong-name.example", 62),
        ("safe.example", 0),
    ] {
        let came = bench.s_client(host, &["-verify_hostname", host, "-ign_eof"]);
        let told = format!("Verify return code: {code} ");
        assert!(came.out.contains(&told), "{host} should give {told:?}: {came:?}");
        assert!(came.out.contains("HTTP/1.1 200 OK"), "{host}: {came:?}");
    }
}

#[test]
fn trusted_certificates_repair_them() {
    let bench = Bench::start([Defence::TrustedCertificates]);
    for host in ["self-signed.example", "expired.example", "wrong-name.example"] {
        let came = bench.curl(&format!("https://{host}/inbox"), &[]);
        assert!(came.success && came.out.contains("Nothing new."), "{host}: {came:?}");
    }
}

#[test]
fn the_sound_tls_refuses_old_versions_and_fallbacks() {
    let bench = Bench::start([]);
    for version in ["-tls1_2", "-tls1_3"] {
        let came = bench.s_client("safe.example", &[version, "-ign_eof"]);
        assert!(came.out.contains("HTTP/1.1 200 OK"), "{version}: {came:?}");
    }
    let old = bench.s_client("safe.example", &["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"]);
    assert!(!old.success && old.err.contains("SSL alert number"), "{old:?}");
    let fell = bench.s_client("safe.example", &["-tls1_2", "-fallback_scsv"]);
    assert!(!fell.success && fell.err.contains("inappropriate fallback"), "{fell:?}");
}

#[test]
fn it_answers_on_loopback_alone_and_stops() {
    let mut bench = Bench::start([]);
    let lab = bench.lab.take().expect("a lab");
    let places = lab.connect_to();
    assert_eq!(lab.has_ipv6(), places.iter().any(|(_, _, address)| address.is_ipv6()));
    for target in lab.targets().into_iter().chain(lab.gaps()) {
        let host = target.url.trim_start_matches("https://").trim_end_matches('/').to_owned();
        for port in [80, 443] {
            assert!(places.iter().any(|(name, at, _)| *name == host && *at == port), "{host}:{port}");
        }
    }
    for (_, _, address) in &places {
        assert!(address.ip().is_loopback());
        TcpStream::connect(address).expect("a listener");
    }
    bench.runtime.block_on(lab.shutdown());
    for (_, _, address) in &places {
        // A child that another test starts at this moment holds a copy of every socket until it becomes curl.
        let deadline = Instant::now() + Duration::from_secs(10);
        while TcpStream::connect(address).is_ok() {
            assert!(Instant::now() < deadline, "{address} still listens");
            std::thread::yield_now();
        }
    }
}

#[test]
fn unknown_hosts_and_methods_are_told_so() {
    let bench = Bench::start([]);
    let other = bench.curl("http://shop.example/", &["--header", "Host: bank.example"]);
    assert!(other.out.starts_with("HTTP/1.1 421 "), "{other:?}");
    let method = bench.curl("http://shop.example/", &["--request", "DELETE"]);
    assert!(method.out.starts_with("HTTP/1.1 501 "), "{method:?}");
    let none = bench.curl("https://shop.example/product/9", &["--http1.1"]);
    assert!(none.out.starts_with("HTTP/1.1 404 "), "{none:?}");
}
