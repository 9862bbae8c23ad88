//! A wall clock that a test sets, also while a program runs, by libfaketime (Debian's libfaketime): what the program takes for
//! the time jumps, and its monotonic clock goes on as it does.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// Where Debian has the library, with its triplet of the architecture.
const LIBRARIES: &str = "/usr/lib";

/// The library for programs with threads.
const LIBRARY: &str = "faketime/libfaketimeMT.so.1";

/// The clock of the programs that it was given to.
#[derive(Debug)]
pub struct Clock {
    directory: TempDir,
}

impl Default for Clock {
    fn default() -> Self {
        Clock::new()
    }
}

impl Clock {
    /// A clock that is right.
    pub fn new() -> Clock {
        let clock = Clock { directory: crate::directory() };
        clock.set(0);
        clock
    }

    /// Has a program that is started later go by this clock.
    ///
    /// # Panics
    /// When libfaketime is missing.
    pub fn give(&self, command: &mut Command) {
        let library: OsString =
            library().expect("libfaketime is not installed: apt-get install libfaketime").into();
        command
            .env("LD_PRELOAD", library)
            .env("FAKETIME_TIMESTAMP_FILE", self.file())
            // Looked at each time, so that a jump is met at once.
            .env("FAKETIME_NO_CACHE", "1")
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
            .env("DONT_FAKE_MONOTONIC", "1")
            .env_remove("FAKETIME");
    }

    /// The clock is so many seconds ahead from now on, or behind.
    pub fn set(&self, seconds: i64) {
        // In one step, so that nobody reads half of it.
        let next = self.directory.path().join("next");
        std::fs::write(&next, format!("{seconds:+}s\n")).expect("room for a file");
        std::fs::rename(&next, self.file()).expect("a file made here");
    }

    fn file(&self) -> PathBuf {
        self.directory.path().join("time")
    }
}

/// Where the library lies.
fn library() -> Option<PathBuf> {
    let triplets = std::fs::read_dir(Path::new(LIBRARIES)).ok()?;
    triplets.filter_map(Result::ok).map(|triplet| triplet.path().join(LIBRARY)).find(|path| path.exists())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufRead, BufReader, Write};
    use std::process::Stdio;
    use std::time::{Duration, SystemTime, UNIX_EPOCH};

    #[test]
    fn the_time_jumps_while_a_program_runs() {
        let clock = Clock::new();
        // A program of one process, as a shell would start another for each look at the time.
        let script =
            "import sys, time\nfor line in sys.stdin: print(time.time(), time.monotonic(), flush=True)";
        let mut command = Command::new("python3");
        command.args(["-c", script]).stdin(Stdio::piped()).stdout(Stdio::piped());
        clock.give(&mut command);
        let mut child = command.spawn().expect("python3 (package python3-venv)");
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let mut stdin = child.stdin.take().expect("a pipe");
        let mut ask = || {
            stdin.write_all(b"\n").expect("a pipe");
            let line = lines.next().expect("a line").expect("a line");
            let (time, monotonic) = line.split_once(' ').expect("two numbers");
            let real = SystemTime::now().duration_since(UNIX_EPOCH).expect("a time after 1970").as_secs_f64();
            (time.parse::<f64>().unwrap() - real, monotonic.parse::<f64>().unwrap())
        };
        let day = 86_400.0;
        let near = |difference: f64, wanted: f64| (difference - wanted).abs() < 60.0;
        let (before, start) = ask();
        assert!(near(before, 0.0), "{before}");
        clock.set(3 * 86_400);
        let (ahead, _) = ask();
        assert!(near(ahead, 3.0 * day), "{ahead}");
        clock.set(-86_400);
        let (behind, end) = ask();
        assert!(near(behind, -day), "{behind}");
        assert!((0.0..60.0).contains(&(end - start)), "the monotonic clock went {}", end - start);
        drop(stdin);
        let ended = crate::wait_until(Duration::from_secs(10), || !matches!(child.try_wait(), Ok(None)));
        let _ = child.kill();
        let _ = child.wait();
        assert!(ended);
    }
}
