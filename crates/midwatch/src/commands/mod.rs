//! One module per command.

mod computer;
mod explain;
mod git;
mod here;
mod host;
mod judge;
mod keys;
mod lab;
mod mail;
mod memory;
mod person;
mod router_password;
mod site;
mod ssh;
mod targets;
mod tls;
pub mod watch;

use std::process::ExitCode;

use crate::args::{Cli, Command, command};
use crate::output;

/// Runs a command to its exit code.
pub async fn run(arguments: Cli) -> ExitCode {
    match arguments.command {
        Command::Site(arguments) => site::run(arguments).await,
        Command::Tls(arguments) => tls::run(arguments).await,
        Command::Ssh(arguments) => ssh::run(*arguments).await,
        Command::Git(arguments) => git::run(*arguments).await,
        Command::Mail(arguments) => mail::run(arguments).await,
        Command::Here(arguments) => here::run(arguments).await,
        Command::Host(arguments) => host::run(*arguments).await,
        // It has started before there was a runtime.
        Command::Watch(_) => ExitCode::SUCCESS,
        Command::Lab(arguments) => lab::run(arguments).await,
        Command::Keys(arguments) => keys::run(&arguments).await,
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Judge(arguments) => judge::run(&arguments),
        Command::Completions { shell } => {
            let mut text = Vec::new();
            clap_complete::generate(shell, &mut command(), "midwatch", &mut text);
            output::standard(&String::from_utf8_lossy(&text));
            ExitCode::SUCCESS
        }
    }
}
