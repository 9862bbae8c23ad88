//! Why something could not be read. No sentence repeats what was read: it might have been a secret.

use crate::Format;

/// Why there is no public key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// A private key, told by its form alone.
    #[error("this is {form}; midwatch reads no secrets, and nobody should be sent them: {instead}")]
    Private {
        /// Which kind.
        form: &'static str,
        /// How its public half is had.
        instead: &'static str,
    },
    /// More bytes than public keys have.
    #[error("it is larger than {0} bytes, and no public key")]
    TooLarge(usize),
    /// More keys than anybody compares.
    #[error("it holds more than {0} keys")]
    TooMany(usize),
    /// No form that is known.
    #[error(
        "it is no public key of a form that is known: OpenSSH, OpenPGP, PEM or DER, an X.509 certificate, age, minisign, \
         signify, or WireGuard where that is said"
    )]
    Unknown,
    /// 32 bytes in base64, which may be anything.
    #[error(
        "it is 32 bytes in base64 and nothing says of what: WireGuard's public keys look so, and so do its private ones \
         and much else; say '--as wireguard' where it is a WireGuard public key"
    )]
    Bare,
    /// A signature and no key.
    #[error("it is a signature, and no key")]
    Signature,
    /// The form is known and the content is at fault.
    #[error("as {} it is not whole: {fault}", .format.name())]
    Malformed {
        /// Which format it was read as.
        format: Format,
        /// What is wrong.
        fault: String,
    },
}

impl ReadError {
    /// A fault in content of this format.
    pub(crate) fn malformed(format: Format, fault: impl ToString) -> Self {
        ReadError::Malformed { format, fault: fault.to_string() }
    }
}
