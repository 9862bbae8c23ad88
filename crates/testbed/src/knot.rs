//! Knot DNS with signed zones of our own: a root, a top-level domain and what is below, so that the chain is whole.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::child::Server;
use crate::nginx::program;

/// How a zone is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signing {
    /// Not at all.
    None,
    /// With NSEC records.
    Nsec,
    /// With NSEC3 records (RFC 5155).
    Nsec3,
    /// With signatures that ended in the past.
    Expired,
}

/// What the zone above says of its keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ds {
    /// The truth.
    Right,
    /// A digest of another key.
    Wrong,
    /// Nothing.
    Missing,
}

#[derive(Debug)]
struct Zone {
    name: String,
    records: String,
    signing: Signing,
    ds: Ds,
}

/// A Knot DNS to be started.
#[derive(Debug)]
pub struct Knot {
    directory: TempDir,
    zones: Vec<Zone>,
}

/// A running one.
#[derive(Debug)]
pub struct Running {
    /// The server.
    pub server: Server,
    /// DS records of its root, for a file of trust anchors.
    pub anchor: String,
    /// Its zones, without dots at the end; the root is empty.
    pub zones: Vec<String>,
}

impl Default for Knot {
    fn default() -> Self {
        Knot::new()
    }
}

impl Knot {
    /// Without any zone. The root is added at the start.
    pub fn new() -> Knot {
        Knot { directory: crate::directory(), zones: Vec::new() }
    }

    /// A zone with these records (their names relative to it). SOA, NS `ns` and its address 127.0.0.1 are there
    /// already. Zones above others come first.
    pub fn zone(mut self, name: &str, signing: Signing, ds: Ds, records: &str) -> Knot {
        self.zones.push(Zone { name: name.into(), records: records.into(), signing, ds });
        self
    }

    /// Signs everything from the leaves up and starts the server.
    ///
    /// # Panics
    /// When Knot DNS or BIND's tools are missing, or refuse what was written.
    pub fn start(mut self) -> Running {
        self.zones.insert(
            0,
            Zone { name: String::new(), records: String::new(), signing: Signing::Nsec, ds: Ds::Missing },
        );
        let at = self.directory.path().to_owned();
        let mut config = String::new();
        let mut ds_of: Vec<(String, String)> = Vec::new();
        for zone in self.zones.iter().rev() {
            let origin = format!("{}.", zone.name);
            let mut text = format!(
                "$ORIGIN {origin}\n$TTL 60\n@ IN SOA ns hostmaster 7 3600 600 86400 60\n@ IN NS ns\nns IN A 127.0.0.1\n{}\n",
                zone.records
            );
            for (child, ds) in &ds_of {
                if parent(child) == zone.name {
                    let _ = writeln!(text, "{child}. IN NS ns.{child}.\nns.{child}. IN A 127.0.0.1\n{ds}");
                }
            }
            let file = at.join(format!("zone{}", zone.name));
            std::fs::write(&file, text).expect("room for a zone");
            let ds = sign(&at, &file, &origin, zone.signing);
            let told = match zone.ds {
                Ds::Right => ds.clone(),
                // Another digest of the same length.
                Ds::Wrong => {
                    ds.lines().map(|line| format!("{}{}\n", &line[..line.len() - 8], "00000000")).collect()
                }
                Ds::Missing if zone.name.is_empty() => ds.clone(),
                Ds::Missing => String::new(),
            };
            ds_of.push((zone.name.clone(), told));
            let served =
                if zone.signing == Signing::None { file.clone() } else { file.with_extension("signed") };
            let _ = write!(
                config,
                "  - domain: \"{origin}\"\n    file: \"{}\"\n    zonefile-load: whole\n    journal-content: none\n    semantic-checks: off\n",
                served.display()
            );
        }
        let anchor =
            ds_of.iter().find(|(name, _)| name.is_empty()).map(|(_, ds)| ds.clone()).expect("a root");
        let port = crate::free_port();
        let file = at.join("knot.conf");
        let text = format!(
            "server:\n    rundir: \"{at}\"\n    pidfile: \"{at}/pid\"\n    listen: [ \"127.0.0.1@{port}\" ]\n    \
             udp-workers: 1\n    tcp-workers: 1\n    background-workers: 1\ndatabase:\n    storage: \"{at}/db\"\n\
             control:\n    listen: \"{at}/control\"\nlog:\n  - target: stderr\n    any: notice\nzone:\n{config}",
            at = at.display()
        );
        std::fs::write(&file, text).expect("room for a file");
        let mut command = Command::new(program("knotd", &["/usr/sbin/knotd"]));
        command.arg("-c").arg(&file);
        let zones = self.zones.iter().map(|zone| zone.name.clone()).collect();
        let server = Server::start(command, "knot", &[port], self.directory);
        Running { server, anchor, zones }
    }
}

/// A root zone of these records (with full names), signed, as a file below `directory`: for a server that serves it
/// without anything below.
///
/// # Panics
/// When BIND's tools are missing, or refuse what was written.
pub fn signed_root(directory: &Path, records: &str) -> PathBuf {
    let file = directory.join("root");
    let text = format!(
        "$ORIGIN .\n$TTL 60\n@ IN SOA ns hostmaster 7 3600 600 86400 60\n@ IN NS ns\nns IN A 127.0.0.1\n{records}\n"
    );
    std::fs::write(&file, text).expect("room for a zone");
    sign(directory, &file, ".", Signing::Nsec);
    file.with_extension("signed")
}

/// `example` for `shop.example`, the empty root for `example`.
fn parent(name: &str) -> &str {
    name.split_once('.').map_or("", |(_, above)| above)
}

/// Signs with a key of its own, and gives the DS records of that key.
fn sign(at: &Path, file: &Path, origin: &str, signing: Signing) -> String {
    if signing == Signing::None {
        return String::new();
    }
    let run = |command: &mut Command| {
        let name = command.get_program().to_string_lossy().into_owned();
        let output = command.current_dir(at).output();
        let output = output.unwrap_or_else(|error| panic!("{name}: {error}: apt-get install bind9-utils"));
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let keygen = program("dnssec-keygen", &["/usr/bin/dnssec-keygen", "/usr/sbin/dnssec-keygen"]);
    let key = run(Command::new(keygen).args(["-a", "ECDSAP256SHA256", "-f", "KSK", "-n", "ZONE", origin]));
    let key = key.trim();
    let signzone = program("dnssec-signzone", &["/usr/bin/dnssec-signzone", "/usr/sbin/dnssec-signzone"]);
    let mut command = Command::new(signzone);
    command.args(["-S", "-z", "-x", "-P", "-d"]).arg(at).arg("-o").arg(origin);
    match signing {
        Signing::Nsec3 => {
            command.args(["-3", "-"]);
        }
        Signing::Expired => {
            command.args(["-s", "20200101000000", "-e", "20200201000000"]);
        }
        _ => {}
    }
    command.arg("-f").arg(file.with_extension("signed")).arg(file);
    run(&mut command);
    let dsfromkey = program("dnssec-dsfromkey", &["/usr/bin/dnssec-dsfromkey", "/usr/sbin/dnssec-dsfromkey"]);
    run(Command::new(dsfromkey).args(["-2", key]))
}
