//! Another server for the domain's mail.

use midwatch_model::{AttackId, Station};

use super::grounds;
use crate::{Attack, Scope};

pub(crate) static ATTACK: Attack = Attack {
    id: AttackId::DnsSpoofing,
    about: "A server that sends mail asks the DNS where to. Whoever answers in the DNS's stead, or puts a false answer into a cache, names a server of \
            their own, for which even a true certificate can be had. Programs of people ask the DNS as well, but know whose certificate they want.",
    gain: "All mail that the deceived sender has for the domain, to be read, changed and sent on.",
    from: &[Station::Wifi, Station::Router, Station::Dns, Station::Network],
    decided: "Exposed where the MX records, or the addresses of a server that they name, are not signed, and no policy of MTA-STS in \
              mode enforce names the servers. Partly where programs are led or set up by answers that cannot be proved. Unknown where \
              that could not be measured. Protected where the answers are signed down to the addresses, or senders have a policy to go by.",
    defence: "Sign the zone and choose mail servers whose zone is signed (DNSSEC); publish a policy of MTA-STS in mode enforce.",
    scope: Scope::Mail,
    weigh: grounds::weigh,
    exposed: "so whoever answers in the DNS's stead is sent the domain's mail",
    partly: "so whoever answers in the DNS's stead can lead some programs or senders elsewhere",
    gaps: grounds::no_names,
    reasons: |view| {
        let mut all = grounds::no_mail(view);
        all.extend(grounds::named(view));
        all
    },
    remains: |view| {
        let mut all = Vec::new();
        if view.mail.takers().next().is_some() {
            if view.mail.mx_proved() == Ok(true) {
                all.push(
                    "Senders whose resolver does not check signatures take a forged answer all the same."
                        .to_owned(),
                );
            }
            if view.mail.enforced().is_some() {
                all.push("A sender that does not look at MTA-STS, or never had the policy, goes by the DNS alone (RFC 8461 10.2).".into());
            }
        }
        all
    },
};
