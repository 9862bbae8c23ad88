//! TLS at wire level: RFC 8446 (1.3), RFC 5246 (1.2) and their forebears back to SSL 3.0 (RFC 6101).

pub mod alert;
pub mod certificate;
pub mod client_hello;
pub mod flight;
pub mod groups;
pub mod params;
pub mod record;
pub mod sct;
pub mod server_hello;
pub mod signatures;
pub mod suites;

use midwatch_model::TlsVersion;

/// The number of a version on the wire. SSL 2.0 has its own, in [`crate::ssl2`].
pub fn version_number(version: TlsVersion) -> u16 {
    match version {
        TlsVersion::Ssl2 => 0x0002,
        TlsVersion::Ssl3 => 0x0300,
        TlsVersion::Tls10 => 0x0301,
        TlsVersion::Tls11 => 0x0302,
        TlsVersion::Tls12 => 0x0303,
        TlsVersion::Tls13 => 0x0304,
    }
}

/// The version of a number, where it is one of SSL 3.0 to TLS 1.3.
pub fn version_of(number: u16) -> Option<TlsVersion> {
    TlsVersion::ALL.into_iter().skip(1).find(|&version| version_number(version) == number)
}

/// The numbers of extensions (RFC 8446 section 4.2 and the registry of RFC 8447).
pub mod extension {
    #![allow(missing_docs)]
    pub const SERVER_NAME: u16 = 0;
    pub const STATUS_REQUEST: u16 = 5;
    pub const SUPPORTED_GROUPS: u16 = 10;
    pub const EC_POINT_FORMATS: u16 = 11;
    pub const SIGNATURE_ALGORITHMS: u16 = 13;
    pub const HEARTBEAT: u16 = 15;
    pub const ALPN: u16 = 16;
    pub const SIGNED_CERTIFICATE_TIMESTAMP: u16 = 18;
    pub const PADDING: u16 = 21;
    pub const ENCRYPT_THEN_MAC: u16 = 22;
    pub const EXTENDED_MASTER_SECRET: u16 = 23;
    pub const SESSION_TICKET: u16 = 35;
    pub const SUPPORTED_VERSIONS: u16 = 43;
    pub const COOKIE: u16 = 44;
    pub const PSK_KEY_EXCHANGE_MODES: u16 = 45;
    pub const KEY_SHARE: u16 = 51;
    pub const RENEGOTIATION_INFO: u16 = 0xff01;
}
