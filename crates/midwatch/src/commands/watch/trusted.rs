//! Host keys that people trust on the dashboard, as a file of known hosts that audits read like any other.

use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use midwatch_audit::ssh::SshOptions;
use midwatch_store::watch::TrustedHostKey;

/// Where OpenSSH looks for known hosts where its configuration says nothing else (ssh_config(5), UserKnownHostsFile).
const USUAL: &str = "~/.ssh/known_hosts ~/.ssh/known_hosts2";

/// Writes the keys of a target into a file; none where there are none.
///
/// # Errors
/// A sentence.
pub fn lay(directory: &Path, target: &str, keys: &[TrustedHostKey]) -> Result<Option<PathBuf>, String> {
    // An id has letters, digits and hyphens alone, and so have the names of files here.
    let path = directory.join(target);
    if keys.is_empty() || !target.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
        return Ok(None);
    }
    let mut text =
        String::from("# Written by midwatch watch: host keys that people trust on its dashboard.\n");
    for key in keys {
        // What a server sent is put into a line of its own only where it cannot leave it.
        let parts = [&key.server, &key.key_type, &key.blob];
        if parts.iter().all(|part| !part.is_empty() && part.chars().all(|c| c.is_ascii_graphic())) {
            text.push_str(&format!("{} {} {}\n", key.server, key.key_type, key.blob));
        }
    }
    let failed = |error: std::io::Error| {
        format!("the host keys that people trust cannot be written to {}: {error}", path.display())
    };
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(directory).map_err(failed)?;
    if std::fs::read_to_string(&path).ok().as_deref() != Some(text.as_str()) {
        let mut file = tempfile::NamedTempFile::new_in(directory).map_err(failed)?;
        std::io::Write::write_all(&mut file, text.as_bytes()).map_err(failed)?;
        file.persist(&path).map_err(|error| failed(error.error))?;
    }
    Ok(Some(path))
}

/// Adds the file to those that are read. `alone`: nobody's configuration of ssh is read for this target.
pub fn add(options: &mut SshOptions, file: PathBuf, alone: bool) {
    if alone || !options.known_hosts.is_empty() {
        options.known_hosts.push(file);
    } else {
        options.options.push(format!("UserKnownHostsFile={USUAL} \"{}\"", file.display()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(server: &str, key_type: &str, blob: &str) -> TrustedHostKey {
        TrustedHostKey {
            target: "git".into(),
            server: server.into(),
            fingerprint: "SHA256:x".into(),
            key_type: key_type.into(),
            blob: blob.into(),
            by: "elizabeth".into(),
            at: "2026-11-30T00:00:00Z".parse().expect("a moment"),
        }
    }

    #[test]
    fn keys_stand_in_a_file_of_their_own_and_leave_no_line() {
        let directory = tempfile::tempdir().expect("a directory");
        let place = directory.path().join("trusted");
        assert_eq!(lay(&place, "git", &[]), Ok(None));
        assert_eq!(lay(&place, "../git", &[key("a", "b", "c")]), Ok(None));
        let keys = [
            key("[git.example]:2222", "ssh-ed25519", "AAAA"),
            key("a\nevil.example", "ssh-ed25519", "AAAA"),
            key("a", "ssh-rsa", "AA AA"),
        ];
        let file = lay(&place, "git", &keys).expect("room").expect("a file");
        let text = std::fs::read_to_string(&file).expect("the file");
        let lines: Vec<&str> = text.lines().skip(1).collect();
        assert_eq!(lines, ["[git.example]:2222 ssh-ed25519 AAAA"]);
    }

    #[test]
    fn they_are_read_beside_what_the_configuration_knows() {
        let file = PathBuf::from("/state/trusted/git");
        let mut usual = SshOptions::default();
        add(&mut usual, file.clone(), false);
        assert!(usual.known_hosts.is_empty());
        assert_eq!(usual.options, [format!("UserKnownHostsFile={USUAL} \"/state/trusted/git\"")]);
        let mut alone = SshOptions::default();
        add(&mut alone, file.clone(), true);
        assert_eq!((alone.known_hosts, alone.options.len()), (vec![file], 0));
    }
}
