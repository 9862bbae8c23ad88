//! Files and directories, read one after the other in the order of their names.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, BufReader, Read as _};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use midwatch_model::{Reason, ReasonKind, Time, TlsReport, TlsReportFiles, Unread, lossless};

use super::mbox::{self, Message, Messages};
use super::{Found, MAX_REPORT, MAX_TOTAL, message, of_bytes};

/// Files of directories that are looked at, in all.
const MAX_FILES: u64 = 100_000;

/// Directories that lie in each other.
const MAX_DEPTH: u32 = 16;

/// Reports that are kept.
const MAX_REPORTS: usize = 50_000;

/// Failures of all reports that are kept.
const MAX_FAILURES: usize = 200_000;

/// Octets of an mbox that are read, and messages of it.
const MAX_MBOX: u64 = 8 * 1024 * 1024 * 1024;

/// Places that could not be read and are named.
const MAX_UNREAD: usize = 100;

/// Odd parts that are told one by one, in all.
const MAX_ODD: usize = 500;

/// What came of reading.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Read {
    /// The reports, each once, in the order of their time, their organisation and their id.
    pub reports: Vec<TlsReport>,
    /// What was looked at.
    pub files: TlsReportFiles,
    /// Paths that no report came of, and why.
    pub nothing: Vec<(String, Reason)>,
}

/// Reads every path: a file, a directory with everything below it, or `-` for standard input.
pub fn read(paths: &[String]) -> Read {
    let mut collect = Collect::default();
    for path in paths {
        collect.path(path);
    }
    collect.finish()
}

/// What makes a report the same as another: organisation, id, time, and the domains that it is about.
type Key = (Option<String>, Option<String>, Option<Time>, Option<Time>, Vec<Option<String>>);

#[derive(Default)]
struct Collect {
    read: Read,
    known: HashMap<Key, usize>,
    failures: usize,
    odd: usize,
    octets: usize,
    /// Why nothing more is read, once that is so.
    full: Option<Reason>,
}

impl Collect {
    fn path(&mut self, path: &str) {
        let before = (self.read.reports.len(), self.read.files.repeated);
        let unread = self.read.files.unread.len();
        let shown = if path == "-" { "standard input".to_owned() } else { lossless(path.as_bytes()) };
        if let Some(why) = self.full.clone() {
            self.read.nothing.push((shown, why));
            return;
        }
        let outcome = match path {
            "-" => self.stream(&shown, Box::new(io::stdin().lock())),
            _ if Path::new(path).is_dir() => self.directory(Path::new(path), 0),
            _ => File::open(path)
                .map_err(|error| failed(&error))
                .and_then(|file| self.stream(&shown, Box::new(file))),
        };
        if before != (self.read.reports.len(), self.read.files.repeated) {
            if let Err(why) = outcome {
                self.unread(&shown, why);
            }
            return;
        }
        // What is told of the path as a whole is not told of its parts again.
        let first = self.read.files.unread.get(unread).map(|one| one.why.clone());
        let why = outcome.err().or(first).unwrap_or_else(|| {
            Reason::new(ReasonKind::Other, "no report (RFC 8460) is in it; name files that hold some")
        });
        self.read.files.unread.truncate(unread);
        self.read.nothing.push((shown, why));
    }

    /// Everything below a directory, in the order of names. Maildirs are directories like others.
    fn directory(&mut self, path: &Path, depth: u32) -> Result<(), Reason> {
        if depth > MAX_DEPTH {
            return Err(limit(format!("directories lie in each other more than {MAX_DEPTH} deep")));
        }
        let mut entries: Vec<PathBuf> = Vec::new();
        for entry in fs::read_dir(path).map_err(|error| failed(&error))? {
            if u64::try_from(entries.len()).is_ok_and(|length| length >= MAX_FILES) {
                return Err(limit(format!("it holds more than {MAX_FILES} files")));
            }
            entries.push(entry.map_err(|error| failed(&error))?.path());
        }
        entries.sort();
        for entry in entries {
            if let Some(why) = self.full.clone() {
                return Err(why);
            }
            // A link to a directory could lead round in a circle; pipes and devices could wait for ever.
            let is_link = fs::symlink_metadata(&entry).is_ok_and(|about| about.is_symlink());
            let Ok(about) = fs::metadata(&entry) else { continue };
            let shown = lossless(entry.as_os_str().as_encoded_bytes());
            let outcome = if about.is_dir() && !is_link {
                self.directory(&entry, depth + 1)
            } else if about.is_file() {
                self.file_of_directory(&entry, &shown)
            } else {
                Ok(())
            };
            if let Err(why) = outcome {
                self.unread(&shown, why);
            }
        }
        Ok(())
    }

    fn file_of_directory(&mut self, path: &Path, shown: &str) -> Result<(), Reason> {
        if self.read.files.files >= MAX_FILES {
            self.full = Some(limit(format!("more than {MAX_FILES} files were found")));
            return Ok(());
        }
        let file = File::open(path).map_err(|error| failed(&error))?;
        match self.stream(shown, Box::new(file)) {
            // Anything may lie in a directory.
            Err(why) if why.kind == ReasonKind::Protocol && !names_a_report(path) => {
                self.read.files.without += 1;
                Ok(())
            }
            outcome => outcome,
        }
    }

    /// One file. An mbox is read message by message, in gzip too; of anything else the whole.
    fn stream(&mut self, shown: &str, reader: Box<dyn io::Read + '_>) -> Result<(), Reason> {
        self.read.files.files += 1;
        let mut reader = BufReader::new(reader);
        let mut start = Vec::new();
        let first = u64::try_from(mbox::MARK.len()).unwrap_or_default();
        (&mut reader).take(first).read_to_end(&mut start).map_err(|error| failed(&error))?;
        let whole = start.as_slice().chain(reader);
        if start == mbox::MARK {
            return self.mbox(shown, Box::new(whole.take(MAX_MBOX)));
        }
        let mut bytes = Vec::new();
        let limit = u64::try_from(MAX_REPORT).unwrap_or(u64::MAX);
        let read = whole.take(limit.saturating_add(1)).read_to_end(&mut bytes);
        read.map_err(|error| failed(&error))?;
        if bytes.len() > MAX_REPORT {
            return Err(self::limit(format!("it is larger than {} MiB", MAX_REPORT / 1024 / 1024)));
        }
        if start.starts_with(&[0x1f, 0x8b]) && begins_mbox(&bytes) {
            return self.mbox(shown, Box::new(MultiGzDecoder::new(bytes.as_slice()).take(MAX_MBOX)));
        }
        let found = of_bytes(&bytes)?;
        if found.reports.is_empty() && found.broken.is_empty() {
            self.read.files.without += 1;
        }
        self.take(found, shown);
        Ok(())
    }

    fn mbox(&mut self, shown: &str, reader: Box<dyn io::Read + '_>) -> Result<(), Reason> {
        for (number, one) in (1_u64..).zip(Messages::of(BufReader::new(reader))) {
            if let Some(why) = self.full.clone() {
                return Err(why);
            }
            let shown = format!("{shown}, message {number}");
            match one.map_err(|error| failed(&error))? {
                Message::Whole(bytes) => {
                    let found = message::reports(&bytes);
                    if found.reports.is_empty() && found.broken.is_empty() {
                        self.read.files.without += 1;
                    }
                    self.take(found, &shown);
                }
                Message::TooLarge => self.unread(&shown, mbox::too_large()),
            }
        }
        Ok(())
    }

    fn take(&mut self, found: Found, shown: &str) {
        self.octets = self.octets.saturating_add(found.octets);
        if self.octets > MAX_TOTAL && self.full.is_none() {
            let detail = format!("reports unpack to more than {} MiB in all", MAX_TOTAL / 1024 / 1024);
            self.full = Some(limit(format!("{detail}; name fewer at a time")));
        }
        for why in found.broken {
            self.unread(shown, why);
        }
        for report in found.reports {
            self.report(report, shown);
        }
    }

    fn report(&mut self, mut report: TlsReport, shown: &str) {
        shown.clone_into(&mut report.file);
        let lower = |text: &Option<String>| text.as_ref().map(|text| text.to_lowercase());
        let domains = report.policies.iter().map(|policy| policy.domain.clone()).collect();
        // A report without an id is the same as another where all of it is.
        let id = report.report_id.clone().unwrap_or_else(|| format!("{:?}", report.policies));
        let key = (lower(&report.organisation), Some(id), report.from, report.until, domains);
        if let Some(at) = self.known.get(&key) {
            self.read.files.repeated += 1;
            if let Some(known) = self.read.reports.get_mut(*at) {
                known.repeated = known.repeated.saturating_add(1);
                let differs = known.policies != report.policies;
                let odd = format!("it came again with other figures, which count nowhere ({shown})");
                if differs && !known.odd.iter().any(|one| one.starts_with("it came again")) {
                    known.odd.push(odd);
                }
            }
            return;
        }
        if self.read.reports.len() >= MAX_REPORTS {
            self.full =
                Some(limit(format!("more than {MAX_REPORTS} reports were found; name fewer at a time")));
            return self.unread(shown, limit("there are too many reports".into()));
        }
        for policy in &mut report.policies {
            let room = MAX_FAILURES.saturating_sub(self.failures);
            let cut = policy.failures.len().saturating_sub(room);
            policy.failures.truncate(room);
            policy.more = policy.more.saturating_add(u64::try_from(cut).unwrap_or(u64::MAX));
            self.failures = self.failures.saturating_add(policy.failures.len());
        }
        self.odd = self.odd.saturating_add(report.odd.len());
        if self.odd > MAX_ODD && !report.odd.is_empty() {
            report.odd = vec!["parts of it cannot be understood".into()];
        }
        self.known.insert(key, self.read.reports.len());
        self.read.reports.push(report);
    }

    fn unread(&mut self, shown: &str, why: Reason) {
        let files = &mut self.read.files;
        if files.unread.len() < MAX_UNREAD {
            files.unread.push(Unread { file: shown.to_owned(), why });
        } else {
            files.more_unread += 1;
        }
    }

    fn finish(mut self) -> Read {
        let reports = &mut self.read.reports;
        // The order of files is a stable second one.
        reports.sort_by(|a, b| {
            (a.from, &a.organisation, &a.report_id).cmp(&(b.from, &b.organisation, &b.report_id))
        });
        self.read.files.reports = u64::try_from(self.read.reports.len()).unwrap_or(u64::MAX);
        self.read
    }
}

/// True where gzip holds an mbox.
fn begins_mbox(gzip: &[u8]) -> bool {
    let mut start = Vec::new();
    let first = u64::try_from(mbox::MARK.len()).unwrap_or_default();
    MultiGzDecoder::new(gzip).take(first).read_to_end(&mut start).is_ok() && start == mbox::MARK
}

/// True for names that reports have: what of them cannot be read is a fault.
fn names_a_report(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    name.ends_with(".json") || name.ends_with(".json.gz")
}

fn limit(detail: String) -> Reason {
    Reason::new(ReasonKind::Limit, detail)
}

fn failed(error: &io::Error) -> Reason {
    let detail = match error.kind() {
        io::ErrorKind::NotFound => "it is not there".to_owned(),
        io::ErrorKind::PermissionDenied => "reading it takes rights that this user does not have".to_owned(),
        _ => format!("it cannot be read: {error}"),
    };
    Reason::new(ReasonKind::Other, detail)
}
