//! The secrets of TLS connections are written to a file.

use midwatch_model::{AttackId::*, LocalSettingKind as Kind, Severity, Station};

use super::support::setting_place;
use crate::Check;

pub(crate) static CHECK: Check = Check {
    id: "key-log",
    title: "The secrets of TLS connections are written to a file",
    severity: Severity::High,
    says: "{place} has the secrets of TLS connections written down",
    about: "Browsers, curl and others write the secrets of each connection into the file that SSLKEYLOGFILE names, for \
            those who look for faults. With that file and what passed over the network, every connection can be read.",
    gain: "Whoever can read the file, or named it, and can listen on the network, reads every connection.",
    from: &[Station::You, Station::Wifi, Station::Network],
    attacks: &[Eavesdropping, ManInTheBrowser],
    decided: "SSLKEYLOGFILE in the environment or in a file that sets it. Whether the file is there, and who can read it, \
              is not looked at.",
    benign: &["A developer who looks into a fault with Wireshark or the like, and forgot to take it back."],
    fix: "Unset SSLKEYLOGFILE where it was set, start anew what ran with it, and delete the file.",
    settings: &[],
    source: "RFC 9850",
    find: |view, found| {
        for (id, setting) in view.here.local.settings_of(&[Kind::KeyLog]) {
            found
                .at(setting_place(setting))
                .see(id, format!("expected it not to be set, observed {}={}", setting.name, setting.value));
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    #[test]
    fn a_key_log_is_named() {
        let set = (Kind::KeyLog, "browsers", "SSLKEYLOGFILE=/tmp/keys", None);
        assert_eq!(Scene::here_local().settings(&[set]).severities(CHECK.id), [Severity::High]);
    }

    #[test]
    fn none_is_none() {
        assert!(Scene::here_local().find(CHECK.id).is_empty());
        assert!(Scene::empty().find(CHECK.id).is_empty());
    }
}
