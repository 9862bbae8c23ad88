//! A computer on a Wi-Fi network, changed one fact at a time.

use midwatch_model::*;

use super::Scene;

impl Scene {
    /// On a network of WPA3 with protected management frames and one more access point of its name, changed.
    pub fn wifi(self, change: impl FnOnce(&mut WifiNetwork)) -> Self {
        let mut network = WifiNetwork {
            name: WifiName { text: "home".into(), hex: "686f6d65".into() },
            access_point: local_access_point("02:00:00:00:00:11", WifiProtectionKind::Wpa3Personal),
            frames_protected: Outcome::seen(true),
            same_name: vec![local_access_point("02:00:00:00:00:12", WifiProtectionKind::Wpa3Personal)],
            more: 0,
        };
        change(&mut network);
        self.fact(Fact::LocalWifi(local_wifi(Outcome::seen(Some(Box::new(network))))))
    }

    /// On a network that is protected in this way alone, and knows of no other access point.
    pub fn wifi_of(self, kind: WifiProtectionKind, change: impl FnOnce(&mut WifiProtection)) -> Self {
        self.wifi(|network| {
            network.same_name.clear();
            network.access_point = local_access_point("02:00:00:00:00:11", kind);
            if let Outcome::Seen { value } = &mut network.access_point.protection {
                change(value);
            }
        })
    }
}

/// One wireless interface on this network.
pub fn local_wifi(network: Outcome<Option<Box<WifiNetwork>>>) -> LocalWifi {
    let interface =
        WifiInterface { name: "wlan0".into(), mode: WifiMode::Station, network, heard: Outcome::seen(2) };
    LocalWifi { interfaces: Outcome::seen(vec![interface]) }
}

/// An access point as its kind announces itself by its standard.
pub fn local_access_point(bssid: &str, kind: WifiProtectionKind) -> AccessPoint {
    use WifiProtectionKind::*;
    let suites: &[&str] = match kind {
        Open | Wep | Other => &[],
        Owe => &["OWE"],
        WpaPersonal => &["WPA-PSK"],
        WpaEnterprise => &["WPA-802.1X"],
        Wpa2Personal => &["PSK"],
        Wpa2Enterprise => &["802.1X"],
        Wpa2Wpa3Personal => &["PSK", "SAE"],
        Wpa2Wpa3Enterprise => &["802.1X", "802.1X-SHA256"],
        Wpa3Personal => &["SAE"],
        Wpa3Enterprise => &["802.1X-SHA256"],
        Wpa3Enterprise192 => &["802.1X-Suite-B-192"],
    };
    let cipher = match kind {
        Open | Wep | Other => None,
        WpaPersonal | WpaEnterprise => Some(WifiCipher::Tkip),
        Wpa3Enterprise192 => Some(WifiCipher::Gcmp256),
        _ => Some(WifiCipher::Ccmp128),
    };
    let management_frames = match kind {
        Owe | Wpa3Personal | Wpa3Enterprise | Wpa3Enterprise192 => ManagementFrames::Required,
        Wpa2Wpa3Personal | Wpa2Wpa3Enterprise => ManagementFrames::Capable,
        _ => ManagementFrames::None,
    };
    AccessPoint {
        bssid: bssid.into(),
        frequency: Some(5180),
        signal: Some(-55),
        age: Some(2500),
        protection: Outcome::seen(WifiProtection {
            kind,
            management_frames,
            key_management: suites.iter().map(|&suite| suite.to_owned()).collect(),
            pairwise: cipher.into_iter().collect(),
            group: cipher,
            group_management: (management_frames != ManagementFrames::None).then_some(WifiCipher::BipCmac128),
            first_wpa: matches!(kind, WpaPersonal | WpaEnterprise),
            owe_transition: false,
            hash_to_element: matches!(kind, Wpa3Personal),
        }),
    }
}
