//! The old-TLS server, as openssl, sslscan and curl meet it.

mod common;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

use common::{Bench, run};
use midwatch_lab::Defence;

#[test]
fn openssl_completes_the_handshake_in_both_versions_and_with_both_suites() {
    let bench = Bench::start([]);
    for (version, name) in [("-tls1", "TLSv1"), ("-tls1_1", "TLSv1.1")] {
        for suite in ["ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA"] {
            let cipher = format!("{suite}:@SECLEVEL=0");
            let came = bench.s_client(
                "old.example",
                &[version, "-cipher", &cipher, "-legacy_server_connect", "-ign_eof"],
            );
            assert!(came.success, "{version} {suite}: {came:?}");
            assert!(came.out.contains("Verify return code: 0 (ok)"), "{version} {suite}: {came:?}");
            assert!(came.out.contains(&format!("New, TLSv1.0, Cipher is {suite}")), "{came:?}");
            assert!(came.out.contains(&format!("    Protocol  : {name}\n")), "{came:?}");
            assert!(came.out.contains("Secure Renegotiation IS NOT supported"), "{came:?}");
            assert!(came.out.contains("Extended master secret: no"), "{came:?}");
            assert!(came.out.contains("HTTP/1.1 200 OK") && came.out.contains("Your inbox"), "{came:?}");
        }
    }
}

#[test]
fn a_client_of_today_refuses_it_and_a_fallback_is_not_noticed() {
    let bench = Bench::start([]);
    let today = bench.s_client("old.example", &[]);
    assert!(!today.success && today.err.contains("unsafe legacy renegotiation disabled"), "{today:?}");
    let old = ["-legacy_server_connect", "-cipher", "ALL:@SECLEVEL=0", "-ign_eof"];
    let fell = bench.s_client("old.example", &[&old[..], &["-tls1", "-fallback_scsv"]].concat());
    assert!(fell.out.contains("HTTP/1.1 200 OK"), "{fell:?}");
    // A client that speaks newer versions too is led down to TLS 1.1.
    let range = ["-min_protocol", "TLSv1", "-max_protocol", "TLSv1.2"];
    let led = bench.s_client("old.example", &[&old[..], &range].concat());
    assert!(led.out.contains("    Protocol  : TLSv1.1\n"), "{led:?}");
}

#[test]
fn sslscan_sees_it() {
    let bench = Bench::start([]);
    let scan = run(Command::new("sslscan")
        .env("OPENSSL_CONF", bench.old_openssl())
        .args(["--no-colour", "--sni-name=old.example"])
        .arg(bench.address("old.example", 443).to_string()));
    let lines: Vec<String> =
        scan.out.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    for line in [
        "TLSv1.0 enabled",
        "TLSv1.1 enabled",
        "TLSv1.2 disabled",
        "TLSv1.3 disabled",
        "Session renegotiation not supported",
    ] {
        assert!(lines.iter().any(|seen| seen == line), "{line} is not in {lines:#?}");
    }
    for version in ["TLSv1.0", "TLSv1.1"] {
        for suite in [
            "256 bits ECDHE-ECDSA-AES256-SHA",
            "128 bits ECDHE-ECDSA-AES128-SHA",
            "112 bits TLS_ECDHE_ECDSA_WITH_3DES_EDE_CBC_SHA",
        ] {
            assert!(
                lines.iter().any(|line| line.contains(version) && line.contains(suite)),
                "{version} {suite} is not in {lines:#?}"
            );
        }
    }
}

#[test]
fn curl_reads_several_answers_over_one_connection() {
    let bench = Bench::start([]);
    let old = ["--tlsv1.0", "--tls-max", "1.0", "--ciphers", "ALL:@SECLEVEL=0"];
    let both = bench.curl("https://old.example/", &[&old[..], &["https://old.example/inbox"]].concat());
    assert!(both.success, "{both:?}");
    assert!(both.out.contains("Your inbox") && both.out.contains("Nothing new."), "{both:?}");
}

#[test]
fn modern_tls_replaces_it() {
    let bench = Bench::start([Defence::ModernTls]);
    let today = bench.curl("https://old.example/", &["--http2"]);
    assert!(today.out.starts_with("HTTP/2 200"), "{today:?}");
    let old = bench.s_client("old.example", &["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"]);
    assert!(!old.success, "{old:?}");
}

/// Sends bytes and reads what comes until the server closes.
fn say(bench: &Bench, bytes: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(bench.address("old.example", 443)).expect("a listener");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a deadline");
    stream.write_all(bytes).expect("it reads");
    let mut answer = Vec::new();
    // A server that closes with input unread resets the connection: what came before counts.
    let _ = stream.read_to_end(&mut answer);
    answer
}

#[test]
fn what_is_no_hello_is_answered_by_an_alert() {
    let bench = Bench::start([]);
    // The first byte is that of no record: plain HTTP.
    assert_eq!(say(&bench, b"GET / HTTP/1.1\r\n\r\n"), [21, 3, 1, 0, 2, 2, 10]);
    // A record longer than any may be.
    assert_eq!(say(&bench, &[22, 3, 1, 0xff, 0xff]), [21, 3, 1, 0, 2, 2, 22]);
    // A ClientHello whose body is one byte.
    assert_eq!(say(&bench, &[22, 3, 1, 0, 5, 1, 0, 0, 1, 3]), [21, 3, 1, 0, 2, 2, 50]);
    // Another message in its place.
    assert_eq!(say(&bench, &[22, 3, 1, 0, 4, 20, 0, 0, 0]), [21, 3, 1, 0, 2, 2, 10]);
    // A message that claims 16 MiB.
    assert_eq!(say(&bench, &[22, 3, 1, 0, 4, 1, 0xff, 0xff, 0xff]), [21, 3, 1, 0, 2, 2, 50]);
    // A ClientHello of SSL 3.0, byte by byte in records of their own.
    let mut hello = vec![1, 0, 0, 41, 3, 0];
    hello.extend([0; 32]);
    hello.extend([0, 0, 2, 0xc0, 0x09, 1, 0]);
    let cut: Vec<u8> = hello.iter().flat_map(|byte| [22, 3, 0, 0, 1, *byte]).collect();
    assert_eq!(say(&bench, &cut), [21, 3, 1, 0, 2, 2, 70]);
}

#[test]
fn triple_des_is_chosen_where_it_is_all_there_is() {
    let bench = Bench::start([]);
    let mut hello = vec![1, 0, 0, 41, 3, 1];
    hello.extend([0; 32]);
    hello.extend([0, 0, 2, 0xc0, 0x08, 1, 0]);
    let mut record = vec![22, 3, 1, 0, hello.len() as u8];
    record.extend(hello);
    let mut stream = TcpStream::connect(bench.address("old.example", 443)).expect("a listener");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a deadline");
    stream.write_all(&record).expect("it reads");
    let mut answer = [0; 5 + 4 + 2 + 32 + 1 + 2];
    stream.read_exact(&mut answer).expect("a ServerHello");
    assert_eq!((&answer[..3], answer[5], &answer[9..11]), (&[22, 3, 1][..], 2, &[3, 1][..]));
    assert_eq!(answer[44..], [0xc0, 0x08]);
}
