//! OpenPGP keys against GnuPG and Sequoia.

mod common;

use std::path::Path;

use common::{one, output, print, refused};
use midwatch_keys::compare::{self, Keys};
use midwatch_keys::{Hint, PublicKey, read};

/// gpg without an agent of its own left behind.
fn gpg(directory: &Path, arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let common =
        ["--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", "", "--trust-model", "always"];
    output(directory, "gnupg", "gpg", &[&common[..], arguments].concat(), input)
}

/// A home for gpg, whose agent ends with it.
struct Home(tempfile::TempDir);

impl Home {
    fn new() -> Home {
        use std::os::unix::fs::PermissionsExt as _;
        // The agent's socket has to have a short path.
        let directory = tempfile::Builder::new().prefix("mw").tempdir_in("/tmp").expect("a directory");
        let home = directory.path().join("gnupg");
        std::fs::create_dir(&home).expect("a directory");
        std::fs::set_permissions(&home, std::fs::Permissions::from_mode(0o700)).expect("its mode");
        Home(directory)
    }

    fn at(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        common::run(self.at(), "gnupg", "gpgconf", &["--kill", "gpg-agent"], b"");
    }
}

/// Lines of `gpg --with-colons --show-keys`: kind and fields.
fn colons(directory: &Path, key: &[u8]) -> Vec<Vec<String>> {
    let text = gpg(directory, &["--with-colons", "--with-subkey-fingerprint", "--show-keys"], key);
    let text = String::from_utf8(text).expect("text");
    text.lines().map(|line| line.split(':').map(str::to_owned).collect()).collect()
}

/// That gpg says the same of a key.
fn agrees(directory: &Path, bytes: &[u8], key: &PublicKey) {
    let lines = colons(directory, bytes);
    let of = |kind: &str, field: usize| -> Vec<String> {
        lines.iter().filter(|line| line[0] == kind).map(|line| line[field].clone()).collect()
    };
    let bare = |print: &str| print.replace(' ', "");
    let mut ours = vec![bare(key.main_fingerprint())];
    ours.extend(key.subkeys.iter().map(|subkey| bare(&subkey.fingerprint)));
    assert_eq!(of("fpr", 9), ours);
    assert_eq!(of("pub", 4), [print(key, "key id")]);
    assert_eq!(of("uid", 9), key.says);
    let mut sizes = vec![key.bits];
    sizes.extend(key.subkeys.iter().map(|subkey| subkey.bits));
    // gpg counts the field's 255 bits of edwards25519 and curve25519; everybody else calls them 256.
    let size = |text: &String| text.parse().ok().map(|bits: u32| if bits == 255 { 256 } else { bits });
    let theirs: Vec<Option<u32>> = [of("pub", 2), of("sub", 2)].concat().iter().map(size).collect();
    assert_eq!(theirs, sizes);
    let human = String::from_utf8(gpg(directory, &["--fingerprint", "--show-keys"], bytes)).expect("text");
    assert!(human.contains(key.main_fingerprint()), "{human}");
}

#[test]
fn keys_of_gpg() {
    let home = Home::new();
    for (number, algorithm) in
        ["rsa2048", "rsa3072", "dsa2048", "nistp256", "brainpoolP384r1", "ed25519"].iter().enumerate()
    {
        let name = format!("Elizabeth {number} <elizabeth@shop.example>");
        gpg(home.at(), &["--quick-gen-key", &name, algorithm, "default", "1y"], b"");
        let armoured = gpg(home.at(), &["--armor", "--export", &name], b"");
        let key = one(read(&armoured, &Hint::default()));
        agrees(home.at(), &armoured, &key);

        let binary = gpg(home.at(), &["--export", &name], b"");
        assert_eq!(one(read(&binary, &Hint::default())), key, "{algorithm}");

        let print = key.main_fingerprint().replace(' ', "");
        let kind = match *algorithm {
            "ed25519" => "cv25519",
            "nistp256" => "nistp256",
            "dsa2048" => "elg2048",
            _ => "rsa2048",
        };
        gpg(home.at(), &["--quick-add-key", &print, kind, "encr", "1y"], b"");
        let with_subkey = gpg(home.at(), &["--armor", "--export", &name], b"");
        let more = one(read(&with_subkey, &Hint::default()));
        assert_eq!(more.subkeys.len(), key.subkeys.len() + 1, "{algorithm}");
        agrees(home.at(), &with_subkey, &more);
        let Keys::Same { notes } = compare::keys(&key, &more) else { panic!("the same primary key") };
        assert!(notes[0].contains("subkeys are not"), "{notes:?}");

        for arguments in [&["--armor", "--export-secret-keys", &name][..], &["--export-secret-keys", &name]] {
            refused(&gpg(home.at(), arguments, b""), "an OpenPGP secret key");
        }
    }
    let all = gpg(home.at(), &["--export"], b"");
    assert_eq!(read(&all, &Hint::default()).expect("all keys").len(), 6);
}

#[test]
fn keys_of_sequoia() {
    let home = Home::new();
    let secret = output(
        home.at(),
        "sq",
        "sq",
        &["key", "generate", "--userid", "David", "--export", "-", "--rev-cert", "revocation"],
        b"",
    );
    refused(&secret, "an OpenPGP secret key");
    let public = output(home.at(), "sq", "sq", &["key", "extract-cert"], &secret);
    let key = one(read(&public, &Hint::default()));
    agrees(home.at(), &public, &key);
    assert!(key.subkeys.len() >= 2);
}

#[test]
fn a_revoked_key_says_so() {
    let home = Home::new();
    let name = "Jessica <jessica@example>";
    gpg(home.at(), &["--quick-gen-key", name, "ed25519", "sign", "1y"], b"");
    let before = one(read(&gpg(home.at(), &["--export", name], b""), &Hint::default()));
    assert!(!before.notes.iter().any(|note| note.contains("bears a revocation")));
    let print = before.main_fingerprint().replace(' ', "");
    let file = home.at().join(format!("gnupg/openpgp-revocs.d/{print}.rev"));
    let revocation =
        std::fs::read_to_string(file).expect("gpg writes one for each key").replace(":-----", "-----");
    gpg(home.at(), &["--import"], revocation.as_bytes());
    let after = one(read(&gpg(home.at(), &["--export", name], b""), &Hint::default()));
    assert!(after.notes.iter().any(|note| note.contains("bears a revocation")), "{:?}", after.notes);
    assert_eq!(before.material, after.material);
}
