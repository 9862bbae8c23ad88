//! A store of trust anchors has another private one.

use midwatch_model::{AttackId::*, Severity};

use super::rule::{Pair, Rule};
use midwatch_model::{AnchorMemo, Remembered};

pub(crate) static RULE: Rule = Rule {
    id: "trust-anchor-new",
    title: "A store of trust anchors has another private one",
    severity: Severity::Medium,
    about: "Whoever holds the key of a trust anchor can be any site to the programs that use the store. New \
            ones come with security software and with employers, and with malware.",
    decided: "An anchor that no public root programme has, and that the last look at the same store did not have; where that \
              look could not read all of the store, one that no earlier look had either. Unclear. As bad as the worst \
              finding that comes with it, medium at least.",
    benign: &[
        "Security software, a proxy of the employer's, or a tool of developers that was installed.",
        "A file that could not be read before.",
    ],
    advice: "Find out what put it there. What nobody needs is taken out, and where the program is malware, \
             the computer is set up anew.",
    source: "RFC 5280 6.1.1; RFC 8446 4.4.2.4",
    attacks: &[ManInTheBrowser, Impersonation],
    explains: &[
        "trust-anchor-interception-product",
        "trust-anchor-known-bad",
        "trust-anchor-private",
        "ca-bundle-replaced",
        "here-root-not-public",
    ],
    find: |pair, found| {
        let Remembered::Anchors { anchors: is } = pair.is() else { return };
        let known: Vec<&AnchorMemo> = pair
            .known()
            .flat_map(
                |what| if let Remembered::Anchors { anchors } = what { anchors.as_slice() } else { &[] },
            )
            .collect();
        let Remembered::Anchors { anchors: latest } = pair.was() else { return };
        let whole = last_was_whole(pair);
        // Of a store that was not read wholly the last time, one that was there before may have been there still.
        let was_there = |one: &AnchorMemo| {
            let is = |known: &AnchorMemo| known.sha256 == one.sha256;
            latest.iter().any(is) || (!whole && known.iter().any(|known| is(known)))
        };
        let new: Vec<&AnchorMemo> = is.iter().filter(|one| !was_there(one)).collect();
        let Some(first) = new.first() else { return };
        let what = match (new.len(), first.subject.as_str()) {
            (1, "") => "another trust anchor".to_owned(),
            (1, subject) => format!("another trust anchor: {subject}"),
            (many, _) => format!("{many} more trust anchors"),
        };
        let line = |one: &&AnchorMemo| {
            let known = one.known.as_ref().map(|known| format!(", known as {known}"));
            format!("{} (SHA-256 {}){}", one.subject, one.sha256, known.unwrap_or_default())
        };
        found
            .at(format!("The trust store {} has {what}", pair.place()))
            .differs(new.iter().map(|one| format!("no {}", one.subject)), new.iter().map(line));
    },
};

/// The last look read the whole store, as its word on findings says.
fn last_was_whole(pair: &Pair<'_>) -> bool {
    let key = format!("local-trust {}", pair.place());
    pair.looked.histories.iter().any(|history| {
        matches!(&history.latest.memo.what, Remembered::Findings { measured, .. } if measured.contains(&key))
    })
}
