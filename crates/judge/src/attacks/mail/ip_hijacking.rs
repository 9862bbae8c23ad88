//! Another way for the packets of mail.

use midwatch_model::{AttackId, Station};

use super::grounds;
use crate::{Attack, Scope};

pub(crate) static ATTACK: Attack = Attack {
    id: AttackId::IpHijacking,
    about: "Somebody has the packets sent through themselves: with false routes between providers, or with forged ARP or router \
            advertisements on somebody's Wi-Fi. From there they can do all that anybody on the path can; TLS, and whoever verifies it, is what is left.",
    gain: "A place in the middle of the domain's mail.",
    from: &[Station::Wifi, Station::Router, Station::Network],
    decided: "As stripping: exposed where a place on the path is enough, because nothing lets senders verify a server, TLS is not offered, or \
              certificates that people's programs meet are not trusted. Unknown where that could not be measured. Protected where DANE or \
              MTA-STS vouches for every server that takes mail. What somebody who holds the route could get from an authority stands under what remains.",
    defence: "DANE or MTA-STS for the servers, TLS from the first octet for programs, and CAA records that name an account.",
    scope: Scope::Mail,
    weigh: grounds::weigh,
    exposed: "so whoever brings the packets their way reads and changes the mail",
    partly: "so whoever brings the packets their way can do so with some of the mail",
    gaps: grounds::no_proof_or_encryption,
    reasons: |view| {
        let mut all = grounds::no_mail(view);
        all.extend(grounds::vouched(view));
        all.extend(grounds::certified(view));
        all
    },
    remains: |view| {
        let mut all = vec!["Whether somebody is on the way now was not looked at.".to_owned()];
        if view.mail.enforced().is_some() {
            all.push(
                "Somebody who holds the route to a server, or to the policy's host, may get a trusted certificate from an authority, which \
                 validates over that very route: TLSA records, or CAA records that name an account (RFC 8657), are proof against it."
                    .into(),
            );
        }
        all.extend(grounds::other_senders(view));
        all
    },
};
