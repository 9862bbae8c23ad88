//! A private authority: made at first start, for the names of the dashboard alone.
//!
//! Its certificate carries name constraints, marked critical (RFC 5280, section 4.2.1.10): whoever steals its key can
//! make certificates for this dashboard, and for nothing else that its users visit. Whoever is to trust it compares the
//! words, which are those of `midwatch keys words` for the file.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DnType, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, NameConstraints, PKCS_ECDSA_P256_SHA256, SanType,
};
use rustls::sign::CertifiedKey;

use super::held::{chain, names as names_of, validity};
use super::{TlsError, place};

/// Days that the authority is valid.
const AUTHORITY: i64 = 3650;

/// Days that a server's certificate is valid, from the day before it is made; 90 at most are asked.
const LEAF: i64 = 60;

/// Days before its end from which on it is made anew.
const BEFORE: i64 = 20;

/// Words that are shown: 80 bits, as many as `midwatch keys words` shows.
const WORDS: usize = midwatch_keys::words::SHORT;

/// The authority, as it is shown to whoever is to trust it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// Its certificate, to be put into a browser or a system.
    pub file: PathBuf,
    /// SHA-256 of the certificate, as browsers show it: `AA:BB:…`.
    pub fingerprint: String,
    /// Words of its key, the same as `midwatch keys words` says for the file.
    pub words: Vec<&'static str>,
    /// It was made just now.
    pub is_new: bool,
}

/// Opens the authority in a directory, or makes it; and the server's certificate, which is made anew where it ends soon
/// or is for other names.
///
/// # Errors
/// [`TlsError`].
pub fn open(directory: &Path, names: &[String]) -> Result<(Anchor, CertifiedKey), TlsError> {
    place::directory(directory)?;
    let files = ["ca.pem", "ca.key", "server.pem", "server.key"].map(|name| directory.join(name));
    let [ca_file, ca_key_file, leaf_file, leaf_key_file] = &files;
    let making = |what: String| TlsError::Making { names: names.join(", "), what };

    let (ca, ca_key, is_new) = match (place::read(ca_file)?, place::read(ca_key_file)?) {
        (Some(ca), Some(key)) => (ca, key, false),
        (None, None) => {
            let (ca, key) = authority(names).map_err(|error| making(error.to_string()))?;
            // The key first: an authority without its key would be refused at the next start.
            place::write(ca_key_file, key.as_bytes())?;
            place::write(ca_file, ca.as_bytes())?;
            (ca.into_bytes(), key.into_bytes(), true)
        }
        // Ended between the two, at the first start: nobody has seen this authority.
        (None, Some(key)) => {
            let ca = certificate(names, &key).map_err(|error| making(error.to_string()))?;
            place::write(ca_file, ca.as_bytes())?;
            (ca.into_bytes(), key, true)
        }
        (Some(_), None) => {
            let what = format!(
                "its key, {}, is not there: put it back, or remove {} too; then a new authority is made, which everybody \
                 has to trust anew",
                ca_key_file.display(),
                ca_file.display()
            );
            return Err(TlsError::Content { path: ca_file.clone(), what });
        }
    };
    let held = chain(ca_file, &ca, &ca_key)?;
    let der = held.cert.first().map(|der| der.to_vec()).unwrap_or_default();
    let covered = names_of_authority(&der);
    if let Some(name) = names.iter().find(|name| !covers(&covered, name)) {
        let what = format!(
            "this authority is for {} alone, and {name} is to be served: name the dashboard by those, or remove {} and {}; \
             then a new authority is made, which everybody has to trust anew",
            covered.join(", "),
            ca_file.display(),
            ca_key_file.display()
        );
        return Err(TlsError::Content { path: ca_file.clone(), what });
    }

    let kept = match (place::read(leaf_file)?, place::read(leaf_key_file)?) {
        (Some(leaf), Some(key)) => {
            chain(leaf_file, &leaf, &key).ok().filter(|held| serves(held, names, &der, Timestamp::now()))
        }
        _ => None,
    };
    let leaf = match kept {
        Some(leaf) => leaf,
        None => {
            let (leaf, key) = leaf(names, &ca, &ca_key).map_err(|error| making(error.to_string()))?;
            place::write(leaf_key_file, key.as_bytes())?;
            place::write(leaf_file, leaf.as_bytes())?;
            chain(leaf_file, leaf.as_bytes(), key.as_bytes())?
        }
    };
    // The root is of no use to whoever trusts it, nor to whoever does not: it is kept in the file, and not sent.
    let leaf = CertifiedKey { cert: leaf.cert.into_iter().take(1).collect(), ..leaf };
    let keys = midwatch_keys::read(&ca, &midwatch_keys::Hint::default())
        .map_err(|error| making(error.to_string()))?;
    let words = keys.first().map(|key| midwatch_keys::words::words(key, WORDS)).unwrap_or_default();
    let fingerprint = ring::digest::digest(&ring::digest::SHA256, &der);
    let fingerprint =
        fingerprint.as_ref().iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":");
    Ok((Anchor { file: ca_file.clone(), fingerprint, words, is_new }, leaf))
}

/// Whether a kept certificate still serves: for all names and no others, made by this authority, and not ending soon.
fn serves(held: &CertifiedKey, names: &[String], authority: &[u8], now: Timestamp) -> bool {
    let Some(leaf) = held.cert.first() else { return false };
    let mut has = names_of(leaf);
    let mut wants: Vec<String> = names.to_vec();
    has.sort();
    wants.sort();
    wants.dedup();
    let soon = now + SignedDuration::from_hours(24 * BEFORE);
    let is_valid = validity(leaf).is_some_and(|(from, until)| from <= now && soon < until);
    has == wants && is_valid && held.cert.get(1).is_some_and(|second| second.as_ref() == authority)
}

fn authority(names: &[String]) -> Result<(String, String), rcgen::Error> {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?.serialize_pem();
    Ok((certificate(names, key.as_bytes())?, key))
}

fn certificate(names: &[String], key: &[u8]) -> Result<String, rcgen::Error> {
    let key = KeyPair::from_pem(&String::from_utf8_lossy(key))?;
    let mut params = CertificateParams::default();
    dates(&mut params, AUTHORITY);
    let first = called(names);
    let now = jiff::Zoned::now().date();
    params
        .distinguished_name
        .push(DnType::CommonName, format!("midwatch private authority of {first}, {now}"));
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let addresses: Vec<IpAddr> = names.iter().filter_map(|name| name.parse().ok()).collect();
    let hosts = names.iter().filter(|name| name.parse::<IpAddr>().is_err());
    let mut permitted: Vec<GeneralSubtree> =
        hosts.map(|name| GeneralSubtree::DnsName(name.clone())).collect();
    let mut excluded = Vec::new();
    if permitted.is_empty() {
        // Every name: a kind that is not mentioned would be permitted.
        excluded.push(GeneralSubtree::DnsName(String::new()));
    }
    for address in &addresses {
        let length = if address.is_ipv4() { 32 } else { 128 };
        permitted.push(GeneralSubtree::IpAddress(CidrSubnet::from_addr_prefix(*address, length)));
    }
    if addresses.is_empty() {
        excluded.push(GeneralSubtree::IpAddress(CidrSubnet::V4([0; 4], [0; 4])));
        excluded.push(GeneralSubtree::IpAddress(CidrSubnet::V6([0; 16], [0; 16])));
    }
    params.name_constraints =
        Some(NameConstraints { permitted_subtrees: permitted, excluded_subtrees: excluded });
    Ok(params.self_signed(&key)?.pem())
}

/// A certificate for the server with that of the authority after it, and its key.
fn leaf(names: &[String], ca: &[u8], ca_key: &[u8]) -> Result<(String, String), rcgen::Error> {
    let (ca, ca_key) = (String::from_utf8_lossy(ca), String::from_utf8_lossy(ca_key));
    let issuer = Issuer::from_ca_cert_pem(&ca, KeyPair::from_pem(&ca_key)?)?;
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
    let mut params = CertificateParams::default();
    dates(&mut params, LEAF);
    params.distinguished_name.push(DnType::CommonName, called(names));
    for name in names.iter().collect::<std::collections::BTreeSet<_>>() {
        params.subject_alt_names.push(match name.parse() {
            Ok(address) => SanType::IpAddress(address),
            Err(_) => SanType::DnsName(name.as_str().try_into()?),
        });
    }
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    let made = params.signed_by(&key, &issuer)?;
    Ok((format!("{}{ca}", made.pem()), key.serialize_pem()))
}

/// What a certificate is called: by a name rather than by an address.
fn called(names: &[String]) -> &str {
    let name = names.iter().find(|name| name.parse::<IpAddr>().is_err());
    name.or(names.first()).map_or("midwatch", String::as_str)
}

/// From yesterday, for clocks that are behind.
fn dates(params: &mut CertificateParams, days: i64) {
    let day = |offset: i64| {
        let at = Timestamp::now() + SignedDuration::from_hours(24 * offset);
        let date = at.to_zoned(jiff::tz::TimeZone::UTC).date();
        rcgen::date_time_ymd(date.year().into(), date.month().unsigned_abs(), date.day().unsigned_abs())
    };
    params.not_before = day(-1);
    params.not_after = day(days - 1);
}

/// What the authority may make certificates for.
fn names_of_authority(der: &[u8]) -> Vec<String> {
    use x509_parser::prelude::{FromDer as _, GeneralName, X509Certificate};
    let Ok((_, certificate)) = X509Certificate::from_der(der) else { return Vec::new() };
    let Ok(Some(constraints)) = certificate.name_constraints() else { return Vec::new() };
    let name = |base: &GeneralName<'_>| match base {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(octets) if octets.len() == 8 => {
            let four: [u8; 4] = octets.get(..4)?.try_into().ok()?;
            Some(IpAddr::from(four).to_string())
        }
        GeneralName::IPAddress(octets) => {
            let sixteen: [u8; 16] = octets.get(..16)?.try_into().ok()?;
            Some(IpAddr::from(sixteen).to_string())
        }
        _ => None,
    };
    let permitted = constraints.value.permitted_subtrees.iter().flatten();
    permitted.filter_map(|subtree| name(&subtree.base)).collect()
}

fn covers(covered: &[String], name: &str) -> bool {
    covered.iter().any(|base| {
        base == name
            || (name.parse::<IpAddr>().is_err()
                && name.strip_suffix(base.as_str()).is_some_and(|rest| rest.ends_with('.')))
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;
    use std::process::Command;

    use super::*;

    fn names(list: &[&str]) -> Vec<String> {
        list.iter().map(|name| (*name).to_owned()).collect()
    }

    fn openssl(arguments: &[&str], directory: &Path) -> (bool, String) {
        let output =
            Command::new("openssl").args(arguments).current_dir(directory).output().expect("openssl");
        let text = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&text).into_owned())
    }

    #[test]
    fn openssl_trusts_the_authority_for_its_names_alone() {
        let directory = tempfile::tempdir().expect("a directory");
        let at = directory.path().join("tls");
        let (anchor, _) = open(&at, &names(&["watch.example", "127.0.0.1", "::1"])).expect("an authority");
        assert!(anchor.is_new && anchor.words.len() == 10);
        for name in ["watch.example", "host.watch.example", "evil.example"] {
            let (is_good, text) =
                openssl(&["verify", "-CAfile", "ca.pem", "-verify_hostname", name, "server.pem"], &at);
            assert_eq!(is_good, name == "watch.example", "{name}: {text}");
        }
        let (is_good, text) =
            openssl(&["verify", "-CAfile", "ca.pem", "-verify_ip", "::1", "server.pem"], &at);
        assert!(is_good, "{text}");
        let (_, text) = openssl(&["x509", "-in", "ca.pem", "-noout", "-text"], &at);
        assert!(text.contains("Name Constraints: critical") && text.contains("DNS:watch.example"), "{text}");
        assert!(text.contains("CA:TRUE, pathlen:0") && text.contains("prime256v1"), "{text}");
        let (_, text) = openssl(&["x509", "-in", "ca.pem", "-noout", "-fingerprint", "-sha256"], &at);
        assert!(text.contains(&anchor.fingerprint), "{text}");
        let (is_good, _) = openssl(&["x509", "-in", "server.pem", "-noout", "-checkend", "3456000"], &at);
        assert!(is_good, "40 days at least");
        let (is_good, _) = openssl(&["x509", "-in", "server.pem", "-noout", "-checkend", "7776000"], &at);
        assert!(!is_good, "90 days at most");

        // Whoever steals the key makes a certificate for somebody else in vain.
        let (ca, key) = (
            std::fs::read(at.join("ca.pem")).expect("a file"),
            std::fs::read(at.join("ca.key")).expect("a file"),
        );
        for stolen in ["bank.example", "192.0.2.1"] {
            let (leaf, _) = leaf(&names(&[stolen]), &ca, &key).expect("a certificate");
            std::fs::write(at.join("stolen.pem"), leaf).expect("a file");
            let (is_good, text) = openssl(&["verify", "-CAfile", "ca.pem", "stolen.pem"], &at);
            assert!(!is_good && text.contains("permitted subtree violation"), "{stolen}: {text}");
        }
    }

    #[test]
    fn an_authority_without_addresses_makes_none_for_addresses() {
        let directory = tempfile::tempdir().expect("a directory");
        open(directory.path(), &names(&["watch.example"])).expect("an authority");
        let read = |name: &str| std::fs::read(directory.path().join(name)).expect("a file");
        let (leaf, _) =
            leaf(&names(&["192.0.2.1"]), &read("ca.pem"), &read("ca.key")).expect("a certificate");
        std::fs::write(directory.path().join("stolen.pem"), leaf).expect("a file");
        let (is_good, text) = openssl(&["verify", "-CAfile", "ca.pem", "stolen.pem"], directory.path());
        assert!(!is_good && text.contains("excluded subtree violation"), "{text}");
    }

    #[test]
    fn it_is_kept_and_the_servers_certificate_is_renewed() {
        let directory = tempfile::tempdir().expect("a directory");
        let at = directory.path();
        let (anchor, first) = open(at, &names(&["watch.example"])).expect("an authority");
        for name in ["ca.key", "server.key"] {
            let mode = std::fs::metadata(at.join(name)).expect("a file").permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
        let (again, second) = open(at, &names(&["watch.example"])).expect("the same");
        assert_eq!(
            (&again.fingerprint, again.is_new, &again.words),
            (&anchor.fingerprint, false, &anchor.words)
        );
        assert_eq!(first.cert, second.cert, "kept");
        let (_, third) = open(at, &names(&["watch.example", "www.watch.example"])).expect("below the name");
        assert_ne!(first.cert[0], third.cert[0], "for other names");
        assert_eq!(third.cert.len(), 1, "the root is not sent");
        let read = |name: &str| std::fs::read(at.join(name)).expect("a file");
        let third =
            chain(&at.join("server.pem"), &read("server.pem"), &read("server.key")).expect("the file");
        let ca = third.cert[1].to_vec();
        let now = Timestamp::now();
        assert!(serves(&third, &names(&["www.watch.example", "watch.example"]), &ca, now));
        let later = |days: i64| now + SignedDuration::from_hours(24 * days);
        assert!(!serves(&third, &names(&["watch.example", "www.watch.example"]), &ca, later(39)));
        assert!(serves(&third, &names(&["watch.example", "www.watch.example"]), &ca, later(37)));

        let error = open(at, &names(&["other.example"])).expect_err("another name").to_string();
        assert!(error.contains("watch.example alone") && error.contains("remove"), "{error}");
        std::fs::remove_file(at.join("ca.key")).expect("a file");
        let error = open(at, &names(&["watch.example"])).expect_err("no key").to_string();
        assert!(error.contains("put it back"), "{error}");
    }
}
