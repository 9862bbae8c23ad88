//! What an archive says of itself: the Release files beside the lists (apt-secure(8), and Debian's wiki on the form
//! of repositories).

use std::io::{BufRead as _, BufReader, Read as _};

use jiff::fmt::rfc2822::DateTimeParser;
use midwatch_model::{Reason, Time};

use crate::System;
use crate::system::{Place, refused};

/// Bytes of a Release file that are looked at: its fields stand before the digests.
const MAX_BYTES: u64 = 64 * 1024;

/// One archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Archive {
    /// What the names of its lists begin with.
    pub prefix: String,
    /// What it is called in a report.
    pub name: String,
    /// It brings updates that mend security.
    pub security: bool,
    /// The priority of its versions where no setting says otherwise (apt_preferences(5)).
    pub priority: u16,
    /// Until when its lists hold.
    pub valid_until: Option<Time>,
    /// The file.
    pub file: String,
}

/// Reads a Release file; none where it is none, or is gone.
///
/// # Errors
/// Where it cannot be read.
pub(super) fn read(system: &System, place: &Place) -> Result<Option<Archive>, Reason> {
    let name = place.name();
    let Some(prefix) = name.strip_suffix("InRelease").or_else(|| name.strip_suffix("Release")) else {
        return Ok(None);
    };
    let Some(file) = system.open(place)? else { return Ok(None) };
    let mut archive = Archive {
        prefix: prefix.to_owned(),
        name: String::new(),
        security: false,
        priority: 500,
        valid_until: None,
        file: place.shown.clone(),
    };
    let (mut suite, mut label, mut automatic, mut upgrades) = (String::new(), String::new(), true, false);
    for line in BufReader::new(file.take(MAX_BYTES)).split(b'\n') {
        let line = line.map_err(|error| refused(&place.shown, &error))?;
        let line = String::from_utf8_lossy(&line);
        let Some((name, value)) = line.split_once(':') else { continue };
        let value = value.trim();
        match name {
            "Label" => label = value.to_owned(),
            "Suite" | "Codename" => {
                archive.security |= value.ends_with("-security");
                if suite.is_empty() || name == "Codename" {
                    suite = value.to_owned();
                }
            }
            "NotAutomatic" => automatic = value != "yes",
            "ButAutomaticUpgrades" => upgrades = value == "yes",
            "Valid-Until" => archive.valid_until = date(value),
            "MD5Sum" | "SHA1" | "SHA256" | "SHA512" => break,
            _ => {}
        }
    }
    archive.security |= label == "Debian-Security";
    archive.priority = match (automatic, upgrades) {
        (true, _) => 500,
        (false, true) => 100,
        (false, false) => 1,
    };
    archive.name = crate::lines::value(match suite.is_empty() {
        true => prefix.trim_end_matches('_'),
        false => &suite,
    });
    Ok(Some(archive))
}

/// `Tue, 24 Nov 2026 00:34:33 UTC`.
fn date(text: &str) -> Option<Time> {
    let text = text.strip_suffix("UTC").map_or_else(|| text.to_owned(), |start| format!("{start}+0000"));
    DateTimeParser::new().parse_timestamp(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::testing::Tree;

    fn of(text: &str) -> Archive {
        let tree = Tree::new(&[("/x/deb.example_debian_dists_y_InRelease", text)]);
        let place = tree.system.at("/x/deb.example_debian_dists_y_InRelease");
        read(&tree.system, &place).unwrap().unwrap()
    }

    #[test]
    fn archives_of_security_are_told_from_others() {
        let debian = of(
            "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nOrigin: Debian\nLabel: Debian-Security\n\
                         Suite: stable-security\nCodename: bookworm-security\nValid-Until: Tue, 01 Dec 2026 00:34:33 UTC\n\
                         SHA256:\n x Suite: experimental\n",
        );
        assert!(debian.security);
        assert_eq!((debian.priority, debian.name.as_str()), (500, "bookworm-security"));
        assert_eq!(debian.prefix, "deb.example_debian_dists_y_");
        assert_eq!(debian.valid_until, Some("2026-12-01T00:34:33Z".parse().unwrap()));
        assert!(of("Origin: Ubuntu\nSuite: noble-security\nCodename: noble\n").security);
        assert!(!of("Label: Debian\nSuite: stable\nCodename: bookworm\n").security);
    }

    #[test]
    fn priorities_are_those_of_the_manual() {
        assert_eq!(
            of("NotAutomatic: yes\nButAutomaticUpgrades: yes\nCodename: bookworm-backports\n").priority,
            100
        );
        assert_eq!(of("NotAutomatic: yes\nCodename: experimental\n").priority, 1);
        assert_eq!(of("").name, "deb.example_debian_dists_y");
    }
}
