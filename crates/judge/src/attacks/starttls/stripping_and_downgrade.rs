//! Taking the offer of TLS away, or forcing a weaker one.

use midwatch_model::{AttackId, Station, Verdict};

use super::grounds;
use crate::attack::by_severity;
use crate::attacks::{reasons, remains};
use crate::{Attack, Scope};

pub(crate) static ATTACK: Attack = Attack {
    id: AttackId::StrippingAndDowngrade,
    about: "Somebody in the middle takes the offer of TLS out of what the server says in plain text, or answers the request for it with \
            a refusal. A program that uses TLS where it is offered goes on without. Or they push both sides back to a version or a \
            cipher that can be broken.",
    gain: "The whole session in the clear, with name and password, while neither side sees anything unusual.",
    from: &[Station::Wifi, Station::Router, Station::Dns, Station::Network],
    decided: "Exposed where a password is taken before TLS, where TLS is not offered or is refused, where commands in plain text are \
              carried over into TLS, or where versions or suites are accepted that can be broken. Partly where login before TLS gives \
              less away, where no port beside it has TLS from the first octet (RFC 8314 3), where nothing lets servers that send mail \
              verify this one, and where deprecated versions or weak ciphers are accepted. Unknown where what is said before TLS, or its \
              versions, could not be measured. Protected where nobody logs in before TLS, or for mail between servers where signed TLSA \
              records make senders demand TLS, and only TLS 1.2 or later is accepted.",
    defence: "Take no login before TLS, open the port where TLS stands from the first octet and set programs to it; for mail between \
              servers publish TLSA records or a policy of MTA-STS.",
    scope: Scope::Starttls,
    weigh: |finding| match finding.id.as_str() {
        "starttls-strippable" => Some(by_severity(finding).unwrap_or(Verdict::Partly)),
        _ => by_severity(finding),
    },
    exposed: "so somebody on the way can keep programs in plain text, and read and change everything",
    partly: "so somebody on the way can keep some programs in plain text, or weaken what protects them",
    gaps: |view| {
        let mut all = grounds::gaps(view);
        all.extend(grounds::password_gaps(view));
        all.extend(grounds::version_gaps(view));
        if view.starttls_by() == Some(midwatch_model::Starttls::Smtp) {
            all.extend(grounds::identity_gaps(view));
        }
        all
    },
    reasons: |view| {
        let mut all = Vec::new();
        if view.starttls_by() == Some(midwatch_model::Starttls::Smtp) {
            all.extend(grounds::identity(view));
        } else {
            all.extend(grounds::no_login(view));
            all.extend(grounds::implicit(view));
        }
        if !all.is_empty() {
            all.extend(grounds::nothing_carried_over(view));
            all.extend(reasons::modern_versions(view));
            all.extend(reasons::fallback(view));
        }
        all
    },
    remains: |view| {
        let mut all = grounds::remains(view);
        all.extend(remains::addresses(view));
        all
    },
};
