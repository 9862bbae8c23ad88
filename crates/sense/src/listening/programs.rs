//! Which program has a socket (proc_pid_fd(5)). Those of other users are root's to see.

use std::collections::{BTreeMap, BTreeSet};

use midwatch_model::{ListeningProgram, Outcome, Reason, ReasonKind, lossless};

use crate::System;

/// Processes that are looked at.
const MAX_PROCESSES: usize = 50_000;

/// Open files of one process that are looked at.
const MAX_FILES: usize = 100_000;

/// Who has a socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Owner {
    /// The program, or why it is not known.
    pub(super) program: Outcome<ListeningProgram>,
    /// Its process, where that is known.
    pub(super) process: Option<u32>,
}

/// The program of each of these sockets, by the number of its file. Where several share one, as a server and its workers
/// do, that of the first process, which is the server as a rule.
pub(super) fn look(system: &System, wanted: &BTreeSet<u64>) -> BTreeMap<u64, Owner> {
    let mut found = BTreeMap::new();
    let mut why = Reason::new(ReasonKind::Other, "no process that can be seen has this socket open");
    match system.entries(&system.at("/proc"), MAX_PROCESSES) {
        Ok((entries, _)) => {
            let mut processes: Vec<u32> =
                entries.iter().filter_map(|entry| entry.name.to_str()?.parse().ok()).collect();
            processes.sort_unstable();
            for process in processes {
                if found.len() == wanted.len() {
                    break;
                }
                match sockets(system, process) {
                    Ok(all) => {
                        for inode in all.intersection(wanted) {
                            let owner =
                                || Owner { program: program(system, process), process: Some(process) };
                            found.entry(*inode).or_insert_with(owner);
                        }
                    }
                    // The reason of the first that may not be looked at is that of all.
                    Err(shut) if shut.kind != ReasonKind::Limit && !why.detail.contains("root") => {
                        let detail = "which program this is takes root's rights to see: sudo midwatch host";
                        why = Reason::new(ReasonKind::Other, detail);
                    }
                    Err(_) => {}
                }
            }
        }
        Err(shut) => why = shut,
    }
    for inode in wanted {
        found.entry(*inode).or_insert_with(|| Owner { program: why.clone().into(), process: None });
    }
    found
}

/// The sockets that a process has open. A process that has ended meanwhile has none.
fn sockets(system: &System, process: u32) -> Result<BTreeSet<u64>, Reason> {
    let place = system.at(&format!("/proc/{process}/fd"));
    if !system.there(&place)? {
        return Ok(BTreeSet::new());
    }
    let (entries, _) = system.entries(&place, MAX_FILES)?;
    let inode = |name: &std::ffi::OsStr| {
        let target = system.link(&place.child(name))?;
        target.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok()
    };
    Ok(entries.iter().filter_map(|entry| inode(&entry.name)).collect())
}

fn program(system: &System, process: u32) -> Outcome<ListeningProgram> {
    let name = system.text(&system.at(&format!("/proc/{process}/comm")));
    let path = system.link(&system.at(&format!("/proc/{process}/exe")));
    match name {
        Ok(Some(name)) => {
            // A program that was replaced while it runs has this behind its path.
            let path = path.map(|path| path.trim_end_matches(" (deleted)").to_owned());
            Outcome::seen(ListeningProgram { name: lossless(name.trim_end().as_bytes()), path })
        }
        Ok(None) => Outcome::unmeasured(ReasonKind::Other, "the process ended while it was looked at"),
        Err(why) => why.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::testing::Tree;

    #[test]
    fn the_first_process_that_has_a_socket_is_named() {
        let tree = Tree::new(&[
            ("/proc/7/comm", "redis-server\n"),
            ("/proc/40/comm", "worker\n"),
            ("/proc/self", ""),
        ]);
        tree.link("/proc/7/fd/3", "socket:[4711]");
        tree.link("/proc/7/exe", "/usr/bin/redis-check-rdb (deleted)");
        tree.link("/proc/40/fd/3", "socket:[4711]");
        tree.link("/proc/40/fd/4", "/dev/null");
        let found = look(&tree.system, &BTreeSet::from([4711, 4712]));
        let program = found[&4711].program.value().unwrap();
        assert_eq!(found[&4711].process, Some(7));
        assert_eq!(program.name, "redis-server");
        assert_eq!(program.path.as_deref(), Some("/usr/bin/redis-check-rdb"));
        assert!(found[&4712].program.is_unmeasured());
    }

    #[test]
    fn this_process_has_its_own() {
        use std::os::linux::fs::MetadataExt as _;
        let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        use std::os::fd::AsRawFd as _;
        let path = format!("/proc/self/fd/{}", socket.as_raw_fd());
        let inode = std::fs::metadata(path).unwrap().st_ino();
        let system = System { root: "/".into(), home: None, env: vec![] };
        let found = look(&system, &BTreeSet::from([inode]));
        let program = found[&inode].program.value().expect("its own process");
        assert!(program.path.as_deref().is_some_and(|path| path.contains("midwatch")), "{program:?}");
    }
}
