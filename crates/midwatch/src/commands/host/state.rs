//! The file of `--state`: a line of JSON for each site that was audited.
//!
//! A line is a whole report of one site, as `midwatch site --format json` writes it, with the job in front:
//! `grep '"job":"shop.example ' FILE | midwatch judge -` shows it. Lines are only added, and each is on the disk before
//! the next site is begun; a last line that was cut off by the end of a run is taken away by the next one.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use midwatch_audit::server::{Came, Keeper};
use midwatch_model::{AttackVerdict, Finding, Report, SCHEMA, State, Target, TargetReport, Time};
use serde::{Deserialize, Serialize};

/// The longest line that is read, in bytes.
const MAX_LINE: u64 = 256 * 1024 * 1024;

/// The file.
#[derive(Debug)]
pub(super) struct StateFile {
    path: PathBuf,
    file: Mutex<File>,
}

/// A line as it is written.
#[derive(Serialize)]
struct Written<'a> {
    job: &'a str,
    #[serde(flatten)]
    report: &'a Report,
}

/// What is read of a line: the observations are for others.
#[derive(Deserialize)]
struct Line {
    job: String,
    schema: String,
    midwatch: String,
    targets: Vec<OneTarget>,
}

#[derive(Deserialize)]
struct OneTarget {
    target: Target,
    state: State,
    error: Option<String>,
    findings: Vec<Finding>,
    attacks: Vec<AttackVerdict>,
}

impl StateFile {
    /// Opens the file, or makes it, for this run alone.
    ///
    /// # Errors
    /// Where it cannot be, where another run has it, or where it is another program's or version's.
    pub(super) fn open(path: &Path) -> Result<StateFile, String> {
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt as _;
            // Reports tell where a server is weak.
            options.mode(0o600);
        }
        let mut file = options.open(path).map_err(|error| format!("it cannot be opened: {error}"))?;
        if !file.metadata().is_ok_and(|about| about.is_file()) {
            return Err("it is no file; name one that may be written to".into());
        }
        file.try_lock().map_err(|_| "another run is writing to it; wait for its end".to_owned())?;
        let failed = |error: io::Error| format!("it cannot be read: {error}");
        check(&mut file).map_err(failed)??;
        let whole = whole_lines(&mut file).map_err(failed)?;
        file.set_len(whole).map_err(|error| format!("it cannot be written: {error}"))?;
        Ok(StateFile { path: path.to_owned(), file: Mutex::new(file) })
    }

    fn file(&self) -> std::sync::MutexGuard<'_, File> {
        self.file.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn each(&self, tell: &mut dyn FnMut(&str, Came)) -> io::Result<()> {
        let mut file = self.file();
        file.seek(SeekFrom::Start(0))?;
        let mut reader = BufReader::new(&mut *file);
        let mut line = Vec::new();
        loop {
            line.clear();
            if reader.by_ref().take(MAX_LINE).read_until(b'\n', &mut line)? == 0 {
                return Ok(());
            }
            let Ok(line) = serde_json::from_slice::<Line>(&line) else { continue };
            // Another version may judge otherwise: its sites are audited again.
            if line.schema != SCHEMA || line.midwatch != env!("CARGO_PKG_VERSION") {
                continue;
            }
            let Some(one) = line.targets.into_iter().next() else { continue };
            let verdicts = one.attacks.iter().map(|attack| (attack.id, attack.verdict)).collect();
            let came = Came {
                site: one.target.whom(),
                state: one.state,
                error: one.error,
                findings: one.findings,
                verdicts,
            };
            tell(&line.job, came);
        }
    }
}

/// That a file with something in it is one of these.
fn check(file: &mut File) -> io::Result<Result<(), String>> {
    file.seek(SeekFrom::Start(0))?;
    let mut start = [0; 8];
    let mut length = 0;
    while let Some(rest) = start.get_mut(length..).filter(|rest| !rest.is_empty()) {
        match file.read(rest)? {
            0 => break,
            read => length += read,
        }
    }
    let wanted = br#"{"job":""#;
    let is_ours = wanted.starts_with(start.get(..length).unwrap_or_default());
    Ok(if is_ours { Ok(()) } else { Err("it is no file of --state; name another one".into()) })
}

/// How far whole lines go.
fn whole_lines(file: &mut File) -> io::Result<u64> {
    let mut end = file.seek(SeekFrom::End(0))?;
    let mut block = vec![0; 64 * 1024];
    while end > 0 {
        let start = end.saturating_sub(block.len() as u64);
        let size = usize::try_from(end - start).unwrap_or_default();
        file.seek(SeekFrom::Start(start))?;
        let Some(part) = block.get_mut(..size) else { return Ok(0) };
        file.read_exact(part)?;
        if let Some(at) = part.iter().rposition(|byte| *byte == b'\n') {
            return Ok(start + at as u64 + 1);
        }
        end = start;
    }
    Ok(0)
}

impl Keeper for StateFile {
    fn earlier(&self, tell: &mut dyn FnMut(&str, Came)) {
        // What cannot be read is audited again.
        if let Err(error) = self.each(tell) {
            eprintln!("midwatch: {} cannot be read to its end: {error}", self.path.display());
        }
    }

    fn keep(&self, job: &str, report: TargetReport) -> Result<(), String> {
        let report = Report::new(env!("CARGO_PKG_VERSION"), Time::now(), vec![report]);
        let failed = |why: String| format!("{} cannot be written: {why}", self.path.display());
        let mut line = serde_json::to_vec(&Written { job, report: &report })
            .map_err(|error| failed(error.to_string()))?;
        line.push(b'\n');
        let mut file = self.file();
        file.write_all(&line).and_then(|()| file.sync_data()).map_err(|error| failed(error.to_string()))
    }

    fn name(&self) -> String {
        self.path.display().to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(name: &str) -> TargetReport {
        TargetReport {
            target: midwatch_audit::target::site(name).expect("a site"),
            state: State::Measured,
            error: None,
            observations: vec![],
            findings: vec![],
            attacks: vec![],
            path: vec![],
        }
    }

    fn jobs(file: &StateFile) -> Vec<String> {
        let mut all = Vec::new();
        file.earlier(&mut |job, came| all.push(format!("{job}|{}", came.site)));
        all
    }

    #[test]
    fn lines_are_kept_and_one_that_was_cut_off_goes() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("state");
        let file = StateFile::open(&path).expect("a file");
        file.keep("a 1", report("a.example")).expect("room");
        file.keep("b 1", report("b.example")).expect("room");
        assert!(StateFile::open(&path).expect_err("locked").contains("another run"));
        drop(file);
        let length = std::fs::metadata(&path).expect("a file").len();
        for cut in [length - 1, length - 20] {
            OpenOptions::new().write(true).open(&path).and_then(|file| file.set_len(cut)).expect("cut");
            let file = StateFile::open(&path).expect("a file");
            assert_eq!(jobs(&file), ["a 1|a.example"]);
            file.keep("b 1", report("b.example")).expect("room");
            assert_eq!(jobs(&file), ["a 1|a.example", "b 1|b.example"]);
            drop(file);
        }
    }

    #[test]
    fn the_file_of_another_is_not_touched() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("notes");
        std::fs::write(&path, "no newline here").expect("room");
        assert!(StateFile::open(&path).expect_err("not ours").contains("name another"));
        assert_eq!(std::fs::read_to_string(&path).expect("a file"), "no newline here");
    }
}
