//! Another access point of the same name that protects less.

use midwatch_model::{
    AccessPoint, AttackId::*, Confidence, Severity, Station, WifiNetwork, WifiProtection,
    WifiProtectionKind as Kind,
};

use crate::Check;
use crate::view::here::wifi::{announces, heard, is_readable};

/// Access points that one finding names.
const MAX_NAMED: usize = 5;

pub(crate) static CHECK: Check = Check {
    id: "wifi-twin",
    title: "Another access point of the same name is protected otherwise",
    severity: Severity::Medium,
    says: "{place} has a namesake near that is protected otherwise",
    about: "A network is known by its name alone, and anybody may send that name. An 'evil twin' does, with less \
            protection or none, so that it needs no password to take in those who tap on the name, or whose devices join \
            by themselves. Its owner is then in the middle of everything they send.",
    gain: "A place in the middle of every connection of whoever joins the twin.",
    from: &[Station::Wifi],
    attacks: &[Eavesdropping],
    decided: "Of the access points that the kernel remembers with the same name: Medium where this one encrypts and another \
              does not (open or WEP), where this one has a password or accounts and another takes everybody (OWE), or \
              the other way round, so that this computer itself is at the weaker one. Low \
              where the link-layer addresses of both begin with the same maker's number, as those of one network's \
              access points mostly do; a forger may choose any. Low where both encrypt and the other is two or more steps \
              below, info where it is one. The two halves of an OWE pair are none. The kernel keeps what it heard for half \
              a minute and no scan is started here, so that no finding is no proof.",
    benign: &[
        "A network on the way from WPA2 to WPA3, where not every access point has been changed yet.",
        "A network for guests, or a page for signing in, that was given the same name.",
        "An old repeater or mesh node that offers less than the router it repeats.",
        "Another place of the same chain, or a neighbour who kept the maker's name: 'linksys' is not one network.",
    ],
    fix: "Ask who runs the network how many access points it has and how they are protected. Let this computer join the \
          network with its protection alone (the saved connection names it), and give up saved open networks of that \
          name.",
    settings: &[],
    source: "IEEE Std 802.11-2020 9.4.2.2 (a name, and nothing that proves it)",
    find: |view, found| {
        for (joined, own) in view.here.wifi.protected() {
            let mut twins: Vec<(Severity, &AccessPoint, &WifiProtection)> = joined
                .network
                .same_name
                .iter()
                .filter_map(|other| {
                    let protection = other.protection.value()?;
                    Some((weigh(joined.network, own, other, protection)?, other, protection))
                })
                .collect();
            // Stable: those that matter most first.
            twins.sort_by_key(|(severity, ..)| std::cmp::Reverse(*severity));
            let Some((worst, _, first)) = twins.first() else { continue };
            let mut draft = found.at(joined.place()).severity(*worst).confidence(Confidence::Tentative);
            if step(own.kind) < step(first.kind) {
                draft =
                    draft.title("This computer is at an access point that protects less than its namesakes");
            }
            for (_, other, protection) in twins.iter().take(MAX_NAMED) {
                let detail = format!(
                    "expected at every access point what {} has, {}, observed {} at {}, {}, {}",
                    joined.network.access_point.bssid,
                    own.kind.name(),
                    announces(protection),
                    other.bssid,
                    heard(other),
                    if same_maker(&joined.network.access_point, other) {
                        "with the same maker's number"
                    } else {
                        "with another maker's number"
                    },
                );
                draft = draft.see(joined.id, detail);
            }
            if twins.len() > MAX_NAMED {
                draft.see(joined.id, format!("and {} more of them", twins.len() - MAX_NAMED));
            }
        }
    },
};

/// What another access point of the name comes to; none for what is no weaker.
fn weigh(
    network: &WifiNetwork,
    own: &WifiProtection,
    other: &AccessPoint,
    theirs: &WifiProtection,
) -> Option<Severity> {
    let (mine, other_step) = (step(own.kind)?, step(theirs.kind)?);
    if own.owe_transition && theirs.owe_transition {
        return None;
    }
    if is_readable(own.kind) != is_readable(theirs.kind) || lets_all_in(own.kind) != lets_all_in(theirs.kind)
    {
        let alike = same_maker(&network.access_point, other);
        return Some(if alike { Severity::Low } else { Severity::Medium });
    }
    match mine.checked_sub(other_step)? {
        0 => None,
        1 => Some(Severity::Info),
        _ => Some(Severity::Low),
    }
}

/// True where nothing keeps anybody out.
fn lets_all_in(kind: Kind) -> bool {
    is_readable(kind) || kind == Kind::Owe
}

/// Protections from the weakest to the strongest; none for what is not known.
fn step(kind: Kind) -> Option<u8> {
    Some(match kind {
        Kind::Other => return None,
        Kind::Open => 0,
        Kind::Wep => 1,
        Kind::Owe => 2,
        Kind::WpaPersonal | Kind::WpaEnterprise => 3,
        Kind::Wpa2Personal => 5,
        Kind::Wpa2Enterprise | Kind::Wpa2Wpa3Personal => 6,
        Kind::Wpa3Personal | Kind::Wpa2Wpa3Enterprise => 7,
        Kind::Wpa3Enterprise => 8,
        Kind::Wpa3Enterprise192 => 9,
    })
}

/// True where both addresses begin with the same maker's number. Access points with several networks set the bit for
/// addresses that were chosen locally, which is left out.
fn same_maker(one: &AccessPoint, other: &AccessPoint) -> bool {
    let maker = |point: &AccessPoint| {
        let bytes: Vec<u8> =
            point.bssid.split(':').take(3).filter_map(|byte| u8::from_str_radix(byte, 16).ok()).collect();
        match bytes.as_slice() {
            [first, second, third] => Some([first & !0x02, *second, *third]),
            _ => None,
        }
    };
    maker(one).is_some() && maker(one) == maker(other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    const OWN: &str = "10:20:30:00:00:11";
    const ALIKE: &str = "12:20:30:00:00:12";
    const FOREIGN: &str = "a0:b0:c0:00:00:01";

    fn scene(own: Kind, others: &[(Kind, &str)]) -> Scene {
        Scene::empty().wifi(|network| {
            network.access_point = local_access_point(OWN, own);
            network.same_name = others.iter().map(|(kind, bssid)| local_access_point(bssid, *kind)).collect();
        })
    }

    fn of(own: Kind, others: &[(Kind, &str)]) -> Vec<Severity> {
        scene(own, others).severities(CHECK.id)
    }

    #[test]
    fn an_open_namesake_is_medium_and_low_with_the_same_maker() {
        assert_eq!(of(Kind::Wpa2Personal, &[(Kind::Open, FOREIGN)]), [Severity::Medium]);
        assert_eq!(of(Kind::Wpa3Personal, &[(Kind::Wep, FOREIGN)]), [Severity::Medium]);
        assert_eq!(of(Kind::Wpa2Personal, &[(Kind::Open, ALIKE)]), [Severity::Low]);
        assert_eq!(of(Kind::Wpa3Personal, &[(Kind::Owe, FOREIGN)]), [Severity::Medium], "it takes everybody");
        assert_eq!(of(Kind::Owe, &[(Kind::Open, FOREIGN)]), [Severity::Medium], "and is no half of a pair");
        assert_eq!(of(Kind::Wpa2Personal, &[(Kind::Open, ALIKE), (Kind::Open, FOREIGN)]), [Severity::Medium]);
        let found = scene(Kind::Wpa2Personal, &[(Kind::Open, FOREIGN)]).find(CHECK.id);
        assert_eq!(found[0].confidence, Confidence::Tentative);
        let detail = &found[0].evidence[0].detail;
        assert!(detail.contains("heard 2 s ago") && detail.contains("another maker"), "{detail}");
    }

    #[test]
    fn this_computer_at_the_weaker_one_is_said() {
        let found = scene(Kind::Open, &[(Kind::Wpa2Personal, FOREIGN)]).find(CHECK.id);
        assert_eq!(found[0].severity, Severity::Medium);
        assert!(found[0].title.contains("This computer is at"), "{}", found[0].title);
    }

    #[test]
    fn steps_between_what_encrypts_are_low_or_information() {
        assert_eq!(of(Kind::Wpa2Wpa3Personal, &[(Kind::Wpa2Personal, FOREIGN)]), [Severity::Info]);
        assert_eq!(of(Kind::Wpa3Personal, &[(Kind::Wpa2Personal, FOREIGN)]), [Severity::Low]);
        assert_eq!(of(Kind::Wpa2Personal, &[(Kind::WpaPersonal, FOREIGN)]), [Severity::Low]);
        assert_eq!(of(Kind::Wpa2Personal, &[(Kind::Wpa3Personal, FOREIGN)]), [], "better than ours");
    }

    #[test]
    fn the_same_protection_and_what_is_not_known_are_no_twin() {
        assert_eq!(of(Kind::Wpa2Personal, &[(Kind::Wpa2Personal, FOREIGN)]), []);
        assert_eq!(of(Kind::Open, &[(Kind::Open, FOREIGN)]), []);
        assert_eq!(of(Kind::Wpa2Personal, &[(Kind::Other, FOREIGN)]), []);
        let unknown = Scene::empty().wifi(|network| network.same_name[0].protection = timeout());
        assert!(unknown.find(CHECK.id).is_empty());
        assert!(Scene::here_local().find(CHECK.id).is_empty());
    }

    #[test]
    fn the_halves_of_an_owe_pair_are_no_twins() {
        let pair = |own: Kind, other: Kind| {
            let scene = Scene::empty().wifi(|network| {
                network.access_point = local_access_point(OWN, own);
                network.same_name = vec![local_access_point(FOREIGN, other)];
                for point in [&mut network.access_point, &mut network.same_name[0]] {
                    if let midwatch_model::Outcome::Seen { value } = &mut point.protection {
                        value.owe_transition = true;
                    }
                }
            });
            scene.severities(CHECK.id)
        };
        assert_eq!(pair(Kind::Owe, Kind::Open), []);
        assert_eq!(pair(Kind::Open, Kind::Owe), []);
    }

    #[test]
    fn many_twins_are_one_finding() {
        let addresses: Vec<String> = (0..9).map(|last| format!("a0:b0:c0:00:00:{last:02x}")).collect();
        let others: Vec<(Kind, &str)> =
            addresses.iter().map(|address| (Kind::Open, address.as_str())).collect();
        let found = scene(Kind::Wpa2Personal, &others).find(CHECK.id);
        assert_eq!((found.len(), found[0].evidence.len()), (1, MAX_NAMED + 1));
        assert!(found[0].evidence[MAX_NAMED].detail.contains("4 more"));
    }
}
