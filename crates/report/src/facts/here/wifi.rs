//! The Wi-Fi that this computer is on.

use midwatch_model::{AccessPoint, LocalWifi, WifiInterface, WifiNetwork, WifiProtection};

use super::{Sheet, Table, told};
use crate::words;

pub(super) fn sheet(wifi: &LocalWifi) -> Sheet {
    let points: Vec<(&WifiNetwork, &AccessPoint)> = networks(wifi)
        .flat_map(|network| {
            std::iter::once(&network.access_point)
                .chain(&network.same_name)
                .map(move |point| (network, point))
        })
        .collect();
    let number = |number: Option<String>| number.unwrap_or_default();
    Sheet {
        heading: "Wi-Fi",
        about: String::new(),
        lines: vec![("Wi-Fi", short(wifi))],
        tables: vec![Table::list(
            "Access points of the name",
            &["Name", "Access point", "Protection", "MHz", "dBm", "Joined"],
            &points,
            |(network, point)| {
                vec![
                    network.name.text.clone(),
                    point.bssid.clone(),
                    protection(point),
                    number(point.frequency.map(|mhz| mhz.to_string())),
                    number(point.signal.map(|dbm| dbm.to_string())),
                    super::yes(point.bssid == network.access_point.bssid).into(),
                ]
            },
        )],
    }
}

/// The whole of it in one line.
pub(super) fn short(wifi: &LocalWifi) -> String {
    told(&wifi.interfaces, |interfaces| match interfaces.as_slice() {
        [] => "this computer has none".into(),
        some => some.iter().map(interface).collect::<Vec<_>>().join("; "),
    })
}

fn networks(wifi: &LocalWifi) -> impl Iterator<Item = &WifiNetwork> {
    let interfaces = wifi.interfaces.value().into_iter().flatten();
    interfaces.filter_map(|interface| interface.network.value()?.as_deref())
}

fn interface(interface: &WifiInterface) -> String {
    let network = told(&interface.network, |network| match network {
        Some(network) => self::network(network),
        None => "has joined no network".into(),
    });
    format!("{} {network}", interface.name)
}

fn network(network: &WifiNetwork) -> String {
    let point = &network.access_point;
    let frequency = point.frequency.map(|mhz| format!(", {mhz} MHz")).unwrap_or_default();
    let signal = point.signal.map(|dbm| format!(", {dbm} dBm")).unwrap_or_default();
    let frames = match network.frames_protected.value() {
        Some(true) => ", management frames protected",
        Some(false) => ", management frames not protected",
        None => "",
    };
    let others = network.same_name.len() + usize::try_from(network.more).unwrap_or_default();
    let others = match others {
        0 => "no other access point of that name heard".into(),
        some => format!("{} of that name heard", words::count(some, "other access point")),
    };
    format!(
        "is on \"{}\" ({}{frequency}{signal}): {}{frames}; {others}",
        network.name.text,
        point.bssid,
        protection(point)
    )
}

fn protection(point: &AccessPoint) -> String {
    told(&point.protection, |one: &WifiProtection| one.kind.name().into())
}

#[cfg(test)]
mod tests {
    use midwatch_model::{Outcome, ReasonKind};

    use super::*;

    #[test]
    fn a_computer_without_wifi_and_one_that_could_not_be_asked_are_told_apart() {
        let mut wifi = LocalWifi { interfaces: Outcome::seen(vec![]) };
        assert_eq!(short(&wifi), "this computer has none");
        wifi.interfaces = Outcome::unmeasured(ReasonKind::Other, "a sandbox forbids it");
        assert_eq!(short(&wifi), "not measured (a sandbox forbids it)");
    }

    #[test]
    fn a_network_is_told_with_what_protects_it() {
        let wifi = crate::sample::wifi("cafe");
        let told = "wlan0 is on \"cafe\" (02:00:00:00:00:11, 5180 MHz, -55 dBm): WPA2-Personal, management frames not \
                    protected; 1 other access point of that name heard";
        assert_eq!(short(&wifi), told);
        let rows = sheet(&wifi).tables.remove(0).rows.expect("rows");
        let points: Vec<(&str, &str, &str)> =
            rows.iter().map(|row| (row[1].as_str(), row[2].as_str(), row[5].as_str())).collect();
        assert_eq!(
            points,
            [("02:00:00:00:00:11", "WPA2-Personal", "yes"), ("12:34:56:00:00:03", "no encryption", "no")]
        );
    }
}
