//! Reports of other mail servers.

use midwatch_model::*;

use super::{About, Scene, time};

/// A report on `example.org` of one day of November 2026, with a policy of MTA-STS in mode testing: how many sessions
/// succeeded, and what failed at `mx1.example.org` in how many.
pub fn tls_report(sender: &str, day: u32, successful: u64, failed: &[(&str, u64)]) -> TlsReport {
    let failures: Vec<TlsFailure> = failed
        .iter()
        .map(|(word, sessions)| TlsFailure {
            result: TlsFailureKind::of(word),
            sessions: Some(*sessions),
            sending_ip: Some("192.0.2.25".into()),
            mx: Some("mx1.example.org".into()),
            helo: None,
            receiving_ip: Some("203.0.113.25".into()),
            code: (*word == "validation-failure").then(|| "X509_V_ERR_PROXY_PATH_LENGTH_EXCEEDED".into()),
            more: None,
        })
        .collect();
    TlsReport {
        organisation: Some(sender.into()),
        contact: Some(format!("tls@{}.example", sender.to_ascii_lowercase())),
        report_id: Some(format!("{sender}-{day}")),
        from: Some(time(&format!("2026-11-{day:02}T00:00:00Z"))),
        until: Some(time(&format!("2026-11-{day:02}T23:59:59Z"))),
        policies: vec![TlsReportPolicy {
            policy: TlsPolicyKind::Sts,
            domain: Some("example.org".into()),
            mx: vec!["*.example.org".into()],
            lines: ["version: STSv1", "mode: testing", "mx: *.example.org", "max_age: 86400"]
                .map(str::to_owned)
                .to_vec(),
            successful: Some(successful),
            failed: Some(failed.iter().map(|(_, sessions)| sessions).sum()),
            failures,
            more: 0,
        }],
        file: format!("{sender}-{day}.json.gz"),
        ..TlsReport::default()
    }
}

impl Scene {
    /// These reports, each as a fact.
    pub fn tls_reports(self, reports: Vec<TlsReport>) -> Self {
        let scene = Scene { about: About::TlsReports, ..self };
        reports.into_iter().fold(scene, |scene, report| scene.fact(Fact::TlsReport(Box::new(report))))
    }
}
