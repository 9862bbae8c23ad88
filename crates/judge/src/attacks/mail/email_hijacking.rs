//! Mail read, changed or sent elsewhere: all that the other methods come to.

use midwatch_model::{AttackId, Because, Station};

use super::grounds;
use crate::{Attack, Scope, View};

pub(crate) static ATTACK: Attack = Attack {
    id: AttackId::EmailHijacking,
    about: "Somebody comes to have a domain's mail: on its way between two servers, at a server of their own that senders were led to, \
            or in the mailbox, with a password that went past in the clear.",
    gain: "The mail itself, and through it every account that can be reset by mail, certificates that are confirmed by mail, and \
           invoices with another account number.",
    from: &[Station::Wifi, Station::Router, Station::Dns, Station::Network],
    decided: "As open as the worst of eavesdropping, stripping, a forged server and forged DNS answers is for the domain's mail; forged senders are \
              left to impersonation. Unknown where one of them could not be measured, and protected where all are closed.",
    defence: "Signed zones with TLSA records (DANE), MTA-STS in mode enforce, STARTTLS on every server, and TLS from the first octet for \
              people's programs.",
    scope: Scope::Mail,
    weigh: grounds::weigh,
    exposed: "so the domain's mail can be read, changed or led elsewhere on its way",
    partly: "so some of the domain's mail can be read, changed or led elsewhere on its way",
    gaps: |view| all_of(view, &[grounds::no_proof, grounds::no_encryption, grounds::no_names]),
    reasons: |view| {
        all_of(
            view,
            &[
                grounds::no_mail,
                grounds::vouched,
                grounds::named,
                grounds::encrypted,
                grounds::implicit,
                grounds::certified,
            ],
        )
    },
    remains: |view| {
        let mut all = vec![
            "Every server that a mail passes can read it, and so can whoever takes over one of them; only what people encrypt \
             themselves (OpenPGP, S/MIME) is closed to them."
                .to_owned(),
        ];
        all.extend(grounds::other_senders(view));
        all.extend(grounds::not_looked_at(view));
        all
    },
};

/// What several grounds say, each once.
fn all_of(view: &View<'_>, grounds: &[fn(&View<'_>) -> Vec<Because>]) -> Vec<Because> {
    let mut all: Vec<Because> = Vec::new();
    for said in grounds.iter().flat_map(|of| of(view)) {
        if !all.contains(&said) {
            all.push(said);
        }
    }
    all
}
