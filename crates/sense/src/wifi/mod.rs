//! The Wi-Fi that this computer is on, from the kernel (nl80211). It takes no rights, no scan is started, and no packet
//! leaves this computer.

use midwatch_model::{
    AccessPoint, Fact, LocalWifi, Outcome, Reason, ReasonKind, WifiInterface, WifiMode, WifiName,
    WifiNetwork, WifiProtectionKind, lossless,
};
use midwatch_wire::netlink::generic;
use midwatch_wire::netlink::nl80211::{self, Bss, Interface};
use midwatch_wire::wifi::{Elements, protection};

use crate::kernel::{Channel, Kernel, failed};
use crate::{HERE, System};

/// Interfaces that are looked at.
const MAX_INTERFACES: usize = 32;

/// Access points of one name that are listed.
const MAX_SAME_NAME: usize = 100;

/// What the kernel knows of Wi-Fi.
pub fn look(system: &System) -> (String, Fact) {
    let interfaces =
        Kernel::generic("Wi-Fi").and_then(|mut kernel| of_kernel(&mut kernel, || has_wireless(system)));
    (HERE.into(), Fact::LocalWifi(LocalWifi { interfaces: outcome(interfaces) }))
}

/// True where an interface says of itself that it is one of Wi-Fi.
fn has_wireless(system: &System) -> bool {
    let interfaces = system.list(&system.at("/sys/class/net")).unwrap_or_default();
    interfaces.iter().any(|at| system.exists(&at.join("wireless")) || system.exists(&at.join("phy80211")))
}

fn outcome<T>(result: Result<T, Reason>) -> Outcome<T> {
    match result {
        Ok(value) => Outcome::seen(value),
        Err(why) => why.into(),
    }
}

/// Every wireless interface, by name.
fn of_kernel<C: Channel>(
    kernel: &mut Kernel<C>,
    has_wireless: impl Fn() -> bool,
) -> Result<Vec<WifiInterface>, Reason> {
    // All families are asked for, and not the one by its name: that would make the kernel load what it is of.
    let families = kernel.dump(generic::CONTROLLER, &generic::body(generic::GET_FAMILY, &[]))?;
    let Some(family) = families.iter().find_map(|body| generic::family(body, nl80211::FAMILY)) else {
        return match has_wireless() {
            true => Err(failed(
                "there is a Wi-Fi interface whose driver does not tell of it by nl80211, which is what is read here",
            )),
            false => Ok(Vec::new()),
        };
    };
    let mut asker = Asker { kernel, family };
    let mut interfaces = asker.all(nl80211::GET_INTERFACE, None, nl80211::interface)?;
    interfaces.sort_by(|a, b| a.name.cmp(&b.name));
    interfaces.truncate(MAX_INTERFACES);
    Ok(interfaces.iter().map(|one| asker.interface(one)).collect())
}

/// A conversation about nl80211.
struct Asker<'k, C> {
    kernel: &'k mut Kernel<C>,
    family: u16,
}

impl<C: Channel> Asker<'_, C> {
    /// The whole of a table, of all interfaces or of one. What cannot be understood is passed over.
    fn all<T>(
        &mut self,
        command: u8,
        interface: Option<u32>,
        read: impl Fn(&[u8]) -> Option<T>,
    ) -> Result<Vec<T>, Reason> {
        let bodies = self.kernel.dump(self.family, &nl80211::question(command, interface))?;
        Ok(bodies.iter().filter_map(|body| read(body)).collect())
    }

    fn interface(&mut self, interface: &Interface) -> WifiInterface {
        let mode = match interface.kind {
            nl80211::STATION | nl80211::P2P_CLIENT => WifiMode::Station,
            nl80211::ACCESS_POINT => WifiMode::AccessPoint,
            nl80211::MONITOR => WifiMode::Monitor,
            _ => WifiMode::Other,
        };
        let name = lossless(&interface.name);
        if mode != WifiMode::Station {
            let why = Reason::new(ReasonKind::NotAsked, format!("{name} joins no network of others"));
            return WifiInterface { name, mode, network: Outcome::seen(None), heard: why.into() };
        }
        let heard = self.all(nl80211::GET_SCAN, Some(interface.index), nl80211::bss);
        let network = match &heard {
            Ok(heard) => self.network(interface, heard),
            Err(why) => why.clone().into(),
        };
        let heard = heard.map(|all| u32::try_from(all.len()).unwrap_or(u32::MAX));
        WifiInterface { name, mode, network, heard: outcome(heard) }
    }

    /// The network that an interface has joined, among what it heard.
    fn network(&mut self, interface: &Interface, heard: &[Bss]) -> Outcome<Option<Box<WifiNetwork>>> {
        let own = heard.iter().filter(|bss| bss.is_associated).min_by_key(|bss| (bss.link, &bss.bssid));
        let Some(own) = own else {
            return match interface.ssid {
                None => Outcome::seen(None),
                Some(_) => {
                    failed("the kernel says that it is on a network, and not at which access point").into()
                }
            };
        };
        let name = interface.ssid.clone().or_else(|| shown_name(own));
        let Some(name) = name else {
            return failed("the network that it is on hides its name, and the kernel does not tell it")
                .into();
        };
        let access_point = access_point(own);
        let (same_name, more) = same_name(&name, own, &access_point, heard);
        Outcome::seen(Some(Box::new(WifiNetwork {
            name: wifi_name(&name),
            frames_protected: self.frames_protected(interface.index, own),
            access_point,
            same_name,
            more,
        })))
    }

    /// Whether management frames are protected on the association with `own`.
    fn frames_protected(&mut self, interface: u32, own: &Bss) -> Outcome<bool> {
        let stations = match self.all(nl80211::GET_STATION, Some(interface), nl80211::station) {
            Ok(stations) => stations,
            Err(why) => return why.into(),
        };
        let is_own = |mac: &String| *mac == own.bssid || Some(mac) == own.device.as_ref();
        let station = stations.iter().find(|station| !station.is_peer && is_own(&station.mac));
        match station.and_then(|station| station.frames_protected) {
            Some(protected) => Outcome::seen(protected),
            None => failed("the driver does not tell").into(),
        }
    }
}

fn shown_name(bss: &Bss) -> Option<Vec<u8>> {
    Elements::read(&bss.elements).shown_name().ok().flatten().map(<[u8]>::to_vec)
}

fn wifi_name(bytes: &[u8]) -> WifiName {
    WifiName { text: lossless(bytes), hex: bytes.iter().map(|byte| format!("{byte:02x}")).collect() }
}

fn access_point(bss: &Bss) -> AccessPoint {
    let announced = protection(&Elements::read(&bss.elements), bss.capability);
    AccessPoint {
        bssid: bss.bssid.clone(),
        frequency: bss.frequency,
        signal: bss.signal.map(|hundredths| hundredths / 100),
        age: bss.age.map(u64::from),
        protection: announced.map_or_else(
            |error| {
                let detail = format!("what {} announces could not be understood: {error}", bss.bssid);
                Outcome::unmeasured(ReasonKind::Protocol, detail)
            },
            Outcome::seen,
        ),
    }
}

/// The others of the same name, and how many more there are. Those that protect otherwise come first, so that nobody
/// crowds them out with many that do not; else by address.
fn same_name(name: &[u8], own: &Bss, own_point: &AccessPoint, heard: &[Bss]) -> (Vec<AccessPoint>, u32) {
    let kind = |point: &AccessPoint| -> Option<WifiProtectionKind> {
        point.protection.value().map(|protection| protection.kind)
    };
    let is_own_device = |bss: &Bss| bss.device.is_some() && bss.device == own.device;
    let mut others: Vec<AccessPoint> = heard
        .iter()
        .filter(|bss| !bss.is_associated && bss.bssid != own.bssid && !is_own_device(bss))
        .filter(|bss| shown_name(bss).as_deref() == Some(name))
        .map(access_point)
        .collect();
    others.sort_by(|a, b| {
        let key = |point: &AccessPoint| (kind(point) == kind(own_point), kind(point), point.bssid.clone());
        key(a).cmp(&key(b))
    });
    let more = others.len().saturating_sub(MAX_SAME_NAME);
    others.truncate(MAX_SAME_NAME);
    (others, u32::try_from(more).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests;
