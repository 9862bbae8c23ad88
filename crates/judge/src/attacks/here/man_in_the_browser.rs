//! Trust that was subverted on this computer.

use midwatch_model::{AttackId, Outcome, Station};

use crate::attack::{by_severity, link};
use crate::words;
use crate::{Attack, Scope};

pub(crate) static ATTACK: Attack = Attack {
    id: AttackId::ManInTheBrowser,
    about: "Somebody does not sit on the way but on this computer: with a root of theirs among those that are trusted, an \
            extension that reads every page, a library in every program, keys of connections that are written down, or \
            programs that were told not to verify.",
    gain: "Everything before it is encrypted and after it is opened, whatever the network does.",
    from: &[Station::You],
    decided: "Exposed where a root whose key is public is trusted, a browser can be steered from outside, or the secrets \
              of TLS are written down. Partly where a root is one of a product that opens TLS, a library is loaded into \
              every program, programs do not verify, or a Chromium is past ten weeks. Unknown where neither the stores nor the settings of this \
              computer could be read. Protected where what was read shows nothing of it; what could not be read stands \
              under what is not known.",
    defence: "Remove roots, extensions and settings that nobody put there on purpose, and keep the system up to date.",
    scope: Scope::Here,
    weigh: by_severity,
    exposed: "so somebody on this computer reads along, whatever the network does",
    partly: "so there is a way in on this computer",
    gaps: |view| {
        let local = &view.here.local;
        let stores = local.trust.iter().any(|seen| seen.fact.certificates.is_seen());
        match (stores, local.settings.is_empty()) {
            (true, false) => Vec::new(),
            (false, _) => vec![link("the roots that this computer trusts could not be read", &[])],
            (true, true) => vec![link("the settings of this computer were not read", &[])],
        }
    },
    reasons: |view| {
        let mut all = Vec::new();
        let local = &view.here.local;
        let read: Vec<_> = local.trust.iter().filter(|seen| seen.fact.certificates.is_seen()).collect();
        if !read.is_empty() {
            let stores: Vec<&str> = read.iter().map(|seen| seen.fact.store.as_str()).collect();
            let ids: Vec<&str> = read.iter().map(|seen| seen.id).collect();
            let private: usize =
                read.iter().map(|seen| seen.fact.private.len() + seen.fact.more as usize).sum();
            let text = format!(
                "the roots of {} were read: {}",
                words::some(&stores, 3),
                match private {
                    0 => "every root is of a public programme".to_owned(),
                    1 => "one root that no public programme has, not known as bad".to_owned(),
                    more => format!("{more} roots that no public programme has, none known as bad"),
                }
            );
            all.push(link(text, &ids));
        }
        for seen in &local.settings {
            let places = words::count(seen.fact.read.len(), "place");
            all.push(link(format!("{places} with settings of programs were read"), &[seen.id]));
        }
        all
    },
    remains: |view| {
        let mut all = vec!["Programs that hide from whoever runs this are not seen.".to_owned()];
        let unread: usize = view.here.local.settings.iter().map(|seen| seen.fact.unread.len()).sum();
        if unread > 0 {
            all.push(format!("{} could not be read.", words::count(unread, "place")));
        }
        let silent = view
            .here
            .local
            .trust
            .iter()
            .filter(|seen| matches!(seen.fact.certificates, Outcome::Unmeasured { .. }));
        all.extend(silent.map(|seen| format!("The roots of {} could not be read.", seen.fact.store)));
        all
    },
};
