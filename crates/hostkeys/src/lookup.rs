//! What is known of a host's key: `check_host_key` of OpenSSH's sshconnect.c, without the questions.
//!
//! OpenSSH asks its files in order, the user's first, and takes the lines of all of them together:
//!
//! - a key that an `@revoked` line of this host has is refused, and so is a certificate of such an authority;
//! - a certificate is looked up among the `@cert-authority` lines; where none fits, or the certificate is not valid
//!   for this host now, its key is looked up as if it came without one;
//! - a key is looked up among the lines without marker;
//! - at another port than 22, a host of which nothing is known under `[host]:port` is looked up once more under its
//!   name alone, and only a key that is known counts then. Of one that is revoked there, OpenSSH warns and asks all
//!   the same; here it is revoked.

use std::net::IpAddr;
use std::path::PathBuf;

use crate::certificate::Refusal;
use crate::key::PublicKey;
use crate::known_hosts::{Entry, KnownHosts, Marker};
use crate::name;

/// Whose key it is to be.
#[derive(Debug, Clone)]
pub struct Host<'a> {
    /// The name that was asked for, after HostName.
    pub name: &'a str,
    /// Its port.
    pub port: u16,
    /// HostKeyAlias, which stands for name and port.
    pub alias: Option<&'a str>,
    /// The address that answered, where CheckHostIP is set and no proxy stands between.
    pub address: Option<IpAddr>,
    /// The time, in seconds since 1970, for certificates.
    pub now: u64,
}

/// Where a line is, and its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub file: PathBuf,
    /// The line, counted from 1.
    pub line: usize,
    /// The hosts of the line as they are written.
    pub names: String,
    /// The key of the line.
    pub key: PublicKey,
}

/// What a certificate proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certified {
    /// The `@cert-authority` line.
    pub authority: Place,
    /// The principal that names the host.
    pub principal: String,
    /// All principals.
    pub principals: Vec<String>,
    /// Valid from, in seconds since 1970.
    pub valid_after: u64,
    /// Valid until, excluded, in seconds since 1970.
    pub valid_before: u64,
    /// What the authority calls the certificate.
    pub key_id: String,
    /// The number that the authority gave it.
    pub serial: u64,
}

/// How a key stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// A line has this key for this host.
    Verified(Place),
    /// A certificate of an authority that is one for this host.
    Certified(Box<Certified>),
    /// No line has a key for this host.
    Unknown,
    /// Lines have keys for this host, and all are of other types. OpenSSH refuses this as it does a changed key; it
    /// asks servers for the types it knows first, so that it meets this only where the server has none of them.
    OtherType(Vec<Place>),
    /// Lines have keys of this type for this host, and none is this one. All keys of the host are here.
    Changed(Vec<Place>),
    /// The key, or the authority of its certificate, is revoked for this host.
    Revoked(Place),
}

impl Standing {
    /// Whether OpenSSH connects without a question or a warning.
    pub fn is_verified(&self) -> bool {
        matches!(self, Standing::Verified(_) | Standing::Certified(_))
    }
}

/// What is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// The name that was looked up: `host`, `[host]:port` or the alias.
    pub name: String,
    /// How the key stands.
    pub standing: Standing,
    /// Whether it was found under the name without its port.
    pub without_port: bool,
    /// Why a certificate of a known authority was passed over.
    pub certificate_refused: Option<(Place, Refusal)>,
    /// How the key stands for the address, where that was to be checked. Certificates are not looked up by address.
    pub address: Option<(String, Standing)>,
    /// Where the same key is known under other names, in the lines without marker. OpenSSH names them when it asks
    /// whether to accept a new key.
    pub elsewhere: Vec<Place>,
}

/// Looks a key up. The files are in the order of ssh_config: the user's, then the system's; what KnownHostsCommand
/// wrote goes last.
pub fn what_is_known(files: &[KnownHosts], host: &Host<'_>, offered: &PublicKey) -> Known {
    let plain_name = host.name.to_ascii_lowercase();
    let name = match host.alias {
        Some(alias) => alias.to_ascii_lowercase(),
        None => name::with_port(host.name, host.port),
    };
    let principal = host.alias.map_or_else(|| plain_name.clone(), str::to_ascii_lowercase);
    let mut refused = None;
    let mut standing = with_certificate(files, &name, &principal, host.now, offered, &mut refused);
    let mut without_port = false;
    if standing == Standing::Unknown && name != plain_name && host.alias.is_none() {
        let mut refused_there = None;
        let there = with_certificate(files, &plain_name, &principal, host.now, offered, &mut refused_there);
        if there.is_verified() || matches!(there, Standing::Revoked(_)) {
            standing = there;
            without_port = true;
        }
    }
    let address = host
        .address
        .filter(|address| !address.is_loopback() && name::of_address(*address, host.port) != name)
        .filter(|_| offered.certificate().is_none())
        .map(|address| {
            let name = name::of_address(address, host.port);
            let standing = plain(files, &name, offered);
            (name, standing)
        });
    let elsewhere = every(files)
        .filter(|(_, _, entry)| entry.marker.is_none() && entry.key == offered.without_certificate())
        .filter(|(_, _, entry)| !entry.names.cover(&name))
        .map(place)
        .collect();
    Known { name, standing, without_port, certificate_refused: refused, address, elsewhere }
}

type Found<'a> = (&'a KnownHosts, usize, &'a Entry);

fn every(files: &[KnownHosts]) -> impl Iterator<Item = Found<'_>> {
    files.iter().flat_map(|file| file.entries().map(move |(line, entry)| (file, line, entry)))
}

fn of_host<'a>(files: &'a [KnownHosts], name: &'a str) -> impl Iterator<Item = Found<'a>> {
    every(files).filter(|(_, _, entry)| entry.names.cover(name))
}

fn place((file, line, entry): Found<'_>) -> Place {
    Place { file: file.path().to_owned(), line, names: entry.names.to_string(), key: entry.key.clone() }
}

fn with_certificate(
    files: &[KnownHosts],
    name: &str,
    principal: &str,
    now: u64,
    offered: &PublicKey,
    refused: &mut Option<(Place, Refusal)>,
) -> Standing {
    let Some(certificate) = offered.certificate() else { return plain(files, name, offered) };
    if let Some(revoked) = revoked(files, name, offered) {
        return Standing::Revoked(revoked);
    }
    let authority = of_host(files, name)
        .filter(|(_, _, entry)| entry.marker == Some(Marker::CertAuthority))
        .find(|(_, _, entry)| entry.key.same_key(&certificate.authority))
        .map(place);
    if let Some(authority) = authority {
        match certificate.check(principal, now) {
            Ok(named) => {
                return Standing::Certified(Box::new(Certified {
                    authority,
                    principal: named.to_owned(),
                    principals: certificate.principals.clone(),
                    valid_after: certificate.valid_after,
                    valid_before: certificate.valid_before,
                    key_id: certificate.key_id.clone(),
                    serial: certificate.serial,
                }));
            }
            Err(why) => *refused = Some((authority, why)),
        }
    }
    plain(files, name, &offered.without_certificate())
}

fn plain(files: &[KnownHosts], name: &str, offered: &PublicKey) -> Standing {
    if let Some(revoked) = revoked(files, name, offered) {
        return Standing::Revoked(revoked);
    }
    let keys: Vec<Found<'_>> = of_host(files, name).filter(|(_, _, entry)| entry.marker.is_none()).collect();
    if let Some(same) = keys.iter().find(|(_, _, entry)| entry.key == *offered) {
        return Standing::Verified(place(*same));
    }
    let same_type = keys.iter().any(|(_, _, entry)| entry.key.type_name() == offered.type_name());
    let places: Vec<Place> = keys.into_iter().map(place).collect();
    match (places.is_empty(), same_type) {
        (true, _) => Standing::Unknown,
        (false, true) => Standing::Changed(places),
        (false, false) => Standing::OtherType(places),
    }
}

fn revoked(files: &[KnownHosts], name: &str, offered: &PublicKey) -> Option<Place> {
    let authority = offered.certificate().map(|certificate| &certificate.authority);
    of_host(files, name)
        .filter(|(_, _, entry)| entry.marker == Some(Marker::Revoked))
        .find(|(_, _, entry)| {
            entry.key.same_key(offered) || authority.is_some_and(|authority| entry.key.same_key(authority))
        })
        .map(place)
}
