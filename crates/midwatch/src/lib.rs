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

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let arguments = match args::Cli::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return exit::usage_of_clap(&error),
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return exit::failed(&format!("the system gives no threads to work with: {error}")),
    };
    let code = runtime.block_on(commands::run(arguments));
    // A name look-up that hangs in the system's resolver must not keep the process.
    runtime.shutdown_background();
    code
}
