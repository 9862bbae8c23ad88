//! `midwatch ssh`.

mod exec;
mod known_hosts;
mod panel;
mod pin;
mod save;

use std::process::ExitCode;
use std::sync::Arc;

use midwatch_audit::memory::Memory;
use midwatch_audit::ssh::{Config, SshOptions, Via};
use midwatch_audit::{Options, target};
use midwatch_hostkeys::signed;
use midwatch_model::{Fact, HostKeys, Report, Target, TargetReport, Time};

use super::{memory, person, targets};
use crate::args::{self, KnownKeys, Reach, Ssh, SshCommand, SshVia};
use crate::exit;

/// Runs it.
pub async fn run(arguments: Ssh) -> ExitCode {
    match &arguments.command {
        Some(SshCommand::Pin(arguments)) => return pin::run(arguments).await,
        Some(SshCommand::KnownHosts(arguments)) => return known_hosts::run(arguments).await,
        Some(SshCommand::Exec(arguments)) => return exec::run(arguments),
        None => {}
    }
    let servers = match servers(&arguments.hosts) {
        Ok(servers) => servers,
        Err(sentence) => return exit::usage(&sentence),
    };
    let keys = &arguments.host_keys;
    let options = match options(&arguments.reach, &keys.known, &keys.via, memory::of(&keys.memory)) {
        Ok(options) => options,
        Err(sentence) => return exit::usage(&sentence),
    };
    let ssh = options.ssh.clone();
    let report = targets::audit(servers, options, arguments.report.quiet).await;
    conclude(&report, &ssh, &keys.keys, &arguments.report)
}

/// Writes the report, or what a panel needs, and saves what is to be saved.
pub fn conclude(report: &Report, ssh: &SshOptions, keys: &args::SaveKeys, form: &args::Report) -> ExitCode {
    if keys.panel {
        return panel::write(report, form.fail_on.severity());
    }
    let code = targets::write(report, form);
    if (keys.save || keys.replace || !keys.accept.is_empty())
        && !save::all(report, ssh, keys)
        && code == ExitCode::SUCCESS
    {
        return ExitCode::from(1);
    }
    code
}

/// The servers by what the user wrote.
fn servers(hosts: &[String]) -> Result<Vec<Target>, String> {
    hosts.iter().map(|host| target::ssh(host).map_err(|error| error.to_string())).collect()
}

/// How servers are reached and who is asked.
fn options(reach: &Reach, known: &KnownKeys, via: &SshVia, memory: Memory) -> Result<Options, String> {
    let options = targets::ssh_options(reach)?;
    Ok(Options { ssh: ssh_options(known, via, memory)?, ..options })
}

/// The same without the network.
pub fn ssh_options(known: &KnownKeys, via: &SshVia, memory: Memory) -> Result<SshOptions, String> {
    let config = match &known.config {
        None => Config::Usual,
        Some(path) if path.as_os_str().eq_ignore_ascii_case("none") => Config::None,
        Some(path) => {
            // ssh says the same, and a setting that is passed over would be the one that mattered.
            std::fs::File::open(path).map_err(|error| format!("-F {}: {error}", path.display()))?;
            Config::File(path.clone())
        }
    };
    let now = u64::try_from(Time::now().as_second()).unwrap_or_default();
    let mut trust = Vec::with_capacity(known.trust_file.len());
    if let Some(signers) = &known.trust_signers {
        for file in &known.trust_file {
            let read = signed::read(file, signers, now);
            let read = read.map_err(|error| format!("--trust-file {}: {error}", file.display()))?;
            trust.push(Arc::new(read));
        }
    }
    let via = match via {
        SshVia { direct: true, .. } => Via::Direct,
        SshVia { as_configured: true, .. } => Via::Configured,
        SshVia { socks: Some(proxy), .. } => Via::Socks5(*proxy),
        SshVia { jump, .. } if !jump.is_empty() => Via::Jump(jump.clone()),
        _ => Via::Unsaid,
    };
    Ok(SshOptions {
        person: person::this(),
        config,
        known_hosts: known.known_hosts.clone(),
        trust,
        via,
        memory,
        ..SshOptions::default()
    })
}

/// What is known of the keys of one target's server.
fn host_keys(target: &TargetReport) -> Option<&HostKeys> {
    target.observations.iter().find_map(|observation| match &observation.fact {
        Fact::HostKeys(known) => Some(&**known),
        _ => None,
    })
}
