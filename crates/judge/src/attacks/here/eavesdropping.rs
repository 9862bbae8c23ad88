//! Reading along with this computer over the air.

use midwatch_model::{
    AttackId, Because, ManagementFrames, Station, WifiMode, WifiProtection, WifiProtectionKind as Kind,
};

use crate::attack::{by_severity, link};
use crate::view::View;
use crate::view::here::wifi::{Joined, is_readable};
use crate::{Attack, Scope};

pub(crate) static ATTACK: Attack = Attack {
    id: AttackId::Eavesdropping,
    about: "Somebody in reach of the radio listens: on an open network to everything, on one whose password all guests \
            share to everybody whose joining they heard. Nothing is sent, so that nobody can notice. Beside them, a \
            setting of this computer may hand what it sends to somebody.",
    gain: "Everything that is not encrypted by itself, and of the rest with whom this computer talks, when and how much.",
    from: &[Station::Wifi],
    decided: "Exposed on a network that is open or has WEP, unless a VPN takes everything. Partly on one with WPA or TKIP, \
              and where an access point of the same name protects otherwise. Unknown where it could not be read which \
              network this computer is on or how it is protected, and on one with WPA2 and a password, since everybody \
              who has it can read along and midwatch cannot know who has. Protected with WPA3, OWE or an account for \
              each, and behind a VPN. Findings about proxies, resolvers and tunnels count as well. Unknown without Wi-Fi \
              too: what a cable leads to, and the host that a virtual machine or container is on, cannot be seen.",
    defence: "WPA3, or a VPN on networks of others; https and DNS over TLS, whoever listens.",
    scope: Scope::Here,
    weigh: by_severity,
    exposed: "so others can read what this computer sends without encryption of its own",
    partly: "so others may be able to read some of what this computer sends",
    gaps: |view| {
        let Some(seen) = view.here.wifi.seen else {
            return vec![link("the Wi-Fi of this computer was not looked at", &[])];
        };
        if let Some(why) = seen.fact.interfaces.why_not() {
            let text = format!("whether this computer is on Wi-Fi could not be read: {why}");
            return vec![link(text, &[seen.id])];
        }
        let mut all = Vec::new();
        for (id, interface) in view.here.wifi.interfaces() {
            if let Some(why) = interface.network.why_not() {
                let text = format!("which network {} is on could not be read: {why}", interface.name);
                all.push(link(text, &[id]));
            }
        }
        for joined in view.here.wifi.joined() {
            if let Some(why) = joined.network.access_point.protection.why_not() {
                all.push(link(
                    format!("how {} is protected is not known: {why}", joined.place()),
                    &[joined.id],
                ));
            }
        }
        if view.here.local.vpn().is_none() {
            all.extend(view.here.wifi.protected().filter_map(|(joined, own)| shared(&joined, own)));
            if all.is_empty() {
                all.extend(no_wifi(view));
            }
        }
        all
    },
    reasons: |view| {
        let mut all = Vec::new();
        if let Some(vpn) = view.here.local.vpn() {
            let ids: Vec<&str> = vpn.iter().map(|(id, _)| *id).collect();
            if let Some((_, name)) = vpn.first() {
                all.push(link(format!("everything for the internet goes through the tunnel {name}"), &ids));
            }
        }
        all.extend(view.here.wifi.protected().filter_map(|(joined, own)| keeps_out(&joined, own)));
        all
    },
    remains: |view| {
        let mut all = vec![
            "Whoever runs the access point, the router or a network beyond reads what is not encrypted by itself."
                .to_owned(),
        ];
        let accounts = [
            Kind::WpaEnterprise,
            Kind::Wpa2Enterprise,
            Kind::Wpa2Wpa3Enterprise,
            Kind::Wpa3Enterprise,
            Kind::Wpa3Enterprise192,
        ];
        if view.here.wifi.protected().any(|(_, own)| accounts.contains(&own.kind)) {
            let text = "Whether this computer verifies the certificate of the server that takes its account is not read.";
            all.push(text.into());
        }
        if view.here.wifi.joined().next().is_some() {
            all.push(
                "The kernel keeps what it heard for half a minute, and no scan was started: an access point of the same \
                 name may be near and not be among them."
                    .into(),
            );
        }
        all
    },
};

/// WPA or WPA2 with a password: everybody who has it reads along with whom they heard joining.
fn shared(joined: &Joined<'_>, own: &WifiProtection) -> Option<Because> {
    let text = match own.kind {
        Kind::WpaPersonal | Kind::Wpa2Personal => format!(
            "who else has the password of {} is not known, and with {} everybody who has it can read along",
            joined.place(),
            own.kind.name()
        ),
        Kind::Wpa2Wpa3Personal if joined.network.frames_protected.value() == Some(&false) => format!(
            "this computer joined {} by WPA2, and who else has its password, and can read along, is not known",
            joined.place()
        ),
        Kind::Wpa2Wpa3Personal => format!(
            "whether this computer joined {} by WPA3 or by WPA2, where everybody with the password can read along, is \
             not told by the kernel",
            joined.place()
        ),
        Kind::Other => format!("{} has a protection that is not known", joined.place()),
        _ => return None,
    };
    Some(link(text, &[joined.id]))
}

/// What keeps others on the network and near it from reading along.
fn keeps_out(joined: &Joined<'_>, own: &WifiProtection) -> Option<Because> {
    if is_readable(own.kind) || shared(joined, own).is_some() {
        return None;
    }
    let frames = match own.management_frames {
        ManagementFrames::Required => ", and management frames have to be protected",
        ManagementFrames::Capable | ManagementFrames::None => "",
    };
    let how = match own.kind {
        Kind::Owe => "keys that are agreed on anew with each computer, though not with whom",
        Kind::Wpa3Personal => "keys that nobody works out from the password",
        _ => "keys of its own for each account",
    };
    let text = format!("{} has {}: {how}{frames}", joined.place(), own.kind.name());
    Some(link(text, &[joined.id]))
}

/// This computer is on no Wi-Fi. That is no reason to be safe: its cable may lead to some, and it may be a guest of a
/// computer that is on one.
fn no_wifi(view: &View<'_>) -> Option<Because> {
    let seen = view.here.wifi.seen.filter(|seen| seen.fact.interfaces.is_seen())?;
    if view.here.wifi.joined().next().is_some() {
        return None;
    }
    let own = match view.here.wifi.interfaces().filter(|(_, one)| one.mode == WifiMode::Station).count() {
        0 => "this computer has no Wi-Fi, so that nobody reads it by radio here",
        _ => "this computer has joined no Wi-Fi network, so that nobody reads it by radio here",
    };
    Some(link(format!("{own}; who can listen where its cable leads cannot be seen"), &[seen.id]))
}

#[cfg(test)]
mod tests {
    use midwatch_model::*;

    use crate::testing::*;

    fn verdict(scene: &Scene) -> AttackVerdict {
        let judged = Scene { about: About::Here, ..scene.clone() }.judge();
        judged.attacks.into_iter().find(|attack| attack.id == AttackId::Eavesdropping).expect("it is judged")
    }

    fn of(kind: WifiProtectionKind) -> AttackVerdict {
        verdict(&Scene::empty().wifi_of(kind, |_| {}))
    }

    #[test]
    fn what_everybody_near_reads_is_exposed() {
        for kind in [WifiProtectionKind::Open, WifiProtectionKind::Wep] {
            let verdict = of(kind);
            assert_eq!(verdict.verdict, Verdict::Exposed);
            assert_eq!(verdict.because[0].findings, ["wifi-open"]);
        }
        assert_eq!(of(WifiProtectionKind::WpaPersonal).verdict, Verdict::Partly);
    }

    #[test]
    fn keys_of_ones_own_protect() {
        use WifiProtectionKind::*;
        for kind in [Owe, Wpa3Personal, Wpa3Enterprise, Wpa2Enterprise] {
            let verdict = of(kind);
            assert_eq!(verdict.verdict, Verdict::Protected, "{kind:?} {verdict:?}");
            assert!(verdict.because[0].text.contains(kind.name()), "{verdict:?}");
            assert!(!verdict.remains.is_empty());
        }
    }

    #[test]
    fn a_shared_password_is_not_known_to_protect() {
        use WifiProtectionKind::*;
        for kind in [Wpa2Personal, Wpa2Wpa3Personal, Other] {
            assert_eq!(of(kind).verdict, Verdict::Unknown, "{kind:?}");
        }
    }

    #[test]
    fn the_first_wpa_with_aes_has_a_shared_password_too() {
        let scene = Scene::empty().wifi_of(WifiProtectionKind::WpaPersonal, |one| {
            one.pairwise = vec![WifiCipher::Ccmp128];
        });
        assert_eq!(verdict(&scene).verdict, Verdict::Unknown);
    }

    #[test]
    fn whom_an_account_is_shown_to_remains() {
        let remains = of(WifiProtectionKind::Wpa2Enterprise).remains;
        assert!(remains.iter().any(|one| one.contains("certificate")), "{remains:?}");
        let remains = of(WifiProtectionKind::Wpa3Personal).remains;
        assert!(!remains.iter().any(|one| one.contains("certificate")), "{remains:?}");
    }

    #[test]
    fn a_computer_without_wifi_says_so() {
        let none = Scene::empty().fact(Fact::LocalWifi(LocalWifi { interfaces: Outcome::seen(vec![]) }));
        let told = verdict(&none);
        assert_eq!(told.verdict, Verdict::Unknown, "a virtual machine has none either");
        assert!(told.because[0].text.contains("has no Wi-Fi"), "{told:?}");
        let off = Scene::empty().fact(Fact::LocalWifi(local_wifi(Outcome::seen(None))));
        assert!(verdict(&off).because[0].text.contains("joined no Wi-Fi network"));
    }

    #[test]
    fn what_was_not_measured_is_unknown() {
        let interfaces = Scene::empty().fact(Fact::LocalWifi(LocalWifi { interfaces: timeout() }));
        let network = Scene::empty().fact(Fact::LocalWifi(local_wifi(timeout())));
        let protection = Scene::empty().wifi(|network| network.access_point.protection = timeout());
        for scene in [Scene::empty(), interfaces, network, protection] {
            assert_eq!(verdict(&scene).verdict, Verdict::Unknown, "{scene:?}");
        }
    }

    #[test]
    fn a_vpn_closes_what_the_network_leaves_open() {
        let behind = |kind| {
            Scene::empty().wifi_of(kind, |_| {}).network(|network| {
                let mut tunnel = local_link("wg0", LinkKind::Tunnel);
                tunnel.driver = Some("wireguard".into());
                network.links = Outcome::seen(vec![local_link("wlan0", LinkKind::Wifi), tunnel]);
                network.ways = vec![local_way(Destination::Internet, "192.0.2.1", "wg0", false)];
            })
        };
        for kind in [WifiProtectionKind::Open, WifiProtectionKind::Wpa2Personal] {
            let verdict = verdict(&behind(kind));
            assert_eq!(verdict.verdict, Verdict::Protected, "{verdict:?}");
            assert!(verdict.because[0].text.contains("wg0"));
        }
    }
}
