//! `--reports`: what other mail servers sent.

use midwatch_audit::tls_reports;
use midwatch_model::TargetReport;

/// One report on all files together, and one on each that could not be read.
pub(super) async fn read(paths: Vec<String>) -> Vec<TargetReport> {
    // What is named twice would count as sent twice.
    let mut once: Vec<String> = Vec::new();
    for path in paths {
        if !once.contains(&path) {
            once.push(path);
        }
    }
    tls_reports::audit(once).await
}
