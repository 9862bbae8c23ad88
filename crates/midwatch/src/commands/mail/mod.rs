//! `midwatch mail`.

mod reports;

use std::process::ExitCode;

use midwatch_audit::Options;
use midwatch_audit::mail::MailOptions;
use midwatch_audit::target;
use midwatch_model::{Report, Time};

use super::targets;
use crate::args::Mail;
use crate::exit;

/// Runs it.
pub async fn run(arguments: Mail) -> ExitCode {
    let mut domains = Vec::with_capacity(arguments.domains.len());
    for input in &arguments.domains {
        match target::mail(input) {
            Ok(target) => domains.push(target),
            Err(error) => return exit::usage(&error.to_string()),
        }
    }
    let mut document = if domains.is_empty() {
        Report::new(env!("CARGO_PKG_VERSION"), Time::now(), Vec::new())
    } else {
        let options = match targets::options(&arguments.network, None) {
            Ok(options) => options,
            Err(sentence) => return exit::usage(&sentence),
        };
        let mail = MailOptions { dkim_selectors: arguments.dkim_selector.clone() };
        targets::audit(domains, Options { mail, ..options }, arguments.report.quiet).await
    };
    if !arguments.reports.is_empty() {
        document.targets.extend(reports::read(arguments.reports).await);
    }
    targets::write(&document, &arguments.report)
}
