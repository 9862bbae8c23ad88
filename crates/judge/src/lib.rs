//! What observations mean: findings, verdicts on attack methods, and marks on the way to the target.
//!
//! Everything here is pure. The same target, observations and time give the same judgement, byte for byte.
//!
//! - [`Check`]: from observations to findings, one file each under `checks/`.
//! - [`Attack`]: from findings and observations to a verdict, one file each under `attacks/`.
//! - [`fixes`]: the configuration lines that findings carry.
//! - [`memos()`]: what is remembered of a look at a target; [`changes()`]: what differs from what is remembered, by
//!   [`Rule`]s, one file each under `changes/`; [`fold`]: which of it is the going back and forth of an earlier event.
//! - [`View`]: the observations of one target, indexed the way checks ask for them.
//!
//! To add a check, write its file under `checks/` and name it in `checks/mod.rs`.

mod attack;
mod attacks;
mod caa;
mod changes;
mod check;
mod checks;
mod ct_policy;
mod explain;
pub mod fixes;
mod mail;
mod memos;
mod news;
mod path;
mod programs;
mod sessions;
mod site_faults;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
#[cfg(test)]
mod tests;
mod view;
mod words;

use std::cmp::Reverse;

use midwatch_model::{AttackVerdict, Finding, Observation, PathHop, Target, Time};

pub use attack::{Attack, Scope};
pub use changes::{Fold, Found, Looked, Pair, Rule, WINDOW, changes, fold};
pub use check::{Check, Findings};
pub use explain::{explain, ids, nearest};
pub use memos::memos;
pub use news::news;
pub use sessions::{NoSession, SessionSigns, session_signs};
pub use view::View;

/// What the observations of one target mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// What the checks say, worst first, then by id and by place.
    pub findings: Vec<Finding>,
    /// One verdict for each attack method that can concern the target, in the order of reports.
    pub attacks: Vec<AttackVerdict>,
    /// Every station of the way with its mark.
    pub path: Vec<PathHop>,
}

/// Judges what was seen of `target`. Certificates and cookies are judged as of `now`.
pub fn judge(target: &Target, observations: &[Observation], now: Time) -> Judgement {
    let servers = view::mail::servers(target, observations);
    let view = View::with_servers(target, &servers, observations, now);
    let mut findings: Vec<Finding> = checks().iter().flat_map(|check| check.run(&view)).collect();
    findings.extend(site_faults::findings(&view));
    findings.extend(mail::of_servers(&view));
    findings.sort_by(|a, b| {
        (Reverse(a.severity), &a.id, &a.place, &a.title).cmp(&(
            Reverse(b.severity),
            &b.id,
            &b.place,
            &b.title,
        ))
    });
    let attacks: Vec<AttackVerdict> = attacks()
        .iter()
        .filter(|attack| attack.concerns(target))
        .map(|attack| attack.verdict(&view, &findings))
        .collect();
    let path = path::path(&view, &attacks, &findings);
    Judgement { findings, attacks, path }
}

/// Every check, by id.
pub fn checks() -> &'static [&'static Check] {
    checks::ALL
}

/// Every rule on changes, by id.
pub fn rules() -> &'static [&'static Rule] {
    changes::ALL
}

/// Every attack method that can be judged, in the order of reports.
pub fn attacks() -> &'static [&'static Attack] {
    attacks::ALL
}
