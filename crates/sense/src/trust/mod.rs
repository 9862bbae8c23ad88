//! Trust anchors that no public root programme has: of the system, of programs that bring their own, and of browsers.

pub(crate) mod certificate;
mod files;
mod java;
mod nss;

use std::collections::{BTreeMap, BTreeSet};

use midwatch_model::{
    AnchorOrigin, Fact, KnownAnchor, LocalTrust, Outcome, PrivateAnchor, Reason, ReasonKind, Time, Unread,
};

use crate::System;
use crate::system::Place;

/// Certificates of one store that are read.
const MAX_CERTIFICATES: usize = 10_000;

/// Private anchors of one store that are listed.
const MAX_LISTED: usize = 100;

/// Files that are named for one certificate.
const MAX_FILES: usize = 5;

/// What is known of roots beyond this computer. It comes from lists that the caller has.
pub struct Roots<'a> {
    /// SHA-256, in lower-case hexadecimal, of the certificates or of the SubjectPublicKeyInfos of public roots.
    pub public: &'a BTreeSet<String>,
    /// The product or misused root for a subject on one line and the SHA-256 of a SubjectPublicKeyInfo.
    pub known: &'a dyn Fn(&str, &str) -> Option<KnownAnchor>,
}

/// Every store that is there.
pub fn look(system: &System, roots: &Roots<'_>) -> Vec<(String, Fact)> {
    let (system, shut) = system.without_shut_home();
    let mut first = files::system(&system);
    first.unread.extend(shut);
    let brought = files::brought(&system);
    let mut stores = vec![first];
    stores.extend(files::python(&system));
    stores.extend(java::stores(&system));
    stores.extend(nss::stores(&system));
    // Bundles are made of the distribution's files and of others.
    for store in &mut stores {
        for (sha256, met) in &mut store.found {
            if brought.contains(sha256) && met.origin == AnchorOrigin::Administrator {
                met.origin = AnchorOrigin::Distribution;
            }
        }
    }
    let fact = |store: Store| {
        let trust = store.judged(roots);
        (trust.store.clone(), Fact::LocalTrust(Box::new(trust)))
    };
    stores.into_iter().map(fact).collect()
}

/// A store while it is read.
struct Store {
    name: String,
    /// By the SHA-256 of the certificate.
    found: BTreeMap<String, Met>,
    unread: Vec<Unread>,
    /// Why the whole of it could not be read.
    failed: Option<Reason>,
}

/// A certificate with the places that it was met at.
struct Met {
    der: Vec<u8>,
    files: Vec<String>,
    since: Option<Time>,
    origin: AnchorOrigin,
}

impl Store {
    fn new(name: impl Into<String>) -> Store {
        Store { name: name.into(), found: BTreeMap::new(), unread: Vec::new(), failed: None }
    }

    /// Adds a certificate that a file holds. The first place that is met tells who put it there.
    fn add(&mut self, der: Vec<u8>, file: &str, since: Option<Time>, origin: AnchorOrigin) {
        let key = certificate::sha256(&der);
        let is_full = self.found.len() >= MAX_CERTIFICATES;
        match self.found.get_mut(&key) {
            Some(met) => {
                if met.files.len() < MAX_FILES && !met.files.iter().any(|known| known == file) {
                    met.files.push(file.to_owned());
                }
                met.since = match (met.since, since) {
                    (Some(a), Some(b)) => Some(a.min(b)),
                    (a, b) => a.or(b),
                };
            }
            None if !is_full => {
                self.found.insert(key, Met { der, files: vec![file.to_owned()], since, origin });
            }
            None => {
                let detail = format!("{} holds more than {MAX_CERTIFICATES} certificates", self.name);
                self.failed.get_or_insert(Reason::new(ReasonKind::Limit, detail));
            }
        }
    }

    fn unread(&mut self, place: &Place, why: Reason) {
        self.unread.push(Unread { file: place.shown.clone(), why });
    }

    /// Leaves out what public root programmes have, unless it is known for something bad.
    fn judged(self, roots: &Roots<'_>) -> LocalTrust {
        let count = u32::try_from(self.found.len()).unwrap_or(u32::MAX);
        let mut private: Vec<PrivateAnchor> = Vec::new();
        let mut unread = self.unread;
        for (sha256, met) in self.found {
            if roots.public.contains(&sha256) {
                continue;
            }
            let Some(mut anchor) = certificate::read(&met.der) else {
                let why = Reason::new(ReasonKind::Protocol, "a certificate in it could not be parsed");
                let file = met.files.into_iter().next().unwrap_or_default();
                unread.push(Unread { file, why });
                continue;
            };
            if roots.public.contains(&anchor.spki_sha256) {
                continue;
            }
            anchor.sha256 = sha256;
            anchor.known = (roots.known)(&anchor.subject, &anchor.spki_sha256);
            (anchor.files, anchor.since, anchor.origin) = (met.files, met.since, met.origin);
            private.push(anchor);
        }
        // What is known comes first, and what somebody added before what came with the system.
        private.sort_by(|a, b| {
            let key = |one: &PrivateAnchor| {
                (one.known.is_none(), std::cmp::Reverse(one.origin), one.subject.clone())
            };
            key(a).cmp(&key(b))
        });
        let more = u32::try_from(private.len().saturating_sub(MAX_LISTED)).unwrap_or(u32::MAX);
        private.truncate(MAX_LISTED);
        let certificates = match self.failed {
            Some(why) => why.into(),
            None => Outcome::seen(count),
        };
        LocalTrust { store: self.name, certificates, private, more, unread }
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use midwatch_model::{KnownBy, KnownKind};

    use super::*;
    use crate::system::testing::Tree;

    /// A root made by openssl: its PEM and DER.
    pub(super) fn root(subject: &str, extensions: &[&str]) -> (String, Vec<u8>) {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        let mut command = Command::new("openssl");
        command.args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-days",
            "30",
        ]);
        command.args(["-subj", subject, "-keyout"]).arg(at("key.pem")).arg("-out").arg(at("cert.pem"));
        for extension in extensions {
            command.args(["-addext", extension]);
        }
        run(&mut command);
        let der = at("cert.der");
        run(Command::new("openssl")
            .args(["x509", "-outform", "der", "-in"])
            .arg(at("cert.pem"))
            .arg("-out")
            .arg(&der));
        (std::fs::read_to_string(at("cert.pem")).unwrap(), std::fs::read(der).unwrap())
    }

    pub(super) fn run(command: &mut Command) {
        let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    pub(super) fn stores(tree: &Tree, public: &[&[u8]]) -> Vec<LocalTrust> {
        let public: BTreeSet<String> = public.iter().map(|der| certificate::sha256(der)).collect();
        let known = |subject: &str, _: &str| {
            subject.contains("Superfish").then(|| KnownAnchor {
                name: "Superfish".into(),
                kind: KnownKind::BadRoot,
                by: KnownBy::Name,
                source: "a list".into(),
            })
        };
        let found = look(&tree.system, &Roots { public: &public, known: &known });
        let trust = |(_, fact): (String, Fact)| match fact {
            Fact::LocalTrust(trust) => *trust,
            other => panic!("{other:?}"),
        };
        found.into_iter().map(trust).collect()
    }

    #[test]
    fn public_roots_are_left_out_and_what_is_known_comes_first() {
        let (public, der) = root("/O=Public/CN=Public Root", &[]);
        let (own, _) = root("/O=Own/CN=Own Root", &["nameConstraints=critical,permitted;DNS:own.example"]);
        let (bad, _) =
            root("/O=Superfish, Inc./CN=Superfish, Inc.", &["extendedKeyUsage=serverAuth,1.2.3.4"]);
        let tree = Tree::new(&[
            ("/usr/share/ca-certificates/mozilla/Public.crt", &public),
            ("/usr/local/share/ca-certificates/own.crt", &own),
            ("/etc/ssl/certs/ca-certificates.crt", &format!("# all\n{public}{own}{bad}")),
        ]);
        tree.link("/etc/ssl/certs/Public.pem", "/usr/share/ca-certificates/mozilla/Public.crt");
        tree.link("/etc/ssl/certs/own.pem", "/usr/local/share/ca-certificates/own.crt");
        tree.link("/etc/ssl/certs/0123abcd.0", "own.pem");
        let found = stores(&tree, &[&der]);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].certificates, Outcome::seen(3));
        let [bad, own] = found[0].private.as_slice() else { panic!("{:#?}", found[0]) };
        assert_eq!(bad.known.as_ref().map(|known| known.kind), Some(KnownKind::BadRoot));
        assert_eq!(bad.files, ["/etc/ssl/certs/ca-certificates.crt"]);
        assert_eq!(bad.purposes, ["serverAuth", "1.2.3.4"]);
        assert_eq!((own.subject.as_str(), own.key.as_str()), ("O=Own, CN=Own Root", "EC P-256"));
        assert_eq!((own.is_ca, own.origin), (true, AnchorOrigin::Administrator));
        assert_eq!(own.permitted, ["own.example"]);
        assert_eq!(own.files[0], "/usr/local/share/ca-certificates/own.crt");
        assert!(own.since.is_some() && own.known.is_none());
    }

    #[test]
    fn an_old_root_of_the_distribution_is_told_from_one_that_was_added() {
        let (old, _) = root("/CN=Withdrawn Root", &[]);
        let tree = Tree::new(&[("/usr/share/ca-certificates/mozilla/Old.crt", &old)]);
        tree.link("/etc/ssl/certs/Old.pem", "/usr/share/ca-certificates/mozilla/Old.crt");
        assert_eq!(stores(&tree, &[])[0].private[0].origin, AnchorOrigin::Distribution);
    }

    #[test]
    fn a_bundle_does_not_hide_what_the_distribution_brought() {
        let (old, _) = root("/CN=Withdrawn Root", &[]);
        let (own, _) = root("/CN=Own Root", &[]);
        let tree = Tree::new(&[
            ("/usr/share/ca-certificates/mozilla/Old.crt", &old),
            ("/usr/lib/python3/dist-packages/certifi/cacert.pem", &format!("{old}{own}")),
        ]);
        let found = stores(&tree, &[]);
        assert_eq!(found[1].store, "certifi (/usr/lib/python3/dist-packages/certifi/cacert.pem)");
        let told: Vec<(&str, AnchorOrigin)> =
            found[1].private.iter().map(|one| (one.subject.as_str(), one.origin)).collect();
        assert_eq!(
            told,
            [("CN=Own Root", AnchorOrigin::Administrator), ("CN=Withdrawn Root", AnchorOrigin::Distribution)]
        );
    }

    #[test]
    fn a_computer_without_a_store_says_so() {
        let found = stores(&Tree::new(&[]), &[]);
        assert_eq!(found.len(), 1);
        assert!(found[0].certificates.is_unmeasured());
    }

    #[test]
    fn what_is_no_certificate_is_named() {
        let tree = Tree::new(&[(
            "/usr/local/share/ca-certificates/x.crt",
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        )]);
        let found = stores(&tree, &[]);
        assert_eq!(found[0].private, []);
        assert_eq!(found[0].unread[0].file, "/usr/local/share/ca-certificates/x.crt");
    }
}
