//! Changing what is sent, or adding to it.

use midwatch_model::{AttackId, Station, Verdict};

use super::{gaps, reasons, remains};
use crate::attack::by_severity;
use crate::{Attack, Scope};

pub(crate) static ATTACK: Attack = Attack {
    id: AttackId::HttpInjection,
    about: "What comes over plain http can be changed on the way: a script added to a page, a link or a download \
            exchanged, a form sent elsewhere. Hotspots, providers and malware in routers do it every day. A page over \
            https that takes a script over plain http is no safer than the script.",
    gain: "Any script in the site's name: it reads what the visitor reads and does what the visitor may do.",
    from: &[Station::Wifi, Station::Router, Station::Network],
    decided: "Exposed where a page is shown over plain http or a redirect leads from https back to it. Partly where \
              pages over https load things over plain http (browsers of today refuse scripts and upgrade images, old \
              ones and programs do not), and where the redirect to https itself can be exchanged for want of HSTS. \
              Unknown where the ways in, the answers of plain http or the pages could not be measured. Protected where \
              plain http shows nothing and no page loads anything from there.",
    defence: "Answer plain http with redirects alone, load everything over https, and send HSTS.",
    scope: Scope::Sites,
    weigh: |finding| match finding.id.as_str() {
        "mixed-content-blockable"
        | "hsts-missing"
        | "hsts-off"
        | "hsts-invalid"
        | "hsts-untrusted-certificate" => by_severity(finding).map(|_| Verdict::Partly),
        _ => by_severity(finding),
    },
    exposed: "so whoever is on the way can change what visitors see, and add a script of their own",
    partly: "so whoever is on the way can change what some visitors see, depending on their browser and their way in",
    gaps: |view| {
        let mut all = gaps::ways_in(view);
        all.extend(gaps::plain_pages(view));
        all.extend(gaps::pages(view));
        all
    },
    reasons: |view| {
        let mut all = reasons::nothing_plain(view);
        all.extend(reasons::pages(view));
        all.extend(reasons::hsts(view));
        all
    },
    remains: |view| {
        let mut all = remains::not_looked_at(view);
        all.extend(remains::first_visit(view));
        all.push("What hosts of other sites serve to the pages was not looked at.".into());
        all
    },
};
