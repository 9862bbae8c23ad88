//! RevokedHostKeys of ssh_config(5): a list of keys that no host may have, whoever it is. OpenSSH asks it before
//! known_hosts, and accepts no key at all where a file that is named cannot be read or understood.

use crate::key::PublicKey;

/// How a key revocation list (KRL) of ssh-keygen(1) begins.
const KRL: &[u8] = b"SSHKRL\n\0";

/// What a file says of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Revocation {
    /// Nothing.
    NotListed,
    /// Line so and so, counted from 1, has the key or the authority of its certificate.
    Listed(usize),
    /// A line is no key. OpenSSH refuses every host there.
    Damaged(usize),
    /// It is a key revocation list in binary form, which is not read here: the answer is not known.
    NotRead,
}

/// Looks a key up in the bytes of a file.
pub fn look_up(file: &[u8], key: &PublicKey) -> Revocation {
    if file.starts_with(KRL) {
        return Revocation::NotRead;
    }
    for (line, number) in file.split(|byte| *byte == b'\n').zip(1..) {
        let line = line.split(|byte| *byte == 0).next().unwrap_or_default();
        let mut words = line.split(|byte| matches!(byte, b' ' | b'\t')).filter(|word| !word.is_empty());
        let Some(kind) = words.next() else { continue };
        if kind.starts_with(b"#") {
            continue;
        }
        let base64 = words.next().unwrap_or_default();
        let Ok(revoked) = PublicKey::from_text(&String::from_utf8_lossy(kind), base64) else {
            return Revocation::Damaged(number);
        };
        let authority = key.certificate().is_some_and(|certificate| revoked.same_key(&certificate.authority));
        if revoked.same_key(key) || authority {
            return Revocation::Listed(number);
        }
    }
    Revocation::NotListed
}
