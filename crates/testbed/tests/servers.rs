//! Each server starts, answers as configured, and is gone when dropped.

use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use midwatch_testbed::apache::Apache;
use midwatch_testbed::hostile::{Behaviour, Hostile};
use midwatch_testbed::nginx::Nginx;
use midwatch_testbed::pki::{Authority, Key, Leaf, Pki};
use midwatch_testbed::{Server, free_port, openssl, terminate, wait_until};

/// curl's view of a URL whose host is at `address`, headers and body.
fn curl(url: &str, address: SocketAddr, root: Option<&Authority>, more: &[&str]) -> String {
    let mut curl = Command::new("curl");
    curl.args(["--silent", "--show-error", "--include", "--max-time", "20", "--noproxy", "*"]);
    curl.args(["--connect-to", &format!("::{}:{}", address.ip(), address.port())]);
    if let Some(root) = root {
        curl.arg("--cacert").arg(&root.certificate);
    }
    let output = curl.args(more).arg(url).stdin(Stdio::null()).output().expect("curl (Debian package curl)");
    String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
}

/// The server ends, with its port and its files.
fn assert_ends(server: Server) {
    let (address, directory) = (server.address(), server.directory().to_owned());
    assert!(directory.exists());
    server.stop();
    assert!(TcpStream::connect(address).is_err(), "{address} still answers");
    assert!(!directory.exists(), "{} is still there", directory.display());
}

#[test]
fn nginx_serves_over_http_and_tls() {
    let pki = Pki::new();
    let root = pki.authority("Test root", Key::EcP256);
    let between = pki.intermediate(&root, "Test intermediate", Key::EcP256);
    let identity = pki.issue(&between, &Leaf::new(&["shop.example"]));
    let (plain, tls) = (free_port(), free_port());
    let server = Nginx::new()
        .file("catalogue/index.html", "<p>All of it.</p>")
        .plain(plain, "shop.example", "return 301 https://$host$request_uri;")
        .tls(tls, "shop.example", &identity, "add_header Strict-Transport-Security max-age=31536000 always;")
        .start();
    assert_eq!(server.ports(), [plain, tls]);
    let first = curl("http://shop.example/a", server.address(), None, &[]);
    assert!(first.contains("301 Moved") && first.contains("Location: https://shop.example/a"), "{first}");
    let there = curl("https://shop.example/catalogue/", ([127, 0, 0, 1], tls).into(), Some(&root), &[]);
    assert!(there.contains("Strict-Transport-Security: max-age=31536000"), "{there}");
    assert!(there.contains("All of it."), "{there}");
    assert!(server.has_logged("\"GET /catalogue/ HTTP/1.1\" 200"), "{}", server.access_log());
    assert_ends(server);
}

#[test]
fn nginx_serves_even_weak_certificates_and_old_versions() {
    let pki = Pki::new();
    let root = pki.authority("Test root", Key::Rsa2048);
    let identity = pki.issue(&root, &Leaf::new(&["shop.example"]).key(Key::Rsa1024).digest("sha1"));
    let port = free_port();
    let old = "ssl_protocols TLSv1 TLSv1.1 TLSv1.2;\nssl_ciphers ALL:@SECLEVEL=0;";
    let server = Nginx::new().tls(port, "shop.example", &identity, old).start();
    let scan = Command::new("sslscan")
        .args(["--no-colour", &server.address().to_string()])
        .output()
        .expect("sslscan (Debian package sslscan)");
    let scan = String::from_utf8_lossy(&scan.stdout).into_owned();
    assert!(scan.contains("TLSv1.0   enabled") && scan.contains("TLSv1.3   disabled"), "{scan}");
    assert!(scan.contains("RSA Key Strength:    1024"), "{scan}");
    assert_ends(server);
}

#[test]
#[should_panic(expected = "unknown directive")]
fn nginx_says_what_is_wrong_with_its_configuration() {
    Nginx::new().plain(free_port(), "shop.example", "no_such_directive on;").start();
}

#[test]
fn apache_serves_over_http_and_tls() {
    let pki = Pki::new();
    let root = pki.authority("Test root", Key::EcP256);
    let identity = pki.issue(&root, &Leaf::new(&["shop.example"]));
    let (plain, tls) = (free_port(), free_port());
    let server = Apache::new()
        .file("about.html", "<p>About.</p>")
        .plain(plain, "shop.example", "Redirect permanent / https://shop.example/")
        .tls(
            tls,
            "shop.example",
            &identity,
            "Protocols h2 http/1.1\nHeader always set Strict-Transport-Security \"max-age=31536000\"",
        )
        .start();
    let first = curl("http://shop.example/about.html", server.address(), None, &[]);
    assert!(first.contains("Location: https://shop.example/about.html"), "{first}");
    let there =
        curl("https://shop.example/about.html", ([127, 0, 0, 1], tls).into(), Some(&root), &["--http2"]);
    assert!(there.starts_with("HTTP/2 200") && there.contains("About."), "{there}");
    assert!(there.contains("strict-transport-security: max-age=31536000"), "{there}");
    assert!(server.has_logged("GET /about.html HTTP/2.0"), "{}", server.access_log());
    assert_ends(server);
}

#[test]
#[should_panic(expected = "Invalid command")]
fn apache_says_what_is_wrong_with_its_configuration() {
    Apache::new().plain(free_port(), "shop.example", "NoSuchDirective on").start();
}

#[test]
fn s_server_takes_any_arguments() {
    let pki = Pki::new();
    let root = pki.authority("Test root", Key::Rsa2048);
    let identity = pki.issue(&root, &Leaf::new(&["shop.example"]).key(Key::Rsa2048));
    let server = openssl::s_server(&identity, &["-tls1_2", "-cipher", "AES128-SHA256"]);
    let there = curl("https://shop.example/", server.address(), Some(&root), &["--http0.9"]);
    assert!(there.contains("AES128-SHA256") && there.contains("TLSv1.2"), "{there}");
    assert_ends(server);
}

#[test]
fn haproxy_and_stunnel_take_tls_off() {
    let pki = Pki::new();
    let root = pki.authority("Test root", Key::EcP256);
    let identity = pki.issue(&root, &Leaf::new(&["shop.example"]));
    let backend = Nginx::new().plain(free_port(), "shop.example", "").start();
    for server in [
        terminate::haproxy(&identity, backend.address(), "ssl-min-ver TLSv1.3"),
        terminate::stunnel(&identity, backend.address(), "sslVersionMin = TLSv1.3"),
    ] {
        let there = curl("https://shop.example/", server.address(), Some(&root), &["--tlsv1.3"]);
        assert!(there.contains("<p>Hello.</p>"), "{there}\n{}", server.log());
        let old = curl("https://shop.example/", server.address(), Some(&root), &["--tls-max", "1.2"]);
        assert!(old.contains("curl: (35)"), "{old}");
        assert_ends(server);
    }
    let hostile = Hostile::start(Behaviour::RedirectLoop);
    let server = terminate::haproxy(&identity, hostile.address(), "");
    let there =
        curl("https://shop.example/", server.address(), Some(&root), &["--location", "--max-redirs", "3"]);
    assert!(there.contains("Maximum (3) redirects followed"), "{there}");
}

#[test]
fn stopping_nginx_leaves_no_worker_behind() {
    let server = Nginx::new().plain(free_port(), "shop.example", "").start();
    let children = format!("/proc/{0}/task/{0}/children", server.id());
    let mut workers: Vec<String> = Vec::new();
    // nginx listens before it has workers.
    let started = wait_until(Duration::from_secs(10), || {
        let children = std::fs::read_to_string(&children).expect("the children of nginx");
        workers = children.split_whitespace().map(|pid| format!("/proc/{pid}")).collect();
        !workers.is_empty()
    });
    assert!(started);
    server.stop();
    assert!(workers.iter().all(|worker| !Path::new(worker).exists()), "{workers:?}");
}
