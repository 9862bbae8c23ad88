//! Stores that are files of PEM or DER: the system's, and certifi's.

use std::collections::BTreeSet;

use midwatch_model::{AnchorOrigin, Reason, ReasonKind};

use super::{Store, certificate};
use crate::System;
use crate::system::Place;

/// Directories that hold the anchors which an administrator added, of Debian, Fedora, Arch and SUSE.
const ADDED: [&str; 4] = [
    "/usr/local/share/ca-certificates",
    "/etc/pki/ca-trust/source/anchors",
    "/etc/ca-certificates/trust-source/anchors",
    "/etc/pki/trust/anchors",
];

/// What programs read in the end: directories of single files and files of all anchors.
const DIRECTORIES: [&str; 1] = ["/etc/ssl/certs"];
const BUNDLES: [&str; 6] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ca-certificates/extracted/tls-ca-bundle.pem",
    "/var/lib/ca-certificates/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// Where distributions' packages of public roots put them.
const DISTRIBUTION: [&str; 3] =
    ["/usr/share/ca-certificates/", "/usr/share/pki/", "/usr/share/ca-certificates-java/"];

/// How deep directories of added anchors are searched: update-ca-certificates(8) takes those below as well.
const MAX_DEPTH: usize = 3;

/// The system's own store.
pub(super) fn system(system: &System) -> Store {
    let mut store = Store::new("system");
    for path in ADDED {
        directory(system, &mut store, &system.at(path), MAX_DEPTH);
    }
    for path in DIRECTORIES {
        directory(system, &mut store, &system.at(path), 1);
    }
    for path in BUNDLES {
        file(system, &mut store, &system.at(path));
    }
    if store.found.is_empty() && store.failed.is_none() {
        let detail = "no store of trust anchors was found where systems keep theirs";
        store.failed = Some(Reason::new(ReasonKind::Other, detail));
    }
    store
}

/// SHA-256 of the certificates in the distribution's own package of public roots, those included that an administrator
/// switched off.
pub(super) fn brought(system: &System) -> BTreeSet<String> {
    let mut store = Store::new("the distribution's package");
    directory(system, &mut store, &system.at("/usr/share/ca-certificates"), MAX_DEPTH);
    store.found.into_keys().collect()
}

/// The copies of certifi that Python's packages bring.
pub(super) fn python(system: &System) -> Vec<Store> {
    let mut places: Vec<Place> = Vec::new();
    let mut bases = vec![system.at("/usr/lib"), system.at("/usr/local/lib")];
    bases.extend(system.home(".local/lib"));
    for base in bases {
        let versions = system.list(&base).unwrap_or_default();
        for version in versions.into_iter().filter(|place| place.name().starts_with("python3")) {
            for packages in ["dist-packages", "site-packages"] {
                places.push(version.join(packages).join("certifi/cacert.pem"));
            }
        }
    }
    let stores = places.into_iter().filter(|place| system.exists(place)).map(|place| {
        let mut store = Store::new(format!("certifi ({})", place.shown));
        file(system, &mut store, &place);
        store
    });
    stores.collect()
}

fn directory(system: &System, store: &mut Store, place: &Place, depth: usize) {
    let entries = match system.list(place) {
        Ok(entries) => entries,
        Err(why) => return store.unread(place, why),
    };
    for entry in entries {
        // Bundles come last, so that a single file tells who put an anchor there.
        if BUNDLES.contains(&entry.shown.as_str()) {
            continue;
        }
        let name = entry.name();
        // OpenSSL's links by the hash of the subject lead to files of the same directory.
        let is_hash = name.split_once('.').is_some_and(|(hash, number)| {
            hash.len() == 8
                && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
                && number.bytes().all(|byte| byte.is_ascii_digit())
        });
        if is_hash && system.link(&entry).is_some_and(|target| !target.contains('/')) {
            continue;
        }
        file(system, store, &entry);
        if depth > 1 && !name.contains('.') {
            directory(system, store, &entry, depth - 1);
        }
    }
}

fn file(system: &System, store: &mut Store, place: &Place) {
    let bytes = match system.read(place) {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return,
        Err(why) => return store.unread(place, why),
    };
    let real = system.real(place).unwrap_or_else(|| place.shown.clone());
    let origin = match () {
        () if DISTRIBUTION.iter().any(|start| real.starts_with(start)) => AnchorOrigin::Distribution,
        () if place.shown.starts_with("~/") => AnchorOrigin::User,
        () => AnchorOrigin::Administrator,
    };
    let since = system.changed(place);
    for der in certificate::of_file(&bytes) {
        store.add(der, &place.shown, since, origin);
    }
}
