//! Patterns of MTA-STS's policy that name no server.

use midwatch_model::{AttackId::*, MtaStsMode, Severity, Station};

use super::support;
use crate::Check;
use crate::view::mail::Sts;

pub(crate) static CHECK: Check = Check {
    id: "mta-sts-names-nobody",
    title: "The policy of MTA-STS names servers that take no mail",
    severity: Severity::Info,
    says: "the policy of {place} allows servers that no MX record names",
    about: "Each pattern of the policy allows servers. One that no MX record needs allows a server for nothing.",
    gain: "Whoever holds a server that the pattern names, such as a provider that was left, can take the mail with a forged MX record.",
    from: &[Station::Dns, Station::Server],
    attacks: &[DnsSpoofing, EmailHijacking],
    decided: "Senders take the policy, and one of its patterns names none of the servers of the MX records. Info.",
    benign: &[
        "Servers that are about to come or go are named for a while.",
        "A provider's policy names every server that it may give to a domain.",
    ],
    fix: "Take the line out of the policy, and change the id of the record.",
    settings: &[],
    source: "RFC 8461 3.2 and 10.4",
    find: |view, found| {
        let Sts::Policy { seen, mode, policy } = view.mail.sts() else { return };
        if mode == MtaStsMode::None || seen.fact.matches.is_empty() {
            return;
        }
        let used = |pattern: &&String| seen.fact.matches.iter().any(|one| names(pattern, &one.mx));
        let unused: Vec<&String> = policy.mx.iter().filter(|pattern| !used(pattern)).collect();
        if !unused.is_empty() {
            found.at(&seen.fact.domain).see(seen.id, format!("mx: {}", support::names(&unused)));
        }
    },
};

/// True where a pattern names a server: `*` stands for one label, the first (RFC 8461 4.1).
fn names(pattern: &str, mx: &str) -> bool {
    match pattern.strip_prefix("*.") {
        Some(rest) => mx.split_once('.').is_some_and(|(_, of_mx)| of_mx == rest),
        None => pattern == mx,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    #[test]
    fn a_pattern_that_names_nobody() {
        assert!(Scene::mail().find(CHECK.id).is_empty());
        let more = Scene::mail().change_policy(|policy| policy.mx.push("*.left.example".into()));
        assert_eq!(more.severities(CHECK.id), [Severity::Info]);
        assert!(names("*.shop.example", "mx1.shop.example"));
        assert!(!names("*.shop.example", "a.mx1.shop.example") && !names("*.shop.example", "shop.example"));
    }
}
