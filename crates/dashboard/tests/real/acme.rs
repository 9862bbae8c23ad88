//! Pebble, Let's Encrypt's test server, validates, issues, and is asked again.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use midwatch_dashboard::auth::access::Rules;
use midwatch_dashboard::guard::host::Names;
use midwatch_dashboard::tls::redirect::redirect;
use midwatch_dashboard::tls::{Acme, Bounds, Ready, Tls, serve};
use midwatch_testbed::pki::{Key, Leaf, Pki};
use midwatch_testbed::{Server, directory, free_port};

/// The server, with the port of its directory, and the names that lead to loopback.
struct Pebble {
    server: Server,
    _names: Server,
    pki: Pki,
    root: std::path::PathBuf,
}

fn pebble(tls: u16, http: u16) -> Pebble {
    let pki = Pki::new();
    let authority = pki.authority("Pebble", Key::EcP256);
    let identity = pki.issue(&authority, &Leaf::new(&["localhost"]));
    let (listen, manage, dns, admin) = (free_port(), free_port(), free_port(), free_port());
    let mut names = Command::new("pebble-challtestsrv");
    let own = |port: u16| format!("127.0.0.1:{port}");
    names.args([
        "-defaultIPv4",
        "127.0.0.1",
        "-defaultIPv6",
        "",
        "-http01",
        "",
        "-https01",
        "",
        "-tlsalpn01",
        "",
    ]);
    names.args(["-dns01", &own(dns), "-management", &own(admin)]);
    let names = Server::start(names, "pebble", &[admin], directory());
    let place = directory();
    let config = serde_json::json!({ "pebble": {
        "listenAddress": own(listen), "managementListenAddress": own(manage),
        "certificate": identity.chain, "privateKey": identity.key,
        "httpPort": http, "tlsPort": tls, "ocspResponderURL": "", "externalAccountBindingRequired": false } });
    std::fs::write(place.path().join("config.json"), config.to_string()).expect("a file");
    let mut command = Command::new("pebble");
    command.arg("-config").arg(place.path().join("config.json")).args(["-dnsserver", &own(dns)]);
    command.env("PEBBLE_VA_NOSLEEP", "1");
    let server = Server::start_quietly(command, "pebble", &[listen, manage], place, "Listening on");
    // Others may stand before it in the file.
    let other = pki.authority("Another", Key::EcP256);
    let root = pki.concatenate(&[&other.certificate, &authority.certificate]);
    Pebble { server, _names: names, pki, root }
}

fn acme(pebble: &Pebble, state: &Path, http: bool) -> Acme {
    Acme {
        directory: format!("https://localhost:{}/dir", pebble.server.port()),
        contact: vec!["mailto:somebody@watch.example".into()],
        root: Some(pebble.root.clone()),
        state: state.into(),
        http,
    }
}

/// The issuer of what is served.
fn issuer(port: u16) -> String {
    let mut command = Command::new("sh");
    let line = format!(
        "openssl s_client -connect 127.0.0.1:{port} -servername watch.example </dev/null 2>/dev/null | \
         openssl x509 -noout -issuer -ext subjectAltName"
    );
    let output = command.args(["-c", &line]).output().expect("openssl");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

async fn until_issued(port: u16, pebble: &Pebble) -> String {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let said = tokio::task::spawn_blocking(move || issuer(port)).await.expect("no panic");
        if said.contains("Pebble Intermediate") {
            return said;
        }
        assert!(Instant::now() < deadline, "no certificate:\n{said}\n{}", pebble.server.log());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_comes_by_tls_and_is_kept() {
    let (port, state) = (free_port(), directory());
    let pebble = pebble(port, free_port());
    let tls = Tls::Acme(acme(&pebble, state.path(), false));
    let names = ["watch.example", "www.watch.example"];
    let owned = names.map(str::to_owned);
    let ready = Ready::new(&tls, &owned).expect("something to serve with");
    super::start(state.path(), port, &names, Rules::default(), &ready).await;
    let before = tokio::task::spawn_blocking(move || issuer(port)).await.expect("no panic");
    assert!(!before.contains("Pebble"), "the port answers before there is a certificate: {before}");
    let kept = ready.clone();
    let keeper = tokio::spawn(async move { kept.keep().await });
    let said = until_issued(port, &pebble).await;
    assert!(names.iter().all(|name| said.contains(&format!("DNS:{name}"))), "{said}");
    keeper.abort();

    use std::os::unix::fs::PermissionsExt as _;
    for name in ["key.pem", "account.json"] {
        let mode = std::fs::metadata(state.path().join(name)).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    // The next start serves it at once, and asks for none.
    let orders = pebble.server.log().matches("POST /finalize-order").count();
    let again = Ready::new(&tls, &owned).expect("the kept one");
    let port = free_port();
    super::start(pebble.pki.path(), port, &names, Rules::default(), &again).await;
    let said = tokio::task::spawn_blocking(move || issuer(port)).await.expect("no panic");
    assert!(said.contains("Pebble Intermediate"), "{said}");
    let _ = tokio::time::timeout(Duration::from_millis(500), again.keep()).await;
    assert_eq!(pebble.server.log().matches("POST /finalize-order").count(), orders, "it is not due");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_comes_by_the_redirect_over_http() {
    let (port, plain, state) = (free_port(), free_port(), directory());
    let pebble = pebble(free_port(), plain);
    let tls = Tls::Acme(acme(&pebble, state.path(), true));
    let ready = Ready::new(&tls, &["watch.example".to_owned()]).expect("something to serve with");
    super::start(state.path(), port, &["watch.example"], Rules::default(), &ready).await;
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", plain)).await.expect("the port");
    let app = redirect(Names::new(["watch.example"]), port, ready.tokens.clone());
    tokio::spawn(serve(listener, None, app, Bounds::default(), std::future::pending()));
    tokio::spawn(async move { ready.keep().await });
    let said = until_issued(port, &pebble).await;
    assert!(said.contains("DNS:watch.example"), "{said}");
}
