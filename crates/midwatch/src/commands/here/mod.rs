//! `midwatch here`.

mod capture;
mod follow;

use std::process::ExitCode;

use midwatch_audit::Options;
use midwatch_audit::here::HereOptions;
use midwatch_model::Target;
use midwatch_sense::System;

use super::{memory, router_password, targets};
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
        system: Some(this_computer()),
        listen: true,
        memory: memory::of(&arguments.memory),
        echoes: arguments.echo.clone(),
        sites: arguments.sites.clone(),
        ..HereOptions::default()
    };
    Ok(Options { here, ..options })
}

/// This computer as this user sees it.
fn this_computer() -> System {
    let text = |value: std::ffi::OsString| value.to_string_lossy().into_owned();
    System {
        root: "/".into(),
        home: std::env::var_os("HOME").filter(|home| !home.is_empty()).map(Into::into),
        env: std::env::vars_os().map(|(name, value)| (text(name), text(value))).collect(),
    }
}
