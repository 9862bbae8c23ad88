//! Who may issue certificates for a name: the records that decide, wherever above the name they stand. One answer, which
//! came or did not.

use midwatch_model::{CaaRecord, Fact, Memo, Remembered};

use super::set;

pub(super) fn memos(facts: &[&Fact]) -> Vec<Memo> {
    let memo = |fact: &&Fact| {
        let Fact::Caa(caa) = fact else { return None };
        let records = set(caa.records.value()?.iter().map(line).collect());
        Some(Memo { place: caa.name.clone(), what: Remembered::Caa { records } })
    };
    facts.iter().filter_map(memo).take(1).collect()
}

/// As a zone file has it: `0 issue "ca.example"`.
fn line(record: &CaaRecord) -> String {
    format!("{} {} \"{}\"", if record.critical { 128 } else { 0 }, record.tag, record.value)
}
