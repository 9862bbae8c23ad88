//! Who runs this.

use std::path::PathBuf;

use midwatch_audit::ssh::Person;

/// This user, as `ssh` would see them. The home is that of the environment, which `ssh` takes from the system's list of
/// users instead; they differ where somebody has set HOME to another directory on purpose.
pub fn this() -> Person {
    let environment: std::collections::BTreeMap<String, String> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    let name = ["USER", "LOGNAME"].into_iter().find_map(|name| environment.get(name)).cloned();
    Person {
        name: name.unwrap_or_default(),
        uid: rustix::process::geteuid().as_raw(),
        home: std::env::var_os("HOME").filter(|home| !home.is_empty()).map(PathBuf::from),
        computer: rustix::system::uname().nodename().to_string_lossy().into_owned(),
        environment,
    }
}
