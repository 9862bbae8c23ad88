//! Reading along on Wi-Fi or on the wire.

use midwatch_model::{AttackId, Station};

use super::{gaps, reasons, remains};
use crate::attack::by_severity;
use crate::{Attack, Scope};

pub(crate) static ATTACK: Attack = Attack {
    id: AttackId::Eavesdropping,
    about: "Somebody who shares the Wi-Fi, runs the router or works in a network between reads what goes past. It \
            takes no skill and leaves no trace: over plain http every address, page, form and cookie can be read as \
            it is, and old or broken encryption can be opened, at once or from a recording.",
    gain: "Everything that is read and typed: pages, searches, forms, passwords, cookies.",
    from: &[Station::Wifi, Station::Router, Station::Network],
    decided: "Exposed where a page is shown over plain http, a form is sent there, or the encryption itself can be \
              opened (SSL 2.0 or 3.0, nothing newer than TLS 1.1, suites without encryption or without a \
              certificate, export suites, short keys). Partly where that concerns only old clients or browsers \
              that have never been here, or where a recording can be opened later (no forward secrecy, small \
              primes). Unknown where a way in, an answer of plain http, a TLS version or the suites of one could \
              not be measured. Protected where plain http shows nothing, no page sends anything there, and only \
              TLS 1.2 or later with sound suites is accepted.",
    defence: "Answer plain http with redirects alone, send every form to https, and allow TLS 1.2 and 1.3 alone.",
    scope: Scope::Services,
    weigh: by_severity,
    exposed: "so whoever shares the Wi-Fi, or runs the router or a network between, reads it as it goes past",
    partly: "so whoever is on the way can read what some visitors send, at some moments",
    gaps: |view| {
        let mut all = gaps::ways_in(view);
        all.extend(gaps::plain_pages(view));
        all.extend(gaps::versions(view));
        all
    },
    reasons: |view| {
        let mut all = reasons::nothing_plain(view);
        all.extend(reasons::pages(view));
        all.extend(reasons::modern_versions(view));
        all.extend(reasons::forward_secrecy(view));
        all
    },
    remains: |view| {
        let mut all = vec![
            "The name of the host, the addresses, and how much goes to and fro stay visible to everybody on the way."
                .to_owned(),
        ];
        all.extend(remains::not_looked_at(view));
        all
    },
};
