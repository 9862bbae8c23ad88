//! SSH's algorithms by their names, and what several checks of them share.

use midwatch_model::{SshAlgorithms, SshEndpoint};

use crate::view::View;
use crate::words;

/// Names that one piece of evidence lists.
const MAX_NAMES: usize = 8;

/// What is wrong with a key exchange method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MethodFault {
    /// It rests on 1024 bits: Oakley's group 2, or an RSA key made for it.
    Small,
    /// Its exchange hash is SHA-1.
    Sha1,
}

/// The fault of a key exchange method, the worse one where it has both. A method that is not known has none.
pub(crate) fn method_fault(name: &str) -> Option<MethodFault> {
    let starts = |starts: &[&str]| starts.iter().any(|start| name.starts_with(start));
    if starts(&["diffie-hellman-group1-", "gss-group1-"]) || name == "rsa1024-sha1" {
        return Some(MethodFault::Small);
    }
    let sha1 = matches!(name, "diffie-hellman-group14-sha1" | "diffie-hellman-group-exchange-sha1")
        || starts(&["gss-group14-sha1-", "gss-gex-sha1-"]);
    sha1.then_some(MethodFault::Sha1)
}

/// What is wrong with a cipher, the least first in its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum CipherFault {
    /// CBC mode, with blocks of 128 bits.
    Cbc,
    /// Blocks of 64 bits.
    SmallBlock,
    /// RC4, or keys of 56 bits.
    Broken,
    /// No encryption.
    Nothing,
}

/// The fault of a cipher, the worst where it has several. A cipher that is not known has none.
pub(crate) fn cipher_fault(name: &str) -> Option<CipherFault> {
    let name = name.split_once('@').map_or(name, |(name, _)| name);
    let starts = |starts: &[&str]| starts.iter().any(|start| name.starts_with(start));
    if name == "none" {
        Some(CipherFault::Nothing)
    } else if starts(&["arcfour", "des-"]) || name == "des" {
        Some(CipherFault::Broken)
    } else if starts(&["3des", "blowfish", "cast128", "idea", "rc2"]) {
        Some(CipherFault::SmallBlock)
    } else {
        name.ends_with("-cbc").then_some(CipherFault::Cbc)
    }
}

/// True for a cipher that authenticates by itself, beside which no MAC is used.
pub(crate) fn is_aead(cipher: &str) -> bool {
    cipher.contains("poly1305") || cipher.contains("gcm") || cipher.starts_with("AEAD_")
}

/// True for a host key algorithm whose signatures are made over SHA-1.
pub(crate) fn is_sha1_signature(algorithm: &str) -> bool {
    matches!(
        algorithm,
        "ssh-rsa"
            | "ssh-dss"
            | "ssh-rsa-cert-v01@openssh.com"
            | "ssh-dss-cert-v01@openssh.com"
            | "x509v3-ssh-rsa"
            | "x509v3-ssh-dss"
    )
}

/// A server whose algorithms were seen.
pub(crate) struct Offer<'a> {
    /// The observation's id.
    pub(crate) id: &'a str,
    /// The server.
    pub(crate) endpoint: &'a SshEndpoint,
    /// Its algorithms.
    pub(crate) algorithms: &'a SshAlgorithms,
}

/// Every server whose algorithms were seen.
pub(crate) fn offers<'v, 'a>(view: &'v View<'a>) -> impl Iterator<Item = Offer<'a>> + 'v {
    view.ssh.iter().filter_map(|seen| {
        let algorithms = seen.fact.algorithms.value()?;
        Some(Offer { id: seen.id, endpoint: seen.fact, algorithms })
    })
}

/// `host:port` of a server.
pub(crate) fn place(endpoint: &SshEndpoint) -> String {
    format!("{}:{}", endpoint.host, endpoint.port)
}

/// The address that answered, or what a proxy was asked for.
pub(crate) fn answered(endpoint: &SshEndpoint) -> String {
    endpoint.address.map_or_else(|| place(endpoint), |address| address.to_string())
}

/// The names of two lists for which `is` holds, each once, in their order.
pub(crate) fn of_both<'a>(one: &'a [String], other: &'a [String], is: impl Fn(&str) -> bool) -> Vec<&'a str> {
    let mut names: Vec<&str> = Vec::new();
    for name in one.iter().chain(other) {
        if is(name) && !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    names
}

/// True where a list holds something, and `is` holds for all of it.
pub(crate) fn all(list: &[String], is: impl Fn(&str) -> bool) -> bool {
    !list.is_empty() && list.iter().all(|name| is(name))
}

/// Names as evidence lists them.
pub(crate) fn told<S: AsRef<str>>(names: &[S]) -> String {
    words::some(names, MAX_NAMES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_are_weak_by_size_first_and_by_hash_then() {
        use MethodFault::*;
        for (name, fault) in [
            ("diffie-hellman-group1-sha1", Some(Small)),
            ("rsa1024-sha1", Some(Small)),
            ("gss-group1-sha1-toWM5Slw5Ew8Mqkay+al2g==", Some(Small)),
            ("diffie-hellman-group14-sha1", Some(Sha1)),
            ("diffie-hellman-group-exchange-sha1", Some(Sha1)),
            ("gss-gex-sha1-toWM5Slw5Ew8Mqkay+al2g==", Some(Sha1)),
            ("diffie-hellman-group14-sha256", None),
            ("diffie-hellman-group15-sha512", None),
            ("diffie-hellman-group-exchange-sha256", None),
            ("ecdh-sha2-nistp256", None),
            ("rsa2048-sha256", None),
            ("gss-group14-sha256-toWM5Slw5Ew8Mqkay+al2g==", None),
        ] {
            assert_eq!(method_fault(name), fault, "{name}");
        }
    }

    #[test]
    fn ciphers_are_weak_by_their_worst_fault() {
        use CipherFault::*;
        for (name, fault) in [
            ("none", Some(Nothing)),
            ("arcfour256", Some(Broken)),
            ("des-cbc@ssh.com", Some(Broken)),
            ("3des-cbc", Some(SmallBlock)),
            ("3des-ctr", Some(SmallBlock)),
            ("blowfish-cbc", Some(SmallBlock)),
            ("cast128-cbc", Some(SmallBlock)),
            ("idea-cbc", Some(SmallBlock)),
            ("aes256-cbc", Some(Cbc)),
            ("rijndael-cbc@lysator.liu.se", Some(Cbc)),
            ("twofish-cbc", Some(Cbc)),
            ("aes128-ctr", None),
            ("aes128-gcm@openssh.com", None),
            ("chacha20-poly1305@openssh.com", None),
            ("something-new@example.com", None),
        ] {
            assert_eq!(cipher_fault(name), fault, "{name}");
        }
        assert!(Cbc < SmallBlock && SmallBlock < Broken && Broken < Nothing);
    }

    #[test]
    fn names_of_both_directions_are_told_once() {
        let list = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
        let (one, other) = (list(&["a", "b"]), list(&["b", "c"]));
        assert_eq!(of_both(&one, &other, |_| true), ["a", "b", "c"]);
        assert!(!all(&[], |_| true) && all(&one, |_| true));
    }
}
