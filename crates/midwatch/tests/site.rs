//! `midwatch site` on nginx and Apache from Debian's packages: a sound configuration is protected with reasons,
//! and of a bad one each fault that was planted is named.

mod common;

use common::{Audit, NAME, finding, ids, verdict, verdicts};
use midwatch_model::{AttackId, Fact, Severity, State, TargetReport, Verdict};
use midwatch_testbed::apache::Apache;
use midwatch_testbed::nginx::Nginx;
use midwatch_testbed::pki::{Authority, Identity, Key, Leaf, Pki};
use midwatch_testbed::{Server, free_port};

const SUITES: &str = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:\
                      ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
const HSTS: &str = "max-age=63072000; includeSubDomains; preload";
const HOME: &str = "<!doctype html><title>Shop</title><link rel=stylesheet href=/style.css>\
                    <p><a href=/login.html>Log in</a><img src=/picture.png srcset='/large.png 2x'>";
const LOGIN: &str =
    "<!doctype html><title>Log in</title><form method=post action=/session><input type=password></form>";

fn authority(pki: &Pki) -> (Authority, Authority) {
    let root = pki.authority("Test root", Key::EcP256);
    let between = pki.intermediate(&root, "Test intermediate", Key::EcP256);
    (root, between)
}

fn names() -> Leaf {
    Leaf::new(&[NAME, &format!("www.{NAME}")])
}

/// nginx as Mozilla's guideline has it, with everything that a sound site sends.
fn sound_nginx(identity: &Identity) -> (Server, u16, u16) {
    let (tls, plain) = (free_port(), free_port());
    let headers = format!(
        "add_header Strict-Transport-Security \"{HSTS}\" always;\n\
         add_header Content-Security-Policy \"default-src 'self'; upgrade-insecure-requests\" always;\n\
         add_header Referrer-Policy strict-origin-when-cross-origin always;\n"
    );
    let block = format!(
        "listen 127.0.0.1:{tls} ssl http2;\nserver_name {NAME} www.{NAME};\n\
         ssl_certificate {};\nssl_certificate_key {};\n\
         ssl_protocols TLSv1.2 TLSv1.3;\nssl_ciphers {SUITES};\nssl_prefer_server_ciphers off;\n{headers}\
         location = /login.html {{\n{headers}add_header Cache-Control no-store always;\n\
         add_header Set-Cookie \"__Host-sid=9f86d081884c7d659a2feaa0c55ad015; Path=/; Secure; HttpOnly; \
         SameSite=Lax\";\n}}",
        identity.chain.display(),
        identity.key.display(),
    );
    let server = Nginx::new()
        .file("index.html", HOME)
        .file("login.html", LOGIN)
        .file("style.css", "body { color: black }")
        .plain(plain, &format!("{NAME} www.{NAME}"), "return 301 https://$host$request_uri;")
        .server(tls, &block)
        .start();
    (server, tls, plain)
}

fn assert_protected(target: &TargetReport) {
    assert_eq!((target.state, target.error.as_deref()), (State::Measured, None));
    let serious: Vec<_> =
        ids(target).into_iter().filter(|(_, severity)| *severity >= Severity::Medium).collect();
    assert_eq!(serious, []);
    for attack in &target.attacks {
        assert_eq!(attack.verdict, Verdict::Protected, "{}: {:?}", attack.id, attack.because);
        assert!(!attack.because.is_empty());
        for because in &attack.because {
            assert!(!because.observations.is_empty(), "{}: {:?}", attack.id, because);
        }
    }
    assert_eq!(target.attacks.len(), 7);
}

#[test]
fn a_sound_nginx_is_protected_with_reasons() {
    let pki = Pki::new();
    let (root, between) = authority(&pki);
    let (_server, tls, plain) = sound_nginx(&pki.issue(&between, &names()));
    let audit = Audit::site(&[NAME]).at(NAME, tls, plain).trust(&root.certificate);
    let (report, code) = audit.run();
    assert_eq!(code, 0);
    assert_protected(&report.targets[0]);
    // Without --trust nobody vouches for the test's authority, and that is said.
    let (report, code) = Audit::site(&[NAME]).at(NAME, tls, plain).run();
    assert_eq!(code, 1);
    assert_eq!(verdict(&report.targets[0], AttackId::Impersonation), Verdict::Exposed);
    assert!(ids(&report.targets[0]).contains_key("cert-unknown-root"));
}

#[test]
fn a_sound_apache_is_protected_with_reasons() {
    let pki = Pki::new();
    let (root, between) = authority(&pki);
    let identity = pki.issue(&between, &names());
    let (tls, plain) = (free_port(), free_port());
    let lines = format!(
        "ServerAlias www.{NAME}\nProtocols h2 http/1.1\nSSLProtocol -all +TLSv1.2 +TLSv1.3\nSSLCipherSuite {SUITES}\n\
         SSLHonorCipherOrder off\nHeader always set Strict-Transport-Security \"{HSTS}\"\n\
         Header always set Content-Security-Policy \"default-src 'self'\"\n\
         <Location /login.html>\nHeader always set Cache-Control no-store\n</Location>"
    );
    let redirect = format!(
        "ServerAlias www.{NAME}\nRewriteEngine On\nRewriteRule ^ https://%{{HTTP_HOST}}%{{REQUEST_URI}} [R=301,L]"
    );
    let _server = Apache::new()
        .file("index.html", HOME)
        .file("login.html", LOGIN)
        .file("style.css", "body { color: black }")
        .plain(plain, NAME, &redirect)
        .tls(tls, NAME, &identity, &lines)
        .start();
    let target = Audit::site(&[NAME]).at(NAME, tls, plain).trust(&root.certificate).target();
    assert_protected(&target);
}

#[test]
fn each_planted_fault_of_a_bad_nginx_is_named() {
    let pki = Pki::new();
    let root = pki.authority("Test root", Key::Rsa2048);
    let identity = pki.issue(&root, &Leaf::new(&[NAME]).key(Key::Rsa2048).valid(-80, 2));
    let (tls, plain) = (free_port(), free_port());
    let home = "<title>Shop</title><script src=http://shop.test/a.js></script><img src=http://shop.test/a.png>\
                <script src=https://cdn.test/b.js></script><a href=/login.html>Log in</a> <a href=/cart.html>Cart</a>\
                <a href=http://shop.test/old.html>Old</a> <a href=/back.html>Back</a> <a href=/logout>Out</a>\
                <form action=http://shop.test/search><input name=q></form>";
    let login =
        "<title>Log in</title><form method=post action=http://shop.test/s><input type=password></form>";
    let block = format!(
        "listen 127.0.0.1:{tls} ssl;\nserver_name {NAME} www.{NAME};\n\
         ssl_certificate {};\nssl_certificate_key {};\n\
         ssl_protocols TLSv1 TLSv1.1 TLSv1.2;\nssl_ciphers ALL:@SECLEVEL=0;\n\
         add_header Set-Cookie \"sid=9f86d081884c7d659a2feaa0c55ad015; Path=/; Domain={NAME}\";\n\
         add_header Referrer-Policy unsafe-url;\n\
         location = /back.html {{ return 302 http://{NAME}/cart.html; }}\n\
         location = /logout {{ return 200 bye; }}",
        identity.chain.display(),
        identity.key.display(),
    );
    let plain_block = format!(
        "add_header Set-Cookie \"visit=60303ae22b998861bce3b28f33eec1be; Path=/; HttpOnly\";\n\
         location = /login.html {{ return 302 https://{NAME}/login.html; }}"
    );
    let _server = Nginx::new()
        .file("index.html", home)
        .file("login.html", login)
        .file("cart.html", "<title>Cart</title>")
        .file("old.html", "<title>Old</title>")
        .plain(plain, &format!("{NAME} www.{NAME}"), &plain_block)
        .server(tls, &block)
        .start();
    let target = Audit::site(&[NAME]).at(NAME, tls, plain).trust(&root.certificate).target();
    let found = ids(&target);
    for (id, severity) in [
        ("plain-http-entry", Severity::High),
        ("plain-http-page", Severity::High),
        ("https-for-login-only", Severity::High),
        ("redirect-back-to-http", Severity::High),
        ("hsts-missing", Severity::High),
        ("mixed-content-blockable", Severity::High),
        ("mixed-content-upgradeable", Severity::Low),
        ("form-over-http", Severity::Critical),
        ("link-to-http", Severity::Low),
        ("sri-missing", Severity::Low),
        ("cookie-session-not-secure", Severity::High),
        ("cookie-session-not-httponly", Severity::Low),
        ("cookie-wide-domain", Severity::Low),
        ("cookie-over-http", Severity::High),
        ("referrer-policy-leaks", Severity::Low),
        ("cache-private-page", Severity::Low),
        ("csp-missing", Severity::Info),
        ("logout-keeps-data", Severity::Info),
        ("tls-old-version", Severity::Medium),
        ("tls-anonymous-suite", Severity::High),
        ("tls-no-forward-secrecy", Severity::Low),
        ("tls-no-tls13", Severity::Info),
        ("cert-name-mismatch", Severity::Medium),
        ("cert-expires-soon", Severity::Medium),
    ] {
        assert_eq!(found.get(id), Some(&severity), "{id}: {found:?}");
    }
    // The certificate of the sibling name is at fault, that of the host is not.
    assert_eq!(finding(&target, "cert-name-mismatch").place.split(':').next(), Some("www.shop.test"));
    let session = finding(&target, "cookie-session-not-secure");
    assert!(
        session.evidence.iter().any(|evidence| evidence.detail.contains("http://shop.test/")),
        "where a browser sends it in the clear: {session:?}"
    );
    assert_eq!(session.fix.servers[0].server.to_string(), "nginx", "the server that was seen comes first");
    assert!(session.fix.servers[0].seen);
    for id in [
        AttackId::Eavesdropping,
        AttackId::SessionHijacking,
        AttackId::HttpInjection,
        AttackId::StrippingAndDowngrade,
        AttackId::DnsSpoofing,
        AttackId::IpHijacking,
    ] {
        assert_eq!(verdict(&target, id), Verdict::Exposed, "{id}");
    }
}

/// What is wrong with a certificate, and the finding that says so.
#[test]
fn certificates_are_refused_for_the_right_reason() {
    let pki = Pki::new();
    let (root, between) = authority(&pki);
    let lone = |identity: Identity| Identity { chain: identity.certificate.clone(), ..identity };
    let wrong_order = |identity: Identity| {
        let chain = pki.concatenate(&[&identity.certificate, &root.certificate, &between.certificate]);
        Identity { chain, ..identity }
    };
    for (id, severity, identity) in [
        ("cert-self-signed", Severity::High, pki.self_signed(&names())),
        ("cert-expired", Severity::High, pki.issue(&between, &names().valid(-40, -1))),
        ("cert-not-yet-valid", Severity::High, pki.issue(&between, &names().valid(2, 40))),
        ("cert-name-mismatch", Severity::High, pki.issue(&between, &Leaf::new(&["other.test"]))),
        ("cert-missing-intermediate", Severity::Medium, lone(pki.issue(&between, &names()))),
        ("cert-wrong-order", Severity::Low, wrong_order(pki.issue(&between, &names()))),
        ("cert-root-sent", Severity::Info, wrong_order(pki.issue(&between, &names()))),
        ("cert-weak-key", Severity::Medium, pki.issue(&between, &names().key(Key::Rsa1024))),
        ("cert-weak-signature", Severity::High, pki.issue(&between, &names().digest("sha1"))),
        (
            "cert-wrong-purpose",
            Severity::High,
            pki.issue(&between, &names().extension("extendedKeyUsage = clientAuth")),
        ),
        (
            "cert-must-staple",
            Severity::Medium,
            pki.issue(&between, &names().extension("tlsfeature = status_request")),
        ),
        ("cert-expires-soon", Severity::Low, pki.issue(&between, &names().valid(-80, 10))),
    ] {
        let (tls, plain) = (free_port(), free_port());
        let _server = Nginx::new()
            .http("ssl_ciphers ALL:@SECLEVEL=0;")
            .plain(plain, NAME, "return 301 https://$host$request_uri;")
            .tls(tls, NAME, &identity, "")
            .start();
        let target = Audit::site(&[NAME]).at(NAME, tls, plain).trust(&root.certificate).target();
        assert_eq!(ids(&target).get(id), Some(&severity), "{id}: {:?}", ids(&target));
    }
}

#[test]
fn addresses_of_one_name_that_differ_are_told() {
    let pki = Pki::new();
    let (root, between) = authority(&pki);
    let identity = pki.issue(&between, &names());
    let (tls, plain) = (free_port(), free_port());
    let open = free_port();
    let old = free_port();
    let hsts = format!("add_header Strict-Transport-Security \"{HSTS}\" always;");
    let _server = Nginx::new()
        .plain(plain, &format!("{NAME} www.{NAME}"), "return 301 https://$host$request_uri;")
        .plain(open, &format!("{NAME} www.{NAME}"), "")
        .tls(tls, &format!("{NAME} www.{NAME}"), &identity, &format!("ssl_ciphers {SUITES};\n{hsts}"))
        .tls(
            old,
            &format!("{NAME} www.{NAME}"),
            &identity,
            "ssl_protocols TLSv1 TLSv1.2; ssl_ciphers ALL:@SECLEVEL=0;",
        )
        .start();
    let audit = Audit::site(&[NAME]).at(NAME, tls, plain).trust(&root.certificate);
    let both = audit
        .with(&["--resolve", &format!("{NAME}:80:[::1]:{open}")])
        .with(&["--resolve", &format!("{NAME}:443:[::1]:{old}")]);
    let target = both.target();
    let endpoints =
        target.observations.iter().filter(|seen| matches!(seen.fact, Fact::TlsEndpoint(_))).count();
    assert_eq!(endpoints, 2);
    assert_eq!(ids(&target).get("http-addresses-differ"), Some(&Severity::High));
    assert_eq!(ids(&target).get("tls-addresses-differ"), Some(&Severity::Medium));
    let places: Vec<_> = target.findings.iter().filter(|found| found.id == "http-addresses-differ").collect();
    assert_eq!(places.len(), 2, "the page over http, and the policy over https: {places:?}");
    assert_eq!(verdict(&target, AttackId::Eavesdropping), Verdict::Exposed);
}

#[test]
fn a_target_that_cannot_be_measured_keeps_the_others_going() {
    let pki = Pki::new();
    let (root, between) = authority(&pki);
    let (_server, tls, plain) = sound_nginx(&pki.issue(&between, &names()));
    let closed = free_port();
    let audit = Audit::site(&["nowhere.invalid", &format!("https://127.0.0.1:{closed}/"), NAME])
        .at(NAME, tls, plain)
        .trust(&root.certificate)
        .with(&["--resolve", &format!("127.0.0.1:80:127.0.0.1:{closed}")]);
    let (report, code) = audit.run();
    assert_eq!(code, 2);
    let states: Vec<State> = report.targets.iter().map(|target| target.state).collect();
    assert_eq!(states, [State::NotMeasured, State::NotMeasured, State::Measured]);
    for target in &report.targets[..2] {
        assert!(target.error.is_some());
        for (id, verdict) in verdicts(target) {
            assert_eq!(verdict, Verdict::Unknown, "{id}: nothing that was not measured reads as safe");
        }
    }
    assert_protected(&report.targets[2]);
}

#[test]
fn the_same_site_gives_the_same_report() {
    let pki = Pki::new();
    let (root, between) = authority(&pki);
    let (_server, tls, plain) = sound_nginx(&pki.issue(&between, &names()));
    let audit = Audit::site(&[NAME]).at(NAME, tls, plain).trust(&root.certificate);
    let judged = || {
        let target = audit.target();
        let subjects: Vec<String> = target.observations.iter().map(|seen| seen.subject.clone()).collect();
        (subjects, target.findings, target.attacks, target.path)
    };
    let first = judged();
    for _ in 0..4 {
        assert_eq!(judged(), first);
    }
}
