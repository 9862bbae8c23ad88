//! `midwatch here`.

mod capture;
mod follow;

use std::path::PathBuf;
use std::process::ExitCode;

use midwatch_audit::Options;
use midwatch_audit::here::{HereOptions, Memory};
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
        memory: memory(arguments),
        echoes: arguments.echo.clone(),
        sites: arguments.sites.clone(),
        ..HereOptions::default()
    };
    Ok(Options { here, ..options })
}

/// Where what was seen is remembered.
fn memory(arguments: &Here) -> Memory {
    if arguments.no_memory {
        return Memory::None;
    }
    if let Some(path) = &arguments.memory {
        return Memory::File(path.clone());
    }
    let set = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    // The XDG base directory specification has relative paths ignored.
    match set("XDG_DATA_HOME").or_else(|| Some(set("HOME")?.join(".local/share"))) {
        Some(data) => Memory::File(data.join("midwatch/midwatch.sqlite")),
        None => {
            Memory::Missing("there is no home directory to remember it in: name a file with --memory".into())
        }
    }
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
