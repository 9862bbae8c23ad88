use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use midwatch_model::{TlsEnforcement, TlsFailureKind, TlsPolicyKind};
use proptest::prelude::*;

use super::*;

/// The report of RFC 8460, appendix B.
const OF_THE_RFC: &str = r#"{
  "organization-name": "Company-X",
  "date-range": { "start-datetime": "2016-04-01T00:00:00Z", "end-datetime": "2016-04-01T23:59:59Z" },
  "contact-info": "sts-reporting@company-x.example",
  "report-id": "5065427c-23d3-47ca-b6e0-946ea0e8c4be",
  "policies": [{
    "policy": {
      "policy-type": "sts",
      "policy-string": ["version: STSv1","mode: testing","mx: *.mail.company-y.example","max_age: 86400"],
      "policy-domain": "company-y.example",
      "mx-host": ["*.mail.company-y.example"]
    },
    "summary": { "total-successful-session-count": 5326, "total-failure-session-count": 303 },
    "failure-details": [{
      "result-type": "certificate-expired",
      "sending-mta-ip": "2001:db8:abcd:0012::1",
      "receiving-mx-hostname": "mx1.mail.company-y.example",
      "failed-session-count": 100
    }, {
      "result-type": "starttls-not-supported",
      "sending-mta-ip": "2001:db8:abcd:0013::1",
      "receiving-mx-hostname": "mx2.mail.company-y.example",
      "receiving-ip": "203.0.113.56",
      "failed-session-count": 200,
      "additional-information": "https://reports.company-x.example/report_info?id=5065427c-23d3#StarttlsNotSupported"
    }, {
      "result-type": "validation-failure",
      "sending-mta-ip": "198.51.100.62",
      "receiving-ip": "203.0.113.58",
      "receiving-mx-hostname": "mx-backup.mail.company-y.example",
      "failed-session-count": 3,
      "failure-reason-code": "X509_V_ERR_PROXY_PATH_LENGTH_EXCEEDED"
    }]
  }]
}"#;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("memory takes it");
    encoder.finish().expect("memory takes it")
}

fn one(bytes: &[u8]) -> TlsReport {
    let mut found = of_bytes(bytes).expect("it looks like a report");
    assert_eq!((found.reports.len(), found.broken.as_slice()), (1, [].as_slice()));
    found.reports.remove(0)
}

#[test]
fn the_report_of_the_rfc() {
    let report = one(OF_THE_RFC.as_bytes());
    assert_eq!(report.sender(), "Company-X");
    assert_eq!(report.sessions(), (5326, 303));
    assert_eq!(report.odd, [""; 0]);
    let policy = &report.policies[0];
    assert_eq!((&policy.policy, policy.enforcement()), (&TlsPolicyKind::Sts, TlsEnforcement::Open));
    assert_eq!(policy.told(), 303);
    let kinds: Vec<_> = policy.failures.iter().map(|failure| failure.result.clone()).collect();
    let wanted = [
        TlsFailureKind::CertificateExpired,
        TlsFailureKind::StarttlsNotSupported,
        TlsFailureKind::ValidationFailure,
    ];
    assert_eq!(kinds, wanted);
    assert_eq!(policy.failures[2].code.as_deref(), Some("X509_V_ERR_PROXY_PATH_LENGTH_EXCEEDED"));
    assert_eq!(one(&gzip(OF_THE_RFC.as_bytes())), report);
}

#[test]
fn reports_as_they_are_written_in_practice() {
    // One text where a list should be, counts as texts and doubles, fractions of seconds, a list of one as an object.
    let report = one(br#"{"organization-name":"Some Mail","date-range":{"start-datetime":"2026-11-01T00:00:00.123Z",
        "end-datetime":"2026-11-01T23:59:59"},"report-id":17,"policies":{"policy":{"policy-type":"STS",
        "policy-string":"version: STSv1\r\nmode: enforce\nmx: mx.example\n","policy-domain":"Example.ORG.",
        "mx-host":"MX.example."},"summary":{"total-successful-session-count":"5","total-failure-session-count":2.0},
        "failure-details":[{"result-type":"sts-policy-fetch-error","failed-session-count":2},null]}}"#);
    let policy = &report.policies[0];
    assert_eq!((report.report_id.as_deref(), report.contact.as_deref()), (Some("17"), None));
    assert!(report.from < report.until && report.odd.is_empty(), "{:?}", report.odd);
    assert_eq!(
        (policy.mode().as_deref(), policy.mx.as_slice()),
        (Some("enforce"), ["mx.example".to_owned()].as_slice())
    );
    assert_eq!(policy.domain.as_deref(), Some("example.org"));
    assert_eq!((policy.successful, policy.failed, policy.failures.len()), (Some(5), Some(2), 1));

    // Microsoft leaves the policy out where it could not fetch one; Postfix leaves the domain out without a policy.
    let report = one(
        br#"{"policies":[{"policy":{"policy-type":"no-policy-found"},"summary":{},"failure-details":null}]}"#,
    );
    assert_eq!((report.sender(), report.sessions()), ("a sender without a name", (0, 0)));
    assert_eq!((report.policies[0].successful, &report.policies[0].domain), (None, &None));
}

#[test]
fn what_cannot_be_understood_is_told_and_counts_nowhere() {
    let report = one(br#"{"organization-name":["x"],"date-range":{"start-datetime":"yesterday","end-datetime":"2026-11-01T00:00:00Z"},
        "policies":[{"summary":{"total-successful-session-count":-3,"total-failure-session-count":1.5},
        "failure-details":[{"result-type":"new-thing","failed-session-count":{"a":1}}]}]}"#);
    let policy = &report.policies[0];
    assert_eq!((policy.successful, policy.failed, policy.failures[0].sessions), (None, None, None));
    assert_eq!(policy.failures[0].result, TlsFailureKind::Other("new-thing".into()));
    assert_eq!(report.odd.len(), 4, "{:?}", report.odd);
    for (wrong, told) in [
        ("{", "EOF"),
        (r#"{"a":1}"#, "'policies'"),
        (r#"{"policies":[]} {}"#, "trailing"),
        (r#"{"policies":7}"#, "list of objects"),
    ] {
        let found = of_bytes(wrong.as_bytes()).expect("it looks like JSON");
        assert!(found.broken[0].detail.contains(told), "{wrong}: {found:?}");
    }
    for (bytes, told) in [
        (b"".as_slice(), "empty"),
        (b"PK\x03\x04rest", "ZIP"),
        (b"<feedback>", "neither an object"),
        (b"[{}]", "neither an object"),
    ] {
        let why = of_bytes(bytes).expect_err("it is no report");
        assert!(why.detail.contains(told), "{why}");
    }
}

#[test]
fn sizes_are_bounded() {
    let bomb = gzip(&vec![b' '; MAX_REPORT + 1]);
    let found = of_bytes(&bomb).expect("it looks like gzip");
    assert!(bomb.len() < 1024 * 1024 && found.broken[0].detail.contains("32 MiB"), "{found:?}");
    assert!(found.octets > MAX_REPORT);

    let nested = format!("{{\"policies\":{}1{}}}", "[".repeat(100_000), "]".repeat(100_000));
    let _ = of_bytes(nested.as_bytes());
    let nested = format!("{{\"x\":{}1{},\"policies\":[]}}", "[".repeat(100_000), "]".repeat(100_000));
    let _ = of_bytes(nested.as_bytes());

    let policy = r#"{"policy":{"policy-type":"sts"}},"#.repeat(1_500);
    let many = format!("{{\"policies\":[{}]}}", policy.trim_end_matches(','));
    let report = one(many.as_bytes());
    assert_eq!((report.policies.len(), report.odd.len()), (200, 1));
}

#[test]
fn what_is_broken_early_uses_up_no_room() {
    let packed = gzip(OF_THE_RFC.as_bytes());
    let cut = &packed[..80];
    assert!(of_bytes(cut).expect("it looks like gzip").octets < 1000);
    let mail = message("application/tlsrpt+gzip", "base64", &base64(cut));
    let found = of_bytes(mail.as_bytes()).expect("it looks like a message");
    assert!(found.octets < 1000 && found.broken.len() == 1, "{found:?}");
}

#[test]
fn messages_in_messages_end() {
    for deep in ["Content-Type: message/rfc822\n\n", "Content-Type: multipart/mixed; boundary=x\n\n--x\n"] {
        let found = of_bytes(deep.repeat(100_000).as_bytes()).expect("it looks like a message");
        assert_eq!(found, Found::default());
    }
}

fn message(kind: &str, coding: &str, body: &str) -> String {
    format!(
        "From: a@sender.example\r\nTLS-Report-Domain: Example.org\r\nDKIM-Signature: v=1; d=sender.example; s=x\r\n\
         Content-Type: multipart/report; report-type=\"tlsrpt\";\r\n boundary=\"=_b\"\r\n\r\nfor others\r\n--=_b\r\n\
         Content-Type: text/plain\r\n\r\nA report.\r\n--=_b  \r\nContent-Type: {kind}\r\n\
         Content-Transfer-Encoding: {coding}\r\n\r\n{body}\r\n--=_b--\r\nthe end"
    )
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    let text = base64::engine::general_purpose::STANDARD.encode(bytes);
    text.as_bytes().chunks(76).map(|line| format!("{}\r\n", String::from_utf8_lossy(line))).collect()
}

#[test]
fn messages_with_reports() {
    let bare = one(OF_THE_RFC.as_bytes());
    let packed = base64(&gzip(OF_THE_RFC.as_bytes()));
    for message in [
        message("application/tlsrpt+gzip", "base64", &packed),
        message("application/tlsrpt+json", "8bit", OF_THE_RFC),
        message("application/octet-stream; name=\"a!company-y.example!1!2!3.json.gz\"", "Base64", &packed),
    ] {
        let report = one(message.as_bytes());
        assert_eq!(report.signed_by, ["sender.example"]);
        assert_eq!(TlsReport { signed_by: vec![], ..report }, bare);
        let forwarded = format!("Subject: Fwd\nContent-Type: message/rfc822\n\n{message}");
        assert_eq!(one(forwarded.as_bytes()).policies, bare.policies);
    }
    let without = r#"{"policies":[{"policy":{"policy-type":"no-policy-found"}}]}"#;
    let report = one(message("application/tlsrpt+json", "7bit", without).as_bytes());
    assert_eq!(report.policies[0].domain.as_deref(), Some("example.org"));

    let broken =
        of_bytes(message("application/tlsrpt+gzip", "base64", &packed[..80]).as_bytes()).expect("a message");
    assert_eq!((broken.reports.len(), broken.broken.len()), (0, 1));
    let other = message("application/gzip", "base64", &base64(&gzip(b"<feedback/>")));
    let other = other.replace("; report-type=\"tlsrpt\"", "").replace("TLS-Report-Domain", "X");
    let found = of_bytes(other.as_bytes()).expect("a message");
    assert_eq!((found.reports, found.broken), (vec![], vec![]));

    // Each part of a message may be small and unpack to much: all of them together are bounded.
    let bomb = base64(&gzip(&vec![b' '; MAX_REPORT - 1]));
    let part = format!(
        "{bomb}--=_b\r\nContent-Type: application/tlsrpt+gzip\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    );
    let many = message("application/tlsrpt+gzip", "base64", &part.repeat(20));
    let found = of_bytes(many.as_bytes()).expect("a message");
    assert!(found.octets <= 3 * MAX_REPORT && found.broken.iter().any(|why| why.kind == ReasonKind::Limit));
}

fn texts(paths: &[&std::path::Path]) -> Vec<String> {
    paths.iter().map(|path| path.to_str().expect("UTF-8").to_owned()).collect()
}

#[test]
fn directories_mboxes_and_repeated_reports() {
    let directory = tempfile::tempdir().expect("room for a directory");
    let at = |name: &str| directory.path().join(name);
    let write = |name: &str, bytes: &[u8]| std::fs::write(at(name), bytes).expect("room for a file");
    std::fs::create_dir_all(at("mail/cur")).expect("room for a directory");
    let second = OF_THE_RFC.replace("5065427c", "second").replace("Company-X", "Another");
    let mail = message("application/tlsrpt+gzip", "base64", &base64(&gzip(second.as_bytes())));
    write("mail/cur/1:2,S", mail.as_bytes());
    write("mail/cur/2:2,S", b"Subject: lunch\n\nAt noon?\n");
    write("mail/cur/picture", b"\x89PNG");
    write("mail/broken.json", b"{\"policies\":[");
    std::os::unix::fs::symlink(at("mail"), at("mail/circle")).expect("a link");
    write("a.json", OF_THE_RFC.as_bytes());
    write("b.json.gz", &gzip(OF_THE_RFC.replace("303", "304").as_bytes()));
    write("box", format!("From a Mon\n{mail}\n\nFrom b Tue\nSubject: x\n\ny\n").as_bytes());
    write("nothing", b"Subject: lunch\n\nAt noon?\n");

    let read = read(&texts(&[
        &at("a.json"),
        &at("b.json.gz"),
        &at("mail"),
        &at("box"),
        &at("nothing"),
        &at("none"),
    ]));
    let senders: Vec<_> = read.reports.iter().map(|report| (report.sender(), report.repeated)).collect();
    assert_eq!(senders, [("Another", 1), ("Company-X", 1)]);
    assert!(read.reports[1].odd[0].contains("other figures"), "{:?}", read.reports[1].odd);
    let files = &read.files;
    assert_eq!((files.files, files.reports, files.repeated, files.without), (8, 2, 2, 4));
    assert_eq!(files.unread.len(), 1);
    assert!(files.unread[0].file.ends_with("mail/broken.json"), "{files:?}");
    let nothing: Vec<_> = read.nothing.iter().map(|(_, why)| why.detail.as_str()).collect();
    assert_eq!(nothing, ["no report (RFC 8460) is in it; name files that hold some", "it is not there"]);
}

proptest! {
    #[test]
    fn no_octets_break_it(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = of_bytes(&bytes);
        let _ = of_bytes(&gzip(&bytes));
        let _ = message::reports(&bytes);
    }

    #[test]
    fn no_change_of_a_report_breaks_it(at in 0_usize..1500, byte: u8, cut in 0_usize..1500) {
        let mut bytes = OF_THE_RFC.as_bytes().to_vec();
        let length = bytes.len();
        bytes[at % length] = byte;
        let _ = of_bytes(&bytes);
        let _ = of_bytes(&bytes[..cut % length]);
        let packed = gzip(OF_THE_RFC.as_bytes());
        let mut changed = packed.clone();
        changed[at % packed.len()] = byte;
        let _ = of_bytes(&changed);
    }

    #[test]
    fn whatever_is_in_a_report_comes_out_bounded(text in "\\PC{0,600}", count: u64) {
        let json = serde_json::json!({ "organization-name": text, "policies": [{
            "policy": { "policy-type": text, "policy-domain": text, "policy-string": text },
            "summary": { "total-successful-session-count": count, "total-failure-session-count": text },
            "failure-details": [{ "result-type": text, "failed-session-count": count }],
        }]});
        let report = one(json.to_string().as_bytes());
        prop_assert_eq!(report.policies[0].successful, Some(count));
        let written = serde_json::to_string(&report).expect("JSON");
        prop_assert!(written.len() < 60_000);
        prop_assert_eq!(serde_json::from_str::<TlsReport>(&written).expect("the same"), report);
    }
}
