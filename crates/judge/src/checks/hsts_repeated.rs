//! Several headers that differ.

use midwatch_fields::hsts;
use midwatch_model::{AttackId::*, Severity};

use super::support;
use crate::Check;
use crate::check::ON_PATH_OR_DNS;
use crate::fixes::Setting;

pub(crate) static CHECK: Check = Check {
    id: "hsts-repeated",
    title: "Several HSTS headers in one answer contradict each other",
    severity: Severity::Low,
    says: "{place} sends several Strict-Transport-Security headers that differ, of which the first alone counts",
    about: "A browser reads the first of several such headers and no other. Where a proxy and the application each \
            add one, the weaker may come first.",
    gain: "What the weaker policy leaves open.",
    from: ON_PATH_OR_DNS,
    attacks: &[StrippingAndDowngrade],
    decided: "An answer over https has more than one such header, with different values. Low where a later one is \
              stricter than the first (longer, with includeSubDomains, or valid where the first is not), info \
              otherwise.",
    benign: &[],
    fix: "Find what adds the other header, and send one alone.",
    settings: &[Setting::Hsts],
    source: "RFC 6797 8.1",
    find: |view, found| {
        for answer in view.answers.iter().filter(|answer| answer.url.scheme() == "https") {
            let host = answer.url.host_str().unwrap_or_default();
            let values: Vec<&str> = answer.response.header("strict-transport-security").collect();
            let [first, rest @ ..] = values.as_slice() else { continue };
            if !view.is_own(host) || rest.iter().all(|value| value == first) {
                continue;
            }
            let strength = |value: &str| {
                hsts::parse(value).ok().map(|policy| (policy.max_age, policy.include_sub_domains))
            };
            let stricter = |value: &&str| match (strength(first), strength(value)) {
                (Some((age, subs)), Some((other, others))) => other > age || others && !subs,
                (None, Some(_)) => true,
                (_, None) => false,
            };
            let severity = if rest.iter().any(stricter) { Severity::Low } else { Severity::Info };
            let quoted: Vec<String> = values.iter().map(|value| support::quoted(value)).collect();
            found
                .at(host)
                .severity(severity)
                .see(answer.id, format!("{} sends {}", answer.url, support::names(&quoted)));
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    fn with(first: &str, second: &str) -> Vec<Severity> {
        let headers = [("strict-transport-security", first), ("strict-transport-security", second)];
        Scene::sound().page("https://shop.example/x", reply(200, &headers), |_| {}).severities(CHECK.id)
    }

    #[test]
    fn the_first_counts() {
        assert_eq!(with("max-age=300", HSTS), [Severity::Low]);
        assert_eq!(with("max-age=63072000", "max-age=300; includeSubDomains"), [Severity::Low]);
        assert_eq!(with("nonsense", HSTS), [Severity::Low]);
        assert_eq!(with(HSTS, "max-age=300"), [Severity::Info]);
        assert!(with(HSTS, HSTS).is_empty());
        assert!(Scene::sound().find(CHECK.id).is_empty());
        let silent = Scene::sound().page("https://shop.example/x", timeout(), |_| {});
        assert!(silent.find(CHECK.id).is_empty());
    }
}
