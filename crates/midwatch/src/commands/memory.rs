//! Where what was seen is remembered.

use std::path::PathBuf;

use midwatch_audit::memory::Memory;

use crate::args;

/// By the arguments, and by where this user's data are.
pub fn of(arguments: &args::Memory) -> Memory {
    if arguments.no_memory {
        return Memory::None;
    }
    if let Some(path) = &arguments.memory {
        return Memory::File(path.clone());
    }
    let set = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    // The XDG base directory specification has relative paths ignored.
    match set("XDG_DATA_HOME").or_else(|| Some(set("HOME")?.join(".local/share"))) {
        Some(data) => Memory::File(data.join("midwatch/midwatch.sqlite")),
        None => {
            Memory::Missing("there is no home directory to remember it in: name a file with --memory".into())
        }
    }
}
