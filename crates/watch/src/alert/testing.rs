//! Alerts for the tests.

use midwatch_model::{
    ALERT_SCHEMA, Alert, AlertKind, AttackId, Change, Event, EventState, Likelihood, Severity, Time,
};

/// When everything in the tests happens.
pub(crate) fn now() -> Time {
    "2026-11-30T02:41:00Z".parse().expect("a time")
}

/// An event of the rule of new issuers.
pub(crate) fn event(id: i64, target: &str, severity: Severity) -> Event {
    Event {
        id,
        target: target.to_owned(),
        change: Change {
            id: "certificate-new-issuer".to_owned(),
            severity,
            likelihood: Likelihood::Suspicious,
            title: "shop.example:443 shows a certificate from another issuer".to_owned(),
            place: "shop.example:443".to_owned(),
            expected: vec![
                "CN=R11, O=Let's Encrypt, until 2027-01-14, key 5e:88:48:98".to_owned(),
                "CN=R10, O=Let's Encrypt, until 2026-12-20, key 5e:88:48:98".to_owned(),
            ],
            met: vec!["CN=Corporate Gateway CA, until 2036-01-01, key a6:65:a4:59".to_owned()],
            because: vec![
                "No public root programme trusts the issuer.".to_owned(),
                "CAA of shop.example names letsencrypt.org alone.".to_owned(),
            ],
            benign: vec!["A proxy of the company's own that opens TLS for inspection.".to_owned()],
            advice: "Do not enter passwords there. Ask whoever runs the site, over another way, whether the \
                     certificate with this fingerprint is theirs."
                .to_owned(),
            attacks: vec![AttackId::Impersonation],
            source: "RFC 8659 section 3; CA/Browser Forum Baseline Requirements section 3.2.2.8".to_owned(),
            was: None,
            is: None,
        },
        at: now(),
        last: now(),
        times: 1,
        went_back: false,
        state: EventState::Open,
    }
}

fn alert(kind: AlertKind, severity: Severity, title: &str, events: Vec<Event>) -> Alert {
    Alert {
        schema: ALERT_SCHEMA.to_owned(),
        at: now(),
        kind,
        target: "shop".to_owned(),
        name: "The shop".to_owned(),
        severity,
        title: title.to_owned(),
        events,
        lines: Vec::new(),
    }
}

/// One change.
pub(crate) fn issuer() -> Alert {
    let event = event(12, "shop", Severity::High);
    let title = event.change.title.clone();
    alert(AlertKind::Changes, Severity::High, &title, vec![event])
}

/// Two changes, of which one goes back and forth, and a line beside them.
pub(crate) fn several() -> Alert {
    let first = event(12, "shop", Severity::High);
    let mut second = event(13, "shop", Severity::Low);
    second.change.id = "header-lost".to_owned();
    second.change.title = "https://shop.example/ no longer sends Strict-Transport-Security".to_owned();
    second.change.place = "https://shop.example/".to_owned();
    second.change.likelihood = Likelihood::Unclear;
    second.change.expected = vec!["strict-transport-security: max-age=31536000".to_owned()];
    second.change.met = vec!["no such header".to_owned()];
    second.change.benign = Vec::new();
    second.times = 3;
    second.went_back = true;
    let mut alert = alert(AlertKind::Changes, Severity::High, "The shop: 2 changes", vec![first, second]);
    alert.lines = vec!["One of two addresses did not answer.".to_owned()];
    alert
}

/// A test.
pub(crate) fn test() -> Alert {
    Alert {
        target: String::new(),
        name: String::new(),
        ..alert(AlertKind::Test, Severity::Info, "Test of alerts from watch.example", Vec::new())
    }
}

/// A change whose texts try to be more than text.
pub(crate) fn hostile() -> Alert {
    let mut event = event(0, "shop", Severity::Critical);
    event.change.title =
        "x\r\nBcc: everybody@example\r\n\r\n<!channel> <b>&amp;</b>\u{202e}gpj.exe".to_owned();
    event.change.met = vec!["CN=\u{1b}[2J\u{9b}31m\u{200b}\0, O=*bold* `code` ]\"\\".to_owned()];
    event.change.advice = "One\nMESSAGE=forged\nPRIORITY=7\n.\nQUIT".to_owned();
    event.change.place = "a\tb".to_owned();
    let title = event.change.title.clone();
    alert(AlertKind::Changes, Severity::Critical, &title, vec![event])
}
