//! `midwatch watch`.
//!
//! Rights belong to threads, so all that needs one is done before the runtime has its threads: this command builds its
//! own runtime, and `main` hands over to it before there is another.

mod carry;
mod looker;
mod parse;
mod places;
mod run;
mod trusted;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use midwatch_model::Target;
use midwatch_watch::config::{self, Config};
use midwatch_watch::service::privileges::{self, Right, Settled, User};
use midwatch_watch::service::{log, sockets, unit};

use crate::args::Watch;
use crate::{exit, output};
use parse::CommandLine;

/// Where the configuration lies where none is named: here, or where the system's configuration is.
const USUAL: [&str; 2] = ["midwatch.toml", "/etc/midwatch/midwatch.toml"];

/// Runs it.
pub fn run(arguments: &Watch) -> ExitCode {
    if arguments.example {
        output::standard(config::EXAMPLE);
        return ExitCode::SUCCESS;
    }
    if arguments.schema {
        output::standard(&format!("{:#}\n", config::schema()));
        return ExitCode::SUCCESS;
    }
    if arguments.unit {
        let program = std::env::current_exe().unwrap_or_else(|_| PathBuf::from("/usr/bin/midwatch"));
        output::standard(&unit::service(&program.to_string_lossy()));
        return ExitCode::SUCCESS;
    }
    let path = match &arguments.config {
        Some(path) => path.clone(),
        None => match USUAL.iter().map(Path::new).find(|path| path.exists()) {
            Some(path) => path.to_owned(),
            None => {
                return exit::usage(
                    "there is no midwatch.toml here and no /etc/midwatch/midwatch.toml: write one with \
                     'midwatch watch --example > midwatch.toml', or name yours",
                );
            }
        },
    };
    let config = match Config::read(&path, &CommandLine) {
        Ok(config) => config,
        Err(error) => return exit::usage(error.to_string().trim_end()),
    };
    if arguments.check {
        output::standard(&checked(&path, &config));
        return ExitCode::SUCCESS;
    }
    let places = match places::of(&config) {
        Ok(places) => places,
        Err(sentence) => return exit::usage(&sentence),
    };
    if let Some(to) = &arguments.export {
        return carry::export(&places.store, to);
    }
    if let Some(from) = &arguments.import {
        return carry::import(&places.store, from);
    }
    if let Err(error) = log::start(arguments.log, arguments.log_level) {
        return exit::failed(&format!("no log can be kept: {error}"));
    }
    let passed = match sockets::take() {
        Ok(passed) => passed,
        Err(error) => return exit::failed(&error.to_string()),
    };
    match settle(&config, &places.state, arguments.user.as_deref()) {
        Ok(settled) => tracing::info!("{settled}"),
        Err(sentence) => return exit::failed(&sentence),
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return exit::failed(&format!("the system gives no threads to work with: {error}")),
    };
    let code = runtime.block_on(run::run(run::Start { path, config, places, passed }));
    // A name look-up that hangs in the system's resolver must not keep the process.
    runtime.shutdown_background();
    code
}

/// What a sound configuration holds, in a few lines.
fn checked(path: &Path, config: &Config) -> String {
    let count = |number: usize, what: &str| match number {
        1 => format!("1 {what}"),
        number => format!("{number} {what}s"),
    };
    format!(
        "{}: sound; {}, {}\n",
        path.display(),
        count(config.targets.len(), "target"),
        count(config.channels.len(), "channel")
    )
}

/// Makes the state directory, and gives up every right that nothing calls for.
fn settle(config: &Config, state: &Path, user: Option<&str>) -> Result<Settled, String> {
    let is_here = config.targets.iter().any(|entry| matches!(entry.target, Target::Here { .. }));
    let keep: &[Right] = if is_here { &[Right::HearFrames] } else { &[] };
    places::make(state)?;
    match user {
        None => privileges::settle(keep).map_err(|error| error.to_string()),
        Some(_) if !privileges::is_root() => {
            Err("--user is for a start as root: leave it out, or start midwatch as root".into())
        }
        Some(name) => {
            let user = User::find(name).map_err(|error| error.to_string())?;
            privileges::hand_over(state, &user).map_err(|error| error.to_string())?;
            privileges::become_user(&user, keep).map_err(|error| error.to_string())
        }
    }
}
