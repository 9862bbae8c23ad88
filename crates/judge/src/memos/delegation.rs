//! Who answers for a zone, as the resolver tells it. One answer; that a zone has no name servers is none (RFC 1035
//! section 3.3.11).

use midwatch_model::{Fact, Memo, Remembered};

use super::{resolver_lies, set};

pub(super) fn memos(facts: &[&Fact]) -> Vec<Memo> {
    if resolver_lies(facts) {
        return Vec::new();
    }
    let memo = |fact: &&Fact| {
        let Fact::Delegation(zone) = fact else { return None };
        let name_servers = set(zone.name_servers.value()?.clone());
        let what = Remembered::Delegation { name_servers: name_servers.clone() };
        (!name_servers.is_empty()).then(|| Memo { place: zone.zone.clone(), what })
    };
    facts.iter().filter_map(memo).take(1).collect()
}
