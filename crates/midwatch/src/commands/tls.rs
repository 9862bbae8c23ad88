//! `midwatch tls`.

use std::process::ExitCode;

use midwatch_audit::{Options, target};

use super::targets;
use crate::args::Tls;
use crate::exit;

/// Runs it.
pub async fn run(arguments: Tls) -> ExitCode {
    let mut services = Vec::with_capacity(arguments.services.len());
    for input in &arguments.services {
        match target::tls(input, arguments.sni.as_deref()) {
            Ok(target) => services.push(target),
            Err(error) => return exit::usage(&error.to_string()),
        }
    }
    let stores = match targets::stores(&arguments.network) {
        Ok(stores) => stores,
        Err(sentence) => return exit::usage(&sentence),
    };
    let net = match targets::net(&arguments.network, &stores) {
        Ok(net) => net,
        Err(sentence) => return exit::usage(&sentence),
    };
    let authorities = targets::authorities(&arguments.network);
    let options = Options { stores, authorities, ..Options::on(net) };
    targets::audit_and_write(services, options, &arguments.report).await
}
