//! The remotes of git, in every form that git takes (gitrepository-layout and `git help fetch`, "GIT URLS").

use serde::{Deserialize, Serialize};

/// Where a remote is, and by which protocol it is asked.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "protocol", rename_all = "kebab-case")]
pub enum Remote {
    /// SSH: `ssh://`, `git+ssh://`, `ssh+git://`, or `user@host:path`.
    Ssh {
        /// The user, where one is named.
        user: Option<String>,
        /// The host as ssh gets it: a name, an address, or an alias of ssh's own configuration.
        host: String,
        /// The port, where one is named.
        port: Option<u16>,
    },
    /// HTTP over TLS.
    Https {
        /// The host.
        host: String,
        /// The port.
        port: u16,
        /// A password or token stands in the URL.
        secret: bool,
    },
    /// HTTP without it: everybody on the way reads and changes what comes.
    Http {
        /// The host.
        host: String,
        /// The port.
        port: u16,
        /// A password or token stands in the URL.
        secret: bool,
    },
    /// Git's own protocol, without encryption or proof of who answers.
    Git {
        /// The host.
        host: String,
        /// The port.
        port: u16,
    },
    /// Another scheme that git asks over the network without encryption: `ftp` and the like.
    Other {
        /// The scheme.
        scheme: String,
    },
    /// A directory or bundle of this computer.
    Local,
    /// A program `git-remote-NAME` is run with the rest.
    Helper {
        /// Its name.
        name: String,
    },
}

/// Why a text is no remote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RemoteError {
    /// It is empty, or has a control character in it.
    Malformed,
    /// It names no host.
    NoHost,
    /// The host begins with a hyphen, which ssh would take for an option. Git refuses it too.
    HyphenHost,
    /// The port is no number from 1 to 65535.
    Port,
}

impl std::fmt::Display for RemoteError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            RemoteError::Malformed => "it is empty, or has a control character in it",
            RemoteError::NoHost => "it names no host",
            RemoteError::HyphenHost => "its host begins with a hyphen, which ssh would take for an option",
            RemoteError::Port => "its port is no number from 1 to 65535",
        })
    }
}

impl std::error::Error for RemoteError {}

impl std::str::FromStr for Remote {
    type Err = RemoteError;

    /// Reads a remote as git does, after its `insteadOf` rules.
    fn from_str(text: &str) -> Result<Remote, RemoteError> {
        if text.is_empty() || text.chars().any(char::is_control) {
            return Err(RemoteError::Malformed);
        }
        if let Some((scheme, rest)) = scheme(text) {
            return url(&scheme, rest);
        }
        if let Some((name, _)) = text.split_once("::").filter(|(name, _)| is_helper(name)) {
            return Ok(Remote::Helper { name: name.to_owned() });
        }
        // A colon that no slash comes before makes it a host and a path; everything else is a directory.
        match (text.find(':'), text.find('/')) {
            (Some(colon), slash) if slash.is_none_or(|slash| slash > colon) => scp(text),
            _ => Ok(Remote::Local),
        }
    }
}

/// The scheme, in lower case, and what follows `://`.
fn scheme(text: &str) -> Option<(String, &str)> {
    let (scheme, rest) = text.split_once("://")?;
    let is_scheme = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    (!scheme.is_empty() && scheme.chars().all(is_scheme)).then(|| (scheme.to_ascii_lowercase(), rest))
}

fn is_helper(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
}

fn url(scheme: &str, rest: &str) -> Result<Remote, RemoteError> {
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    match scheme {
        "file" => return Ok(Remote::Local),
        "ssh" | "git+ssh" | "ssh+git" | "https" | "http" | "git" => {}
        "ftp" | "ftps" => return Ok(Remote::Other { scheme: scheme.to_owned() }),
        other => return Ok(Remote::Helper { name: other.to_owned() }),
    }
    let (user, at) = match authority.rsplit_once('@') {
        Some((user, at)) => (Some(decoded(user)), at),
        None => (None, authority),
    };
    let (host, port) = host_and_port(at)?;
    let secret = user.as_ref().is_some_and(|user| user.contains(':'));
    Ok(match scheme {
        "https" => Remote::Https { host, port: port.unwrap_or(443), secret },
        "http" => Remote::Http { host, port: port.unwrap_or(80), secret },
        "git" => Remote::Git { host, port: port.unwrap_or(9418) },
        _ => Remote::Ssh { user, host, port },
    })
}

/// `user@host:path`, with brackets around addresses of IPv6 and around a host with its port.
fn scp(text: &str) -> Result<Remote, RemoteError> {
    let bracket = match text.find("@[") {
        Some(at) => Some(at + 1),
        None if text.starts_with('[') => Some(0),
        None => None,
    };
    // The path begins at the colon behind the bracket, where there is one.
    let from = bracket.and_then(|at| Some(at + text.get(at..)?.find(']')?)).unwrap_or(0);
    let colon = from + text.get(from..).and_then(|rest| rest.find(':')).ok_or(RemoteError::NoHost)?;
    let head = text.get(..colon).unwrap_or_default();
    // `[user@host:port]:path` has the user inside.
    let inner =
        head.strip_prefix('[').and_then(|head| head.strip_suffix(']')).filter(|head| head.contains('@'));
    let (user, at) = match inner.unwrap_or(head).rsplit_once('@') {
        Some((user, at)) => (Some(user.to_owned()), at),
        None => (None, inner.unwrap_or(head)),
    };
    let (host, port) = host_and_port(at)?;
    Ok(Remote::Ssh { user, host, port })
}

/// `host`, `host:port`, `[address]`, `[address]:port`, and `[host:port]`.
fn host_and_port(text: &str) -> Result<(String, Option<u16>), RemoteError> {
    let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((inside, after)) => match after.strip_prefix(':') {
            Some(port) => (inside, Some(port)),
            // More than one colon is an address of IPv6.
            None if inside.matches(':').count() == 1 => split_port(inside),
            None => (inside, None),
        },
        None if text.matches(':').count() == 1 => split_port(text),
        None => (text, None),
    };
    let host = decoded(host);
    if host.is_empty() {
        return Err(RemoteError::NoHost);
    }
    if host.starts_with('-') {
        return Err(RemoteError::HyphenHost);
    }
    let port = match port {
        None | Some("") => None,
        Some(port) => match port.parse() {
            Ok(0) | Err(_) => return Err(RemoteError::Port),
            Ok(port) => Some(port),
        },
    };
    Ok((host, port))
}

fn split_port(text: &str) -> (&str, Option<&str>) {
    text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port)))
}

/// Without the percent signs of a URL.
fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let hex = |at: usize| char::from(*bytes.get(at)?).to_digit(16);
        match (byte, hex(at + 1), hex(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                out.push(u8::try_from(high * 16 + low).unwrap_or(b'?'));
                at += 3;
            }
            _ => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ssh(user: Option<&str>, host: &str, port: Option<u16>) -> Result<Remote, RemoteError> {
        Ok(Remote::Ssh { user: user.map(str::to_owned), host: host.into(), port })
    }

    #[test]
    fn ssh_in_every_form() {
        for (text, user, host, port) in [
            ("git@github.com:user/repo.git", Some("git"), "github.com", None),
            ("github.com:user/repo.git", None, "github.com", None),
            ("ssh://git@github.com/user/repo.git", Some("git"), "github.com", None),
            ("ssh://git@github.com:2222/user/repo.git", Some("git"), "github.com", Some(2222)),
            ("git+ssh://host/path", None, "host", None),
            ("SSH+git://host/path", None, "host", None),
            ("ssh://[2001:db8::1]:22/path", None, "2001:db8::1", Some(22)),
            ("ssh://me@[2001:db8::1]/path", Some("me"), "2001:db8::1", None),
            ("[host:2222]:path", None, "host", Some(2222)),
            ("[git@host:2222]:path", Some("git"), "host", Some(2222)),
            ("git@[2001:db8::1]:path", Some("git"), "2001:db8::1", None),
            ("[::1]:path", None, "::1", None),
            ("alias:path:with:colons", None, "alias", None),
            ("me@example.com@host:path", Some("me@example.com"), "host", None),
            ("ssh://me%40example.com@host/path", Some("me@example.com"), "host", None),
        ] {
            assert_eq!(text.parse(), ssh(user, host, port), "{text}");
        }
    }

    #[test]
    fn other_protocols_are_told_apart() {
        let parse = |text: &str| text.parse::<Remote>();
        let https = |host: &str, port, secret| Ok(Remote::Https { host: host.into(), port, secret });
        assert_eq!(parse("https://github.com/user/repo"), https("github.com", 443, false));
        assert_eq!(parse("https://user:token@github.com:8443/repo"), https("github.com", 8443, true));
        assert_eq!(parse("https://user@github.com/repo"), https("github.com", 443, false));
        assert_eq!(parse("http://host/a"), Ok(Remote::Http { host: "host".into(), port: 80, secret: false }));
        assert_eq!(parse("git://host/a"), Ok(Remote::Git { host: "host".into(), port: 9418 }));
        assert_eq!(parse("ftp://host/a"), Ok(Remote::Other { scheme: "ftp".into() }));
        for local in ["/srv/git/a", "../a", "a", "file:///srv/a", "./a:b", "/a:b"] {
            assert_eq!(parse(local), Ok(Remote::Local), "{local}");
        }
        for helper in ["ext::sh -c x", "codecommit::eu-west-1://repo", "hg://host/a"] {
            assert!(matches!(parse(helper), Ok(Remote::Helper { .. })), "{helper}");
        }
    }

    #[test]
    fn what_git_refuses_is_refused() {
        let parse = |text: &str| text.parse::<Remote>();
        for text in ["-oProxyCommand=x:path", "ssh://-oProxyCommand=x/path", "me@-o:path"] {
            assert_eq!(parse(text), Err(RemoteError::HyphenHost), "{text}");
        }
        assert_eq!(parse("ssh://host:0/a"), Err(RemoteError::Port));
        assert_eq!(parse("ssh://host:99999/a"), Err(RemoteError::Port));
        assert_eq!(parse("ssh:///a"), Err(RemoteError::NoHost));
        assert_eq!(parse(""), Err(RemoteError::Malformed));
        assert_eq!(parse("git@host:a\nb"), Err(RemoteError::Malformed));
    }
}
