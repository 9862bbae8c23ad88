//! Taking over a session with its cookie.

use midwatch_model::{AttackId, Station};

use super::{gaps, reasons, remains};
use crate::attack::by_severity;
use crate::{Attack, Scope};

pub(crate) static ATTACK: Attack = Attack {
    id: AttackId::SessionHijacking,
    about: "A site knows its visitors by a cookie. Whoever has the cookie is the visitor, without the password. A \
            cookie without Secure goes out with every plain http request to its host, even one that is answered with \
            a redirect, and somebody on the path can make a browser send such a request from any other plain page.",
    gain: "The visitor's session: everything that the visitor may read and do.",
    from: &[Station::Wifi, Station::Router, Station::Network],
    decided: "Exposed where a cookie that looks like the key to a session lacks Secure and HSTS does not keep \
              browsers from sending it over plain http, or is set over plain http, or a password is sent there. Partly \
              where HSTS covers it, or where the session can still be taken by stripping https away at login. Unknown \
              where the ways in or the pages could not be measured. Protected where every session cookie that was \
              met has Secure.",
    defence: "Set session cookies as __Host-name with Secure, HttpOnly and SameSite, over https alone, and send HSTS.",
    scope: Scope::Sites,
    weigh: |finding| match finding.id.as_str() {
        // What stripping gains is the login that follows, and not a session that is already there.
        "hsts-missing" | "hsts-off" | "hsts-invalid" | "hsts-untrusted-certificate" => {
            by_severity(finding).map(|_| midwatch_model::Verdict::Partly)
        }
        _ => by_severity(finding),
    },
    exposed: "so whoever is on the way reads the session's key, and is the visitor from then on",
    partly: "so somebody on the way who also strips https away, or meets a browser that does not know the site, can \
             take over sessions",
    gaps: |view| {
        let mut all = gaps::ways_in(view);
        all.extend(gaps::pages(view));
        all
    },
    reasons: |view| {
        let mut all = reasons::cookies(view);
        all.extend(reasons::hsts(view));
        all.extend(reasons::nothing_plain(view));
        all
    },
    remains: |view| {
        let mut all = remains::not_looked_at(view);
        all.push(
            "Which cookie is the key to a session was told from names and values, and not tried.".into(),
        );
        all.push("Tokens that scripts keep elsewhere than in cookies were not looked at.".into());
        all
    },
};
