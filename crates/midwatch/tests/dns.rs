//! A site whose name is in a signed zone of our own, from the command line to the verdict.

mod common;

use common::{finding, ids};
use midwatch_model::{Fact, Security, Severity, TargetReport};
use midwatch_testbed::knot::{Ds, Knot, Running, Signing};
use midwatch_testbed::nginx::Nginx;
use midwatch_testbed::pki::{Key, Leaf, Pki};
use midwatch_testbed::{Server, directory, free_port, transparency, unbound};

/// Runs `midwatch site` with this resolver and chain of trust.
fn audit(resolver: &Server, knot: &Running, url: &str, more: &[&str]) -> TargetReport {
    run("site", resolver, knot, url, more)
}

/// Runs a command of midwatch with this resolver and chain of trust.
fn run(command: &str, resolver: &Server, knot: &Running, target: &str, more: &[&str]) -> TargetReport {
    let files = directory();
    let anchor = files.path().join("anchor");
    std::fs::write(&anchor, &knot.anchor).expect("room for a file");
    let (resolver, anchor) = (resolver.address().to_string(), anchor.display().to_string());
    let fixed = [command, "--format", "json", "--resolver", &resolver, "--dnssec-anchor", &anchor];
    let output = common::midwatch(&[&fixed[..], more, &[target]].concat());
    let report: midwatch_model::Report = serde_json::from_slice(&output.stdout).expect("a report");
    report.targets.into_iter().next().expect("a target")
}

#[test]
fn a_certificate_that_the_zone_names_is_no_mismatch() {
    let (https, name) = (free_port(), "shop.example");
    let pki = Pki::new();
    let root = pki.authority("Test root", Key::EcP256);
    let identity = pki.issue(&root, &Leaf::new(&[name]));
    let _nginx = Nginx::new().tls(https, name, &identity, "").start();
    let hex = |bytes: [u8; 32]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let key = hex(transparency::sha256(&pki, &transparency::public_key(&pki, &identity.key)));
    let whole = hex(transparency::sha256(&pki, &pki.der(&identity.certificate)));
    let records =
        format!("@ IN A 127.0.0.1\n_{https}._tcp IN TLSA 3 1 1 {key}\n_{https}._tcp IN TLSA 1 0 1 {whole}\n");
    let knot = Knot::new()
        .zone("example", Signing::Nsec, Ds::Right, "")
        .zone(name, Signing::Nsec3, Ds::Right, &records)
        .start();
    let unbound = unbound::start(&knot, None);
    let server = format!("ns.shop.example:53:{}", knot.server.address());
    let trust = root.certificate.display().to_string();
    let url = format!("https://{name}:{https}/");
    let more = ["--resolve", &server, "--trust", &trust];
    let service = format!("{name}:{https}");
    for target in [audit(&unbound, &knot, &url, &more), run("tls", &unbound, &knot, &service, &more)] {
        let tlsa = target.observations.iter().find_map(|seen| match &seen.fact {
            Fact::Tlsa(fact) => Some(fact),
            _ => None,
        });
        let matches = &tlsa.expect("TLSA records").matches;
        assert!(matches.len() >= 2 && matches.iter().all(|met| met.certificate == Some(0)), "{matches:?}");
        let ids = ids(&target);
        assert!(!ids.contains_key("tlsa-mismatch") && !ids.contains_key("tlsa-insecure"), "{ids:?}");
    }
}

/// One server of a zone answers nothing of it, another is named by the zone alone, a third does not exist, and the
/// zone above has an old address.
#[test]
fn a_delegation_that_does_not_hold() {
    let name = "split.example";
    let records = "@ IN A 127.0.0.1\n@ IN NS second\nsecond IN A 127.0.0.1\n@ IN NS lame.example.\n\
                   @ IN NS ns.nowhere.example.\n";
    let knot = Knot::new()
        .zone("example", Signing::Nsec, Ds::Right, "lame IN A 127.0.0.1\n")
        .zone(name, Signing::None, Ds::Missing, records)
        .start();
    let above = Knot::new()
        .zone(
            "example",
            Signing::None,
            Ds::Missing,
            "split IN NS ns.split\nns.split IN A 127.0.0.9\nsplit IN NS lame\nlame IN A 127.0.0.1\n",
        )
        .start();
    let unbound = unbound::start(&knot, None);
    let at = |host: &str, server: &Server| format!("{host}:53:{}", server.address());
    let (second, lame, parent) = (
        at("second.split.example", &knot.server),
        at("lame.example", &above.server),
        at("ns.example", &above.server),
    );
    let url = format!("https://{name}:{}/", free_port());
    let more = ["--delegation", "--resolve", &second, "--resolve", &lame, "--resolve", &parent];
    let target = audit(&unbound, &knot, &url, &more);
    let detail = |id: &str| finding(&target, id).evidence[0].detail.clone();
    assert!(detail("lame-delegation").contains("lame.example"), "{}", detail("lame-delegation"));
    assert!(detail("glue-differ").contains("ns.split.example: 127.0.0.9 in the zone above, 127.0.0.1"));
    assert!(detail("ns-differ").contains("second.split.example"), "{}", detail("ns-differ"));
    assert!(detail("dangling-ns").contains("ns.nowhere.example"), "{}", detail("dangling-ns"));
    assert_eq!(finding(&target, "dangling-ns").severity, Severity::High);
    // The same delegation where everybody agrees is no finding, and not asking above says nothing of it.
    let unasked = audit(&unbound, &knot, &url, &more[1..]);
    assert!(!ids(&unasked).contains_key("glue-differ"));
}

#[test]
fn a_site_in_a_signed_zone() {
    let (https, name) = (free_port(), "shop.example");
    let pki = Pki::new();
    let root = pki.authority("Test root", Key::EcP256);
    let identity = pki.issue(&root, &Leaf::new(&[name]));
    let _nginx = Nginx::new().tls(https, name, &identity, "").start();
    let records = format!(
        "@ IN A 127.0.0.1\n@ IN CAA 0 issue \"ca.example\"\n_{https}._tcp IN TLSA 3 1 1 {}\n",
        "07".repeat(32)
    );
    let knot = Knot::new()
        .zone("example", Signing::Nsec, Ds::Right, "")
        .zone(name, Signing::Nsec, Ds::Right, &records)
        .start();
    let unbound = unbound::start(&knot, None);
    let server = format!("ns.shop.example:53:{}", knot.server.address());
    let trust = root.certificate.display().to_string();
    let url = format!("https://{name}:{https}/");
    let target = audit(&unbound, &knot, &url, &["--resolve", &server, "--trust", &trust]);
    let dnssec = target.observations.iter().find_map(|seen| match &seen.fact {
        Fact::Dnssec(fact) => fact.security.value(),
        _ => None,
    });
    assert_eq!(dnssec, Some(&Security::Secure));
    assert!(finding(&target, "caa-not-bound").fix.summary.contains("shop.example. IN CAA 0 issue"));
    assert!(finding(&target, "tlsa-mismatch").fix.summary.contains("IN TLSA 3 1 1 "));
    let ids = ids(&target);
    assert!(!ids.contains_key("dnssec-missing") && !ids.contains_key("lame-delegation"), "{ids:?}");
}
