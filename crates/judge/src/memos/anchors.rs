//! Trust anchors that no public root programme has. A file that could not be read makes the list of its store short, so
//! that only an anchor that was never met is a change.

use std::collections::BTreeMap;

use midwatch_model::{AnchorMemo, Fact, Memo, Remembered};

use super::{by_place, set};

pub(super) fn memos(facts: &[&Fact]) -> Vec<Memo> {
    let mut found: BTreeMap<String, Vec<AnchorMemo>> = BTreeMap::new();
    for fact in facts {
        if let Fact::LocalTrust(trust) = fact
            && trust.certificates.is_seen()
        {
            let anchors = trust.private.iter().map(|anchor| AnchorMemo {
                sha256: anchor.sha256.clone(),
                subject: anchor.subject.clone(),
                known: anchor.known.as_ref().map(|known| known.name.clone()),
            });
            found.entry(trust.store.clone()).or_default().extend(anchors);
        }
    }
    by_place(found, |anchors| Remembered::Anchors { anchors: set(anchors) })
}
