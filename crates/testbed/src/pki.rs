//! Authorities and certificates, sound and faulty, made by the openssl command line.
//!
//! ```no_run
//! use midwatch_testbed::pki::{Key, Leaf, Pki};
//!
//! let pki = Pki::new();
//! let root = pki.authority("Test root", Key::EcP256);
//! let sound = pki.issue(&root, &Leaf::new(&["shop.example", "www.shop.example"]));
//! let expired = pki.issue(&root, &Leaf::new(&["shop.example"]).valid(-400, -30));
//! ```

use std::cell::Cell;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use jiff::{Timestamp, ToSpan as _, tz::TimeZone};
use tempfile::TempDir;

/// The kind of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// RSA with 2048 bits.
    Rsa2048,
    /// RSA with 1024 bits: too small. OpenSSL serves it at security level 0 alone (`@SECLEVEL=0`).
    Rsa1024,
    /// ECDSA on P-256.
    EcP256,
    /// ECDSA on P-384.
    EcP384,
    /// Ed25519.
    Ed25519,
}

impl Key {
    fn arguments(self) -> &'static [&'static str] {
        match self {
            Key::Rsa2048 => &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
            Key::Rsa1024 => &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"],
            Key::EcP256 => &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
            Key::Ed25519 => &["-algorithm", "ED25519"],
            Key::EcP384 => &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
        }
    }
}

/// A certification authority, root or intermediate.
#[derive(Clone, Debug)]
pub struct Authority {
    /// Its certificate in PEM.
    pub certificate: PathBuf,
    /// Its key in PEM.
    pub key: PathBuf,
    /// The certificates between it and its root in PEM, its own first; empty for a root.
    between: Vec<PathBuf>,
}

/// A server's certificate with its key.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The leaf alone, PEM.
    pub certificate: PathBuf,
    /// The leaf and all intermediates, PEM, in the right order. The root is not among them.
    pub chain: PathBuf,
    /// The key, PEM.
    pub key: PathBuf,
    /// Chain and key in one file, as HAProxy wants it.
    pub bundle: PathBuf,
}

/// What a server's certificate should be like. Without further calls it is sound: P-256, SHA-256, valid from
/// yesterday for 90 days.
#[derive(Clone, Debug)]
pub struct Leaf {
    names: Vec<String>,
    key: Key,
    digest: &'static str,
    from: i64,
    to: i64,
    extensions: Vec<String>,
}

impl Leaf {
    /// A certificate for these DNS names. The first is the subject's common name too. To get one with the wrong
    /// name, name another host here.
    pub fn new(names: &[&str]) -> Leaf {
        Leaf {
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            key: Key::EcP256,
            digest: "sha256",
            from: -1,
            to: 89,
            extensions: Vec::new(),
        }
    }

    /// With a key of this kind.
    pub fn key(mut self, key: Key) -> Leaf {
        self.key = key;
        self
    }

    /// Signed with this digest: `sha256`, `sha384`, or `sha1` and `md5`, which nobody trusts any more.
    pub fn digest(mut self, digest: &'static str) -> Leaf {
        self.digest = digest;
        self
    }

    /// Valid from and to these days from now, negative for the past.
    pub fn valid(mut self, from: i64, to: i64) -> Leaf {
        (self.from, self.to) = (from, to);
        self
    }

    /// With a further line in the extensions section of openssl, for example `tlsfeature = status_request`.
    pub fn extension(mut self, line: &str) -> Leaf {
        self.extensions.push(line.to_owned());
        self
    }
}

/// What an authority's certificate should be like. Without further calls it is sound: P-256, SHA-256, valid from
/// yesterday for ten years.
#[derive(Clone, Debug)]
pub struct Ca<'a> {
    name: &'a str,
    key: Key,
    key_of: Option<&'a Authority>,
    digest: &'static str,
    from: i64,
    to: i64,
    extensions: String,
}

impl<'a> Ca<'a> {
    /// An authority of this name.
    pub fn new(name: &'a str) -> Ca<'a> {
        Ca {
            name,
            key: Key::EcP256,
            key_of: None,
            digest: "sha256",
            from: -1,
            to: 3650,
            extensions: AUTHORITY_EXTENSIONS.to_owned(),
        }
    }

    /// With a key of this kind.
    pub fn key(mut self, key: Key) -> Ca<'a> {
        self.key = key;
        self
    }

    /// With the key of another: the same authority under another name, or another certificate of its own.
    pub fn key_of(mut self, other: &'a Authority) -> Ca<'a> {
        self.key_of = Some(other);
        self
    }

    /// Signed with this digest: `sha256`, `sha1`, `md5` …
    pub fn digest(mut self, digest: &'static str) -> Ca<'a> {
        self.digest = digest;
        self
    }

    /// Valid from and to these days from now, negative for the past.
    pub fn valid(mut self, from: i64, to: i64) -> Ca<'a> {
        (self.from, self.to) = (from, to);
        self
    }

    /// With these lines in the extensions section of openssl in place of the usual ones.
    pub fn extensions(mut self, lines: &str) -> Ca<'a> {
        self.extensions = format!("{lines}\n");
        self
    }
}

/// A place for keys and certificates. They go away when it is dropped.
#[derive(Debug)]
pub struct Pki {
    directory: TempDir,
    made: Cell<u32>,
}

impl Default for Pki {
    fn default() -> Self {
        Pki::new()
    }
}

impl Pki {
    /// An empty place.
    pub fn new() -> Pki {
        Pki { directory: crate::directory(), made: Cell::new(0) }
    }

    /// The directory.
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// A root that vouches for itself, valid for 20 years.
    pub fn authority(&self, name: &str, key: Key) -> Authority {
        let (certificate, key) = self.make(&Wanted {
            subject: name,
            key,
            digest: "sha256",
            from: -1,
            to: 7300,
            extensions: AUTHORITY_EXTENSIONS.to_owned(),
            issuer: None,
        });
        Authority { certificate, key, between: Vec::new() }
    }

    /// An authority that another vouches for, valid for ten years.
    pub fn intermediate(&self, issuer: &Authority, name: &str, key: Key) -> Authority {
        self.intermediate_with(issuer, name, key, "")
    }

    /// The same with further lines in the extensions section of openssl.
    pub fn intermediate_with(&self, issuer: &Authority, name: &str, key: Key, lines: &str) -> Authority {
        let (certificate, key) = self.make(&Wanted {
            subject: name,
            key,
            digest: "sha256",
            from: -1,
            to: 3650,
            extensions: format!("{AUTHORITY_EXTENSIONS}{lines}\n"),
            issuer: Some(issuer),
        });
        let between = [vec![certificate.clone()], issuer.between.clone()].concat();
        Authority { certificate, key, between }
    }

    /// An authority, sound or faulty, that another vouches for, or none.
    pub fn ca(&self, issuer: Option<&Authority>, ca: &Ca<'_>) -> Authority {
        let wanted = Wanted {
            subject: ca.name,
            key: ca.key,
            digest: ca.digest,
            from: ca.from,
            to: ca.to,
            extensions: ca.extensions.clone(),
            issuer,
        };
        let (certificate, key) = self.make_with(&wanted, ca.key_of.map(|other| other.key.as_path()));
        let between = match issuer {
            Some(issuer) => [vec![certificate.clone()], issuer.between.clone()].concat(),
            None => Vec::new(),
        };
        Authority { certificate, key, between }
    }

    /// A server's certificate, signed by this authority.
    pub fn issue(&self, issuer: &Authority, leaf: &Leaf) -> Identity {
        self.leaf(Some(issuer), leaf)
    }

    /// A server's certificate that vouches for itself.
    pub fn self_signed(&self, leaf: &Leaf) -> Identity {
        self.leaf(None, leaf)
    }

    /// A PEM file of these PEM files, one after the other: a chain in any order, right or wrong.
    pub fn concatenate(&self, files: &[&Path]) -> PathBuf {
        let target = self.next("pem");
        let mut all = String::new();
        for file in files {
            all.push_str(&std::fs::read_to_string(file).expect("a PEM file"));
        }
        write(&target, &all);
        target
    }

    /// The DER of the first certificate in a PEM file.
    pub fn der(&self, pem: &Path) -> Vec<u8> {
        let target = self.next("der");
        run(Command::new("openssl")
            .args(["x509", "-outform", "DER", "-in"])
            .arg(pem)
            .arg("-out")
            .arg(&target));
        std::fs::read(target).expect("what openssl wrote")
    }

    fn leaf(&self, issuer: Option<&Authority>, leaf: &Leaf) -> Identity {
        let names: Vec<String> = leaf.names.iter().map(|name| format!("DNS:{name}")).collect();
        let mut extensions = format!(
            "basicConstraints = critical, CA:FALSE\nkeyUsage = critical, digitalSignature, keyEncipherment\n\
             extendedKeyUsage = serverAuth\nsubjectKeyIdentifier = hash\nsubjectAltName = {}\n",
            names.join(", ")
        );
        if issuer.is_some() {
            extensions.push_str("authorityKeyIdentifier = keyid\n");
        }
        for line in &leaf.extensions {
            let _ = writeln!(extensions, "{line}");
        }
        let (certificate, key) = self.make(&Wanted {
            subject: leaf.names.first().map_or("nobody", String::as_str),
            key: leaf.key,
            digest: leaf.digest,
            from: leaf.from,
            to: leaf.to,
            extensions,
            issuer,
        });
        let between = issuer.map(|issuer| issuer.between.clone()).unwrap_or_default();
        let files: Vec<&Path> =
            std::iter::once(certificate.as_path()).chain(between.iter().map(PathBuf::as_path)).collect();
        let chain = self.concatenate(&files);
        let bundle = self.concatenate(&[&chain, &key]);
        Identity { certificate, chain, key, bundle }
    }

    /// Key, request and certificate. `openssl ca` does it, since it alone (before OpenSSL 3.4) takes a start of
    /// validity.
    fn make(&self, wanted: &Wanted<'_>) -> (PathBuf, PathBuf) {
        self.make_with(wanted, None)
    }

    /// The same with a key that is there already, or a new one.
    fn make_with(&self, wanted: &Wanted<'_>, old: Option<&Path>) -> (PathBuf, PathBuf) {
        let (request, certificate) = (self.next("csr"), self.next("crt"));
        let key = old.map_or_else(|| self.next("key"), Path::to_owned);
        let config = self.next("cnf");
        let database = self.next("db");
        write(&database, "");
        write(&database.with_extension("db.attr"), "unique_subject = no\n");
        write(
            &config,
            &format!(
                "[ca]\ndefault_ca = this\n\
                 [this]\ndatabase = {database}\nnew_certs_dir = {directory}\nrand_serial = yes\n\
                 policy = any\nunique_subject = no\nemail_in_dn = no\n\
                 [any]\ncommonName = supplied\n\
                 [req]\ndistinguished_name = name\nprompt = no\n\
                 [name]\ncommonName = \"{subject}\"\n\
                 [extensions]\n{extensions}",
                database = database.display(),
                directory = self.path().display(),
                subject = wanted.subject,
                extensions = wanted.extensions,
            ),
        );
        if old.is_none() {
            run(Command::new("openssl").arg("genpkey").args(wanted.key.arguments()).arg("-out").arg(&key));
        }
        run(Command::new("openssl")
            .args(["req", "-new", "-config"])
            .arg(&config)
            .arg("-key")
            .arg(&key)
            .arg("-out")
            .arg(&request));
        let mut ca = Command::new("openssl");
        ca.args(["ca", "-batch", "-notext", "-extensions", "extensions", "-md", wanted.digest, "-config"]);
        ca.arg(&config).arg("-in").arg(&request).arg("-out").arg(&certificate);
        ca.args(["-startdate", &days(wanted.from), "-enddate", &days(wanted.to)]);
        match wanted.issuer {
            Some(issuer) => ca.arg("-cert").arg(&issuer.certificate).arg("-keyfile").arg(&issuer.key),
            None => ca.arg("-selfsign").arg("-keyfile").arg(&key),
        };
        run(&mut ca);
        (certificate, key)
    }

    pub(crate) fn next(&self, ending: &str) -> PathBuf {
        let number = self.made.get();
        self.made.set(number + 1);
        self.path().join(format!("{number}.{ending}"))
    }
}

const AUTHORITY_EXTENSIONS: &str = "basicConstraints = critical, CA:TRUE\n\
    keyUsage = critical, keyCertSign, cRLSign\nsubjectKeyIdentifier = hash\n";

struct Wanted<'a> {
    subject: &'a str,
    key: Key,
    digest: &'a str,
    from: i64,
    to: i64,
    extensions: String,
    issuer: Option<&'a Authority>,
}

/// A moment so many days from now, as `openssl ca` takes it.
fn days(days: i64) -> String {
    let moment = Timestamp::now().to_zoned(TimeZone::UTC).saturating_add(days.days());
    moment.strftime("%Y%m%d%H%M%SZ").to_string()
}

pub(crate) fn write(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}

pub(crate) fn run(command: &mut Command) {
    let output = match command.stdin(Stdio::null()).output() {
        Ok(output) => output,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            panic!("openssl is not installed: apt-get install openssl")
        }
        Err(error) => panic!("openssl could not be started: {error}"),
    };
    assert!(output.status.success(), "{command:?}:\n{}", String::from_utf8_lossy(&output.stderr));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `openssl x509 -text` says.
    fn text(certificate: &Path) -> String {
        let output =
            Command::new("openssl").args(["x509", "-noout", "-text", "-in"]).arg(certificate).output();
        String::from_utf8(output.expect("openssl").stdout).expect("text")
    }

    /// What `openssl verify` says, with this root and these certificates between.
    fn verify(root: &Path, identity: &Identity, host: &str) -> String {
        let output = Command::new("openssl")
            .args(["verify", "-verify_hostname", host, "-CAfile"])
            .arg(root)
            .arg("-untrusted")
            .arg(&identity.chain)
            .arg(&identity.certificate)
            .output()
            .expect("openssl");
        String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
    }

    #[test]
    fn openssl_verifies_the_sound_ones_and_names_the_faults() {
        let pki = Pki::new();
        let root = pki.authority("Test root", Key::Rsa2048);
        let between = pki.intermediate(&root, "Test intermediate", Key::EcP384);
        let sound = pki.issue(&between, &Leaf::new(&["shop.example"]).key(Key::Rsa2048));
        let host = "shop.example";
        assert!(verify(&root.certificate, &sound, host).ends_with(": OK\n"));
        assert!(verify(&root.certificate, &sound, "bank.example").contains("hostname mismatch"));
        let expired = pki.issue(&root, &Leaf::new(&[host]).valid(-400, -10));
        assert!(verify(&root.certificate, &expired, host).contains("certificate has expired"));
        let early = pki.issue(&root, &Leaf::new(&[host]).valid(10, 100));
        assert!(verify(&root.certificate, &early, host).contains("certificate is not yet valid"));
        let own = pki.self_signed(&Leaf::new(&[host]));
        assert!(verify(&root.certificate, &own, host).contains("self-signed certificate"));
        let bare = Identity { chain: sound.certificate.clone(), ..sound };
        assert!(verify(&root.certificate, &bare, host).contains("unable to get local issuer certificate"));
    }

    #[test]
    fn keys_digests_and_lifetimes_are_as_wanted() {
        let pki = Pki::new();
        let root = pki.authority("Test root", Key::EcP256);
        let weak = pki.issue(&root, &Leaf::new(&["a.example"]).key(Key::Rsa1024).digest("sha1"));
        let said = text(&weak.certificate);
        assert!(said.contains("Public-Key: (1024 bit)"), "{said}");
        assert!(said.contains("Signature Algorithm: ecdsa-with-SHA1"), "{said}");
        let long = pki.issue(&root, &Leaf::new(&["a.example", "b.example"]).valid(-1, 500));
        let said = text(&long.certificate);
        assert!(said.contains("DNS:a.example, DNS:b.example"), "{said}");
        let check = |seconds: u32| {
            Command::new("openssl")
                .args(["x509", "-noout", "-checkend", &seconds.to_string(), "-in"])
                .arg(&long.certificate)
                .output()
                .expect("openssl")
                .status
                .success()
        };
        assert!(check(499 * 86_400) && !check(501 * 86_400));
        let must = pki.issue(&root, &Leaf::new(&["a.example"]).extension("tlsfeature = status_request"));
        assert!(text(&must.certificate).contains("TLS Feature"));
        assert_eq!(pki.der(&must.chain)[0], 0x30);
    }
}
