//! The host keys that forges publish, by their fingerprints.

use std::sync::LazyLock;

use crate::{Source, entries, source};

const TEXT: &str = include_str!("../ssh-forges.txt");

static LIST: LazyLock<Forges> = LazyLock::new(Forges::read);

/// The list.
#[derive(Debug)]
pub struct Forges {
    keys: Vec<ForgeKey>,
    /// Where it is from.
    pub source: Source,
}

/// A host key that a forge publishes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ForgeKey {
    /// The host as `known_hosts` names it, in lower case: `[host]:port` at another port than 22. `*.` at its beginning
    /// stands for any labels.
    pub host: &'static str,
    /// The type of the key, such as `ssh-ed25519`.
    pub kind: &'static str,
    /// SHA-256 of the key as it goes over the wire, in base64 without padding, as `ssh-keygen -l` writes it behind
    /// `SHA256:`.
    pub fingerprint: &'static str,
    /// The page that publishes it.
    pub page: &'static str,
}

/// The bundled list.
pub fn list() -> &'static Forges {
    &LIST
}

impl Forges {
    fn read() -> Forges {
        let key = |line: &'static str| {
            let mut fields = line.split('\t');
            Some(ForgeKey {
                host: fields.next()?,
                kind: fields.next()?,
                fingerprint: fields.next()?,
                page: fields.next()?,
            })
        };
        Forges { keys: entries(TEXT).filter_map(key).collect(), source: source(TEXT) }
    }

    /// The keys of a host, which is named as in `known_hosts` (`host`, or `[host]:port`); none where its forge is not in
    /// the list.
    pub fn of(&self, host: &str) -> impl Iterator<Item = &ForgeKey> {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        self.keys.iter().filter(move |key| match key.host.strip_prefix('*') {
            Some(end) => host.ends_with(end),
            None => host == key.host,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sound() {
        let list = list();
        assert_eq!(list.keys.len(), entries(TEXT).count(), "each line is a key");
        for key in &list.keys {
            assert_eq!(key.fingerprint.len(), 43, "{key:?}");
            let is_base64 = |c: char| c.is_ascii_alphanumeric() || c == '+' || c == '/';
            assert!(key.fingerprint.chars().all(is_base64), "{key:?}");
            assert!(["ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa"].contains(&key.kind), "{key:?}");
            assert!(key.page.starts_with("https://") && key.host == key.host.to_ascii_lowercase(), "{key:?}");
            let twins = list.keys.iter().filter(|other| (other.host, other.kind) == (key.host, key.kind));
            assert_eq!(twins.count(), 1, "{key:?}");
        }
        assert!(list.source.date.parse::<jiff::civil::Date>().is_ok());
        assert!(list.source.origin != "unknown" && list.source.licence == "facts");
    }

    #[test]
    fn a_host_has_its_own_keys_and_no_others() {
        let kinds = |host: &str| list().of(host).map(|key| key.kind).collect::<Vec<_>>();
        assert_eq!(kinds("GitHub.com."), ["ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa"]);
        assert_eq!(kinds("git.code.sf.net").len(), 3);
        assert_eq!(kinds("[ssh.github.com]:443"), ["ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa"]);
        assert_eq!(kinds("[altssh.gitlab.com]:443"), ["ssh-ed25519", "ecdsa-sha2-nistp256"]);
        assert_eq!(kinds("git.launchpad.net"), ["ssh-rsa"]);
        assert_eq!(kinds("git-codecommit.us-east-1.amazonaws.com"), ["ssh-rsa"]);
        for host in [
            "[github.com]:443",
            "ssh.github.com",
            "github.com.evil.example",
            "evilgithub.com",
            "code.sf.net",
            "xcode.sf.net",
            "",
        ] {
            assert!(kinds(host).is_empty(), "{host}");
        }
    }
}
