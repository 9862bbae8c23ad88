//! The name servers of the zone are others.

use midwatch_model::{AttackId::*, Severity};

use super::lists;
use super::rule::Rule;
use crate::words;
use midwatch_model::{Likelihood, Remembered};

pub(crate) static RULE: Rule = Rule {
    id: "name-servers-changed",
    title: "The name servers of the zone are others",
    severity: Severity::Low,
    about: "Name servers answer for everything below a name: where its visitors go, where its mail goes, and \
            whether an authority issues a certificate for it. Who takes over an account at a registrar \
            begins here.",
    decided: "The list of name servers is another one. High and unclear where none of those that were there \
              last is left; low and unclear where some are left and others came; info and benign where some \
              went and none came. Names that are back from an earlier look are named as such.",
    benign: &[
        "The zone moved to another provider.",
        "The provider gave its servers other names, or added some.",
    ],
    advice: "Look in the account at the registrar whether the change is yours. If not, change its password, \
             and have the registrar lock the name.",
    source: "RFC 1034 4.2; RFC 1035 3.3.11",
    attacks: &[DnsSpoofing, Impersonation, EmailHijacking],
    explains: &["ns-differ", "glue-differ", "lame-delegation", "dangling-ns"],
    find: |pair, found| {
        let (Remembered::Delegation { name_servers: was }, Remembered::Delegation { name_servers: is }) =
            (pair.was(), pair.is())
        else {
            return;
        };
        let (came, kept) = (lists::beyond(is, was), is.iter().any(|name| was.contains(name)));
        let known: Vec<&String> = pair
            .known()
            .flat_map(|what| {
                if let Remembered::Delegation { name_servers } = what { name_servers.as_slice() } else { &[] }
            })
            .collect();
        let title = if kept { "has other name servers" } else { "has other name servers altogether" };
        let draft = found.at(format!("{} {title}", pair.place())).differs(was, is);
        match (kept, came.is_empty()) {
            (false, _) => {
                let draft = draft.severity(Severity::High).because("None of those that were there is left.");
                if came.iter().all(|name| known.contains(name)) {
                    draft.because("All of them were met before.");
                }
            }
            (true, false) => {
                draft.because(format!("Came: {}.", words::some(&came, 6)));
            }
            (true, true) => {
                draft
                    .severity(Severity::Info)
                    .likely(Likelihood::Benign)
                    .because("Some are gone, and none came.");
            }
        }
    },
};
