//! Made-up data for tests, examples and screenshots.

pub mod desk;

use std::collections::BTreeMap;

use midwatch_model::{
    ALERT_SCHEMA, Alert, AlertKind, AttackId, CertificateMemo, Change, Event, EventState, FindingMemo,
    History, HostKeyMemo, KeptMemo, Likelihood, Memo, Remembered, Severity, State, Target, TargetReport,
    Time, TlsVersion,
};
use midwatch_report::sample;

use crate::pages::overview::Digest;
use crate::reader::{Reader, Role};
use midwatch_store::watch::{LookLine, Origin, OutboxEntry, OutboxState, Summary, WatchTarget};

/// The moment at which all samples are.
pub fn now() -> Time {
    at("2026-11-30T12:00:00Z")
}

fn at(text: &str) -> Time {
    text.parse().expect("a moment")
}

/// Somebody with this role.
pub fn reader(role: Role) -> Reader {
    Reader {
        name: "elizabeth".into(),
        scopes: role.scopes().to_vec(),
        csrf: "sample-csrf".into(),
        address: "192.0.2.1".into(),
    }
}

/// A target with this id and name.
pub fn target(id: &str, name: &str, target: Target) -> WatchTarget {
    WatchTarget {
        id: id.into(),
        name: name.into(),
        target,
        origin: Origin::Person { by: "david".into() },
        every: 21_600,
        paused: false,
        added: at("2026-09-01T08:00:00Z"),
        tags: vec!["shop".into(), "public".into()],
    }
}

/// A summary of a target and its report.
pub fn summary(target: WatchTarget, report: Option<&TargetReport>) -> Summary {
    let mut counts = [0; 5];
    for finding in report.iter().flat_map(|report| &report.findings) {
        counts[finding.severity as usize] += 1;
    }
    Summary {
        target,
        looked: report.map(|_| at("2026-11-30T10:41:12Z")),
        next: Some(at("2026-11-30T16:52:00Z")),
        state: report.map(|report| report.state),
        error: report.and_then(|report| report.error.clone()),
        worst: report.and_then(|report| report.findings.iter().map(|finding| finding.severity).max()),
        counts,
        verdicts: report
            .map(|report| report.attacks.iter().map(|attack| (attack.id, attack.verdict)).collect())
            .unwrap_or_default(),
        path: report.map(|report| report.path.clone()).unwrap_or_default(),
        open_events: 0,
        worst_event: None,
    }
}

/// The reports of the sample targets, with their ids and names.
pub fn reports() -> Vec<(WatchTarget, Option<TargetReport>)> {
    let report = sample::report().targets.remove(0);
    let sound = sample::sound().targets.remove(0);
    let here = sample::here().targets.remove(0);
    let ssh = sample::ssh().targets.remove(0);
    let silent = TargetReport {
        state: State::NotMeasured,
        error: Some("no such name: the resolver says that old.example does not exist".into()),
        observations: Vec::new(),
        findings: Vec::new(),
        attacks: Vec::new(),
        path: Vec::new(),
        ..report.clone()
    };
    let of = |id: &str, name: &str, report: &TargetReport| {
        (target(id, name, report.target.clone()), Some(report.clone()))
    };
    let mut all = vec![
        of("shop", "The shop", &report),
        of("here", "this computer", &here),
        of("git", "git.example", &ssh),
        of("bank", "bank.example", &sound),
        of("old", "old.example", &silent),
    ];
    all[4].0.paused = true;
    all[4].0.tags.clear();
    all[1].0.origin = Origin::File;
    all.push((target("new", "new.example", report.target.clone()), None));
    all
}

/// Summaries of the sample targets, the worst first.
pub fn summaries() -> Vec<Summary> {
    let mut all: Vec<Summary> =
        reports().into_iter().map(|(target, report)| summary(target, report.as_ref())).collect();
    all.sort_by_key(|one| std::cmp::Reverse(one.worst));
    if let Some(first) = all.first_mut() {
        first.open_events = 2;
        first.worst_event = Some(Severity::High);
    }
    all
}

/// The digest of [`summaries`].
pub fn digest() -> Digest {
    let mut digest = Digest::default();
    summaries().iter().for_each(|one| digest.add(one));
    digest
}

fn certificate(letter: char, issuer: &str, from: &str, to: &str) -> CertificateMemo {
    CertificateMemo {
        sha256: letter.to_string().repeat(64),
        spki_sha256: letter.to_ascii_uppercase().to_string().repeat(64).to_ascii_lowercase(),
        subject: "CN=shop.example".into(),
        issuer: issuer.into(),
        names: vec!["shop.example".into(), "www.shop.example".into()],
        not_before: at(from),
        not_after: at(to),
        logged: Some(true),
        public: Some(true),
        trusted: Some(true),
    }
}

fn kept(place: &str, what: Remembered, first: &str, last: &str, count: u64) -> KeptMemo {
    KeptMemo { memo: Memo { place: place.into(), what }, first: at(first), last: at(last), count }
}

/// What is remembered of the shop.
pub fn memory() -> Vec<History> {
    let certificates = |one| Remembered::Certificates { certificates: vec![one] };
    let addresses = |last: u8| Remembered::Addresses { addresses: vec![[192, 0, 2, last].into()] };
    let headers = |all: &[(&str, &str)]| Remembered::Headers {
        fields: all
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect::<BTreeMap<_, _>>(),
    };
    vec![
        History {
            latest: kept(
                "shop.example:443",
                certificates(certificate(
                    'd',
                    "CN=R11, O=Other Authority",
                    "2026-11-28T00:00:00Z",
                    "2027-02-26T00:00:00Z",
                )),
                "2026-11-28T04:40:00Z",
                "2026-11-30T10:41:12Z",
                11,
            ),
            earlier: vec![
                kept(
                    "shop.example:443",
                    certificates(certificate(
                        'b',
                        "CN=E6, O=Let's Encrypt",
                        "2026-10-15T00:00:00Z",
                        "2027-01-13T00:00:00Z",
                    )),
                    "2026-10-15T10:00:00Z",
                    "2026-11-27T22:40:00Z",
                    172,
                ),
                kept(
                    "shop.example:443",
                    certificates(certificate(
                        'a',
                        "CN=E6, O=Let's Encrypt",
                        "2026-08-15T00:00:00Z",
                        "2026-11-13T00:00:00Z",
                    )),
                    "2026-09-01T08:05:00Z",
                    "2026-10-15T04:00:00Z",
                    176,
                ),
            ],
        },
        History {
            latest: kept("shop.example", addresses(80), "2026-09-20T08:05:00Z", "2026-11-30T10:41:12Z", 301),
            earlier: vec![kept(
                "shop.example",
                addresses(7),
                "2026-09-01T08:05:00Z",
                "2026-09-20T02:00:00Z",
                74,
            )],
        },
        History {
            latest: kept(
                "https://shop.example/",
                headers(&[("x-frame-options", "DENY")]),
                "2026-11-29T16:00:00Z",
                "2026-11-30T10:41:12Z",
                4,
            ),
            earlier: vec![kept(
                "https://shop.example/",
                headers(&[("strict-transport-security", "max-age=31536000"), ("x-frame-options", "DENY")]),
                "2026-09-01T08:05:00Z",
                "2026-11-29T10:00:00Z",
                355,
            )],
        },
        History {
            latest: kept(
                "shop.example:443",
                Remembered::Tls { versions: vec![TlsVersion::Tls12, TlsVersion::Tls13], weak_suites: vec![] },
                "2026-09-01T08:05:00Z",
                "2026-11-30T10:41:12Z",
                359,
            ),
            earlier: vec![],
        },
        History {
            latest: kept(
                "git.shop.example:22",
                Remembered::HostKeys {
                    keys: vec![HostKeyMemo {
                        key_type: "ssh-ed25519".into(),
                        fingerprint: "SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU".into(),
                        blob: "AAAA".into(),
                    }],
                },
                "2026-09-01T08:05:00Z",
                "2026-11-30T10:41:12Z",
                359,
            ),
            earlier: vec![],
        },
        History {
            latest: kept(
                "shop.example",
                Remembered::Findings {
                    findings: vec![FindingMemo {
                        id: "hsts-missing".into(),
                        place: "https://shop.example/".into(),
                        severity: Severity::High,
                        title: "A plain http request can be made, since HSTS is missing".into(),
                        rests_on: Vec::new(),
                    }],
                    measured: Vec::new(),
                    by: String::new(),
                },
                "2026-11-29T16:00:00Z",
                "2026-11-30T10:41:12Z",
                4,
            ),
            earlier: vec![],
        },
    ]
}

/// Changes of the shop, the newest first.
pub fn events() -> Vec<Event> {
    let memory = memory();
    let change = |id: &str,
                  severity,
                  likelihood,
                  title: &str,
                  place: &str,
                  expected: &[&str],
                  met: &[&str]| {
        Change {
        id: id.into(),
        severity,
        likelihood,
        title: title.into(),
        place: place.into(),
        expected: expected.iter().map(|line| (*line).to_owned()).collect(),
        met: met.iter().map(|line| (*line).to_owned()).collect(),
        because: vec![
            "CAA allows any authority: `shop.example` has no CAA record.".into(),
            "The certificate is in two logs, so its owner can see it there.".into(),
        ],
        benign: vec!["The owner went to another authority.".into()],
        advice: "Ask the server's owner whether they have changed the authority. Where they have not, revoke the certificate."
            .into(),
        attacks: vec![AttackId::Impersonation, AttackId::Eavesdropping],
        source: "RFC 8659; RFC 6962".into(),
        was: None,
        is: None,
    }
    };
    let event = |id, change, when: &str, state| Event {
        id,
        target: "shop".into(),
        change,
        at: at(when),
        last: at(when),
        times: 1,
        went_back: false,
        state,
    };
    let mut vanished = change(
        "header-disappeared",
        Severity::High,
        Likelihood::Suspicious,
        "https://shop.example/ no longer sends Strict-Transport-Security",
        "https://shop.example/",
        &["strict-transport-security: max-age=31536000"],
        &[],
    );
    vanished.was = memory.get(2).and_then(|history| history.earlier.first()).map(|kept| kept.memo.clone());
    let mut flapping = event(
        3,
        change(
            "address-new-network",
            Severity::Low,
            Likelihood::Benign,
            "shop.example has an address in another network",
            "shop.example",
            &["192.0.2.7"],
            &["192.0.2.80"],
        ),
        "2026-09-20T08:05:00Z",
        EventState::Acknowledged {
            by: "david".into(),
            at: at("2026-09-20T09:00:00Z"),
            note: Some("We moved to the new machine.".into()),
        },
    );
    flapping.times = 3;
    vec![
        event(12, vanished, "2026-11-29T16:00:00Z", EventState::Open),
        event(
            9,
            change(
                "certificate-new-issuer",
                Severity::Medium,
                Likelihood::Unclear,
                "shop.example:443 shows a certificate from another issuer",
                "shop.example:443",
                &["CN=E6, O=Let's Encrypt", "certificate bbbbbbbbbbbbbbbb…, to 13 Jan 2027"],
                &["CN=R11, O=Other Authority", "certificate dddddddddddddddd…, to 26 Feb 2027"],
            ),
            "2026-11-28T04:40:00Z",
            EventState::Snoozed { by: "elizabeth".into(), until: at("2026-12-01T12:00:00Z") },
        ),
        flapping,
    ]
}

/// The latest looks at the shop, the newest first.
pub fn looks() -> Vec<LookLine> {
    let mut all = Vec::new();
    let newest = at("2026-11-30T10:41:12Z").as_second();
    for back in 0..60_i64 {
        let is_broken = back == 17 || back == 18;
        all.push(LookLine {
            at: Time::from_second(newest - back * 129_600).expect("a moment"),
            millis: 4_212 + (back as u64 * 37) % 900,
            state: if is_broken {
                State::NotMeasured
            } else if back % 20 == 5 {
                State::Partly
            } else {
                State::Measured
            },
            error: is_broken.then(|| "no answer from 192.0.2.80:443 within 10 s".into()),
            worst: (!is_broken).then_some(if back == 0 { Severity::High } else { Severity::Low }),
            findings: if is_broken { 0 } else { 4 },
            changes: u32::from(back == 0),
        });
    }
    all
}

/// Alerts in every state.
pub fn outbox() -> Vec<OutboxEntry> {
    let events = events();
    let entry = |id, channel: &str, tries, state, last_error: Option<&str>| OutboxEntry {
        id,
        key: format!("key-{id}"),
        channel: channel.into(),
        due: at("2026-11-30T12:05:00Z"),
        tries,
        uncertain: id == 2,
        state,
        last_error: last_error.map(ToOwned::to_owned),
        alert: Alert {
            schema: ALERT_SCHEMA.into(),
            at: at("2026-11-30T10:41:13Z"),
            kind: AlertKind::Changes,
            target: "shop".into(),
            name: "The shop".into(),
            severity: Severity::High,
            title: "https://shop.example/ no longer sends Strict-Transport-Security".into(),
            events: vec![events[0].clone()],
            lines: vec![],
        },
    };
    vec![
        entry(4, "team-chat", 2, OutboxState::Waiting, Some("the server answered 503")),
        entry(3, "mail", 1, OutboxState::Sent { at: at("2026-11-30T10:41:15Z") }, None),
        entry(2, "mail", 2, OutboxState::Sent { at: at("2026-11-29T16:01:00Z") }, None),
        entry(
            1,
            "hook",
            12,
            OutboxState::GivenUp {
                why: "the server at hook.example refused the connection for three days".into(),
            },
            None,
        ),
    ]
}
