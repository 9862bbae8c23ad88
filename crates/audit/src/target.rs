//! What the user wrote, parsed.

use midwatch_model::{Host, Starttls, Target, TargetError};
use midwatch_probe::starttls::is_spoken;
use url::Url;

/// A web site: a URL with `http` or `https`, or `host`, or `host:port` (the port of https).
///
/// ```
/// let target = midwatch_audit::target::site("Shop.Example:8443/cart").unwrap();
/// assert_eq!(target.to_string(), "https://shop.example:8443/cart");
/// assert!(midwatch_audit::target::site("ftp://shop.example").is_err());
/// ```
///
/// # Errors
/// A sentence that says what to write instead.
pub fn site(input: &str) -> Result<Target, TargetError> {
    let trimmed = input.trim();
    let text =
        if trimmed.contains("://") { trimmed.to_owned() } else { format!("https://{}", bracketed(trimmed)) };
    let url = parse(input, &text)?;
    let secure = match url.scheme() {
        "https" => true,
        "http" => false,
        other => {
            let advice =
                format!("'{input}': {other}: is not a web address; write https://HOST or http://HOST");
            return Err(TargetError(advice));
        }
    };
    let mut path = url.path().to_owned();
    if let Some(query) = url.query() {
        path = format!("{path}?{query}");
    }
    Ok(Target::Site {
        input: input.to_owned(),
        host: host(input, &url)?,
        https_port: url.port().filter(|_| secure).unwrap_or(443),
        http_port: url.port().filter(|_| !secure).unwrap_or(80),
        path,
    })
}

/// A TLS service: `host:port`, or `host` for the port that is registered for `starttls`, and 443 without it. SMTP on port 587
/// is submission.
///
/// ```
/// use midwatch_model::Starttls;
///
/// let target = midwatch_audit::target::tls("mail.example", None, Some(Starttls::Imap)).unwrap();
/// assert_eq!(target.to_string(), "mail.example:143");
/// ```
///
/// # Errors
/// A sentence that says what to write instead.
pub fn tls(input: &str, sni: Option<&str>, starttls: Option<Starttls>) -> Result<Target, TargetError> {
    let trimmed = input.trim();
    let (scheme, rest) = trimmed.split_once("://").unwrap_or(("https", trimmed));
    if scheme != "https" {
        return Err(TargetError(format!("'{input}': write HOST:PORT, for example mail.example:465")));
    }
    // Port 443 stands for no port in a URL of https, and for itself in one of another kind.
    let url = parse(input, &format!("midwatch://{}", bracketed(rest)))?;
    let named = url.port();
    let url = parse(input, &format!("https://{}", bracketed(rest)))?;
    let port = named.unwrap_or_else(|| starttls.map_or(443, Starttls::port));
    // The same dialogue, with other people at the other end: port 587 is for their own programs (RFC 6409 3.1), which
    // verify certificates, and not for other servers.
    let starttls = match starttls {
        Some(Starttls::Smtp) if port == Starttls::Submission.port() => Some(Starttls::Submission),
        other => other,
    };
    if let Some(protocol) = starttls {
        begins_in_plain_text(input, protocol, port)?;
    }
    let sni = match sni {
        None => None,
        Some(name) => {
            let url = parse(name, &format!("https://{name}"))?;
            let named = host(name, &url)?;
            match named.name() {
                Some(name) => Some(name.to_owned()),
                None => return Err(TargetError(format!("--sni {name}: a name is wanted, not an address"))),
            }
        }
    };
    Ok(Target::Tls { input: input.to_owned(), host: host(input, &url)?, port, sni, starttls })
}

/// Whether TLS can be asked for there, by what is registered.
fn begins_in_plain_text(input: &str, protocol: Starttls, port: u16) -> Result<(), TargetError> {
    if !is_spoken(protocol) {
        let known: Vec<&str> =
            Starttls::ALL.into_iter().filter(|known| is_spoken(*known)).map(Starttls::id).collect();
        let advice = format!("--starttls {protocol} is not spoken yet; {} are", known.join(", "));
        return Err(TargetError(advice));
    }
    let implicit = Starttls::ALL.into_iter().any(|known| known.implicit_port() == Some(port));
    if implicit || port == 443 {
        let advice = format!(
            "'{input}': on port {port} TLS stands from the first octet, so nobody asks for it; leave --starttls out, or \
             write port {} for {}",
            protocol.port(),
            protocol.name()
        );
        return Err(TargetError(advice));
    }
    Ok(())
}

/// A domain's mail: `shop.example`, or an address `somebody@shop.example`, whose domain is meant.
///
/// ```
/// let target = midwatch_audit::target::mail("Elizabeth@Shop.Example").unwrap();
/// assert_eq!(target.to_string(), "shop.example");
/// assert!(midwatch_audit::target::mail("https://shop.example").is_err());
/// ```
///
/// # Errors
/// A sentence that says what to write instead.
pub fn mail(input: &str) -> Result<Target, TargetError> {
    let wrong = |why: &str| {
        TargetError(format!("'{input}': {why}; write a domain or an address, for example shop.example"))
    };
    let trimmed = input.trim();
    let trimmed = trimmed.strip_prefix("mailto:").unwrap_or(trimmed);
    // The last '@' parts them: one may stand in a quoted local part.
    let domain = trimmed.rsplit_once('@').map_or(trimmed, |(_, domain)| domain);
    if domain.contains(['/', ':', '?', '#', '[', ' ']) {
        return Err(wrong("that is no domain"));
    }
    let url = Url::parse(&format!("https://{domain}/")).map_err(|error| wrong(&error.to_string()))?;
    match host(input, &url)? {
        Host::Name(domain) if domain.contains('.') => Ok(Target::Mail { input: input.to_owned(), domain }),
        Host::Name(_) => Err(wrong("a name of one label takes no mail from elsewhere")),
        Host::Address(_) => Err(wrong("an address of a computer is no domain")),
    }
}

/// An SSH server: `host`, `user@host`, `host:port`, or `ssh://user@host:port`. The host may be an alias of ssh's
/// configuration, and an address of IPv6 with a port stands in brackets.
///
/// ```
/// let target = midwatch_audit::target::ssh("git@Git.Example:2222").unwrap();
/// assert_eq!(target.to_string(), "Git.Example:2222");
/// assert!(midwatch_audit::target::ssh("git@git.example:path/to.git").is_err());
/// ```
///
/// # Errors
/// A sentence that says what to write instead.
pub fn ssh(input: &str) -> Result<Target, TargetError> {
    let wrong = |why: &str| {
        TargetError(format!("'{input}': {why}; write HOST, USER@HOST, HOST:PORT or ssh://USER@HOST:PORT"))
    };
    let trimmed = input.trim();
    let rest = match trimmed.split_once("://") {
        Some(("ssh", rest)) => rest.split('/').next().unwrap_or_default(),
        Some(_) => return Err(wrong("that is no address of an SSH server")),
        None => trimmed,
    };
    let (user, at) = match rest.rsplit_once('@') {
        Some((user, at)) => (Some(user.to_owned()), at),
        None => (None, rest),
    };
    if user.as_deref().is_some_and(|user| user.contains(':')) {
        return Err(TargetError(
            "a password stands before the host; midwatch never logs in, so leave it out".into(),
        ));
    }
    let (name, port) = if at.parse::<std::net::Ipv6Addr>().is_ok() {
        (at, None)
    } else if let Some((inside, after)) = at.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        (inside, after.strip_prefix(':'))
    } else {
        at.split_once(':').map_or((at, None), |(name, port)| (name, Some(port)))
    };
    let port = match port {
        None | Some("") => None,
        Some(port) => match port.parse::<u16>() {
            Ok(port) if port > 0 => Some(port),
            _ if port.contains(['/', '.', '~']) || !port.starts_with(|c: char| c.is_ascii_digit()) => {
                return Err(TargetError(format!(
                    "'{input}' looks like a remote of git; say 'midwatch git {input}'"
                )));
            }
            _ => return Err(wrong("the port is no number from 1 to 65535")),
        },
    };
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '%');
    if name.is_empty() || name.starts_with('-') || !name.chars().all(fits) {
        return Err(wrong("it names no host"));
    }
    let host = match name.parse() {
        Ok(address) => Host::Address(address),
        Err(_) => Host::Name(name.to_owned()),
    };
    Ok(Target::Ssh { input: input.to_owned(), host, port, user })
}

/// A host as it stands in `--resolve`.
///
/// # Errors
/// A sentence that says what to write instead.
pub fn host_of(input: &str) -> Result<Host, TargetError> {
    let url = parse(input, &format!("https://{}", bracketed(input)))?;
    host(input, &url)
}

fn parse(input: &str, text: &str) -> Result<Url, TargetError> {
    Url::parse(text).map_err(|error| {
        TargetError(format!(
            "'{input}' is no address of a site ({error}); write for example https://shop.example"
        ))
    })
}

fn host(input: &str, url: &Url) -> Result<Host, TargetError> {
    if !url.username().is_empty() || url.password().is_some() {
        return Err(TargetError(format!(
            "'{}' holds a user name or password; midwatch never sends any, so leave it out",
            without_credentials(url)
        )));
    }
    match url.host() {
        Some(url::Host::Ipv4(address)) => Ok(Host::Address(address.into())),
        Some(url::Host::Ipv6(address)) => Ok(Host::Address(address.into())),
        Some(url::Host::Domain(name)) => {
            let name = name.trim_end_matches('.').to_ascii_lowercase();
            let labels_fit = name.split('.').all(|label| (1..=63).contains(&label.len()));
            if !labels_fit || name.len() > 253 {
                return Err(TargetError(format!("'{input}': {name} cannot be a host name (RFC 1035 2.3.4)")));
            }
            Ok(Host::Name(name))
        }
        None => Err(TargetError(format!("'{input}' names no host; write for example https://shop.example"))),
    }
}

/// An error must not repeat a password into a log.
fn without_credentials(url: &Url) -> String {
    let mut url = url.clone();
    // Both only fail for URLs without a host.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.to_string()
}

/// A bare IPv6 address in brackets, anything else as it is.
fn bracketed(text: &str) -> String {
    match text.parse::<std::net::Ipv6Addr>() {
        Ok(address) => format!("[{address}]"),
        Err(_) => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ports(input: &str) -> (u16, u16) {
        match site(input) {
            Ok(Target::Site { https_port, http_port, .. }) => (https_port, http_port),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn sites() {
        assert_eq!(ports("shop.example"), (443, 80));
        assert_eq!(ports("shop.example:8443"), (8443, 80));
        assert_eq!(ports("http://shop.example:8080/x"), (443, 8080));
        assert_eq!(site("::1").unwrap().to_string(), "https://[::1]/");
        assert_eq!(
            site("https://BÜCHER.example./a?b=c#d").unwrap().to_string(),
            "https://xn--bcher-kva.example/a?b=c"
        );
    }

    #[test]
    fn what_cannot_be_a_site_says_what_can() {
        for wrong in
            ["", "https://", "mailto:a@b", "ftp://shop.example", "http://a b/", "https://shop.example:99999"]
        {
            let message = site(wrong).unwrap_err().to_string();
            assert!(message.contains("https://"), "{wrong}: {message}");
        }
        let message = site("https://elizabeth:secret@shop.example").unwrap_err().to_string();
        assert!(!message.contains("secret") && !message.contains("elizabeth"), "{message}");
    }

    #[test]
    fn domains_of_mail() {
        let of = |input: &str| mail(input).map(|target| target.to_string());
        assert_eq!(of("shop.example").as_deref(), Ok("shop.example"));
        assert_eq!(of(" elizabeth@BÜCHER.example. ").as_deref(), Ok("xn--bcher-kva.example"));
        assert_eq!(of("mailto:\"a@b\"@shop.example").as_deref(), Ok("shop.example"));
        let wrong = [
            "",
            "@",
            "localhost",
            "192.0.2.1",
            "a@[192.0.2.1]",
            "shop.example:25",
            "https://shop.example",
            "a b",
        ];
        for wrong in wrong {
            let message = mail(wrong).unwrap_err().to_string();
            assert!(message.contains("shop.example"), "{wrong}: {message}");
        }
    }

    #[test]
    fn ssh_servers() {
        let of = |input: &str| match ssh(input) {
            Ok(Target::Ssh { host, port, user, .. }) => (host.to_string(), port, user),
            other => panic!("{input}: {other:?}"),
        };
        assert_eq!(of("my_server"), ("my_server".into(), None, None));
        assert_eq!(of("me@git.example"), ("git.example".into(), None, Some("me".into())));
        assert_eq!(
            of("ssh://git@git.example:2222/x"),
            ("git.example".into(), Some(2222), Some("git".into()))
        );
        assert_eq!(of("2001:db8::1"), ("[2001:db8::1]".into(), None, None));
        assert_eq!(of("[2001:db8::1]:22"), ("[2001:db8::1]".into(), Some(22), None));
        for (wrong, says) in [
            ("git@github.com:user/repo.git", "midwatch git"),
            ("https://github.com", "ssh://"),
            ("-oProxyCommand=x", "HOST"),
            ("", "HOST"),
            ("host:0", "port"),
            ("me:secret@host", "leave it out"),
        ] {
            let message = ssh(wrong).unwrap_err().to_string();
            assert!(message.contains(says) && !message.contains("secret"), "{wrong}: {message}");
        }
    }

    #[test]
    fn services() {
        assert_eq!(tls("mail.example:465", None, None).unwrap().to_string(), "mail.example:465");
        assert!(matches!(tls("10.0.0.1:1", Some("a.example"), None), Ok(Target::Tls { sni: Some(_), .. })));
        assert!(tls("10.0.0.1:1", Some("10.0.0.2"), None).is_err());
        assert!(tls("smtp://mail.example", None, None).is_err());
    }

    #[test]
    fn services_that_begin_in_plain_text() {
        let imap = Some(Starttls::Imap);
        assert_eq!(tls("mail.example", None, imap).unwrap().to_string(), "mail.example:143");
        assert_eq!(tls("mail.example:1143", None, imap).unwrap().to_string(), "mail.example:1143");
        assert_eq!(tls("::1", None, Some(Starttls::Smtp)).unwrap().to_string(), "[::1]:25");
        let handed_in = tls("mail.example:587", None, Some(Starttls::Smtp)).unwrap();
        assert!(matches!(handed_in, Target::Tls { starttls: Some(Starttls::Submission), .. }));
        for wrong in ["mail.example:993", "mail.example:465", "mail.example:443"] {
            let message = tls(wrong, None, imap).unwrap_err().to_string();
            assert!(message.contains("leave --starttls out"), "{message}");
        }
    }
}
