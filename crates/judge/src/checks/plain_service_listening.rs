//! Others can reach a service whose protocol is plain text.

use midwatch_model::{AttackId::*, Confidence, KnownService, Severity, Station};

use crate::{Check, words};

/// Services whose protocols are plain text as a rule, by their ids in the table of services.
const PLAIN: [&str; 24] = [
    "ftp",
    "telnet",
    "http",
    "pop3",
    "rpcbind",
    "imap",
    "ldap",
    "rexec",
    "rlogin",
    "rsh",
    "lpd",
    "rsync",
    "mqtt",
    "nfs",
    "vnc",
    "x11",
    "redis",
    "jetdirect",
    "memcached",
    "mongodb",
    "tftp",
    "snmp",
    "syslog",
    "finger",
];

pub(crate) static CHECK: Check = Check {
    id: "plain-service-listening",
    title: "Others can reach services whose protocols are plain text",
    severity: Severity::Low,
    says: "{place} offers services in plain text",
    about: "What goes to such a service and comes from it is read and changed by whoever is between, its passwords too.",
    gain: "Passwords and data of whoever uses the service over this network, and a place to answer in its stead.",
    from: &[Station::Wifi, Station::Router],
    attacks: &[Eavesdropping, HttpInjection],
    decided: "The kernel's tables name sockets that listen at other addresses than this computer's own (127.0.0.0/8, ::1), \
              at a port whose protocol is plain text as a rule. Low where a password or a command goes over it, else \
              information; information too where a firewall is switched on, which may keep others out. Nothing was sent \
              to the port: which program is behind it, and whether it demands TLS first, was not looked at. The rules \
              that the kernel has now take CAP_NET_ADMIN to read.",
    benign: &[
        "A port where another program listens than the one that usually does, or one that demands TLS.",
        "A firewall that is set in another way than by ufw, firewalld or nftables' own file, or on the router.",
        "A server that is meant to be reached, on a network that is yours.",
    ],
    fix: "Stop what is not needed (systemctl disable --now), let the rest listen at 127.0.0.1, or switch on a firewall: \
          sudo ufw enable.",
    settings: &[],
    source: "IANA's Service Name and Transport Protocol Port Number Registry; RFC 3365",
    find: |view, found| {
        let Some(seen) = view.here.upkeep else { return };
        let firewalls = seen.fact.firewalls.value().into_iter().flatten();
        let on: Vec<&str> = firewalls
            .filter(|firewall| firewall.on.value() == Some(&true))
            .map(|firewall| firewall.name.as_str())
            .collect();
        let ports = PLAIN
            .into_iter()
            .filter_map(KnownService::of)
            .flat_map(|known| known.ports.iter().map(move |(protocol, port)| (*protocol, *port, known)));
        for (protocol, port, known) in ports {
            let sockets = seen.fact.listening.value().into_iter().flatten();
            let at: Vec<String> = sockets
                .filter(|socket| socket.protocol == protocol && socket.address.port() == port)
                .map(|socket| socket.address.to_string())
                .collect();
            if at.is_empty() {
                continue;
            }
            let severity = if known.secret && on.is_empty() { Severity::Low } else { Severity::Info };
            let firewall = match on.as_slice() {
                [] => "no firewall is known to be on".to_owned(),
                on => format!("{} is on, and may keep others out", words::and(on)),
            };
            found
                .at(format!("{protocol} port {port}"))
                .severity(severity)
                .confidence(Confidence::Firm)
                .title(format!("Others can reach {protocol} port {port}, which is {} as a rule", known.name))
                .see(seen.id, format!("listens at {}; {firewall}", words::some(&at, 4)));
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::{ListeningSocket, Outcome};

    use super::*;
    use crate::testing::*;

    fn with(sockets: &[(&str, &str)], firewall: Option<bool>) -> Vec<Severity> {
        let socket = |(protocol, address): &(&str, &str)| ListeningSocket {
            protocol: (*protocol).into(),
            address: address.parse().expect("an address"),
        };
        let listening = Outcome::seen(sockets.iter().map(socket).collect());
        let scene = Scene::empty().upkeep(|upkeep| {
            upkeep.listening = listening;
            let mut firewalls = upkeep.firewalls.value().cloned().expect("firewalls");
            match firewall {
                Some(on) => firewalls[0].on = Outcome::seen(on),
                None => firewalls[0].on = timeout(),
            }
            upkeep.firewalls = Outcome::seen(firewalls);
        });
        scene.severities(CHECK.id)
    }

    #[test]
    fn passwords_in_plain_text_weigh_more_and_a_firewall_less() {
        assert_eq!(with(&[("tcp", "0.0.0.0:23")], Some(false)), [Severity::Low]);
        assert_eq!(with(&[("tcp", "0.0.0.0:23"), ("tcp", "[::]:23")], None), [Severity::Low], "one finding");
        assert_eq!(with(&[("tcp", "0.0.0.0:23")], Some(true)), [Severity::Info]);
        assert_eq!(with(&[("tcp", "192.168.1.7:8080")], Some(false)), [Severity::Info]);
    }

    #[test]
    fn other_ports_and_silence_are_no_finding() {
        let encrypted =
            [("tcp", "0.0.0.0:22"), ("tcp", "[::]:443"), ("udp", "0.0.0.0:23"), ("udp", "0.0.0.0:5353")];
        assert!(with(&encrypted, Some(false)).is_empty());
        assert!(Scene::here_local().find(CHECK.id).is_empty());
        assert!(Scene::empty().upkeep(|upkeep| upkeep.listening = timeout()).find(CHECK.id).is_empty());
    }
}
