//! Which sites the programs of this server are told to serve.
//!
//! A module for each program, one for each panel, and one for each place where certificates are kept. What they have in
//! common is [`reading`], which keeps to limits.

mod apache;
mod caddy;
mod certificate;
mod glob;
mod letsencrypt;
mod nginx;
mod panels;
mod reading;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use midwatch_model::{CertificateFile, PanelDomain, ServedSite, ServedSites, SiteProgram, Unread};
use sha2::{Digest as _, Sha256};

use crate::System;

/// Sites that are read.
const MAX_SITES: usize = 100_000;

/// Names of one site that are kept.
const MAX_NAMES: usize = 1000;

/// Files of certificates that are read.
const MAX_CERTIFICATES: usize = 100_000;

/// Reads the configuration of every program that serves sites, and what panels have beside it.
pub fn look(system: &System) -> ServedSites {
    let mut inventory = Inventory::new(system);
    nginx::look(&mut inventory);
    apache::look(&mut inventory);
    caddy::look(&mut inventory);
    panels::look(&mut inventory);
    letsencrypt::look(&mut inventory);
    inventory.finish()
}

/// Reads a text as the configuration of nginx (0), of Apache (1) or of Caddy (2), without any other file: for fuzzing.
pub fn parse_alone(kind: u8, text: &str) -> ServedSites {
    let system = System { root: "/nonexistent".into(), home: None, env: Vec::new() };
    let mut inventory = Inventory::new(&system);
    match kind {
        0 => nginx::parse_alone(&mut inventory, text),
        1 => apache::parse_alone(&mut inventory, text),
        2 => caddy::parse_alone(&mut inventory, text),
        _ => panels::parse_alone(&mut inventory, text),
    }
    inventory.finish()
}

/// What was found so far.
struct Inventory<'a> {
    system: &'a System,
    programs: Vec<SiteProgram>,
    sites: Vec<ServedSite>,
    certificates: Vec<CertificateFile>,
    /// The position of each file in `certificates`.
    known: HashMap<String, u32>,
    domains: Vec<PanelDomain>,
    unread: Vec<Unread>,
}

impl<'a> Inventory<'a> {
    fn new(system: &'a System) -> Self {
        Inventory {
            system,
            programs: Vec::new(),
            sites: Vec::new(),
            certificates: Vec::new(),
            known: HashMap::new(),
            domains: Vec::new(),
            unread: Vec::new(),
        }
    }

    /// The position of a file of certificates, which is read where it was not yet. None where there are too many.
    fn certificate(&mut self, path: &str) -> Option<u32> {
        if let Some(at) = self.known.get(path) {
            return Some(*at);
        }
        if self.certificates.len() >= MAX_CERTIFICATES {
            return None;
        }
        let at = u32::try_from(self.certificates.len()).ok()?;
        self.certificates.push(certificate::read(self.system, path));
        self.known.insert(path.to_owned(), at);
        Some(at)
    }

    /// Says whose each site is, where a panel knows its names.
    fn finish(mut self) -> ServedSites {
        let whose: HashMap<&str, &str> = self
            .domains
            .iter()
            .filter(|one| !one.account.is_empty())
            .map(|one| (one.domain.as_str(), one.account.as_str()))
            .collect();
        for site in &mut self.sites {
            let account = site.names.iter().find_map(|name| {
                let bare = name.strip_prefix("www.").unwrap_or(name);
                whose.get(name.as_str()).or_else(|| whose.get(bare)).map(|account| (*account).to_owned())
            });
            site.account = account.or(site.account.take());
        }
        self.domains.sort();
        self.domains.dedup();
        ServedSites {
            programs: self.programs,
            sites: self.sites,
            certificates: self.certificates,
            domains: self.domains,
            unread: self.unread,
        }
    }
}

/// A short name for settings, the same for the same ones in any order.
fn digest(mut settings: Vec<(String, String)>) -> String {
    settings.sort();
    let mut hash = Sha256::new();
    for (name, value) in settings {
        hash.update(name.as_bytes());
        hash.update([0]);
        hash.update(value.as_bytes());
        hash.update([0]);
    }
    hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
