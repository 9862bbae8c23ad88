//! `midwatch keys`.

mod compare;
mod exchange;
mod input;
mod keep;
mod relay;
mod show;

use std::process::ExitCode;

use midwatch_keys::PublicKey;
use midwatch_keys::words::{LONG, SHORT};

use crate::args::{Keys, KeysCommand, KeysForm};

/// The name of the JSON form.
const SCHEMA: &str = "midwatch-keys/1";

/// Runs it.
pub async fn run(arguments: &Keys) -> ExitCode {
    match &arguments.command {
        KeysCommand::Show(arguments) => show::run(arguments),
        KeysCommand::Compare(arguments) => compare::run(arguments),
        KeysCommand::Exchange(arguments) => exchange::run(arguments).await,
        KeysCommand::Relay(arguments) => relay::run(arguments).await,
    }
}

/// How many words are asked for.
fn wanted(form: &KeysForm) -> usize {
    if form.short { SHORT } else { LONG }
}

/// `OpenSSH key, ED25519, 256 bits`.
fn name(key: &PublicKey) -> String {
    let bits = key.bits.map(|bits| format!(", {bits} bits")).unwrap_or_default();
    format!("{}, {}{bits}", key.format.name(), key.algorithm)
}

/// JSON with a line end.
fn json(value: &serde_json::Value) -> String {
    format!("{value:#}\n")
}
