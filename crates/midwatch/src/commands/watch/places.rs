//! Where the daemon keeps what it keeps.

use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use midwatch_store::watch::Place;
use midwatch_watch::config::Config;

/// The ledger's file, where the configuration names no place for it.
const LEDGER: &str = "watch.db";

/// Where things are.
#[derive(Clone, Debug)]
pub struct Places {
    /// The directory for what is kept.
    pub state: PathBuf,
    /// The ledger.
    pub store: Place,
    /// The file in which networks and their routers are remembered: the ledger's own, where that is a file.
    pub networks: PathBuf,
}

/// By the configuration and the environment.
///
/// # Errors
/// A sentence that says what to write.
pub fn of(config: &Config) -> Result<Places, String> {
    let state = config.state(&|name| std::env::var_os(name))?;
    let store = match &config.watch.store {
        None => Place::File(state.join(LEDGER)),
        Some(secret) => {
            let text = secret.read().map_err(|error| format!("[watch] store: {error}"))?;
            match text.trim().parse::<Place>().map_err(|error| format!("[watch] store: {error}"))? {
                Place::File(path) => Place::File(state.join(path)),
                database => database,
            }
        }
    };
    let networks = match &store {
        Place::File(path) => path.clone(),
        Place::Postgres(_) => state.join(LEDGER),
    };
    Ok(Places { state, store, networks })
}

/// Makes the directory where it is not there; its owner alone can read it.
///
/// # Errors
/// A sentence.
pub fn make(state: &Path) -> Result<(), String> {
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(state);
    made.map_err(|error| format!("the state directory {} cannot be made: {error}", state.display()))
}
