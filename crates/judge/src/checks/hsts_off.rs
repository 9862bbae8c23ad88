//! The policy is taken back.

use midwatch_fields::hsts;
use midwatch_model::{AttackId::*, Severity};

use super::support;
use crate::Check;
use crate::check::ON_PATH_OR_DNS;
use crate::fixes::Setting;
use crate::view::HstsState;

pub(crate) static CHECK: Check = Check {
    id: "hsts-off",
    title: "The host takes its HSTS policy back",
    severity: Severity::High,
    says: "{place} sends max-age=0, which takes back what browsers knew of Strict-Transport-Security",
    about: "max-age=0 tells browsers to forget that the host is to be visited over https alone. It is meant for a \
            site that leaves https; elsewhere it leaves visitors as unprotected as no header at all, and those who \
            had a policy lose it.",
    gain: "The visit as a whole: visitors can be kept on plain http, those who have been here before too.",
    from: ON_PATH_OR_DNS,
    attacks: &[SessionHijacking, HttpInjection, StrippingAndDowngrade, DnsSpoofing, IpHijacking],
    decided: "The first answer over https that has the header says max-age=0. High at the host itself; medium at \
              its sibling, low where that only redirects. Medium where some answers say max-age=0 and others a \
              longer time: the last answer that a browser met counts. Low where the policy of a name above covers \
              the host.",
    benign: &["A site that leaves https for good has to send it for as long as its last policy held."],
    fix: "Send max-age=63072000 with every answer over https, and find what sends max-age=0. Before \
          includeSubDomains is sent, every name below the host has to answer over https.",
    settings: &[Setting::Hsts],
    source: "RFC 6797 6.1.1 and 8.1",
    find: |view, found| {
        for seen in support::hsts_hosts(view) {
            let HstsState::Valid { id, url, value, hsts } = &seen.state else { continue };
            let covered = support::covered_from_above(view, &seen.host, 1);
            if hsts.max_age == 0 {
                let severity =
                    if covered { Severity::Low } else { support::without_policy(view, &seen.host) };
                found
                    .at(&seen.host)
                    .severity(severity)
                    .see(id, format!("{url} sends {}", support::quoted(value)));
                continue;
            }
            for answer in view.answers.iter().filter(|answer| {
                answer.url.scheme() == "https" && answer.url.host_str() == Some(seen.host.as_str())
            }) {
                let policy = hsts::from_header(answer.response.header("strict-transport-security"));
                if policy.is_some_and(|policy| policy.is_ok_and(|policy| policy.max_age == 0)) {
                    let severity = if covered { Severity::Low } else { Severity::Medium };
                    found
                        .at(&seen.host)
                        .severity(support::at_host(view, &seen.host, severity))
                        .title("Some answers take the host's HSTS policy back")
                        .see(answer.id, format!("{} sends max-age=0", answer.url));
                }
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    #[test]
    fn zero_seconds_are_no_policy() {
        let scene = Scene::sound().hsts(Some("max-age=0; includeSubDomains"));
        assert_eq!(scene.severities(CHECK.id), [Severity::High, Severity::Low]);
        assert!(Scene::sound().find(CHECK.id).is_empty());
        assert!(Scene::sound().hsts(Some("max-age=1")).find(CHECK.id).is_empty());
        assert!(Scene::sound().hsts(None).find(CHECK.id).is_empty());
    }

    #[test]
    fn one_answer_that_takes_it_back_is_medium() {
        let off = reply(200, &[("strict-transport-security", "max-age=0")]);
        let scene = Scene::sound().page("https://shop.example/legacy", off, |_| {});
        assert_eq!(scene.severities(CHECK.id), [Severity::Medium]);
        let silent = Scene::sound().page("https://shop.example/legacy", timeout(), |_| {});
        assert!(silent.find(CHECK.id).is_empty());
    }
}
