//! Reading mail as it goes past.

use midwatch_model::{AttackId, Station};

use super::grounds;
use crate::{Attack, Scope};

pub(crate) static ATTACK: Attack = Attack {
    id: AttackId::Eavesdropping,
    about: "Somebody who listens in a network between two mail servers, or on the Wi-Fi of somebody who reads mail, reads along where \
            there is no TLS, or one that can be opened.",
    gain: "Mail with all that is attached to it, and on the Wi-Fi the password to the whole mailbox.",
    from: &[Station::Wifi, Station::Router, Station::Network],
    decided: "Exposed where a server that takes mail or that people's programs use offers no TLS, takes a password before it, or \
              accepts TLS that can be opened. Partly where a recording can be opened later or some programs are concerned. Unknown \
              where the MX records, or the TLS of one of the servers, could not be measured. Protected where every server encrypts, \
              and the domain's own document leads no program to plain text.",
    defence: "Offer STARTTLS on port 25, and TLS from the first octet (465, 993, 995) to people's programs; take no password before TLS.",
    scope: Scope::Mail,
    weigh: grounds::weigh,
    exposed: "so whoever listens on the way reads mail as it goes past",
    partly: "so whoever listens on the way can read some of the mail, or a recording of it",
    gaps: grounds::no_encryption,
    reasons: |view| {
        let mut all = grounds::no_mail(view);
        all.extend(grounds::encrypted(view));
        all
    },
    remains: |view| {
        let mut all = vec![
            "Who writes to whom, and when, stays visible at each end; and every server that a mail passes can read it, unless \
             people encrypt it themselves (OpenPGP, S/MIME)."
                .to_owned(),
        ];
        all.extend(grounds::not_looked_at(view));
        all
    },
};
