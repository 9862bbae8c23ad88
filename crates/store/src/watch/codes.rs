//! How things that are neither text nor number are kept: severities, words of enumerations, hashes, compressed reports.

use std::io::{Read as _, Write as _};

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use midwatch_model::{Severity, TargetReport};
use ring::digest::{Context, SHA256};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::StoreError;

/// How long a report may be as JSON, in bytes. One that is longer is not kept.
pub(crate) const MAX_REPORT: u64 = 64 << 20;

/// A severity as a number, from 0.
pub(crate) fn rank(severity: Severity) -> i64 {
    match severity {
        Severity::Info => 0,
        Severity::Low => 1,
        Severity::Medium => 2,
        Severity::High => 3,
        Severity::Critical => 4,
    }
}

/// A number as a severity; none for -1 and for every other that is no rank.
pub(crate) fn severity(rank: i64) -> Option<Severity> {
    usize::try_from(rank).ok().and_then(|rank| Severity::ALL.get(rank)).copied()
}

/// The word that a value of an enumeration has in JSON.
pub(crate) fn word<T: Serialize>(value: T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

/// The value that a word stands for.
pub(crate) fn from_word<T: DeserializeOwned>(place: &str, word: &str) -> Result<T, StoreError> {
    serde_json::from_value(serde_json::Value::String(word.to_owned()))
        .map_err(|error| StoreError::damaged(place, error))
}

/// SHA-256 of texts, which cannot run into each other.
pub(crate) fn digest<'a>(parts: impl IntoIterator<Item = &'a str>) -> Vec<u8> {
    let mut hash = Context::new(&SHA256);
    for part in parts {
        hash.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash.finish().as_ref().to_vec()
}

/// A report as it is kept: JSON, compressed with zlib (RFC 1950). None where it is too long.
pub(crate) fn pack(report: &TargetReport) -> Result<Option<Vec<u8>>, StoreError> {
    let failed = |error: &dyn std::fmt::Display| StoreError::damaged("a report that was to be kept", error);
    let text = serde_json::to_vec(report).map_err(|error| failed(&error))?;
    if u64::try_from(text.len()).unwrap_or(u64::MAX) > MAX_REPORT {
        return Ok(None);
    }
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(&text).map_err(|error| failed(&error))?;
    encoder.finish().map(Some).map_err(|error| failed(&error))
}

/// The JSON of a report that is kept.
pub(crate) fn unpack(place: &str, bytes: &[u8]) -> Result<Vec<u8>, StoreError> {
    let mut text = Vec::new();
    ZlibDecoder::new(bytes)
        .take(MAX_REPORT + 1)
        .read_to_end(&mut text)
        .map_err(|error| StoreError::damaged(place, format!("a report: {error}")))?;
    if u64::try_from(text.len()).unwrap_or(u64::MAX) > MAX_REPORT {
        return Err(StoreError::damaged(place, format!("a report is longer than {MAX_REPORT} bytes")));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn severities_come_back() {
        for expected in Severity::ALL {
            assert_eq!(severity(rank(expected)), Some(expected));
        }
        assert_eq!((severity(-1), severity(5), severity(i64::MIN)), (None, None, None));
    }

    #[test]
    fn texts_do_not_run_into_each_other() {
        assert_ne!(digest(["ab", "c"]), digest(["a", "bc"]));
        assert_eq!(digest(["ab", "c"]), digest(["ab", "c"]));
    }

    #[test]
    fn a_report_that_grows_without_end_is_refused() {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
        let zeros = vec![b' '; 1 << 20];
        for _ in 0..=64 {
            encoder.write_all(&zeros).unwrap();
        }
        let bomb = encoder.finish().unwrap();
        assert!(bomb.len() < 1 << 20);
        let error = unpack("here", &bomb).unwrap_err().to_string();
        assert!(error.contains("longer than"), "{error}");
        assert!(unpack("here", b"no zlib at all").is_err());
    }
}
