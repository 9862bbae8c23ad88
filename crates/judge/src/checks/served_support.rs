//! What the checks on a server's sites have in common: findings that hold for many sites are told once.

use std::collections::{BTreeMap, HashSet};

use midwatch_model::{CertificateFile, FileCertificate, ServedSite, ServedSites, Severity, SiteSoftware};

use crate::Findings;
use crate::View;
use crate::view::server::{called, fixed_by};
use crate::words;

/// Sites that a finding names.
const MOST: usize = 3;

/// One site with a fault.
pub(crate) struct Fault {
    pub(crate) severity: Severity,
    pub(crate) software: Option<SiteSoftware>,
    /// What it is called.
    pub(crate) place: String,
    /// What was seen of it.
    pub(crate) detail: String,
}

impl Fault {
    /// A fault of a site.
    pub(crate) fn of(site: &ServedSite, severity: Severity, detail: String) -> Fault {
        Fault { severity, software: Some(site.software), place: called(site), detail }
    }
}

/// One finding for each severity and program, however many sites have the fault; `noun` is what is counted.
pub(crate) fn tell(view: &View<'_>, found: &mut Findings, noun: &str, faults: Vec<Fault>) {
    let Some(seen) = view.inside.sites else { return };
    let mut groups: BTreeMap<(Severity, Option<SiteSoftware>), Vec<Fault>> = BTreeMap::new();
    for fault in faults {
        groups.entry((fault.severity, fault.software)).or_default().push(fault);
    }
    for ((severity, software), all) in groups.into_iter().rev() {
        let mut places: Vec<&str> = all.iter().map(|fault| fault.place.as_str()).collect();
        places.dedup();
        let place = match places.as_slice() {
            [one] => (*one).to_owned(),
            several => format!("{}: {}", words::count(several.len(), noun), words::some(several, MOST)),
        };
        let host = places.first().copied().unwrap_or_default();
        let mut draft = found.at(place).severity(severity).served(software.and_then(fixed_by), host);
        for fault in &all {
            draft = draft.see(seen.id, fault.detail.as_str());
        }
    }
}

/// True where a certificate's name covers a name, or a pattern of names (RFC 9525 6.3: a star stands for one label).
pub(crate) fn covers(of_certificate: &str, name: &str) -> bool {
    if of_certificate == name {
        return true;
    }
    let (Some(below), Some((first, rest))) = (of_certificate.strip_prefix("*."), name.split_once('.')) else {
        return false;
    };
    below == rest && first != "*" && !first.is_empty()
}

/// The names under which some site of the server speaks TLS.
pub(crate) fn secure_names(served: &ServedSites) -> HashSet<&str> {
    let secure = served.sites.iter().filter(|site| site.speaks_tls());
    secure.flat_map(|site| site.names.iter().map(String::as_str)).collect()
}

/// True where a name is among these, by itself or by a pattern of them.
pub(crate) fn is_among(names: &HashSet<&str>, name: &str) -> bool {
    let pattern = name.split_once('.').map(|(_, rest)| format!("*.{rest}"));
    names.contains(name) || pattern.is_some_and(|pattern| names.contains(pattern.as_str()))
}

/// True where one of a site's certificates may name it: names that were not kept count as fitting.
pub(crate) fn is_named(certificates: &[(&CertificateFile, &FileCertificate)], name: &str) -> bool {
    certificates.iter().any(|(_, one)| one.more > 0 || one.names.iter().any(|known| covers(known, name)))
}

/// True for a name that somebody outside can look up: one of several labels, that is not set aside (RFC 6761, RFC 6762,
/// RFC 8375).
pub(crate) fn is_public(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or_default();
    let aside = ["localhost", "local", "internal", "invalid", "lan", "home", "localdomain"];
    name.contains('.')
        && !aside.contains(&last)
        && !name.ends_with(".home.arpa")
        && name.parse::<std::net::IpAddr>().is_err()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_covers_one_label() {
        assert!(covers("*.shop.example", "www.shop.example"));
        assert!(covers("*.shop.example", "*.shop.example"));
        for name in ["shop.example", "a.b.shop.example", "*.www.shop.example"] {
            assert!(!covers("*.shop.example", name), "{name}");
        }
    }
}
