//! Keys of every type that ssh-keygen makes, and certificates.
mod common;

use common::{NOW, certify, make, public, run};
use midwatch_hostkeys::certificate::{FOREVER, Refusal, Signature};
use midwatch_hostkeys::key::{KeyError, PublicKey};
use proptest::prelude::*;
use std::process::Command;

const KINDS: [&[&str]; 5] = [
    &["ed25519"],
    &["ecdsa", "-b", "256"],
    &["ecdsa", "-b", "384"],
    &["ecdsa", "-b", "521"],
    &["rsa", "-b", "2048"],
];

#[test]
fn every_type_is_read_and_has_ssh_keygens_fingerprint() {
    let directory = tempfile::tempdir().unwrap();
    for kind in KINDS {
        let path = make(directory.path(), &kind.concat(), kind);
        let key = public(&path);
        let said = run(Command::new("ssh-keygen").arg("-lf").arg(path.with_extension("pub")));
        let said = String::from_utf8(said.stdout).unwrap();
        assert_eq!(said.split(' ').nth(1), Some(key.fingerprint().as_str()), "{kind:?}");
        let text = std::fs::read_to_string(path.with_extension("pub")).unwrap();
        assert!(text.starts_with(&key.to_text()), "{kind:?}");
        assert_eq!(PublicKey::from_blob(key.blob()).unwrap(), key);
        for end in 0..key.blob().len() {
            assert!(PublicKey::from_blob(&key.blob()[..end]).is_err(), "{kind:?} cut at {end}");
        }
        assert!(PublicKey::from_blob(&[key.blob(), &[0]].concat()).is_err(), "{kind:?} with more");
    }
}

#[test]
fn security_keys_are_read() {
    let text = "AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4fAAAABHNzaDo=";
    let key = PublicKey::from_text("sk-ssh-ed25519@openssh.com", text.as_bytes()).unwrap();
    assert_eq!(key.type_name(), "sk-ssh-ed25519@openssh.com");
    assert!(PublicKey::from_text("ssh-ed25519", text.as_bytes()).is_err());
}

#[test]
fn wrong_keys_are_none() {
    let directory = tempfile::tempdir().unwrap();
    let key = public(&make(directory.path(), "k", &["ed25519"]));
    let text = key.to_text();
    let base64 = text.split(' ').nth(1).unwrap();
    assert!(PublicKey::from_text("ssh-ed25519", format!("{base64}\r").as_bytes()).is_ok());
    let is = |kind: &str, base64: &str| PublicKey::from_text(kind, base64.as_bytes()).unwrap_err();
    assert!(matches!(is("ssh-rsa", base64), KeyError::Mismatch { .. }));
    assert!(matches!(is("ssh-new", base64), KeyError::Type(_)));
    assert_eq!(is("ssh-ed25519", "AAA!"), KeyError::Base64);
    let rsa = make(directory.path(), "r", &["rsa", "-b", "1024"]);
    let rsa = public(&rsa);
    let base64 = rsa.to_text().split(' ').nth(1).unwrap().to_owned();
    assert_eq!(PublicKey::from_text("rsa-sha2-512", base64.as_bytes()).unwrap(), rsa);
}

#[test]
fn certificates_of_every_authority_are_verified() {
    let directory = tempfile::tempdir().unwrap();
    for (number, kind) in KINDS.iter().enumerate() {
        let authority = make(directory.path(), &format!("ca{number}"), kind);
        for (other, kind) in KINDS.iter().enumerate() {
            let key = make(directory.path(), &format!("key{number}{other}"), kind);
            let certified = certify(
                &authority,
                &key,
                &["-h", "-n", "a.example,b.example", "-z", "7", "-V", "20200101:20400101"],
            );
            let certificate = certified.certificate().unwrap();
            assert!(certified.same_key(&public(&key)));
            assert_eq!(certified.without_certificate(), public(&key));
            assert_eq!(certificate.authority, public(&authority));
            assert_eq!(certificate.principals, ["a.example", "b.example"]);
            assert_eq!((certificate.serial, certificate.key_id.as_str()), (7, "id"));
            // ring computes nothing on P-521, and that is said.
            if number == 3 {
                assert!(matches!(certificate.check_signature(), Signature::NotChecked(_)));
                continue;
            }
            assert_eq!(certificate.check_signature(), Signature::Good, "{number} {other}");
            assert_eq!(certificate.check("b.example", NOW), Ok("b.example"));
            // Any bit of what is signed matters.
            let mut blob = certified.blob().to_vec();
            let place = blob.windows(9).position(|bytes| bytes == b"a.example").unwrap();
            blob[place] ^= 1;
            let forged = PublicKey::from_blob(&blob).unwrap();
            let forged = forged.certificate().unwrap();
            assert_eq!(forged.check_signature(), Signature::Bad, "{number} {other}");
            assert_eq!(forged.check("b.example", NOW), Err(Refusal::Signature));
        }
    }
}

#[test]
fn certificates_are_refused_for_their_reasons() {
    let directory = tempfile::tempdir().unwrap();
    let authority = make(directory.path(), "ca", &["rsa", "-b", "3072"]);
    let key = make(directory.path(), "key", &["ed25519"]);
    let valid = ["-V", "20200101:20290101"];
    let check = |more: &[&str], host: &str| -> Result<String, Refusal> {
        let made = certify(&authority, &key, more);
        made.certificate().unwrap().check(host, NOW).map(str::to_owned)
    };
    assert_eq!(check(&[&["-h", "-n", "h"], &valid[..]].concat(), "h"), Err(Refusal::Expired));
    assert_eq!(check(&["-h", "-n", "h", "-V", "20310101:20320101"], "h"), Err(Refusal::NotYetValid));
    assert_eq!(check(&["-n", "h"], "h"), Err(Refusal::ForUsers));
    assert_eq!(check(&["-h"], "h"), Err(Refusal::NoPrincipals));
    assert_eq!(check(&["-h", "-n", "other"], "h"), Err(Refusal::OtherPrincipals));
    assert_eq!(check(&["-h", "-n", "*.example"], "a.example"), Ok("*.example".to_owned()));
    assert_eq!(
        check(&["-h", "-n", "h", "-O", "critical:x@example.org=1"], "h"),
        Err(Refusal::CriticalOptions(vec!["x@example.org".to_owned()]))
    );
    let sha1 = check(&["-h", "-n", "h", "-t", "ssh-rsa"], "h");
    assert_eq!(sha1, Err(Refusal::Algorithm("ssh-rsa".to_owned())));
    let always = certify(&authority, &key, &["-h", "-n", "h"]);
    assert_eq!(always.certificate().unwrap().valid_before, FOREVER);
    assert_eq!(always.certificate().unwrap().check("h", NOW), Ok("h"));
}

proptest! {
    #[test]
    fn no_blob_breaks_it(blob in proptest::collection::vec(any::<u8>(), 0..200), kind in 0usize..6) {
        let names = ["ssh-rsa", "ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-ed25519-cert-v01@openssh.com",
            "sk-ssh-ed25519@openssh.com", "ssh-dss"];
        let _ = PublicKey::from_blob(&blob);
        let mut named = (names[kind].len() as u32).to_be_bytes().to_vec();
        named.extend_from_slice(names[kind].as_bytes());
        named.extend_from_slice(&blob);
        if let Ok(key) = PublicKey::from_blob(&named) {
            prop_assert_eq!(PublicKey::from_blob(key.blob()).unwrap(), key);
        }
    }
}
