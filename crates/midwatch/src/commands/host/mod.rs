//! `midwatch host`.

use std::path::Path;
use std::process::ExitCode;

use midwatch_audit::{Options, here::HereOptions};
use midwatch_model::Target;
use midwatch_sense::System;

use super::{computer, targets};
use crate::args::HostCommand;
use crate::exit;

/// Runs it.
pub async fn run(arguments: HostCommand) -> ExitCode {
    if !arguments.root.is_dir() {
        return exit::usage(&format!("--root {}: there is no such directory", arguments.root.display()));
    }
    let options = match options(&arguments) {
        Ok(options) => options,
        Err(sentence) => return exit::usage(&sentence),
    };
    targets::audit_and_write(vec![Target::Server], options, &arguments.report).await
}

/// Whose files are read, and how the network is used.
fn options(arguments: &HostCommand) -> Result<Options, String> {
    let options = targets::options(&arguments.network, None)?;
    let here = HereOptions { system: Some(system(&arguments.root)), ..HereOptions::default() };
    Ok(Options { here, ..options })
}

/// The server: this computer, or the tree that stands for it, which has no user and no environment of ours.
fn system(root: &Path) -> System {
    if root == Path::new("/") {
        computer::this()
    } else {
        System { root: root.into(), home: None, env: Vec::new() }
    }
}
