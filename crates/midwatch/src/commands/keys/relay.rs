//! `midwatch keys relay`.

use std::process::ExitCode;

use midwatch_exchange::io::relay::{Limits, Relay};

use crate::args::KeysRelay;
use crate::exit;

/// Runs it until Ctrl-C.
pub async fn run(arguments: &KeysRelay) -> ExitCode {
    let relay = match Relay::start(arguments.listen, Limits::default()).await {
        Ok(relay) => relay,
        Err(error) => {
            return exit::failed(&format!("the relay cannot listen at {}: {error}", arguments.listen));
        }
    };
    let address = relay.address();
    eprintln!("A relay listens at {address}, until Ctrl-C.");
    if address.ip().is_loopback() {
        eprintln!("Only this computer reaches it; '--listen 0.0.0.0:{}' is for others.", address.port());
    }
    match tokio::signal::ctrl_c().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => exit::failed(&format!("the relay cannot wait for Ctrl-C: {error}")),
    }
}
