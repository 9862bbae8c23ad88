//! Taking the protection away, or forcing a weaker one.

use midwatch_model::{AttackId, Station, Verdict};

use super::{gaps, reasons, remains};
use crate::attack::by_severity;
use crate::{Attack, Scope};

pub(crate) static ATTACK: Attack = Attack {
    id: AttackId::StrippingAndDowngrade,
    about: "Somebody in the middle keeps the visitor on plain http while speaking https to the site, since a browser \
            that is not told otherwise may begin with http and believes the answer. Or they push both sides back to \
            a version or a cipher that can be broken.",
    gain: "The whole visit in the clear, with every password, while the site sees nothing unusual.",
    from: &[Station::Wifi, Station::Router, Station::Dns, Station::Network],
    decided: "Exposed where the host sends no Strict-Transport-Security that browsers take, serves pages over \
              plain http, a redirect leads back to http, or versions or suites are accepted that can be broken \
              (SSL 2.0 or 3.0, nothing newer than TLS 1.1, no encryption, no certificate, export suites, short \
              keys). Partly where the policy is shorter than a year (31,536,000 s, hstspreload.org), where the \
              name that visitors type is never told (the first redirect leaves the host), and where deprecated \
              versions or weak ciphers are accepted. Unknown where a way in or the TLS versions could not be \
              measured, and where the site is named by an address, for which there is no HSTS. Protected where \
              HSTS lasts a year or more, plain http shows nothing, and only TLS 1.2 or later is accepted.",
    defence: "Send Strict-Transport-Security for a year or more with includeSubDomains, redirect http to https on the \
              same host, and allow TLS 1.2 and 1.3 alone.",
    scope: Scope::Services,
    weigh: |finding| match finding.id.as_str() {
        "hsts-short" | "redirect-off-host" => Some(by_severity(finding).unwrap_or(Verdict::Partly)),
        _ => by_severity(finding),
    },
    exposed: "so somebody on the way can keep visitors on plain http, and read and change everything",
    partly: "so somebody on the way can take the protection away from some visitors, or weaken it",
    gaps: |view| {
        let mut all = gaps::ways_in(view);
        all.extend(gaps::hsts(view));
        all.extend(gaps::plain_pages(view));
        all.extend(gaps::versions(view));
        all
    },
    reasons: |view| {
        let mut all = reasons::hsts(view);
        all.extend(reasons::preloaded(view));
        all.extend(reasons::nothing_plain(view));
        all.extend(reasons::modern_versions(view));
        all.extend(reasons::fallback(view));
        all
    },
    remains: |view| {
        let mut all = remains::first_visit(view);
        all.extend(remains::not_looked_at(view));
        all
    },
};
