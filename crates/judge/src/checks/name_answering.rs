//! One computer of the link answers for names of many.

use midwatch_model::{AttackId::*, Confidence, NameProtocol, Severity, Station};

use crate::Check;
use crate::words;

/// Names that one host answers for with one address without being strange: its own in a few forms.
const OWN_NAMES: u64 = 3;

/// The same for mDNS, where a server at home may announce a name for each of its services.
const OWN_MDNS_NAMES: u64 = 15;

pub(crate) static CHECK: Check = Check {
    id: "name-answering",
    title: "One computer of the link answers for names of many",
    severity: Severity::High,
    says: "{place} answers for names of many",
    about: "A computer that finds no address for a name asks the link: LLMNR, mDNS and NetBIOS go to everybody, and whoever \
            answers is believed. Somebody who answers for every name gets the connections, and with them the passwords \
            (NTLM) of Windows computers that mistyped a server's name.",
    gain: "Connections for names that nobody has, and passwords that are sent with them.",
    from: &[Station::Wifi],
    attacks: &[DnsSpoofing, Impersonation],
    decided: "High where one answers with one address for more than 3 names over LLMNR or NetBIOS: a host answers for its \
              own, in a few forms. Low for more than 15 names over mDNS, where a server may announce a name for each of \
              its services. Names that are answered with different addresses are somebody's who speaks for others \
              (reflectors, sleep proxies), and are no finding.",
    benign: &["A file server with many names (NetBIOS aliases)."],
    fix: "Switch off LLMNR and NetBIOS: LLMNR=no and MulticastDNS=no in /etc/systemd/resolved.conf; in Windows the policy \
          'Turn off multicast name resolution' and 'Disable NetBIOS over TCP/IP' for each connection.",
    settings: &[],
    source: "RFC 4795 5; RFC 6762 21; RFC 1002; MITRE ATT&CK T1557.001",
    find: |view, found| {
        for seen in &view.here.links {
            for one in &seen.fact.responders {
                let (limit, severity, confidence, name) = match one.protocol {
                    NameProtocol::Llmnr => (OWN_NAMES, Severity::High, Confidence::Firm, "LLMNR"),
                    NameProtocol::Netbios => (OWN_NAMES, Severity::High, Confidence::Firm, "NetBIOS"),
                    NameProtocol::Mdns => (OWN_MDNS_NAMES, Severity::Low, Confidence::Tentative, "mDNS"),
                };
                if one.count <= limit {
                    continue;
                }
                let mac = one.mac.as_deref().unwrap_or("an unknown link-layer address");
                let detail = format!(
                    "{mac} answers over {name} for {} names with {}: {}",
                    one.count,
                    one.address,
                    words::some(&one.names, 4)
                );
                found
                    .at(format!("{} at {}", one.address, one.interface))
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

    fn with(protocol: NameProtocol, count: u64) -> Vec<Severity> {
        Scene::empty()
            .link(|link| link.responders = vec![link_responder(protocol, &["a", "b"], count)])
            .severities(CHECK.id)
    }

    #[test]
    fn a_hosts_own_names_are_no_finding() {
        assert_eq!(with(NameProtocol::Llmnr, 4), [Severity::High]);
        assert_eq!(with(NameProtocol::Netbios, 9), [Severity::High]);
        assert!(with(NameProtocol::Llmnr, 3).is_empty());
        assert!(with(NameProtocol::Mdns, 15).is_empty());
        assert_eq!(with(NameProtocol::Mdns, 16), [Severity::Low]);
    }
}
