//! A signed file by the real ssh-keygen, as an answer on a server's keys.

use std::path::{Path, PathBuf};
use std::process::Command;

use midwatch_audit::ssh::trust_file::{answer, unread};
use midwatch_hostkeys::key::PublicKey;
use midwatch_hostkeys::lookup::Host;
use midwatch_hostkeys::signed::read;
use midwatch_model::{HostKeySource, HostKeyWord, ReasonKind};

const NOW: u64 = 1_893_456_000;

fn keygen(arguments: &[&str]) {
    let output = Command::new("ssh-keygen").arg("-q").args(arguments).output();
    let output = output.expect("ssh-keygen (Debian package openssh-client)");
    assert!(output.status.success(), "{arguments:?}: {output:?}");
}

fn make(at: &Path, name: &str, kind: &str) -> PathBuf {
    let path = at.join(name);
    keygen(&["-N", "", "-C", name, "-t", kind, "-f", path.to_str().unwrap()]);
    path
}

fn public(file: &Path) -> PublicKey {
    let text = std::fs::read_to_string(file).unwrap();
    let mut words = text.split_whitespace();
    PublicKey::from_text(words.next().unwrap(), words.next().unwrap().as_bytes()).unwrap()
}

fn read_pub(private: &Path) -> PublicKey {
    public(&private.with_extension("pub"))
}

#[test]
fn every_word_of_a_signed_file() {
    use HostKeyWord::*;
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    let signer = make(at, "signer", "ed25519");
    let (known, other) = (make(at, "known", "ed25519"), make(at, "other", "ed25519"));
    let (elliptic, ca, bad) =
        (make(at, "elliptic", "ecdsa"), make(at, "ca", "ed25519"), make(at, "bad", "ed25519"));
    let file = at.join("hosts");
    let text = format!(
        "git.example,[git.example]:2222 {}\n@cert-authority *.prod.example {}\n@revoked * {}\n",
        read_pub(&known).to_text(),
        read_pub(&ca).to_text(),
        read_pub(&bad).to_text()
    );
    std::fs::write(&file, text).unwrap();
    let name = |path: &Path| path.to_str().unwrap().to_owned();
    keygen(&["-Y", "sign", "-n", "midwatch-hosts", "-f", &name(&signer), &name(&file)]);
    keygen(&[
        "-s",
        &name(&ca),
        "-I",
        "id",
        "-h",
        "-n",
        "db.prod.example",
        &name(&other.with_extension("pub")),
    ]);
    let certificate = public(&at.join("other-cert.pub"));
    let trusted = read(&file, &signer.with_extension("pub"), NOW).unwrap();

    let host = |name| Host { name, port: 22, alias: None, address: None, now: NOW };
    let offered = [&known, &other, &elliptic, &bad].map(|path| read_pub(path));
    let said = answer(&trusted, &host("git.example"), &offered);
    assert_eq!(said.source, HostKeySource::TrustFile);
    let fingerprint = read_pub(&signer).fingerprint();
    assert_eq!(said.from, format!("{}, signed by signer ({fingerprint})", file.display()));
    let words = said.says.value().unwrap();
    assert_eq!(words.iter().map(|said| said.word).collect::<Vec<_>>(), [Same, Other, OtherType, Revoked]);
    assert_eq!(words[0].places, [format!("{}:1", file.display())]);
    assert_eq!(words[1].expected[0].fingerprint, read_pub(&known).fingerprint());
    assert_eq!(words[2].expected[0].place, Some(format!("{}:1", file.display())));
    assert_eq!(words[3].places, [format!("{}:3", file.display())]);

    let said = answer(&trusted, &host("db.prod.example"), &[certificate.clone(), read_pub(&known)]);
    let words = said.says.value().unwrap();
    assert_eq!(words.iter().map(|said| said.word).collect::<Vec<_>>(), [Certified, Unknown]);
    assert_eq!(words[0].fingerprint, read_pub(&other).fingerprint());
    assert_eq!(words[0].note.as_deref(), Some("the certificate names db.prod.example"));
    // A certificate for another host says why it does not count.
    let said = answer(&trusted, &host("web.prod.example"), &[certificate]);
    let words = said.says.value().unwrap();
    assert_eq!(words[0].word, Unknown);
    assert!(words[0].note.as_ref().is_some_and(|note| note.contains("other hosts")), "{words:?}");
}

#[test]
fn a_file_that_is_not_trusted_is_no_word() {
    let directory = tempfile::tempdir().unwrap();
    let signer = make(directory.path(), "signer", "ed25519");
    let file = directory.path().join("hosts");
    std::fs::write(&file, "").unwrap();
    let why = read(&file, &signer.with_extension("pub"), NOW).unwrap_err();
    let said = unread(&file, &why);
    let reason = said.says.why_not().unwrap();
    assert_eq!((reason.kind, said.from.as_str()), (ReasonKind::Other, file.to_str().unwrap()));
    assert!(reason.detail.contains("hosts.sig"), "{}", reason.detail);
}
