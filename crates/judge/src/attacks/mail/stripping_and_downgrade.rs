//! Taking TLS away from mail.

use midwatch_model::{AttackId, Station};

use super::grounds;
use crate::{Attack, Scope};

pub(crate) static ATTACK: Attack = Attack {
    id: AttackId::StrippingAndDowngrade,
    about: "STARTTLS is offered in plain text. Somebody in the middle takes the offer out, and both sides go on without TLS: a server that sends \
            mail does so by design, unless the domain has told it not to, and a program does where it is set to use TLS if there is any.",
    gain: "All mail between two servers in the clear, and from programs the password; neither side notices.",
    from: &[Station::Wifi, Station::Router, Station::Dns, Station::Network],
    decided: "Exposed where a server that takes mail has neither TLSA records that senders may use nor a policy of MTA-STS in mode \
              enforce, where a service takes passwords before TLS or offers none, and where commands from before TLS count inside it. \
              Partly where programs are set up over plain http, where old versions are accepted, and where a server does not match what \
              is published for it, so that its owner will be tempted to take that away. Unknown where any of it could not be measured. \
              Protected where DANE or MTA-STS vouches for every server that takes mail.",
    defence: "Publish TLSA records in signed zones (DANE) and a policy of MTA-STS in mode enforce; give programs TLS from the first \
              octet, and take no password before TLS.",
    scope: Scope::Mail,
    weigh: grounds::weigh,
    exposed: "so somebody in the middle takes TLS away, and reads and changes the mail",
    partly: "so somebody in the middle can take TLS away from some senders or programs",
    gaps: grounds::no_proof_or_encryption,
    reasons: |view| {
        let mut all = grounds::no_mail(view);
        all.extend(grounds::vouched(view));
        all.extend(grounds::implicit(view));
        all
    },
    remains: |view| {
        let mut all = grounds::other_senders(view);
        all.extend(grounds::not_looked_at(view));
        all
    },
};
