//! `midwatch judge`.

use std::io::Read;
use std::process::ExitCode;

use midwatch_model::{Report, SCHEMA, Time};

use super::targets;
use crate::args::Judge;
use crate::exit;

/// A report larger than this is not read.
const MAX_BYTES: u64 = 1 << 30;

/// Runs it.
pub fn run(arguments: &Judge) -> ExitCode {
    let mut report = match read(arguments) {
        Ok(report) => report,
        Err(sentence) => return exit::usage(&format!("{}: {sentence}", arguments.file.display())),
    };
    for target in &mut report.targets {
        // Judged as of when it was seen: a certificate that has run out since was valid then.
        let seen = target.observations.iter().map(|observation| observation.at).max();
        let judged =
            midwatch_judge::judge(&target.target, &target.observations, seen.unwrap_or_else(Time::now));
        target.findings = judged.findings;
        target.attacks = judged.attacks;
        target.path = judged.path;
    }
    report.midwatch = env!("CARGO_PKG_VERSION").into();
    targets::write(&report, &arguments.report)
}

fn read(arguments: &Judge) -> Result<Report, String> {
    let mut text = String::new();
    let read = if arguments.file.as_os_str() == "-" {
        std::io::stdin().take(MAX_BYTES).read_to_string(&mut text)
    } else {
        std::fs::File::open(&arguments.file).and_then(|file| file.take(MAX_BYTES).read_to_string(&mut text))
    };
    read.map_err(|error| format!("it cannot be read: {error}"))?;
    let value: serde_json::Value =
        serde_json::from_str(&text).map_err(|error| format!("it is not JSON: {error}"))?;
    match value.get("schema").and_then(serde_json::Value::as_str) {
        Some(SCHEMA) => {}
        Some(other) => return Err(format!("it has schema {other}, and this midwatch reads {SCHEMA}")),
        None => return Err("it is no midwatch report: save one with --format json".into()),
    }
    serde_json::from_value(value).map_err(|error| format!("it is no whole midwatch report: {error}"))
}
