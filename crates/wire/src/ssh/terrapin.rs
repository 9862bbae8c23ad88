//! Which ciphers and MACs Terrapin works on where key exchange is not strict (CVE-2023-48795; Bäumer, Brinkmann
//! and Schwenk, 2024, section 4.2).

/// The cipher on which it works always.
const CHACHA20: &str = "chacha20-poly1305@openssh.com";

/// What one direction can agree on that Terrapin works on: names of ciphers alone, and pairs of a cipher in CBC
/// mode and a MAC that is made over the ciphertext, as `cipher with MAC`.
pub fn vulnerable(ciphers: &[String], macs: &[String]) -> Vec<String> {
    let mut out: Vec<String> = ciphers.iter().filter(|cipher| *cipher == CHACHA20).cloned().collect();
    for cipher in ciphers.iter().filter(|cipher| is_cbc(cipher)) {
        out.extend(macs.iter().filter(|mac| is_etm(mac)).map(|mac| format!("{cipher} with {mac}")));
    }
    out.truncate(MAX_LISTED);
    out
}

/// Pairs that are listed.
const MAX_LISTED: usize = 100;

/// True for a cipher in CBC mode.
pub fn is_cbc(cipher: &str) -> bool {
    cipher.ends_with("-cbc") || cipher == "rijndael-cbc@lysator.liu.se"
}

/// True for a MAC over the ciphertext.
pub fn is_etm(mac: &str) -> bool {
    mac.ends_with("-etm@openssh.com")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_is_told_as_one() {
        let list = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
        let ciphers = list(&["aes256-gcm@openssh.com", "aes128-cbc", CHACHA20, "aes128-ctr"]);
        let macs = list(&["hmac-sha2-256-etm@openssh.com", "hmac-sha2-256"]);
        assert_eq!(vulnerable(&ciphers, &macs), [CHACHA20, "aes128-cbc with hmac-sha2-256-etm@openssh.com"]);
        assert!(vulnerable(&list(&["aes128-cbc"]), &list(&["hmac-sha1"])).is_empty());
        assert!(vulnerable(&list(&["aes128-ctr"]), &macs).is_empty());
    }
}
