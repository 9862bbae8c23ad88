//! Reports of other mail servers: JSON as it is written in practice, gzip, messages and mboxes with such parts.
#![no_main]
use libfuzzer_sys::fuzz_target;
use midwatch_sense::tls_reports;

fuzz_target!(|data: &[u8]| {
    let Ok(found) = tls_reports::of_bytes(data) else { return };
    for report in &found.reports {
        // What is read can be written and read again.
        let json = serde_json::to_vec(report).expect("JSON");
        let again: midwatch_model::TlsReport = serde_json::from_slice(&json).expect("the same");
        assert_eq!(*report, again);
        let _ = report.sessions();
    }
});
