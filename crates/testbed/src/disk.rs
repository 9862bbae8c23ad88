//! A small disk that a test can fill: a program sees a file system of its own, of a few MiB of memory, at a directory.
//!
//! It needs root or a user namespace, and Debian's util-linux and mount.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Written at once.
const CHUNK: usize = 64 * 1024;

/// The program, with a file system of so many KiB at `directory`. It sees there what it puts there, and nobody else does.
pub fn on_a_small_disk(program: &Command, directory: &Path, kib: u32) -> Command {
    let mut command = Command::new("unshare");
    if !rustix::process::geteuid().is_root() {
        command.args(["--user", "--map-root-user"]);
    }
    // The shell becomes the program: the process that is started is the one that is signalled.
    let script = "mount -t tmpfs -o size=\"$1\"k,mode=0700 tmpfs \"$2\" && shift 2 && exec \"$@\"";
    command.args(["--mount", "sh", "-c", script, "sh", &kib.to_string()]).arg(directory);
    command.arg(program.get_program()).args(program.get_args());
    for (name, value) in program.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command
}

/// Where a file of a running program's disk is seen from outside.
pub fn seen_from_outside(process: u32, path: &Path) -> PathBuf {
    let inner = path.strip_prefix("/").unwrap_or(path);
    Path::new("/proc").join(process.to_string()).join("root").join(inner)
}

/// Fills what is left of a running program's disk, with one file at `path`, and says with how many bytes. Removing the file
/// makes room again.
///
/// # Panics
/// When it is not full after a GiB, which is then no small disk.
pub fn fill(process: u32, path: &Path) -> u64 {
    let mut file = std::fs::File::create(seen_from_outside(process, path)).expect("a file on the small disk");
    let chunk = [0; CHUNK];
    let mut size = CHUNK;
    let mut written: u64 = 0;
    while size > 0 {
        match file.write(&chunk[..size]) {
            Ok(length) => written += length as u64,
            Err(error) if error.kind() == io::ErrorKind::StorageFull => size /= 2,
            Err(error) => panic!("filling a disk: {error}"),
        }
        assert!(written < 1024 * 1024 * 1024, "{} is on no small disk", path.display());
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::daemon::Daemon;

    #[test]
    fn a_disk_is_full_and_has_room_again() {
        let directory = crate::directory();
        let disk = directory.path().join("disk");
        std::fs::create_dir(&disk).unwrap();
        // Writes a kibibyte at each SIGHUP, and tells whether that worked.
        let script = "write() { head -c 1024 /dev/zero > \"$1/$2\" && said=written || said=full; }\n\
                      n=0; trap 'n=$((n+1)); write \"$0\" $n; systemd-notify --no-block --ready --status=$said' HUP\n\
                      systemd-notify --no-block --ready --status=up\n\
                      while :; do read -rt 0.05 <> <(:) || :; done";
        let mut program = Command::new("bash");
        program.args(["-c", script]).arg(&disk);
        let command = on_a_small_disk(&program, &disk, 1024);
        let mut daemon = Daemon::start(command, &directory.path().join("log"));
        daemon.reload();
        assert_eq!(daemon.status(), "written");
        let filler = disk.join("filler");
        let written = fill(daemon.id(), &filler);
        assert!((512 * 1024..=1024 * 1024).contains(&written), "{written}");
        daemon.reload();
        assert_eq!(daemon.status(), "full");
        std::fs::remove_file(seen_from_outside(daemon.id(), &filler)).unwrap();
        daemon.reload();
        assert_eq!(daemon.status(), "written");
        assert_eq!(std::fs::read_dir(&disk).unwrap().count(), 0, "nothing of it is seen here");
    }
}
