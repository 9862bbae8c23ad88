//! `midwatch ssh pin`: lines of known_hosts for a workflow.

use std::process::ExitCode;

use midwatch_audit::memory::Memory;
use midwatch_model::{HostKeySource, HostKeyVerdict, HostKeys, State};

use super::{host_keys, options, servers};
use crate::args::SshPin;
use crate::commands::targets;
use crate::{exit, output};

/// Runs it.
pub async fn run(arguments: &SshPin) -> ExitCode {
    let servers = match servers(&arguments.hosts) {
        Ok(servers) => servers,
        Err(sentence) => return exit::usage(&sentence),
    };
    let options = match options(&arguments.reach, &arguments.known, &arguments.via, Memory::None) {
        Ok(options) => options,
        Err(sentence) => return exit::usage(&sentence),
    };
    let report = targets::audit(servers, options, true).await;
    let mut code = 0;
    for target in &report.targets {
        let Some(known) = host_keys(target) else {
            let why = target.error.as_deref().unwrap_or("no key was met");
            eprintln!("midwatch: {}: {why}", target.target);
            code = 2;
            continue;
        };
        match lines(known, &arguments.accept) {
            Ok(text) => output::standard(&text),
            Err(why) => {
                eprintln!("midwatch: {}: {why}", known.name);
                code = code.max(if target.state == State::NotMeasured { 2 } else { 1 });
            }
        }
    }
    ExitCode::from(code)
}

/// The lines for one server: keys that somebody vouches for, and those that were compared.
fn lines(known: &HostKeys, accept: &[String]) -> Result<String, String> {
    if matches!(known.verdict, HostKeyVerdict::Changed | HostKeyVerdict::Revoked) {
        return Err(format!(
            "nothing is pinned, since its key is {}: 'midwatch ssh {}' says by whom",
            known.verdict.id(),
            known.name
        ));
    }
    let mut text = String::new();
    for met in &known.keys {
        let accepted = accept.contains(&met.key.fingerprint);
        let by =
            if accepted { Some("you compared it".to_owned()) } else { vouched(known, &met.key.fingerprint) };
        if let Some(by) = by.filter(|_| met.proof.value() == Some(&true)) {
            text.push_str(&format!(
                "# {}: {}\n{} {} {}\n",
                met.key.fingerprint, by, known.name, met.key.key_type, met.key.blob
            ));
        }
    }
    if text.is_empty() {
        let all: Vec<String> =
            known.keys.iter().map(|met| format!("{} {}", met.key.key_type, met.key.fingerprint)).collect();
        return Err(format!(
            "nobody vouches for its keys: compare a fingerprint, and say --accept with it; met were {}",
            all.join(", ")
        ));
    }
    Ok(text)
}

/// Who vouches for a key.
fn vouched(known: &HostKeys, fingerprint: &str) -> Option<String> {
    let met = known.keys.iter().find(|met| met.key.fingerprint == fingerprint)?;
    if met.verdict != HostKeyVerdict::Verified {
        return None;
    }
    let by = known.answers.iter().find(|answer| answer.vouches_for(fingerprint))?;
    Some(match by.source {
        HostKeySource::KnownHosts => format!("as in {}", by.from),
        _ => format!("verified by {}", by.from),
    })
}
