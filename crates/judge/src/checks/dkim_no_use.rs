//! A key of DKIM by which receivers verify nothing.

use midwatch_model::{AttackId::*, Outcome, Severity, Station};

use super::support;
use crate::Check;

pub(crate) static CHECK: Check = Check {
    id: "dkim-no-use",
    title: "Receivers verify nothing by the key of DKIM",
    severity: Severity::Low,
    says: "signatures by {place} count for nothing",
    about: "A selector names a key under which the domain's mail is signed. Where there is none, where it is marked as a test, or is for a hash \
            that receivers must not use, signed mail is to them as mail without a signature.",
    gain: "Mail that is changed on its way, or written by somebody else, looks like the domain's own mail: neither is proved.",
    from: &[Station::Network],
    attacks: &[Impersonation],
    decided: "Of a selector that was given (--dkim-selector): there is no key; the record has t=y; it allows SHA-1 alone; or it does not \
              keep the form. A key that was revoked (p= is empty) is info.",
    benign: &[
        "The selector may be mistyped, or out of use.",
        "A key is marked as a test while signing is introduced.",
    ],
    fix: "Publish the key as the signing server shows it, without t=y and h=sha1.",
    settings: &[],
    source: "RFC 6376 3.6.1; RFC 8301 3.1",
    find: |view, found| {
        for seen in &view.mail.dkim {
            let place = &seen.fact.txt.name;
            let key = match &seen.fact.key {
                Outcome::Seen { value } => value,
                Outcome::Refused { how } => {
                    found
                        .at(place)
                        .title("There is no key of DKIM at the selector")
                        .see(seen.id, support::short(how));
                    continue;
                }
                Outcome::Unmeasured { .. } => continue,
            };
            if key.revoked {
                found
                    .at(place)
                    .severity(Severity::Info)
                    .title("The key of DKIM was revoked")
                    .see(seen.id, "p= is empty");
                continue;
            }
            if key.testing {
                found.at(place).title("The key of DKIM is marked as a test").see(seen.id, "t=y");
            }
            if !key.hashes.is_empty() && key.hashes.iter().all(|hash| hash.eq_ignore_ascii_case("sha1")) {
                found.at(place).title("The key of DKIM is for SHA-1 alone").see(seen.id, "h=sha1");
            }
            for fault in &key.faults {
                found.at(place).see(seen.id, support::short(&format!("{}: {}", fault.tag, fault.detail)));
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    #[test]
    fn what_keeps_a_key_from_being_used() {
        assert!(Scene::mail().dkim(|_| {}).find(CHECK.id).is_empty());
        assert_eq!(Scene::mail().dkim(|key| key.testing = true).severities(CHECK.id), [Severity::Low]);
        assert_eq!(
            Scene::mail().dkim(|key| key.hashes = vec!["sha1".into()]).severities(CHECK.id),
            [Severity::Low]
        );
        let both = vec!["sha1".into(), "sha256".into()];
        assert!(Scene::mail().dkim(|key| key.hashes = both).find(CHECK.id).is_empty());
        assert_eq!(Scene::mail().dkim(|key| key.revoked = true).severities(CHECK.id), [Severity::Info]);
        let none = Scene::mail().dkim(|_| {}).change_dkim(|dkim| dkim.key = Outcome::refused("no record"));
        assert_eq!(none.severities(CHECK.id), [Severity::Low]);
        assert!(none.change_dkim(|dkim| dkim.key = timeout()).find(CHECK.id).is_empty());
    }
}
