//! `midwatch here`.

use std::process::ExitCode;

use midwatch_audit::Options;
use midwatch_audit::here::HereOptions;
use midwatch_model::Target;

use super::targets;
use crate::args::Here;
use crate::exit;

/// Runs it.
pub async fn run(arguments: Here) -> ExitCode {
    let options = match targets::options(&arguments.network) {
        Ok(options) => options,
        Err(sentence) => return exit::usage(&sentence),
    };
    let here = HereOptions { echoes: arguments.echo, sites: arguments.sites };
    let options = Options { here, ..options };
    targets::audit_and_write(vec![Target::Here { capture: None }], options, &arguments.report).await
}
