//! CAA records: their grammar (RFC 8659 4).

use midwatch_model::{CaaRecord, lossless};

use super::reader::Reader;

/// Characters of a value that are kept.
const MAX_VALUE: usize = 1_000;

/// Parameters of a value that are kept.
const MAX_PARAMETERS: usize = 20;

/// Reads the data of a CAA record. None where it has no flags or no tag.
pub fn record(data: &[u8]) -> Option<CaaRecord> {
    let mut reader = Reader(data);
    let flags = reader.u8()?;
    let tag = reader.short().filter(|tag| !tag.is_empty() && tag.iter().all(u8::is_ascii_alphanumeric))?;
    let tag = String::from_utf8_lossy(tag).to_ascii_lowercase();
    let raw = reader.0;
    let mut record = CaaRecord {
        critical: flags & 0x80 != 0,
        value: lossless(raw).chars().take(MAX_VALUE).collect(),
        issuer: None,
        parameters: Vec::new(),
        malformed: false,
        tag,
    };
    if record.tag == "issue" || record.tag == "issuewild" {
        match std::str::from_utf8(raw).ok().and_then(issue) {
            Some((issuer, parameters)) => (record.issuer, record.parameters) = (issuer, parameters),
            // An authority must treat it as one that names nobody (RFC 8659 4.2).
            None => record.malformed = true,
        }
    }
    Some(record)
}

type Issue = (Option<String>, Vec<(String, String)>);

/// `issue-value` of RFC 8659 4.2.
fn issue(value: &str) -> Option<Issue> {
    let blank = |c: char| c == ' ' || c == '\t';
    let mut parts = value.split(';');
    let issuer = parts.next()?.trim_matches(blank);
    let label = |text: &str| {
        let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
        edge(text.chars().next())
            && edge(text.chars().next_back())
            && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    if !issuer.is_empty() && !issuer.split('.').all(label) {
        return None;
    }
    let mut parameters = Vec::new();
    for part in parts {
        let part = part.trim_matches(blank);
        // `;` alone, and one after the last parameter, are what many write.
        if part.is_empty() {
            continue;
        }
        let (tag, value) = part.split_once('=')?;
        let (tag, value) = (tag.trim_matches(blank), value.trim_matches(blank));
        if !label(tag) || !value.chars().all(|c| ('\x21'..='\x7e').contains(&c)) {
            return None;
        }
        if parameters.len() < MAX_PARAMETERS {
            parameters.push((tag.to_ascii_lowercase(), value.to_owned()));
        }
    }
    let issuer = (!issuer.is_empty()).then(|| issuer.to_ascii_lowercase());
    Some((issuer, parameters))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(flags: u8, tag: &str, value: &str) -> CaaRecord {
        let mut data = vec![flags, u8::try_from(tag.len()).unwrap()];
        data.extend_from_slice(tag.as_bytes());
        data.extend_from_slice(value.as_bytes());
        record(&data).expect("a record")
    }

    #[test]
    fn issuers_and_parameters() {
        let bound = read(
            0,
            "Issue",
            "CA.example; accounturi=https://ca.example/acct/1 ;validationmethods=dns-01,http-01",
        );
        assert_eq!((bound.tag.as_str(), bound.issuer.as_deref()), ("issue", Some("ca.example")));
        assert_eq!(bound.parameter("accounturi"), Some("https://ca.example/acct/1"));
        assert_eq!(bound.parameter("validationmethods"), Some("dns-01,http-01"));
        assert!(!bound.critical && !bound.malformed);
        let nobody = read(128, "issuewild", ";");
        assert!(nobody.critical && nobody.issuer.is_none() && !nobody.malformed);
        assert_eq!(read(0, "iodef", "mailto:a@shop.example").value, "mailto:a@shop.example");
    }

    #[test]
    fn what_the_grammar_forbids_allows_nobody() {
        for value in
            ["ca.example; account", "-ca.example", "ca example", "%%%%%", "ca..example", "ca.example; a=b c"]
        {
            let record = read(0, "issue", value);
            assert!(record.malformed && record.issuer.is_none(), "{value}");
        }
        assert_eq!(record(&[0]), None);
        assert_eq!(record(&[0, 5, b'i']), None);
        assert_eq!(record(&[0, 0, b'i']), None);
    }

    proptest! {
        #[test]
        fn no_bytes_break_it(data in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = record(&data);
        }
    }
}
