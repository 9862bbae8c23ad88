//! Webhooks, Slack and ntfy.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use midwatch_testbed::hostile::{Behaviour, Hostile};
use midwatch_testbed::pki::{Identity, Key, Leaf, Pki};
use midwatch_testbed::{Server, free_port, python, wait_until};
use midwatch_watch::alert::http::{Boxed, Resolve};
use midwatch_watch::alert::{Around, Failure};

use crate::{around, patient, sample, send, target};

pub(crate) const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OTHER: &str = "whsec_c2VjcmV0LW9mLXRoZS1vdGhlci1zaWRlLXdpdGgtMzI";

/// A receiver that verifies what comes by the reference library of Standard Webhooks.
pub(crate) struct Receiver {
    server: Server,
}

impl Receiver {
    fn start(secret: &str, identity: Option<&Identity>) -> Receiver {
        Receiver::at(free_port(), secret, identity)
    }

    /// One at this port.
    pub(crate) fn at(port: u16, secret: &str, identity: Option<&Identity>) -> Receiver {
        let packages = python::package(&target(), "standardwebhooks==1.1.0");
        let directory = midwatch_testbed::directory();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/alerts/receiver.py");
        let mut command = Command::new(python::PYTHON);
        command.arg(script).arg(port.to_string()).arg(secret).arg(directory.path().join("seen"));
        if let Some(identity) = identity {
            command.arg(&identity.bundle);
        }
        command.env("PYTHONPATH", packages);
        Receiver { server: Server::start(command, "python3", &[port], directory) }
    }

    fn port(&self) -> u16 {
        self.server.port()
    }

    /// What came, one object for each request.
    pub(crate) fn seen(&self) -> Vec<serde_json::Value> {
        let text = std::fs::read_to_string(self.server.directory().join("seen")).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
    }
}

pub(crate) fn webhook(url: &str, more: &str) -> String {
    format!("kind = 'webhook'\nurl = '{url}'\nsecret = '{SECRET}'\n{more}")
}

#[tokio::test]
async fn the_reference_library_verifies_what_we_sign() {
    let pki = Pki::new();
    let root = pki.authority("Root", Key::EcP256);
    let identity = pki.issue(&root, &Leaf::new(&["localhost"]));
    let receiver = Receiver::start(SECRET, Some(&identity));
    let ca = format!("ca = '{}'", root.certificate.display());
    let url = format!("https://localhost:{}/hook?of=midwatch", receiver.port());
    let alert = sample::several();

    send(&webhook(&url, &ca), "changes/shop/1/hook", &alert, &patient()).await.unwrap();
    // Again, as after a lost answer: the same id.
    send(&webhook(&url, &ca), "changes/shop/1/hook", &alert, &patient()).await.unwrap();
    // The receiver still has the old secret.
    let rotated = format!("kind='webhook'\nurl='{url}'\nsecret='{OTHER}'\nold_secret='{SECRET}'\n{ca}");
    send(&rotated, "changes/shop/2/hook", &alert, &patient()).await.unwrap();
    // And a wrong one is not verified.
    let wrong = format!("kind='webhook'\nurl='{url}'\nsecret='{OTHER}'\n{ca}");
    let error = send(&wrong, "changes/shop/3/hook", &alert, &patient()).await.unwrap_err();
    assert!(
        matches!(&error, Failure::Refused { why } if why == "localhost answers 401: no matching signature"),
        "{error}"
    );

    let seen = receiver.seen();
    let verified: Vec<bool> = seen.iter().map(|request| request["verified"] == true).collect();
    assert_eq!(verified, [true, true, true, false]);
    assert_eq!(seen[0]["id"], seen[1]["id"]);
    assert_ne!(seen[0]["id"], seen[2]["id"]);
    assert_eq!(seen[0]["path"], "/hook?of=midwatch");
    let body = &seen[0]["body"];
    assert_eq!(body["schema"], "midwatch-alert/1");
    assert_eq!(body["type"], "midwatch.changes");
    assert_eq!(body["key"], "changes/shop/1/hook");
    assert_eq!(body["url"], "https://midwatch.shop.example/targets/shop");
    assert_eq!(body["events"][1]["change"]["id"], "header-lost");
    assert!(body["text"].as_str().unwrap().contains("What to do now"));
}

#[tokio::test]
async fn wrong_certificates_are_told_nothing() {
    let pki = Pki::new();
    let (root, other) = (pki.authority("Root", Key::EcP256), pki.authority("Other", Key::EcP256));
    for (what, issuer, leaf) in [
        ("another name", &root, Leaf::new(&["other.example"])),
        ("expired", &root, Leaf::new(&["localhost"]).valid(-60, -30)),
        ("another authority", &other, Leaf::new(&["localhost"])),
    ] {
        let receiver = Receiver::start(SECRET, Some(&pki.issue(issuer, &leaf)));
        let url = format!("https://localhost:{}/", receiver.port());
        let ca = format!("ca = '{}'", root.certificate.display());
        let error = send(&webhook(&url, &ca), "k", &sample::issuer(), &patient()).await.unwrap_err();
        assert!(matches!(error, Failure::Later { .. }), "{what}: {error}");
        assert!(
            error.why().starts_with("no TLS session with localhost: invalid peer certificate"),
            "{what}: {error}"
        );
        assert!(receiver.seen().is_empty(), "{what}");
    }
    // With the system's authorities, none of the tests' own is trusted.
    let receiver = Receiver::start(SECRET, Some(&pki.issue(&root, &Leaf::new(&["localhost"]))));
    let url = format!("https://localhost:{}/", receiver.port());
    let error = send(&webhook(&url, ""), "k", &sample::issuer(), &patient()).await.unwrap_err();
    assert!(error.why().contains("invalid peer certificate"), "{error}");
    assert!(receiver.seen().is_empty());
}

#[tokio::test]
async fn slack_and_ntfy_bodies_arrive() {
    let receiver = Receiver::start(SECRET, None);
    let alert = sample::issuer();
    let place = format!("http://127.0.0.1:{}", receiver.port());
    send(&format!("kind='slack'\nurl='{place}/unsigned/T0'"), "k", &alert, &patient()).await.unwrap();
    let ntfy = format!("kind='ntfy'\nserver='{place}'\ntopic='unsigned'\ntoken='tk_hush'");
    send(&ntfy, "k", &alert, &patient()).await.unwrap();
    let seen = receiver.seen();
    assert_eq!(seen[0]["path"], "/unsigned/T0");
    assert_eq!(seen[0]["body"]["blocks"][0]["type"], "header");
    // ntfy takes JSON at the root, where the topic is in the body.
    assert_eq!(seen[1]["path"], "/");
    assert_eq!(seen[1]["authorization"], "Bearer tk_hush");
    let body = &seen[1]["body"];
    assert_eq!((&body["topic"], &body["priority"]), (&"unsigned".into(), &4.into()));
    assert_eq!(body["click"], "https://midwatch.shop.example/events/12");
}

/// One attempt at a hostile receiver, and how long it took.
async fn at(behaviour: Behaviour) -> (Failure, Duration) {
    let hostile = Hostile::start(behaviour);
    let url = format!("http://127.0.0.1:{}/", hostile.port());
    let begun = Instant::now();
    let error = send(&webhook(&url, ""), "k", &sample::issuer(), &around()).await.unwrap_err();
    assert_eq!(hostile.connections(), 1, "{error}");
    (error, begun.elapsed())
}

#[tokio::test]
async fn those_that_hang_drip_or_never_end_cost_a_bounded_time() {
    for behaviour in [
        Behaviour::NeverAnswers,
        Behaviour::Drips,
        Behaviour::EndlessHeaders,
        Behaviour::EndlessHeaderLine,
        Behaviour::ClosesAtOnce,
        Behaviour::ResetsAtOnce,
        Behaviour::Answers(b"SSH-2.0-OpenSSH_9.2\r\n".to_vec()),
        Behaviour::Answers(b"HTTP/1.1 200 ".to_vec()),
        Behaviour::Answers(vec![0; 4096]),
        Behaviour::Answers(
            [b"HTTP/1.1 200 OK\r\n".to_vec(), b"a: b\r\n".repeat(1000), b"\r\n".to_vec()].concat(),
        ),
    ] {
        let name = format!("{behaviour:?}").chars().take(60).collect::<String>();
        let (error, took) = at(behaviour).await;
        assert!(matches!(error, Failure::Later { .. }), "{name}: {error}");
        // A reset may come before we know of the connection.
        let says = ["127.0.0.1 does not answer", "no answer from", "no connection to"];
        assert!(says.iter().any(|says| error.why().starts_with(says)), "{name}: {error}");
        assert!(took < Duration::from_secs(10), "{name}: {took:?}");
    }
}

#[tokio::test]
async fn those_that_break_tls_cost_a_bounded_time() {
    for behaviour in [
        Behaviour::NeverAnswers,
        Behaviour::GarbageServerHello,
        Behaviour::FatalAlert(40),
        Behaviour::ClosesInRecord,
        Behaviour::EndlessHandshake,
    ] {
        let name = format!("{behaviour:?}");
        let hostile = Hostile::start(behaviour);
        let url = format!("https://127.0.0.1:{}/", hostile.port());
        let begun = Instant::now();
        let error = send(&webhook(&url, ""), "k", &sample::issuer(), &around()).await.unwrap_err();
        assert!(matches!(error, Failure::Later { .. }), "{name}: {error}");
        assert!(begun.elapsed() < Duration::from_secs(10), "{name}: {error}");
    }
}

#[tokio::test]
async fn statuses_and_huge_answers() {
    let answer = |head: &str, body: Vec<u8>| {
        Behaviour::Answers([format!("HTTP/1.1 {head}\r\n\r\n").into_bytes(), body].concat())
    };
    let (error, _) = at(answer("503 Busy\r\nRetry-After: 77\r\nContent-Length: 5", b"later".to_vec())).await;
    assert_eq!(
        error,
        Failure::Later {
            why: "127.0.0.1 answers 503: later".to_owned(),
            after: Some(Duration::from_secs(77))
        }
    );
    let (error, _) = at(answer("429 Slow\r\nRetry-After: 9999999", Vec::new())).await;
    assert!(
        matches!(error, Failure::Later { after: Some(after), .. } if after <= Duration::from_secs(6 * 3600)),
        "{error}"
    );
    let (error, _) = at(answer("404 No\r\nContent-Length: 9", b"\x1b[2J<b>\r\n".to_vec())).await;
    assert_eq!(error, Failure::Refused { why: "127.0.0.1 answers 404: \\x1b[2J<b>".to_owned() });
    // A body of a hundred megabytes is promised, and hardly any of it read.
    let (error, took) = at(answer("500 Oh\r\nContent-Length: 104857600", vec![b'x'; 1 << 20])).await;
    assert!(error.why().len() < 300 && took < Duration::from_secs(5), "{error}");
    let hostile = Hostile::start(Behaviour::EndlessBody);
    let url = format!("http://127.0.0.1:{}/", hostile.port());
    // It says 200, and that is all that counts.
    send(&webhook(&url, ""), "k", &sample::issuer(), &around()).await.unwrap();
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let inner = Hostile::start(Behaviour::NeverAnswers);
    for status in [301, 302, 303, 307, 308] {
        let to = format!(
            "HTTP/1.1 {status} X\r\nLocation: http://127.0.0.1:{}/latest/meta-data\r\nContent-Length: 0\r\n\r\n",
            inner.port()
        );
        let (error, _) = at(Behaviour::Answers(to.into_bytes())).await;
        assert!(
            matches!(&error, Failure::Refused { why } if why.contains("which is not followed")),
            "{error}"
        );
    }
    let (error, _) = at(Behaviour::RedirectLoop).await;
    assert!(error.why().contains("which is not followed"), "{error}");
    assert_eq!(inner.connections(), 0);
}

/// Allows no address, as a policy would that allows public ones alone.
struct Nothing;

impl Resolve for Nothing {
    fn resolve<'a>(&'a self, host: &'a str, _: u16) -> Boxed<'a, io::Result<Vec<SocketAddr>>> {
        Box::pin(async move {
            Err(io::Error::other(format!("{host} is not among the addresses that are allowed")))
        })
    }
}

#[tokio::test]
async fn only_what_the_resolver_yields_is_connected_to() {
    let listens = Hostile::start(Behaviour::NeverAnswers);
    let closed = Around { resolve: Arc::new(Nothing), ..around() };
    for host in ["127.0.0.1", "localhost", "[::1]"] {
        let url = format!("http://{host}:{}/", listens.port());
        let error = send(&webhook(&url, ""), "k", &sample::issuer(), &closed).await.unwrap_err();
        assert!(error.why().contains("is not among the addresses that are allowed"), "{error}");
    }
    for settings in [
        format!("kind='syslog'\nover='tcp'\nserver='127.0.0.1'\nport={}", listens.port()),
        format!(
            "kind='mail'\nserver='localhost'\nport={}\nfrom='a@b.example'\nto=['c@b.example']",
            listens.port()
        ),
    ] {
        let error = send(&settings, "k", &sample::issuer(), &closed).await.unwrap_err();
        assert!(error.why().contains("is not among the addresses that are allowed"), "{error}");
    }
    assert_eq!(listens.connections(), 0);
    // Nobody listens: told as it is.
    let url = format!("http://127.0.0.1:{}/", free_port());
    let error = send(&webhook(&url, ""), "k", &sample::issuer(), &around()).await.unwrap_err();
    assert!(error.why().contains("no connection to 127.0.0.1"), "{error}");
    assert!(wait_until(Duration::ZERO, || listens.connections() == 0));
}
