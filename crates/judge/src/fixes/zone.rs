//! Lines for zone files (RFC 1035 5), as BIND, Knot and NSD read them.

/// Allows one authority, with the account that it knows the site by (RFC 8657 3).
pub(crate) fn caa(host: &str, authority: Option<&str>) -> String {
    let authority = authority.unwrap_or("AUTHORITY");
    format!("{}. IN CAA 0 issue \"{authority}; accounturi=ACCOUNT-URI\"", safe(host))
}

/// Vouches for the server's public key (RFC 7671 5.1).
pub(crate) fn tlsa(owner: &str, spki_sha256: &str) -> String {
    let digest = spki_sha256.bytes().all(|byte| byte.is_ascii_hexdigit()) && spki_sha256.len() == 64;
    format!(
        "{}. IN TLSA 3 1 1 {}",
        safe(owner),
        if digest { spki_sha256 } else { "SHA-256-OF-THE-PUBLIC-KEY" }
    )
}

/// Names come from outside: nothing but a host name may stand in a zone.
fn safe(name: &str) -> &str {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    if !name.is_empty() && name.bytes().all(plain) { name } else { "NAME" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_hostile_names() {
        assert_eq!(
            caa("shop.example", Some("letsencrypt.org")),
            "shop.example. IN CAA 0 issue \"letsencrypt.org; accounturi=ACCOUNT-URI\""
        );
        assert!(tlsa("_443._tcp.shop.example", &"a".repeat(64)).ends_with(&"a".repeat(64)));
        assert_eq!(tlsa("x\n$INCLUDE /etc/passwd", "zz"), "NAME. IN TLSA 3 1 1 SHA-256-OF-THE-PUBLIC-KEY");
    }
}
