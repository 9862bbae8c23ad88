//! The addresses of a name. Where one of several questions was not answered the list is short, so that only an address
//! that was never met is a change. Addresses that the user gave were not learnt.

use std::collections::BTreeMap;
use std::net::IpAddr;

use midwatch_fields::site;
use midwatch_model::{Fact, Memo, Remembered};

use super::{by_place, set};

pub(super) fn memos(facts: &[&Fact]) -> Vec<Memo> {
    let mut found: BTreeMap<String, Vec<IpAddr>> = BTreeMap::new();
    for fact in facts {
        if let Fact::Addresses(fact) = fact
            && !fact.given
            && !site::is_address(fact.name.trim_matches(['[', ']']))
            && let Some(addresses) = fact.addresses.value().filter(|addresses| !addresses.is_empty())
        {
            let all = addresses.iter().map(|address| address.ip().to_canonical());
            found.entry(fact.name.clone()).or_default().extend(all);
        }
    }
    by_place(found, |addresses| Remembered::Addresses { addresses: set(addresses) })
}
