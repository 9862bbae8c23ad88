//! `midwatch watch --export` and `--import`: what was seen, out of a ledger and into another.

use std::fs::File;
use std::io::{BufReader, BufWriter, Write as _};
use std::path::Path;
use std::process::ExitCode;

use midwatch_store::watch::{Ledger, Place};

use crate::{exit, output};

/// Writes everything that was seen as lines of JSON; `-` is standard output.
pub fn export(place: &Place, to: &Path) -> ExitCode {
    let exported = Ledger::open(place).map_err(|error| error.to_string()).and_then(|mut ledger| {
        if to.as_os_str() == "-" {
            let lines = ledger.export(&mut std::io::stdout().lock()).map_err(|error| error.to_string())?;
            return Ok(lines);
        }
        let failed = |error: std::io::Error| format!("--export {}: {error}", to.display());
        let mut file = BufWriter::new(File::create_new(to).map_err(failed)?);
        let lines = ledger.export(&mut file).map_err(|error| error.to_string())?;
        file.flush().and_then(|()| file.get_ref().sync_all()).map_err(failed)?;
        Ok(lines)
    });
    match exported {
        Ok(lines) => {
            eprintln!("midwatch: {lines} lines written");
            ExitCode::SUCCESS
        }
        Err(sentence) => exit::failed(&sentence),
    }
}

/// Reads such lines into the ledger: what is there already stays as it is; `-` is standard input.
pub fn import(place: &Place, from: &Path) -> ExitCode {
    let imported = Ledger::open(place).map_err(|error| error.to_string()).and_then(|mut ledger| {
        let imported = if from.as_os_str() == "-" {
            ledger.import(&mut std::io::stdin().lock())
        } else {
            let file = File::open(from).map_err(|error| format!("--import {}: {error}", from.display()))?;
            ledger.import(&mut BufReader::new(file))
        };
        imported.map_err(|error| format!("--import {}: {error}", from.display()))
    });
    match imported {
        Ok(imported) => {
            output::standard(&format!(
                "{} lines read: {} targets, {} looks, {} values, {} events and {} alerts that were not there\n",
                imported.lines,
                imported.targets,
                imported.looks,
                imported.memos,
                imported.events,
                imported.alerts,
            ));
            ExitCode::SUCCESS
        }
        Err(sentence) => exit::failed(&sentence),
    }
}
