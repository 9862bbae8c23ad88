//! A server that takes mail, and that the policy of MTA-STS does not name.

use midwatch_model::{AttackId::*, MtaStsMode, Severity, Station};

use super::support;
use crate::Check;
use crate::fixes::Setting;
use crate::view::mail::{Mail, Sts};

pub(crate) static CHECK: Check = Check {
    id: "mta-sts-mx-not-named",
    title: "The policy of MTA-STS does not name a server that takes mail",
    severity: Severity::High,
    says: "senders that heed the policy do not deliver to {place}",
    about: "A policy names the domain's mail servers, by name or with * for the first label. An MX record that none of its patterns names looks to \
            senders like a forged one.",
    gain: "If the record is not the domain's own, it is forged, and mail of senders without MTA-STS goes there. Else nothing by \
           itself; but who turns enforcement off to have mail again takes the protection away too.",
    from: &[Station::Dns, Station::Network],
    attacks: &[DnsSpoofing, StrippingAndDowngrade, Impersonation, IpHijacking, EmailHijacking],
    decided: "Senders take the policy, and no pattern of it names a server of the MX records (RFC 8461 4.1). High in mode enforce, low \
              in mode testing.",
    benign: &["A server was added, and the policy was not changed yet."],
    fix: "Add an mx line for the server to the policy, and change the id of the record.",
    settings: &[Setting::MtaStsPolicy],
    source: "RFC 8461 4.1 and 5",
    find: |view, found| {
        let Sts::Policy { seen, mode, policy } = view.mail.sts() else { return };
        let severity = match mode {
            MtaStsMode::Enforce => Severity::High,
            MtaStsMode::Testing => Severity::Low,
            MtaStsMode::None => return,
        };
        for exchange in view.mail.takers() {
            let known = seen.fact.matches.iter().any(|one| one.mx == exchange.fact.host);
            if known && Mail::named(seen.fact, &exchange.fact.host).is_none() {
                found
                    .at(&exchange.fact.host)
                    .severity(severity)
                    .see(seen.id, format!("the policy names {}", support::names(&policy.mx)))
                    .see(exchange.id, format!("an MX record names {}", exchange.fact.host));
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    #[test]
    fn a_server_that_no_pattern_names() {
        assert!(Scene::mail().find(CHECK.id).is_empty());
        let lost = Scene::mail().change_sts(|sts| sts.matches[1].pattern = None);
        assert_eq!(lost.severities(CHECK.id), [Severity::High]);
        assert_eq!(lost.find(CHECK.id)[0].place, "mx2.shop.example");
        let testing = lost.change_policy(|policy| policy.mode = Some(MtaStsMode::Testing));
        assert_eq!(testing.severities(CHECK.id), [Severity::Low]);
        assert!(
            Scene::mail().change_sts(|sts| sts.matches.clear()).find(CHECK.id).is_empty(),
            "not looked at"
        );
    }
}
