//! Issuers that are known: products that open TLS on the way, and roots that nobody may trust.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::Source;

const FILE: &str = include_str!("../interception.json");

static LIST: LazyLock<List> = LazyLock::new(|| List::read(FILE));

/// The known issuers.
#[derive(Debug)]
pub struct List {
    /// Where the list is from; each entry names its own source too.
    pub source: Source,
    /// The entries.
    pub entries: Vec<Entry>,
}

/// One issuer, known by exactly one of a common name, an organisation and a key. A name that ends in `*` stands
/// for all that begin with what is before it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Entry {
    /// The product or root.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// The common name.
    pub common_name: Option<String>,
    /// The organisation.
    pub organisation: Option<String>,
    /// SHA-256 of the SubjectPublicKeyInfo, in lower-case hexadecimal.
    pub spki_sha256: Option<String>,
    /// Where that is known from.
    pub source: String,
}

/// What an issuer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Security software on a computer.
    SecurityProduct,
    /// A proxy or firewall of a network.
    Proxy,
    /// A tool of developers and testers.
    DeveloperTool,
    /// A root whose key is public or was misused.
    BadRoot,
}

/// The bundled list.
pub fn list() -> &'static List {
    &LIST
}

impl List {
    /// Reads the bundled file, whose soundness a test shows.
    fn read(text: &str) -> List {
        #[derive(Deserialize)]
        struct File {
            origin: String,
            date: String,
            licence: String,
            entries: Vec<Entry>,
        }
        match serde_json::from_str::<File>(text) {
            Ok(File { origin, date, licence, entries }) => {
                let source = Source { origin: origin.into(), date: date.into(), licence: licence.into() };
                List { source, entries }
            }
            Err(_) => {
                let unknown = || "unknown".into();
                let source = Source { origin: unknown(), date: unknown(), licence: unknown() };
                List { source, entries: Vec::new() }
            }
        }
    }

    /// The entry for a key, `spki_sha256` in lower-case hexadecimal.
    pub fn by_key(&self, spki_sha256: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.spki_sha256.as_deref() == Some(spki_sha256))
    }

    /// The entry for a distinguished name as one line (`C=US, O=Example, CN=Example Root`), and the part of it
    /// that was recognised.
    pub fn by_name(&self, line: &str) -> Option<(&Entry, String)> {
        self.entries.iter().find_map(|entry| {
            let parts = [("CN=", &entry.common_name), ("O=", &entry.organisation)];
            parts.into_iter().find_map(|(attribute, wanted)| {
                let wanted = wanted.as_deref()?;
                holds(line, attribute, wanted).then(|| (entry, format!("{attribute}{wanted}")))
            })
        })
    }
}

/// Whether a line has an attribute of this value, which may end in `*`. Values may hold commas.
fn holds(line: &str, attribute: &str, wanted: &str) -> bool {
    let begins = wanted.strip_suffix('*');
    let value = begins.unwrap_or(wanted);
    let at_start = |at: usize| at == 0 || line.get(..at).is_some_and(|before| before.ends_with(", "));
    line.match_indices(attribute).filter(|(at, _)| at_start(*at)).any(|(at, _)| {
        let rest = line.get(at + attribute.len()..).and_then(|rest| rest.strip_prefix(value));
        rest.is_some_and(|rest| begins.is_some() || rest.is_empty() || rest.starts_with(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_whole() {
        assert!(list().entries.len() > 20);
        for entry in &list().entries {
            let by = [&entry.common_name, &entry.organisation, &entry.spki_sha256];
            assert_eq!(by.iter().filter(|one| one.is_some()).count(), 1, "{}", entry.name);
            assert!(!entry.source.is_empty());
            if let Some(key) = &entry.spki_sha256 {
                assert_eq!(list().by_key(key), Some(entry));
                assert!(key.len() == 64 && key.bytes().all(|byte| byte.is_ascii_hexdigit()));
            }
        }
        assert!(list().source.date.parse::<jiff::civil::Date>().is_ok());
    }

    #[test]
    fn names_are_recognised_whole() {
        let name = |line: &str| list().by_name(line).map(|(entry, _)| entry.name.as_str());
        assert_eq!(name("CN=mitmproxy, O=mitmproxy"), Some("mitmproxy"));
        assert_eq!(name("C=US, O=Superfish, Inc., CN=Superfish, Inc."), Some("Superfish (Lenovo)"));
        assert_eq!(name("C=US, O=Fortinet Ltd., CN=x"), Some("Fortinet"));
        assert_eq!(name("CN=Charles Proxy CA (12 Mar 2026, laptop)"), Some("Charles Proxy"));
        for other in [
            "CN=mitmproxy fans",
            "O=mitmproxy",
            "CN=Not eDellRoot",
            "OU=CN=mitmproxy",
            "CN=Let's Encrypt",
            "",
        ] {
            assert_eq!(name(other), None, "{other}");
        }
        assert!(list().by_key("00").is_none());
    }
}
