//! Private keys, recognised by their form alone. What they hold is not looked at further, kept or repeated.

use crate::{ReadError, der, hash};

const SSH: &str = "'ssh-keygen -y -f FILE' prints the public key, and FILE.pub usually holds it";
const OPENSSL: &str = "'openssl pkey -in FILE -pubout' prints the public key";
const GPG: &str = "'gpg --armor --export NAME' prints the public key";
const AGE: &str = "'age-keygen -y FILE' prints the recipient";
const MINISIGN: &str = "'minisign -R' makes the file of the public key anew";
const SIGNIFY: &str = "the public key is in the .pub file that was made beside it";
const WIREGUARD: &str = "'wg pubkey < FILE' prints the public key";

fn private(form: &'static str, instead: &'static str) -> ReadError {
    ReadError::Private { form, instead }
}

/// A packet of OpenPGP that holds a secret key.
pub fn openpgp() -> ReadError {
    private("an OpenPGP secret key", GPG)
}

/// 32 bytes that are said to be WireGuard's private key.
pub fn wireguard() -> ReadError {
    private("a WireGuard private key", WIREGUARD)
}

/// The private key that is somewhere in a text, if there is one.
pub fn in_text(text: &str) -> Option<ReadError> {
    text.lines().find_map(|line| in_line(line.trim()))
}

fn in_line(line: &str) -> Option<ReadError> {
    if line.starts_with("----") && line.contains("BEGIN") && line.contains("PRIVATE KEY") {
        return Some(match line {
            _ if line.contains("OPENSSH") => private("an OpenSSH private key", SSH),
            _ if line.contains("SSH2") => private("an SSH private key of another program's", SSH),
            _ if line.contains("PGP") => openpgp(),
            _ => private("a private key in PEM", OPENSSL),
        });
    }
    if line.starts_with("PuTTY-User-Key-File") {
        return Some(private("a private key of PuTTY", "'puttygen FILE -L' prints the public key"));
    }
    let starts = |word: &str| line.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    if starts("AGE-SECRET-KEY-") {
        return Some(private("an age secret key", AGE));
    }
    if starts("AGE-PLUGIN-") {
        return Some(private("an age identity", "the plugin prints the recipient"));
    }
    if let Some((name, _)) = line.split_once('=') {
        let name = name.trim();
        if name.eq_ignore_ascii_case("PrivateKey") || name.eq_ignore_ascii_case("PresharedKey") {
            return Some(private("a WireGuard configuration with a secret", "give its PublicKey line alone"));
        }
    }
    // The first letters of minisign's and signify's secret keys: 'Ed' and the way that the password is stretched, or
    // none. The forms are cut at 24 letters, which is enough to tell.
    let head = line.get(..24).and_then(hash::unbase64)?;
    match head.get(..6)? {
        b"EdScB2" | b"Ed\0\0B2" if line.len() >= 200 => Some(private("a minisign secret key", MINISIGN)),
        [b'E', b'd', b'B', b'K', ..] if line.len() >= 120 => Some(private("a signify secret key", SIGNIFY)),
        _ => None,
    }
}

/// What a structure in DER is where it is a private key: PKCS#8 (RFC 5958), encrypted or not, PKCS#1, SEC 1 (RFC 5915), or a
/// PKCS#12 file.
pub fn in_der(bytes: &[u8]) -> Option<ReadError> {
    use der::{INTEGER, OCTET_STRING, SEQUENCE};
    match der::tags(bytes)?.as_slice() {
        [INTEGER, SEQUENCE, OCTET_STRING, ..] => Some(private("a private key in DER (PKCS#8)", OPENSSL)),
        [SEQUENCE, OCTET_STRING] => Some(private("an encrypted private key in DER (PKCS#8)", OPENSSL)),
        [INTEGER, INTEGER, INTEGER, INTEGER, INTEGER, ..] => {
            Some(private("a private key in DER (PKCS#1)", OPENSSL))
        }
        [INTEGER, OCTET_STRING, ..] => Some(private("a private key in DER (SEC 1)", OPENSSL)),
        [INTEGER, SEQUENCE] | [INTEGER, SEQUENCE, SEQUENCE] => {
            Some(private("a PKCS#12 file", "'openssl pkcs12 -in FILE -nokeys' prints the certificates in it"))
        }
        _ => None,
    }
}
