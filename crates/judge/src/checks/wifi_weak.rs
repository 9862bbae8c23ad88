//! The Wi-Fi that this computer is on takes ciphers of the years before 2004.

use midwatch_model::{AttackId::*, Severity, Station, WifiCipher, WifiProtection};

use crate::Check;
use crate::view::here::wifi::{announces, is_readable};

pub(crate) static CHECK: Check = Check {
    id: "wifi-weak",
    title: "The Wi-Fi is protected with WPA or TKIP",
    severity: Severity::Medium,
    says: "{place} takes TKIP, the cipher of the first WPA",
    about: "TKIP was made so that hardware built for WEP could go on: RC4 with a weak check of integrity. Both have known \
            attacks, by which somebody near makes up packets and reads back some of what is sent. IEEE 802.11 has \
            deprecated it, and later speeds (802.11n and on) may not be used with it.",
    gain: "To send this computer packets that it takes for the network's own, and to read parts of what goes over it.",
    from: &[Station::Wifi],
    attacks: &[Eavesdropping],
    decided: "By what the access point announces. Medium where the first WPA is all there is, or every cipher for single \
              computers is TKIP or WEP. Low where AES is offered beside it: this computer takes AES, and what is sent to \
              all goes with the weaker cipher.",
    benign: &["A network that an old printer or a device without a screen still needs."],
    fix: "In the access point's settings, choose WPA3 or WPA2 with AES (CCMP), without 'WPA/WPA2' or 'TKIP+AES'. Give what \
          cannot do that a network of its own.",
    settings: &[],
    source: "IEEE Std 802.11-2020 12.5.2 (deprecated); Vanhoef and Piessens, All Your Biases Belong To Us, USENIX Security \
             2015",
    find: |view, found| {
        for (joined, protection) in view.here.wifi.protected() {
            let Some(severity) = severity(protection) else { continue };
            let detail = format!(
                "expected AES (CCMP or GCMP) alone, observed {}{}",
                announces(protection),
                ciphers(protection)
            );
            let draft = found.at(joined.place()).severity(severity).see(joined.id, detail);
            if severity == Severity::Low {
                draft.title("The Wi-Fi takes WPA or TKIP beside AES");
            }
        }
    },
};

fn is_weak(cipher: WifiCipher) -> bool {
    matches!(cipher, WifiCipher::Tkip | WifiCipher::Wep40 | WifiCipher::Wep104)
}

fn severity(protection: &WifiProtection) -> Option<Severity> {
    if is_readable(protection.kind) {
        return None;
    }
    let pairwise = &protection.pairwise;
    let any = protection.first_wpa || pairwise.iter().chain(&protection.group).any(|one| is_weak(*one));
    let all = !pairwise.is_empty() && pairwise.iter().all(|one| is_weak(*one));
    match (any, all) {
        (false, _) => None,
        (true, true) => Some(Severity::Medium),
        (true, false) => Some(Severity::Low),
    }
}

fn ciphers(protection: &WifiProtection) -> String {
    let name = |cipher: &WifiCipher| match cipher {
        WifiCipher::Tkip => "TKIP",
        WifiCipher::Wep40 | WifiCipher::Wep104 => "WEP",
        WifiCipher::Ccmp128 | WifiCipher::Ccmp256 => "CCMP",
        WifiCipher::Gcmp128 | WifiCipher::Gcmp256 => "GCMP",
        _ => "another cipher",
    };
    let pairwise: Vec<&str> = protection.pairwise.iter().map(name).collect();
    let group = protection.group.as_ref().map(name).unwrap_or("none");
    format!(", with {} for single computers and {group} for all", pairwise.join(" and "))
}

#[cfg(test)]
mod tests {
    use midwatch_model::WifiProtectionKind::{self, *};

    use super::*;
    use crate::testing::*;

    fn of(kind: WifiProtectionKind, change: impl FnOnce(&mut WifiProtection)) -> Vec<Severity> {
        Scene::empty().wifi_of(kind, change).severities(CHECK.id)
    }

    #[test]
    fn the_first_wpa_and_tkip_alone_are_medium() {
        assert_eq!(of(WpaPersonal, |_| {}), [Severity::Medium]);
        assert_eq!(of(WpaEnterprise, |_| {}), [Severity::Medium]);
        assert_eq!(of(Wpa2Personal, |one| one.pairwise = vec![WifiCipher::Tkip]), [Severity::Medium]);
    }

    #[test]
    fn beside_aes_it_is_low() {
        assert_eq!(of(Wpa2Personal, |one| one.first_wpa = true), [Severity::Low]);
        assert_eq!(of(Wpa2Personal, |one| one.pairwise.push(WifiCipher::Tkip)), [Severity::Low]);
        assert_eq!(of(Wpa2Enterprise, |one| one.group = Some(WifiCipher::Wep104)), [Severity::Low]);
        // The first WPA with AES: some access points had it.
        assert_eq!(of(WpaPersonal, |one| one.pairwise = vec![WifiCipher::Ccmp128]), [Severity::Low]);
    }

    #[test]
    fn aes_alone_is_sound_and_open_is_another_matter() {
        for kind in [Wpa2Personal, Wpa3Personal, Wpa3Enterprise192, Owe, Open, Wep] {
            assert_eq!(of(kind, |_| {}), [], "{kind:?}");
        }
        assert!(Scene::here_local().find(CHECK.id).is_empty());
        let scene = Scene::empty().wifi(|network| network.access_point.protection = timeout());
        assert!(scene.find(CHECK.id).is_empty());
    }
}
