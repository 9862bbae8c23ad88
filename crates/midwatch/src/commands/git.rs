//! `midwatch git`.

use std::collections::HashSet;
use std::path::PathBuf;
use std::process::ExitCode;

use midwatch_audit::git::{self, Expanded};
use midwatch_audit::{Options, here::HereOptions};
use midwatch_model::{Target, TargetReport};
use midwatch_sense::System;

use super::{computer, memory, ssh, targets};
use crate::args::Git;
use crate::exit;

/// Runs it.
pub async fn run(arguments: Git) -> ExitCode {
    let system = computer::this();
    let here = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("/"));
    let (wanted, unread) = match expand(&system, &here, &arguments) {
        Ok(wanted) => wanted,
        Err(sentence) => return exit::usage(&sentence),
    };
    let options = match options(&arguments, system) {
        Ok(options) => options,
        Err(sentence) => return exit::usage(&sentence),
    };
    let ssh_options = options.ssh.clone();
    let mut report = targets::audit(wanted, options, arguments.report.quiet).await;
    report.targets.extend(unread);
    ssh::conclude(&report, &ssh_options, &arguments.host_keys.keys, &arguments.report)
}

/// What is to be audited, each once, and what could not be read on the way to it.
fn expand(
    system: &System,
    here: &std::path::Path,
    arguments: &Git,
) -> Result<(Vec<Target>, Vec<TargetReport>), String> {
    let mut wanted: Vec<Target> = Vec::new();
    let mut reports = Vec::new();
    let mut known: HashSet<Target> = HashSet::new();
    let mut take = |name: &str, expanded: Expanded| {
        for target in expanded.targets {
            let is_asked = !arguments.files_only || matches!(target, Target::Repository { .. });
            if is_asked && known.insert(target.clone()) {
                wanted.push(target);
            }
        }
        if !expanded.unread.is_empty() {
            reports.push(git::unread(name, expanded.unread));
        }
    };
    for request in &arguments.remotes {
        take(request, git::expand(system, here, request).map_err(|error| error.to_string())?);
    }
    for directory in &arguments.all {
        take(directory, git::all(system, here, directory).map_err(|error| error.to_string())?);
    }
    if wanted.is_empty() && reports.is_empty() {
        let what = if arguments.files_only {
            "--files-only reads repositories, and none is named"
        } else {
            "no repository is there"
        };
        return Err(what.into());
    }
    Ok((wanted, reports))
}

fn options(arguments: &Git, system: System) -> Result<Options, String> {
    let options = targets::options(&arguments.network, None)?;
    let here = HereOptions { system: Some(system), ..HereOptions::default() };
    let keys = &arguments.host_keys;
    let ssh = ssh::ssh_options(&keys.known, &keys.via, memory::of(&keys.memory))?;
    Ok(Options { here, ssh, ..options })
}
