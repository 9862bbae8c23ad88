//! Host key algorithms: which key a name stands for, and how it signs.

/// What a certificate's type ends with (OpenSSH's PROTOCOL.certkeys).
pub const CERTIFICATE: &str = "-cert-v01@openssh.com";

/// The type of key that is sent where this host key algorithm was agreed on, as the blob names it. Algorithms
/// of RSA differ in their signatures and have one key (RFC 8332).
pub fn key_type(algorithm: &str) -> &str {
    match algorithm {
        "rsa-sha2-256" | "rsa-sha2-512" => "ssh-rsa",
        "rsa-sha2-256-cert-v01@openssh.com" | "rsa-sha2-512-cert-v01@openssh.com" => {
            "ssh-rsa-cert-v01@openssh.com"
        }
        other => other,
    }
}

/// True where a certificate is sent.
pub fn is_certificate(algorithm: &str) -> bool {
    algorithm.ends_with(CERTIFICATE)
}

/// How good the signature of an RSA algorithm is beside the others of the same key, the best first. Zero for
/// all algorithms that are alone with their key.
fn rank(algorithm: &str) -> u8 {
    match algorithm {
        "rsa-sha2-256" | "rsa-sha2-256-cert-v01@openssh.com" => 1,
        "ssh-rsa" | "ssh-rsa-cert-v01@openssh.com" => 2,
        _ => 0,
    }
}

/// A key that a server can send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offered {
    /// The best algorithm for it.
    pub algorithm: String,
    /// The others, in the server's order.
    pub others: Vec<String>,
}

/// The keys behind a server's list of host key algorithms, in the order in which they come up there.
pub fn offered(algorithms: &[String]) -> Vec<Offered> {
    let mut keys: Vec<Offered> = Vec::new();
    for algorithm in algorithms {
        match keys.iter_mut().find(|known| key_type(&known.algorithm) == key_type(algorithm)) {
            None => keys.push(Offered { algorithm: algorithm.clone(), others: Vec::new() }),
            Some(known) if known.algorithm == *algorithm || known.others.contains(algorithm) => {}
            Some(known) if rank(algorithm) < rank(&known.algorithm) => {
                let worse = std::mem::replace(&mut known.algorithm, algorithm.clone());
                known.others.push(worse);
            }
            Some(known) => known.others.push(algorithm.clone()),
        }
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_of_one_key_are_one() {
        let list = [
            "ssh-rsa",
            "ssh-ed25519",
            "rsa-sha2-256",
            "rsa-sha2-512",
            "ssh-rsa",
            "rsa-sha2-512-cert-v01@openssh.com",
            "ssh-new@example.com",
        ];
        let keys = offered(&list.map(String::from));
        let names: Vec<_> = keys.iter().map(|key| key.algorithm.as_str()).collect();
        assert_eq!(
            names,
            ["rsa-sha2-512", "ssh-ed25519", "rsa-sha2-512-cert-v01@openssh.com", "ssh-new@example.com"]
        );
        assert_eq!(keys[0].others, ["ssh-rsa", "rsa-sha2-256"]);
        assert!(is_certificate(names[2]) && !is_certificate(names[0]));
    }
}
