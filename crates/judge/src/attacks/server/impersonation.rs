//! Another who passes for this server.

use midwatch_model::{AttackId, Station};

use super::{listening, settings, sites};
use crate::attack::by_severity;
use crate::{Attack, Scope};

pub(crate) static ATTACK: Attack = Attack {
    id: AttackId::Impersonation,
    about: "Whoever uses this server tells it from another by its certificates and host keys. Where these run out, or do \
            not name what they stand for, people learn to click the warning away, and the next one may be an attacker's. \
            Where others can read a private key, they need no warning at all.",
    gain: "To be taken for this server.",
    from: &[Station::Wifi, Station::Router, Station::Dns, Station::Network],
    decided: "By the server's own files, and with --sites by an audit of every site. Exposed where a finding of high \
              severity makes an impersonation possible, partly where one of medium severity does. Unknown where files \
              could not be read. Protected where every certificate that was read is valid and names its sites.",
    defence: "Certificates that are renewed by themselves and name every site, keys that the server alone can read, and a \
              default site that shows nobody's certificate.",
    scope: Scope::Server,
    weigh: by_severity,
    exposed: "so another can be taken for this server",
    partly: "so those who use this server are led to trust another",
    gaps: |view| {
        let unread = [sites::unread(view), sites::unread_certificates(view), sites::not_audited(view)];
        [unread.concat(), settings::unread_keys(view)].concat()
    },
    reasons: |view| settings::and(sites::certificates(view), settings::keys_are_closed(view)),
    remains: |view| {
        let mut all = vec!["An authority that issues by mistake, or is made to.".to_owned()];
        // What obeys whoever reaches it gives the keys away; where nobody looked, that is not known.
        all.extend(listening::unread(view).into_iter().map(|gap| format!("Not measured: {}", gap.text)));
        if view.inside.faults.is_none() {
            all.push("Which certificates the sites really show was not asked (--sites).".into());
        }
        all
    },
};
