//! Gives up every right that no chosen sensor needs.
//!
//! Started as root, midwatch opens what only root may open and then becomes another user ([`become_user`]). Started by
//! systemd as that user with a right or two, it gives up those that the configuration does not call for ([`settle`]).
//! Either way nothing that it starts inherits a right, no program on the disk can give it one back (no_new_privs), and
//! its memory cannot be read by other programs of its user.
//!
//! Rights belong to a thread on Linux, and a new thread inherits them. So both functions refuse where there is more than
//! one thread: call them before the runtime is built.

use std::collections::BTreeSet;
use std::fmt;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::process::{DumpableBehavior, Gid, Uid, geteuid, getuid, set_dumpable_behavior};
use rustix::thread::{
    CapabilitySet, CapabilitySets, capabilities, capability_is_in_bounding_set, clear_ambient_capability_set,
    remove_capability_from_bounding_set, set_capabilities, set_keep_capabilities, set_no_new_privs,
    set_thread_groups, set_thread_res_gid, set_thread_res_uid,
};

/// The file of users, and that of groups (passwd(5), group(5)).
const PASSWD: &str = "/etc/passwd";
const GROUP: &str = "/etc/group";

/// Either may be so long, in bytes.
const MAX_FILE: u64 = 4 * 1024 * 1024;

/// The kernel takes so many groups of a process (NGROUPS_MAX).
const MAX_GROUPS: usize = 65_536;

/// In a state directory, so many entries change hands.
const MAX_ENTRIES: usize = 1_000;

/// A right that midwatch may need for as long as it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Right {
    /// CAP_NET_RAW: hears frames of the link. Needed where a target of the kind `here` listens.
    HearFrames,
}

impl Right {
    fn set(self) -> CapabilitySet {
        match self {
            Right::HearFrames => CapabilitySet::NET_RAW,
        }
    }
}

impl fmt::Display for Right {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Right::HearFrames => "CAP_NET_RAW, to hear frames of the link for targets of the kind here",
        })
    }
}

/// A user of this system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Its name.
    pub name: String,
    /// Its number.
    pub uid: u32,
    /// The number of its own group.
    pub gid: u32,
    /// The numbers of the other groups that it is in.
    pub groups: Vec<u32>,
}

impl User {
    /// Looks a user up by name in `/etc/passwd` and `/etc/group`. Directories such as LDAP are not asked.
    ///
    /// # Errors
    /// A sentence, where there is no such user, or it is root.
    pub fn find(name: &str) -> Result<User, PrivilegeError> {
        let read = |path: &str| read(Path::new(path)).map_err(|error| fail(format!("read {path}"), error));
        User::within(name, &read(PASSWD)?, &read(GROUP)?)
    }

    /// The same, in texts of these files.
    fn within(name: &str, passwd: &str, group: &str) -> Result<User, PrivilegeError> {
        let user =
            passwd.lines().map(|line| line.split(':').collect::<Vec<_>>()).find_map(|field| match *field {
                [this, _, uid, gid, ..] if this == name => Some((uid.parse().ok()?, gid.parse().ok()?)),
                _ => None,
            });
        let Some((uid, gid)) = user else {
            return Err(PrivilegeError::NoUser(midwatch_model::lossless(name.as_bytes())));
        };
        if uid == 0 {
            return Err(PrivilegeError::Root(name.to_owned()));
        }
        let mut groups: BTreeSet<u32> = BTreeSet::new();
        for line in group.lines() {
            if let [_, _, number, members] = *line.split(':').collect::<Vec<_>>()
                && members.split(',').any(|member| member == name)
                && let Ok(number) = number.parse()
            {
                groups.insert(number);
            }
        }
        groups.remove(&gid);
        // Who is in the group of root is so for a reason that is not midwatch's.
        groups.remove(&0);
        Ok(User { name: name.to_owned(), uid, gid, groups: groups.into_iter().take(MAX_GROUPS).collect() })
    }
}

fn read(path: &Path) -> io::Result<String> {
    use std::io::Read;
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(MAX_FILE).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// What was given up and what is kept, for the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// Who it is now, where it became another user.
    pub user: Option<String>,
    /// What is kept.
    pub kept: Vec<Right>,
    /// What was called for and is not there: the sensor says so too, in its facts.
    pub lacking: Vec<Right>,
}

impl fmt::Display for Settled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(user) = &self.user {
            write!(f, "runs as {user} now; ")?;
        }
        if self.kept.is_empty() {
            f.write_str("no right beyond those of any user is kept")?;
        } else {
            f.write_str("kept: ")?;
            list(f, &self.kept)?;
        }
        if !self.lacking.is_empty() {
            f.write_str("; lacking: ")?;
            list(f, &self.lacking)?;
            f.write_str(" (start it as root, or by its unit with AmbientCapabilities=)")?;
        }
        Ok(())
    }
}

fn list(f: &mut fmt::Formatter<'_>, rights: &[Right]) -> fmt::Result {
    for (at, right) in rights.iter().enumerate() {
        write!(f, "{}{right}", if at > 0 { "; " } else { "" })?;
    }
    Ok(())
}

/// True where this process is root, who has every right.
pub fn is_root() -> bool {
    geteuid().is_root()
}

/// From root to another user for good: its number, its groups, `keep` and no right beyond.
///
/// # Errors
/// A sentence. The process may be left with some of it done: end it.
pub fn become_user(user: &User, keep: &[Right]) -> Result<Settled, PrivilegeError> {
    one_thread()?;
    if !is_root() {
        return Err(PrivilegeError::NotRoot(user.name.clone()));
    }
    if user.uid == 0 {
        return Err(PrivilegeError::Root(user.name.clone()));
    }
    let (uid, gid) = (Uid::from_raw(user.uid), Gid::from_raw(user.gid));
    let groups: Vec<Gid> = user.groups.iter().copied().map(Gid::from_raw).collect();
    let wanted = set_of(keep);
    // The bound goes first, while the right to lower it (CAP_SETPCAP) is there: no program started later gets more.
    lower_bound(wanted)?;
    // Without this, the last step away from root would empty the permitted set.
    step("keep rights over the change of user", set_keep_capabilities(true))?;
    step("set its groups", set_thread_groups(&groups))?;
    step("become its group", set_thread_res_gid(gid, gid, gid))?;
    step("become the user", set_thread_res_uid(uid, uid, uid))?;
    let mut settled = narrow(keep)?;
    step("leave no trace of root", set_keep_capabilities(false))?;
    // What the kernel says counts, and not that no call failed.
    let root = Uid::ROOT;
    if getuid() != uid || geteuid() != uid || set_thread_res_uid(root, root, root).is_ok() {
        return Err(PrivilegeError::StillRoot);
    }
    settled.user = Some(user.name.clone());
    Ok(settled)
}

/// Stays who it is, and keeps `keep` of the rights that it has. As root too, where nobody is named to become.
///
/// # Errors
/// A sentence. The process may be left with some of it done.
pub fn settle(keep: &[Right]) -> Result<Settled, PrivilegeError> {
    one_thread()?;
    if is_root() {
        // Without rights root still owns the system's files: this is not the same as becoming somebody.
        lower_bound(set_of(keep))?;
    }
    narrow(keep)
}

/// The rights of this thread, made as few as that.
fn narrow(keep: &[Right]) -> Result<Settled, PrivilegeError> {
    let had = step("read its rights", capabilities(None))?;
    let wanted = set_of(keep) & had.permitted;
    // Ambient rights are those that every program started from here would get.
    step("give up ambient rights", clear_ambient_capability_set())?;
    let sets = CapabilitySets { effective: wanted, permitted: wanted, inheritable: CapabilitySet::empty() };
    // Who has no more than that may be forbidden to ask: the unit without targets of the kind here takes the call away.
    if had != sets {
        step("give up rights", set_capabilities(None, sets))?;
    }
    step("forbid new rights", set_no_new_privs(true))?;
    step("close its memory to others", set_dumpable_behavior(DumpableBehavior::NotDumpable))?;
    let has = step("read its rights", capabilities(None))?;
    if has.permitted != wanted || has.effective != wanted {
        return Err(PrivilegeError::StillRoot);
    }
    let (mut kept, mut lacking): (Vec<Right>, Vec<Right>) =
        keep.iter().partition(|right| wanted.contains(right.set()));
    for list in [&mut kept, &mut lacking] {
        list.sort();
        list.dedup();
    }
    Ok(Settled { user: None, kept, lacking })
}

fn set_of(rights: &[Right]) -> CapabilitySet {
    rights.iter().fold(CapabilitySet::empty(), |all, right| all | right.set())
}

/// The bound of what this process and its children can ever have.
fn lower_bound(wanted: CapabilitySet) -> Result<(), PrivilegeError> {
    for number in 0..64 {
        let one = CapabilitySet::from_bits_retain(1 << number);
        // Beyond the last right that the kernel knows, it says that there is no such one.
        let Ok(is_in) = capability_is_in_bounding_set(one) else { break };
        if is_in && !wanted.contains(one) {
            step("lower the bound of its rights", remove_capability_from_bounding_set(one))?;
        }
    }
    Ok(())
}

/// Hands a directory of root over to a user, with the files in it, so that it can be written to afterwards. What
/// belongs to somebody else already stays as it is. Says whether it changed hands.
///
/// # Errors
/// A sentence; also where somebody but root may write to the directory or lead there, since root would then be
/// made to hand over files of others.
pub fn hand_over(directory: &Path, user: &User) -> Result<bool, PrivilegeError> {
    let doing = || format!("hand the directory {} over to {}", directory.display(), user.name);
    let failed = |error: io::Error| fail(doing(), error);
    let not_ours = |why| PrivilegeError::NotOurs { directory: directory.to_owned(), why };
    let of = std::fs::symlink_metadata(directory).map_err(failed)?;
    if !of.is_dir() {
        return Err(not_ours("it is no directory"));
    }
    if of.uid() != 0 {
        return Ok(false);
    }
    if of.mode() & 0o022 != 0 {
        return Err(not_ours("others may write to it: chmod go-w it"));
    }
    let owner = (Some(user.uid), Some(user.gid));
    for entry in std::fs::read_dir(directory).map_err(failed)?.take(MAX_ENTRIES) {
        let path = entry.map_err(failed)?.path();
        let of = std::fs::symlink_metadata(&path).map_err(failed)?;
        // A file with a second name may be somebody's elsewhere.
        if of.uid() == 0 && of.is_file() && of.nlink() == 1 {
            std::os::unix::fs::lchown(&path, owner.0, owner.1).map_err(failed)?;
        }
    }
    // The directory last: until here nobody but root could put anything into it.
    std::os::unix::fs::lchown(directory, owner.0, owner.1).map_err(failed)?;
    Ok(true)
}

/// Refuses where a thread would keep what this one gives up.
fn one_thread() -> Result<(), PrivilegeError> {
    let threads =
        std::fs::read_dir("/proc/self/task").map_err(|error| fail("count its threads".into(), error))?;
    match threads.take(2).count() {
        1 => Ok(()),
        _ => Err(PrivilegeError::Threads),
    }
}

fn fail(doing: String, error: io::Error) -> PrivilegeError {
    PrivilegeError::Failed { doing, error }
}

fn step<T>(doing: &str, result: rustix::io::Result<T>) -> Result<T, PrivilegeError> {
    result.map_err(|error| fail(doing.to_owned(), error.into()))
}

/// Why rights could not be given up.
#[derive(Debug, thiserror::Error)]
pub enum PrivilegeError {
    /// Nobody has this name.
    #[error(
        "there is no user '{0}' in {PASSWD}. Make one: useradd --system --home-dir /var/lib/midwatch --shell \
         /usr/sbin/nologin midwatch"
    )]
    NoUser(String),
    /// Root is who it is to be no more.
    #[error("the user '{0}' is root, with every right. Name one that has none, as midwatch")]
    Root(String),
    /// Only root can become somebody else.
    #[error("only root can become the user '{0}'. Start it as root, or as that user and without naming one")]
    NotRoot(String),
    /// Too late.
    #[error("rights are given up before the first thread is started, and there is more than one")]
    Threads,
    /// The kernel said yes and did not.
    #[error("the system let midwatch keep rights that it gave up; it does not go on like that")]
    StillRoot,
    /// A directory that is not safe to hand over.
    #[error("the directory {} cannot be handed over to another user: {why}", .directory.display())]
    NotOurs {
        /// Which.
        directory: PathBuf,
        /// Why not.
        why: &'static str,
    },
    /// A step failed.
    #[error("giving up rights, it could not {doing} ({error})")]
    Failed {
        /// What was being done.
        doing: String,
        /// What the system said.
        #[source]
        error: io::Error,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWD: &str = "root:x:0:0:root:/root:/bin/bash\n\
                          toor:x:0:0::/:/bin/sh\n\
                          broken:x:many:5::/:\n\
                          short:x\n\
                          midwatch:x:990:980::/var/lib/midwatch:/usr/sbin/nologin\n";
    const GROUP: &str = "root:x:0:midwatch\nmidwatch:x:980:midwatch\nssl-cert:x:104:postgres,midwatch\n\
                         other:x:105:midwatcher\nsick:x:y:midwatch\n";

    #[test]
    fn a_user_has_its_groups_but_not_roots() {
        let user = User::within("midwatch", PASSWD, GROUP).unwrap();
        assert_eq!(user, User { name: "midwatch".into(), uid: 990, gid: 980, groups: vec![104] });
    }

    #[test]
    fn nobody_and_root_are_refused_in_words() {
        let said = |name: &str| User::within(name, PASSWD, GROUP).unwrap_err().to_string();
        assert!(said("nobody").starts_with("there is no user 'nobody' in /etc/passwd. Make one: useradd "));
        assert!(said("broken").starts_with("there is no user 'broken'"));
        assert!(said("short").starts_with("there is no user 'short'"));
        assert!(said("").starts_with("there is no user ''"));
        assert!(said("x\n\u{1b}[1m").starts_with("there is no user 'x\\x0a\\x1b[1m'"));
        assert!(said("root").starts_with("the user 'root' is root"));
        assert!(said("toor").starts_with("the user 'toor' is root"));
    }

    #[test]
    fn what_is_kept_is_said_with_the_reason() {
        let mut settled = Settled { user: Some("midwatch".into()), kept: vec![], lacking: vec![] };
        assert_eq!(settled.to_string(), "runs as midwatch now; no right beyond those of any user is kept");
        settled.kept.push(Right::HearFrames);
        assert_eq!(
            settled.to_string(),
            "runs as midwatch now; kept: CAP_NET_RAW, to hear frames of the link for targets of the kind here"
        );
        let lacking = Settled { user: None, kept: vec![], lacking: vec![Right::HearFrames] };
        assert!(lacking.to_string().contains("; lacking: CAP_NET_RAW"));
    }

    #[test]
    fn with_threads_it_is_too_late() {
        // The harness has its own thread beside this one; the tests with one thread are in tests/service.rs.
        assert!(matches!(settle(&[]), Err(PrivilegeError::Threads)));
    }
}
