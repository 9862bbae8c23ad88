//! ssh_config, with files that include each other.
#![no_main]
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use libfuzzer_sys::fuzz_target;
use midwatch_hostkeys::config::{Files, Query, Source, Text, resolve};

/// The input in parts, each a file.
struct Parts<'a>(Vec<&'a [u8]>);

impl Files for Parts<'_> {
    fn read(&mut self, path: &Path) -> Result<Option<Text>, String> {
        let number = if path.ends_with("config") { 0 } else { 1 };
        Ok(self.0.get(number).map(|part| Text { bytes: part.to_vec(), owner: 0, mode: 0o600 }))
    }

    fn glob(&mut self, pattern: &str) -> Result<Vec<PathBuf>, String> {
        Ok(vec![PathBuf::from(pattern)])
    }
}

fuzz_target!(|data: &[u8]| {
    // Long inputs say the same more slowly.
    let data = data.get(..2048).unwrap_or(data);
    let home = PathBuf::from("/home/me");
    let query = Query {
        host: "host".to_owned(),
        port: None,
        user: None,
        options: Vec::new(),
        command: String::new(),
        files: Source::usual(&home),
        local_user: "me".to_owned(),
        uid: 1000,
        home,
        local_host: "here".to_owned(),
        environment: BTreeMap::new(),
    };
    let resolved = resolve(query, &mut Parts(data.split(|byte| *byte == 0xff).collect()));
    let _ = (resolved.user_known_hosts(), resolved.global_known_hosts(), resolved.revoked_host_keys());
    let _ = (resolved.host_name(), resolved.port(), resolved.user(), resolved.way(), resolved.host_key_alias());
    let _ = (resolved.strict_host_key_checking(), resolved.update_host_keys(), resolved.known_hosts_command());
});
