//! ClamAV: whether it is there, and how old its signatures are.

use std::io::Read as _;

use midwatch_model::{MalwareScanner, Outcome, Reason, ReasonKind, Time, Unread};

use super::units;
use crate::System;
use crate::system::{Place, refused};

/// The programs that scan.
const PROGRAMS: [&str; 4] =
    ["/usr/bin/clamscan", "/usr/sbin/clamd", "/usr/bin/clamdscan", "/usr/local/bin/clamscan"];

/// The databases that come of ClamAV, whole (`cvd`) or with what was added (`cld`).
const DATABASES: [&str; 6] =
    ["daily.cld", "daily.cvd", "main.cld", "main.cvd", "bytecode.cld", "bytecode.cvd"];

/// The text that a database begins with.
const HEADER: u64 = 512;

/// What is there of it.
pub(super) fn look(system: &System, unread: &mut Vec<Unread>) -> Option<MalwareScanner> {
    PROGRAMS.iter().find(|path| system.exists(&system.at(path)))?;
    let directory = system.at("/var/lib/clamav");
    let mut newest: Option<(Time, String)> = None;
    for place in DATABASES.map(|name| directory.join(name)) {
        match made(system, &place) {
            Ok(Some(time)) if newest.as_ref().is_none_or(|(known, _)| *known < time) => {
                newest = Some((time, place.shown));
            }
            Ok(_) => {}
            Err(why) => unread.push(Unread { file: place.shown, why }),
        }
    }
    let automatic = ["clamav-freshclam.service", "freshclam.service", "clamav-freshclam-once.timer"];
    let automatic = automatic.iter().any(|unit| units::is_enabled(system, unit))
        || system.exists(&system.at("/etc/cron.d/clamav-freshclam"))
        || system.exists(&system.at("/etc/cron.d/clamav-update"));
    let none = || {
        let detail =
            format!("{} holds no database that could be read; 'freshclam' fetches them", directory.shown);
        Outcome::unmeasured(ReasonKind::Other, detail)
    };
    let by = newest.as_ref().map_or_else(|| directory.shown.clone(), |(_, by)| by.clone());
    Some(MalwareScanner {
        name: "ClamAV".into(),
        signatures: newest.map_or_else(none, |(time, _)| Outcome::seen(time)),
        by,
        automatic: Outcome::seen(automatic),
    })
}

/// When a database was made, by its header: `ClamAV-VDB:` and fields between colons, the last of which is the time in
/// seconds since 1970.
///
/// # Errors
/// Where it is there and cannot be read, or is no database.
fn made(system: &System, place: &Place) -> Result<Option<Time>, Reason> {
    let Some(file) = system.open(place)? else { return Ok(None) };
    let mut header = Vec::new();
    file.take(HEADER).read_to_end(&mut header).map_err(|error| refused(&place.shown, &error))?;
    let wrong = || Reason::new(ReasonKind::Protocol, format!("{} is no database of ClamAV", place.shown));
    let text = String::from_utf8_lossy(&header);
    let fields = text.strip_prefix("ClamAV-VDB:").ok_or_else(wrong)?;
    let seconds = fields.trim_end_matches(['\0', ' ', '\n']).rsplit(':').next();
    let seconds = seconds.and_then(|seconds| seconds.parse::<i64>().ok()).ok_or_else(wrong)?;
    Time::from_second(seconds).map(Some).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::testing::Tree;

    /// A header, in the form of ClamAV's documentation of its databases.
    fn header(seconds: i64) -> Vec<u8> {
        let text = format!(
            "ClamAV-VDB:21 Nov 2026 09-32 +0000:27830:2077123:90:{}:{}:raynman:{seconds}",
            "0123456789abcdef".repeat(2),
            "x".repeat(88)
        );
        let mut bytes = text.into_bytes();
        bytes.resize(512, b' ');
        bytes.extend(b"\x1f\x8b\x08rest");
        bytes
    }

    #[test]
    fn the_newest_database_tells() {
        let tree = Tree::new(&[("/usr/bin/clamscan", "")]);
        let none = look(&tree.system, &mut Vec::new()).unwrap();
        assert!(none.signatures.is_unmeasured(), "{none:?}");
        tree.write("/var/lib/clamav/main.cvd", &header(1_600_000_000));
        tree.write("/var/lib/clamav/daily.cld", &header(1_795_253_520));
        tree.link("/etc/systemd/system/multi-user.target.wants/clamav-freshclam.service", "/lib/x");
        let found = look(&tree.system, &mut Vec::new()).unwrap();
        assert_eq!(found.signatures, Outcome::seen(Time::from_second(1_795_253_520).unwrap()));
        assert_eq!(found.by, "/var/lib/clamav/daily.cld");
        assert_eq!(found.automatic, Outcome::seen(true));
    }

    #[test]
    fn what_is_no_database_is_named_and_what_is_not_there_is_not() {
        let tree = Tree::new(&[("/usr/bin/clamscan", ""), ("/var/lib/clamav/daily.cvd", "ClamAV-VDB:x:y")]);
        let mut unread = Vec::new();
        assert!(look(&tree.system, &mut unread).unwrap().signatures.is_unmeasured());
        assert_eq!(unread.len(), 1);
        let databases = Tree::new(&[]);
        databases.write("/var/lib/clamav/daily.cvd", &header(1_600_000_000));
        assert_eq!(look(&databases.system, &mut Vec::new()), None, "it was taken out");
    }
}
