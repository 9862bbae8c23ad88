//! What the rules on TLS settings share.

use midwatch_model::{Remembered, TlsVersion};

use super::rule::Pair;
use crate::words;

/// A change of settings.
pub(super) struct Changed {
    /// What is weaker, a sentence each.
    pub(super) worse: Vec<String>,
    /// What is stronger.
    pub(super) better: Vec<String>,
    /// What was accepted, on one line.
    pub(super) was: String,
    /// What is.
    pub(super) is: String,
}

/// What differs from the last look.
pub(super) fn changed(pair: &Pair<'_>) -> Option<Changed> {
    let (
        Remembered::Tls { versions: before, weak_suites: weak_before },
        Remembered::Tls { versions: after, weak_suites: weak_after },
    ) = (pair.was(), pair.is())
    else {
        return None;
    };
    let old = |all: &[TlsVersion], than: &[TlsVersion]| -> Vec<String> {
        let old = all.iter().filter(|version| **version < TlsVersion::Tls12 && !than.contains(version));
        old.map(ToString::to_string).collect()
    };
    let suites = |all: &[String], than: &[String]| -> Vec<String> {
        all.iter().filter(|suite| !than.contains(suite)).cloned().collect()
    };
    let (best_before, best_after) = (before.iter().max(), after.iter().max());
    let mut changed = Changed {
        worse: vec![],
        better: vec![],
        was: line(before, weak_before),
        is: line(after, weak_after),
    };
    for (versions, weak, newest, said, list) in [
        (
            old(after, before),
            suites(weak_after, weak_before),
            best_before.filter(|_| best_after < best_before),
            "is accepted, and was not",
            &mut changed.worse,
        ),
        (
            old(before, after),
            suites(weak_before, weak_after),
            best_after.filter(|_| best_after > best_before),
            "is not accepted any more",
            &mut changed.better,
        ),
    ] {
        let all: Vec<String> = versions.into_iter().chain(weak).collect();
        if !all.is_empty() {
            let said = if all.len() > 1 {
                said.replacen("is ", "are ", 1).replace("was", "were")
            } else {
                said.into()
            };
            list.push(format!("{} {said}.", words::some(&all, 6)));
        }
        if let Some(version) = newest {
            list.push(match best_after < best_before {
                true => format!("{version} is not accepted any more, and no newer version is."),
                false => format!("{version} is accepted, which is newer than what was."),
            });
        }
    }
    Some(changed)
}

fn line(versions: &[TlsVersion], weak: &[String]) -> String {
    let versions: Vec<String> = versions.iter().map(ToString::to_string).collect();
    let weak = if weak.is_empty() { "no weak suite".to_owned() } else { weak.join(", ") };
    format!("{}; {weak}", versions.join(", "))
}

/// The findings on TLS that come and go with it.
pub(super) const EXPLAINS: &[&str] = &[
    "tls-anonymous-suite",
    "tls-beyond-guideline",
    "tls-cbc-suite",
    "tls-export-suite",
    "tls-no-modern-version",
    "tls-no-tls13",
    "tls-null-cipher",
    "tls-old-version",
    "tls-weak-cipher",
    "tls-fallback-scsv",
    "tls-no-aead",
    "tls-no-forward-secrecy",
    "tls-compression",
    "tls-insecure-renegotiation",
    "tls-no-extended-master-secret",
    "tls-addresses-differ",
    "tls-dh-small",
    "tls-dh-common-prime",
    "tls-no-post-quantum",
];
