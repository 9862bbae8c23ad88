//! What is PostgreSQL's alone.

use std::io::Read as _;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use midwatch_testbed::pki::{Key, Leaf, Pki};
use midwatch_testbed::postgres::Postgres;
use midwatch_testbed::wait_until;

use super::{look, sample};
use crate::StoreError;
use crate::watch::{Ledger, Place};

fn open(url: &str) -> Result<Ledger, StoreError> {
    Ledger::open(&url.parse().expect("an address"))
}

#[test]
fn a_database_that_goes_away_comes_back_and_nothing_is_half_done() {
    let mut server = Postgres::start();
    let url = server.database();
    let mut ledger = open(&url).expect("memory");
    ledger.put_target(&sample::target(1)).expect("memory");
    look(&mut ledger, "t1", 0, &[(0, 1)], &[], &[]);

    // It is started anew between two calls: nobody notices.
    server.stop();
    server.go_on();
    look(&mut ledger, "t1", 1000, &[(0, 1)], &[], &[]);

    // It goes away in the middle of a transaction.
    let error = ledger.write(|database| {
        database.execute("DELETE FROM watch_target", &[])?;
        server.stop();
        database.execute("DELETE FROM watch_memo", &[])
    });
    let error = error.expect_err("it is away");
    assert!(error.is_away(), "{error}");
    for _ in 0..3 {
        let error = ledger.targets().expect_err("it is away");
        assert!(error.is_away() && error.to_string().contains("cannot be reached: "), "{error}");
    }
    server.go_on();
    assert_eq!(ledger.targets().expect("memory").len(), 1);
    assert_eq!(ledger.memory("t1").expect("memory")[0].latest.count, 2);
    look(&mut ledger, "t1", 2000, &[(0, 1)], &[], &[]);

    // Somebody ends the connection alone, and waits for its end.
    server.sql(
        &url,
        "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE application_name = 'midwatch'",
    );
    assert_eq!(ledger.looks("t1", 9).expect("memory").len(), 3);
}

#[test]
fn a_newer_form_is_refused_and_left_alone_and_steps_are_made_once() {
    let server = Postgres::start();
    let url = server.database();
    // Eight at once make the tables once.
    let all: Vec<_> = (0..8)
        .map(|number| {
            let url = url.clone();
            std::thread::spawn(move || {
                let mut ledger = open(&url).expect("memory");
                look(&mut ledger, "t1", number, &[(0, 1)], &[], &[]);
            })
        })
        .collect();
    for one in all {
        one.join().expect("memory");
    }
    assert_eq!(open(&url).expect("memory").memory("t1").expect("memory")[0].latest.count, 8);
    server.sql(&url, "UPDATE midwatch_form SET number = 99");
    let error = open(&url).expect_err("a newer form").to_string();
    assert!(
        error.contains("newer midwatch") && error.contains("99") && error.contains("update midwatch"),
        "{error}"
    );
    assert_eq!(server.sql(&url, "SELECT number FROM midwatch_form"), "99\n");
}

#[test]
fn passwords_are_asked_for_and_never_told() {
    let server = Postgres::start();
    let url = server.database_by_port();
    open(&url).expect("the right password");
    let wrong = url.replace(Postgres::PASSWORD, "hunter2");
    let error = open(&wrong).expect_err("another password");
    assert!(!error.is_away(), "{error}: asking again would not help");
    let place: Place = wrong.parse().expect("an address");
    for text in [error.to_string(), format!("{error:?}"), place.to_string(), format!("{place:?}")] {
        assert!(!text.contains("hunter2"), "{text}");
    }
    assert!(error.to_string().contains("password authentication failed"), "{error}");
}

#[test]
fn a_certificate_is_checked_and_the_password_bound_to_it() {
    let pki = Pki::new();
    let root = pki.authority("Root", Key::EcP256);
    let other = pki.authority("Other", Key::EcP256);
    let identity = pki.issue(&root, &Leaf::new(&["localhost"]));
    let server = Postgres::with_tls(&identity);
    let url = server.database_by_port().replace("127.0.0.1", "localhost");
    let with = |rest: &str| open(&format!("{url}?{rest}"));
    let mut ledger = with(&format!(
        "sslmode=verify-full&channel_binding=require&sslrootcert={}",
        root.certificate.display()
    ))
    .expect("memory");
    let rows = ledger
        .read(|database| database.query("SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()", &[]));
    assert_eq!(rows.expect("memory")[0].text(0).expect("a version"), "TLSv1.3");
    let error = with(&format!("sslmode=require&sslrootcert={}", other.certificate.display()))
        .expect_err("a stranger");
    assert!(error.to_string().contains("UnknownIssuer"), "{error}");
    let name = url.replace("localhost", "127.0.0.1");
    let error = open(&format!("{name}?sslmode=require&sslrootcert={}", root.certificate.display()));
    assert!(error.expect_err("another name").to_string().contains("not valid for name"));
    let error = with("sslmode=require&sslrootcert=/no/such/file").expect_err("no file").to_string();
    assert!(error.contains("/no/such/file"), "{error}");
}

#[test]
fn a_server_that_never_answers_is_not_waited_for_for_ever() {
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = silent.local_addr().expect("an address").port();
    let holder = std::thread::spawn(move || {
        // It takes the greeting and says nothing.
        let (mut stream, _) = silent.accept().expect("a connection");
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let started = Instant::now();
    let error = open(&format!("postgres://me@127.0.0.1:{port}/watch")).expect_err("silence");
    assert!(error.is_away() && error.to_string().contains("within 10 seconds"), "{error}");
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
    assert!(wait_until(Duration::from_secs(10), || holder.is_finished()), "the connection is left open");
}
