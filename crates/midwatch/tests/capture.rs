//! `midwatch here --pcap` on captures that scapy writes: one for each way in which somebody takes another's place on a
//! link, and one for each of the ways in which honest networks look alike.

mod common;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use common::{code, finding, midwatch, stderr, stdout};
use midwatch_model::{AttackId, Fact, LinkWatch, Report, Severity, TargetReport, Verdict};
use midwatch_testbed::directory;
use tempfile::TempDir;

/// All scenes, written once for all tests of this process.
static SCENES: LazyLock<TempDir> = LazyLock::new(|| {
    let directory = directory();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/capture/scenes.py");
    let output =
        Command::new("/usr/bin/python3").arg(script).arg(directory.path()).output().expect("python3");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    directory
});

fn scene(name: &str) -> PathBuf {
    SCENES.path().join(format!("{name}.pcap"))
}

fn read(path: &Path, more: &[&str]) -> TargetReport {
    let path = path.to_str().expect("a path");
    let output = midwatch(&[&["here", "--format", "json", "--pcap", path], more].concat());
    let report: Report = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}{}", stdout(&output), stderr(&output)));
    report.targets.into_iter().next().expect("a target")
}

fn found(target: &TargetReport) -> Vec<(&str, Severity)> {
    let mut found: Vec<(&str, Severity)> =
        target.findings.iter().map(|finding| (finding.id.as_str(), finding.severity)).collect();
    found.sort();
    found
}

fn watch(target: &TargetReport) -> &LinkWatch {
    match &target.observations.first().expect("an observation").fact {
        Fact::LinkWatch(watch) => watch,
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_scene_is_told_for_what_it_is() {
    use Severity::*;
    let expected: &[(&str, &[(&str, Severity)])] = &[
        ("quiet", &[]),
        ("contested", &[("address-contested", Low), ("gateway-contested", High), ("mac-claims-many", High)]),
        ("once", &[("gateway-contested", Low)]),
        ("replaced", &[("gateway-contested", Low)]),
        ("contested-v6", &[("gateway-contested", High)]),
        ("anycast", &[]),
        ("vrrp", &[]),
        ("hsrp-real-macs", &[("gateway-contested", Info)]),
        ("proxy-arp", &[]),
        ("dhcp", &[("dhcp-second-server", High)]),
        ("dhcp-failover", &[("dhcp-second-server", Low)]),
        ("dhcp-relayed", &[]),
        ("dhcp-vlans", &[]),
        ("dhcp6", &[("dhcp-second-server", High)]),
        ("ra", &[("ra-second-router", High)]),
        ("ra-alone", &[("ra-second-router", Medium)]),
        ("redirect", &[("link-redirect", Low), ("link-redirect", High)]),
        ("names", &[("name-answering", High), ("wpad-offered", High)]),
        ("wpad-dhcp", &[("wpad-offered", Low)]),
    ];
    let mut all: Vec<String> = std::fs::read_dir(SCENES.path())
        .expect("scenes")
        .filter_map(|entry| Some(entry.ok()?.path().file_stem()?.to_str()?.to_owned()))
        .collect();
    all.sort();
    let mut named: Vec<&str> = expected.iter().map(|(name, _)| *name).collect();
    named.sort_unstable();
    assert_eq!(all, named, "every scene is looked at");
    for (name, expected) in expected {
        let target = read(&scene(name), &[]);
        assert_eq!(found(&target), *expected, "{name}: {:#?}", target.findings);
        assert_eq!(watch(&target).damaged, 0, "{name}");
    }
}

#[test]
fn the_evidence_names_who_it_is() {
    let target = read(&scene("contested"), &[]);
    let detail = &finding(&target, "gateway-contested").evidence[0].detail;
    assert!(detail.contains("02:00:00:00:00:01 (30 times"), "{detail}");
    assert!(detail.contains("06:00:00:00:00:66 (60 times"), "{detail}");
    assert!(detail.contains("who is 192.168.1.66"), "{detail}");
    let attack = |id| target.attacks.iter().find(|attack| attack.id == id).expect("a verdict").verdict;
    assert_eq!(attack(AttackId::IpHijacking), Verdict::Exposed);
    // Nothing is said of what a capture does not hold.
    let methods: Vec<AttackId> = target.attacks.iter().map(|attack| attack.id).collect();
    assert_eq!(methods, [AttackId::DnsSpoofing, AttackId::IpHijacking]);
    let quiet = read(&scene("quiet"), &[]);
    let verdict = quiet.attacks.iter().find(|attack| attack.id == AttackId::IpHijacking).expect("a verdict");
    assert_eq!(verdict.verdict, Verdict::Protected, "{:?}", verdict.because);
    let names = read(&scene("names"), &[]);
    let told = &finding(&names, "name-answering").evidence;
    assert!(told.iter().any(|one| one.detail.contains("over LLMNR for 5 names")), "{told:?}");
    assert!(told.iter().any(|one| one.detail.contains("over NetBIOS for 5 names")), "{told:?}");
    assert!(told.iter().any(|one| one.detail.contains("intranett")), "{told:?}");
}

#[test]
fn what_a_capture_holds_is_told_whole() {
    let target = read(&scene("vrrp"), &[]);
    let watch = watch(&target);
    let standby = watch.standbys.first().expect("a group");
    assert_eq!(
        (standby.protocol.as_str(), standby.group, standby.address.map(|one| one.to_string()).as_deref()),
        ("VRRP", 7, Some("192.168.1.254"))
    );
    assert_eq!(watch.claims[0].by[0].set_aside.as_deref(), Some("VRRP"));
    assert_eq!(watch.frames.value(), Some(&599));
}

/// The other format, and a file that ends in the middle of a frame.
#[test]
fn both_formats_say_the_same_and_a_cut_file_is_read_as_far_as_it_goes() {
    let directory = directory();
    let other = directory.path().join("contested.pcapng");
    let output = Command::new("editcap")
        .args(["-F", "pcapng"])
        .arg(scene("contested"))
        .arg(&other)
        .output()
        .expect("editcap");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let (first, second) = (read(&scene("contested"), &[]), read(&other, &[]));
    assert_eq!(watch(&first), watch(&second));
    let whole = std::fs::read(scene("contested")).expect("a file");
    let cut = directory.path().join("cut.pcap");
    std::fs::write(&cut, &whole[..whole.len() - 7]).expect("room for a file");
    let target = read(&cut, &[]);
    assert_eq!(watch(&target).stopped.as_deref(), Some("it ends within a frame"));
    assert_eq!(found(&target), found(&first));
}

/// Without DHCP and advertisements nobody says who routes.
#[test]
fn a_router_that_nothing_tells_of_can_be_named() {
    let directory = directory();
    let arp = directory.path().join("arp.pcap");
    let output =
        Command::new("tcpdump").arg("-r").arg(scene("contested")).arg("-w").arg(&arp).arg("arp").output();
    assert!(output.expect("tcpdump").status.success());
    let unnamed = read(&arp, &[]);
    assert!(watch(&unnamed).gateways.is_unmeasured());
    assert!(!found(&unnamed).iter().any(|(id, _)| *id == "gateway-contested"), "{:?}", found(&unnamed));
    let named = read(&arp, &["--gateway", "192.168.1.1"]);
    assert!(found(&named).contains(&("gateway-contested", Severity::High)), "{:?}", found(&named));
}

/// For people: the picture has the two places that a capture shows.
#[test]
fn the_picture_is_of_the_link_and_its_routers() {
    let output = midwatch(&["here", "--pcap", scene("contested").to_str().expect("a path")]);
    assert_eq!(code(&output), 1);
    let text = stdout(&output);
    let heads = text.lines().find(|line| line.trim_start().starts_with("link")).expect("a picture");
    assert_eq!(heads.split_whitespace().collect::<Vec<_>>(), ["link", "gateway"], "{text}");
    assert!(text.contains("192.168.1.1") && !text.contains("Man in the browser"), "{text}");
}

#[test]
fn what_is_no_capture_is_said() {
    let directory = directory();
    let text = directory.path().join("text");
    std::fs::write(&text, "no capture at all, and long enough").expect("room for a file");
    for (path, word) in
        [(text.to_str().expect("a path"), "neither pcap nor pcapng"), ("/nowhere.pcap", "No such file")]
    {
        let output = midwatch(&["here", "--pcap", path]);
        assert_eq!(code(&output), 64, "{}", stderr(&output));
        assert!(
            stderr(&output).contains(word) && stderr(&output).contains("tcpdump -w"),
            "{}",
            stderr(&output)
        );
    }
    assert_eq!(code(&midwatch(&["here", "--pcap", "a", "--sites", "shop.test"])), 64);
}
