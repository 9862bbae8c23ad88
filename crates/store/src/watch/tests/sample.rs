//! Things to remember, made from small numbers.

use std::collections::BTreeMap;

use midwatch_model::{
    ALERT_SCHEMA, Alert, AlertKind, AttackId, AttackVerdict, Because, Change, Confidence, Event, EventState,
    Finding, Fix, Host, Likelihood, Memo, PathHop, PathMark, Remembered, Severity, State, Station, Target,
    TargetReport, Time, Verdict,
};

use crate::watch::{NewAlert, Origin, WatchTarget};

/// So many milliseconds after a moment.
pub(crate) fn at(millis: i64) -> Time {
    Time::from_millisecond(1_796_000_000_000 + millis).expect("a time")
}

pub(crate) fn severity(number: u8) -> Severity {
    Severity::ALL[usize::from(number) % 5]
}

/// A target; its name and its tags have letters that are something else to LIKE, and some that have a case.
pub(crate) fn target(number: u8) -> WatchTarget {
    let host = Host::Name(format!("host{number}.example"));
    let names = ["Zürich_Shop", "100% shop", "ähnlich", "Mail!"];
    WatchTarget {
        id: format!("t{number}"),
        name: names[usize::from(number) % 4].to_owned(),
        target: Target::Tls {
            input: format!("HOST{number}.example"),
            host,
            port: 443,
            sni: None,
            starttls: None,
        },
        origin: if number.is_multiple_of(2) { Origin::File } else { Origin::Person { by: "someone".into() } },
        every: 3600 + u64::from(number),
        paused: number == 3,
        added: at(0),
        tags: vec![format!("Tag_{number}")],
    }
}

/// One of three places and two kinds, with one of a few values.
pub(crate) fn memo(number: u8, value: u8) -> Memo {
    let place = format!("host{}.example", number % 3);
    let text = format!("value \u{0} \"{value}\" é");
    let what = if number.is_multiple_of(2) {
        Remembered::Caa { records: vec![text] }
    } else {
        Remembered::Headers { fields: BTreeMap::from([("strict-transport-security".to_owned(), text)]) }
    };
    Memo { place, what }
}

/// A report with a finding of each of these severities.
pub(crate) fn report(severities: &[u8]) -> TargetReport {
    let finding = |number: &u8| Finding {
        id: "tls-old-version".into(),
        severity: severity(*number),
        confidence: Confidence::Certain,
        title: "An old version".into(),
        place: "host.example:443".into(),
        gain: "reads along".into(),
        from: vec![Station::Network],
        evidence: vec![],
        attacks: vec![AttackId::Eavesdropping],
        benign: vec![],
        fix: Fix::default(),
        source: "RFC 8996".into(),
    };
    let verdict = if severities.is_empty() { Verdict::Protected } else { Verdict::Exposed };
    let mark = PathMark { verdict, attacks: vec![AttackId::Eavesdropping], because: "so it is".into() };
    TargetReport {
        target: target(0).target,
        state: if severities.len() > 2 { State::Partly } else { State::Measured },
        error: (severities.len() > 2).then(|| "not all of it: \u{0} time-out".to_owned()),
        observations: vec![],
        findings: severities.iter().map(finding).collect(),
        attacks: vec![AttackVerdict {
            id: AttackId::Eavesdropping,
            verdict,
            because: vec![Because { text: "because".into(), findings: vec![], observations: vec![] }],
            remains: vec![],
        }],
        path: vec![PathHop { station: Station::Network, mark }],
    }
}

/// An event that is not kept yet.
pub(crate) fn event(target: &str, number: u8, time: Time) -> Event {
    let (was, is) = (memo(number, 1), memo(number, 2));
    Event {
        id: 0,
        target: target.to_owned(),
        change: Change {
            id: "certificate-new-issuer".into(),
            severity: severity(number),
            likelihood: Likelihood::Unclear,
            title: format!("Änderung {number}"),
            place: was.place.clone(),
            expected: vec!["one".into()],
            met: vec![format!("other {number}")],
            because: vec!["a rule".into()],
            benign: vec![],
            advice: "look".into(),
            attacks: vec![AttackId::Impersonation],
            source: "RFC 8659".into(),
            was: Some(was),
            is: Some(is),
        },
        at: time,
        last: time,
        times: 1,
        went_back: false,
        state: EventState::Open,
    }
}

/// An alert about events.
pub(crate) fn alert(target: &str, number: u8, due: Time, events: Vec<Event>) -> NewAlert {
    NewAlert {
        key: format!("{target}/{number}"),
        channel: format!("channel{}", number % 2),
        due,
        alert: Alert {
            schema: ALERT_SCHEMA.into(),
            at: due,
            kind: AlertKind::Changes,
            target: target.to_owned(),
            name: "A name".into(),
            severity: severity(number),
            title: "Something changed".into(),
            events,
            lines: vec![],
        },
    }
}
