//! The Wi-Fi that this computer is on.

use midwatch_model::{
    AccessPoint, LocalWifi, WifiInterface, WifiNetwork, WifiProtection, WifiProtectionKind,
};

use crate::view::Seen;

/// The fact, where it was looked for.
#[derive(Debug, Default)]
pub(crate) struct Wifi<'a> {
    pub(crate) seen: Option<Seen<'a, LocalWifi>>,
}

/// A network that an interface has joined.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Joined<'a> {
    /// The observation's id.
    pub(crate) id: &'a str,
    pub(crate) interface: &'a WifiInterface,
    pub(crate) network: &'a WifiNetwork,
}

impl<'a> Wifi<'a> {
    /// The interfaces, where they could be read.
    pub(crate) fn interfaces(&self) -> impl Iterator<Item = (&'a str, &'a WifiInterface)> {
        let of = |seen: Seen<'a, LocalWifi>| {
            seen.fact.interfaces.value().into_iter().flatten().map(move |one| (seen.id, one))
        };
        self.seen.into_iter().flat_map(of)
    }

    /// The networks that this computer is on.
    pub(crate) fn joined(&self) -> impl Iterator<Item = Joined<'a>> {
        self.interfaces().filter_map(|(id, interface)| {
            let network = interface.network.value()?.as_deref()?;
            Some(Joined { id, interface, network })
        })
    }

    /// The same, with what the access point announces, where that could be understood.
    pub(crate) fn protected(&self) -> impl Iterator<Item = (Joined<'a>, &'a WifiProtection)> {
        self.joined().filter_map(|joined| Some((joined, joined.network.access_point.protection.value()?)))
    }
}

impl Joined<'_> {
    /// How a finding names it. The name is a stranger's: in quotes, out of which it does not lead.
    pub(crate) fn place(&self) -> String {
        let name = self.network.name.text.replace('"', "\\\"");
        format!("the Wi-Fi \"{name}\" at {}", self.interface.name)
    }
}

/// True for what everybody near can read: nothing is encrypted, or with WEP, which is opened in minutes.
pub(crate) fn is_readable(kind: WifiProtectionKind) -> bool {
    matches!(kind, WifiProtectionKind::Open | WifiProtectionKind::Wep)
}

/// What an access point announces, in a few words: `WPA2-Personal (PSK, FT-PSK)`.
pub(crate) fn announces(protection: &WifiProtection) -> String {
    match protection.key_management.as_slice() {
        [] => protection.kind.name().to_owned(),
        suites => format!("{} ({})", protection.kind.name(), suites.join(", ")),
    }
}

/// How long ago an access point was heard.
pub(crate) fn heard(point: &AccessPoint) -> String {
    let signal = point.signal.map(|dbm| format!(" with {dbm} dBm")).unwrap_or_default();
    match point.age {
        Some(age) if age < 1000 => format!("heard less than a second ago{signal}"),
        Some(age) => format!("heard {} s ago{signal}", age / 1000),
        None => format!("heard{signal}"),
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::Scene;

    #[test]
    fn a_name_does_not_lead_out_of_its_quotes() {
        let scene = Scene::empty().wifi_of(super::WifiProtectionKind::Open, |_| {});
        assert_eq!(scene.find("wifi-open")[0].place, "the Wi-Fi \"home\" at wlan0");
        let scene = Scene::empty().wifi(|network| {
            network.name.text = "x\" at wlan0 is safe, and \"y".into();
            network.access_point =
                crate::testing::local_access_point("02:00:00:00:00:11", super::WifiProtectionKind::Open);
        });
        let place = scene.find("wifi-open")[0].place.clone();
        assert_eq!(place, r#"the Wi-Fi "x\" at wlan0 is safe, and \"y" at wlan0"#);
    }
}
