//! The Wi-Fi that this computer is on encrypts nothing.

use midwatch_model::{AttackId::*, Severity, Station, WifiProtectionKind};

use crate::Check;
use crate::view::here::wifi::{announces, is_readable};

pub(crate) static CHECK: Check = Check {
    id: "wifi-open",
    title: "Everybody near can read what this computer sends over Wi-Fi",
    severity: Severity::High,
    says: "{place} encrypts nothing that anybody near could not open",
    about: "On an open network every frame goes through the air as it is. WEP encrypts with keys that are worked out \
            from what is heard in a few minutes. Whatever is not encrypted by itself (plain http, DNS in plain text, \
            many a programme's own protocol) is then read by everybody in reach, and nothing tells them apart from \
            the access point.",
    gain: "What this computer sends and receives without encryption of its own, and the names and addresses of \
           everything else. No password is needed, and nobody notices.",
    from: &[Station::Wifi],
    attacks: &[Eavesdropping],
    decided: "By what the access point announces, as the kernel last heard it: neither RSN nor WPA, and the privacy bit \
              unset (open) or set (WEP). OWE has an RSN element and does not count. Low where everything for the \
              internet goes through the tunnel of a VPN. What cannot be understood, such as a list of elements that \
              is cut off, is not taken for open.",
    benign: &[
        "Networks for guests in cafés, trains and hotels are open on purpose, as a page for signing in needs no \
         password of Wi-Fi. What is said here holds for them as well.",
    ],
    fix: "Use a VPN, or one's phone, wherever more than https goes over it; switch HTTPS-Only on in the browser. Who runs \
          the network switches on WPA3, or OWE (Enhanced Open) where guests should need no password.",
    settings: &[],
    source: "IEEE Std 802.11-2020 9.4.1.4, 12.3 (WEP is obsolete); RFC 8110",
    find: |view, found| {
        let vpn = view.here.local.vpn();
        for (joined, protection) in view.here.wifi.protected() {
            if !is_readable(protection.kind) {
                continue;
            }
            let mut detail = format!(
                "expected WPA3, WPA2 or OWE, observed {} at {}",
                announces(protection),
                joined.network.access_point.bssid
            );
            if protection.owe_transition {
                detail.push_str(", which offers OWE beside it; this computer has not taken that");
            }
            let mut draft = found.at(joined.place());
            if protection.kind == WifiProtectionKind::Wep {
                draft = draft.title("The Wi-Fi is encrypted with WEP, which anybody near can open");
            }
            draft = draft.see(joined.id, detail);
            if let Some((id, tunnel)) = vpn.as_ref().and_then(|vpn| vpn.first()) {
                draft
                    .severity(Severity::Low)
                    .see(id, format!("everything for the internet goes through the tunnel {tunnel}"));
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::{Destination, LinkKind, LocalNetwork, Outcome};

    use super::*;
    use crate::testing::*;

    fn of(kind: WifiProtectionKind) -> Vec<Severity> {
        Scene::empty().wifi_of(kind, |_| {}).severities(CHECK.id)
    }

    #[test]
    fn open_and_wep_are_named_and_nothing_else() {
        use WifiProtectionKind::*;
        assert_eq!(of(Open), [Severity::High]);
        assert_eq!(of(Wep), [Severity::High]);
        for kind in [Owe, WpaPersonal, Wpa2Personal, Wpa3Personal, Wpa2Enterprise, Other] {
            assert_eq!(of(kind), [], "{kind:?}");
        }
        assert!(Scene::here_local().find(CHECK.id).is_empty());
        let titles: Vec<String> = [Open, Wep]
            .into_iter()
            .map(|kind| Scene::empty().wifi_of(kind, |_| {}).find(CHECK.id)[0].title.clone())
            .collect();
        assert_ne!(titles[0], titles[1]);
    }

    fn tunnelled(driver: &str, change: impl FnOnce(&mut LocalNetwork)) -> Vec<Severity> {
        let scene = Scene::empty().wifi_of(WifiProtectionKind::Open, |_| {}).network(|network| {
            let mut tunnel = local_link("wg0", LinkKind::Tunnel);
            tunnel.driver = Some(driver.into());
            network.links = Outcome::seen(vec![local_link("wlan0", LinkKind::Wifi), tunnel]);
            network.ways = vec![
                local_way(Destination::Internet, "192.0.2.1", "wg0", false),
                local_way(Destination::Internet, "2001:db8::1", "wg0", false),
            ];
            change(network);
        });
        scene.severities(CHECK.id)
    }

    #[test]
    fn a_vpn_that_takes_everything_makes_it_low() {
        assert_eq!(tunnelled("wireguard", |_| {}), [Severity::Low]);
        assert_eq!(tunnelled("gre", |_| {}), [Severity::High], "nothing is encrypted in it");
        let around = |network: &mut LocalNetwork| {
            network.ways[1] = local_way(Destination::Internet, "2001:db8::1", "wlan0", true);
        };
        assert_eq!(tunnelled("wireguard", around), [Severity::High]);
        assert_eq!(tunnelled("wireguard", |network| network.ways.clear()), [Severity::High]);
    }

    #[test]
    fn what_was_not_read_is_no_finding() {
        let scene = Scene::empty().wifi(|network| network.access_point.protection = timeout());
        assert!(scene.find(CHECK.id).is_empty());
        let none = midwatch_model::Fact::LocalWifi(local_wifi(Outcome::seen(None)));
        assert!(Scene::empty().fact(none).find(CHECK.id).is_empty());
        let unread = midwatch_model::Fact::LocalWifi(local_wifi(timeout()));
        assert!(Scene::empty().fact(unread).find(CHECK.id).is_empty());
    }
}
