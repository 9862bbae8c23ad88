//! Stores of trust anchors, and those that no public root programme has.

use midwatch_model::{AnchorOrigin, KnownAnchor, KnownBy, KnownKind, LocalTrust, PrivateAnchor};

use super::{Sheet, Table, each, told, unread};
use crate::words;

pub(super) fn sheet(trust: &LocalTrust) -> Sheet {
    let held = told(&trust.certificates, |count| words::count(*count as usize, "certificate"));
    // What the distribution hands on and no programme has any more is old, and nobody's work here.
    let added: Vec<String> = trust.private.iter().filter(|one| is_added(one)).map(anchor).collect();
    let handed_on = match trust.private.len() - added.len() {
        0 => String::new(),
        count => format!(", {count} of these handed on by the distribution"),
    };
    let own = match (trust.private.len() as u64 + u64::from(trust.more), trust.certificates.is_seen()) {
        (0, false) => String::new(),
        (0, true) => ", all in public programmes".into(),
        (count, _) => format!(", {count} of them in no public programme{handed_on}"),
    };
    let mut lines = vec![("roots", format!("{}: {held}{own}{}", trust.store, unread(trust.unread.len())))];
    lines.extend(each("  root", added));
    if trust.more > 0 {
        lines.push(("  root", format!("and {} more, which are not listed", trust.more)));
    }
    let holds = [(trust.store.as_str(), format!("{held}{own}"))];
    Sheet {
        heading: "Trust anchors",
        about: trust.store.clone(),
        lines,
        tables: vec![
            Table::list("The store", &["Store", "Holds"], &holds, |(store, text)| {
                vec![(*store).to_owned(), text.clone()]
            }),
            Table::list(
                "Trust anchors in no public programme",
                &["Subject", "Put there by", "Since", "May sign", "Valid until", "Key", "Known as", "Files"],
                &trust.private,
                row,
            ),
        ],
    }
}

/// All stores in one line.
pub(super) fn short(stores: &[&LocalTrust]) -> String {
    let read = stores.iter().filter(|store| store.certificates.is_seen()).count();
    let closed = match stores.len() - read {
        0 => String::new(),
        closed => format!(", {closed} could not be read"),
    };
    format!("{} read{closed}; {}", words::count(read, "store"), added(stores.iter().copied()))
}

/// How many roots were added here, each counted once whatever the stores that hold it.
pub(crate) fn added<'a>(stores: impl Iterator<Item = &'a LocalTrust>) -> String {
    let (mut own, mut is_cut) = (Vec::new(), false);
    for store in stores {
        own.extend(store.private.iter().filter(|one| is_added(one)).map(|one| one.sha256.as_str()));
        is_cut |= store.more > 0;
    }
    own.sort_unstable();
    own.dedup();
    match (own.len(), is_cut) {
        (0, false) => "no roots added".into(),
        (0, true) => "no roots added, of those that are listed".into(),
        (count, false) => format!("{} added", words::count(count, "root")),
        (count, true) => format!("{} or more added", words::count(count, "root")),
    }
}

fn is_added(anchor: &PrivateAnchor) -> bool {
    anchor.origin != AnchorOrigin::Distribution
}

fn row(anchor: &PrivateAnchor) -> Vec<String> {
    vec![
        anchor.subject.clone(),
        origin(anchor.origin).into(),
        anchor.since.map(words::day).unwrap_or_else(|| "not known".into()),
        signs(anchor),
        words::day(anchor.not_after),
        anchor.key.clone(),
        anchor.known.as_ref().map(known).unwrap_or_default(),
        anchor.files.join(", "),
    ]
}

fn anchor(anchor: &PrivateAnchor) -> String {
    let mut parts = vec![format!("by {}", origin(anchor.origin))];
    parts.extend(anchor.since.map(|since| format!("since {}", words::day(since))));
    parts.push(format!("signs {}", signs(anchor)));
    parts.extend(anchor.known.as_ref().map(|one| format!("known as {}", one.name)));
    format!("{} ({})", anchor.subject, parts.join("; "))
}

/// What it may sign for.
fn signs(anchor: &PrivateAnchor) -> String {
    if !anchor.is_ca {
        return "nothing but itself".into();
    }
    let names = match anchor.permitted.as_slice() {
        [] => "any name".to_owned(),
        some => super::some(some),
    };
    match anchor.purposes.as_slice() {
        [] => names,
        purposes => format!("{names}, for {}", words::and(purposes)),
    }
}

fn origin(origin: AnchorOrigin) -> &'static str {
    match origin {
        AnchorOrigin::Distribution => "the distribution",
        AnchorOrigin::Administrator => "an administrator",
        AnchorOrigin::User => "the user",
    }
}

fn known(known: &KnownAnchor) -> String {
    let kind = match known.kind {
        KnownKind::SecurityProduct => "security software",
        KnownKind::Proxy => "a proxy that opens TLS",
        KnownKind::DeveloperTool => "a developer's tool",
        KnownKind::BadRoot => "a misused root",
    };
    let by = match known.by {
        KnownBy::Name => "by its name, which anybody can write",
        KnownBy::Key => "by its key",
    };
    format!("{}, {kind}, {by} ({})", known.name, known.source)
}

#[cfg(test)]
mod tests {
    use midwatch_model::Outcome;

    use super::*;

    #[test]
    fn old_roots_of_the_distribution_are_counted_apart() {
        let report = crate::sample::here();
        let store = report.targets[0].observations.iter().find_map(|observation| match &observation.fact {
            midwatch_model::Fact::LocalTrust(trust) => Some((**trust).clone()),
            _ => None,
        });
        let mut store = store.expect("a store");
        assert_eq!(added([&store].into_iter()), "3 roots or more added");
        store.more = 0;
        store.certificates = Outcome::seen(140);
        assert_eq!(added([&store, &store].into_iter()), "3 roots added");
        store.private[1].origin = AnchorOrigin::Distribution;
        assert_eq!(added([&store].into_iter()), "2 roots added");
        let sheet = sheet(&store);
        let head = "system: 140 certificates, 3 of them in no public programme, 1 of these handed on by the distribution";
        assert_eq!(sheet.lines[0].1, head);
        assert_eq!(sheet.lines.len(), 3, "a line for each that was added");
        store.private.clear();
        assert_eq!(short(&[&store]), "1 store read; no roots added");
    }
}
