//! What the rules on host keys share: which of them a change is, so that one of them tells it.

use midwatch_model::{HostKeyMemo, Remembered};

use super::rule::Pair;

/// What a change of host keys is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A key of a new type, beside one that is known.
    Added,
    /// A key of a known type is another one, and one that is known is there.
    Other,
    /// None that is known is there.
    AllOther,
    /// A key that was there before the last one.
    WentBack,
}

/// A change of host keys.
pub(super) struct Changed<'a> {
    pub(super) kind: Kind,
    /// What is remembered of the types that differ.
    expected: Vec<&'a HostKeyMemo>,
    /// What was met of them.
    met: Vec<&'a HostKeyMemo>,
    /// Keys that are known and were met.
    kept: Vec<&'a HostKeyMemo>,
    /// What is back was met in no fewer looks than what it takes the place of.
    pub(super) home: bool,
}

fn keys(what: &Remembered) -> &[HostKeyMemo] {
    match what {
        Remembered::HostKeys { keys } => keys,
        _ => &[],
    }
}

/// What differs from what is remembered, where it is a change. A key that is not met is none: its type may not have been
/// answered.
pub(super) fn changed<'a>(pair: &Pair<'a>) -> Option<Changed<'a>> {
    let Remembered::HostKeys { keys: met } = pair.is() else { return None };
    let latest = keys(pair.was());
    let known: Vec<&HostKeyMemo> = pair.known().flat_map(keys).collect();
    let is_known = |key: &HostKeyMemo| known.iter().any(|known| known.fingerprint == key.fingerprint);
    let (kept, new): (Vec<&HostKeyMemo>, Vec<&HostKeyMemo>) = met.iter().partition(|key| is_known(key));
    let of_types = |of: &[&HostKeyMemo]| -> Vec<&'a HostKeyMemo> {
        latest.iter().filter(|key| of.iter().any(|one| one.key_type == key.key_type)).collect()
    };
    if !new.is_empty() {
        if kept.is_empty() {
            return Some(Changed {
                kind: Kind::AllOther,
                expected: latest.iter().collect(),
                met: new,
                kept,
                home: false,
            });
        }
        let of_known_type = |key: &&&HostKeyMemo| known.iter().any(|one| one.key_type == key.key_type);
        let replaced: Vec<&HostKeyMemo> = new.iter().filter(of_known_type).copied().collect();
        return Some(match replaced.is_empty() {
            true => Changed { kind: Kind::Added, expected: vec![], met: new, kept, home: false },
            false => {
                // The key of the type may be one of an earlier look alone.
                let mut expected = of_types(&replaced);
                if expected.is_empty() {
                    let types = |key: &&&HostKeyMemo| replaced.iter().any(|one| one.key_type == key.key_type);
                    expected = known.iter().filter(types).copied().collect();
                    expected.dedup();
                }
                Changed { kind: Kind::Other, expected, met: replaced, kept, home: false }
            }
        });
    }
    // Back: of a type, none of those that were there last, and never one of those beside it in one look.
    let back: Vec<&HostKeyMemo> = met
        .iter()
        .filter(|key| {
            let mut last = latest.iter().filter(|one| one.key_type == key.key_type).peekable();
            last.peek().is_some()
                && last.all(|one| {
                    !met.iter().any(|met| met.fingerprint == one.fingerprint)
                        && !pair.known().any(|what| {
                            let all = keys(what);
                            let has = |key: &HostKeyMemo| {
                                all.iter().any(|known| known.fingerprint == key.fingerprint)
                            };
                            has(key) && has(one)
                        })
                })
        })
        .collect();
    if back.is_empty() {
        return None;
    }
    let expected = of_types(&back);
    let looks = |of: &[&HostKeyMemo]| {
        pair.looks_with(|what| {
            keys(what).iter().any(|key| of.iter().any(|one| one.fingerprint == key.fingerprint))
        })
    };
    let home = looks(&back) >= looks(&expected);
    Some(Changed { kind: Kind::WentBack, expected, met: back, kept: vec![], home })
}

impl Changed<'_> {
    /// The lines of what was expected and of what was met.
    pub(super) fn lines(&self) -> (Vec<String>, Vec<String>) {
        let lines = |all: &[&HostKeyMemo]| -> Vec<String> {
            all.iter().map(|key| format!("{} {}", key.key_type, key.fingerprint)).collect()
        };
        let expected = match self.kind {
            Kind::Added => self.met.iter().map(|key| format!("no {}", key.key_type)).collect(),
            _ => lines(&self.expected),
        };
        (expected, lines(&self.met))
    }

    /// What bears on how likely it is benign.
    pub(super) fn reasons(&self) -> Vec<String> {
        if self.kept.is_empty() {
            return vec!["The server proved to hold no key that is known.".to_owned()];
        }
        let kept: Vec<&str> = self.kept.iter().map(|key| key.key_type.as_str()).collect();
        vec![format!("The server proved to hold the known key for {} as well.", kept.join(", "))]
    }
}

/// The findings on host keys that come and go with them.
pub(super) const EXPLAINS: &[&str] = &[
    "host-key-changed",
    "host-key-revoked",
    "host-key-unknown",
    "host-key-sha1",
    "host-key-small",
    "host-key-unproved",
    "host-certificate-invalid",
];
