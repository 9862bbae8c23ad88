//! A program takes its trust anchors from another place than the system's.

use midwatch_model::{AttackId::*, LocalSettingKind as Kind, Severity, Station};

use super::support::setting_place;
use crate::Check;

/// How the places begin where systems keep their own anchors.
const SYSTEM: &[&str] = &[
    "/etc/ssl/",
    "/etc/pki/",
    "/etc/ca-certificates/",
    "/usr/share/ca-certificates/",
    "/usr/lib/ssl/",
    "/usr/local/share/ca-certificates/",
    "/var/lib/ca-certificates/",
    "/nix/store/",
];

pub(crate) static CHECK: Check = Check {
    id: "ca-bundle-replaced",
    title: "A program takes its trust anchors from another place than the system's",
    severity: Severity::Low,
    says: "{place} names other trust anchors than the system's",
    about: "Settings such as SSL_CERT_FILE, CURL_CA_BUNDLE or http.sslCAInfo replace the anchors that a program trusts, or \
            add to them. Whoever can write that file chooses who can be impersonated to the program.",
    gain: "Somebody whose root is in the file can answer in every server's stead.",
    from: &[Station::You, Station::Network],
    attacks: &[Impersonation],
    decided: "A setting that names a file or directory outside of the places where systems keep their anchors. Medium \
              where it lies in a directory that everybody may write to (/tmp, /var/tmp, /dev/shm). What the file holds is \
              not looked at.",
    benign: &[
        "A company's root that was given to one program alone, which is better than to give it to all.",
        "A bundle of public roots that came with a program, such as certifi's.",
    ],
    fix: "Look at what the file holds. Where it is a company's root, nothing is to be done; otherwise take the setting out.",
    settings: &[],
    source: "SSL_CTX_set_default_verify_paths(3ssl); curl(1) --cacert; git-config(1) http.sslCAInfo",
    find: |view, found| {
        for (id, setting) in view.here.local.settings_of(&[Kind::CaBundle]) {
            let value = setting.value.as_str();
            if SYSTEM.iter().any(|start| format!("{value}/").starts_with(start)) && !value.contains("/../") {
                continue;
            }
            let is_open = ["/tmp/", "/var/tmp/", "/dev/shm/"].iter().any(|start| value.starts_with(start));
            found
                .at(setting_place(setting))
                .severity(if is_open { Severity::Medium } else { Severity::Low })
                .title(format!(
                    "{}: trust anchors come from another place than the system's",
                    setting.program
                ))
                .see(id, format!("expected the system's anchors, observed {}={value}", setting.name));
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    fn with(text: &str) -> Vec<Severity> {
        Scene::empty().settings(&[(Kind::CaBundle, "curl", text, None)]).severities(CHECK.id)
    }

    #[test]
    fn other_places_are_named() {
        assert_eq!(with("CURL_CA_BUNDLE=/home/joe/ca.pem"), [Severity::Low]);
        assert_eq!(with("CURL_CA_BUNDLE=/tmp/ca.pem"), [Severity::Medium]);
        assert_eq!(with("SSL_CERT_FILE=/etc/ssl/../../tmp/ca.pem"), [Severity::Low]);
    }

    #[test]
    fn the_systems_own_places_are_not() {
        for value in ["/etc/ssl/certs/ca-certificates.crt", "/etc/ssl/certs", "/nix/store/x/ca.crt"] {
            assert!(with(&format!("SSL_CERT_FILE={value}")).is_empty(), "{value}");
        }
        assert!(Scene::here_local().find(CHECK.id).is_empty());
        assert!(Scene::empty().find(CHECK.id).is_empty());
    }
}
