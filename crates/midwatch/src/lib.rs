//! The command line: arguments, wiring, progress, exit codes. Nothing depends on this crate but the chores
//! that write its man pages.

mod args;
mod commands;
mod exit;
mod output;
mod progress;

use std::process::ExitCode;

use clap::Parser;

pub use args::command;

/// How `--router-password` is used.
const PASSWORD: &str = "--router-password takes no value and no other options: it reads the password from the terminal, \
                        or from standard input; one that was typed on a command line stands in the shell's history \
                        now, and wants to be changed";

/// True where the arguments have `--router-password`.
fn names_a_password() -> bool {
    std::env::args_os().any(|argument| argument.as_encoded_bytes().starts_with(b"--router-password"))
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let arguments = match args::Cli::try_parse() {
        Ok(arguments) => arguments,
        // What stands beside it may be the password, which no sentence may repeat.
        Err(error) if error.use_stderr() && names_a_password() => return exit::usage(PASSWORD),
        Err(error) => return exit::usage_of_clap(&error),
    };
    if let args::Command::Watch(arguments) = &arguments.command {
        return commands::watch::run(arguments);
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return exit::failed(&format!("the system gives no threads to work with: {error}")),
    };
    let code = runtime.block_on(commands::run(arguments));
    // A name look-up that hangs in the system's resolver must not keep the process.
    runtime.shutdown_background();
    code
}
