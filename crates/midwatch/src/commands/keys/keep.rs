//! Where a key that came is kept: known_hosts, allowed signers, a file. Never over an old one unseen, and whole or not at all.

use std::fs::{File, Permissions};
use std::io::{self, BufRead as _, IsTerminal as _, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use midwatch_exchange::Received;
use midwatch_hostkeys::edit::{Change, Hashing, Others};
use midwatch_hostkeys::key::PublicKey as HostKey;
use midwatch_hostkeys::save::{self, SaveError};
use midwatch_keys::allowed_signers::{self, Changed};
use midwatch_keys::{Format, Hint, PublicKey, read};
use serde_json::{Value, json};

use crate::args::KeysExchange;

/// How much of the new fingerprint has to be typed where an old key goes.
const TYPED: usize = 6;

/// The mode of new files.
const MODE: u32 = 0o644;

/// The places that were asked for.
pub struct Keep {
    places: Vec<Place>,
    replace: bool,
}

enum Place {
    KnownHosts { names: Vec<String>, file: PathBuf },
    AllowedSigners { principal: String, file: PathBuf },
    File(PathBuf),
}

/// What came of one place.
pub struct Kept {
    kind: &'static str,
    file: PathBuf,
    /// What was done, or why nothing was.
    pub done: Result<Done, String>,
}

/// What was done with a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    Added,
    Replaced,
    There,
}

impl Keep {
    /// What is asked for, looked over before anybody's code is used up.
    ///
    /// # Errors
    /// A sentence, and whether the usage is wrong.
    pub fn plan(arguments: &KeysExchange) -> Result<Keep, (bool, String)> {
        let mut places = Vec::new();
        if !arguments.known_hosts.is_empty() {
            let file = arguments.known_hosts_file.clone().or_else(|| {
                let home = std::env::var_os("HOME").filter(|home| !home.is_empty())?;
                Some(PathBuf::from(home).join(".ssh/known_hosts"))
            });
            let file =
                file.ok_or((true, "there is no home directory; name '--known-hosts-file'".to_owned()))?;
            save::read(&file).map_err(|error| (false, error.to_string()))?;
            places.push(Place::KnownHosts { names: arguments.known_hosts.clone(), file });
        }
        if let (Some(principal), Some(file)) = (&arguments.allowed_signers, &arguments.allowed_signers_file) {
            if !allowed_signers::may_be_written(principal) {
                let error = allowed_signers::SignerError::Principal(principal.escape_debug().to_string());
                return Err((true, error.to_string()));
            }
            bytes_of(file, allowed_signers::MAX_BYTES).map_err(|sentence| (false, sentence))?;
            places.push(Place::AllowedSigners { principal: principal.clone(), file: file.clone() });
        }
        if let Some(file) = &arguments.save {
            match file.symlink_metadata() {
                Ok(_) if !arguments.replace => return Err((false, there_already(file))),
                Ok(_) if !file.is_file() => {
                    return Err((false, format!("{} is not a regular file", file.display())));
                }
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    let directory = directory_of(file);
                    if !directory.is_dir() {
                        return Err((false, format!("{} is no directory", directory.display())));
                    }
                }
                Err(error) => {
                    return Err((false, format!("{} cannot be looked at: {error}", file.display())));
                }
            }
            places.push(Place::File(file.clone()));
        }
        if arguments.replace && places.is_empty() {
            let sentence = "'--replace' goes with '--known-hosts', '--allowed-signers' or '--save'";
            return Err((true, sentence.into()));
        }
        if arguments.replace && !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
            let sentence = "'--replace' asks at a terminal, and this is none: no key goes unseen";
            return Err((true, sentence.into()));
        }
        Ok(Keep { places, replace: arguments.replace })
    }

    /// Whether there is any place.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Keeps what came in every place.
    pub fn keep(&self, received: &Received) -> Vec<Kept> {
        let keep = |place: &Place| {
            let key = &received.key;
            let (kind, file, done) = match place {
                Place::KnownHosts { names, file } => {
                    ("known-hosts", file, self.known_hosts(names, file, key))
                }
                Place::AllowedSigners { principal, file } => {
                    ("allowed-signers", file, self.allowed_signers(principal, file, key))
                }
                Place::File(file) => ("file", file, self.file(file, received)),
            };
            Kept { kind, file: file.clone(), done }
        };
        self.places.iter().map(keep).collect()
    }

    fn known_hosts(&self, names: &[String], file: &Path, key: &PublicKey) -> Result<Done, String> {
        if key.format != Format::Openssh {
            return Err("only OpenSSH keys are known hosts'".into());
        }
        let failed = |error: SaveError| error.to_string();
        let host_key = HostKey::from_blob(&key.material).map_err(|error| error.to_string())?;
        let known = save::read(file).map_err(failed)?;
        let mut old: Vec<String> = Vec::new();
        for (_, entry) in known.iter().flat_map(|known| known.entries()) {
            let another = entry.marker.is_none()
                && entry.key.type_name() == host_key.type_name()
                && entry.key != host_key
                && names.iter().any(|name| entry.names.cover(name));
            if another && !old.contains(&entry.key.fingerprint()) {
                old.push(entry.key.fingerprint());
            }
        }
        self.may_go(&format!("{} for {}", file.display(), names.join(",")), &old, key)?;
        let change = Change {
            names: names.to_vec(),
            key: host_key,
            others: if old.is_empty() { Others::Stay } else { Others::ReplaceSameType },
            hashing: Hashing::AsFound,
        };
        let saved = save::save(file, &change, save::WAIT).map_err(failed)?;
        Ok(match (saved.added.is_empty(), saved.altered.is_empty()) {
            (_, false) => Done::Replaced,
            (false, true) => Done::Added,
            (true, true) => Done::There,
        })
    }

    fn allowed_signers(&self, principal: &str, file: &Path, key: &PublicKey) -> Result<Done, String> {
        let old = bytes_of(file, allowed_signers::MAX_BYTES)?;
        let change = |replace| {
            let bytes = old.as_deref().unwrap_or_default();
            allowed_signers::with(bytes, principal, key, replace).map_err(|error| error.to_string())
        };
        match change(true)? {
            Changed::There => Ok(Done::There),
            Changed::Added { bytes, gone } => {
                self.may_go(&format!("{} for {principal}", file.display()), &gone, key)?;
                write(file, &bytes, old.as_deref())?;
                Ok(if gone.is_empty() { Done::Added } else { Done::Replaced })
            }
        }
    }

    fn file(&self, file: &Path, received: &Received) -> Result<Done, String> {
        let old = bytes_of(file, midwatch_keys::MAX_BYTES)?;
        if let Some(old) = &old {
            if *old == received.bytes {
                return Ok(Done::There);
            }
            let hint = Hint { name: None, format: Some(received.key.format) };
            let prints = match read(old, &hint) {
                Ok(keys) => keys.iter().take(20).map(|key| key.main_fingerprint().to_owned()).collect(),
                Err(_) => vec![format!("{} bytes in which midwatch reads no public key", old.len())],
            };
            self.may_go(&file.display().to_string(), &prints, &received.key)?;
        }
        write(file, &received.bytes, old.as_deref())?;
        Ok(if old.is_some() { Done::Replaced } else { Done::Added })
    }

    /// Asks whether old keys may go, where there are any.
    fn may_go(&self, place: &str, old: &[String], new: &PublicKey) -> Result<(), String> {
        if old.is_empty() {
            return Ok(());
        }
        let new = new.main_fingerprint();
        let old = old.join(", ");
        if !self.replace {
            return Err(format!(
                "another key is there already: {old}; '--replace' takes the new one, {new}, in its place, once you have asked \
                 why it is another"
            ));
        }
        eprint!(
            "{place} has another key.\n  old: {old}\n  new: {new}\nType the last {TYPED} characters of the new fingerprint to \
             replace it, or Enter to leave it: "
        );
        let _ = io::stderr().flush();
        let mut typed = String::new();
        let read = io::stdin().lock().take(200).read_line(&mut typed);
        read.map_err(|error| format!("the answer cannot be read: {error}"))?;
        if ends(new, &typed) {
            Ok(())
        } else {
            Err(format!("the old key stays, since the end of the new one was not typed: {old}"))
        }
    }
}

/// Whether what was typed is the end of a fingerprint; spaces in it do not matter, case does.
fn ends(fingerprint: &str, typed: &str) -> bool {
    let dense = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<Vec<_>>();
    let typed = dense(typed);
    typed.len() >= TYPED && dense(fingerprint).ends_with(&typed)
}

fn there_already(file: &Path) -> String {
    format!("{} is there already, and is not overwritten; '--replace' asks first", file.display())
}

fn directory_of(file: &Path) -> &Path {
    file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The bytes of a file, and none where there is none.
fn bytes_of(file: &Path, most: usize) -> Result<Option<Vec<u8>>, String> {
    let shown = file.display();
    match file.metadata() {
        Ok(metadata) if metadata.is_file() => {}
        Ok(_) => return Err(format!("{shown} is not a regular file")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(format!("{shown} cannot be looked at: {error}")),
    }
    let mut bytes = Vec::new();
    let opened = File::open(file).and_then(|open| open.take(most as u64 + 1).read_to_end(&mut bytes));
    opened.map_err(|error| format!("{shown} cannot be read: {error}"))?;
    if bytes.len() > most { Err(format!("{shown} is larger than {most} bytes")) } else { Ok(Some(bytes)) }
}

/// Writes a file beside the old one and puts it in its place, where that is still what was read; or makes a new one, where there
/// still is none.
fn write(file: &Path, bytes: &[u8], old: Option<&[u8]>) -> Result<(), String> {
    let failed = |error: io::Error| format!("{} cannot be written: {error}", file.display());
    // A link stays one; what it leads to is replaced.
    let file = if old.is_some() { file.canonicalize().map_err(failed)? } else { file.to_owned() };
    let mut new = tempfile::Builder::new();
    let mut new = new.prefix(".midwatch-").tempfile_in(directory_of(&file)).map_err(failed)?;
    let mode = if old.is_some() { file.metadata().map_err(failed)?.mode() & 0o777 } else { MODE };
    new.as_file().set_permissions(Permissions::from_mode(mode)).map_err(failed)?;
    new.write_all(bytes).and_then(|()| new.as_file().sync_all()).map_err(failed)?;
    let persisted = match old {
        None => new.persist_noclobber(&file),
        Some(old) => {
            if bytes_of(&file, old.len())?.as_deref() != Some(old) {
                return Err(format!("{} was changed meanwhile, and is left alone", file.display()));
            }
            new.persist(&file)
        }
    };
    match persisted {
        Ok(_) => File::open(directory_of(&file)).and_then(|directory| directory.sync_all()).map_err(failed),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Err(there_already(&file)),
        Err(error) => Err(failed(error.error)),
    }
}

impl Kept {
    /// For people.
    pub fn line(&self) -> String {
        let file = self.file.display();
        match &self.done {
            Ok(Done::Added) => format!("  written to {file}\n"),
            Ok(Done::Replaced) => format!("  written to {file}, in the place of another key\n"),
            Ok(Done::There) => format!("  {file} had it already\n"),
            Err(why) => format!("  NOT written to {file}: {why}\n"),
        }
    }

    /// For programs.
    pub fn value(&self) -> Value {
        let done = match &self.done {
            Ok(Done::Added) => "added",
            Ok(Done::Replaced) => "replaced",
            Ok(Done::There) => "there",
            Err(_) => "not-written",
        };
        json!({ "kind": self.kind, "file": self.file, "done": done, "why": self.done.as_ref().err() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_has_to_be_typed() {
        let print = "SHA256:AbCdEfGhIjKl";
        for (typed, enough) in [
            ("GhIjKl", true),
            (" GhI jKl\n", true),
            ("AbCdEfGhIjKl\n", true),
            ("ghijkl", false),
            ("hIjKl", false),
            ("", false),
            ("y", false),
            ("GhIjKlm", false),
        ] {
            assert_eq!(ends(print, typed), enough, "{typed}");
        }
        assert!(ends("ABCD 1234", "CD1234"), "the groups of OpenPGP's");
    }

    #[test]
    fn files_are_made_or_replaced_and_never_clobbered() {
        let directory = tempfile::tempdir().expect("a directory");
        let file = directory.path().join("key.pub");
        write(&file, b"one", None).expect("made");
        assert!(write(&file, b"two", None).expect_err("it is there").contains("there already"));
        assert!(
            write(&file, b"two", Some(b"other")).expect_err("it is another").contains("changed meanwhile")
        );
        std::fs::set_permissions(&file, Permissions::from_mode(0o600)).expect("a mode");
        let link = directory.path().join("link");
        std::os::unix::fs::symlink("key.pub", &link).expect("a link");
        write(&link, b"two", Some(b"one")).expect("replaced");
        assert_eq!(std::fs::read(&file).expect("the file"), b"two");
        assert_eq!(file.metadata().expect("there").mode() & 0o777, 0o600);
        assert!(link.is_symlink());
        assert_eq!(
            std::fs::read_dir(directory.path()).expect("a directory").count(),
            2,
            "nothing is left over"
        );
    }
}
