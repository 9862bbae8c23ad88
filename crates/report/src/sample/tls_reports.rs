//! Reports of other mail servers: two that got through, and one that did not everywhere.

use midwatch_model::{
    Fact, Observation, Reason, ReasonKind, State, Target, TargetReport, TlsFailure, TlsFailureKind,
    TlsPolicyKind, TlsReport, TlsReportFiles, TlsReportPolicy, Unread, Vantage,
};

use super::time;

/// The reports.
pub(super) fn reports() -> TargetReport {
    let of = |sender: &str, day: u8, successful: u64, failures: Vec<TlsFailure>| TlsReport {
        organisation: Some(sender.into()),
        contact: Some("tls@sender.example".into()),
        report_id: Some(format!("{day}-{sender}")),
        from: Some(time(&format!("2026-11-0{day}T00:00:00Z"))),
        until: Some(time(&format!("2026-11-0{day}T23:59:59Z"))),
        policies: vec![TlsReportPolicy {
            policy: TlsPolicyKind::Sts,
            domain: Some("example.org".into()),
            mx: vec!["*.example.org".into()],
            lines: vec!["version: STSv1".into(), "mode: testing".into()],
            successful: Some(successful),
            failed: Some(failures.iter().filter_map(|one| one.sessions).sum()),
            failures,
            more: 0,
        }],
        file: format!("reports.mbox, message {day}"),
        signed_by: vec!["sender.example".into()],
        ..TlsReport::default()
    };
    let stripped = TlsFailure {
        result: TlsFailureKind::StarttlsNotSupported,
        sessions: Some(100),
        sending_ip: Some("192.0.2.25".into()),
        mx: Some("mx2.example.org".into()),
        helo: None,
        receiving_ip: Some("203.0.113.25".into()),
        code: None,
        more: None,
    };
    let files = TlsReportFiles {
        files: 2,
        reports: 3,
        repeated: 1,
        without: 4,
        unread: vec![Unread {
            file: "old.json.gz".into(),
            why: Reason::new(ReasonKind::Protocol, "its gzip cannot be unpacked: corrupt gzip stream"),
        }],
        more_unread: 0,
    };
    let facts = vec![
        Fact::TlsReport(Box::new(of("Alpha Mail", 1, 4_900, vec![stripped]))),
        Fact::TlsReport(Box::new(of("Beta", 1, 29_000, vec![]))),
        Fact::TlsReport(Box::new(of("Gamma", 2, 567, vec![]))),
        Fact::TlsReportFiles(files),
    ];
    let observations: Vec<Observation> = facts
        .into_iter()
        .enumerate()
        .map(|(at, fact)| Observation {
            id: format!("o{}", at + 1),
            subject: "reports.mbox".into(),
            vantage: Vantage::Local,
            at: time("2026-11-24T14:00:00Z"),
            fact,
        })
        .collect();
    let paths = vec!["reports.mbox".into(), "old.json.gz".into()];
    let target = Target::TlsReports { input: "reports.mbox and 1 more".into(), paths };
    TargetReport {
        target,
        state: State::Partly,
        error: Some("old.json.gz: its gzip cannot be unpacked: corrupt gzip stream".into()),
        observations,
        findings: Vec::new(),
        attacks: Vec::new(),
        path: Vec::new(),
    }
}
