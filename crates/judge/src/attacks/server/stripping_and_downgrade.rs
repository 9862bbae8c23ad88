//! Protection that is taken away from those who use this server's sites.

use midwatch_model::{AttackId, Station};

use super::sites;
use crate::attack::by_severity;
use crate::{Attack, Scope};

pub(crate) static ATTACK: Attack = Attack {
    id: AttackId::StrippingAndDowngrade,
    about: "Somebody on the way keeps visitors on plain http, or has their browsers and the server agree on less than both can \
            do. Where plain http shows a site at all, that takes no more than to leave the redirect out.",
    gain: "To read and change what visitors believe to be protected.",
    from: &[Station::Wifi, Station::Router, Station::Dns, Station::Network],
    decided: "By the server's own files, and with --sites by an audit of every site. Exposed where a finding of high \
              severity lets somebody take the protection away, partly where one of medium severity does. Unknown without \
              --sites: whether browsers are told to stay on https is in the answers, and not in the files alone. Protected \
              where the audits of all sites find it closed.",
    defence: "Strict-Transport-Security for every site, plain http that answers with a redirect and nothing else, and TLS 1.2 \
              or later.",
    scope: Scope::Server,
    weigh: by_severity,
    exposed: "so visitors of this server's sites can be kept on plain http, or on less than TLS can do",
    partly: "so some visitors can be kept on plain http, or on less than TLS can do",
    gaps: |view| {
        let audits = sites::open_audits(view, AttackId::StrippingAndDowngrade);
        [sites::unread(view), sites::not_audited(view), audits].concat()
    },
    reasons: |view| sites::closed_audits(view, AttackId::StrippingAndDowngrade),
    remains: |_| vec!["A browser's very first visit, where the name is not on the preload list.".into()],
};
