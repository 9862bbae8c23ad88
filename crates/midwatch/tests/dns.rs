//! A site whose name is in a signed zone of our own, from the command line to the verdict.

mod common;

use common::{finding, ids};
use midwatch_model::{Fact, Security};
use midwatch_testbed::knot::{Ds, Knot, Signing};
use midwatch_testbed::nginx::Nginx;
use midwatch_testbed::pki::{Key, Leaf, Pki};
use midwatch_testbed::{directory, free_port, unbound};

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
    let files = directory();
    let anchor = files.path().join("anchor");
    std::fs::write(&anchor, &knot.anchor).expect("room for a file");

    let output = common::midwatch(&[
        "site",
        "--format",
        "json",
        "--resolver",
        &unbound.address().to_string(),
        "--dnssec-anchor",
        &anchor.display().to_string(),
        "--resolve",
        &format!("ns.shop.example:53:{}", knot.server.address()),
        "--trust",
        &root.certificate.display().to_string(),
        &format!("https://{name}:{https}/"),
    ]);
    let report: midwatch_model::Report = serde_json::from_slice(&output.stdout).expect("a report");
    let target = report.targets.into_iter().next().expect("a target");
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
