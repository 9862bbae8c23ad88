//! A record of SPF by which anybody may send.

use midwatch_model::{AttackId::*, Severity, SpfFaultKind, SpfQualifier, Station};

use super::support;
use crate::Check;
use crate::fixes::zone;

pub(crate) static CHECK: Check = Check {
    id: "spf-allows-anyone",
    title: "The record of SPF lets anybody send in the domain's name",
    severity: Severity::High,
    says: "the record of SPF of {place} vouches for everybody's mail",
    about: "A record that ends with +all, or names a large part of the Internet, says that mail from everywhere is the domain's own. It is \
            worse than none: with DMARC, such mail counts as proved.",
    gain: "To write mail in the domain's name that passes SPF and DMARC, from anywhere.",
    from: &[Station::Network],
    attacks: &[Impersonation],
    decided: "What nothing else names may send (+all, through redirect too): high. A range wider than /8 of IPv4 or /16 of IPv6: medium.",
    benign: &[],
    fix: "Name the servers that send, and end with -all.",
    settings: &[],
    source: "RFC 7208 4.6.2 and 5.1",
    find: |view, found| {
        let Some(seen) = view.mail.spf else { return };
        let Some(evaluation) = seen.fact.evaluation.value() else { return };
        let fix = format!("{} In the zone's file: {}", CHECK.fix, zone::spf(&seen.fact.domain, true));
        if evaluation.all == Some(SpfQualifier::Pass) {
            let record = seen.fact.records.first().map(|record| support::quoted(record)).unwrap_or_default();
            found.at(&seen.fact.domain).fix(&fix).see(seen.id, format!("it ends with +all: {record}"));
        }
        for fault in evaluation.faults.iter().filter(|fault| fault.kind == SpfFaultKind::WideRange) {
            found
                .at(&seen.fact.domain)
                .severity(Severity::Medium)
                .title("The record of SPF lets a large part of the Internet send in the domain's name")
                .fix(&fix)
                .see(seen.id, format!("{}: {}", fault.domain, support::short(&fault.detail)));
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::{Outcome, SpfFault};

    use super::*;
    use crate::testing::*;

    #[test]
    fn everybody_and_nearly_everybody() {
        assert!(Scene::mail().find(CHECK.id).is_empty());
        let all = |all| {
            Scene::mail().change_spf(move |spf| {
                if let Outcome::Seen { value } = &mut spf.evaluation {
                    value.all = all;
                }
            })
        };
        assert_eq!(all(Some(SpfQualifier::Pass)).severities(CHECK.id), [Severity::High]);
        for other in [Some(SpfQualifier::SoftFail), Some(SpfQualifier::Neutral), None] {
            assert!(all(other).find(CHECK.id).is_empty());
        }
        let wide = Scene::mail().change_spf(|spf| {
            if let Outcome::Seen { value } = &mut spf.evaluation {
                let (kind, domain) = (SpfFaultKind::WideRange, "shop.example".into());
                value.faults = vec![SpfFault { kind, domain, detail: "ip4:0.0.0.0/1".into() }];
            }
        });
        assert_eq!(wide.severities(CHECK.id), [Severity::Medium]);
    }
}
