//! Services that are asked what they are: made-up ones, silent ones and hostile ones. The real ones are met in the tests of
//! `midwatch host`.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use midwatch_model::{KnownService, Outcome, ReasonKind, ServiceAnswer, ServiceProtection};
use midwatch_probe::listening::ask;
use midwatch_probe::net::{Net, NetOptions};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// A server that says these things, each after it was spoken to but the first.
async fn server(says: &'static [&'static [u8]]) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("its address");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut buffer = [0; 4096];
                for (at, said) in says.iter().enumerate() {
                    if at > 0 && stream.read(&mut buffer).await.unwrap_or(0) == 0 {
                        return;
                    }
                    if stream.write_all(said).await.is_err() {
                        return;
                    }
                }
                // Until the other side has enough.
                while stream.read(&mut buffer).await.unwrap_or(0) > 0 {}
            });
        }
    });
    address
}

async fn told(id: &str, says: &'static [&'static [u8]]) -> Outcome<ServiceAnswer> {
    let address = server(says).await;
    ask(&Net::new(NetOptions::default()), address, KnownService::of(id)).await
}

async fn seen(id: &str, says: &'static [&'static [u8]]) -> ServiceAnswer {
    let told = told(id, says).await;
    told.value().unwrap_or_else(|| panic!("{id}: {told:?}")).clone()
}

#[tokio::test]
async fn stores_that_answer_everybody() {
    let redis = seen("redis", &[b"", b"+PONG\r\n"]).await;
    assert_eq!(
        (redis.open, redis.protection, redis.words.as_str()),
        (Some(true), ServiceProtection::None, "+PONG")
    );
    let locked = seen("redis", &[b"", b"-NOAUTH Authentication required.\r\n"]).await;
    assert_eq!((locked.open, locked.plain_password), (Some(false), Some(true)));
    let denied = told("redis", &[b"", b"-DENIED Redis is running in protected mode\r\n"]).await;
    assert!(denied.is_refused(), "it turns away whoever does not come from its own computer: {denied:?}");
    assert_eq!(seen("memcached", &[b"", b"VERSION 1.6.18\r\n"]).await.open, Some(true));
    let docker = seen("docker", &[b"", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK"]).await;
    assert_eq!((docker.open, docker.question.as_str()), (Some(true), "GET /_ping"));
    let elastic = seen("elasticsearch", &[b"", b"HTTP/1.1 401 Unauthorized\r\n\r\n"]).await;
    assert_eq!((elastic.open, elastic.plain_password), (Some(false), Some(true)));
    let panel = seen("webmin", &[b"", b"HTTP/1.0 200 OK\r\n\r\n<form>"]).await;
    assert_eq!((panel.open, panel.protection), (None, ServiceProtection::None));
}

#[tokio::test]
async fn desktops() {
    let open = seen("vnc", &[b"RFB 003.008\n", b"\x02\x01\x02"]).await;
    assert_eq!((open.open, open.protection), (Some(true), ServiceProtection::None));
    assert_eq!(open.words, "RFB 003.008, ways to log in: 1, 2");
    let tls = seen("vnc", &[b"RFB 003.008\n", b"\x01\x13"]).await;
    assert_eq!(
        (tls.open, tls.plain_password, tls.protection),
        (Some(false), Some(false), ServiceProtection::Upgrades)
    );
    let old = seen("vnc", &[b"RFB 003.003\n", b"\0\0\0\x02"]).await;
    assert_eq!((old.open, old.plain_password), (Some(false), Some(true)));
    let refused = told("vnc", &[b"RFB 003.008\n", b"\0\0\0\0\x04busy"]).await;
    assert!(refused.is_unmeasured(), "{refused:?}");
}

#[tokio::test]
async fn what_speaks_first() {
    let ssh = seen("ssh", &[b"SSH-2.0-OpenSSH_9.2\r\n"]).await;
    assert_eq!(ssh.protection, ServiceProtection::Other);
    let telnet = seen("telnet", &[b"\xff\xfd\x18"]).await;
    assert_eq!(telnet.protection, ServiceProtection::None);
    let odd = seen("mssql", &[b"hello"]).await;
    assert_eq!(odd.protection, ServiceProtection::Unknown, "nothing is known of what it does later");
    let mail = seen("smtp", &[b"220 x ESMTP\r\n", b"250-x\r\n250 AUTH PLAIN\r\n", b"502 no\r\n"]).await;
    assert_eq!((mail.protection, mail.plain_password), (ServiceProtection::None, Some(true)));
}

#[tokio::test]
async fn silence_and_garbage_are_no_answer() {
    let begun = Instant::now();
    for id in ["redis", "memcached", "vnc", "webmin", "ssh"] {
        let told = told(id, &[b"", b"", b"", b""]).await;
        assert!(told.is_unmeasured(), "{id}: {told:?}");
    }
    assert!(begun.elapsed() < Duration::from_secs(60));
    assert!(told("redis", &[b"", b"\x00\x01\x02\n"]).await.is_unmeasured());
    assert!(told("webmin", &[b"", b"HTTP/9 hello\r\n\r\n"]).await.is_unmeasured());
    // Nobody is there.
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("its address");
    drop(listener);
    let gone = ask(&Net::new(NetOptions::default()), address, KnownService::of("redis")).await;
    assert!(
        gone.is_refused() || gone.why_not().is_some_and(|why| why.kind == ReasonKind::ConnectionRefused),
        "{gone:?}"
    );
}

#[tokio::test]
async fn tls_from_the_first_octet() {
    // An alert is an answer of TLS: nothing else begins so.
    let alert = seen("ssh", &[b"", b"\x15\x03\x03\x00\x02\x02\x28"]).await;
    assert_eq!(alert.protection, ServiceProtection::Tls);
    let panel = seen("hestia", &[b"", b"\x15\x03\x03\x00\x02\x02\x28"]).await;
    assert_eq!(panel.protection, ServiceProtection::Tls);
}
