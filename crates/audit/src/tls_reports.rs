//! Reports of other mail servers on their TLS (RFC 8460), as they were received: nobody is contacted.

use midwatch_model::{Fact, State, Target, TargetReport, TlsReportFiles, Unread};
use midwatch_sense::tls_reports::{self, Read};

use crate::gather::Gather;

/// The target of files and directories; `-` is standard input.
pub fn target(paths: &[String]) -> Target {
    let first = paths.first().map(String::as_str).unwrap_or_default();
    let first = if first == "-" { "standard input" } else { first };
    let input = match paths.len() {
        0 | 1 => first.to_owned(),
        more => format!("{first} and {} more", more - 1),
    };
    Target::TlsReports { input, paths: paths.to_vec() }
}

/// What the files say: one report on all of them together, since senders are compared with each other, and one on each
/// path that nothing came of.
pub async fn audit(paths: Vec<String>) -> Vec<TargetReport> {
    let of = target(&paths);
    // Files are read one after the other: not among the tasks that wait for the network.
    // It only fails where a reader breaks, and then there is nothing to tell of it.
    tokio::task::spawn_blocking(move || reports(&of, &tls_reports::read(&paths))).await.unwrap_or_default()
}

/// Audits a [`Target::TlsReports`], in one report.
pub(crate) async fn all(target: &Target) -> TargetReport {
    let Target::TlsReports { paths, .. } = target else {
        return Gather::default().judge(target, crate::now());
    };
    let mut reports = audit(paths.clone()).await;
    match reports.len() {
        0 => Gather::default().judge(target, crate::now()),
        _ => reports.swap_remove(0),
    }
}

fn reports(target: &Target, read: &Read) -> Vec<TargetReport> {
    if read.reports.is_empty() {
        let all = read.nothing.iter().map(|(path, why)| Unread { file: path.clone(), why: why.clone() });
        let files = TlsReportFiles { unread: all.collect(), ..read.files.clone() };
        return vec![nothing(target, files)];
    }
    let mut gather = Gather::default();
    for report in &read.reports {
        gather.add(subject(report), Fact::TlsReport(Box::new(report.clone())));
    }
    gather.add(target.input(), Fact::TlsReportFiles(read.files.clone()));
    let mut reports = vec![gather.judge(target, crate::now())];
    reports.extend(read.nothing.iter().map(|(path, why)| {
        let unread = vec![Unread { file: path.clone(), why: why.clone() }];
        let target = Target::TlsReports { input: path.clone(), paths: vec![path.clone()] };
        nothing(&target, TlsReportFiles { unread, ..TlsReportFiles::default() })
    }));
    reports
}

/// What a report is about: its sender and its id.
fn subject(report: &midwatch_model::TlsReport) -> String {
    match &report.report_id {
        Some(id) => format!("{} {id}", report.sender()),
        None => report.sender().to_owned(),
    }
}

/// Paths that no report came of.
fn nothing(target: &Target, files: TlsReportFiles) -> TargetReport {
    let reasons: Vec<String> =
        files.unread.iter().map(|place| format!("{}: {}", place.file, place.why)).collect();
    let mut gather = Gather::default();
    gather.add(target.input(), Fact::TlsReportFiles(files));
    let mut report = gather.judge(target, crate::now());
    report.state = State::NotMeasured;
    report.error = Some(reasons.join("; "));
    report
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"{"organization-name":"Alpha","report-id":"1","policies":[{"policy":{"policy-type":"sts",
        "policy-domain":"example.org"},"summary":{"total-successful-session-count":5}}]}"#;

    #[tokio::test]
    async fn a_path_that_nothing_came_of_is_not_measured_and_the_others_are() {
        let directory = tempfile::tempdir().expect("room for a directory");
        let at = |name: &str| directory.path().join(name).to_str().expect("UTF-8").to_owned();
        std::fs::write(at("good.json"), GOOD).expect("room for a file");
        std::fs::write(at("broken.json"), "{").expect("room for a file");
        let reports = audit(vec![at("good.json"), at("broken.json"), at("none")]).await;
        let states: Vec<State> = reports.iter().map(|report| report.state).collect();
        assert_eq!(states, [State::Measured, State::NotMeasured, State::NotMeasured]);
        assert_eq!(reports[0].target.input(), format!("{} and 2 more", at("good.json")));
        assert!(reports[1].error.as_deref().is_some_and(|why| why.contains("its JSON is no report")));
        assert!(reports[2].error.as_deref().is_some_and(|why| why.contains("it is not there")));

        let reports = audit(vec![at("broken.json"), at("none")]).await;
        assert_eq!(reports.len(), 1);
        assert_eq!(reports[0].state, State::NotMeasured);

        std::fs::create_dir(at("all")).expect("room for a directory");
        std::fs::write(at("all/good.json"), GOOD).expect("room for a file");
        std::fs::write(at("all/broken.json"), "{").expect("room for a file");
        let report = all(&target(&[at("all")])).await;
        assert_eq!(report.state, State::Partly);
        assert!(report.error.as_deref().is_some_and(|why| why.contains("all/broken.json")));
    }
}
