//! Being the domain's server, or its sender.

use midwatch_model::{AttackId, Station};

use super::grounds;
use crate::{Attack, Scope};

pub(crate) static ATTACK: Attack = Attack {
    id: AttackId::Impersonation,
    about: "Somebody answers in a mail server's stead with a certificate of their own; or writes mail that claims to be from the domain.",
    gain: "Mail that was meant for the domain, the passwords of its people, or the trust of those who read its name under a mail.",
    from: &[Station::Wifi, Station::Router, Station::Dns, Station::Network],
    decided: "Exposed where nothing lets senders verify a server that takes mail (neither TLSA records that they may use nor MTA-STS \
              in mode enforce), where the certificate of a server that people's programs use is not trusted, and where SPF vouches \
              for everybody. Partly where receivers are not asked to refuse mail that only claims to be the domain's (DMARC), and \
              where a server does not match what is published for it. Unknown where any of it could not be measured. Protected where DANE \
              or MTA-STS vouches for every server that takes mail, programs meet trusted certificates, and DMARC is in force.",
    defence: "TLSA records or MTA-STS for the servers, certificates of public authorities for people's programs, and SPF, DKIM and \
              DMARC (p=reject) for the sender's name.",
    scope: Scope::Mail,
    weigh: grounds::weigh,
    exposed: "so somebody else's server, or somebody else's mail, cannot be told from the domain's own",
    partly: "so some servers or mail of somebody else cannot be told from the domain's own",
    gaps: |view| {
        let mut all = grounds::no_proof(view);
        all.extend(grounds::no_sender(view));
        all
    },
    reasons: |view| {
        let mut all = grounds::no_mail(view);
        all.extend(grounds::vouched(view));
        all.extend(grounds::certified(view));
        all.extend(grounds::sender(view));
        all
    },
    remains: |view| {
        let mut all = grounds::other_senders(view);
        all.push(
            "Names that look like the domain's, and senders whose mail receivers take without DMARC.".into(),
        );
        if view.mail.dkim.is_empty() {
            all.push("Keys of DKIM were not looked at: no selector was given (--dkim-selector).".into());
        }
        all
    },
};
