//! Signed files of known hosts against the real `ssh-keygen -Y sign` and `-Y verify`.
mod common;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use common::{NOW, certify, make, public, run};
use midwatch_hostkeys::key::PublicKey;
use midwatch_hostkeys::lookup::{Host, Standing, what_is_known};
use midwatch_hostkeys::signed::{
    FormatError, NAMESPACE, NotAllowed, ReadError, Signers, SshSig, TrustFile, Untrusted, read, signature_of,
};
use proptest::prelude::*;
use ring::digest::{SHA256, SHA512, digest};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _};

/// The same moment as [`NOW`], for `-O verify-time`.
const THEN: &str = "20300101000000Z";

const WHO: &str = "admin@example.com";

/// A file of known hosts in a directory of its own.
struct Bench {
    directory: tempfile::TempDir,
}

impl Bench {
    fn new() -> Bench {
        let bench = Bench { directory: tempfile::tempdir().unwrap() };
        let host = make(bench.at(), "host", &["ed25519"]);
        let line = format!("git.example,*.git.example {}\n", public(&host).to_text());
        std::fs::write(bench.file(), line).unwrap();
        bench
    }

    fn at(&self) -> &Path {
        self.directory.path()
    }

    fn file(&self) -> PathBuf {
        self.at().join("hosts")
    }

    /// Signs the file, and gives the signature.
    fn sign(&self, key: &Path, namespace: &str, more: &[&str]) -> Vec<u8> {
        let signature = signature_of(&self.file());
        let _ = std::fs::remove_file(&signature);
        let made = run(Command::new("ssh-keygen")
            .args(["-q", "-Y", "sign", "-n", namespace, "-f"])
            .arg(key)
            .args(more)
            .arg(self.file()));
        assert!(made.status.success(), "{made:?}");
        std::fs::read(signature).unwrap()
    }

    fn ours(&self, signature: &[u8], signers: &str) -> Result<TrustFile, Untrusted> {
        let signers = Signers::parse(Path::new("signers"), signers.as_bytes());
        let file = std::fs::read(self.file()).unwrap();
        TrustFile::verify(&self.file(), &file, signature, &signers, NOW)
    }

    /// Whether the real one takes it, in a time zone.
    fn theirs(&self, signature: &[u8], signers: &str, zone: &str) -> bool {
        let (allowed, made) = (self.at().join("signers"), self.at().join("tried.sig"));
        std::fs::write(&allowed, signers).unwrap();
        std::fs::write(&made, signature).unwrap();
        let file = std::fs::File::open(self.file()).unwrap();
        let output = run(Command::new("ssh-keygen")
            .env("TZ", zone)
            .args(["-Y", "verify", "-n", NAMESPACE, "-I", WHO, "-O", &format!("verify-time={THEN}"), "-f"])
            .arg(&allowed)
            .arg("-s")
            .arg(&made)
            .stdin(Stdio::from(file)));
        output.status.success()
    }

    fn both(&self, signature: &[u8], signers: &str) -> Result<TrustFile, Untrusted> {
        let ours = self.ours(signature, signers);
        assert_eq!(ours.is_ok(), self.theirs(signature, signers, "UTC"), "{signers}: {ours:?}");
        ours
    }
}

#[test]
fn keys_of_every_type_are_verified() {
    let bench = Bench::new();
    let kinds: [&[&str]; 5] = [
        &["ed25519"],
        &["ecdsa", "-b", "256"],
        &["ecdsa", "-b", "384"],
        &["rsa", "-b", "2048"],
        &["rsa", "-b", "4096"],
    ];
    for kind in kinds {
        let key = make(bench.at(), &kind.concat(), kind);
        let line = format!("{WHO} {}\n", public(&key).to_text());
        for hash in ["hashalg=sha256", "hashalg=sha512"] {
            let signature = bench.sign(&key, NAMESPACE, &["-O", hash]);
            let trusted = bench.both(&signature, &line).unwrap();
            assert_eq!(trusted.signer.principal, WHO);
            assert_eq!(trusted.signer.fingerprint, public(&key).fingerprint());
            assert_eq!((trusted.signer.line, &trusted.signer.authority), (1, &None));
            assert_eq!(trusted.known.entries().count(), 1);
        }
        let file = std::fs::read_to_string(key.with_extension("pub")).unwrap();
        let bare = bench.ours(&bench.sign(&key, NAMESPACE, &[]), &file).unwrap();
        assert_eq!(bare.signer.principal, kind.concat(), "a public key alone is called by its comment");
    }
}

#[test]
fn what_is_not_computed_and_what_is_too_small_is_named() {
    let bench = Bench::new();
    let large = make(bench.at(), "large", &["ecdsa", "-b", "521"]);
    let line = format!("{WHO} {}\n", public(&large).to_text());
    let signature = bench.sign(&large, NAMESPACE, &[]);
    let why = bench.ours(&signature, &line).unwrap_err();
    assert_eq!(why, Untrusted::NotChecked("ecdsa-sha2-nistp521".into()));
    assert!(bench.theirs(&signature, &line, "UTC"));
    let small = make(bench.at(), "small", &["rsa", "-b", "1024"]);
    let line = format!("{WHO} {}\n", public(&small).to_text());
    let why = bench.ours(&bench.sign(&small, NAMESPACE, &[]), &line).unwrap_err();
    assert_eq!(why, Untrusted::SmallKey(1024));
}

#[test]
fn another_namespace_another_file_and_a_cut_signature_are_refused() {
    let bench = Bench::new();
    let key = make(bench.at(), "key", &["ed25519"]);
    let line = format!("{WHO} {}\n", public(&key).to_text());
    let foreign = bench.sign(&key, "file", &[]);
    assert_eq!(bench.both(&foreign, &line).unwrap_err(), Untrusted::Namespace("file".into()));
    let signature = bench.sign(&key, NAMESPACE, &[]);
    for end in (0..signature.len()).step_by(7) {
        let cut = &signature[..end];
        // Without its last line feed it is whole still.
        if !cut.ends_with(b"SIGNATURE-----") {
            assert!(matches!(bench.ours(cut, &line), Err(Untrusted::Format(_))), "cut at {end}");
        }
    }
    assert!(matches!(bench.both(&signature[..90], &line), Err(Untrusted::Format(FormatError::NoEnd))));
    assert!(matches!(bench.both(b"", &line), Err(Untrusted::Format(FormatError::NoBegin))));
    let crlf = String::from_utf8(signature.clone()).unwrap().replace('\n', "\r\n");
    assert!(bench.ours(crlf.as_bytes(), &line).is_ok());
    // Every byte counts, in the file and in the signature.
    let whole = std::fs::read(bench.file()).unwrap();
    std::fs::write(bench.file(), [&whole[..], b"#"].concat()).unwrap();
    assert_eq!(bench.both(&signature, &line).unwrap_err(), Untrusted::Wrong);
    std::fs::write(bench.file(), &whole).unwrap();
    let text = String::from_utf8(signature.clone()).unwrap();
    let body: String = text.lines().filter(|line| !line.starts_with('-')).collect();
    let blob = STANDARD.decode(body).unwrap();
    for at in 0..blob.len() {
        let mut changed = blob.clone();
        changed[at] ^= 1;
        assert!(bench.ours(&armour(&changed), &line).is_err(), "byte {at}");
    }
    assert!(bench.both(&armour(&blob), &line).is_ok());
}

#[test]
fn lines_of_allowed_signers_are_read_as_ssh_keygen_reads_them() {
    let bench = Bench::new();
    let (key, other) = (make(bench.at(), "key", &["ed25519"]), make(bench.at(), "other", &["ed25519"]));
    let signature = bench.sign(&key, NAMESPACE, &[]);
    let (key, other) = (public(&key).to_text(), public(&other).to_text());
    let lines = [
        (format!("{WHO} {key}"), true),
        (format!("  {WHO}\t{key} a comment"), true),
        (format!("\"{WHO}\" {key}"), true),
        (format!("*@example.com {key}"), true),
        (format!("other@example.com,{WHO} {key}"), true),
        (format!("{WHO} {other}"), false),
        (format!("# {WHO} {key}"), false),
        (WHO.to_owned(), false),
        (format!("{WHO} ssh-ed25519"), false),
        (format!("{WHO} namespaces=\"midwatch-hosts\" {key}"), true),
        (format!("{WHO} NameSpaces=\"file,midwatch-*\" {key}"), true),
        (format!("{WHO} namespaces=\"file, midwatch-hosts\" {key}"), false),
        (format!("{WHO} namespaces=\"*,!midwatch-hosts\" {key}"), false),
        (format!("{WHO} namespaces=\"file\" {key}"), false),
        (format!("{WHO} namespaces=midwatch-hosts {key}"), false),
        (format!("{WHO} namespaces=\"midwatch-hosts {key}"), false),
        (format!("{WHO} namespaces=\"midwatch-hosts\",namespaces=\"midwatch-hosts\" {key}"), false),
        (format!("{WHO} namespaces=\"midwatch-hosts\", {key}"), false),
        (format!("{WHO} namespaces=\"midwatch-hosts\"x {key}"), false),
        (format!("{WHO} new-option {key}"), false),
        (format!("{WHO} cert-authority {key}"), false),
        (format!("{WHO} cert-authority=\"x\" {key}"), false),
        (format!("{WHO} valid-after=\"20300101Z\" {key}"), true),
        (format!("{WHO} valid-after=\"20300101000001Z\" {key}"), false),
        (format!("{WHO} valid-before=\"20300101Z\" {key}"), true),
        (format!("{WHO} valid-before=\"203001010000Z\" {key}"), true),
        (format!("{WHO} valid-before=\"20291231235959Z\" {key}"), false),
        (format!("{WHO} valid-after=\"20200101Z\",valid-before=\"20400101Z\" {key}"), true),
        (format!("{WHO} valid-after=\"20200101Z\",valid-before=\"20200101Z\" {key}"), false),
        (format!("{WHO} valid-after=\"20200101Z\",valid-after=\"20200101Z\" {key}"), false),
        (format!("{WHO} valid-after=\"2020010100Z\" {key}"), false),
        (format!("{WHO} valid-after=\"20201301Z\" {key}"), false),
        (format!("{WHO} valid-after=\"19700101Z\" {key}"), false),
        (format!("{WHO} valid-after=20200101Z {key}"), false),
        (format!("{WHO} valid-before=\"20200101Z\" {key}\n{WHO} {key}"), true),
        (format!("{WHO} new-option {key}\n\n# more\n{WHO} {key}"), true),
    ];
    for (text, may) in lines {
        let said = bench.both(&signature, &format!("{text}\n"));
        assert_eq!(said.is_ok(), may, "{text}: {said:?}");
        if let Ok(trusted) = said {
            assert_eq!(trusted.signer.line, text.lines().count());
        }
    }
    let why = |text: String| match bench.ours(&signature, &text).unwrap_err() {
        Untrusted::Signer(why) => why,
        other => panic!("{other:?}"),
    };
    assert_eq!(why(format!("{WHO} valid-before=\"20290101Z\" {key}")), NotAllowed::Expired(1));
    assert_eq!(why(format!("\n{WHO} valid-after=\"20310101Z\" {key}")), NotAllowed::NotYetValid(2));
    assert!(matches!(
        why(format!("{WHO} namespaces=\"file\" {key}")),
        NotAllowed::Namespaces { line: 1, .. }
    ));
    let unlisted = why(format!("{WHO} x-y {other}"));
    assert!(matches!(&unlisted, NotAllowed::Unlisted { flaw: Some((1, _)), .. }), "{unlisted:?}");
    assert!(unlisted.to_string().contains("line 1 is passed over"), "{unlisted}");
}

/// A time without `Z` is the reader's, whom we do not ask: wherever some zone would decide otherwise, nothing is
/// decided.
#[test]
fn a_time_without_a_zone_counts_where_every_zone_agrees() {
    let bench = Bench::new();
    let key = make(bench.at(), "key", &["ed25519"]);
    let signature = bench.sign(&key, NAMESPACE, &[]);
    let key = public(&key).to_text();
    let mut open = 0;
    for time in [
        "202912310800",
        "202912311100",
        "202912312300",
        "20300101",
        "203001011300",
        "203001011500",
        "20300102",
    ] {
        for option in ["valid-after", "valid-before"] {
            let line = format!("{WHO} {option}=\"{time}\" {key}\n");
            let zones = ["UTC-14", "UTC", "UTC+12"].map(|zone| bench.theirs(&signature, &line, zone));
            match bench.ours(&signature, &line) {
                Ok(_) => assert_eq!(zones, [true; 3], "{line}"),
                Err(Untrusted::Signer(NotAllowed::Zone(1))) => {
                    assert!(zones.contains(&true) && zones.contains(&false), "{line}: {zones:?}");
                    open += 1;
                }
                Err(_) => assert_eq!(zones, [false; 3], "{line}"),
            }
        }
    }
    assert!(open > 4, "{open}");
}

#[test]
fn certified_signers() {
    let bench = Bench::new();
    let ca = make(bench.at(), "ca", &["ed25519"]);
    let key = make(bench.at(), "key", &["ecdsa", "-b", "256"]);
    let line = format!("*@example.com cert-authority {}\n", public(&ca).to_text());
    let sign = |more: &[&str]| {
        let certificate = certify(&ca, &key, more);
        assert!(certificate.certificate().is_some());
        // The certificate stands beside the key, and is named to be the one that signs.
        bench.sign(&bench.at().join("key-cert.pub"), NAMESPACE, &[])
    };
    let good = sign(&["-n", WHO, "-V", "20200101:20400101"]);
    let trusted = bench.both(&good, &line).unwrap();
    assert_eq!(trusted.signer.principal, WHO);
    assert_eq!(trusted.signer.authority, Some(public(&ca).fingerprint()));
    assert_eq!(trusted.signer.fingerprint, public(&key).fingerprint());
    // The key without an authority, an authority that is not called one, and names that do not fit.
    assert!(bench.both(&good, &format!("{WHO} {}\n", public(&key).to_text())).is_err());
    assert!(bench.both(&good, &format!("{WHO} {}\n", public(&ca).to_text())).is_err());
    let elsewhere = format!("*@example.net cert-authority {}\n", public(&ca).to_text());
    assert!(bench.both(&good, &elsewhere).is_err());
    for (more, why) in [
        (vec!["-n", "root", "-V", "20200101:20400101"], "none of its principals"),
        (vec!["-V", "20200101:20400101"], "none of its principals"),
        (vec!["-h", "-n", WHO, "-V", "20200101:20400101"], "for a host"),
        (vec!["-n", WHO, "-V", "20200101:20250101"], "expired"),
        (vec!["-n", WHO, "-V", "20350101:20400101"], "not valid yet"),
    ] {
        let said = bench.both(&sign(&more), &line).unwrap_err();
        assert!(said.to_string().contains(why), "{more:?}: {said}");
    }
    let logins = sign(&["-n", WHO, "-V", "20200101:20400101", "-O", "force-command=/bin/true"]);
    assert!(bench.both(&logins, &line).is_ok());
    let option = sign(&["-n", WHO, "-V", "20200101:20400101", "-O", "critical:new@example.com=x"]);
    let said = bench.ours(&option, &line).unwrap_err().to_string();
    assert!(said.contains("critical option"), "{said}");
}

fn string(to: &mut Vec<u8>, bytes: &[u8]) {
    to.extend_from_slice(&u32::try_from(bytes.len()).unwrap().to_be_bytes());
    to.extend_from_slice(bytes);
}

fn strings(parts: &[&[u8]]) -> Vec<u8> {
    let mut all = Vec::new();
    parts.iter().for_each(|part| string(&mut all, part));
    all
}

fn armour(blob: &[u8]) -> Vec<u8> {
    let text = STANDARD.encode(blob);
    let lines: Vec<&str> =
        text.as_bytes().chunks(70).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN SSH SIGNATURE-----\n{}\n-----END SSH SIGNATURE-----\n", lines.join("\n")).into_bytes()
}

/// A signature as a security key makes it, by PROTOCOL.u2f: `sign` stands for the key.
fn by_security_key(key: &[u8], file: &[u8], flags: u8, sign: impl Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let message = [
        b"SSHSIG".to_vec(),
        strings(&[NAMESPACE.as_bytes(), b"", b"sha512", digest(&SHA512, file).as_ref()]),
    ]
    .concat();
    let mut said = digest(&SHA256, b"ssh:").as_ref().to_vec();
    said.push(flags);
    said.extend_from_slice(&7_u32.to_be_bytes());
    said.extend_from_slice(digest(&SHA256, &message).as_ref());
    let length = usize::try_from(u32::from_be_bytes(key[..4].try_into().unwrap())).unwrap();
    let mut signature = strings(&[&key[4..4 + length], &sign(&said)]);
    signature.push(flags);
    signature.extend_from_slice(&7_u32.to_be_bytes());
    let mut blob = b"SSHSIG\0\0\0\x01".to_vec();
    blob.extend(strings(&[key, NAMESPACE.as_bytes(), b"", b"sha512", &signature]));
    armour(&blob)
}

#[test]
fn security_keys_are_verified() {
    let bench = Bench::new();
    let file = std::fs::read(bench.file()).unwrap();
    let random = SystemRandom::new();
    let pkcs8 = Ed25519KeyPair::generate_pkcs8(&random).unwrap();
    let pair = Ed25519KeyPair::from_pkcs8(pkcs8.as_ref()).unwrap();
    let ed25519 = strings(&[b"sk-ssh-ed25519@openssh.com", pair.public_key().as_ref(), b"ssh:"]);
    let first = by_security_key(&ed25519, &file, 1, |said| pair.sign(said).as_ref().to_vec());
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref(), &random).unwrap();
    let ecdsa =
        strings(&[b"sk-ecdsa-sha2-nistp256@openssh.com", b"nistp256", pair.public_key().as_ref(), b"ssh:"]);
    let second = by_security_key(&ecdsa, &file, 1, |said| {
        let both = pair.sign(&random, said).unwrap();
        let mpint = |number: &[u8]| [&[0], number].concat();
        let (r, s) = both.as_ref().split_at(32);
        // A number whose highest bit is not set has no zero before it.
        let short = |number: &[u8]| if number[0] & 0x80 != 0 { mpint(number) } else { number.to_vec() };
        let trim = |number: &[u8]| number.iter().skip_while(|byte| **byte == 0).copied().collect::<Vec<u8>>();
        strings(&[&short(&trim(r)), &short(&trim(s))])
    });
    for (key, signature) in [(ed25519, first), (ecdsa, second)] {
        let key = PublicKey::from_blob(&key).unwrap();
        let line = format!("{WHO} {}\n", key.to_text());
        assert!(bench.both(&signature, &line).is_ok(), "{line}");
        let mut text = String::from_utf8(signature).unwrap();
        let at = text.len() - 60;
        let flipped = if &text[at..=at] == "A" { "B" } else { "A" };
        text.replace_range(at..=at, flipped);
        assert!(bench.both(text.as_bytes(), &line).is_err());
    }
}

#[test]
fn a_signed_file_is_looked_up_like_known_hosts() {
    let bench = Bench::new();
    let (key, ca) = (make(bench.at(), "key", &["ed25519"]), make(bench.at(), "ca", &["ed25519"]));
    let bad = make(bench.at(), "bad", &["ed25519"]);
    let mut text = std::fs::read_to_string(bench.file()).unwrap();
    text += &format!("@cert-authority *.prod.example {}\n", public(&ca).to_text());
    text += &format!("@revoked * {}\n", public(&bad).to_text());
    std::fs::write(bench.file(), text).unwrap();
    bench.sign(&key, NAMESPACE, &[]);
    let signers = key.with_extension("pub");
    let trusted = read(&bench.file(), &signers, NOW).unwrap();
    let files = [trusted.known];
    let standing = |name: &str, key: &PublicKey| {
        what_is_known(&files, &Host { name, port: 22, alias: None, address: None, now: NOW }, key).standing
    };
    let host = public(&bench.at().join("host"));
    assert!(matches!(standing("git.example", &host), Standing::Verified(_)));
    assert!(matches!(standing("git.example", &public(&bad)), Standing::Revoked(_)));
    let certified = certify(&ca, &bench.at().join("host"), &["-h", "-n", "db.prod.example"]);
    assert!(matches!(standing("db.prod.example", &certified), Standing::Certified(_)));
    // What is missing, too large or no file is said with its name.
    let missing = read(&bench.at().join("nothing"), &signers, NOW).unwrap_err();
    assert!(matches!(&missing, ReadError::Io { .. }) && missing.to_string().contains("nothing.sig"));
    assert!(matches!(read(&bench.file(), bench.at(), NOW), Err(ReadError::NotRegular(_))));
    let large = bench.at().join("large");
    std::fs::File::create(&large).unwrap().set_len(2 * 1024 * 1024).unwrap();
    assert!(matches!(read(&bench.file(), &large, NOW), Err(ReadError::TooLarge { .. })));
    let other = make(bench.at(), "other", &["ed25519"]).with_extension("pub");
    let unlisted = read(&bench.file(), &other, NOW).unwrap_err().to_string();
    assert!(
        unlisted.contains("does not list") && unlisted.contains(&public(&key).fingerprint()),
        "{unlisted}"
    );
}

proptest! {
    #[test]
    fn no_bytes_break_a_signature(blob in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = SshSig::parse(&blob);
        if let Ok(read) = SshSig::parse(&armour(&[b"SSHSIG\0\0\0\x01".to_vec(), blob].concat())) {
            let _ = read.check(b"file");
        }
    }

    #[test]
    fn no_text_breaks_the_signers(
        text in "([a-z@*,\" ]{0,8} )?(cert-authority|namespaces=\"|valid-after=\"|,|\\\\\"|[ \\t]|[0-9Z]{0,16}){0,6} ssh-ed25519 [A-Za-z0-9+/]{0,90}"
    ) {
        let _ = Signers::parse(Path::new("signers"), text.as_bytes());
    }

    #[test]
    fn no_bytes_break_the_signers(text in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Signers::parse(Path::new("signers"), &text);
    }
}
