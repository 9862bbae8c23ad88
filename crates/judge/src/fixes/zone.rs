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

/// Tells senders that there is a policy of MTA-STS (RFC 8461 3.1). `id` names it, in letters and digits.
pub(crate) fn mta_sts(domain: &str, id: &str) -> String {
    format!("_mta-sts.{}. IN TXT \"v=STSv1; id={id}\"", safe(domain))
}

/// Has senders report on TLS (RFC 8460 3).
pub(crate) fn tls_rpt(domain: &str) -> String {
    let domain = safe(domain);
    format!("_smtp._tls.{domain}. IN TXT \"v=TLSRPTv1; rua=mailto:tls-reports@{domain}\"")
}

/// Lets the servers that take the domain's mail send it, and nobody else (RFC 7208 4.6); where it has none, nobody.
pub(crate) fn spf(domain: &str, has_mail: bool) -> String {
    let terms = if has_mail { "mx -all" } else { "-all" };
    format!("{}. IN TXT \"v=spf1 {terms}\"", safe(domain))
}

/// Has receivers refuse what nothing proves (RFC 7489 6.3).
pub(crate) fn dmarc(domain: &str) -> String {
    let domain = safe(domain);
    format!("_dmarc.{domain}. IN TXT \"v=DMARC1; p=reject; rua=mailto:dmarc-reports@{domain}\"")
}

/// Says that a service is not offered, and where another is (RFC 6186 3.4, RFC 8314 5.1).
pub(crate) fn srv(owner: &str, port: u16, target: &str) -> String {
    match target {
        "." => format!("{}. IN SRV 0 0 0 .", safe(owner)),
        _ => format!("{}. IN SRV 0 1 {port} {}.", safe(owner), safe(target)),
    }
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
        assert_eq!(
            mta_sts("shop.example", "20261124"),
            "_mta-sts.shop.example. IN TXT \"v=STSv1; id=20261124\""
        );
        assert_eq!(spf("x y", false), "NAME. IN TXT \"v=spf1 -all\"");
        assert!(tls_rpt("shop.example").ends_with("rua=mailto:tls-reports@shop.example\""));
        assert!(dmarc("shop.example").starts_with("_dmarc.shop.example. IN TXT \"v=DMARC1; p=reject;"));
        assert_eq!(srv("_imap._tcp.shop.example", 0, "."), "_imap._tcp.shop.example. IN SRV 0 0 0 .");
        assert_eq!(
            srv("_imaps._tcp.shop.example", 993, "imap.shop.example"),
            "_imaps._tcp.shop.example. IN SRV 0 1 993 imap.shop.example."
        );
        assert_eq!(tlsa("x\n$INCLUDE /etc/passwd", "zz"), "NAME. IN TLSA 3 1 1 SHA-256-OF-THE-PUBLIC-KEY");
    }
}
