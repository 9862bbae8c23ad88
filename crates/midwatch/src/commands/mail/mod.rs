//! `midwatch mail`.

mod reports;

use std::process::ExitCode;

use midwatch_model::{Report, Time};

use super::targets;
use crate::args::Mail;

/// Runs it.
pub async fn run(arguments: Mail) -> ExitCode {
    let started = Time::now();
    let read = reports::read(arguments.reports).await;
    let document = Report::new(env!("CARGO_PKG_VERSION"), started, read);
    targets::write(&document, &arguments.report)
}
