//! `midwatch mail`.

use std::process::ExitCode;

use midwatch_audit::Options;
use midwatch_audit::mail::MailOptions;
use midwatch_audit::target;

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
    let options = match targets::options(&arguments.network, None) {
        Ok(options) => options,
        Err(sentence) => return exit::usage(&sentence),
    };
    let mail = MailOptions { dkim_selectors: arguments.dkim_selector.clone() };
    targets::audit_and_write(domains, Options { mail, ..options }, &arguments.report).await
}
