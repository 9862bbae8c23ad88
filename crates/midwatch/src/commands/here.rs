//! `midwatch here`.

use std::process::ExitCode;

use midwatch_audit::Options;
use midwatch_audit::here::HereOptions;
use midwatch_model::Target;
use midwatch_sense::System;

use super::{router_password, targets};
use crate::args::Here;
use crate::exit;

/// Runs it.
pub async fn run(arguments: Here) -> ExitCode {
    if arguments.router_password {
        return router_password::run();
    }
    let options = match targets::options(&arguments.network, Some(arguments.time)) {
        Ok(options) => options,
        Err(sentence) => return exit::usage(&sentence),
    };
    let system = Some(this_computer());
    let here = HereOptions { system, echoes: arguments.echo, sites: arguments.sites };
    let options = Options { here, ..options };
    targets::audit_and_write(vec![Target::Here { capture: None }], options, &arguments.report).await
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
