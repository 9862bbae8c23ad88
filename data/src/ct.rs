//! The Certificate Transparency logs that Chrome accepts.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::Source;

/// The logs as the refresh command wrote them.
const FILE: &str = include_str!("../ct-logs.json");

static LIST: LazyLock<List> = LazyLock::new(|| List::read(FILE));

/// A list of logs.
#[derive(Debug)]
pub struct List {
    /// Where it is from.
    pub source: Source,
    /// The logs.
    pub logs: Vec<Log>,
}

/// A log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// SHA-256 of the key: how a timestamp names its log (RFC 6962 3.2).
    pub id: [u8; 32],
    /// The key, a DER SubjectPublicKeyInfo.
    pub key: Vec<u8>,
    /// The name, for people.
    pub name: String,
    /// Who runs it. Policies count operators, not logs.
    pub operator: String,
    /// How it is served.
    pub kind: Kind,
    /// From when on it is not accepted any more. Timestamps from before that count on in some cases.
    pub disqualified: Option<Timestamp>,
}

/// How a log is served. Its timestamps are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// As RFC 6962 describes.
    Rfc6962,
    /// As files (the static CT API).
    Static,
}

/// The bundled logs.
pub fn list() -> &'static List {
    &LIST
}

impl List {
    /// The log that a timestamp names.
    pub fn log(&self, id: &[u8; 32]) -> Option<&Log> {
        self.logs.iter().find(|log| log.id == *id)
    }

    /// Reads the bundled file, whose soundness a test shows. What does not fit is left out.
    fn read(text: &str) -> List {
        let Ok(file) = serde_json::from_str::<File>(text) else {
            let unknown = || "unknown".into();
            return List {
                source: Source { origin: unknown(), date: unknown(), licence: unknown() },
                logs: Vec::new(),
            };
        };
        let source =
            Source { origin: file.origin.into(), date: file.date.into(), licence: file.licence.into() };
        List { source, logs: file.logs.into_iter().filter_map(Entry::log).collect() }
    }
}

#[derive(Deserialize)]
struct File {
    origin: String,
    date: String,
    licence: String,
    logs: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    name: String,
    operator: String,
    kind: Kind,
    id: String,
    key: String,
    disqualified: Option<Timestamp>,
}

impl Entry {
    fn log(self) -> Option<Log> {
        let key = STANDARD.decode(self.key).ok()?;
        let id: [u8; 32] = Sha256::digest(&key).into();
        let said = STANDARD.decode(self.id).ok()?;
        let Entry { name, operator, kind, disqualified, .. } =
            Entry { key: String::new(), id: String::new(), ..self };
        (said == id).then_some(Log { id, key, name, operator, kind, disqualified })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_whole() {
        let file: File = serde_json::from_str(FILE).expect("JSON");
        assert_eq!(list().logs.len(), file.logs.len());
        assert!(list().logs.len() > 20);
        assert!(list().source.date.parse::<jiff::civil::Date>().is_ok());
        let operators: std::collections::BTreeSet<&str> =
            list().logs.iter().map(|log| log.operator.as_str()).collect();
        assert!(operators.len() >= 3, "{operators:?}");
    }

    #[test]
    fn a_log_is_found_by_its_id() {
        for log in &list().logs {
            assert_eq!(list().log(&log.id), Some(log));
        }
        assert_eq!(list().log(&[0; 32]), None);
    }

    #[test]
    fn a_log_that_bears_another_key_s_id_is_left_out() {
        let text = FILE.replacen("\"key\": \"MFkw", "\"key\": \"MFkx", 1);
        assert_eq!(List::read(&text).logs.len(), list().logs.len() - 1);
        assert!(List::read("{}").logs.is_empty());
    }
}
