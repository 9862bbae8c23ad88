use std::time::Instant;

use axum::Extension;
use axum::routing::get;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::*;
use crate::tls::{Ready, Tls};

/// A server on a free port, and what ends it.
async fn start(
    tls: Option<Arc<ServerConfig>>,
    bounds: Bounds,
) -> (SocketAddr, tokio::sync::oneshot::Sender<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let (end, ended) = tokio::sync::oneshot::channel();
    let router = Router::new()
        .route("/", get(|Extension(peer): Extension<Peer>| async move { peer.is_tls.to_string() }));
    tokio::spawn(serve(listener, tls, router, bounds, async move {
        let _ = ended.await;
    }));
    (address, end)
}

/// What comes back for these octets until the server closes.
async fn talk(address: SocketAddr, sent: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    let _ = stream.write_all(sent).await;
    let mut read = Vec::new();
    let _ =
        tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut read)).await.expect("an end");
    String::from_utf8_lossy(&read).into_owned()
}

const ASK: &[u8] = b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";

#[tokio::test]
async fn who_may_not_connect_gets_nothing() {
    let (address, _end) = start(None, Bounds::default()).await;
    assert!(talk(address, ASK).await.ends_with("false"));
    let allowed = Allowed(vec!["192.0.2.0/24".parse().expect("a range")]);
    let (address, _end) = start(None, Bounds { allowed, ..Bounds::default() }).await;
    assert_eq!(talk(address, ASK).await, "");
}

#[tokio::test]
async fn slow_heads_and_idle_connections_end() {
    let bounds = Bounds { head: Duration::from_millis(300), ..Bounds::default() };
    let (address, _end) = start(None, bounds).await;
    let began = Instant::now();
    assert_eq!(talk(address, b"GET / HTTP/1.1\r\nhost: x\r\n").await, "");
    assert_eq!(talk(address, b"").await, "");
    let kept = talk(address, b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert!(kept.ends_with("false"), "{kept}");
    assert!(began.elapsed() < Duration::from_secs(15));
    let long = format!("GET / HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n", "y".repeat(4 * HEAD));
    let answer = talk(address, long.as_bytes()).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
}

#[tokio::test]
async fn one_address_takes_its_places_and_frees_them() {
    let (address, _end) = start(None, Bounds { each: 2, ..Bounds::default() }).await;
    let held =
        [TcpStream::connect(address).await.expect("one"), TcpStream::connect(address).await.expect("two")];
    // Both are accepted before the third, since there is one queue.
    assert_eq!(talk(address, ASK).await, "");
    drop(held);
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        if talk(address, ASK).await.ends_with("false") {
            break;
        }
        assert!(Instant::now() < deadline, "the places are not freed");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn where_tls_is_served_plain_http_gets_nothing_and_old_versions_fail() {
    let directory = tempfile::tempdir().expect("a directory");
    let tls = Tls::Private { directory: directory.path().into() };
    let ready = Ready::new(&tls, &["localhost".into(), "127.0.0.1".into()]).expect("an authority");
    let config = ready.config().expect("a configuration");
    let short = Duration::from_secs(2);
    let bounds = Bounds { handshake: short, head: short, ..Bounds::default() };
    let (address, end) = start(config, bounds).await;
    assert_eq!(talk(address, ASK).await, "");
    assert_eq!(talk(address, b"").await, "", "whoever says nothing is closed in time");

    let curl = async |arguments: &[&str]| {
        let mut command = tokio::process::Command::new("curl");
        command.args(["-sS", "--cacert"]).arg(directory.path().join("ca.pem")).args(arguments);
        let output =
            command.arg(format!("https://localhost:{}/", address.port())).output().await.expect("curl");
        (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    assert_eq!(curl(&["-w", " %{http_version} %{ssl_verify_result}"]).await, (true, "true 2 0".into()));
    assert_eq!(curl(&["--http1.1", "--tls-max", "1.2"]).await, (true, "true".into()));
    assert!(!curl(&["--tls-max", "1.1"]).await.0, "TLS 1.1 is refused");
    // A finished handshake for HTTP/2, and then nothing.
    let mut silent = tokio::process::Command::new("openssl");
    silent.args(["s_client", "-quiet", "-alpn", "h2", "-connect", &address.to_string()]);
    silent.stdin(std::process::Stdio::piped()).kill_on_drop(true);
    let mut silent = silent.spawn().expect("openssl");
    let ended = tokio::time::timeout(Duration::from_secs(20), silent.wait()).await;
    assert!(ended.is_ok(), "whoever says nothing after the handshake is closed in time");
    drop(end);
}

#[tokio::test]
async fn it_ends_with_what_it_answers() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let begun = Arc::new(tokio::sync::Notify::new());
    let inner = begun.clone();
    let router = Router::new().route(
        "/",
        get(async move || {
            inner.notify_one();
            tokio::time::sleep(Duration::from_millis(200)).await;
            "done"
        }),
    );
    let stop = begun.clone();
    let served = tokio::spawn(async move {
        serve(listener, None, router, Bounds::default(), stop.notified()).await;
    });
    assert!(talk(address, b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.ends_with("done"), "it is let end");
    tokio::time::timeout(Duration::from_secs(10), served).await.expect("an end").expect("no panic");
    assert!(TcpStream::connect(address).await.is_err());
}
