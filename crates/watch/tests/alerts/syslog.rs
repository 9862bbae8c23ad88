//! Lines to rsyslogd, and to servers that do not read.

use std::time::Duration;

use midwatch_testbed::hostile::{Behaviour, Hostile};
use midwatch_testbed::pki::{Key, Leaf, Pki};
use midwatch_testbed::rsyslog::Rsyslog;
use midwatch_watch::alert::{Failure, short_key};

use crate::{around, patient, sample, send};

#[tokio::test]
async fn rsyslog_understands_each_way() {
    let pki = Pki::new();
    let root = pki.authority("Root", Key::EcP256);
    let rsyslog = Rsyslog::start(&root, &pki.issue(&root, &Leaf::new(&["localhost"])));
    let alert = sample::issuer();
    let stream = "facility = 'local3'\nenterprise = 9\nserver = 'localhost'";
    for (name, settings) in [
        ("udp", format!("over = 'udp'\nport = {}\n{stream}", rsyslog.udp).replace("localhost", "127.0.0.1")),
        ("tcp", format!("over = 'tcp'\nport = {}\n{stream}", rsyslog.tcp)),
        (
            "tls",
            format!("over = 'tls'\nport = {}\nca = '{}'\n{stream}", rsyslog.tls, root.certificate.display()),
        ),
        ("local", format!("path = '{}'\nfacility = 'local3'", rsyslog.local().display())),
        (
            "local-5424",
            format!(
                "path = '{}'\nform = 'rfc5424'\nfacility = 'local3'\nenterprise = 9",
                rsyslog.local_5424().display()
            ),
        ),
    ] {
        let settings = format!("kind = 'syslog'\n{settings}");
        send(&settings, name, &alert, &patient()).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        let key = short_key(name);
        let line =
            rsyslog.line(&key).unwrap_or_else(|| panic!("{name}: {}{}", rsyslog.log(), rsyslog.seen()));
        let json: serde_json::Value =
            serde_json::from_str(&line).unwrap_or_else(|_| panic!("{name}: {line}"));
        // local3 (19) and error (3).
        assert_eq!((&json["pri"], &json["app"]), (&"155".into(), &"midwatch".into()), "{name}: {line}");
        let text = json["text"].as_str().unwrap();
        assert!(text.contains(&format!("key={key} target=shop high The shop:")), "{name}: {line}");
        if name != "local" {
            assert_eq!(
                (&json["host"], &json["id"]),
                (&"watch.shop.example".into(), &"changes".into()),
                "{line}"
            );
            let data = json["data"].as_str().unwrap();
            assert!(data.contains(&format!("[midwatch@9 key=\"{key}\" target=\"shop\"")), "{name}: {line}");
            // On local sockets rsyslog notes when it read the line.
            let noted = name == "local-5424" || json["time"] == "2026-11-30T02:41:00.000000Z";
            assert!(noted, "{name}: {line}");
        }
        assert_eq!(json["pid"], std::process::id().to_string(), "{name}: {line}");
    }
    // What a hostile peer wrote makes no second line.
    let settings = format!(
        "kind = 'syslog'\nover = 'tcp'\nserver = 'localhost'\nport = {}\nenterprise = 9",
        rsyslog.tcp
    );
    send(&settings, "hostile", &sample::hostile(), &patient()).await.unwrap();
    assert!(
        rsyslog.line(&short_key("hostile")).is_some_and(|line| line.contains("\\\\x1b[2J")),
        "{}",
        rsyslog.seen()
    );
    assert_eq!(rsyslog.seen().lines().filter(|line| line.contains("MESSAGE=forged")).count(), 0);
    assert_eq!(
        rsyslog.seen().lines().filter(|line| line.contains("target=shop")).count(),
        6,
        "{}",
        rsyslog.seen()
    );
    // A certificate that is not for the name is told nothing.
    let wrong = format!(
        "kind = 'syslog'\nover = 'tls'\nserver = '127.0.0.1'\nport = {}\nca = '{}'",
        rsyslog.tls,
        root.certificate.display()
    );
    let error = send(&wrong, "k", &alert, &patient()).await.unwrap_err();
    assert!(error.why().contains("invalid peer certificate"), "{error}");
}

#[tokio::test]
async fn those_that_do_not_read_to_the_end_have_not_been_told() {
    for behaviour in [Behaviour::NeverAnswers, Behaviour::ResetsAtOnce] {
        let hostile = Hostile::start(behaviour);
        let settings =
            format!("kind = 'syslog'\nover = 'tcp'\nserver = '127.0.0.1'\nport = {}", hostile.port());
        let begun = std::time::Instant::now();
        let error = send(&settings, "k", &sample::issuer(), &around()).await.unwrap_err();
        assert!(matches!(error, Failure::Later { .. }), "{error}");
        assert!(begun.elapsed() < Duration::from_secs(10));
    }
    let nobody = format!("kind = 'syslog'\npath = '{}/no'", midwatch_testbed::directory().path().display());
    let error = send(&nobody, "k", &sample::issuer(), &around()).await.unwrap_err();
    assert!(error.why().contains("takes no message"), "{error}");
}
