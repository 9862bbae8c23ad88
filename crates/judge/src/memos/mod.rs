//! What is remembered of a look at a target: one file for each kind.
//!
//! A memo leaves out what differs from look to look although nothing has changed. What was not measured gives none, and
//! where a kind is put together of several answers, each file says what an answer that did not come does to it: lists
//! that may be short without anything having gone are compared by what is new in them alone (see `changes`), and where
//! that is not enough, there is no memo.

mod addresses;
mod anchors;
mod caa;
mod certificates;
mod delegation;
mod ds;
mod findings;
mod gateways;
mod headers;
mod host_keys;
mod measured;
mod mx;
mod tls;

use std::collections::BTreeMap;

use midwatch_model::{Fact, Memo, Remembered, ResolverFault, State, TargetReport};

pub(crate) use findings::{CRAWL, PAGE};

/// Records of a list that a memo keeps: what facts hold themselves at most, several addresses together.
const MOST: usize = 1_000;

/// What is to be remembered of one look, sorted by place and kind, one of each at most.
///
/// A target that did not answer may still have told something, such as where its name leads to now: each fact speaks for
/// itself. Only of the checks there is then no word, since they had nothing to look at.
pub fn memos(report: &TargetReport) -> Vec<Memo> {
    let facts: Vec<&Fact> = report.observations.iter().map(|observation| &observation.fact).collect();
    let mut all: Vec<Memo> = Vec::new();
    for kind in [
        addresses::memos,
        anchors::memos,
        caa::memos,
        certificates::memos,
        delegation::memos,
        ds::memos,
        gateways::memos,
        headers::memos,
        host_keys::memos,
        mx::memos,
        tls::memos,
    ] {
        all.extend(kind(&facts));
    }
    if report.state != State::NotMeasured {
        all.push(findings::memo(report));
    }
    all.sort_by(|a, b| (&a.place, a.what.kind()).cmp(&(&b.place, b.what.kind())));
    all
}

/// True where the resolver answers for names that do not exist, so that what it says of records is no word of a zone's. The
/// addresses that it gives are remembered all the same: to be led elsewhere is what it comes to.
fn resolver_lies(facts: &[&Fact]) -> bool {
    facts.iter().any(|fact| {
        matches!(fact, Fact::Dnssec(dnssec) if dnssec.faults.contains(&ResolverFault::AnswersEverything))
    })
}

/// A memo for each place, of what was gathered there.
fn by_place<T>(found: BTreeMap<String, T>, what: impl Fn(T) -> Remembered) -> Vec<Memo> {
    found.into_iter().map(|(place, value)| Memo { place, what: what(value) }).collect()
}

/// Sorted, without doubles, and bounded.
fn set<T: Ord>(mut list: Vec<T>) -> Vec<T> {
    list.sort();
    list.dedup();
    list.truncate(MOST);
    list
}

#[cfg(test)]
mod tests;
