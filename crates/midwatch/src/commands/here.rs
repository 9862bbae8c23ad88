//! `midwatch here`.

use std::process::ExitCode;

use midwatch_audit::Options;
use midwatch_audit::here::HereOptions;
use midwatch_model::Target;

use super::targets;
use crate::args::Here;
use crate::exit;

/// Runs it.
pub async fn run(arguments: Here) -> ExitCode {
    let stores = match targets::stores(&arguments.network) {
        Ok(stores) => stores,
        Err(sentence) => return exit::usage(&sentence),
    };
    let net = match targets::net(&arguments.network, &stores) {
        Ok(net) => net,
        Err(sentence) => return exit::usage(&sentence),
    };
    let authorities = targets::authorities(&arguments.network);
    let here = HereOptions { echoes: arguments.echo, sites: arguments.sites };
    let options = Options { stores, authorities, here, ..Options::on(net) };
    targets::audit_and_write(vec![Target::Here { capture: None }], options, &arguments.report).await
}
