//! The files and the environment that are read, and every limit on reading them.
//!
//! Everything is given by the caller, so that a tree made up for a test stands for a whole computer.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs;
use std::io::{self, ErrorKind, Read as _};
use std::path::{Component, Path, PathBuf};

use midwatch_model::{Reason, ReasonKind, Time, Unread, lossless};

/// The largest file that is read, in bytes.
pub const MAX_FILE: u64 = 8 * 1024 * 1024;

/// Entries of a directory that are looked at.
pub const MAX_ENTRIES: usize = 10_000;

/// Symbolic links followed on the way to one file, as Linux has it (path_resolution(7)).
const MAX_LINKS: usize = 40;

/// Parts of one path, those of symbolic links included.
const MAX_PARTS: usize = 1000;

/// A computer as its files and one user's environment show it.
#[derive(Clone, Debug)]
pub struct System {
    /// Where its file system begins: `/`, or a directory that stands for it. No symbolic link leads out of it.
    pub root: PathBuf,
    /// The user's home directory, as a path of this process.
    pub home: Option<PathBuf>,
    /// The environment variables.
    pub env: Vec<(String, String)>,
}

/// A file or directory: where it is for this process, and what it is called in a report.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    base: Base,
    path: PathBuf,
    /// What it is called in a report: `/etc/hosts`, `~/.curlrc`.
    pub shown: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Base {
    Root,
    Home,
}

impl System {
    /// A place by its absolute path.
    pub fn at(&self, path: &str) -> Place {
        let path = path.trim_start_matches('/');
        Place { base: Base::Root, path: path.into(), shown: lossless(format!("/{path}").as_bytes()) }
    }

    /// The home directory, where nothing below it may be reached: one reason in the stead of one for every file.
    pub fn shut_home(&self) -> Option<Unread> {
        let error = fs::metadata(self.home.as_ref()?.join(".")).err()?;
        let why = (error.kind() == ErrorKind::PermissionDenied).then(|| refused("~", &error))?;
        Some(Unread { file: "~".into(), why })
    }

    /// The same computer without the home, where that is shut.
    pub(crate) fn without_shut_home(&self) -> (System, Option<Unread>) {
        let shut = self.shut_home();
        let home = self.home.clone().filter(|_| shut.is_none());
        (System { home, ..self.clone() }, shut)
    }

    /// A place below the home directory; none where there is no home.
    pub fn home(&self, path: &str) -> Option<Place> {
        self.home.as_ref()?;
        Some(Place { base: Base::Home, path: path.into(), shown: lossless(format!("~/{path}").as_bytes()) })
    }

    /// The value of an environment variable; none where it is not set or empty.
    pub fn variable(&self, name: &str) -> Option<&str> {
        let found = self.env.iter().find(|(known, _)| known == name)?;
        Some(found.1.as_str()).filter(|value| !value.is_empty())
    }

    /// The whole of a file; none where there is none.
    ///
    /// # Errors
    /// Where it is there and cannot be read, with the right that it takes, or is larger than [`MAX_FILE`].
    pub fn read(&self, place: &Place) -> Result<Option<Vec<u8>>, Reason> {
        let Some(file) = self.open(place)? else { return Ok(None) };
        let mut bytes = Vec::new();
        file.take(MAX_FILE + 1).read_to_end(&mut bytes).map_err(|error| refused(&place.shown, &error))?;
        if u64::try_from(bytes.len()).is_ok_and(|length| length > MAX_FILE) {
            let detail = format!("{} is larger than {} MiB", place.shown, MAX_FILE / 1024 / 1024);
            return Err(Reason::new(ReasonKind::Limit, detail));
        }
        Ok(Some(bytes))
    }

    /// A file to be read bit by bit, by a reader with a limit of its own; none where there is none.
    ///
    /// # Errors
    /// Where it is there and cannot be read, with the right that it takes.
    pub(crate) fn open(&self, place: &Place) -> Result<Option<fs::File>, Reason> {
        let Some(path) = self.resolve(place)? else { return Ok(None) };
        let failed = |error: io::Error| refused(&place.shown, &error);
        let about = match fs::metadata(&path) {
            Ok(about) => about,
            Err(error) if is_absent(&error) => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        // Opening a pipe or a device could wait for ever, or do something.
        if !about.is_file() {
            return Ok(None);
        }
        match without_waiting().open(&path) {
            // It may have been exchanged for something else in between.
            Ok(file) => Ok(file.metadata().map_err(failed)?.is_file().then_some(file)),
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) => Err(failed(error)),
        }
    }

    /// The same as text; what is no UTF-8 is replaced.
    ///
    /// # Errors
    /// As [`System::read`].
    pub fn text(&self, place: &Place) -> Result<Option<String>, Reason> {
        Ok(self.read(place)?.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
    }

    /// The same, where a reason not to be read is added to a list.
    pub fn text_or(&self, place: &Place, unread: &mut Vec<Unread>) -> Option<String> {
        self.text(place).unwrap_or_else(|why| {
            unread.push(Unread { file: place.shown.clone(), why });
            None
        })
    }

    /// What a directory holds, by name; empty where there is none.
    ///
    /// # Errors
    /// Where it is there and cannot be read, or holds more than [`MAX_ENTRIES`].
    pub fn list(&self, place: &Place) -> Result<Vec<Place>, Reason> {
        let Some(path) = self.resolve(place)? else { return Ok(Vec::new()) };
        let entries = match fs::read_dir(&path) {
            Ok(entries) => entries,
            Err(error) if is_absent(&error) => return Ok(Vec::new()),
            Err(error) => return Err(refused(&place.shown, &error)),
        };
        let mut found = Vec::new();
        for entry in entries {
            if found.len() == MAX_ENTRIES {
                let detail = format!("{} holds more than {MAX_ENTRIES} entries", place.shown);
                return Err(Reason::new(ReasonKind::Limit, detail));
            }
            let entry = entry.map_err(|error| refused(&place.shown, &error))?;
            let name = entry.file_name();
            found.push(place.child(&name));
        }
        found.sort();
        Ok(found)
    }

    /// The same, where a reason not to be read is added to a list.
    pub fn list_or(&self, place: &Place, unread: &mut Vec<Unread>) -> Vec<Place> {
        self.list(place).unwrap_or_else(|why| {
            unread.push(Unread { file: place.shown.clone(), why });
            Vec::new()
        })
    }

    /// The names in a directory, up to so many of them, and whether there are more. In the order of names.
    ///
    /// # Errors
    /// Where it cannot be read, or is none.
    pub(crate) fn entries(&self, place: &Place, most: usize) -> Result<(Vec<Entry>, bool), Reason> {
        let failed = |error: io::Error| refused(&place.shown, &error);
        let Some(path) = self.resolve(place)? else { return Err(failed(ErrorKind::NotFound.into())) };
        let mut found = Vec::new();
        let mut more = false;
        for entry in fs::read_dir(&path).map_err(failed)? {
            if found.len() == most {
                more = true;
                break;
            }
            let entry = entry.map_err(failed)?;
            // A symbolic link to a directory is none.
            let is_directory = entry.file_type().is_ok_and(|kind| kind.is_dir());
            found.push(Entry { name: entry.file_name(), is_directory });
        }
        found.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        Ok((found, more))
    }

    /// True where something is there; false where it is not.
    ///
    /// # Errors
    /// Where that cannot be told.
    pub(crate) fn there(&self, place: &Place) -> Result<bool, Reason> {
        let Some(path) = self.resolve(place)? else { return Ok(false) };
        match fs::metadata(&path) {
            Ok(_) => Ok(true),
            Err(error) if is_absent(&error) => Ok(false),
            Err(error) => Err(refused(&place.shown, &error)),
        }
    }

    /// The absolute path of a place in this tree, behind every symbolic link. Other than [`System::real`] it does not
    /// shorten the home.
    pub(crate) fn canonical(&self, place: &Place) -> Option<String> {
        let path = fs::canonicalize(self.resolve(place).ok()??).ok()?;
        let root = fs::canonicalize(&self.root).ok()?;
        let path = path.strip_prefix(root).map_or(path.clone(), |rest| Path::new("/").join(rest));
        path.into_os_string().into_string().ok()
    }

    /// True where every user of this computer can read a file: it may be read by all, and everything above it entered by
    /// all. None where that cannot be told.
    pub(crate) fn readable_by_others(&self, place: &Place) -> Option<bool> {
        let path = fs::canonicalize(self.resolve(place).ok()??).ok()?;
        let has = |path: &Path, right: u32| mode(path).map(|mode| mode & right != 0);
        let mut all = has(&path, 0o004)?;
        for above in path.ancestors().skip(1) {
            all &= has(above, 0o001)?;
        }
        Some(all)
    }

    /// True where something is there.
    pub fn exists(&self, place: &Place) -> bool {
        matches!(self.resolve(place), Ok(Some(path)) if path.exists())
    }

    /// True where a directory is there.
    pub(crate) fn is_directory(&self, place: &Place) -> bool {
        matches!(self.resolve(place), Ok(Some(path)) if path.is_dir())
    }

    /// When a file was changed last.
    pub fn changed(&self, place: &Place) -> Option<Time> {
        let path = self.resolve(place).ok()??;
        Time::try_from(fs::metadata(path).ok()?.modified().ok()?).ok()
    }

    /// The path at which a place really is, behind every symbolic link, as a report would call it.
    pub fn real(&self, place: &Place) -> Option<String> {
        let path = fs::canonicalize(self.resolve(place).ok()??).ok()?;
        let below = |base: &Path| {
            let base = fs::canonicalize(base).ok()?;
            path.strip_prefix(base).ok().map(|rest| lossless(rest.as_os_str().as_encoded_bytes()))
        };
        if let Some(rest) = self.home.as_deref().and_then(below) {
            return Some(format!("~/{rest}"));
        }
        below(&self.root).map(|rest| format!("/{rest}"))
    }

    /// The target of a place that is a symbolic link, as it is written there.
    pub fn link(&self, place: &Place) -> Option<String> {
        let target = fs::read_link(self.base(place.base)?.join(&place.path)).ok()?;
        Some(lossless(target.as_os_str().as_encoded_bytes()))
    }

    fn base(&self, base: Base) -> Option<&Path> {
        match base {
            Base::Root => Some(&self.root),
            Base::Home => self.home.as_deref(),
        }
    }

    /// Follows symbolic links inside of the tree: where one is absolute, from the tree's root. In a home, which may
    /// lie outside of a made-up root, links are followed from the home. None where nothing is there.
    fn resolve(&self, place: &Place) -> Result<Option<PathBuf>, Reason> {
        let Some(base) = self.base(place.base) else { return Ok(None) };
        if base == Path::new("/") || place.base == Base::Home && self.root == Path::new("/") {
            // The kernel follows them the same way, and ends loops.
            return Ok(Some(base.join(&place.path)));
        }
        let mut todo: VecDeque<OsString> = parts(&place.path);
        let mut path = base.to_path_buf();
        let mut links = 0;
        let mut steps = 0;
        while let Some(part) = todo.pop_front() {
            steps += 1;
            if steps > MAX_PARTS || links > MAX_LINKS {
                let detail = format!("{}: too many symbolic links", place.shown);
                return Err(Reason::new(ReasonKind::Limit, detail));
            }
            if part == ".." {
                if path != base {
                    path.pop();
                }
                continue;
            }
            let next = path.join(&part);
            match fs::symlink_metadata(&next) {
                Ok(about) if about.is_symlink() => {
                    let target = fs::read_link(&next).map_err(|error| refused(&place.shown, &error))?;
                    links += 1;
                    if target.is_absolute() {
                        path = base.to_path_buf();
                    }
                    for part in parts(&target).into_iter().rev() {
                        todo.push_front(part);
                    }
                }
                Ok(_) => path = next,
                Err(error) if is_absent(&error) => return Ok(None),
                Err(error) => return Err(refused(&place.shown, &error)),
            }
        }
        Ok(Some(path))
    }
}

/// A name in a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) name: OsString,
    pub(crate) is_directory: bool,
}

/// How files are opened: what turns out to be a pipe, or a file of the kernel's that has nothing to say yet, is not waited
/// for.
fn without_waiting() -> fs::OpenOptions {
    let mut options = fs::OpenOptions::new();
    options.read(true);
    #[cfg(has_linux)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
        options.custom_flags(i32::try_from(flags.bits()).unwrap_or_default());
    }
    options
}

/// The rights on a file; none where a system has no such.
fn mode(path: &Path) -> Option<u32> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        Some(fs::metadata(path).ok()?.permissions().mode())
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        None
    }
}

impl Place {
    /// An entry of this directory.
    pub(crate) fn child(&self, name: &std::ffi::OsStr) -> Place {
        let shown = format!("{}/{}", self.shown.trim_end_matches('/'), lossless(name.as_encoded_bytes()));
        Place { base: self.base, path: self.path.join(name), shown }
    }

    /// Its path as [`System::at`] takes it; none for one in a home, and for one that is no UTF-8.
    pub fn path(&self) -> Option<String> {
        let path = self.path.to_str().filter(|_| self.base == Base::Root)?;
        Some(format!("/{}", path.trim_start_matches('/')))
    }

    /// A place below this one.
    pub fn join(&self, path: &str) -> Place {
        let shown = format!("{}/{}", self.shown.trim_end_matches('/'), lossless(path.as_bytes()));
        Place { base: self.base, path: self.path.join(path), shown }
    }

    /// The directory that it is in; none for where a file system or a home begins.
    pub(crate) fn parent(&self) -> Option<Place> {
        let path = self.path.parent()?.to_owned();
        let shown = self.shown.rsplit_once('/').map_or("", |(before, _)| before);
        let shown = if shown.is_empty() { "/".to_owned() } else { shown.to_owned() };
        Some(Place { base: self.base, path, shown })
    }

    /// The absolute path, without dots; none for a place in a home directory, which may be anywhere.
    pub(crate) fn absolute(&self) -> Option<String> {
        if self.base == Base::Home {
            return None;
        }
        let mut all: Vec<String> = Vec::new();
        for part in parts(&self.path) {
            match part.to_string_lossy().as_ref() {
                ".." => {
                    all.pop();
                }
                part => all.push(part.to_owned()),
            }
        }
        Some(format!("/{}", all.join("/")))
    }

    /// Its last part.
    pub fn name(&self) -> String {
        self.path.file_name().map(|name| lossless(name.as_encoded_bytes())).unwrap_or_default()
    }

    /// True where its name ends in this.
    pub fn ends_with(&self, end: &str) -> bool {
        self.shown.ends_with(end)
    }
}

fn parts(path: &Path) -> VecDeque<OsString> {
    let part = |part: Component<'_>| match part {
        Component::Normal(name) => Some(name.to_owned()),
        Component::ParentDir => Some("..".into()),
        _ => None,
    };
    path.components().filter_map(part).collect()
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

/// Why a place cannot be read, with the right that it takes.
pub(crate) fn refused(shown: &str, error: &io::Error) -> Reason {
    let detail = match error.kind() {
        ErrorKind::PermissionDenied => {
            format!(
                "{shown} may not be read by this user (permission denied): it takes its owner's rights, or root's"
            )
        }
        _ => format!("{shown} could not be read ({error})"),
    };
    Reason::new(ReasonKind::Other, detail)
}

#[cfg(test)]
pub(crate) mod testing {
    use super::*;

    /// A made-up computer that goes away when it is dropped.
    pub(crate) struct Tree {
        _directory: tempfile::TempDir,
        pub(crate) system: System,
    }

    impl Tree {
        /// Files by path; those that begin with `~/` are in the home.
        pub(crate) fn new(files: &[(&str, &str)]) -> Tree {
            let directory = tempfile::tempdir().unwrap();
            let root = directory.path().join("root");
            let home = directory.path().join("home");
            fs::create_dir_all(&root).unwrap();
            fs::create_dir_all(&home).unwrap();
            let tree =
                Tree { system: System { root, home: Some(home), env: Vec::new() }, _directory: directory };
            for (path, text) in files {
                tree.write(path, text.as_bytes());
            }
            tree
        }

        pub(crate) fn path(&self, path: &str) -> PathBuf {
            match path.strip_prefix("~/") {
                Some(path) => self.system.home.clone().unwrap().join(path),
                None => self.system.root.join(path.trim_start_matches('/')),
            }
        }

        pub(crate) fn write(&self, path: &str, bytes: &[u8]) {
            let path = self.path(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }

        pub(crate) fn link(&self, path: &str, target: &str) {
            let path = self.path(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::os::unix::fs::symlink(target, path).unwrap();
        }

        pub(crate) fn env(mut self, variables: &[(&str, &str)]) -> Tree {
            self.system.env =
                variables.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
            self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::testing::Tree;
    use super::*;

    #[test]
    fn links_stay_inside_and_loops_end() {
        let tree = Tree::new(&[("/etc/real", "here")]);
        tree.link("/etc/absolute", "/etc/real");
        tree.link("/etc/up", "../../../../../../etc/real");
        tree.link("/etc/out", "/proc/version");
        tree.link("/etc/one", "two");
        tree.link("/etc/two", "one");
        let read = |path: &str| tree.system.text(&tree.system.at(path));
        assert_eq!(read("/etc/absolute"), Ok(Some("here".into())));
        assert_eq!(read("/etc/up"), Ok(Some("here".into())));
        assert_eq!(read("/etc/out"), Ok(None), "the tree has no /proc");
        assert_eq!(read("/etc/one").unwrap_err().kind, ReasonKind::Limit);
        assert_eq!(read("/etc/none"), Ok(None));
        assert_eq!(tree.system.real(&tree.system.at("/etc/absolute")).as_deref(), Some("/etc/real"));
        assert_eq!(tree.system.link(&tree.system.at("/etc/one")).as_deref(), Some("two"));
        // The same where the root is the real one and the kernel follows links.
        let real = System { root: "/".into(), home: None, env: vec![] };
        let link = tree.path("/etc/relative");
        std::os::unix::fs::symlink("real", &link).unwrap();
        let told = real.real(&real.at(link.to_str().unwrap())).unwrap();
        assert!(told.ends_with("/etc/real"), "{told}");
    }

    #[test]
    fn what_the_user_may_not_read_says_so() {
        use std::os::unix::fs::PermissionsExt as _;
        let tree = Tree::new(&[("/etc/secret", "x")]);
        let path = tree.path("/etc/secret");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
        let read = tree.system.text(&tree.system.at("/etc/secret"));
        // Root reads everything; for everybody else the reason names the right that it takes.
        match fs::File::open(&path) {
            Ok(_) => assert_eq!(read, Ok(Some("x".into()))),
            Err(_) => assert!(read.unwrap_err().detail.contains("takes its owner's rights, or root's")),
        }
    }

    #[test]
    fn what_is_too_large_or_no_file_is_not_read() {
        let tree = Tree::new(&[("/etc/d/a", ""), ("/etc/d/b", "")]);
        let size = usize::try_from(MAX_FILE).unwrap();
        tree.write("/etc/large", &vec![b'x'; size + 1]);
        tree.write("/etc/largest", &vec![b'x'; size]);
        let read = |path: &str| tree.system.read(&tree.system.at(path));
        assert_eq!(read("/etc/large").unwrap_err().kind, ReasonKind::Limit);
        assert_eq!(read("/etc/largest").unwrap().map(|bytes| bytes.len()), Some(size));
        assert_eq!(read("/etc/d"), Ok(None));
        let names: Vec<String> = tree
            .system
            .list(&tree.system.at("/etc/d"))
            .unwrap()
            .iter()
            .map(|place| place.shown.clone())
            .collect();
        assert_eq!(names, ["/etc/d/a", "/etc/d/b"]);
        assert_eq!(tree.system.list(&tree.system.at("/none")), Ok(vec![]));
    }

    /// A pipe that takes the place of a file between two looks must not hold everything up.
    #[cfg(has_linux)]
    #[test]
    fn nothing_is_waited_for() {
        let tree = Tree::new(&[("/etc/x", "")]);
        let pipe = tree.path("/etc/pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status().expect("mkfifo");
        assert!(made.success());
        assert_eq!(tree.system.text(&tree.system.at("/etc/pipe")), Ok(None));
        // Past the first look, as a file that was exchanged would be: it opens at once.
        assert!(without_waiting().open(&pipe).is_ok());
    }

    #[cfg(unix)]
    #[test]
    fn who_may_read_a_file() {
        use std::os::unix::fs::PermissionsExt as _;
        let tree = Tree::new(&[("/a/b/file", "x")]);
        let set = |path: &str, mode| {
            fs::set_permissions(tree.path(path), fs::Permissions::from_mode(mode)).unwrap();
        };
        let above_is_open =
            tree.path("/").ancestors().skip(1).all(|one| mode(one).is_some_and(|mode| mode & 1 != 0));
        let all = || tree.system.readable_by_others(&tree.system.at("/a/b/file"));
        for path in ["/", "/a", "/a/b"] {
            set(path, 0o755);
        }
        set("/a/b/file", 0o644);
        assert_eq!(all(), Some(above_is_open));
        set("/a", 0o700);
        assert_eq!(all(), Some(false));
        set("/a", 0o711);
        set("/a/b/file", 0o640);
        assert_eq!(all(), Some(false));
        assert_eq!(tree.system.readable_by_others(&tree.system.at("/none")), None);
    }

    #[test]
    fn reasons_name_the_right_that_it_takes() {
        let why = refused("/etc/secret", &io::Error::from(ErrorKind::PermissionDenied));
        assert!(why.detail.contains("root") && why.detail.contains("/etc/secret"), "{why}");
    }
}
