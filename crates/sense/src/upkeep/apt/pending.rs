//! Which updates wait, from dpkg's status and the lists of packages.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::io::Read;

use flate2::read::MultiGzDecoder;
use midwatch_model::{PendingUpdate, PendingUpdates, Reason, ReasonKind};

use super::release::Archive;
use super::version::compare;
use super::{STATUS, lz4, stanza};
use crate::System;
use crate::system::{Place, refused};

/// Packages that may be installed.
const MAX_PACKAGES: usize = 200_000;

/// Updates that are listed.
const MAX_LISTED: usize = 200;

/// What is installed and what the lists have for it, by name and architecture.
#[derive(Debug, Default)]
pub(in crate::upkeep) struct Installed {
    packages: HashMap<(String, String), Package>,
    native: String,
}

#[derive(Debug)]
struct Package {
    version: String,
    held: bool,
    /// The version that is installed is in an archive of the usual priority.
    known: bool,
    /// The newest of the usual priority.
    usual: Option<String>,
    /// The newest of archives that are not automatic, but whose own versions are upgraded.
    upgrades: Option<String>,
    /// The newest among those that mend security, and its archive.
    security: Option<(String, String)>,
}

/// Reads dpkg's status; none where there is no dpkg.
///
/// # Errors
/// Where it cannot be read, or holds more than a computer has.
pub(super) fn installed(system: &System) -> Result<Option<Installed>, Reason> {
    let place = system.at(STATUS);
    let Some(file) = system.open(&place)? else { return Ok(None) };
    let mut all = Vec::new();
    let wanted = ["Package", "Status", "Architecture", "Version"];
    let mut too_many = false;
    stanza::each(file, wanted, |[name, status, architecture, version]| {
        let words: Vec<&str> = status.split_whitespace().collect();
        if words.last() == Some(&"installed") && !version.is_empty() {
            too_many |= all.len() == MAX_PACKAGES;
            if !too_many {
                let held = words.first() == Some(&"hold");
                all.push((name.clone(), architecture.clone(), version.clone(), held));
            }
        }
    })
    .map_err(|error| refused(STATUS, &error))?;
    if too_many {
        let detail = format!("{STATUS} names more than {MAX_PACKAGES} packages");
        return Err(Reason::new(ReasonKind::Limit, detail));
    }
    // dpkg itself is of the native architecture; packages of "all" count as native too, as apt has it.
    let native = all.iter().find(|one| one.0 == "dpkg").map(|one| one.1.clone()).unwrap_or_default();
    let packages = all.into_iter().map(|(name, architecture, version, held)| {
        let architecture = if architecture == "all" { native.clone() } else { architecture };
        let package = Package { version, held, known: false, usual: None, upgrades: None, security: None };
        ((name, architecture), package)
    });
    Ok(Some(Installed { packages: packages.collect(), native }))
}

impl Installed {
    /// The version of a package, of whatever architecture.
    pub(in crate::upkeep) fn version(&self, name: &str) -> Option<&str> {
        let found = self.packages.iter().find(|((known, _), _)| known == name)?;
        Some(&found.1.version)
    }

    /// Reads one list of packages.
    ///
    /// # Errors
    /// Where it cannot be read, or is compressed in a way that is not known here.
    pub(super) fn list(&mut self, system: &System, place: &Place, archive: &Archive) -> Result<(), Reason> {
        let Some(file) = system.open(place)? else { return Ok(()) };
        let file: Box<dyn Read> = match place.name().rsplit('.').next() {
            Some("lz4") => Box::new(lz4::Frames::new(file)),
            Some("gz") => Box::new(MultiGzDecoder::new(file)),
            Some(other @ ("xz" | "bz2" | "zst" | "lzma")) => {
                let detail = format!(
                    "{} is compressed with {other}, which is not read here; 'apt list --upgradable' tells",
                    place.shown
                );
                return Err(Reason::new(ReasonKind::Other, detail));
            }
            _ => Box::new(file),
        };
        let wanted = ["Package", "Architecture", "Version", "Phased-Update-Percentage"];
        let mut key = (String::new(), String::new());
        stanza::each(file, wanted, |[name, architecture, version, phased]| {
            key.0.clone_from(name);
            key.1.clone_from(if architecture == "all" { &self.native } else { architecture });
            // Ubuntu hands some updates to a part of all computers first.
            if (phased.is_empty() || phased == "100")
                && let Some(package) = self.packages.get_mut(&key)
            {
                package.offer(version, archive);
            }
        })
        .map_err(|error| refused(&place.shown, &error))
    }

    /// What waits.
    pub(super) fn pending(self, security_known: bool, pinned: bool) -> PendingUpdates {
        let mut pending = PendingUpdates { security_known, pinned, ..PendingUpdates::default() };
        for ((name, _), package) in self.packages {
            let Some(candidate) = package.candidate() else { continue };
            if package.held {
                pending.held = pending.held.saturating_add(1);
                continue;
            }
            pending.all = pending.all.saturating_add(1);
            let newest = package.security.as_ref().filter(|(version, _)| {
                compare(version, &package.version).is_gt() && compare(version, candidate).is_le()
            });
            if let Some((available, archive)) = newest {
                pending.security = pending.security.saturating_add(1);
                pending.listed.push(PendingUpdate {
                    package: crate::lines::value(&name),
                    installed: crate::lines::value(&package.version),
                    available: crate::lines::value(available),
                    archive: archive.clone(),
                });
            }
        }
        pending.listed.sort_by(|a, b| (&a.package, &a.available).cmp(&(&b.package, &b.available)));
        pending.listed.truncate(MAX_LISTED);
        pending
    }
}

impl Package {
    fn offer(&mut self, version: &str, archive: &Archive) {
        let newer =
            |known: &Option<String>| known.as_ref().is_none_or(|known| compare(version, known).is_gt());
        match archive.priority {
            500 => {
                self.known |= compare(version, &self.version) == Ordering::Equal;
                if newer(&self.usual) {
                    self.usual = Some(version.to_owned());
                }
                let known = self.security.as_ref().map(|(known, _)| known.clone());
                if archive.security && newer(&known) {
                    self.security = Some((version.to_owned(), archive.name.clone()));
                }
            }
            100 if newer(&self.upgrades) => self.upgrades = Some(version.to_owned()),
            _ => {}
        }
    }

    /// The version that apt would install, where it is newer: of the usual priority, or, where the one that is
    /// installed is of none of these, of an archive whose own versions are upgraded (apt_preferences(5)).
    fn candidate(&self) -> Option<&str> {
        let newer = |version: &&String| compare(version, &self.version).is_gt();
        let usual = self.usual.as_ref().filter(newer);
        let upgrades = self.upgrades.as_ref().filter(newer).filter(|_| !self.known);
        usual.or(upgrades).map(String::as_str)
    }
}
