//! The DS records of a zone. Only an answer that was proved, or of which it is proved that it cannot be, is the word of
//! the zone above: a resolver that passes no signatures on makes every zone look unsigned, and what is bogus is a finding.

use midwatch_model::{Fact, Memo, Remembered, Security};

use super::{resolver_lies, set};

pub(super) fn memos(facts: &[&Fact]) -> Vec<Memo> {
    if resolver_lies(facts) {
        return Vec::new();
    }
    let memo = |fact: &&Fact| {
        let Fact::Ds(ds) = fact else { return None };
        let settled = matches!(ds.security.value()?, Security::Secure | Security::Insecure { .. });
        let records = set(ds.records.value()?.iter().map(ToString::to_string).collect());
        settled.then(|| Memo { place: ds.zone.clone(), what: Remembered::Ds { records } })
    };
    facts.iter().filter_map(memo).take(1).collect()
}
