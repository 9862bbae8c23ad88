//! ClientHello (RFC 8446 section 4.1.2, RFC 5246 section 7.4.1.2), built by hand since no modern library
//! offers the old versions and suites.

use midwatch_model::TlsVersion;

use super::{extension, groups, record, signatures, suites, version_number};
use crate::reader::put_vector;

/// What to offer.
#[derive(Clone, Debug)]
pub struct ClientHello<'a> {
    /// The highest version offered; for TLS 1.3 the only one.
    pub version: TlsVersion,
    /// Suites in the client's order, without signalling values.
    pub suites: &'a [u16],
    /// Groups in the client's order; the extension is left out where there are none.
    pub groups: &'a [u16],
    /// Groups that a TLS 1.3 hello brings a key share for.
    pub shares: &'a [u16],
    /// Key shares whose secrets the caller holds: the group and the public key. They go before the others.
    pub keys: &'a [(u16, &'a [u8])],
    /// The cookie of a HelloRetryRequest.
    pub cookie: Option<&'a [u8]>,
    /// The name for SNI.
    pub server_name: Option<&'a str>,
    /// Signature schemes in the client's order; none: all of them.
    pub schemes: Option<&'a [u16]>,
    /// Protocols for ALPN.
    pub alpn: &'a [&'a str],
    /// Adds TLS_FALLBACK_SCSV.
    pub fallback: bool,
    /// Offers DEFLATE beside no compression (never in TLS 1.3, which forbids it).
    pub compression: bool,
}

impl ClientHello<'_> {
    /// The hello in its record or records. `random` yields one byte after the other.
    pub fn encode(&self, random: &mut dyn FnMut() -> u8) -> Vec<u8> {
        // The record's version of a first hello is TLS 1.0, or older where that is all that is offered
        // (RFC 8446 section 5.1 and RFC 5246 appendix E.1).
        record::records(version_number(self.version).min(0x0301), &self.message(random))
    }

    /// The hello as a handshake message with its header. `random` yields one byte after the other.
    pub fn message(&self, random: &mut dyn FnMut() -> u8) -> Vec<u8> {
        let tls13 = self.version == TlsVersion::Tls13;
        let legacy = version_number(self.version.min(TlsVersion::Tls12));
        let mut body = legacy.to_be_bytes().to_vec();
        body.extend((0..32).map(|_| random()));
        // A session id makes a TLS 1.3 hello look like a resumption to middleboxes (RFC 8446 D.4); below,
        // it would be an offer to resume, so there it is empty.
        let session: Vec<u8> = if tls13 { (0..32).map(|_| random()).collect() } else { Vec::new() };
        put_vector(&mut body, 1, &session);
        put_vector(&mut body, 2, &self.suite_bytes());
        let compressions: &[u8] = if self.compression && !tls13 { &[1, 0] } else { &[0] };
        put_vector(&mut body, 1, compressions);
        // SSL 3.0 has no extensions, and some of its servers end the handshake over one.
        if self.version > TlsVersion::Ssl3 {
            let extensions = self.extensions(random);
            put_vector(&mut body, 2, &extensions);
        }
        record::handshake_message(1, &body)
    }

    fn suite_bytes(&self) -> Vec<u8> {
        let mut list: Vec<u16> = self.suites.to_vec();
        if self.version < TlsVersion::Tls13 {
            list.push(suites::RENEGOTIATION_SCSV);
        }
        if self.fallback {
            list.push(suites::FALLBACK_SCSV);
        }
        list.into_iter().flat_map(u16::to_be_bytes).collect()
    }

    fn extensions(&self, random: &mut dyn FnMut() -> u8) -> Vec<u8> {
        let mut out = Vec::new();
        let mut put = |kind: u16, content: &[u8]| {
            out.extend(kind.to_be_bytes());
            put_vector(&mut out, 2, content);
        };
        if let Some(name) = self.server_name {
            let mut entry = vec![0];
            put_vector(&mut entry, 2, name.as_bytes());
            put(extension::SERVER_NAME, &vector(2, &entry));
        }
        put(extension::STATUS_REQUEST, &[1, 0, 0, 0, 0]);
        put(extension::SIGNED_CERTIFICATE_TIMESTAMP, &[]);
        if !self.groups.is_empty() {
            put(extension::SUPPORTED_GROUPS, &vector(2, &numbers(self.groups)));
            put(extension::EC_POINT_FORMATS, &[1, 0]);
        }
        if self.version >= TlsVersion::Tls12 {
            let all: Vec<u16> = signatures::ALL.iter().map(|(number, _)| *number).collect();
            put(extension::SIGNATURE_ALGORITHMS, &vector(2, &numbers(self.schemes.unwrap_or(&all))));
        }
        if !self.alpn.is_empty() {
            let names: Vec<u8> = self.alpn.iter().flat_map(|name| vector(1, name.as_bytes())).collect();
            put(extension::ALPN, &vector(2, &names));
        }
        if self.version == TlsVersion::Tls13 {
            put(extension::SUPPORTED_VERSIONS, &vector(1, &version_number(self.version).to_be_bytes()));
            put(extension::PSK_KEY_EXCHANGE_MODES, &[1, 1]);
            if let Some(cookie) = self.cookie {
                put(extension::COOKIE, &vector(2, cookie));
            }
            let mut shares = Vec::new();
            for (group, key) in self.keys {
                shares.extend(group.to_be_bytes());
                put_vector(&mut shares, 2, key);
            }
            for &group in self.shares {
                if let Some(share) = groups::key_share(group, random) {
                    shares.extend(group.to_be_bytes());
                    put_vector(&mut shares, 2, &share);
                }
            }
            put(extension::KEY_SHARE, &vector(2, &shares));
        } else {
            put(extension::HEARTBEAT, &[1]);
            put(extension::ENCRYPT_THEN_MAC, &[]);
            put(extension::EXTENDED_MASTER_SECRET, &[]);
            put(extension::SESSION_TICKET, &[]);
        }
        out
    }
}

fn vector(width: usize, content: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(width + content.len());
    put_vector(&mut out, width, content);
    out
}

fn numbers(list: &[u16]) -> Vec<u8> {
    list.iter().flat_map(|number| number.to_be_bytes()).collect()
}
