//! The Wi-Fi takes an older way to join beside the newer one.

use midwatch_model::{AttackId::*, Severity, Station, WifiProtectionKind};

use crate::Check;
use crate::view::here::wifi::announces;

pub(crate) static CHECK: Check = Check {
    id: "wifi-transition",
    title: "The Wi-Fi takes an older way to join beside the newer one",
    severity: Severity::Info,
    says: "{place} takes an older way to join beside the newer one",
    about: "In a transition mode one network takes old and new devices: WPA2 beside WPA3, or an open network beside one \
            with OWE. A computer that knows the network by name may then be led to the older way, by an access point of \
            somebody else that offers nothing newer, and the password of WPA2 can be guessed from a recording of that.",
    gain: "To have this computer join in the older way, and with it what that gives away.",
    from: &[Station::Wifi],
    attacks: &[Eavesdropping],
    decided: "The access point announces PSK beside SAE, in one RSN element or in an override element of the Wi-Fi \
              Alliance; 802.1X with SHA-1 beside SHA-256; or it names the other half of an OWE pair. Low where this \
              association has no protected management frames: SAE is not used without them, so that it is WPA2 now.",
    benign: &["It is how networks move from WPA2 to WPA3, and printers and older phones may need it."],
    fix: "Once every device can, set the access point to WPA3 (or OWE) alone; until then a network of its own for what is \
          older. On this computer, allow SAE alone for this network (key-mgmt sae in NetworkManager).",
    settings: &[],
    source: "WPA3 Specification 3.3 (transition modes, Transition Disable); Vanhoef and Ronen, Dragonblood, IEEE S&P 2020",
    find: |view, found| {
        for (joined, protection) in view.here.wifi.protected() {
            let unprotected = joined.network.frames_protected.value() == Some(&false);
            let (detail, severity) = match protection.kind {
                WifiProtectionKind::Wpa2Wpa3Personal if unprotected => (
                    format!(
                        "expected SAE with protected management frames, observed {} and an association without: it is \
                         WPA2",
                        announces(protection)
                    ),
                    Severity::Low,
                ),
                WifiProtectionKind::Wpa2Wpa3Personal | WifiProtectionKind::Wpa2Wpa3Enterprise => {
                    (format!("expected WPA3 alone, observed {}", announces(protection)), Severity::Info)
                }
                WifiProtectionKind::Owe | WifiProtectionKind::Open if protection.owe_transition => (
                    format!(
                        "expected OWE alone, observed {}, half of a pair with an open network",
                        if protection.kind == WifiProtectionKind::Owe { "OWE" } else { "the open half" }
                    ),
                    Severity::Info,
                ),
                _ => continue,
            };
            found.at(joined.place()).severity(severity).see(joined.id, detail);
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::Outcome;
    use midwatch_model::WifiProtectionKind::*;

    use super::*;
    use crate::testing::*;

    #[test]
    fn every_transition_mode_is_named() {
        for kind in [Wpa2Wpa3Personal, Wpa2Wpa3Enterprise] {
            assert_eq!(Scene::empty().wifi_of(kind, |_| {}).severities(CHECK.id), [Severity::Info]);
        }
        for kind in [Owe, Open] {
            let scene = Scene::empty().wifi_of(kind, |one| one.owe_transition = true);
            assert_eq!(scene.severities(CHECK.id), [Severity::Info]);
        }
    }

    #[test]
    fn an_association_without_protected_frames_is_not_sae() {
        let with = |used: Outcome<bool>| {
            let scene = Scene::empty().wifi(|network| {
                network.access_point = local_access_point("02:00:00:00:00:11", Wpa2Wpa3Personal);
                network.frames_protected = used;
            });
            scene.severities(CHECK.id)
        };
        assert_eq!(with(Outcome::seen(false)), [Severity::Low]);
        assert_eq!(with(timeout()), [Severity::Info], "not measured proves nothing");
    }

    #[test]
    fn one_way_to_join_is_no_transition() {
        for kind in [Wpa2Personal, Wpa3Personal, Wpa3Enterprise, Owe, Open, Other] {
            assert!(Scene::empty().wifi_of(kind, |_| {}).find(CHECK.id).is_empty(), "{kind:?}");
        }
        assert!(Scene::here_local().find(CHECK.id).is_empty());
    }
}
