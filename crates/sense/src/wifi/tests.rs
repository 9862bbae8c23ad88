use std::path::PathBuf;

use midwatch_model::{ManagementFrames, WifiCipher};
use midwatch_wire::netlink::{Attributes, DONE, DUMP, ERROR, Header, attribute};

use super::*;
use crate::kernel::testing::{FakeKernel, Message};
use crate::system::testing::Tree;

/// What pyroute2 put together, by the question that it answers. The numbers are those of a little-endian machine.
const MESSAGES: &str = include_str!("../../tests/data/nl80211.txt");

fn messages(of: &str) -> Vec<Vec<u8>> {
    let bytes = |hex: &str| -> Vec<u8> {
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
    };
    let of_it = MESSAGES.lines().filter_map(|line| line.strip_prefix(of)?.strip_prefix(' '));
    of_it.map(bytes).collect()
}

/// Which question it is.
fn question(header: Header, body: &[u8]) -> String {
    assert_eq!(header.flags & DUMP, DUMP, "whole tables alone are asked for");
    let number = |body: &[u8]| attribute(body, 3).map(|value| value[0].to_string()).unwrap_or_default();
    match (header.kind, body[0]) {
        (16, 3) => {
            assert_eq!(body.len(), 4, "a family that is asked for by its name is loaded");
            "family".into()
        }
        (29, 5) => "interfaces".into(),
        (29, 32) => format!("scan{}", number(&body[4..])),
        (29, 17) => format!("stations{}", number(&body[4..])),
        other => panic!("nothing else is asked: {other:?}"),
    }
}

fn table(bodies: Vec<Vec<u8>>) -> Vec<Message> {
    let mut all: Vec<Message> = bodies.into_iter().map(|body| (29, 2, body)).collect();
    all.push((DONE, 2, vec![0; 4]));
    all
}

fn refusal(errno: i32) -> Vec<Message> {
    vec![(ERROR, 0, (-errno).to_ne_bytes().to_vec())]
}

/// The interfaces, where the kernel says what was recorded unless `otherwise` has another answer.
fn read(otherwise: impl Fn(&str) -> Option<Vec<Message>>) -> Result<Vec<WifiInterface>, Reason> {
    let mut kernel = FakeKernel::kernel(|header, body: &[u8]| {
        let question = question(header, body);
        otherwise(&question).unwrap_or_else(|| table(messages(&question)))
    });
    of_kernel(&mut kernel, || false)
}

fn joined(interfaces: &[WifiInterface]) -> &WifiNetwork {
    let wlan0 = interfaces.iter().find(|one| one.name == "wlan0").expect("wlan0");
    wlan0.network.value().expect("it was read").as_deref().expect("it is on a network")
}

#[test]
fn the_network_that_it_is_on_and_its_namesakes_are_read() {
    let interfaces = read(|_| None).unwrap();
    let names: Vec<(&str, WifiMode)> = interfaces.iter().map(|one| (one.name.as_str(), one.mode)).collect();
    let expected =
        [("ap0", WifiMode::AccessPoint), ("wlan0", WifiMode::Station), ("wlan1", WifiMode::Station)];
    assert_eq!(names, expected);
    let network = joined(&interfaces);
    assert_eq!((network.name.text.as_str(), network.name.hex.as_str()), ("cafe", "63616665"));
    let own = &network.access_point;
    assert_eq!(own.bssid, "02:00:00:00:00:01");
    assert_eq!((own.frequency, own.signal, own.age), (Some(5180), Some(-55), Some(40)));
    let protection = own.protection.value().unwrap();
    assert_eq!(protection.kind, WifiProtectionKind::Wpa2Wpa3Personal);
    assert_eq!(protection.management_frames, ManagementFrames::Capable);
    assert_eq!(protection.key_management, ["PSK", "PSK-SHA256", "SAE"]);
    assert_eq!(
        (protection.pairwise.as_slice(), protection.group),
        (&[WifiCipher::Ccmp128][..], Some(WifiCipher::Ccmp128))
    );
    // The peer of a direct link comes first in the table, and is not the access point.
    assert_eq!(network.frames_protected, Outcome::seen(true));
    let namesakes: Vec<(&str, WifiProtectionKind, Option<u64>)> = network
        .same_name
        .iter()
        .map(|one| (one.bssid.as_str(), one.protection.value().unwrap().kind, one.age))
        .collect();
    // What protects otherwise comes first; another name and a hidden one are nobody's namesakes.
    let expected = [
        ("12:34:56:00:00:03", WifiProtectionKind::Open, Some(9100)),
        ("02:00:00:00:00:02", WifiProtectionKind::Wpa2Wpa3Personal, Some(2500)),
    ];
    assert_eq!(namesakes, expected);
    assert_eq!(network.more, 0);
    assert_eq!(interfaces[1].heard, Outcome::seen(5));
    // Switched on and on no network.
    assert_eq!((&interfaces[2].network, &interfaces[2].heard), (&Outcome::seen(None), &Outcome::seen(1)));
}

#[test]
fn a_driver_that_does_not_tell_of_protected_frames_is_no_no() {
    let interfaces = read(|question| (question == "stations3").then(|| table(vec![]))).unwrap();
    assert!(joined(&interfaces).frames_protected.is_unmeasured());
    let interfaces = read(|question| (question == "stations3").then(|| refusal(1))).unwrap();
    let why = joined(&interfaces).frames_protected.why_not().unwrap().detail.clone();
    assert!(why.contains("not permitted"), "{why}");
}

#[test]
fn a_scan_that_may_not_be_read_is_no_missing_network() {
    let interfaces = read(|question| (question == "scan3").then(|| refusal(1))).unwrap();
    let wlan0 = &interfaces[1];
    assert!(wlan0.network.is_unmeasured() && wlan0.heard.is_unmeasured(), "{wlan0:?}");
    // It is on a network, and nothing of it was heard.
    let interfaces = read(|question| (question == "scan3").then(|| table(vec![]))).unwrap();
    assert!(interfaces[1].network.is_unmeasured());
    assert_eq!(interfaces[1].heard, Outcome::seen(0));
}

#[test]
fn without_the_family_there_is_no_wifi_unless_a_driver_says_otherwise() {
    let none = |header: Header, body: &[u8]| match question(header, body).as_str() {
        "family" => table(messages("family")[..1].to_vec()),
        other => panic!("{other}"),
    };
    assert_eq!(of_kernel(&mut FakeKernel::kernel(none), || false), Ok(vec![]));
    let why = of_kernel(&mut FakeKernel::kernel(none), || true).unwrap_err();
    assert!(why.detail.contains("nl80211"), "{why}");
    let tree =
        Tree::new(&[("/sys/class/net/eth0/address", ""), ("/sys/class/net/wlan0/wireless/status", "")]);
    assert!(has_wireless(&tree.system));
    assert!(!has_wireless(&Tree::new(&[("/sys/class/net/eth0/address", "")]).system));
    assert!(read(|question| (question == "interfaces").then(|| refusal(1))).is_err());
    assert_eq!(read(|question| (question == "interfaces").then(|| table(vec![]))), Ok(vec![]));
}

/// A message about an access point.
fn heard(last: u8, associated: bool, elements: &[u8], capability: u16) -> Vec<u8> {
    let mut bss = Vec::new();
    Attributes::put(&mut bss, 1, &[2, 0, 0, 0, 1, last]);
    Attributes::put(&mut bss, 5, &capability.to_ne_bytes());
    Attributes::put(&mut bss, 6, elements);
    if associated {
        Attributes::put(&mut bss, 9, &1_u32.to_ne_bytes());
    }
    generic::body(34, &[(47, &bss)])
}

#[test]
fn a_name_of_any_bytes_does_nothing_to_the_reader() {
    let hostile: [u8; 32] = std::array::from_fn(|at| match at {
        0..4 => b"\x1b]0;"[at],
        4 => 0,
        5 => b'\n',
        _ => 0xff - u8::try_from(at).unwrap() % 8,
    });
    let mut elements = vec![0, 32];
    elements.extend(hostile);
    let scan = vec![heard(1, true, &elements, 0x01), heard(2, false, &elements, 0x01)];
    let mut asked = messages("interfaces");
    // The kernel does not tell the name: the element does.
    asked.retain(|body| nl80211::interface(body).unwrap().name == b"wlan1");
    let interfaces = read(|question| match question {
        "interfaces" => Some(table(asked.clone())),
        "scan4" => Some(table(scan.clone())),
        "stations4" => Some(table(vec![])),
        _ => None,
    })
    .unwrap();
    let network = interfaces[0].network.value().unwrap().as_deref().unwrap();
    let text = &network.name.text;
    assert!(!text.contains(char::is_control), "{text:?}");
    assert!(text.starts_with("\\x1b]0;\\x00\\x0a\\xf9"), "{text}");
    assert_eq!(network.name.hex.len(), 64);
    assert_eq!(network.same_name.len(), 1);
}

#[test]
fn a_crowd_of_namesakes_hides_nobody() {
    let rsn = |kind| {
        [
            0, 4, b'c', b'a', b'f', b'e', 48, 18, 1, 0, 0, 15, 172, 4, 1, 0, 0, 15, 172, 4, 1, 0, 0, 15, 172,
            kind,
        ]
    };
    let mut scan = vec![heard(0, true, &rsn(2), 0x11)];
    scan.extend((1..=200).map(|last| heard(last, false, &rsn(2), 0x11)));
    scan.push(heard(250, false, &[0, 4, b'c', b'a', b'f', b'e'], 0x01));
    // One whose elements are cut off: what it does is not known.
    scan.push(heard(251, false, &[0, 4, b'c', b'a', b'f', b'e', 48, 200, 1], 0x01));
    let interfaces = read(|question| (question == "scan3").then(|| table(scan.clone()))).unwrap();
    let network = joined(&interfaces);
    assert_eq!((network.same_name.len(), network.more), (MAX_SAME_NAME, 102));
    assert!(network.same_name[0].protection.is_unmeasured());
    assert_eq!(network.same_name[1].bssid, "02:00:00:00:01:fa");
    assert_eq!(network.same_name[1].protection.value().unwrap().kind, WifiProtectionKind::Open);
}

#[test]
fn the_kernel_of_this_computer_answers_without_rights() {
    let here = System { root: PathBuf::from("/"), home: None, env: vec![] };
    let (_, fact) = look(&here);
    let Fact::LocalWifi(wifi) = fact else { panic!("{fact:?}") };
    // What the file system shows of the same, which other code of the kernel writes.
    let mut shown: Vec<String> = here
        .list(&here.at("/sys/class/net"))
        .unwrap()
        .iter()
        .filter(|at| here.exists(&at.join("phy80211")))
        .map(crate::system::Place::name)
        .collect();
    shown.sort();
    let interfaces = wifi.interfaces.value().expect("it takes no rights");
    let names: Vec<String> = interfaces.iter().map(|one| one.name.clone()).collect();
    assert_eq!(names, shown);
}
