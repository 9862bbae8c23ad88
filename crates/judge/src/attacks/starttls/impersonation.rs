//! A forged, mis-issued or substituted certificate, where a connection begins in plain text.

use midwatch_model::{AttackId, Station};

use super::grounds;
use crate::attacks::{names, reasons, remains};
use crate::{Attack, Scope};

pub(crate) static ATTACK: Attack = Attack {
    id: AttackId::Impersonation,
    about: "Somebody in the middle shows a certificate of their own. A program that verifies it refuses, unless an authority was fooled, \
            or its user has learnt to go on all the same because the real certificate brings a warning too. Mail servers that send to \
            another verify nothing as a rule.",
    gain: "To be the server for whoever connects: to be told the password, and to be handed the mail.",
    from: &[Station::Wifi, Station::Router, Station::Dns, Station::Network],
    decided: "Exposed where TLS is not there at all, where the certificate of the host is refused by every trust store asked, where \
              suites without any certificate are accepted, or where its key or hash can be broken. Partly where only some clients refuse \
              it, where its key or hash is weak, where it ends within days, and for mail between servers where no signed TLSA records \
              tell senders by what to verify it. Unknown where the chain, or those records, could not be measured. Protected where a path \
              to a trusted root is valid for the host, now; for mail between servers, where signed TLSA records are there.",
    defence: "Get a certificate from a public authority for the name that programs are set to, send the whole chain, and renew it by \
              itself (ACME); for mail between servers publish TLSA records or a policy of MTA-STS.",
    scope: Scope::Starttls,
    weigh: names::weigh,
    exposed: "so a forged certificate looks to programs and their users just like the real one",
    partly: "so for some programs a forged certificate looks just like the real one",
    gaps: |view| {
        let mut all = grounds::gaps(view);
        all.extend(grounds::identity_gaps(view));
        all
    },
    reasons: |view| {
        let mut all = grounds::identity(view);
        if !all.is_empty() {
            all.extend(reasons::logged(view));
            all.extend(reasons::not_revoked(view));
        }
        all
    },
    remains: |view| {
        let mut all = grounds::authorities(view);
        all.extend(grounds::remains(view));
        all.extend(remains::addresses(view));
        all
    },
};
