//! What a host is called in known_hosts.

use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;

/// The port that is not written.
pub const DEFAULT_PORT: u16 = 22;

/// The bytes of SHA-1, and of the salt that goes with it.
pub(crate) const HASH_LENGTH: usize = 20;

/// The name of a host in known_hosts: as it is at port 22, `[host]:port` elsewhere, always in lower case.
pub fn with_port(host: &str, port: u16) -> String {
    let host = host.to_ascii_lowercase();
    if port == DEFAULT_PORT { host } else { format!("[{host}]:{port}") }
}

/// The same for an address.
pub fn of_address(address: IpAddr, port: u16) -> String {
    with_port(&address.to_string(), port)
}

/// Whether a name may be written to a file: with other characters it would be a pattern, a list, or another field.
pub fn may_be_written(name: &str) -> bool {
    // The brackets of `[host]:port` are the only ones.
    let bare = match name.strip_prefix('[').and_then(|rest| rest.rsplit_once("]:")) {
        Some((host, port)) if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => name,
    };
    !bare.is_empty() && bare.bytes().all(|byte| byte.is_ascii_graphic() && !b"@?*#[]|'\"\\,!".contains(&byte))
}

/// A name that is written as a hash: HMAC-SHA1 with the salt as its key (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hashed {
    salt: [u8; HASH_LENGTH],
    hash: [u8; HASH_LENGTH],
}

impl Hashed {
    /// Reads `|1|salt|hash`. `None` where it is anything else, which OpenSSH calls a bad hash.
    pub fn parse(field: &[u8]) -> Option<Hashed> {
        let rest = field.strip_prefix(b"|1|")?;
        let bar = rest.iter().position(|byte| *byte == b'|')?;
        let salt = STANDARD.decode(rest.get(..bar)?).ok()?.try_into().ok()?;
        let hash = STANDARD.decode(rest.get(bar + 1..)?).ok()?.try_into().ok()?;
        Some(Hashed { salt, hash })
    }

    /// Hashes a name with a new salt.
    ///
    /// # Errors
    /// The system has no random bytes to give.
    pub fn new(name: &str) -> Result<Hashed, ring::error::Unspecified> {
        let mut salt = [0; HASH_LENGTH];
        ring::rand::SecureRandom::fill(&ring::rand::SystemRandom::new(), &mut salt)?;
        let hash = digest(&salt, name.as_bytes()).ok_or(ring::error::Unspecified)?;
        Ok(Hashed { salt, hash })
    }

    /// Whether this is the hash of a name.
    pub fn is(&self, name: &[u8]) -> bool {
        digest(&self.salt, name).is_some_and(|hash| hash == self.hash)
    }
}

impl std::fmt::Display for Hashed {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "|1|{}|{}", STANDARD.encode(self.salt), STANDARD.encode(self.hash))
    }
}

fn digest(salt: &[u8; HASH_LENGTH], name: &[u8]) -> Option<[u8; HASH_LENGTH]> {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, salt);
    hmac::sign(&key, name).as_ref().try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_port_has_no_brackets() {
        assert_eq!(with_port("Host.Example", 22), "host.example");
        assert_eq!(with_port("host", 2222), "[host]:2222");
        assert_eq!(of_address("2001:DB8::1".parse().unwrap(), 22), "2001:db8::1");
        assert_eq!(of_address("2001:db8::1".parse().unwrap(), 23), "[2001:db8::1]:23");
    }

    #[test]
    fn only_plain_names_are_written() {
        for name in ["host", "[host]:2222", "2001:db8::1", "[2001:db8::1]:22", "a_b-c.d"] {
            assert!(may_be_written(name), "{name}");
        }
        for name in
            ["", "a b", "a,b", "*.org", "!a", "[h]:x", "[]:1", "@revoked", "#", "a\nb", "|1|", "[a]b]:1", "é"]
        {
            assert!(!may_be_written(name), "{name}");
        }
    }

    #[test]
    fn hashes_are_read_and_written() {
        let hashed = Hashed::new("host").unwrap();
        assert!(hashed.is(b"host"));
        assert!(!hashed.is(b"Host"));
        assert_eq!(Hashed::parse(hashed.to_string().as_bytes()), Some(hashed.clone()));
        assert_ne!(Hashed::new("host").unwrap(), hashed);
        for bad in ["|1|", "|1||", "|2|AAAA|AAAA", "|1|AAAA|AAAA", "|1|F1E1KeoE/eEWhi10WpGv4OdiO6Y=", "x"] {
            assert_eq!(Hashed::parse(bad.as_bytes()), None, "{bad}");
        }
    }
}
