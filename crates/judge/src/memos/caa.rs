//! Who may issue certificates for a name: the records that decide, wherever above the name they stand. One answer, which
//! came or did not; one whose proof fails is taken by no authority (RFC 8659 section 3).

use midwatch_model::{CaaRecord, Fact, Memo, Remembered, Security};

use super::{resolver_lies, set};

pub(super) fn memos(facts: &[&Fact]) -> Vec<Memo> {
    if resolver_lies(facts) {
        return Vec::new();
    }
    let memo = |fact: &&Fact| {
        let Fact::Caa(caa) = fact else { return None };
        if caa.security.value().is_some_and(Security::is_bogus) {
            return None;
        }
        let records = set(caa.records.value()?.iter().map(line).collect());
        Some(Memo { place: caa.name.clone(), what: Remembered::Caa { records } })
    };
    facts.iter().filter_map(memo).take(1).collect()
}

/// As a zone file has it: `0 issue "ca.example"`.
fn line(record: &CaaRecord) -> String {
    format!("{} {} \"{}\"", if record.critical { 128 } else { 0 }, record.tag, record.value)
}
