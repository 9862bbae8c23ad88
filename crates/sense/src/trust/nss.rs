//! Databases of NSS (cert9.db), in which Firefox keeps the anchors that were added to it, and Chromium those of the
//! user.

use std::collections::BTreeSet;

use midwatch_model::{AnchorOrigin, Reason, ReasonKind};

use super::Store;
use crate::System;
use crate::browser::{Found, firefox_profiles};
use crate::sqlite;
use crate::system::Place;

/// CKO_CERTIFICATE.
const CERTIFICATE: [u8; 4] = [0, 0, 0, 1];

/// Columns by the number of their attribute: CKA_CLASS, CKA_VALUE, CKA_ISSUER, CKA_SERIAL_NUMBER.
const COLUMNS: [&str; 4] = ["a0", "a11", "a81", "a82"];

/// The trust in a certificate for TLS servers: NSS's own CKA_TRUST_SERVER_AUTH with CKT_NSS_TRUSTED and
/// CKT_NSS_TRUSTED_DELEGATOR, and that of PKCS #11 3.2 with CKT_TRUSTED and CKT_TRUST_ANCHOR.
const TRUST: [(&str, [[u8; 4]; 2]); 2] = [
    ("ace536358", [[0xce, 0x53, 0x43, 0x51], [0xce, 0x53, 0x43, 0x52]]),
    ("a62c", [[0, 0, 0, 1], [0, 0, 0, 2]]),
];

pub(super) fn stores(system: &System) -> Vec<Store> {
    let mut places: Vec<(String, Place)> = Vec::new();
    let Found { profiles, unread } = firefox_profiles(system);
    for profile in profiles {
        places.push((format!("Firefox ({})", profile.shown), profile));
    }
    for path in [".pki/nssdb", "snap/chromium/current/.pki/nssdb", ".local/share/pki/nssdb"] {
        if let Some(place) = system.home(path) {
            places.push((format!("NSS, which Chromium reads ({})", place.shown), place));
        }
    }
    places.push(("NSS of the system (/etc/pki/nssdb)".into(), system.at("/etc/pki/nssdb")));
    let found = places.into_iter().filter(|(_, place)| system.exists(&place.join("cert9.db")));
    let mut stores: Vec<Store> = found.map(|(name, place)| store(system, name, &place)).collect();
    if let Some(first) = stores.first_mut() {
        first.unread.extend(unread);
    }
    stores
}

fn store(system: &System, name: String, directory: &Place) -> Store {
    let mut store = Store::new(name);
    let place = directory.join("cert9.db");
    let bytes = match system.read(&place) {
        Ok(bytes) => bytes.unwrap_or_default(),
        Err(why) => {
            store.failed = Some(why);
            return store;
        }
    };
    let log = directory.join("cert9.db-wal");
    if system.read(&log).is_ok_and(|bytes| bytes.is_some_and(|bytes| !bytes.is_empty())) {
        let detail = format!("{} holds changes that are not in the database yet and are not read", log.shown);
        store.unread(&log, Reason::new(ReasonKind::Other, detail));
    }
    let Some(trusted) = trusted(&bytes) else {
        let detail = format!(
            "{} could not be read as a database of NSS: certutil -L -d {} lists it",
            place.shown, directory.shown
        );
        store.failed = Some(Reason::new(ReasonKind::Protocol, detail));
        return store;
    };
    let since = system.changed(&place);
    let origin = if place.shown.starts_with("~/") { AnchorOrigin::User } else { AnchorOrigin::Administrator };
    for der in trusted {
        store.add(der, &place.shown, since, origin);
    }
    store
}

/// The certificates that are trusted as issuers for TLS servers. Others are kept there too: those of the user, and
/// intermediates that a browser met.
fn trusted(file: &[u8]) -> Option<Vec<Vec<u8>>> {
    let objects = sqlite::rows(file, "nssPublic", &COLUMNS)?;
    let mut names: BTreeSet<(Vec<u8>, Vec<u8>)> = BTreeSet::new();
    for (column, values) in TRUST {
        let Some(rows) = sqlite::rows(file, "nssPublic", &["a81", "a82", column]) else { continue };
        for row in rows {
            if let [Some(issuer), Some(serial), Some(trust)] = row.as_slice()
                && values.iter().any(|value| value.as_slice() == trust.as_slice())
            {
                names.insert((issuer.clone(), serial.clone()));
            }
        }
    }
    let mut found = Vec::new();
    for row in objects {
        if let [Some(class), Some(der), Some(issuer), Some(serial)] = row.as_slice()
            && class.as_slice() == CERTIFICATE
            && names.contains(&(issuer.clone(), serial.clone()))
        {
            found.push(der.clone());
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::super::tests::{root, run, stores as of};
    use super::*;
    use crate::system::testing::Tree;

    /// A database that certutil makes, with certificates and what they are trusted for.
    fn database(tree: &Tree, path: &str, certificates: &[(&str, &str, &str)]) {
        let directory = tree.path(path);
        std::fs::create_dir_all(&directory).unwrap();
        let sql = format!("sql:{}", directory.display());
        run(Command::new("certutil").args(["-N", "--empty-password", "-d", &sql]));
        for (name, trust, pem) in certificates {
            let file = directory.join("add.pem");
            std::fs::write(&file, pem).unwrap();
            run(Command::new("certutil").args(["-A", "-d", &sql, "-n", name, "-t", trust, "-i"]).arg(&file));
        }
    }

    #[test]
    fn anchors_that_were_added_to_firefox_and_chromium_are_found() {
        let (own, _) = root("/CN=Own Root", &[]);
        let (met, _) = root("/CN=Met Once", &[]);
        let (mail, _) = root("/CN=For Mail", &[]);
        let tree = Tree::new(&[("~/.mozilla/firefox/ab.default/prefs.js", "")]);
        let all = [("own", "C,,", own.as_str()), ("met", ",,", met.as_str()), ("mail", ",C,", mail.as_str())];
        database(&tree, "~/.mozilla/firefox/ab.default", &all);
        database(&tree, "~/.pki/nssdb", &[("own", "CT,C,C", own.as_str())]);
        let found = of(&tree, &[]);
        let told: Vec<(&str, Vec<&str>)> = found
            .iter()
            .map(|one| {
                (one.store.as_str(), one.private.iter().map(|anchor| anchor.subject.as_str()).collect())
            })
            .collect();
        assert_eq!(
            told,
            [
                ("system", vec![]),
                ("Firefox (~/.mozilla/firefox/ab.default)", vec!["CN=Own Root"]),
                ("NSS, which Chromium reads (~/.pki/nssdb)", vec!["CN=Own Root"]),
            ]
        );
        assert_eq!(found[1].private[0].origin, AnchorOrigin::User);
        assert_eq!(found[1].private[0].files, ["~/.mozilla/firefox/ab.default/cert9.db"]);
    }

    #[test]
    fn an_empty_database_has_none_and_a_broken_one_says_how_it_is_read() {
        let tree = Tree::new(&[("/etc/pki/nssdb/cert9.db", "broken")]);
        database(&tree, "~/.pki/nssdb", &[]);
        let found = of(&tree, &[]);
        assert_eq!(found[1].certificates, midwatch_model::Outcome::seen(0));
        assert!(found[2].certificates.why_not().unwrap().detail.contains("certutil -L"));
    }
}
