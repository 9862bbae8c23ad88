//! What a TLS service accepts, on all its addresses. Where one of them was not measured wholly there is no memo: what it
//! accepts might be missing now and look new the next time. An address that nothing leads to from here is left out: it
//! is so at every look, as IPv6 is where there is none.

use std::collections::BTreeMap;

use midwatch_model::{Fact, Memo, ReasonKind, Remembered, TlsEndpoint, TlsVersion};

use super::{by_place, set};
use crate::checks::support;

/// Versions and weak suites.
type Accepted = (Vec<TlsVersion>, Vec<String>);

pub(super) fn memos(facts: &[&Fact]) -> Vec<Memo> {
    // None from where an address was not measured wholly.
    let mut found: BTreeMap<String, Option<Accepted>> = BTreeMap::new();
    for fact in facts {
        let Fact::TlsEndpoint(endpoint) = fact else { continue };
        if is_unreachable(endpoint) {
            continue;
        }
        let place = format!("{}:{}", endpoint.host, endpoint.port);
        let all = found.entry(place).or_insert_with(|| Some(Accepted::default()));
        if !is_whole(endpoint) {
            *all = None;
        }
        if let Some((versions, weak)) = all {
            for (version, facts) in endpoint.accepted() {
                versions.push(version);
                let suites = facts.suites.iter().filter(|suite| support::is_broken(suite));
                weak.extend(suites.map(|suite| suite.name.clone()));
            }
        }
    }
    let found = found.into_iter().filter_map(|(place, all)| Some((place, all?)));
    // A service that accepts no version at all says nothing of TLS.
    let found = found.filter(|(_, (versions, _))| !versions.is_empty()).collect();
    by_place(found, |(versions, weak)| Remembered::Tls { versions: set(versions), weak_suites: set(weak) })
}

fn is_unreachable(endpoint: &TlsEndpoint) -> bool {
    endpoint
        .versions
        .iter()
        .all(|result| result.support.why_not().is_some_and(|why| why.kind == ReasonKind::Unreachable))
}

/// Every version was answered, and the suites of those that are accepted are all there.
pub(super) fn is_whole(endpoint: &TlsEndpoint) -> bool {
    endpoint.versions.iter().all(|result| !result.support.is_unmeasured())
        && endpoint.accepted().all(|(_, facts)| facts.suites_incomplete.is_none())
}
