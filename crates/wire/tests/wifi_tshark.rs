//! Elements of Wi-Fi that Scapy built and tshark takes apart, against what we make of them.
//!
//! `data/networks.txt` is what `data/networks.py` wrote.

use std::io::Write as _;
use std::process::{Command, Stdio};

use midwatch_model::{ManagementFrames, WifiProtectionKind as Kind};
use midwatch_wire::wifi::{Elements, OweTransition, Rsn, Suite, protection};

struct Network {
    name: &'static str,
    capability: u16,
    elements: Vec<u8>,
}

fn networks() -> Vec<Network> {
    let bytes = |hex: &str| -> Vec<u8> {
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
    };
    include_str!("data/networks.txt")
        .lines()
        .map(|line| {
            let mut parts = line.split(' ');
            Network {
                name: parts.next().unwrap(),
                capability: u16::from_str_radix(parts.next().unwrap(), 16).unwrap(),
                elements: bytes(parts.next().unwrap()),
            }
        })
        .collect()
}

/// A capture of one beacon of each (pcap, link type 105: IEEE 802.11 without a radio header).
fn capture(networks: &[Network]) -> Vec<u8> {
    let mut file = Vec::new();
    for number in [0xa1b2_c3d4_u32, 0x0004_0002, 0, 0, 0xffff, 105] {
        file.extend(number.to_le_bytes());
    }
    for network in networks {
        let mut frame = vec![0x80, 0, 0, 0];
        frame.extend([0xff; 6]);
        frame.extend([2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 1, 0, 0]);
        // Timestamp, beacon interval.
        frame.extend([0; 8]);
        frame.extend([100, 0]);
        frame.extend(network.capability.to_le_bytes());
        frame.extend(&network.elements);
        let length = u32::try_from(frame.len()).unwrap();
        for number in [0, 0, length, length] {
            file.extend(number.to_le_bytes());
        }
        file.extend(frame);
    }
    file
}

const FIELDS: [&str; 14] = [
    "wlan.ssid",
    "wlan.fixed.capabilities.privacy",
    "wlan.rsn.gcs.type",
    "wlan.rsn.pcs.type",
    "wlan.rsn.akms.type",
    "wlan.rsn.capabilities.mfpc",
    "wlan.rsn.capabilities.mfpr",
    "wlan.rsn.pmkid.count",
    "wlan.rsn.gmcs.type",
    "wlan.wfa.ie.wpa.mcs.type",
    "wlan.wfa.ie.wpa.ucs.type",
    "wlan.wfa.ie.wpa.type",
    "wlan.wfa.ie.owe.bssid",
    "wlan.wfa.ie.owe.ssid",
];

fn by_tshark(networks: &[Network]) -> Vec<Vec<String>> {
    let mut command = Command::new("tshark");
    command.args(["-r", "-", "-T", "fields", "-E", "separator=|"]);
    for field in FIELDS {
        command.args(["-e", field]);
    }
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("tshark, which scripts/setup installs");
    child.stdin.take().unwrap().write_all(&capture(networks)).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| line.split('|').map(str::to_owned).collect()).collect()
}

fn kinds(suites: &[Suite]) -> String {
    suites.iter().map(|suite| suite.kind.to_string()).collect::<Vec<_>>().join(",")
}

/// The same fields by our readers.
fn by_us(network: &Network) -> Vec<String> {
    let elements = Elements::read(&network.elements);
    let flag = |is: bool| u8::from(is).to_string();
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let rsn = elements.rsn.map(|value| Rsn::read(value).unwrap());
    let wpa = elements.wpa.map(|value| Rsn::read_wpa(value).unwrap());
    let owe = elements.owe.map(|value| OweTransition::read(value).unwrap());
    let of = |rsn: &Option<Rsn>, tell: &dyn Fn(&Rsn) -> String| rsn.as_ref().map(tell).unwrap_or_default();
    vec![
        hex(elements.shown_name().unwrap().unwrap()),
        flag(network.capability & 0x10 != 0),
        of(&rsn, &|rsn| rsn.group.kind.to_string()),
        of(&rsn, &|rsn| kinds(&rsn.pairwise)),
        of(&rsn, &|rsn| kinds(&rsn.key_management)),
        of(&rsn, &|rsn| flag(rsn.capabilities & 0x80 != 0)),
        of(&rsn, &|rsn| flag(rsn.capabilities & 0x40 != 0)),
        of(&rsn, &|rsn| rsn.known_keys.to_string()),
        of(&rsn, &|rsn| rsn.group_management.map(|suite| suite.kind.to_string()).unwrap_or_default()),
        of(&wpa, &|wpa| wpa.group.kind.to_string()),
        of(&wpa, &|wpa| kinds(&wpa.pairwise)),
        of(&wpa, &|wpa| kinds(&wpa.key_management)),
        owe.as_ref().map(|owe| owe.bssid.map(|byte| format!("{byte:02x}")).join(":")).unwrap_or_default(),
        owe.as_ref().map(|owe| String::from_utf8(owe.name.to_vec()).unwrap()).unwrap_or_default(),
    ]
}

#[test]
fn tshark_takes_every_network_apart_as_we_do() {
    let networks = networks();
    let told = by_tshark(&networks);
    assert_eq!(told.len(), networks.len());
    for (network, told) in networks.iter().zip(told) {
        assert_eq!(by_us(network), told, "{}: {FIELDS:?}", network.name);
    }
}

#[test]
fn every_network_is_what_it_was_built_as() {
    use ManagementFrames::{Capable, None, Required};
    let expected = [
        ("open", Kind::Open, None),
        ("owe-transition-open", Kind::Open, None),
        ("owe", Kind::Owe, Required),
        ("owe-transition-owe", Kind::Owe, Required),
        ("wep", Kind::Wep, None),
        ("wpa", Kind::WpaPersonal, None),
        ("wpa-enterprise", Kind::WpaEnterprise, None),
        ("wpa-wpa2", Kind::Wpa2Personal, None),
        ("wpa2", Kind::Wpa2Personal, None),
        ("wpa2-tkip", Kind::Wpa2Personal, None),
        ("wpa2-ft", Kind::Wpa2Personal, None),
        ("wpa2-sha256", Kind::Wpa2Personal, Required),
        ("wpa2-keys", Kind::Wpa2Personal, Capable),
        ("wpa2-enterprise", Kind::Wpa2Enterprise, None),
        ("wpa2-wpa3", Kind::Wpa2Wpa3Personal, Capable),
        ("wpa3", Kind::Wpa3Personal, Required),
        ("wpa3-ft", Kind::Wpa3Personal, Required),
        ("wpa3-enterprise", Kind::Wpa3Enterprise, Required),
        ("wpa2-wpa3-enterprise", Kind::Wpa2Wpa3Enterprise, Capable),
        ("wpa3-enterprise-192", Kind::Wpa3Enterprise192, Required),
    ];
    let networks = networks();
    assert_eq!(networks.len(), expected.len());
    for (network, expected) in networks.iter().zip(expected) {
        let elements = Elements::read(&network.elements);
        let found = protection(&elements, Some(network.capability)).unwrap();
        assert_eq!((network.name, found.kind, found.management_frames), expected);
        assert_eq!(found.owe_transition, network.name.starts_with("owe-transition"), "{}", network.name);
        assert_eq!(found.first_wpa, ["wpa", "wpa-enterprise", "wpa-wpa2"].contains(&network.name));
        assert_eq!(found.hash_to_element, network.name == "wpa3");
    }
}
