//! Small curves.

use midwatch_model::{AttackId::*, Severity};

use super::support;
use crate::Check;
use crate::check::ON_PATH;
use crate::fixes::Setting;

pub(crate) static CHECK: Check = Check {
    id: "tls-weak-group",
    title: "Elliptic curves that are too small are accepted",
    severity: Severity::Low,
    says: "{place} accepts elliptic curves of less than 112 bits of strength",
    about: "Curves over fields of fewer than 224 bits are within reach of large computers sooner than all others, \
            and explicit curves can be made weak on purpose. No browser offers either.",
    gain: "The keys of recorded connections of odd clients, with great effort.",
    from: ON_PATH,
    attacks: &[Eavesdropping, StrippingAndDowngrade, IpHijacking],
    decided: "A curve of the sect or secp family over a field of fewer than 224 bits was accepted, or an explicit \
              curve.",
    benign: &[],
    fix: "Allow TLS 1.2 and 1.3 alone, with the suites of Mozilla's guideline.",
    settings: &[Setting::ModernTls],
    source: "RFC 8422 5.1.1; RFC 9325 4.5; NIST SP 800-57 part 1 rev. 5, table 2",
    find: |view, found| {
        for accepted in support::accepted(view) {
            let explicit = accepted
                .facts
                .suites
                .iter()
                .filter_map(|suite| suite.group.as_deref())
                .find(|group| *group == "explicit curve");
            let weak = accepted.facts.groups.iter().map(String::as_str);
            let names: Vec<&str> = weak.filter(|name| support::is_weak_group(name)).chain(explicit).collect();
            if !names.is_empty() {
                let (at, version) = (accepted.at, accepted.version);
                let what = format!("{at} accepts {} in {version}", support::names(&names));
                found.at(view.endpoint_name()).see(accepted.id, what);
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::Outcome;

    use super::*;
    use crate::testing::*;

    fn with(name: &str) -> Vec<Severity> {
        let scene = Scene::sound().change_tls(|tls| {
            for result in &mut tls.versions {
                if let Outcome::Seen { value } = &mut result.support {
                    value.groups.push(name.into());
                }
            }
        });
        scene.severities(CHECK.id)
    }

    #[test]
    fn the_size_of_the_field_decides() {
        assert_eq!(with("secp192r1"), [Severity::Low]);
        assert_eq!(with("sect163k1"), [Severity::Low]);
        assert!(with("secp224r1").is_empty());
        assert!(Scene::sound().find(CHECK.id).is_empty());
        assert!(Scene::sound().change_tls(silence).find(CHECK.id).is_empty());
    }
}
