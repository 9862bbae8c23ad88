//! Trust on first use: the first key is believed and kept, and another one later is not. As OpenSSH does with known_hosts.

use super::About;
use crate::story::attack::Attack;
use crate::story::letter::Introduction;
use crate::story::people::{Somebody, capital};

pub(crate) static ABOUT: About = About {
    id: "tofu",
    name: "memory",
    title: "Trust on first use, with memory",
    what: "Each believes the first key that comes for the other, keeps it, and stops when another one comes later.",
    fails: "The first meeting is as open as without it: whoever is there stays there. A new key of David's looks just like \
            Jessica's, so that the alarm is often a false one; and whoever is used to false alarms waves the true one away.",
    shown: &[Attack::SwapLater, Attack::SwapFirst, Attack::NewKey, Attack::Excuse],
};

/// Whether the key is the remembered one, or the first.
pub(super) fn judge(me: &mut Somebody, came: &Introduction) -> bool {
    let (they, other) = (me.they(), me.other());
    match me.remembered {
        None => {
            me.remembered = Some(came.key);
            me.sees(format!("It is {other}'s first: believes it, and keeps it in mind."));
            true
        }
        Some(known) if known == came.key => {
            me.sees("It is the key that was kept in mind.");
            true
        }
        Some(known) if me.used_to_warnings => {
            me.remembered = Some(came.key);
            me.sees(format!(
                "It is not the key {known} that was kept in mind. {} takes it for a new computer, and waves the warning away.",
                capital(they)
            ));
            true
        }
        Some(known) => {
            me.alarm(format!("It is not the key {known} that was kept in mind. {} stops.", capital(they)));
            false
        }
    }
}
