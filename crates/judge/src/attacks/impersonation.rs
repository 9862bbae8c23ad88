//! A forged, mis-issued or substituted certificate.

use midwatch_model::{AttackId, Station};

use super::{gaps, names, reasons, remains};
use crate::{Attack, Scope};

pub(crate) static ATTACK: Attack = Attack {
    id: AttackId::Impersonation,
    about: "Somebody in the middle shows a certificate of their own. A browser refuses it, unless an authority was \
            fooled, or visitors have learnt to click the warning away because the real certificate brings one too.",
    gain: "To be the site for a visitor, with a padlock that looks right or a warning that looks familiar.",
    from: &[Station::Wifi, Station::Router, Station::Dns, Station::Network],
    decided: "Exposed where the certificate of the host is refused by every trust store asked: a forged one then \
              looks the same. Exposed as well where suites without any certificate are accepted, its key or hash \
              can be broken, or it is publicly trusted and in no log, which a certificate issued in secret would be. \
              Partly where only some clients refuse it (an intermediate is missing, a promised staple is not sent), \
              where its key or hash is weak, where it ends within days, where it may be in a log that was not seen, \
              and where only the sibling name (www.) has such a fault. Unknown where the chain was not met. Protected where a path to \
              a trusted root is valid for the host, now.",
    defence: "Get a certificate from a public authority for every name that visitors use, send the whole chain, and \
              renew it by itself (ACME).",
    scope: Scope::Services,
    weigh: names::weigh,
    exposed: "so a forged certificate looks to visitors just like the real one",
    partly: "so for some clients or names a forged certificate looks just like the real one",
    gaps: gaps::certificate,
    reasons: |view| {
        let mut all = reasons::certificate(view);
        if !all.is_empty() {
            all.extend(reasons::logged(view));
            all.extend(reasons::not_revoked(view));
            all.extend(reasons::hsts(view));
        }
        all
    },
    remains: |view| {
        let mut all = remains::mis_issue(view);
        all.extend(remains::addresses(view));
        all
    },
};
