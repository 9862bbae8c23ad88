//! Mail to Postfix, and to servers that will not speak TLS.

use std::time::{Duration, Instant};

use midwatch_testbed::hostile::{Behaviour, Hostile};
use midwatch_testbed::pki::{Authority, Key, Leaf, Pki};
use midwatch_testbed::postfix::{LOGIN, Postfix};
use midwatch_watch::alert::{Failure, short_key};

use crate::{around, patient, sample, send};

fn settings(port: u16, tls: &str, root: &Authority, more: &str) -> String {
    format!(
        "kind = 'mail'\nserver = 'localhost'\nport = {port}\ntls = '{tls}'\nca = '{}'\n\
         from = 'Midwatch <midwatch@shop.example>'\nto = ['Zoë <zoe@shop.example>', 'ops@shop.example']\n{more}",
        root.certificate.display()
    )
}

#[tokio::test]
async fn postfix_takes_it_each_way() {
    let pki = Pki::new();
    let root = pki.authority("Root", Key::EcP256);
    let postfix = Postfix::start(&pki.issue(&root, &Leaf::new(&["localhost"])));
    let alert = sample::several();

    send(&settings(postfix.plain, "starttls", &root, ""), "starttls", &alert, &patient()).await.unwrap();
    send(&settings(postfix.implicit, "implicit", &root, ""), "implicit", &alert, &patient()).await.unwrap();
    let login = format!("user = '{}'\npassword = '{}'", LOGIN.0, LOGIN.1);
    send(&settings(postfix.submission, "starttls", &root, &login), "submission", &alert, &patient())
        .await
        .unwrap();
    for key in ["starttls", "implicit", "submission"] {
        for user in ["zoe", "ops"] {
            let id = format!("Message-ID: <{}@shop.example>", short_key(key));
            assert!(postfix.has_delivered(user, &id), "{key}, {user}:\n{}", postfix.log());
        }
    }
    let mail = postfix.mailbox("zoe");
    for line in [
        "Subject: [high] The shop: 2 changes\n",
        "Auto-Submitted: auto-generated\n",
        "List-Id: Alerts of midwatch <alerts.midwatch.watch.shop.example>\n",
        "From: Midwatch <midwatch@shop.example>\n",
        "MIME-Version: 1.0\n",
        " with ESMTPSA id ",
        "  midwatch explain certificate-new-issuer\n",
    ] {
        assert!(mail.contains(line), "{line:?} is not in:\n{mail}");
    }

    // What a hostile peer wrote is a subject and nothing more.
    send(&settings(postfix.plain, "starttls", &root, ""), "hostile", &sample::hostile(), &patient())
        .await
        .unwrap();
    let id = format!("Message-ID: <{}@shop.example>", short_key("hostile"));
    assert!(postfix.has_delivered("zoe", &id), "{}", postfix.log());
    let mail = postfix.mailbox("zoe");
    assert!(!mail.lines().any(|line| line.starts_with("Bcc:") || line == "QUIT"), "{mail}");

    // A wrong password is refused, and not repeated.
    let wrong = format!("user = '{}'\npassword = 'wrong-password'", LOGIN.0);
    let error = send(&settings(postfix.submission, "starttls", &root, &wrong), "k", &alert, &patient())
        .await
        .unwrap_err();
    assert!(
        matches!(&error, Failure::Refused { why } if why.contains("the login of zoe with 535")),
        "{error}"
    );
    assert!(!error.why().contains("wrong-password"), "{error}");
    // Without a login it takes nothing.
    let error = send(&settings(postfix.submission, "starttls", &root, ""), "k", &alert, &patient())
        .await
        .unwrap_err();
    assert!(
        matches!(&error, Failure::Refused { why } if why.contains("takes mail for nobody of those named")),
        "{error}"
    );

    // One who does not exist keeps the other from nothing.
    let some =
        settings(postfix.plain, "starttls", &root, "").replace("ops@shop.example", "refused@shop.example");
    send(&some, "some", &alert, &patient()).await.unwrap();
    assert!(postfix.has_delivered("zoe", &short_key("some")), "{}", postfix.log());
}

#[tokio::test]
async fn nothing_is_said_in_plain_text_or_to_somebody_else() {
    let pki = Pki::new();
    let (root, other) = (pki.authority("Root", Key::EcP256), pki.authority("Other", Key::EcP256));
    let postfix = Postfix::start(&pki.issue(&root, &Leaf::new(&["localhost"])));
    let login = "user = 'zoe'\npassword = 'do-not-say-this'";
    let refused = |error: Failure, says: &str| {
        assert!(matches!(error, Failure::Later { .. }), "{error}");
        assert!(error.why().contains(says), "{error}");
    };
    // A server without STARTTLS.
    let bare = settings(postfix.bare, "starttls", &root, login);
    refused(send(&bare, "k", &sample::issuer(), &patient()).await.unwrap_err(), "offers no STARTTLS");
    // Somebody on the way takes the offer out of what the server says.
    let there = ([127, 0, 0, 1], postfix.plain).into();
    let strips = Hostile::start(Behaviour::Swaps(there, b"STARTTLS".to_vec(), b"XSTRIPPD".to_vec()));
    let stripped = settings(strips.port(), "starttls", &root, login);
    refused(send(&stripped, "k", &sample::issuer(), &patient()).await.unwrap_err(), "offers no STARTTLS");
    assert_eq!(strips.connections(), 1);
    // Its certificate is from an authority that is not ours.
    for (port, tls) in [(postfix.plain, "starttls"), (postfix.implicit, "implicit")] {
        let wrong = settings(port, tls, &other, login);
        refused(
            send(&wrong, "k", &sample::issuer(), &patient()).await.unwrap_err(),
            "invalid peer certificate",
        );
    }
    // Of all of this Postfix has heard no more than EHLO and STARTTLS.
    let log = postfix.log();
    assert!(!log.contains("client=") && !log.contains("mail=1") && !log.contains("auth="), "{log}");
}

#[tokio::test]
async fn servers_that_hang_or_talk_for_ever_cost_a_bounded_time() {
    let pki = Pki::new();
    let root = pki.authority("Root", Key::EcP256);
    for (behaviour, tls) in [
        (Behaviour::NeverAnswers, "starttls"),
        (Behaviour::NeverAnswers, "implicit"),
        (Behaviour::SaysAndWaits(b"220 hello\r\n".to_vec()), "starttls"),
        (Behaviour::SaysAndWaits(b"220-".repeat(100_000)), "starttls"),
        (Behaviour::SaysAndResets(b"220 hello\r\n".to_vec()), "starttls"),
        (Behaviour::ClosesAtOnce, "starttls"),
        (Behaviour::EndlessLines, "starttls"),
    ] {
        let name: String = format!("{behaviour:?}").chars().take(40).collect();
        let hostile = Hostile::start(behaviour);
        let begun = Instant::now();
        let ended = send(&settings(hostile.port(), tls, &root, ""), "k", &sample::issuer(), &around()).await;
        let error = ended.unwrap_err();
        assert!(matches!(error, Failure::Later { .. }), "{name}: {error}");
        assert!(begun.elapsed() < Duration::from_secs(15), "{name}: {error}");
    }
}
