use midwatch_model::{AttackId, Fact, LinkKind, Outcome, Verdict};

use super::*;
use crate::sample;

fn laptop() -> TargetReport {
    sample::here().targets.remove(0)
}

fn at<'a>(hops: &'a [Hop<'a>], place: Place) -> &'a Hop<'a> {
    hops.iter().find(|hop| hop.place == place).expect("the place is on the way")
}

fn network(target: &mut TargetReport) -> &mut midwatch_model::LocalNetwork {
    let network = target.observations.iter_mut().find_map(|observation| match &mut observation.fact {
        Fact::LocalNetwork(network) => Some(&mut **network),
        _ => None,
    });
    network.expect("a network")
}

#[test]
fn the_hops_stand_in_order_with_what_is_there() {
    let target = laptop();
    let hops = way(&target);
    use Place::*;
    let places: Vec<Place> = hops.iter().map(|hop| hop.place).collect();
    assert_eq!(places, [Computer, Wifi, Gateway, Resolver, Tunnel, Proxy, Internet, Echo, Sites]);
    assert_eq!(at(&hops, Computer).what[0], "Firefox and Chromium");
    assert_eq!(at(&hops, Wifi).what, ["wlan0"]);
    assert_eq!(at(&hops, Gateway).what, ["192.0.2.1", "fe80::1"]);
    assert_eq!(at(&hops, Resolver).what, ["192.0.2.1"], "the one on this computer only passes on");
    assert_eq!(at(&hops, Tunnel).what, ["wg0", "not all of the internet is reached through it"]);
    assert_eq!(at(&hops, Proxy).what, ["http://proxy.example:3128"]);
    assert_eq!(at(&hops, Echo).what, ["echo.example:8080"]);
    assert_eq!(at(&hops, Sites).what, ["www.example.org", "not met: www.example.net"]);
}

#[test]
fn only_this_computer_has_a_way() {
    let report = sample::report();
    assert!(report.targets.iter().take(3).all(|target| way(target).is_empty()));
}

#[test]
fn every_finding_stands_at_one_hop() {
    let target = laptop();
    let hops = way(&target);
    let all: usize = hops.iter().flat_map(|hop| &hop.stands).map(|one| one.count).sum();
    assert_eq!(all, target.findings.len());
    let ids = |place| at(&hops, place).stands.iter().map(|one| one.id).collect::<Vec<_>>();
    assert_eq!(
        ids(Place::Computer),
        ["trust-anchor-known-bad", "key-log", "hosts-override", "browser-extension-all-pages"]
    );
    assert_eq!(ids(Place::Gateway), ["gateway-shares-mac"]);
    assert_eq!(ids(Place::Resolver), ["resolver-faulty"]);
    assert_eq!(ids(Place::Tunnel), ["vpn-bypassed"]);
    assert_eq!(ids(Place::Proxy), ["proxy-set"]);
    assert_eq!(ids(Place::Echo), ["http-changed-on-the-way"]);
    assert!(ids(Place::Wifi).is_empty() && ids(Place::Sites).is_empty());
}

#[test]
fn a_finding_whose_hop_is_not_there_stands_at_the_next_best() {
    let mut target = laptop();
    target.observations.retain(|observation| !matches!(observation.fact, Fact::Echo(_)));
    let hops = way(&target);
    assert!(!hops.iter().any(|hop| hop.place == Place::Echo));
    // Its evidence is gone, so the stations that it works from tell.
    assert!(at(&hops, Place::Wifi).stands.iter().any(|one| one.id == "http-changed-on-the-way"));
    let all: usize = hops.iter().flat_map(|hop| &hop.stands).map(|one| one.count).sum();
    assert_eq!(all, target.findings.len());
}

#[test]
fn marks_follow_the_verdicts() {
    let target = laptop();
    let hops = way(&target);
    assert_eq!(at(&hops, Place::Computer).verdict, Verdict::Exposed);
    assert_eq!(at(&hops, Place::Wifi).verdict, Verdict::Partly);
    assert_eq!(at(&hops, Place::Resolver).verdict, Verdict::Unknown);
    assert_eq!(at(&hops, Place::Echo).verdict, Verdict::Partly, "the worst of what rests on it");
    assert_eq!(at(&hops, Place::Sites).verdict, Verdict::Protected);
    let text = "www.example.org showed a certificate that public roots vouch for.";
    assert_eq!(at(&hops, Place::Sites).because, [text]);
}

#[test]
fn what_a_hop_shows_is_never_better_than_its_station() {
    for target in [laptop(), sample::quiet_here().targets.remove(0)] {
        for hop in way(&target) {
            let Some(station) = hop.place.station() else { continue };
            let known = target.path.iter().find(|known| known.station == station).expect("a station");
            assert!(hop.verdict >= known.mark.verdict, "{:?}", hop.place);
            assert!(!hop.because.is_empty());
        }
    }
}

#[test]
fn a_finding_that_proves_a_method_marks_its_own_hop() {
    let mut target = laptop();
    let spoofing = target.attacks.iter_mut().find(|attack| attack.id == AttackId::DnsSpoofing);
    let spoofing = spoofing.expect("a verdict");
    spoofing.verdict = Verdict::Exposed;
    spoofing.because[0].findings = vec!["resolver-faulty".into()];
    // The path still says unknown; the chain says otherwise.
    let hops = way(&target);
    assert_eq!(at(&hops, Place::Resolver).verdict, Verdict::Exposed);
    assert!(at(&hops, Place::Resolver).because[0].starts_with("The chosen resolver"));
}

#[test]
fn what_could_not_be_seen_is_unknown_and_says_why() {
    let mut target = laptop();
    target.attacks.clear();
    for hop in &mut target.path {
        hop.mark.attacks.clear();
        hop.mark.verdict = Verdict::Protected;
    }
    let hops = way(&target);
    assert!(hops.iter().all(|hop| hop.verdict == Verdict::Unknown), "nothing measured is never held");
    let sites = at(&hops, Place::Sites);
    assert_eq!(sites.because, ["Not measured: the resolver did not answer in 3 s."]);

    let mut target = laptop();
    let denied = "denied; it takes root";
    *network(&mut target) = midwatch_model::LocalNetwork {
        links: Outcome::unmeasured(midwatch_model::ReasonKind::Other, denied),
        gateways: Outcome::unmeasured(midwatch_model::ReasonKind::Other, denied),
        neighbours: Outcome::seen(vec![]),
        ways: vec![],
    };
    let hops = way(&target);
    for place in [Place::Link, Place::Gateway] {
        assert_eq!(at(&hops, place).what, ["not measured"]);
        assert_eq!(at(&hops, place).because[0], "Not measured: denied; it takes root.");
    }
}

#[test]
fn a_tunnel_comes_before_the_resolver_that_is_asked_through_it() {
    let mut target = laptop();
    for way in &mut network(&mut target).ways {
        if let Outcome::Seen { value } = &mut way.route {
            value.interface = "wg0".into();
        }
    }
    let hops = way(&target);
    let position = |place| hops.iter().position(|hop| hop.place == place).expect("on the way");
    assert!(position(Place::Tunnel) < position(Place::Resolver));
    assert_eq!(at(&hops, Place::Wifi).what, ["wlan0"], "what carries the tunnel");
    assert_eq!(at(&hops, Place::Tunnel).what[1], "the internet is reached through it");
    let links = &mut network(&mut target).links;
    if let Outcome::Seen { value } = links {
        value.retain(|link| link.kind != LinkKind::Tunnel);
    }
    assert!(!way(&target).iter().any(|hop| hop.place == Place::Tunnel));
}

#[test]
fn an_echo_that_was_not_met_is_no_site() {
    let mut target = laptop();
    target.observations.retain(|observation| !matches!(observation.fact, Fact::Echo(_)));
    for observation in &mut target.observations {
        if let Fact::Addresses(addresses) = &mut observation.fact {
            addresses.service = "echo".into();
        }
    }
    let hops = way(&target);
    assert_eq!(at(&hops, Place::Echo).what, ["not met: www.example.net"]);
    assert_eq!(at(&hops, Place::Echo).verdict, Verdict::Unknown);
    assert_eq!(at(&hops, Place::Sites).what, ["www.example.org"]);
}

#[test]
fn short_names_fit() {
    use Place::*;
    for place in [Computer, Wifi, Cable, Link, Gateway, Tunnel, Resolver, Proxy, Internet, Echo, Sites] {
        assert!(place.short_name().len() <= 8, "{place:?}");
    }
}
