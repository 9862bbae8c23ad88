//! When a server whose connections begin in plain text has them go on encrypted.

/// What a server is configured to do about STARTTLS, or about whatever its protocol calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Encryption {
    /// It has no certificate, and offers none.
    Off,
    /// It offers TLS, and serves those who do not take it as well.
    Offered,
    /// It offers TLS, and serves nobody without.
    Required,
}

impl Encryption {
    /// All of them.
    pub const ALL: [Encryption; 3] = [Encryption::Off, Encryption::Offered, Encryption::Required];

    /// `then`, but nothing where there is no TLS.
    pub(crate) fn lines(self, then: &str) -> &str {
        if self == Encryption::Off { "" } else { then }
    }

    /// One of two words, by whether TLS is required.
    pub(crate) fn required<'a>(self, yes: &'a str, no: &'a str) -> &'a str {
        if self == Encryption::Required { yes } else { no }
    }
}
