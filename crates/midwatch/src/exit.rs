//! Exit codes: 0 measured and nothing at or above `--fail-on`; 1 findings at or above it; 2 a target could
//! not be measured; 64 wrong usage.

use std::process::ExitCode;

use clap::error::{ContextKind, ErrorKind};
use midwatch_model::{Report, Severity, State};

/// The usage was wrong.
pub const USAGE: u8 = 64;

/// The code for a finished run.
pub fn of_report(report: &Report, fail_on: Option<Severity>) -> ExitCode {
    if report.targets.iter().any(|target| target.state == State::NotMeasured) {
        return ExitCode::from(2);
    }
    match (report.worst(), fail_on) {
        (Some(worst), Some(limit)) if worst >= limit => ExitCode::from(1),
        _ => ExitCode::SUCCESS,
    }
}

/// Wrong usage, in one sentence on standard error.
pub fn usage(sentence: &str) -> ExitCode {
    eprintln!("midwatch: {sentence}");
    ExitCode::from(USAGE)
}

/// Something on this machine stopped the run: a file that cannot be written, say.
pub fn failed(sentence: &str) -> ExitCode {
    eprintln!("midwatch: {sentence}");
    ExitCode::from(2)
}

/// Help and version go to standard output; everything else is wrong usage, put into one sentence.
pub fn usage_of_clap(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        let _ = error.print();
        return ExitCode::from(USAGE);
    }
    let text = error.to_string();
    let first = text.lines().next().unwrap_or_default();
    let mut sentence = first.strip_prefix("error: ").unwrap_or(first).to_owned();
    if first.ends_with(':') {
        // "the following required arguments were not provided:" and then a line for each.
        let rest: Vec<&str> =
            text.lines().skip(1).map(str::trim).take_while(|line| !line.is_empty()).collect();
        sentence = format!("{sentence} {}", rest.join(", "));
    }
    for kind in [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand, ContextKind::SuggestedValue] {
        if let Some(suggestion) = error.get(kind) {
            sentence = format!("{sentence}; did you mean {suggestion}?");
        }
    }
    if let Some(values) =
        error.get(ContextKind::ValidValue).filter(|_| error.kind() == ErrorKind::InvalidValue)
    {
        sentence = format!("{sentence} (one of: {values})");
    }
    usage(&format!("{sentence}; 'midwatch help' lists what there is"))
}
