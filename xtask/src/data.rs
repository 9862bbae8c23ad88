//! The bundled lists, from the files that `data/refresh/chromium.py` writes.

use std::fs;
use std::path::Path;

use midwatch_data::{Source, preload};
use serde::Deserialize;

/// Chromium's list, in the form of its `transport_security_state_static.json`.
#[derive(Deserialize)]
struct Preload {
    origin: String,
    date: String,
    licence: String,
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    name: String,
    #[serde(default)]
    mode: String,
    #[serde(default)]
    include_subdomains: bool,
}

/// Writes the lists of `data/` anew, and says what was written.
///
/// # Errors
/// A sentence that names the file.
pub fn refresh(root: &Path, from: &Path) -> Result<Vec<String>, String> {
    let mut done = Vec::new();
    let hsts = read(&from.join("hsts.json"))?;
    let list: Preload = serde_json::from_str(&hsts)
        .map_err(|error| format!("{}: {error}", from.join("hsts.json").display()))?;
    let source = Source { origin: list.origin.into(), date: list.date.into(), licence: list.licence.into() };
    let forced = list.entries.into_iter().filter(|entry| entry.mode == "force-https");
    let names: Vec<(String, bool)> = forced.map(|entry| (entry.name, entry.include_subdomains)).collect();
    let file = preload::write(&source, &names)?;
    done.push(write(&root.join("data/hsts-preload.bin"), &file)?);
    let logs = read(&from.join("ct-logs.json"))?;
    done.push(write(&root.join("data/ct-logs.json"), logs.as_bytes())?);
    Ok(done)
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: it cannot be read: {error}", path.display()))
}

fn write(path: &Path, bytes: &[u8]) -> Result<String, String> {
    fs::write(path, bytes).map_err(|error| format!("{}: it cannot be written: {error}", path.display()))?;
    Ok(format!("wrote   {} ({} bytes)", path.display(), bytes.len()))
}
