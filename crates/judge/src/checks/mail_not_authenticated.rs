//! Nothing lets a sender verify a server that takes mail.

use midwatch_model::{AttackId::*, MailExchange, Severity, Station};

use super::mail_support::{self, at_port};
use crate::Check;
use crate::fixes::{Setting, zone};
use crate::view::mail::{Sts, Vouched};
use crate::view::{Seen, View};

pub(crate) static CHECK: Check = Check {
    id: "mail-not-authenticated",
    title: "Nothing lets senders verify the server that takes the mail",
    severity: Severity::High,
    says: "senders cannot tell {place} from somebody in the middle, nor whether STARTTLS was taken away",
    about: "Between mail servers TLS begins with STARTTLS, which is asked for in plain text, and the certificate is looked at by \
            nobody, unless the domain publishes by what it is to be verified: TLSA records (DANE) or a policy of MTA-STS. \
            Without either, encryption stops those who only listen.",
    gain: "Somebody between the two servers takes STARTTLS out of the greeting, or answers with a certificate of their own, and \
           reads and changes the mail. Neither side notices.",
    from: &[Station::Network],
    attacks: &[StrippingAndDowngrade, Impersonation, IpHijacking, EmailHijacking],
    decided: "For a server that takes the domain's mail there are no TLSA records that senders may use (signed all the way from \
              the MX records, with usage 2 or 3), and no policy of MTA-STS in mode enforce. Where either of them could not be \
              measured, nothing is said. High, since a place on the path is enough.",
    benign: &[
        "Mail between servers has always gone so, and most domains are like this. Whoever reads it needs a place between the two servers.",
    ],
    fix: "Publish TLSA records for each server where the zones are signed (DANE). For senders that know MTA-STS alone, publish a policy as well.",
    settings: &[Setting::MtaStsPolicy],
    source: "RFC 7672 1.3.1; RFC 8461 1 and 2; RFC 7435 3",
    find: |view, found| {
        let others: Vec<Seen<'_, MailExchange>> =
            view.mail.takers().filter(|one| matches!(view.mail.vouched(*one), Vouched::Yes(_))).collect();
        for exchange in view.mail.takers() {
            if !matches!(view.mail.vouched(exchange), Vouched::No) {
                continue;
            }
            let title = match others.as_slice() {
                [] => CHECK.title.to_owned(),
                [some, ..] => format!("Senders can verify {}, and not this server beside it", some.fact.host),
            };
            let mut draft = found
                .at(at_port(exchange.fact))
                .title(title)
                .fix(format!("{} In the zones' files: {}", CHECK.fix, lines(view, exchange)))
                .see(exchange.id, format!("no TLSA records vouch for {}", exchange.fact.host));
            if let Some(sts) = view.mail.mta_sts {
                let why = match view.mail.sts() {
                    Sts::Policy { .. } => "the policy of MTA-STS is not in mode enforce",
                    Sts::Broken => "senders take the record or the policy of MTA-STS for none",
                    Sts::None | Sts::Unknown(_) => "there is no policy of MTA-STS",
                };
                draft = draft.see(sts.id, why);
            }
            for other in &others {
                draft = draft.see(other.id, format!("senders can verify {}", other.fact.host));
            }
        }
    },
};

/// The records that are missing, with the key that was met.
fn lines(view: &View<'_>, exchange: Seen<'_, MailExchange>) -> String {
    let mut all: Vec<String> = mail_support::keys(view, exchange.fact)
        .iter()
        .map(|key| zone::tlsa(&exchange.fact.tlsa, key))
        .collect();
    if all.is_empty() {
        all.push(zone::tlsa(&exchange.fact.tlsa, ""));
    }
    all.push(zone::mta_sts(&view.host, &mail_support::policy_id(view.now)));
    all.push(zone::tls_rpt(&view.host));
    all.join(" ; ")
}

#[cfg(test)]
mod tests {
    use midwatch_model::{MtaStsMode, Outcome};

    use super::*;
    use crate::testing::*;

    #[test]
    fn either_dane_or_mta_sts_is_enough() {
        assert!(Scene::mail().find(CHECK.id).is_empty());
        assert!(Scene::mail().change_sts(no_sts).find(CHECK.id).is_empty(), "DANE");
        assert!(Scene::mail().no_tlsa().find(CHECK.id).is_empty(), "MTA-STS");
        let neither = Scene::mail().no_tlsa().change_sts(no_sts);
        assert_eq!(neither.severities(CHECK.id), [Severity::High; 2]);
        let fix = &neither.find(CHECK.id)[0].fix.summary;
        assert!(fix.contains("_25._tcp.mx1.shop.example. IN TLSA 3 1 1"), "{fix}");
        assert!(fix.contains("_mta-sts.shop.example. IN TXT \"v=STSv1; id=20261124140000\""), "{fix}");
    }

    #[test]
    fn a_policy_that_only_tests_vouches_for_nobody() {
        for mode in [MtaStsMode::Testing, MtaStsMode::None] {
            let scene = Scene::mail().no_tlsa().change_policy(|policy| policy.mode = Some(mode));
            assert_eq!(scene.severities(CHECK.id), [Severity::High; 2], "{mode:?}");
        }
    }

    #[test]
    fn one_server_beside_verified_ones_is_found() {
        let scene = Scene::mail().change_sts(no_sts).change_tlsa(|tlsa| {
            if tlsa.name.contains("mx2") {
                tlsa.records = Outcome::seen(vec![]);
            }
        });
        let found = scene.find(CHECK.id);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].place, "mx2.shop.example:25");
        assert!(found[0].title.contains("mx1.shop.example"));
    }

    #[test]
    fn what_was_not_measured_is_no_finding() {
        let bare = || Scene::mail().no_tlsa().change_sts(no_sts);
        assert!(bare().change_tlsa(|tlsa| tlsa.records = timeout()).find(CHECK.id).is_empty());
        assert!(bare().change_sts(|sts| sts.txt.texts = timeout()).find(CHECK.id).is_empty());
        assert!(Scene::mail_null().find(CHECK.id).is_empty());
    }
}
