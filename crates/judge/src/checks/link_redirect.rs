//! Somebody redirects packets on the link.

use midwatch_model::{AttackId::*, Confidence, Severity, Station};

use crate::Check;
use crate::view::here::link::macs;
use crate::words;

pub(crate) static CHECK: Check = Check {
    id: "link-redirect",
    title: "Somebody redirects packets on the link",
    severity: Severity::Medium,
    says: "packets are redirected to {place}",
    about: "A router may tell a computer that another on the same link is the better way to a destination (ICMP redirect). \
            Who forges such a message in the router's name becomes that way.",
    gain: "The packets of this computer to those destinations.",
    from: &[Station::Wifi],
    attacks: &[IpHijacking],
    decided: "High where the message has a router's IP address, and a link-layer address that never claims that router's. \
              Low where the way that it names is a known router, or the destination itself, which is then on the link. \
              Medium otherwise. Whether this computer obeys is not looked at: Linux takes redirects from its gateways by \
              default.",
    benign: &[
        "A network with several routers on one link, which redirect to each other as RFC 1812 5.2.7.2 says.",
    ],
    fix: "Have the computer ignore redirects: net.ipv4.conf.all.accept_redirects = 0, net.ipv4.conf.default.accept_redirects \
          = 0, and both of net.ipv6.conf, in /etc/sysctl.d/.",
    settings: &[],
    source: "RFC 792; RFC 1812 5.2.7.2; RFC 4861 8.1",
    find: |view, found| {
        for seen in &view.here.links {
            let gateways = seen.fact.gateways.value().map(Vec::as_slice).unwrap_or_default();
            for one in &seen.fact.redirects {
                let owners = macs(seen.fact, one.from);
                let forged = gateways.contains(&one.from)
                    && !owners.is_empty()
                    && one.mac.as_deref().is_some_and(|mac| !owners.contains(&mac));
                let ordinary =
                    gateways.contains(&one.via) || one.destinations.iter().all(|to| *to == one.via);
                let (severity, confidence) = match (forged, ordinary) {
                    (true, _) => (Severity::High, Confidence::Firm),
                    (false, true) => (Severity::Low, Confidence::Tentative),
                    (false, false) => (Severity::Medium, Confidence::Tentative),
                };
                let to: Vec<String> = one.destinations.iter().map(ToString::to_string).collect();
                let mac = one.mac.as_ref().map(|mac| format!(" at {mac}")).unwrap_or_default();
                let mut detail =
                    format!("{}{mac} says that the way to {} is {}", one.from, words::some(&to, 3), one.via);
                if forged {
                    detail.push_str(&format!("; expected {} for {}", owners.join(" or "), one.from));
                }
                found
                    .at(format!("{} at {}", one.via, one.interface))
                    .severity(severity)
                    .confidence(confidence)
                    .see(seen.id, detail);
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    fn with(mac: &str, via: &str, to: &str) -> Vec<Severity> {
        let scene = Scene::empty().link(|link| {
            link.redirects = vec![midwatch_model::LinkRedirect {
                interface: "wlan0".into(),
                from: "192.168.1.1".parse().unwrap(),
                mac: Some(mac.into()),
                via: via.parse().unwrap(),
                destinations: vec![to.parse().unwrap()],
                count: 1,
            }];
        });
        scene.severities(CHECK.id)
    }

    #[test]
    fn a_forged_one_is_told_from_those_of_routers() {
        assert_eq!(with("06:00:00:00:00:66", "192.168.1.66", "198.51.100.7"), [Severity::High]);
        assert_eq!(with("02:00:00:00:00:01", "192.168.1.66", "198.51.100.7"), [Severity::Medium]);
        assert_eq!(with("02:00:00:00:00:01", "192.168.1.20", "192.168.1.20"), [Severity::Low]);
        assert!(Scene::empty().link(|_| {}).find(CHECK.id).is_empty());
    }
}
