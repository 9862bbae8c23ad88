//! OpenSSH's keys against ssh-keygen: fingerprints, pictures, RFC 4716, certificates.

mod common;

use std::path::Path;

use common::{key, keys, one, output, print, refused, text};
use midwatch_keys::compare::{self, Keys};
use midwatch_keys::{Hint, PublicKey, randomart::randomart, read};

const PACKAGE: &str = "openssh-client";

fn keygen(directory: &Path, arguments: &[&str]) -> String {
    text(directory, PACKAGE, "ssh-keygen", arguments)
}

/// Makes a key, and gives the name of its public file.
fn make(directory: &Path, kind: &str, bits: &str) -> String {
    let name = format!("{kind}-{bits}");
    keygen(directory, &["-q", "-t", kind, "-b", bits, "-N", "", "-C", "Elizabeth of the shop", "-f", &name]);
    format!("{name}.pub")
}

/// That ssh-keygen says the same of a file.
fn agrees(directory: &Path, file: &str, key: &PublicKey) {
    for (hash, kind) in [("sha256", "SHA256"), ("md5", "MD5")] {
        let said = keygen(directory, &["-l", "-E", hash, "-f", file]);
        let (size, name) = (key.bits.expect("a size"), &key.algorithm);
        let expected = format!("{size} {} {} ({name})\n", print(key, kind), key.says.join(""));
        let expected = expected.replace("  (", " no comment (");
        assert_eq!(said, expected, "{file}");
    }
    let drawn = keygen(directory, &["-lv", "-f", file]);
    let (_, picture) = drawn.split_once('\n').expect("a line before the picture");
    assert_eq!(picture, randomart(key).expect("a picture"), "{file}");
}

#[test]
fn keys_of_every_type() {
    let directory = tempfile::tempdir().expect("a directory");
    let at = directory.path();
    for (kind, bits) in [
        ("ed25519", "256"),
        ("rsa", "1024"),
        ("rsa", "2048"),
        ("rsa", "3071"),
        ("dsa", "1024"),
        ("ecdsa", "256"),
        ("ecdsa", "384"),
        ("ecdsa", "521"),
    ] {
        let file = make(at, kind, bits);
        let key = key(at.join(&file));
        assert_eq!(key.says, ["Elizabeth of the shop"]);
        agrees(at, &file, &key);

        let rfc4716 = keygen(at, &["-e", "-m", "RFC4716", "-f", &file]);
        let again = one(read(rfc4716.as_bytes(), &Hint::default()));
        assert_eq!(again.material, key.material, "{file}");
        assert!(again.says[0].contains("Elizabeth") || again.says[0].contains(kind.to_uppercase().as_str()));

        // The same key as openssl has it. ssh-keygen exports no Ed25519 that way.
        if kind == "rsa" || kind == "ecdsa" {
            let pkcs8 = keygen(at, &["-e", "-m", "PKCS8", "-f", &file]);
            let spki = one(read(pkcs8.as_bytes(), &Hint::default()));
            assert_eq!(spki.spki, key.spki, "{file}");
            assert_eq!(spki.bits, key.bits, "{file}");
            assert!(matches!(compare::keys(&key, &spki), Keys::Same { .. }));
        }
        if kind == "rsa" {
            let pkcs1 = keygen(at, &["-e", "-m", "PEM", "-f", &file]);
            assert!(pkcs1.contains("BEGIN RSA PUBLIC KEY"), "{pkcs1}");
            assert_eq!(one(read(pkcs1.as_bytes(), &Hint::default())).spki, key.spki);
        }
        refused(
            &std::fs::read(at.join(file.trim_end_matches(".pub"))).expect("a file"),
            "an OpenSSH private key",
        );
    }
}

/// Hardware is not at hand: these are keys of OpenSSH's own form with made-up points, which ssh-keygen reads.
#[test]
fn keys_in_hardware() {
    use base64::Engine as _;
    let directory = tempfile::tempdir().expect("a directory");
    let put = |out: &mut Vec<u8>, bytes: &[u8]| {
        out.extend((bytes.len() as u32).to_be_bytes());
        out.extend(bytes);
    };
    let mut blob = Vec::new();
    for part in [&b"sk-ssh-ed25519@openssh.com"[..], &[9; 32], b"ssh:"] {
        put(&mut blob, part);
    }
    let encoded = base64::engine::general_purpose::STANDARD.encode(&blob);
    let line = format!("sk-ssh-ed25519@openssh.com {encoded} David's token\n");
    std::fs::write(directory.path().join("sk.pub"), line).expect("a file");
    let key = key(directory.path().join("sk.pub"));
    assert_eq!((key.algorithm.as_str(), &key.spki), ("ED25519-SK", &None));
    agrees(directory.path(), "sk.pub", &key);
}

#[test]
fn certificates() {
    let directory = tempfile::tempdir().expect("a directory");
    let at = directory.path();
    make(at, "ed25519", "256");
    for (kind, bits) in [("rsa", "2048"), ("ed25519", "256"), ("ecdsa", "384")] {
        let plain = if kind == "ed25519" { "ed25519-256.pub".to_owned() } else { make(at, kind, bits) };
        keygen(
            at,
            &["-q", "-s", "ed25519-256", "-I", "Jessica's key", "-n", "jessica,git", "-V", "+1d", &plain],
        );
        let file = plain.replace(".pub", "-cert.pub");
        let certificate = key(at.join(&file));
        agrees(at, &file, &certificate);
        let inside = key(at.join(&plain));
        assert_eq!(certificate.material, inside.material);
        assert!(certificate.notes[0].contains("'Jessica's key' for jessica, git"), "{:?}", certificate.notes);
        let authority = key(at.join("ed25519-256.pub"));
        assert!(certificate.notes[1].ends_with(print(&authority, "SHA256")), "{:?}", certificate.notes);
        let Keys::Same { notes } = compare::keys(&certificate, &inside) else { panic!("the same key") };
        assert_eq!(notes.len(), 1);
    }
}

#[test]
fn files_with_many_lines() {
    let directory = tempfile::tempdir().expect("a directory");
    let at = directory.path();
    let first = std::fs::read_to_string(at.join(make(at, "ed25519", "256"))).expect("a file");
    let second = std::fs::read_to_string(at.join(make(at, "ecdsa", "256"))).expect("a file");
    let text =
        format!("# of the team\n\nfrom=\"192.0.2.0/24\",no-pty {first}\ngit.example,192.0.2.7 {second}");
    std::fs::write(at.join("authorized_keys"), text).expect("a file");
    let keys = keys(at.join("authorized_keys")).expect("keys");
    let names: Vec<&str> = keys.iter().map(|key| key.algorithm.as_str()).collect();
    assert_eq!(names, ["ED25519", "ECDSA"]);
}

/// Private keys as older versions and other programs write them.
#[test]
fn private_keys_of_other_forms_are_refused() {
    let directory = tempfile::tempdir().expect("a directory");
    let at = directory.path();
    make(at, "rsa", "2048");
    keygen(at, &["-q", "-p", "-m", "PEM", "-N", "", "-f", "rsa-2048"]);
    let pem = output(at, "coreutils", "cat", &["rsa-2048"], b"");
    assert!(pem.starts_with(b"-----BEGIN RSA PRIVATE KEY-----"));
    refused(&pem, "a private key in PEM");
    keygen(at, &["-q", "-p", "-m", "PEM", "-N", "a password", "-f", "rsa-2048"]);
    let pem = output(at, "coreutils", "cat", &["rsa-2048"], b"");
    assert!(String::from_utf8_lossy(&pem).contains("ENCRYPTED"));
    refused(&pem, "a private key in PEM");
    refused(b"PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n", "a private key of PuTTY");
    // Beside a public key as well.
    let public = std::fs::read(at.join("rsa-2048.pub")).expect("a file");
    refused(&[public, pem].concat(), "a private key in PEM");
}
