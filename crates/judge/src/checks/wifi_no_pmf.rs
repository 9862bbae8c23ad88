//! Management frames of the Wi-Fi are not protected.

use midwatch_model::{AttackId::*, ManagementFrames, Severity, Station, WifiProtectionKind};

use crate::Check;
use crate::view::here::wifi::is_readable;

pub(crate) static CHECK: Check = Check {
    id: "wifi-no-pmf",
    title: "Anybody near can throw this computer off the Wi-Fi",
    severity: Severity::Info,
    says: "management frames of {place} are not protected",
    about: "Computers and access points take leave of each other with management frames. Without protection (IEEE \
            802.11w) nobody can tell who sent one, so that a neighbour can send this computer away again and again, \
            and wait for it at another access point of the same name, or record how it joins anew.",
    gain: "To interrupt the connection at will, to lead the computer to an access point of their own, and to record the \
           handshake from which the password of WPA2 can be guessed.",
    from: &[Station::Wifi],
    attacks: &[Eavesdropping],
    decided: "The kernel says of this association that they are not protected; where the driver does not tell, the access \
              point announces that it cannot (MFPC unset). Info for WPA2, which leaves it open. Low where the access \
              point offers it and this association goes without, and where WPA3 or OWE is announced without it, which \
              their specifications do not allow. Open networks and WEP have nothing to protect it with.",
    benign: &["Most networks of WPA2 have it switched off, since old devices could not join otherwise."],
    fix: "In the access point's settings, set protected management frames (PMF, 802.11w) to capable, or to required where \
          every device can; WPA3 brings it. On this computer leave it on: wifi-sec.pmf in NetworkManager, pmf in \
          wpa_supplicant.",
    settings: &[],
    source: "IEEE Std 802.11-2020 9.4.2.24.4; IEEE Std 802.11w-2009; WPA3 Specification 3.3",
    find: |view, found| {
        for (joined, protection) in view.here.wifi.protected() {
            if is_readable(protection.kind) || protection.kind == WifiProtectionKind::Other {
                continue;
            }
            let offered = protection.management_frames != ManagementFrames::None;
            let detail = match joined.network.frames_protected.value() {
                Some(true) => continue,
                Some(false) if offered => {
                    "expected protected management frames, which the access point offers, observed an association \
                     without them"
                }
                Some(false) => "expected protected management frames, observed an association without them",
                None if offered => continue,
                None => {
                    "expected the access point to announce protected management frames, observed that it does not"
                }
            };
            let requires = matches!(
                protection.kind,
                WifiProtectionKind::Owe
                    | WifiProtectionKind::Wpa3Personal
                    | WifiProtectionKind::Wpa3Enterprise
                    | WifiProtectionKind::Wpa3Enterprise192
            );
            found
                .at(joined.place())
                .severity(if offered || requires { Severity::Low } else { Severity::Info })
                .see(joined.id, detail);
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::Outcome;
    use midwatch_model::WifiProtectionKind::*;

    use super::*;
    use crate::testing::*;

    fn of(kind: WifiProtectionKind, announced: ManagementFrames, used: Outcome<bool>) -> Vec<Severity> {
        let scene = Scene::empty().wifi(|network| {
            network.frames_protected = used;
            network.access_point = local_access_point("02:00:00:00:00:11", kind);
            if let Outcome::Seen { value } = &mut network.access_point.protection {
                value.management_frames = announced;
            }
        });
        scene.severities(CHECK.id)
    }

    #[test]
    fn what_this_association_does_counts_before_what_is_announced() {
        use ManagementFrames::{Capable, None, Required};
        assert_eq!(of(Wpa2Personal, None, Outcome::seen(false)), [Severity::Info]);
        assert_eq!(of(Wpa2Wpa3Personal, Capable, Outcome::seen(false)), [Severity::Low]);
        assert_eq!(of(Wpa2Wpa3Personal, Capable, Outcome::seen(true)), []);
        assert_eq!(of(Wpa3Personal, Required, Outcome::seen(true)), []);
        assert_eq!(of(Wpa3Personal, None, Outcome::seen(false)), [Severity::Low]);
    }

    #[test]
    fn what_the_driver_does_not_tell_is_decided_by_what_is_announced() {
        use ManagementFrames::{Capable, None};
        assert_eq!(of(Wpa2Personal, None, timeout()), [Severity::Info]);
        assert_eq!(of(Wpa2Personal, Capable, timeout()), []);
    }

    #[test]
    fn open_networks_are_another_matter() {
        use ManagementFrames::None;
        for kind in [Open, Wep, Other] {
            assert_eq!(of(kind, None, Outcome::seen(false)), []);
        }
        assert!(Scene::here_local().find(CHECK.id).is_empty());
        let scene = Scene::empty().wifi(|network| network.access_point.protection = timeout());
        assert!(scene.find(CHECK.id).is_empty());
    }
}
