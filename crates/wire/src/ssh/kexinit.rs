//! SSH_MSG_KEXINIT: what each side can do (RFC 4253 section 7.1).

use super::data::{boolean, name_list, put_name_list};
use super::message;
use crate::reader::WireError;

/// The name that a server adds to its key exchange methods to offer strict key exchange, which ends Terrapin
/// (CVE-2023-48795; OpenSSH's PROTOCOL, section 1.10).
pub const STRICT_SERVER: &str = "kex-strict-s-v00@openssh.com";

/// The name that a server adds to its key exchange methods to ask for EXT_INFO (RFC 8308 section 2.1).
pub const EXT_INFO_SERVER: &str = "ext-info-s";

/// The message. Lists are in the order of who sent it, the most wanted first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KexInit {
    /// Sixteen random bytes.
    pub cookie: [u8; 16],
    /// `kex_algorithms`, with the names that announce extensions.
    pub key_exchange: Vec<String>,
    /// `server_host_key_algorithms`.
    pub host_key: Vec<String>,
    /// `encryption_algorithms_client_to_server`.
    pub ciphers_to_server: Vec<String>,
    /// `encryption_algorithms_server_to_client`.
    pub ciphers_to_client: Vec<String>,
    /// `mac_algorithms_client_to_server`.
    pub macs_to_server: Vec<String>,
    /// `mac_algorithms_server_to_client`.
    pub macs_to_client: Vec<String>,
    /// `compression_algorithms_client_to_server`.
    pub compression_to_server: Vec<String>,
    /// `compression_algorithms_server_to_client`.
    pub compression_to_client: Vec<String>,
    /// `languages_client_to_server`.
    pub languages_to_server: Vec<String>,
    /// `languages_server_to_client`.
    pub languages_to_client: Vec<String>,
    /// A packet follows that was sent before the other side's lists were known.
    pub first_kex_packet_follows: bool,
}

impl KexInit {
    /// Reads a payload.
    ///
    /// # Errors
    /// [`WireError`] where it is another message or malformed. The last field, reserved, may have any value.
    pub fn read(payload: &[u8]) -> Result<Self, WireError> {
        let mut reader = message::expect(payload, message::KEXINIT, "KEXINIT")?;
        let cookie = reader.array()?;
        let mut list = |what| name_list(&mut reader, what);
        let read = KexInit {
            cookie,
            key_exchange: list("list of key exchange methods")?,
            host_key: list("list of host key algorithms")?,
            ciphers_to_server: list("list of ciphers")?,
            ciphers_to_client: list("list of ciphers")?,
            macs_to_server: list("list of MACs")?,
            macs_to_client: list("list of MACs")?,
            compression_to_server: list("list of compressions")?,
            compression_to_client: list("list of compressions")?,
            languages_to_server: list("list of languages")?,
            languages_to_client: list("list of languages")?,
            first_kex_packet_follows: boolean(&mut reader)?,
        };
        reader.u32()?;
        reader.end()?;
        Ok(read)
    }

    /// Writes the payload.
    pub fn write(&self) -> Vec<u8> {
        let mut out = vec![message::KEXINIT];
        out.extend(self.cookie);
        for list in [
            &self.key_exchange,
            &self.host_key,
            &self.ciphers_to_server,
            &self.ciphers_to_client,
            &self.macs_to_server,
            &self.macs_to_client,
            &self.compression_to_server,
            &self.compression_to_client,
            &self.languages_to_server,
            &self.languages_to_client,
        ] {
            put_name_list(&mut out, list);
        }
        out.push(self.first_kex_packet_follows.into());
        out.extend([0; 4]);
        out
    }

    /// True where a server's list offers strict key exchange.
    pub fn is_strict(&self) -> bool {
        self.key_exchange.iter().any(|name| name == STRICT_SERVER)
    }

    /// True where a server's list asks for EXT_INFO.
    pub fn asks_ext_info(&self) -> bool {
        self.key_exchange.iter().any(|name| name == EXT_INFO_SERVER)
    }

    /// True where a packet that this side sent on a guess is to be passed over by the other side, because the
    /// guess was wrong: its first method or its first host key algorithm is not what `other` has first.
    pub fn guessed_wrong(&self, other: &KexInit) -> bool {
        self.first_kex_packet_follows
            && (self.key_exchange.first() != other.key_exchange.first()
                || self.host_key.first() != other.host_key.first())
    }
}

/// What is agreed on: the first of the client's names that the server has too.
pub fn agreed<'a>(client: &'a [String], server: &[String]) -> Option<&'a str> {
    client.iter().find(|name| server.contains(name)).map(String::as_str)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn list(names: &[&str]) -> Vec<String> {
        names.iter().map(ToString::to_string).collect()
    }

    fn one() -> KexInit {
        KexInit {
            cookie: [7; 16],
            key_exchange: list(&["curve25519-sha256", STRICT_SERVER]),
            host_key: list(&["ssh-ed25519"]),
            ciphers_to_server: list(&["a"]),
            ciphers_to_client: list(&["b"]),
            macs_to_server: list(&["c"]),
            macs_to_client: list(&["d"]),
            compression_to_server: list(&["e"]),
            compression_to_client: list(&["f", "g"]),
            languages_to_server: list(&["h"]),
            languages_to_client: list(&["i"]),
            first_kex_packet_follows: true,
        }
    }

    #[test]
    fn all_ten_lists_are_written_and_read() {
        let whole = one().write();
        assert_eq!(KexInit::read(&whole).unwrap(), one());
        assert!(one().is_strict() && !one().asks_ext_info());
        for cut in 0..whole.len() {
            assert!(KexInit::read(&whole[..cut]).is_err(), "{cut}");
        }
        assert!(KexInit::read(&[&whole[..], &[0]].concat()).is_err());
    }

    #[test]
    fn a_guess_is_wrong_by_either_first_name() {
        let mut other = one();
        assert!(!one().guessed_wrong(&other));
        other.host_key.insert(0, "ssh-rsa".into());
        assert!(one().guessed_wrong(&other));
        let careful = KexInit { first_kex_packet_follows: false, ..one() };
        assert!(!careful.guessed_wrong(&other));
    }

    #[test]
    fn the_client_decides() {
        assert_eq!(agreed(&list(&["x", "b", "a"]), &list(&["a", "b"])), Some("b"));
        assert_eq!(agreed(&list(&["x"]), &list(&["a"])), None);
    }

    proptest! {
        #[test]
        fn never_panics(bytes: Vec<u8>) {
            let _ = KexInit::read(&[&[message::KEXINIT][..], &bytes].concat());
        }
    }
}
