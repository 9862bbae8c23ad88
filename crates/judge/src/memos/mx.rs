//! Who takes mail for a name. One answer, proved or not: whoever sends mail takes it either way.

use midwatch_model::{Fact, Memo, Remembered};

use super::{resolver_lies, set};

pub(super) fn memos(facts: &[&Fact]) -> Vec<Memo> {
    if resolver_lies(facts) {
        return Vec::new();
    }
    let memo = |fact: &&Fact| {
        let Fact::Mx(mx) = fact else { return None };
        let records = set(mx.records.value()?.iter().map(ToString::to_string).collect());
        Some(Memo { place: mx.name.clone(), what: Remembered::Mx { records } })
    };
    facts.iter().filter_map(memo).take(1).collect()
}
