//! Entries for systemd's journal.

use midwatch_testbed::journald::Journald;
use midwatch_watch::alert::short_key;

use crate::{patient, sample, send};

#[tokio::test]
async fn the_journal_keeps_each_field() {
    let journald = Journald::start();
    let settings = format!("kind = 'journald'\npath = '{}'", journald.socket().display());
    send(&settings, "one", &sample::issuer(), &patient()).await.unwrap();
    let entry = journald.entries(&format!("MIDWATCH_KEY_SHORT={}", short_key("one")));
    let json: serde_json::Value = serde_json::from_str(&entry).unwrap_or_else(|_| panic!("{entry}"));
    for (field, value) in [
        ("MESSAGE_ID", "72f1abf7c2f34bde904e3f3de0c8836d"),
        ("PRIORITY", "3"),
        ("SYSLOG_IDENTIFIER", "midwatch"),
        ("MIDWATCH_KEY", "one"),
        ("MIDWATCH_TARGET", "shop"),
        ("MIDWATCH_NAME", "The shop"),
        ("MIDWATCH_SEVERITY", "high"),
        ("MIDWATCH_RULE", "certificate-new-issuer"),
        ("MIDWATCH_WHERE", "shop.example:443"),
        ("MIDWATCH_EVENT", "12"),
        ("MIDWATCH_URL", "https://midwatch.shop.example/events/12"),
    ] {
        assert_eq!(json[field], value, "{field}: {entry}");
    }
    assert!(
        json["MESSAGE"].as_str().unwrap().starts_with("high The shop: shop.example:443 shows"),
        "{entry}"
    );
    // With its line ends.
    assert!(
        json["MIDWATCH_TEXT"].as_str().unwrap().contains("\n\nWhat to do now\n  Do not enter"),
        "{entry}"
    );

    // What a hostile peer wrote begins no field.
    send(&settings, "two", &sample::hostile(), &patient()).await.unwrap();
    let entry = journald.entries(&format!("MIDWATCH_KEY_SHORT={}", short_key("two")));
    let json: serde_json::Value = serde_json::from_str(&entry).unwrap_or_else(|_| panic!("{entry}"));
    assert_eq!(json["PRIORITY"], "1");
    assert!(json["MESSAGE"].is_string(), "{entry}");

    // The journal's own syslog socket takes the form of syslog(3).
    let settings =
        format!("kind = 'syslog'\nfacility = 'authpriv'\npath = '{}'", journald.syslog().display());
    send(&settings, "three", &sample::issuer(), &patient()).await.unwrap();
    let entry = journald.entries("SYSLOG_FACILITY=10");
    let json: serde_json::Value = serde_json::from_str(&entry).unwrap_or_else(|_| panic!("{entry}"));
    assert_eq!((&json["PRIORITY"], &json["SYSLOG_IDENTIFIER"]), (&"3".into(), &"midwatch".into()), "{entry}");
    assert!(json["MESSAGE"].as_str().unwrap().starts_with("key="), "{entry}");
}
