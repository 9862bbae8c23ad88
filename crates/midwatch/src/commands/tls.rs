//! `midwatch tls`.

use std::process::ExitCode;

use midwatch_audit::target;

use super::targets;
use crate::args::Tls;
use crate::exit;

/// Runs it.
pub async fn run(arguments: Tls) -> ExitCode {
    let mut services = Vec::with_capacity(arguments.services.len());
    for input in &arguments.services {
        match target::tls(input, arguments.sni.as_deref(), arguments.starttls) {
            Ok(target) => services.push(target),
            Err(error) => return exit::usage(&error.to_string()),
        }
    }
    let options = match targets::options(&arguments.network, None) {
        Ok(options) => options,
        Err(sentence) => return exit::usage(&sentence),
    };
    targets::audit_and_write(services, options, &arguments.report).await
}
