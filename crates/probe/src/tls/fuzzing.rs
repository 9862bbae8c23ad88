//! Ways in for those who try to break the readers of this module.

/// Takes `bytes` as what a TLS 1.3 server says, first in the clear, then as the contents of records that were
/// opened. True where a handshake came to its end, which takes a key that nobody has.
pub fn tls13(bytes: &[u8]) -> bool {
    super::tls13::is_proved_by(bytes)
}
