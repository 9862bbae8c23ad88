//! `midwatch here`.

mod capture;
mod follow;

use std::process::ExitCode;

use midwatch_audit::Options;
use midwatch_audit::here::HereOptions;
use midwatch_model::Target;

use super::{computer, memory, router_password, targets};
use crate::args::Here;
use crate::exit;

/// Runs it.
pub async fn run(arguments: Here) -> ExitCode {
    if arguments.router_password {
        return router_password::run();
    }
    if let Some(path) = &arguments.pcap {
        return capture::run(path, &arguments).await;
    }
    if arguments.follow {
        return follow::run(&arguments).await;
    }
    match options(&arguments) {
        Ok(options) => {
            targets::audit_and_write(vec![Target::Here { capture: None }], options, &arguments.report).await
        }
        Err(sentence) => exit::usage(&sentence),
    }
}

/// How to look once, with a deadline from now on.
///
/// # Errors
/// A sentence that names what cannot be used.
fn options(arguments: &Here) -> Result<Options, String> {
    let options = targets::options(&arguments.network, Some(arguments.time))?;
    let here = HereOptions {
        system: Some(computer::this()),
        listen: true,
        memory: memory::of(&arguments.memory),
        echoes: arguments.echo.clone(),
        sites: arguments.sites.clone(),
        ..HereOptions::default()
    };
    Ok(Options { here, ..options })
}
