//! Sessions of those who use this server's sites, taken over.

use midwatch_model::{AttackId, Station};

use super::sites;
use crate::attack::by_severity;
use crate::{Attack, Scope};

pub(crate) static ATTACK: Attack = Attack {
    id: AttackId::SessionHijacking,
    about: "Whoever has the cookie of a session is logged in as its owner: somebody who reads it over plain http, or who can \
            publish under the name of the site that it is for.",
    gain: "To act as the visitor or the customer whose session it is.",
    from: &[Station::Wifi, Station::Router, Station::Dns, Station::Network, Station::Server],
    decided: "By the server's own files, and with --sites by an audit of every site. Exposed where a finding of high \
              severity gives sessions away, partly where one of medium severity does. Unknown without --sites: cookies are \
              in the answers, and not in the files. Protected where the audits of all sites find it closed.",
    defence: "TLS for every site, Secure, HttpOnly and SameSite on every cookie of a session, and a name of its own for \
              everybody who publishes.",
    scope: Scope::Server,
    weigh: by_severity,
    exposed: "so sessions on this server's sites can be taken over",
    partly: "so some sessions on this server's sites can be taken over",
    gaps: |view| {
        let audits = sites::open_audits(view, AttackId::SessionHijacking);
        [sites::unread(view), sites::not_audited(view), audits].concat()
    },
    reasons: |view| sites::closed_audits(view, AttackId::SessionHijacking),
    remains: |_| vec!["Pages behind a login, whose cookies were not met.".into()],
};
