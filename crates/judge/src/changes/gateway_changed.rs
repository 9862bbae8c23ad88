//! The router of a known network has another link-layer address.

use midwatch_model::{AttackId::*, Severity};

use super::rule::Rule;
use midwatch_model::{Likelihood, NetworkIdentity, Remembered};

pub(crate) static RULE: Rule = Rule {
    id: "gateway-changed",
    title: "The router of a known network has another link-layer address",
    severity: Severity::Medium,
    about: "Everything that leaves this computer goes to the router's link-layer address. Who has others \
            send to theirs instead reads and changes all that is not encrypted.",
    decided: "A router's address on a network that is known by its Wi-Fi's name and its routers' addresses answers with a \
              link-layer address that it did not have there at the last look. Without Wi-Fi, a network with another DHCP \
              server is another network, and is not compared. High where more than the routers' addresses says that it is \
              the same network (a Wi-Fi's name, a DHCP server of its own, a prefix of IPv6), medium otherwise. Low where it \
              is an address that is set aside for routers that stand in for one another (VRRP, HSRP, GLBP): so it looks when \
              a second router is added, and anybody can take one. Info and benign where it was met at this router before, in \
              no fewer looks than the one whose place it takes. A router that is not in the neighbour table is not compared.",
    benign: &[
        "A router that was replaced or repaired.",
        "A mesh or repeater that answers for the router with its own address.",
        "Another branch of a chain of shops or hotels: the same name and addresses, with a router of its own.",
        "Another network with the same addresses, as many homes have.",
    ],
    advice: "Ask who runs the network whether the router was replaced. Until then use a VPN, and let no \
             warning of the browser be clicked away.",
    source: "RFC 826; RFC 3756 4.2; RFC 9568 7.3 (VRRP)",
    attacks: &[IpHijacking, Eavesdropping, DnsSpoofing],
    explains: &[
        "gateway-contested",
        "gateway-not-remembered",
        "gateway-shares-mac",
        "mac-claims-many",
        "address-contested",
    ],
    find: |pair, found| {
        let (
            Remembered::Gateways { network: before, routers: was },
            Remembered::Gateways { network, routers: is },
        ) = (pair.was(), pair.is())
        else {
            return;
        };
        let Some(certain) = is_same_network(before, network) else { return };
        for (address, macs) in is {
            let Some(last) = was.get(address).filter(|last| !macs.iter().any(|mac| last.contains(mac)))
            else {
                continue;
            };
            let looks = |of: &[String]| {
                pair.looks_with(|what| {
                    let Remembered::Gateways { routers, .. } = what else { return false };
                    routers.get(address).is_some_and(|all| of.iter().any(|mac| all.contains(mac)))
                })
            };
            let (before, again) = (looks(last), looks(macs));
            let draft = found
                .at(format!("The gateway {address} has another hardware address"))
                .severity(if certain { Severity::High } else { Severity::Medium })
                .differs(
                    last.iter().map(|mac| format!("{address} at {mac}")),
                    macs.iter().map(|mac| format!("{address} at {mac}")),
                );
            let draft = draft.because(match certain {
                true => "More than the routers' addresses says that it is the same network.",
                false => "The routers' addresses alone say that it is the same network.",
            });
            if again >= before {
                draft.severity(Severity::Info).likely(Likelihood::Benign).because(
                    "It was met at this router before, in no fewer looks than the one whose place it takes.",
                );
            } else if again > 0 {
                draft.because(
                    "It was met at this router before, in fewer looks than the one whose place it takes.",
                );
            } else if let Some((mac, protocol)) = macs.iter().find_map(|mac| Some((mac, set_aside(mac)?))) {
                let why = format!(
                    "{mac} is set aside for routers that stand in for one another ({protocol}), which anybody can take."
                );
                draft.severity(Severity::Low).because(why);
            }
        }
    },
};

/// How certain it is that two networks are one; none where they are two. As the memory of `midwatch here` decides it.
fn is_same_network(a: &NetworkIdentity, b: &NetworkIdentity) -> Option<bool> {
    let same_server = a.dhcp.iter().any(|server| b.dhcp.contains(server));
    let other_server = !a.dhcp.is_empty() && !b.dhcp.is_empty() && !same_server;
    if b.ssid.is_none() && other_server {
        return None;
    }
    let same_prefix = a.prefixes.iter().any(|prefix| b.prefixes.contains(prefix));
    // A router that is the DHCP server too is no second sign: that is how most networks are.
    let telling_server = a.dhcp.iter().any(|server| b.dhcp.contains(server) && !b.gateways.contains(server));
    Some(b.ssid.is_some() || same_prefix || telling_server)
}

/// The protocol for whose virtual routers a link-layer address is set aside.
fn set_aside(mac: &str) -> Option<&'static str> {
    [
        ("00:00:5e:00:01:", "VRRP"),
        ("00:00:5e:00:02:", "VRRP"),
        ("00:00:0c:07:ac:", "HSRP"),
        ("00:00:0c:9f:f", "HSRP"),
        ("00:05:73:a0:0", "HSRP"),
        ("00:07:b4:", "GLBP"),
    ]
    .into_iter()
    .find(|(start, _)| mac.starts_with(start))
    .map(|(_, protocol)| protocol)
}
