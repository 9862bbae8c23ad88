//! known_hosts on the disk: read within bounds, and changed so that a reader or a crash meets the old file or the
//! new one and nothing between.
//!
//! A change takes these steps: a lock (`flock` on `known_hosts.lock` beside the file, which stays there), the file
//! read, a new file written beside it with the same owner and mode and brought to the disk, where lines go a link
//! `known_hosts.old` to the old one as `ssh-keygen -R` keeps it, the new one renamed over the old, the directory
//! brought to the disk.
//!
//! OpenSSH takes no lock. The file is therefore compared with what was read just before it is replaced, and the change
//! made anew where it is another; and the old file is read once more after that, since `ssh` may have had it open:
//! lines that it got meanwhile are added to the new one.
//!
//! Access control lists and extended attributes are not carried over.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{
    DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _, fchown,
};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::edit::{Change, EditError};
use crate::known_hosts::KnownHosts;

/// The largest file that is read, in bytes.
pub const LARGEST: u64 = 16 * 1024 * 1024;

/// How long another saver is waited for, where the caller has no wish of its own.
pub const WAIT: Duration = Duration::from_secs(10);

/// How often a file is tried again that changes under the saver's hands.
const TRIES: usize = 32;

/// Looks in a row at a replaced file that nobody wrote to, after which nobody is taken to have it open to write.
const QUIET: usize = 5;

/// The pause between two of them.
const LOOK: Duration = Duration::from_millis(4);

/// Links that are followed, as Linux does.
const MOST_LINKS: usize = 40;

/// The pause between two looks at a lock.
const PAUSE: Duration = Duration::from_millis(10);

/// Why a file is not read or saved.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// The system says no.
    #[error("{doing} {path}: {source}")]
    Io {
        /// What was being done: "reading".
        doing: &'static str,
        /// To what.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Too large, and surely no file of known hosts.
    #[error("{0} has more than 16 MiB: that is no file of known hosts")]
    TooLarge(PathBuf),
    /// A directory, a device or a pipe.
    #[error("{0} is not a regular file")]
    NotRegular(PathBuf),
    /// Somebody holds the lock.
    #[error("{lock} is still locked after {waited:?}: another midwatch is saving to the file beside it")]
    Locked {
        /// The file of the lock.
        lock: PathBuf,
        /// How long it was waited for.
        waited: Duration,
    },
    /// Somebody who takes no lock keeps writing.
    #[error("{0} was changed by another program every time before it could be replaced")]
    Busy(PathBuf),
    /// The change itself.
    #[error("{path}: {source}")]
    Edit {
        /// The file.
        path: PathBuf,
        /// Why.
        source: EditError,
    },
}

/// What was saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saved {
    /// The file itself, after links.
    pub file: PathBuf,
    /// The names that were added. Where this and `altered` are empty, the file was left alone.
    pub added: Vec<String>,
    /// The lines that went or lost a name, as numbers in the file as it was.
    pub altered: Vec<usize>,
    /// Where the old file is kept, if lines went.
    pub backup: Option<PathBuf>,
}

/// Reads a file. `None` where there is none, which is how OpenSSH takes it.
///
/// # Errors
/// [`SaveError`].
pub fn read(path: &Path) -> Result<Option<KnownHosts>, SaveError> {
    match open(path)? {
        Some((_, _, bytes)) => Ok(Some(KnownHosts::parse(path, &bytes))),
        None => Ok(None),
    }
}

/// Whether others than the owner may write to a file: its group or everybody. OpenSSH uses such a known_hosts without
/// a word. `None` where there is no file.
///
/// # Errors
/// [`SaveError::Io`].
pub fn writable_by_others(path: &Path) -> Result<Option<bool>, SaveError> {
    match path.metadata() {
        Ok(metadata) => Ok(Some(metadata.mode() & 0o022 != 0)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(source) => Err(SaveError::Io { doing: "looking at", path: path.to_owned(), source }),
    }
}

/// Makes a change and waits so long for other savers. A file that is not there is made, readable by its owner alone,
/// and so is its directory.
///
/// # Errors
/// [`SaveError`]; the file is then as it was, or whole with the change in it.
pub fn save(path: &Path, change: &Change, wait: Duration) -> Result<Saved, SaveError> {
    let file = follow(path)?;
    let directory = match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    };
    if !directory.is_dir() {
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&directory)
            .map_err(failed("making", &directory))?;
    }
    let _lock = lock(&beside(&file, ".lock"), wait)?;
    let prefix = temporary_prefix(&file);
    sweep(&directory, &prefix);
    let mut saved = None;
    for _ in 0..TRIES {
        let old = open(&file)?;
        let known = KnownHosts::parse(&file, old.as_ref().map_or(&[][..], |(_, _, bytes)| bytes));
        let changed = known.with(change).map_err(|source| SaveError::Edit { path: file.clone(), source })?;
        let this = Saved {
            file: file.clone(),
            backup: (!changed.altered.is_empty()).then(|| beside(&file, ".old")),
            added: changed.added,
            altered: changed.altered,
        };
        if this.added.is_empty() && this.altered.is_empty() {
            return Ok(this);
        }
        let replaced =
            replace(&file, &directory, &prefix, old.as_ref(), &changed.bytes, this.backup.as_deref())?;
        if replaced {
            saved = Some(this);
            if let Some((handle, _, bytes)) = &old {
                let mut length = bytes.len();
                let mut quiet = 0;
                for _ in 0..TRIES {
                    let late = grown(&file, handle, length)?;
                    if late.is_empty() {
                        // Whoever opened it before it was replaced may be about to write.
                        quiet += 1;
                        if quiet == QUIET {
                            break;
                        }
                        std::thread::sleep(LOOK);
                        continue;
                    }
                    quiet = 0;
                    // ssh ends a line that has no end before it adds its own; the new file has that end.
                    let unended = length == bytes.len() && bytes.last().is_some_and(|last| *last != b'\n');
                    let lines = if unended { late.strip_prefix(b"\n").unwrap_or(&late) } else { &late };
                    carry_over(&file, lines)?;
                    length += late.len();
                }
            }
            break;
        }
    }
    saved.ok_or(SaveError::Busy(file))
}

type Opened = (File, std::fs::Metadata, Vec<u8>);

fn open(path: &Path) -> Result<Option<Opened>, SaveError> {
    // A pipe would be waited for.
    match path.metadata() {
        Ok(metadata) if !metadata.is_file() => return Err(SaveError::NotRegular(path.to_owned())),
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(SaveError::Io { doing: "reading", path: path.to_owned(), source }),
    }
    let file = File::open(path).map_err(failed("reading", path))?;
    let metadata = file.metadata().map_err(failed("reading", path))?;
    let mut bytes = Vec::new();
    (&file).take(LARGEST + 1).read_to_end(&mut bytes).map_err(failed("reading", path))?;
    if bytes.len() as u64 > LARGEST {
        return Err(SaveError::TooLarge(path.to_owned()));
    }
    Ok(Some((file, metadata, bytes)))
}

/// Puts new bytes in the place of a file. `false` where the file is no longer the one that was read.
fn replace(
    file: &Path,
    directory: &Path,
    prefix: &str,
    old: Option<&Opened>,
    bytes: &[u8],
    backup: Option<&Path>,
) -> Result<bool, SaveError> {
    let mut new = tempfile::Builder::new()
        .prefix(prefix)
        .tempfile_in(directory)
        .map_err(failed("making a file in", directory))?;
    let writing = failed("writing", new.path());
    new.write_all(bytes).map_err(&writing)?;
    if let Some((_, metadata, _)) = old {
        let mine = new.as_file().metadata().map_err(&writing)?;
        if (mine.uid(), mine.gid()) != (metadata.uid(), metadata.gid()) {
            fchown(new.as_file(), Some(metadata.uid()), Some(metadata.gid()))
                .map_err(failed("keeping the owner of", file))?;
        }
        let mode = std::fs::Permissions::from_mode(metadata.mode() & 0o7777);
        new.as_file().set_permissions(mode).map_err(&writing)?;
    }
    new.as_file().sync_all().map_err(&writing)?;
    match old {
        Some((_, metadata, bytes_read)) => {
            if !begins_as(file, metadata, bytes_read)? {
                return Ok(false);
            }
            if let Some(backup) = backup {
                keep(file, directory, prefix, backup)?;
            }
            new.persist(file).map_err(|error| SaveError::Io {
                doing: "replacing",
                path: file.to_owned(),
                source: error.error,
            })?;
        }
        None => {
            if let Err(error) = new.persist_noclobber(file) {
                if error.error.kind() == ErrorKind::AlreadyExists {
                    return Ok(false);
                }
                return Err(SaveError::Io { doing: "making", path: file.to_owned(), source: error.error });
            }
        }
    }
    sync(directory)?;
    Ok(true)
}

/// Whether a file is still the one that was read, and begins with what was read. It may have grown.
fn begins_as(file: &Path, read: &std::fs::Metadata, bytes: &[u8]) -> Result<bool, SaveError> {
    let Some((_, now, bytes_now)) = open(file)? else { return Ok(false) };
    Ok((now.dev(), now.ino()) == (read.dev(), read.ino()) && bytes_now.starts_with(bytes))
}

/// Links the old file to its name as a backup, over an older one, without a moment in which there is none.
fn keep(file: &Path, directory: &Path, prefix: &str, backup: &Path) -> Result<(), SaveError> {
    let holder = tempfile::Builder::new()
        .prefix(prefix)
        .tempdir_in(directory)
        .map_err(failed("making a directory in", directory))?;
    let link = holder.path().join("old");
    std::fs::hard_link(file, &link).map_err(failed("linking", file))?;
    std::fs::rename(&link, backup).map_err(failed("keeping the old file as", backup))
}

/// What a file got behind its first bytes.
fn grown(file: &Path, mut handle: &File, length: usize) -> Result<Vec<u8>, SaveError> {
    let mut late = Vec::new();
    handle.seek(SeekFrom::Start(length as u64)).map_err(failed("reading", file))?;
    handle.take(LARGEST).read_to_end(&mut late).map_err(failed("reading", file))?;
    Ok(late)
}

/// Adds lines that another program wrote to the old file, as that program would have: at the end, at once.
fn carry_over(file: &Path, late: &[u8]) -> Result<(), SaveError> {
    let mut open = OpenOptions::new().append(true).open(file).map_err(failed("adding to", file))?;
    open.write_all(late).and_then(|()| open.sync_all()).map_err(failed("adding to", file))
}

/// The file that a name means, through links, also where the last of them leads to none.
fn follow(path: &Path) -> Result<PathBuf, SaveError> {
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        match std::fs::read_link(&path) {
            Ok(to) => path = path.parent().unwrap_or(Path::new("")).join(to),
            // It is no link, or not there.
            Err(error) if matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::NotFound) => {
                return Ok(path);
            }
            Err(source) => return Err(SaveError::Io { doing: "following", path, source }),
        }
    }
    Err(SaveError::Io { doing: "following", path, source: ErrorKind::TooManyLinks.into() })
}

fn lock(path: &Path, wait: Duration) -> Result<File, SaveError> {
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)
        .map_err(failed("opening the lock", path))?;
    let until = Instant::now() + wait;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) if Instant::now() < until => std::thread::sleep(PAUSE),
            Err(TryLockError::WouldBlock) => {
                return Err(SaveError::Locked { lock: path.to_owned(), waited: wait });
            }
            Err(TryLockError::Error(error)) => return Err(failed("locking", path)(error)),
        }
    }
}

/// Removes what a saver left that was ended in the middle. The lock is held, so that nobody uses it.
fn sweep(directory: &Path, prefix: &str) {
    let Ok(entries) = directory.read_dir() else { return };
    for entry in entries.flatten() {
        if entry.file_name().as_encoded_bytes().starts_with(prefix.as_bytes()) {
            // Failing leaves a file that means nothing.
            let _ = match entry.file_type() {
                Ok(kind) if kind.is_dir() => std::fs::remove_dir_all(entry.path()),
                _ => std::fs::remove_file(entry.path()),
            };
        }
    }
}

fn temporary_prefix(file: &Path) -> String {
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    format!(".{name}.midwatch-")
}

fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

fn sync(directory: &Path) -> Result<(), SaveError> {
    File::open(directory).and_then(|open| open.sync_all()).map_err(failed("bringing to the disk", directory))
}

fn failed(doing: &'static str, path: &Path) -> impl Fn(std::io::Error) -> SaveError + use<> {
    let path = path.to_owned();
    move |source| SaveError::Io { doing, path: path.clone(), source }
}
