//! `midwatch here --follow`.

use std::process::ExitCode;

use midwatch_audit::here::{Rhythm, follow};
use midwatch_model::{NEWS_SCHEMA, News, NewsLine, Report, Severity, Target, TargetReport, Time};
use tokio::signal::unix::{SignalKind, signal};

use crate::args::{Format, Here};
use crate::{exit, output};

/// Runs it until a signal ends it.
pub(super) async fn run(arguments: &Here) -> ExitCode {
    if !matches!(arguments.report.format, Format::Terminal | Format::Json) {
        return exit::usage("--follow writes what changes as it happens: --format terminal or --format json");
    }
    if arguments.report.output.is_some() {
        return exit::usage(
            "--follow writes to standard output as things happen: send that to a file instead of --output",
        );
    }
    // All but the deadline is the same for each look, so that what is wrong shows here.
    let options = match super::options(arguments) {
        Ok(options) => options,
        Err(sentence) => return exit::usage(&sentence),
    };
    let target = Target::Here { capture: None };
    let mut worst = None;
    let tell = |news: News| {
        worst = worst.max(severity(&news));
        write(arguments, &target, news);
    };
    let rhythm = Rhythm { read: arguments.read, ask: arguments.ask };
    let again = || super::options(arguments).unwrap_or_else(|_| options.clone());
    let (Ok(mut terminate), Ok(mut hang_up)) =
        (signal(SignalKind::terminate()), signal(SignalKind::hangup()))
    else {
        return exit::failed("signals cannot be received, so that nothing could end --follow");
    };
    let ended = tokio::select! {
        ended = follow(&target, again, rhythm, tell) => ended,
        _ = tokio::signal::ctrl_c() => Ok(()),
        _ = terminate.recv() => Ok(()),
        _ = hang_up.recv() => Ok(()),
    };
    match ended {
        Err(why) => exit::failed(&format!("this computer cannot be followed: {why}")),
        Ok(()) => match (worst, arguments.report.fail_on.severity()) {
            (Some(worst), Some(limit)) if worst >= limit => ExitCode::from(1),
            _ => ExitCode::SUCCESS,
        },
    }
}

/// How bad it is.
fn severity(news: &News) -> Option<Severity> {
    match news {
        News::Began { report } => report.findings.iter().map(|finding| finding.severity).max(),
        News::Appeared { finding } | News::Changed { finding, .. } => Some(finding.severity),
        News::Gone { .. } | News::Verdict { .. } => None,
    }
}

fn write(arguments: &Here, target: &Target, news: News) {
    let line = NewsLine { schema: NEWS_SCHEMA.into(), at: Time::now(), target: target.whom(), news };
    let text = match (arguments.report.format, &line.news) {
        (Format::Json, _) => midwatch_report::news_json(&line),
        (_, News::Began { report }) => began(arguments, line.at, report),
        _ => midwatch_report::news(&line, &output::terminal_options(&arguments.report)),
    };
    output::standard(&text);
}

/// How things are, as a report, and that changes follow.
fn began(arguments: &Here, at: Time, report: &TargetReport) -> String {
    let options = output::terminal_options(&arguments.report);
    let report = Report::new(env!("CARGO_PKG_VERSION"), at, vec![report.clone()]);
    let mut text = midwatch_report::terminal(&report, &options);
    text.push_str("\nWatching: what changes is told here. Ctrl-C ends it.\n\n");
    text
}
