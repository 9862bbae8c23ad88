//! What servers say of their software: the `Server` field (RFC 9110, 10.2.4), the identification of SSH (RFC 4253,
//! 4.2), and the greetings of mail.

use midwatch_model::ServerSoftware;

/// Which software a `Server` value names, where fixes are written for it. Relatives that read the same
/// configuration language count (OpenResty, Tengine, Angie for nginx). Tomcat's `Apache-Coyote` does not.
pub fn software(value: &str) -> Option<ServerSoftware> {
    value.split([' ', '\t']).find_map(|product| {
        let name = product.split('/').next().unwrap_or(product);
        match name.to_ascii_lowercase().as_str() {
            "nginx" | "openresty" | "tengine" | "angie" | "freenginx" => Some(ServerSoftware::Nginx),
            "apache" | "apache2" | "httpd" => Some(ServerSoftware::Apache),
            "caddy" => Some(ServerSoftware::Caddy),
            _ => None,
        }
    })
}

/// Which software the identification of an SSH server names, where fixes are written for it. What reads another
/// configuration is left out, even where OpenSSH is in the name (`OpenSSH_for_Windows` reads the same).
pub fn ssh_software(value: &str) -> Option<ServerSoftware> {
    match value.split_once('_').map(|(name, _)| name) {
        Some("OpenSSH") => Some(ServerSoftware::OpenSsh),
        Some("dropbear") => Some(ServerSoftware::Dropbear),
        _ => None,
    }
}

/// Which software a greeting of a mail server names, where fixes are written for it. The name stands as a word of its own:
/// a host may be called after it.
pub fn mail_software(greeting: &str) -> Option<ServerSoftware> {
    greeting.split([' ', '\t', '(', ')', '[', ']']).find_map(|word| match word {
        "Postfix" => Some(ServerSoftware::Postfix),
        "Exim" => Some(ServerSoftware::Exim),
        "Dovecot" => Some(ServerSoftware::Dovecot),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mail_servers_are_told_apart() {
        for (greeting, expected) in [
            ("mail.shop.example ESMTP Postfix (Debian/GNU)", Some(ServerSoftware::Postfix)),
            ("shop.example ESMTP Exim 4.96 Mon, 30 Nov 2026 13:00:00 +0000", Some(ServerSoftware::Exim)),
            (
                "OK [CAPABILITY IMAP4rev1 LOGINDISABLED] Dovecot (Debian) ready.",
                Some(ServerSoftware::Dovecot),
            ),
            ("postfix.shop.example ESMTP", None),
            ("", None),
        ] {
            assert_eq!(mail_software(greeting), expected, "{greeting}");
        }
    }

    #[test]
    fn ssh_servers_are_told_apart() {
        for (value, expected) in [
            ("OpenSSH_9.2p1", Some(ServerSoftware::OpenSsh)),
            ("OpenSSH_for_Windows_9.5", Some(ServerSoftware::OpenSsh)),
            ("dropbear_2022.83", Some(ServerSoftware::Dropbear)),
            ("tinyssh_20230101-1", None),
            ("Cisco-1.25", None),
            ("OpenSSH", None),
            ("", None),
        ] {
            assert_eq!(ssh_software(value), expected, "{value}");
        }
    }

    #[test]
    fn products_are_told_apart() {
        for (value, expected) in [
            ("nginx/1.22.1", Some(ServerSoftware::Nginx)),
            ("nginx", Some(ServerSoftware::Nginx)),
            ("openresty/1.25.3.1", Some(ServerSoftware::Nginx)),
            ("Apache/2.4.57 (Debian)", Some(ServerSoftware::Apache)),
            ("Caddy", Some(ServerSoftware::Caddy)),
            ("Apache-Coyote/1.1", None),
            ("cloudflare", None),
            ("not-nginx", None),
            ("", None),
        ] {
            assert_eq!(software(value), expected, "{value}");
        }
    }
}
