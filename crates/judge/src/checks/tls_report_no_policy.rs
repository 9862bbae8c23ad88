//! A sender found no policy where it found one at another time, or where others did.

use std::collections::BTreeMap;

use midwatch_model::{AttackId::*, Confidence, Severity, Station, TlsPolicyKind as Kind, TlsReport};

use super::tls_report_support::{BENIGN, told_by};
use crate::Check;
use crate::view::Seen;

pub(crate) static CHECK: Check = Check {
    id: "tls-report-no-policy",
    title: "A sender found no policy for a domain that has one",
    severity: Severity::Info,
    says: "a sender found no policy for {place}, which has one",
    about: "Some reports say of the same domain that there is an MTA-STS policy or DANE, and another that there is neither. A \
            sender that found none sends by STARTTLS where it is offered, and in plain text where it is not.",
    gain: "Who keeps the records or the policy from a sender can take STARTTLS away from it as well.",
    from: &[Station::Dns, Station::Network],
    attacks: &[StrippingAndDowngrade, DnsSpoofing, EmailHijacking],
    decided: "By the kinds of policies in reports on one domain. Medium where the same sender found one in another report, and \
              info where others did alone: many senders use neither MTA-STS nor DANE.",
    benign: BENIGN,
    fix: "Look that the records and the policy are there from everywhere: midwatch mail DOMAIN. Where one sender lost a policy \
          that it had, ask it what it was told at that time, by DNS and by https. DANE cannot be kept from a sender that \
          validates DNSSEC.",
    settings: &[],
    source: "RFC 8460 section 4.4, policy-type; RFC 8461 section 10.2",
    find: |view, found| {
        let mut with: BTreeMap<&str, Vec<Seen<'_, TlsReport>>> = BTreeMap::new();
        let mut without: BTreeMap<&str, Vec<Seen<'_, TlsReport>>> = BTreeMap::new();
        for seen in &view.tls_reports {
            let domains = |is_wanted: fn(&Kind) -> bool| -> Vec<&str> {
                let of = seen.fact.policies.iter().filter(|policy| is_wanted(&policy.policy));
                of.filter_map(|policy| policy.domain.as_deref()).collect()
            };
            let has = domains(|kind| matches!(kind, Kind::Sts | Kind::Tlsa));
            for domain in domains(|kind| *kind == Kind::Missing) {
                // Of several kinds in one report, one was found: some servers of a domain have DANE, and others not.
                if !has.contains(&domain) {
                    without.entry(domain).or_default().push(*seen);
                }
            }
            for domain in has {
                with.entry(domain).or_default().push(*seen);
            }
        }
        for (domain, missing) in without.into_iter().take(50) {
            let Some(has) = with.get(domain) else { continue };
            let own =
                |one: &Seen<'_, TlsReport>| has.iter().find(|seen| seen.fact.sender() == one.fact.sender());
            let (lost, never): (Vec<_>, Vec<_>) = missing.iter().partition(|one| own(one).is_some());
            for (all, severity, title) in [
                (
                    lost,
                    Severity::Medium,
                    format!("A sender found no policy for {domain}, and did at another time"),
                ),
                (never, CHECK.severity, format!("Some senders found no policy for {domain}, and others did")),
            ] {
                let Some(first) = all.first() else { continue };
                let mut draft =
                    found.at(domain).severity(severity).confidence(Confidence::Tentative).title(title);
                if let Some(with) = own(first).or(has.first()) {
                    draft = draft.see(with.id, format!("{} found a policy", told_by(with.fact)));
                }
                for one in all {
                    let detail =
                        format!("{}: expected a policy, observed no-policy-found", told_by(one.fact));
                    draft = draft.see(one.id, detail);
                }
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    fn of(reports: &[(&str, u32, Kind)]) -> Vec<Severity> {
        let reports = reports.iter().map(|(sender, day, kind)| {
            let mut report = tls_report(sender, *day, 10, &[]);
            report.policies[0].policy = kind.clone();
            report
        });
        Scene::empty().tls_reports(reports.collect()).severities(CHECK.id)
    }

    #[test]
    fn a_sender_that_lost_a_policy_weighs_more_than_one_that_never_had_one() {
        assert_eq!(of(&[("Alpha", 1, Kind::Sts), ("Beta", 1, Kind::Missing)]), [Severity::Info]);
        assert_eq!(of(&[("Alpha", 1, Kind::Sts), ("Alpha", 2, Kind::Missing)]), [Severity::Medium]);
        assert!(of(&[("Alpha", 1, Kind::Missing), ("Beta", 1, Kind::Missing)]).is_empty());
        assert!(of(&[("Alpha", 1, Kind::Sts), ("Beta", 1, Kind::Tlsa)]).is_empty());
        assert!(of(&[]).is_empty());
    }
}
