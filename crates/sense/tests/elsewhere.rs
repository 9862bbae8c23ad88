//! What other systems than Linux get: every signal that is not built for them says so, and nothing is taken for safe.
//! `scripts/test` builds it with `MIDWATCH_ELSEWHERE`.

#![cfg(not(has_linux))]

use midwatch_model::{Fact, ReasonKind};
use midwatch_sense::link::Listener;
use midwatch_sense::{System, network, upkeep, wifi};

const WORDS: &str = "not built for this system yet";

#[test]
fn every_signal_of_linux_says_that_it_is_not_built() {
    let system = System { root: "/".into(), home: None, env: vec![] };
    let mut reasons = Vec::new();
    match network::look(&system, &[]).1 {
        Fact::LocalNetwork(network) => {
            reasons.push(network.links.why_not().cloned());
            reasons.push(network.gateways.why_not().cloned());
            reasons.push(network.neighbours.why_not().cloned());
        }
        other => panic!("{other:?}"),
    }
    match wifi::look(&system).1 {
        Fact::LocalWifi(wifi) => reasons.push(wifi.interfaces.why_not().cloned()),
        other => panic!("{other:?}"),
    }
    match upkeep::look(&system).1 {
        Fact::LocalUpkeep(upkeep) => {
            assert!(upkeep.packages.is_empty());
            reasons.push(upkeep.restart.why_not().cloned());
            reasons.push(upkeep.browsers.why_not().cloned());
            reasons.push(upkeep.firewalls.why_not().cloned());
            reasons.push(upkeep.listening.why_not().cloned());
        }
        other => panic!("{other:?}"),
    }
    reasons.push(Listener::open().err());
    for (at, why) in reasons.into_iter().enumerate() {
        let why = why.unwrap_or_else(|| panic!("signal {at} was measured"));
        assert_eq!((why.kind, why.detail.as_str()), (ReasonKind::NotAsked, WORDS), "signal {at}");
    }
    assert!(network::identity(&system, &[]).is_none());
}
