//! Reading along with whoever uses this server.

use midwatch_model::{AttackId, Station};

use super::{listening, settings, sites};
use crate::attack::by_severity;
use crate::{Attack, Scope};

pub(crate) static ATTACK: Attack = Attack {
    id: AttackId::Eavesdropping,
    about: "Somebody between this server and those who use it reads what it says in plain text: sites over http, and other \
            services that do not encrypt, or that let a client go on without.",
    gain: "Pages, passwords, cookies and mail of everybody who uses this server over a network that somebody listens to.",
    from: &[Station::Wifi, Station::Router, Station::Network],
    decided: "By the server's own files, and with --sites by an audit of every site. Exposed where a finding of high \
              severity lets others read along, partly where one of medium severity does. Unknown where files could not \
              be read. Protected where all that was read is encrypted.",
    defence: "TLS for every service that others reach, plain http that answers with a redirect and nothing else, and \
              Strict-Transport-Security.",
    scope: Scope::Server,
    weigh: by_severity,
    exposed: "so others read along with those who use this server",
    partly: "so some of what this server says can be read along",
    gaps: |view| {
        let sites = [sites::unread(view), sites::not_audited(view)].concat();
        [sites, listening::unknown(view), settings::unread_logins(view)].concat()
    },
    reasons: |view| {
        // Alone, what listens and by which settings says nothing of the sites.
        let more = [listening::nothing_plain(view), settings::logins_within_tls(view)].concat();
        settings::and(sites::nothing_plain(view), more)
    },
    remains: |view| {
        let mut all = vec![
            "A firewall of the provider, and services in containers and other network namespaces but for the ports that they \
             publish, cannot be seen from here."
                .to_owned(),
            "The files say what programs are told when they next read them; those that run may have been told otherwise."
                .to_owned(),
        ];
        if view.inside.faults.is_none() {
            all.push("What the sites themselves answer was not asked (--sites).".into());
        }
        all
    },
};
