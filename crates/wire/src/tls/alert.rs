//! Alerts (RFC 8446 section 6, RFC 5246 section 7.2 and the registry).

use crate::reader::{Reader, WireError};

/// The `inappropriate_fallback` alert of RFC 7507.
pub const INAPPROPRIATE_FALLBACK: u8 = 86;
/// `protocol_version`.
pub const PROTOCOL_VERSION: u8 = 70;
/// `handshake_failure`.
pub const HANDSHAKE_FAILURE: u8 = 40;
/// `insufficient_security`.
pub const INSUFFICIENT_SECURITY: u8 = 71;
/// `unrecognized_name`, which may come as a warning before the ServerHello.
pub const UNRECOGNIZED_NAME: u8 = 112;
/// `no_application_protocol` (RFC 7301 3.2).
pub const NO_APPLICATION_PROTOCOL: u8 = 120;

/// An alert as it was received.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Alert {
    /// 1 warning, 2 fatal.
    pub level: u8,
    /// Its number.
    pub description: u8,
}

impl Alert {
    /// Reads the fragment of an alert record.
    ///
    /// # Errors
    /// [`WireError::Short`].
    pub fn read(fragment: &[u8]) -> Result<Self, WireError> {
        let mut reader = Reader::new(fragment, "alert");
        Ok(Alert { level: reader.u8()?, description: reader.u8()? })
    }

    /// True for a warning, after which the handshake goes on. close_notify and user_canceled end it
    /// whatever their level.
    pub fn is_warning(self) -> bool {
        self.level == 1 && !matches!(self.description, 0 | 90)
    }

    /// The registered name, none for an unassigned number.
    pub fn name(self) -> Option<&'static str> {
        Some(match self.description {
            0 => "close_notify",
            10 => "unexpected_message",
            20 => "bad_record_mac",
            21 => "decryption_failed",
            22 => "record_overflow",
            30 => "decompression_failure",
            40 => "handshake_failure",
            41 => "no_certificate",
            42 => "bad_certificate",
            43 => "unsupported_certificate",
            44 => "certificate_revoked",
            45 => "certificate_expired",
            46 => "certificate_unknown",
            47 => "illegal_parameter",
            48 => "unknown_ca",
            49 => "access_denied",
            50 => "decode_error",
            51 => "decrypt_error",
            60 => "export_restriction",
            70 => "protocol_version",
            71 => "insufficient_security",
            80 => "internal_error",
            86 => "inappropriate_fallback",
            90 => "user_canceled",
            100 => "no_renegotiation",
            109 => "missing_extension",
            110 => "unsupported_extension",
            111 => "certificate_unobtainable",
            112 => "unrecognized_name",
            113 => "bad_certificate_status_response",
            114 => "bad_certificate_hash_value",
            115 => "unknown_psk_identity",
            116 => "certificate_required",
            120 => "no_application_protocol",
            121 => "ech_required",
            _ => return None,
        })
    }
}

impl std::fmt::Display for Alert {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.name() {
            Some(name) => write!(f, "alert {name}"),
            None => write!(f, "alert {}", self.description),
        }
    }
}
