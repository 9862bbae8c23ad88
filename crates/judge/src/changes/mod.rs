//! What changed since the last look, by rules: one file each.
//!
//! A change is told once, by the closest rule: the rules on one kind of memo decide by a classification that they share,
//! so that one of them speaks at most, and a finding that comes or goes with a change stands in it.

mod address_new_network;
mod address_private;
mod addresses;
mod caa_changed;
mod caa_loosened;
mod certificate;
mod certificate_key_other_names;
mod certificate_new_issuer;
mod certificate_not_public;
mod certificate_older;
mod certificate_renewed;
mod certificate_renewed_early;
mod certificate_unlogged;
mod certificate_unproved;
mod ds_changed;
mod ds_removed;
mod finding_appeared;
mod finding_gone;
mod finding_worse;
mod findings;
mod fold;
mod gateway_changed;
mod header_lost;
mod header_restored;
mod header_weaker;
mod headers;
mod host_key_added;
mod host_key_other;
mod host_key_went_back;
mod host_keys;
mod host_keys_all_other;
mod issuers;
mod lists;
mod mx_changed;
mod name_servers_changed;
mod rule;
mod tls;
mod tls_stronger;
mod tls_weaker;
mod trust_anchor_new;

use std::cmp::Reverse;

use midwatch_model::{Change, History, Memo, Time};

pub use fold::{Fold, WINDOW, fold};
pub use rule::{Found, Pair, Rule};

/// Every rule, by id.
pub(crate) static ALL: &[&Rule] = &[
    &address_new_network::RULE,
    &address_private::RULE,
    &caa_changed::RULE,
    &caa_loosened::RULE,
    &certificate_key_other_names::RULE,
    &certificate_new_issuer::RULE,
    &certificate_not_public::RULE,
    &certificate_older::RULE,
    &certificate_renewed::RULE,
    &certificate_renewed_early::RULE,
    &certificate_unlogged::RULE,
    &certificate_unproved::RULE,
    &ds_changed::RULE,
    &ds_removed::RULE,
    &finding_appeared::RULE,
    &finding_gone::RULE,
    &finding_worse::RULE,
    &gateway_changed::RULE,
    &header_lost::RULE,
    &header_restored::RULE,
    &header_weaker::RULE,
    &host_key_added::RULE,
    &host_key_other::RULE,
    &host_key_went_back::RULE,
    &host_keys_all_other::RULE,
    &mx_changed::RULE,
    &name_servers_changed::RULE,
    &tls_stronger::RULE,
    &tls_weaker::RULE,
    &trust_anchor_new::RULE,
];

/// What is remembered of a target, and what a look met.
#[derive(Clone, Copy, Debug)]
pub struct Looked<'a> {
    /// What is remembered, one for each place and kind.
    pub histories: &'a [History],
    /// What was met, by [`crate::memos()`].
    pub memos: &'a [Memo],
    /// The moment of the look.
    pub now: Time,
}

/// What changed, worst first, then by id and by place. What nothing is remembered of is no change.
pub fn changes(looked: &Looked<'_>) -> Vec<Change> {
    let mut told = Vec::new();
    for pair in pairs(looked, &[]) {
        if pair.memo.what.kind() != "findings" {
            run(&pair, &mut told);
        }
    }
    let mut told = merged(told);
    findings::add(looked, &mut told);
    let mut more = Vec::new();
    for pair in pairs(looked, &told) {
        if pair.memo.what.kind() == "findings" {
            run(&pair, &mut more);
        }
    }
    told.append(&mut more);
    told.sort_by(|a, b| (Reverse(a.severity), &a.id, &a.place).cmp(&(Reverse(b.severity), &b.id, &b.place)));
    told
}

/// One change for what is the same at several places of a site, or in several stores of this computer: a certificate for
/// a name with and without `www.` is renewed once. The shortest place names it.
fn merged(told: Vec<Change>) -> Vec<Change> {
    let mut all: Vec<Change> = Vec::new();
    for mut change in told {
        let same = all.iter_mut().find(|known| {
            (&known.id, &known.expected, &known.met) == (&change.id, &change.expected, &change.met)
                && findings::is_same_place(&known.place, &change.place)
        });
        match same {
            Some(known) => {
                if change.place.len() < known.place.len() {
                    std::mem::swap(known, &mut change);
                    // What was merged into the other one comes along.
                    let more = change.because.iter().filter(|line| line.starts_with(SAME_AT)).cloned();
                    known.because.extend(more);
                }
                known.severity = known.severity.max(change.severity);
                known.because.push(format!("{SAME_AT}{}.", change.place));
            }
            None => all.push(change),
        }
    }
    all
}

/// How the line begins that names another place of the same change.
const SAME_AT: &str = "It is the same at ";

fn run(pair: &Pair<'_>, told: &mut Vec<Change>) {
    for rule in ALL {
        let mut found = Found::new(rule, pair);
        (rule.find)(pair, &mut found);
        told.append(&mut found.list);
    }
}

/// What was met beside what is remembered of it, where the two differ.
fn pairs<'a>(looked: &'a Looked<'a>, told: &'a [Change]) -> impl Iterator<Item = Pair<'a>> {
    looked.memos.iter().filter_map(move |memo| {
        let kind = memo.what.kind();
        let mut histories = looked.histories.iter();
        let history = histories.find(|history| {
            let known = &history.latest.memo;
            known.place == memo.place && known.what.kind() == kind
        })?;
        (history.latest.memo.what != memo.what).then_some(Pair { history, memo, looked, told })
    })
}

/// The rule of an id.
fn rule_of(id: &str) -> Option<&'static Rule> {
    ALL.iter().find(|rule| rule.id == id).copied()
}

#[cfg(test)]
mod tests;
