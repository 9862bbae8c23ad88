//! Reading along where a connection begins in plain text.

use midwatch_model::{AttackId, Station, Verdict};

use super::grounds;
use crate::attack::by_severity;
use crate::attacks::{reasons, remains};
use crate::{Attack, Scope};

pub(crate) static ATTACK: Attack = Attack {
    id: AttackId::Eavesdropping,
    about: "Somebody who shares the Wi-Fi, runs the router or works in a network between reads what goes past. A connection that \
            begins in plain text can be read until TLS begins, and to its end where it never does.",
    gain: "Names and passwords, mail and messages.",
    from: &[Station::Wifi, Station::Router, Station::Network],
    decided: "Exposed where TLS is not offered or is refused, where commands in plain text are carried over into TLS, or where the \
              encryption itself can be opened (SSL 2.0 or 3.0, nothing newer than TLS 1.1, suites without encryption or without a \
              certificate, export suites, short keys). Partly where login is offered before TLS, which programs without TLS then use, \
              where only old clients are concerned, or where a recording can be opened later (no forward secrecy, small primes). Unknown \
              where what is said before TLS, or the versions or suites of TLS, could not be measured. Protected where TLS begins, nobody \
              logs in before it, and only TLS 1.2 or later with sound suites is accepted.",
    defence: "Offer TLS with a certificate, take logins inside it alone, and allow TLS 1.2 and 1.3 alone.",
    scope: Scope::Starttls,
    weigh: |finding| match finding.id.as_str() {
        "starttls-plain-login" => by_severity(finding).map(|verdict| verdict.min(Verdict::Partly)),
        _ => by_severity(finding),
    },
    exposed: "so whoever shares the Wi-Fi, or runs the router or a network between, reads it as it goes past",
    partly: "so whoever is on the way can read what some programs send, at some moments",
    gaps: |view| {
        let mut all = grounds::gaps(view);
        all.extend(grounds::password_gaps(view));
        all.extend(grounds::version_gaps(view));
        all
    },
    reasons: |view| {
        let mut all = grounds::begins(view);
        all.extend(grounds::no_login(view));
        all.extend(reasons::modern_versions(view));
        all.extend(reasons::forward_secrecy(view));
        all
    },
    remains: |view| {
        let mut all = vec![
            "What is said before TLS, the addresses, and how much goes to and fro stay visible to everybody on the way."
                .to_owned(),
        ];
        all.extend(remains::addresses(view));
        all
    },
};
