//! The messages of Diffie-Hellman exchanges, and the input of the exchange hash (RFC 4253 section 8, RFC 5656
//! section 4, RFC 8731, RFC 4419).

use super::data::{mpint, put_mpint, put_string, string};
use super::message;
use crate::reader::WireError;

/// SSH_MSG_KEXDH_INIT and SSH_MSG_KEX_ECDH_INIT.
pub const INIT: u8 = 30;
/// SSH_MSG_KEXDH_REPLY and SSH_MSG_KEX_ECDH_REPLY.
pub const REPLY: u8 = 31;
/// SSH_MSG_KEX_DH_GEX_GROUP.
pub const GEX_GROUP: u8 = 31;
/// SSH_MSG_KEX_DH_GEX_INIT.
pub const GEX_INIT: u8 = 32;
/// SSH_MSG_KEX_DH_GEX_REPLY.
pub const GEX_REPLY: u8 = 33;
/// SSH_MSG_KEX_DH_GEX_REQUEST.
pub const GEX_REQUEST: u8 = 34;

/// A public value as it goes over the wire and into the hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Public<'a> {
    /// `e` or `f` of a finite field, as big-endian bytes.
    Number(&'a [u8]),
    /// `Q_C` or `Q_S`, a point or what X25519 takes for one.
    Point(&'a [u8]),
}

impl Public<'_> {
    /// Appends it.
    fn put(self, out: &mut Vec<u8>) {
        match self {
            Public::Number(number) => put_mpint(out, number),
            Public::Point(point) => put_string(out, point),
        }
    }
}

/// The client's first message, by its number.
pub fn init(number: u8, public: Public<'_>) -> Vec<u8> {
    let mut out = vec![number];
    public.put(&mut out);
    out
}

/// How large a group the client asks for, in bits (RFC 4419 section 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroupRequest {
    /// The smallest that is taken.
    pub min: u32,
    /// The one that is wanted.
    pub wanted: u32,
    /// The largest that is taken.
    pub max: u32,
}

impl GroupRequest {
    /// Writes the payload of SSH_MSG_KEX_DH_GEX_REQUEST.
    pub fn write(self) -> Vec<u8> {
        let mut out = vec![GEX_REQUEST];
        self.put(&mut out);
        out
    }

    fn put(self, out: &mut Vec<u8>) {
        for bits in [self.min, self.wanted, self.max] {
            out.extend(bits.to_be_bytes());
        }
    }
}

/// The group that a server chose, as big-endian bytes without leading zeros.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChosenGroup<'a> {
    /// The prime.
    pub prime: &'a [u8],
    /// The generator.
    pub generator: &'a [u8],
}

impl<'a> ChosenGroup<'a> {
    /// Reads the payload of SSH_MSG_KEX_DH_GEX_GROUP.
    ///
    /// # Errors
    /// [`WireError`] where it is another message or malformed.
    pub fn read(payload: &'a [u8]) -> Result<Self, WireError> {
        let mut reader = message::expect(payload, GEX_GROUP, "GEX_GROUP")?;
        let prime = mpint(&mut reader, "prime of a group")?;
        let generator = mpint(&mut reader, "generator of a group")?;
        reader.end()?;
        Ok(ChosenGroup { prime, generator })
    }
}

/// The server's answer to the client's public value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reply<'a> {
    /// `K_S`, the host key or certificate.
    pub host_key: &'a [u8],
    /// The server's public value.
    pub public: Public<'a>,
    /// The signature over the exchange hash.
    pub signature: &'a [u8],
}

impl<'a> Reply<'a> {
    /// Reads a payload with the number that is due; `is_point` says which kind of public value it has.
    ///
    /// # Errors
    /// [`WireError`] where it is another message or malformed.
    pub fn read(payload: &'a [u8], number: u8, is_point: bool) -> Result<Self, WireError> {
        let mut reader = message::expect(payload, number, "the reply of the key exchange")?;
        let host_key = string(&mut reader, "host key")?;
        let what = "public value of the server";
        let public = match is_point {
            true => Public::Point(string(&mut reader, what)?),
            false => Public::Number(mpint(&mut reader, what)?),
        };
        let signature = string(&mut reader, "signature")?;
        reader.end()?;
        Ok(Reply { host_key, public, signature })
    }
}

/// All that the exchange hash is made over but the secret.
#[derive(Clone, Copy, Debug)]
pub struct Transcript<'a> {
    /// `V_C`, the client's identification without its end of line.
    pub client_identification: &'a [u8],
    /// `V_S`.
    pub server_identification: &'a [u8],
    /// `I_C`, the payload of the client's KEXINIT.
    pub client_kexinit: &'a [u8],
    /// `I_S`.
    pub server_kexinit: &'a [u8],
    /// `K_S`.
    pub host_key: &'a [u8],
    /// What was asked for and chosen in a group exchange.
    pub group: Option<(GroupRequest, ChosenGroup<'a>)>,
    /// The client's public value.
    pub client_public: Public<'a>,
    /// The server's.
    pub server_public: Public<'a>,
}

impl Transcript<'_> {
    /// What is hashed, with the secret as big-endian bytes.
    pub fn input(&self, secret: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        for part in [
            self.client_identification,
            self.server_identification,
            self.client_kexinit,
            self.server_kexinit,
            self.host_key,
        ] {
            put_string(&mut out, part);
        }
        if let Some((request, group)) = self.group {
            request.put(&mut out);
            put_mpint(&mut out, group.prime);
            put_mpint(&mut out, group.generator);
        }
        self.client_public.put(&mut out);
        self.server_public.put(&mut out);
        put_mpint(&mut out, secret);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_written_and_read() {
        assert_eq!(init(INIT, Public::Number(&[0x80])), [30, 0, 0, 0, 2, 0, 0x80]);
        assert_eq!(init(INIT, Public::Point(&[0x80])), [30, 0, 0, 0, 1, 0x80]);
        let request = GroupRequest { min: 1, wanted: 2, max: 3 };
        assert_eq!(request.write(), [34, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3]);
        let group = ChosenGroup::read(&[31, 0, 0, 0, 2, 0, 0x83, 0, 0, 0, 1, 5]).unwrap();
        assert_eq!(group, ChosenGroup { prime: &[0x83], generator: &[5] });
        assert!(ChosenGroup::read(&[31, 0, 0, 0, 1, 0x83, 0, 0, 0, 1, 5]).is_err());
        let bytes = [33, 0, 0, 0, 1, 9, 0, 0, 0, 2, 0, 0x80, 0, 0, 0, 1, 7];
        let reply = Reply::read(&bytes, GEX_REPLY, false).unwrap();
        assert_eq!(reply, Reply { host_key: &[9], public: Public::Number(&[0x80]), signature: &[7] });
        assert_eq!(Reply::read(&bytes, GEX_REPLY, true).unwrap().public, Public::Point(&[0, 0x80]));
        assert!(Reply::read(&bytes, REPLY, false).is_err());
        assert!(Reply::read(&[&bytes[..], &[0]].concat(), GEX_REPLY, false).is_err());
    }

    #[test]
    fn the_hash_is_over_all_of_it_in_order() {
        let group = ChosenGroup { prime: &[23], generator: &[5] };
        let transcript = Transcript {
            client_identification: b"C",
            server_identification: b"S",
            client_kexinit: b"c",
            server_kexinit: b"s",
            host_key: b"K",
            group: Some((GroupRequest { min: 1, wanted: 2, max: 3 }, group)),
            client_public: Public::Number(&[8]),
            server_public: Public::Number(&[0x90]),
        };
        let expected = [
            &b"\0\0\0\x01C\0\0\0\x01S\0\0\0\x01c\0\0\0\x01s\0\0\0\x01K"[..],
            &[0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 1, 23, 0, 0, 0, 1, 5],
            &[0, 0, 0, 1, 8, 0, 0, 0, 2, 0, 0x90, 0, 0, 0, 1, 2],
        ];
        assert_eq!(transcript.input(&[0, 2]), expected.concat());
    }
}
