//! Every rule with a scene in which it speaks and one in which it does not; what was not measured; and the fold.

use std::collections::BTreeSet;

use midwatch_model::*;
use proptest::prelude::*;

use super::*;
use crate::testing::*;
use crate::tests::silence_fact;
use crate::{checks, memos};

/// Looks one after the other; the rule is asked of the last.
type Looks = fn() -> Vec<Scene>;

/// A rule, looks of which the last is a change by this rule alone, and looks of which the last is none by it.
static SCENES: &[(&str, Looks, Looks)] = &[
    (
        "address-new-network",
        || vec![at(&["192.0.2.7:443"]), at(&["198.51.100.9:443"])],
        || vec![at(&["192.0.2.7:443", "198.51.100.9:443"]), at(&["192.0.2.7:443"]), at(&["198.51.7.7:443"])],
    ),
    (
        "address-private",
        || vec![at(&["192.0.2.7:443"]), at(&["192.168.1.5:443"])],
        || vec![at(&["192.168.1.7:443"]), at(&["10.1.2.3:443"])],
    ),
    (
        "caa-changed",
        || vec![caa(&[("issue", "a.example"), ("issue", "b.example")]), caa(&[("issue", "a.example")])],
        || vec![caa(&[("issue", "a.example")]), caa(&[("issue", "b.example")])],
    ),
    (
        "caa-loosened",
        || vec![caa(&[("issue", "a.example; accounturi=x")]), caa(&[("issue", "a.example")])],
        || vec![caa(&[]), caa(&[("issue", "a.example")])],
    ),
    (
        "certificate-key-other-names",
        || {
            let more = |leaf: &mut ParsedCertificate| leaf.names.push("other.example".into());
            vec![shows("a", |_| {}), shows("b", more)]
        },
        || {
            let more = |leaf: &mut ParsedCertificate| leaf.names.push("other.example".into());
            vec![
                shows("a", |_| {}),
                shows("b", |leaf| {
                    more(leaf);
                    later(leaf);
                }),
            ]
        },
    ),
    (
        "certificate-new-issuer",
        || {
            vec![
                shows("a", |_| {}),
                shows("b", |leaf| {
                    later(leaf);
                    leaf.issuer = "O=Other, CN=X".into();
                }),
            ]
        },
        || {
            let by = |name: &str| {
                let issuer = format!("C=US, O=Let's Encrypt, CN={name}");
                shows(name, move |leaf| {
                    later(leaf);
                    leaf.issuer = issuer.clone();
                })
            };
            vec![by("R10"), by("R11")]
        },
    ),
    (
        "certificate-not-public",
        || vec![shows("a", |_| {}), distrusted(shows("b", later))],
        || vec![distrusted(shows("a", |_| {})), distrusted(shows("b", later))],
    ),
    (
        "certificate-older",
        || vec![shows("a", |_| {}), shows("b", earlier)],
        || vec![side_by_side("a", "b"), shows("a", |_| {}), shows("b", earlier)],
    ),
    (
        "certificate-renewed",
        || vec![shows("a", |_| {}), shows("b", later)],
        || vec![shows("a", |_| {}), side_by_side("a", "b"), shows("a", |_| {})],
    ),
    (
        "certificate-renewed-early",
        || vec![shows("a", |_| {}), shows("b", soon)],
        || vec![shows("a", |_| {}), shows("b", later)],
    ),
    (
        "certificate-unlogged",
        || vec![shows("a", |_| {}), unlogged(shows("b", later))],
        || {
            let not_looked = |chain: &mut CertificateChain| chain.transparency = None;
            vec![shows("a", |_| {}), shows("b", later).change_chain(not_looked)]
        },
    ),
    (
        "certificate-unproved",
        || vec![distrusted(shows("a", |_| {})), distrusted(shows("b", later))],
        || vec![distrusted(shows("a", |_| {})), shows("b", later)],
    ),
    (
        "ds-changed",
        || vec![ds(&[1], secure()), ds(&[2], secure())],
        || vec![ds(&[1], secure()), ds(&[2], timeout())],
    ),
    (
        "ds-removed",
        || vec![ds(&[1], secure()), ds(&[], secure())],
        || {
            let stripped = Security::Indeterminate { why: "no signatures".into() };
            vec![ds(&[1], secure()), ds(&[], Outcome::seen(stripped))]
        },
    ),
    (
        "finding-appeared",
        || vec![Scene::sound(), leaks(Scene::sound(), "https://cdn.example/a.js")],
        || {
            // The crawl did not come about at the look before: nothing was looked at.
            let blind = Scene::sound().without(|fact| matches!(fact, Fact::Page(_) | Fact::Crawl(_)));
            vec![blind, leaks(Scene::sound(), "https://cdn.example/a.js")]
        },
    ),
    (
        "finding-gone",
        || vec![leaks(Scene::sound(), "https://cdn.example/a.js"), Scene::sound()],
        || {
            let cut = Scene::sound().without(|fact| matches!(fact, Fact::Crawl(_)));
            let cut = cut.fact(Fact::Crawl(CrawlSummary { left: 7, end: CrawlEnd::PageLimit, ..crawl() }));
            vec![leaks(Scene::sound(), "https://cdn.example/a.js"), cut]
        },
    ),
    (
        "finding-worse",
        || {
            let by = |second, changes, returns| {
                let by = [("02:00:00:00:00:01", 40), ("06:00:00:00:00:66", second)];
                Scene { about: About::Here, ..Scene::empty() }.link_claimed(&by, changes, returns)
            };
            vec![by(1, 2, 1), by(20, 20, 19)]
        },
        || {
            let by = |second, changes, returns| {
                let by = [("02:00:00:00:00:01", 40), ("06:00:00:00:00:66", second)];
                Scene { about: About::Here, ..Scene::empty() }.link_claimed(&by, changes, returns)
            };
            vec![by(20, 20, 19), by(21, 22, 20)]
        },
    ),
    (
        "gateway-changed",
        || vec![gateway("02:00:00:00:00:01"), gateway("06:00:00:00:00:66")],
        || {
            let unanswered = Scene { about: About::Here, ..Scene::empty() }.network(|network| {
                for gateway in network.gateways_mut() {
                    gateway.mac = None;
                }
            });
            vec![gateway("02:00:00:00:00:01"), unanswered.fact(known_network())]
        },
    ),
    (
        "header-lost",
        || vec![sends(&[("referrer-policy", "no-referrer")]), sends(&[])],
        || vec![sends(&[("referrer-policy", "no-referrer")]), answers(503)],
    ),
    (
        "header-restored",
        || {
            let all = &[("referrer-policy", "no-referrer")];
            vec![sends(all), sends(&[]), sends(all)]
        },
        || vec![sends(&[("x-frame-options", "DENY")]), sends(&[])],
    ),
    (
        "header-weaker",
        || {
            let csp = |value| sends(&[("content-security-policy", value)]);
            vec![csp("script-src 'self'"), csp("script-src 'self' 'unsafe-inline'")]
        },
        || {
            let csp = |value| sends(&[("content-security-policy", value)]);
            vec![csp("script-src 'nonce-abc' 'self'"), csp("SCRIPT-SRC  'self' 'nonce-def'; report-uri /x")]
        },
    ),
    (
        "host-key-added",
        || vec![ssh(&[("ssh-rsa", "rsa")]), ssh(&[("ssh-rsa", "rsa"), ("ssh-ed25519", "ed")])],
        || vec![ssh(&[("ssh-rsa", "rsa"), ("ssh-ed25519", "ed")]), ssh(&[("ssh-rsa", "rsa")])],
    ),
    (
        "host-key-other",
        || {
            let both = |ed| ssh(&[("ssh-rsa", "rsa"), ("ssh-ed25519", ed)]);
            vec![both("one"), both("other")]
        },
        || {
            // The type was not answered for a while.
            let both = || ssh(&[("ssh-rsa", "rsa"), ("ssh-ed25519", "one")]);
            vec![both(), ssh(&[("ssh-rsa", "rsa")]), both()]
        },
    ),
    (
        "host-key-went-back",
        || vec![ssh(&[("ssh-rsa", "a")]), ssh(&[("ssh-rsa", "b")]), ssh(&[("ssh-rsa", "a")])],
        || {
            let both = ssh(&[("ssh-rsa", "a"), ("ssh-rsa", "b")]);
            vec![both, ssh(&[("ssh-rsa", "a")]), ssh(&[("ssh-rsa", "b")])]
        },
    ),
    (
        "host-keys-all-other",
        || vec![ssh(&[("ssh-rsa", "a"), ("ssh-ed25519", "c")]), ssh(&[("ssh-rsa", "b")])],
        || {
            // A key that is merely shown is none.
            let shown = ssh(&[("ssh-rsa", "b")]).change_ssh(|key| key.proof = Outcome::seen(false));
            vec![ssh(&[("ssh-rsa", "a")]), shown]
        },
    ),
    (
        "mx-changed",
        || vec![mx(&[(10, "a.example")]), mx(&[(10, "b.example")])],
        || vec![mx(&[(10, "a.example")]), mx(&[(10, "a.example")])],
    ),
    (
        "name-servers-changed",
        || vec![served(&["a", "b"]), served(&["c", "d"])],
        || vec![served(&["a", "b"]), served(&["b", "a"])],
    ),
    (
        "tls-stronger",
        || vec![old_tls(Scene::empty()), Scene::empty().tls(|_| {})],
        || vec![old_tls(Scene::empty()), Scene::empty().tls(silence)],
    ),
    (
        "tls-weaker",
        || vec![Scene::empty().tls(|_| {}), old_tls(Scene::empty())],
        || {
            // At the look before, one of the versions was not answered.
            let partly = Scene::empty().tls(|endpoint| set_version(endpoint, TlsVersion::Tls10, timeout()));
            vec![partly, old_tls(Scene::empty())]
        },
    ),
    (
        "trust-anchor-new",
        || vec![anchors(&[]), anchors(&["CN=New"])],
        || {
            // The file that holds it could not be read the last time.
            let mut partly = anchors(&[]);
            for fact in &mut partly.facts {
                if let Fact::LocalTrust(trust) = fact {
                    let why = Reason::new(ReasonKind::Other, "permission denied");
                    trust.unread.push(Unread { file: "/etc/ssl/own.pem".into(), why });
                }
            }
            vec![anchors(&["CN=New"]), partly, anchors(&["CN=New"])]
        },
    ),
];

fn at(addresses: &[&str]) -> Scene {
    Scene::empty().fact(Fact::Addresses(Addresses {
        name: "shop.example".into(),
        service: "https".into(),
        addresses: Outcome::seen(addresses.iter().map(|one| address(one)).collect()),
        given: false,
    }))
}

fn caa(records: &[(&str, &str)]) -> Scene {
    Scene::empty().caa(records)
}

fn mx(records: &[(u16, &str)]) -> Scene {
    Scene::empty().mx(records)
}

fn ds(tags: &[u16], security: Outcome<Security>) -> Scene {
    Scene::empty().ds(tags, security)
}

fn secure() -> Outcome<Security> {
    Outcome::seen(Security::Secure)
}

fn served(names: &[&str]) -> Scene {
    Scene::empty().delegation(|zone| {
        zone.name_servers = Outcome::seen(names.iter().map(|name| format!("{name}.example")).collect());
        (zone.servers, zone.parent) = (vec![], timeout());
    })
}

/// A service that shows one certificate, which a log has; its key is named by its issuer's name and its names.
fn shows(sha256: &str, change: impl Fn(&mut ParsedCertificate)) -> Scene {
    Scene::empty().tls(|_| {}).chain(|chain| {
        chain.certificates[0].sha256 = sha256.into();
        change_leaf(chain, |leaf| change(leaf));
        let timestamp = Timestamp {
            from: TimestampSource::Certificate,
            log: "ab".into(),
            name: None,
            operator: None,
            state: None,
            time: None,
            signature: TimestampSignature::Valid,
        };
        let timestamps = vec![timestamp];
        chain.transparency = Some(Transparency { list: String::new(), timestamps, not_looked: vec![] });
    })
}

/// The next certificate, when two thirds of the validity are over, with another key.
fn later(leaf: &mut ParsedCertificate) {
    (leaf.not_before, leaf.not_after) = (time("2026-12-24T00:00:00Z"), time("2027-03-24T00:00:00Z"));
    leaf.spki_sha256 = "later".into();
}

/// A week after the last one.
fn soon(leaf: &mut ParsedCertificate) {
    (leaf.not_before, leaf.not_after) = (time("2026-11-01T00:00:00Z"), time("2027-01-30T00:00:00Z"));
}

/// The one before.
fn earlier(leaf: &mut ParsedCertificate) {
    (leaf.not_before, leaf.not_after) = (time("2026-10-10T00:00:00Z"), time("2027-01-08T00:00:00Z"));
    leaf.spki_sha256 = "earlier".into();
}

fn side_by_side(a: &str, b: &str) -> Scene {
    let mut scene = shows(a, |_| {});
    let other = shows(b, earlier);
    scene.facts.extend(other.facts.into_iter().filter(|fact| matches!(fact, Fact::CertificateChain(_))));
    scene
}

fn distrusted(scene: Scene) -> Scene {
    scene.change_chain(|chain| distrust(chain, RejectionKind::UnknownRoot, "it ends in an unknown root"))
}

fn unlogged(scene: Scene) -> Scene {
    scene.change_chain(|chain| {
        if let Some(transparency) = &mut chain.transparency {
            transparency.timestamps.clear();
        }
    })
}

fn old_tls(scene: Scene) -> Scene {
    scene.tls(|endpoint| accept(endpoint, TlsVersion::Tls10, &["TLS_RSA_WITH_3DES_EDE_CBC_SHA"]))
}

fn crawl() -> CrawlSummary {
    let scene = Scene::empty().crawl(2);
    match scene.facts.into_iter().next() {
        Some(Fact::Crawl(crawl)) => crawl,
        _ => panic!("a crawl"),
    }
}

/// A page with a script from elsewhere, without a hash.
fn leaks(scene: Scene, url: &str) -> Scene {
    scene.change_pages(|page| {
        let script = reference(ReferenceKind::Script, "script src", url);
        page.references.push(Reference { third_party: true, ..script });
    })
}

/// The page that the way in leads to, with these fields.
fn sends(fields: &[(&str, &str)]) -> Scene {
    Scene::empty().entry(EntryKind::Https, &[("https://shop.example/", reply(200, fields))])
}

fn answers(status: u16) -> Scene {
    Scene::empty().entry(EntryKind::Https, &[("https://shop.example/", reply(status, &[]))])
}

/// A server that proves to hold these keys, by type and name.
fn ssh(keys: &[(&str, &str)]) -> Scene {
    Scene::empty().ssh(|endpoint| {
        let offered = keys.iter().map(|(key_type, name)| SshOfferedKey {
            algorithm: (*key_type).into(),
            others: vec![],
            key: Outcome::seen(host_key(key_type, 3072, name)),
        });
        endpoint.host_keys = offered.collect();
    })
}

fn known_network() -> Fact {
    let gateways = vec!["192.168.1.1".parse().expect("an address")];
    let network = NetworkIdentity { gateways, ..NetworkIdentity::default() };
    Fact::KnownNetwork(Box::new(KnownNetwork { network, earlier: Outcome::seen(None) }))
}

/// A computer on a network whose router has this link-layer address.
fn gateway(mac: &str) -> Scene {
    let scene = Scene { about: About::Here, ..Scene::empty() }.network(|network| {
        for gateway in network.gateways_mut() {
            gateway.mac = Some(mac.into());
        }
        network.neighbours = Outcome::seen(vec![local_neighbour("192.168.1.1", mac)]);
    });
    scene.fact(known_network())
}

fn anchors(subjects: &[&str]) -> Scene {
    let anchors: Vec<PrivateAnchor> = subjects.iter().map(|subject| local_anchor(subject)).collect();
    Scene { about: About::Here, ..Scene::empty() }.anchors(&anchors)
}

trait Gateways {
    fn gateways_mut(&mut self) -> &mut [Gateway];
}

impl Gateways for LocalNetwork {
    fn gateways_mut(&mut self) -> &mut [Gateway] {
        match &mut self.gateways {
            Outcome::Seen { value } => value,
            _ => &mut [],
        }
    }
}

trait Ssh {
    fn change_ssh(self, change: impl Fn(&mut SshHostKey)) -> Scene;
}

impl Ssh for Scene {
    fn change_ssh(mut self, change: impl Fn(&mut SshHostKey)) -> Scene {
        for fact in &mut self.facts {
            if let Fact::SshEndpoint(endpoint) = fact {
                for offered in &mut endpoint.host_keys {
                    if let Outcome::Seen { value } = &mut offered.key {
                        change(value);
                    }
                }
            }
        }
        self
    }
}

fn told(scenes: &[Scene]) -> Vec<(String, Severity, Likelihood)> {
    changes_of(scenes).into_iter().map(|change| (change.id, change.severity, change.likelihood)).collect()
}

fn ids(scenes: &[Scene]) -> Vec<String> {
    changes_of(scenes).into_iter().map(|change| change.id).collect()
}

#[test]
fn every_rule_has_a_scene_in_which_it_speaks_and_one_in_which_it_does_not() {
    let listed: Vec<&str> = SCENES.iter().map(|(id, ..)| *id).collect();
    let all: Vec<&str> = ALL.iter().map(|rule| rule.id).collect();
    assert_eq!(listed, all);
    for (id, speaks, silent) in SCENES {
        let changes = changes_of(&speaks());
        assert_eq!(changes.len(), 1, "{id}: {changes:#?}");
        let change = &changes[0];
        assert_eq!(change.id, *id, "{change:#?}");
        assert!(!change.expected.is_empty() && !change.met.is_empty(), "{change:#?}");
        assert_ne!(change.expected, change.met, "{id}");
        let mut ids = ids(&silent());
        ids.retain(|other| other == id);
        assert!(ids.is_empty(), "{id} speaks");
    }
}

#[test]
fn rules_are_sorted_and_share_no_id_with_checks_and_attacks_and_explain_what_there_is() {
    assert!(ALL.is_sorted_by(|a, b| a.id < b.id));
    let known: BTreeSet<&str> = checks().iter().map(|check| check.id).collect();
    for rule in ALL {
        assert!(!known.contains(rule.id), "{} is a check", rule.id);
        assert!(AttackId::ALL.iter().all(|attack| attack.id() != rule.id), "{}", rule.id);
        for id in rule.explains {
            assert!(known.contains(id), "{} explains {id}, which is no check", rule.id);
        }
        for text in [rule.title, rule.about, rule.decided, rule.advice, rule.source] {
            assert!(!text.is_empty() && !text.contains("  "), "{}: {text:?}", rule.id);
        }
        assert!(rule.benign.iter().all(|cause| cause.ends_with('.')), "{}", rule.id);
    }
}

#[test]
fn titles_stand_alone() {
    let title = |scenes: &[Scene]| changes_of(scenes).into_iter().next().expect("a change").title;
    let hsts = |value| Scene::sound().hsts(value);
    assert_eq!(
        title(&[hsts(Some(HSTS)), hsts(None)]),
        "https://shop.example/ no longer sends Strict-Transport-Security"
    );
    let other = shows("b", |leaf| {
        later(leaf);
        leaf.issuer = "O=Other, CN=X".into();
    });
    assert_eq!(
        title(&[shows("a", |_| {}), other]),
        "shop.example:443 shows a certificate from another issuer"
    );
    let both = |ed| ssh(&[("ssh-rsa", "rsa"), ("ssh-ed25519", ed)]);
    assert_eq!(title(&[both("one"), both("other")]), "git.example:22 shows another host key");
    assert_eq!(
        title(&[gateway("02:00:00:00:00:01"), gateway("06:00:00:00:00:66")]),
        "The gateway 192.168.1.1 has another hardware address"
    );
}

#[test]
fn a_lost_header_is_told_once_with_the_findings_that_come_with_it() {
    let changes = changes_of(&[Scene::sound(), Scene::sound().hsts(None)]);
    assert_eq!(changes.len(), 1, "{changes:#?}");
    // As bad as the finding.
    assert_eq!((changes[0].id.as_str(), changes[0].severity), ("header-lost", Severity::High));
    assert!(
        changes[0].because.iter().any(|line| line.starts_with("With it: hsts-missing at")),
        "{changes:#?}"
    );
    // A certificate that nobody trusts comes with more than one finding.
    let swapped = Scene::sound().change_chain(|chain| {
        chain.certificates[0].sha256 = "ff".into();
        distrust(chain, RejectionKind::SelfSigned, "it vouches for itself");
    });
    let changes = changes_of(&[Scene::sound(), swapped]);
    assert_eq!(changes.len(), 1, "{changes:#?}");
    assert_eq!(changes[0].id, "certificate-not-public");
    assert!(changes[0].because.iter().any(|line| line.starts_with("With it: cert-")), "{changes:#?}");
}

#[test]
fn losing_the_trust_of_anchors_of_ones_own_is_grave() {
    let given = |scene: Scene, trusted: bool| {
        distrusted(scene).change_chain(|chain| {
            let mut store = chain.trust[0].clone();
            (store.store, store.trusted) = ("given".into(), trusted);
            if trusted {
                store.rejections.clear();
            }
            chain.trust.push(store);
        })
    };
    let (before, after) = (given(shows("a", |_| {}), true), given(shows("b", later), false));
    let is = |severity, likelihood| vec![("certificate-unproved".to_owned(), severity, likelihood)];
    assert_eq!(told(&[before, after.clone()]), is(Severity::High, Likelihood::Suspicious));
    let unproved = given(shows("a", |_| {}), false);
    assert_eq!(told(&[unproved, after]), is(Severity::Medium, Likelihood::Unclear));
}

#[test]
fn how_likely_benign_a_new_issuer_is_hangs_on_caa() {
    let google = |leaf: &mut ParsedCertificate| {
        later(leaf);
        leaf.issuer = "C=US, O=Google Trust Services, CN=WE1".into();
    };
    let with = |records: Option<&[(&str, &str)]>| {
        let caa = |scene: Scene| match records {
            Some(records) => scene.caa(records),
            None => scene,
        };
        told(&[caa(shows("a", |_| {})), caa(shows("b", google))])
    };
    let is = |severity, likelihood| vec![("certificate-new-issuer".to_owned(), severity, likelihood)];
    assert_eq!(with(Some(&[("issue", "pki.goog")])), is(Severity::Low, Likelihood::Benign));
    assert_eq!(with(Some(&[("issue", "letsencrypt.org")])), is(Severity::High, Likelihood::Suspicious));
    assert_eq!(with(Some(&[])), is(Severity::Medium, Likelihood::Unclear));
    assert_eq!(with(None), is(Severity::Medium, Likelihood::Unclear));
    // For wildcards alone: the certificate is none.
    let wild: &[(&str, &str)] = &[("issue", "pki.goog"), ("issuewild", ";")];
    assert_eq!(with(Some(wild)), is(Severity::Low, Likelihood::Benign));
}

#[test]
fn certificates_in_use_side_by_side_and_older_ones() {
    let (a, b) = (|| shows("a", |_| {}), || shows("b", later));
    assert_eq!(told(&[a(), b(), a()]), [("certificate-older".into(), Severity::Info, Likelihood::Benign)]);
    // One that no look met is another matter than one that was there.
    let old = shows("c", earlier);
    assert_eq!(told(&[a(), b(), old]), [("certificate-older".into(), Severity::Medium, Likelihood::Unclear)]);
    // Nothing that is not met is a change, and it comes back without one.
    assert!(told(&[side_by_side("a", "b"), a(), side_by_side("a", "b")]).is_empty());
    // What came once from somebody in the middle does not become benign by coming again.
    let bad = || distrusted(shows("x", later));
    let changes = changes_of(&[a(), bad(), a(), a(), bad()]);
    assert_eq!(changes.len(), 1, "{changes:#?}");
    assert_eq!(
        (changes[0].id.as_str(), changes[0].likelihood),
        ("certificate-not-public", Likelihood::Suspicious)
    );
    let other = || {
        shows("y", |leaf| {
            later(leaf);
            leaf.issuer = "O=Other, CN=X".into();
        })
    };
    let changes = changes_of(&[a(), a(), other(), a(), other()]);
    assert_eq!(changes[0].id, "certificate-new-issuer", "{changes:#?}");
    let keys = |name| ssh(&[("ssh-rsa", name)]);
    let rsa = told(&[keys("a"), keys("a"), keys("b"), keys("a"), keys("b")]);
    assert_eq!(rsa, [("host-key-went-back".into(), Severity::High, Likelihood::Unclear)]);
    let rsa = told(&[keys("a"), keys("a"), keys("b"), keys("a")]);
    assert_eq!(rsa, [("host-key-went-back".into(), Severity::Low, Likelihood::Unclear)]);
    // An anchor that was gone and is there again is told again.
    assert_eq!(ids(&[anchors(&["CN=New"]), anchors(&[]), anchors(&["CN=New"])]), ["trust-anchor-new"]);
    // The same certificate, trusted no more.
    let changes = changes_of(&[a(), distrusted(a())]);
    assert_eq!(changes.len(), 1, "{changes:#?}");
    assert_eq!(changes[0].id, "certificate-not-public");
    // The grave one is told, whatever else is new beside it.
    let mut both = shows("b", later);
    both.facts.extend(distrusted(shows("x", soon)).facts.into_iter().skip(1));
    let changes = changes_of(&[a(), both]);
    assert_eq!(changes.len(), 1, "{changes:#?}");
    assert_eq!((changes[0].id.as_str(), changes[0].met.len()), ("certificate-not-public", 2));
}

#[test]
fn what_is_the_same_at_several_places_is_told_once() {
    let both = |scene: Scene| {
        let mut www = scene.clone().change_chain(|chain| chain.host = Host::Name("www.shop.example".into()));
        www.facts.retain(|fact| matches!(fact, Fact::CertificateChain(_)));
        Scene { facts: scene.facts.into_iter().chain(www.facts).collect(), ..www }
    };
    let changes = changes_of(&[both(shows("a", |_| {})), both(shows("b", later))]);
    assert_eq!(changes.len(), 1, "{changes:#?}");
    assert_eq!(changes[0].place, "shop.example:443");
    assert!(
        changes[0].because.contains(&"It is the same at www.shop.example:443.".to_owned()),
        "{changes:#?}"
    );
    let stores = |subjects: &[&str]| {
        let one = anchors(subjects);
        let mut other = one.clone();
        for fact in &mut other.facts {
            if let Fact::LocalTrust(trust) = fact {
                trust.store = "Firefox, profile default".into();
            }
        }
        Scene { facts: one.facts.into_iter().chain(other.facts).collect(), ..other }
    };
    let changes = changes_of(&[stores(&[]), stores(&["CN=New"])]);
    assert_eq!(changes.len(), 1, "{changes:#?}");
    assert_eq!(changes[0].title, "The trust store system has another trust anchor: CN=New");
}

#[test]
fn routers_that_stand_in_for_one_another_and_networks_that_look_alike() {
    let is = |severity, likelihood| vec![("gateway-changed".to_owned(), severity, likelihood)];
    let (one, other) = (|| gateway("02:00:00:00:00:01"), || gateway("06:00:00:00:00:66"));
    assert_eq!(told(&[one(), other()]), is(Severity::Medium, Likelihood::Unclear));
    assert_eq!(told(&[one(), gateway("00:00:5e:00:01:07")]), is(Severity::Low, Likelihood::Unclear));
    // Back to what was met less often is no way home.
    let again = [one(), one(), one(), other(), one(), other()];
    assert_eq!(told(&again), is(Severity::Medium, Likelihood::Unclear));
    assert_eq!(told(&[one(), other(), one()]), is(Severity::Info, Likelihood::Benign));
    let on = |scene: Scene, ssid: Option<&str>, dhcp: &[&str]| {
        let mut scene = scene;
        for fact in &mut scene.facts {
            if let Fact::KnownNetwork(known) = fact {
                known.network.ssid = ssid.map(str::to_owned);
                known.network.dhcp = dhcp.iter().map(|one| one.parse().expect("an address")).collect();
            }
        }
        scene
    };
    let home = |scene| on(scene, Some("home"), &[]);
    assert_eq!(told(&[home(one()), home(other())]), is(Severity::High, Likelihood::Unclear));
    // Another Wi-Fi is another network, and so is another DHCP server where there is no Wi-Fi.
    assert!(told(&[home(one()), on(other(), Some("café"), &[])]).is_empty());
    assert!(told(&[on(one(), None, &["192.168.1.2"]), on(other(), None, &["192.168.1.3"])]).is_empty());
    let same = told(&[on(one(), None, &["192.168.1.2"]), on(other(), None, &["192.168.1.2"])]);
    assert_eq!(same, is(Severity::High, Likelihood::Unclear));
}

#[test]
fn rollovers_of_keys_and_records_that_stay() {
    let one = |looks: &[Scene]| {
        let told = told(looks);
        assert_eq!(told.len(), 1, "{told:?}");
        (told[0].1, told[0].2)
    };
    let benign = (Severity::Info, Likelihood::Benign);
    assert_eq!(one(&[ds(&[1], secure()), ds(&[1, 2], secure())]), benign);
    assert_eq!(one(&[ds(&[], secure()), ds(&[2], secure())]), benign);
    assert_eq!(one(&[ds(&[1], secure()), ds(&[2], secure())]), (Severity::Medium, Likelihood::Unclear));
    assert_eq!(one(&[mx(&[(10, "a.example")]), mx(&[(20, "a.example")])]), benign);
    let two = mx(&[(10, "a.example"), (20, "b.example")]);
    assert_eq!(one(&[mx(&[(10, "a.example")]), two.clone()]), (Severity::Low, Likelihood::Unclear));
    assert_eq!(one(&[two, mx(&[(10, "c.example")])]), (Severity::Medium, Likelihood::Unclear));
    assert_eq!(one(&[served(&["a", "b"]), served(&["a"])]), benign);
    assert_eq!(one(&[served(&["a", "b"]), served(&["a", "c"])]), (Severity::Low, Likelihood::Unclear));
    assert_eq!(one(&[served(&["a", "b"]), served(&["c"])]), (Severity::High, Likelihood::Unclear));
    let added = caa(&[("issue", "a.example"), ("issue", "b.example")]);
    assert_eq!(one(&[caa(&[("issue", "a.example")]), added.clone()]), (Severity::Low, Likelihood::Unclear));
    assert_eq!(
        one(&[added.clone(), caa(&[("issue", "c.example")])]),
        (Severity::Medium, Likelihood::Unclear)
    );
    assert_eq!(one(&[added, caa(&[])]), (Severity::Medium, Likelihood::Unclear));
    // Wildcards, which fell under issue before.
    let wild = caa(&[("issue", "a.example"), ("issuewild", "b.example")]);
    assert_eq!(one(&[caa(&[("issue", "a.example")]), wild]), (Severity::Low, Likelihood::Unclear));
    let kept = at(&["192.0.2.7:443", "198.51.100.9:443"]);
    assert_eq!(one(&[at(&["192.0.2.7:443"]), kept]), benign);
}

#[test]
fn what_header_fields_say_less() {
    let weaker = |name: &str, was: &str, is: &str| {
        let told = told(&[sends(&[(name, was)]), sends(&[(name, is)])]);
        told.first().map(|(id, severity, _)| (id.as_str() == "header-weaker", *severity))
    };
    let hsts = "strict-transport-security";
    assert_eq!(weaker(hsts, HSTS, "max-age=300; includeSubDomains; preload"), Some((true, Severity::Medium)));
    assert_eq!(weaker(hsts, HSTS, "max-age=63072000"), Some((true, Severity::Low)));
    assert_eq!(weaker(hsts, HSTS, "max-age=0"), Some((true, Severity::High)), "hsts-off comes with it");
    assert_eq!(weaker(hsts, HSTS, "MAX-AGE=\"63072000\"; preload;includesubdomains"), None);
    assert_eq!(weaker(hsts, "max-age=300", HSTS).map(|(weaker, _)| weaker), Some(false));
    let csp = "content-security-policy";
    assert_eq!(
        weaker(csp, "default-src 'self'; object-src 'none'", "default-src 'self'"),
        Some((true, Severity::Low))
    );
    assert_eq!(weaker(csp, "default-src 'self' a.example", "default-src a.example 'self'"), None);
    assert_eq!(weaker(csp, "script-src 'sha256-aaa'", "script-src 'sha256-bbb' 'sha256-ccc'"), None);
    // With a nonce, 'unsafe-inline' is passed over; without one it is not.
    let (nonce, open) = ("script-src 'unsafe-inline' 'nonce-a'", "script-src 'unsafe-inline'");
    assert_eq!(weaker(csp, nonce, open), Some((true, Severity::Low)));
    assert_eq!(weaker("x-frame-options", "DENY", "SAMEORIGIN"), Some((true, Severity::Low)));
    assert_eq!(weaker("referrer-policy", "no-referrer", "unsafe-url").map(|(weaker, _)| weaker), Some(true));
    assert_eq!(
        weaker("cross-origin-opener-policy", "same-origin", "unsafe-none"),
        Some((true, Severity::Low))
    );
    assert_eq!(weaker("permissions-policy", "camera=()", "camera=*"), None, "it cannot be told");
}

#[test]
fn a_finding_is_gone_only_where_it_was_looked_for() {
    let leaky = || leaks(Scene::sound(), "https://cdn.example/a.js");
    let silent = |unwanted: fn(&Fact) -> bool| {
        let mut scene = Scene::sound();
        for fact in scene.facts.iter_mut().filter(|fact| unwanted(fact)) {
            silence_fact(fact);
        }
        scene
    };
    let pages = silent(|fact| matches!(fact, Fact::Page(_)));
    assert_eq!(ids(&[leaky(), pages.clone()]), Vec::<String>::new());
    // It is there again: nothing happened.
    assert_eq!(ids(&[leaky(), pages.clone(), leaky()]), Vec::<String>::new());
    // It is gone, once it was looked for.
    assert_eq!(ids(&[leaky(), pages.clone(), Scene::sound()]), ["finding-gone"]);
    assert_eq!(ids(&[leaky(), Scene::sound(), pages, leaky()]), ["finding-appeared"]);
    // The crawl went, and the certificates did not: another finding than those on pages.
    let weak = Scene::sound().change_chain(|chain| {
        change_leaf(chain, |leaf| leaf.not_after = time("2026-11-26T00:00:00Z"));
    });
    assert!(weak.report().findings.iter().any(|finding| finding.id == "cert-expires-soon"));
    let unmet = Scene::sound().without(|fact| matches!(fact, Fact::CertificateChain(_)));
    assert_eq!(ids(&[weak.clone(), unmet.clone()]), Vec::<String>::new());
    assert_eq!(ids(&[unmet, weak]), Vec::<String>::new(), "nobody looked before");
}

#[test]
fn other_checks_say_nothing_of_what_changed() {
    let by = |scene: Scene, version: &str| {
        let mut all = memos(&scene.report());
        for memo in &mut all {
            if let Remembered::Findings { by, .. } = &mut memo.what {
                *by = version.into();
            }
        }
        all
    };
    let histories = remembered(&[(hours(0), by(Scene::sound(), "0.0.1"))]);
    let met = by(leaks(Scene::sound(), "https://cdn.example/a.js"), "0.0.2");
    assert_eq!(changes(&Looked { histories: &histories, memos: &met, now: hours(24) }), []);
}

#[test]
fn the_findings_of_one_check_are_one_change() {
    let many = |scene: Scene| {
        let scene = leaks(scene, "https://cdn.example/a.js");
        leaks(scene, "https://cdn.example/b.js")
    };
    let changes = changes_of(&[Scene::sound(), many(Scene::sound())]);
    let of_check: BTreeSet<&str> = changes
        .iter()
        .flat_map(|change| &change.met)
        .map(|line| line.split(' ').next().unwrap_or_default())
        .collect();
    assert_eq!(changes.len(), of_check.len(), "{changes:#?}");
}

/// Every look of the table, and scenes of every kind of target.
fn all_scenes() -> Vec<Scene> {
    let mut all = vec![
        Scene::sound(),
        Scene::weak(),
        Scene { about: About::Here, ..Scene::here_local() },
        Scene::met_here(|_| {}),
        gateway("02:00:00:00:00:01"),
        Scene::sound()
            .dnssec(|_| {})
            .caa(&[("issue", "ca.example")])
            .mx(&[(10, "a.example")])
            .delegation(|_| {}),
        Scene::empty().ssh(|_| {}).host_keys(&[]),
    ];
    for (_, speaks, silent) in SCENES {
        all.extend(speaks());
        all.extend(silent());
    }
    all
}

#[test]
fn two_equal_looks_are_no_change() {
    for scene in all_scenes() {
        assert_eq!(changes_of(&[scene.clone(), scene.clone()]), [], "{scene:#?}");
        assert_eq!(memos(&scene.report()), memos(&scene.report()));
    }
}

/// What a fact looks like that could not be measured; none where it would not be there at all.
fn unmeasured(fact: &Fact) -> Option<Fact> {
    let mut fact = fact.clone();
    match &fact {
        // These hold nothing that can be unmeasured: they are not there then.
        Fact::CertificateChain(_) | Fact::Cookie(_) | Fact::LocalSettings(_) | Fact::GitSource(_) => None,
        // A list that is bundled is always at hand.
        Fact::Preload(_) => Some(fact),
        _ => {
            silence_fact(&mut fact);
            Some(fact)
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever part of a look was not measured: nothing changed, neither now nor when it is measured again. Where it was
    /// not measured at the first look, what is met beside what is known is told of lists alone, since nobody met it before.
    #[test]
    fn what_was_not_measured_is_no_change(at in any::<prop::sample::Index>(), mask in any::<u64>()) {
        let all = all_scenes();
        let full = all[at.index(all.len())].clone();
        let mut partly = full.clone();
        partly.facts = full.facts.iter().enumerate().filter_map(|(at, fact)| {
            if mask >> (at % 64) & 1 == 1 { unmeasured(fact) } else { Some(fact.clone()) }
        }).collect();
        let (full, mut partly) = (full.report(), partly.report());
        partly.state = State::Partly;
        let told = |reports: &[&TargetReport]| {
            let reports: Vec<TargetReport> = reports.iter().map(|report| (*report).clone()).collect();
            changes_of_reports(&reports)
        };
        prop_assert_eq!(told(&[&full, &partly]), []);
        prop_assert_eq!(told(&[&full, &partly, &full]), []);
        let mut first = told(&[&partly, &full]);
        first.retain(|change| {
            let lists = ["addresses", "certificates", "host-keys"];
            !change.is.as_ref().is_some_and(|memo| lists.contains(&memo.what.kind()))
        });
        prop_assert_eq!(first, []);
    }

    /// In which order answers come is no change.
    #[test]
    fn the_order_of_facts_is_no_change(at in any::<prop::sample::Index>(), seed in any::<u64>()) {
        let all = all_scenes();
        let scene = all[at.index(all.len())].clone();
        let mut other = scene.clone();
        let mut state = seed | 1;
        other.facts.sort_by_cached_key(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            state >> 33
        });
        prop_assert_eq!(changes_of(&[scene, other]), []);
    }

    /// A subject that takes values at random: at most one event of each pair of values in a window, every change is in
    /// one, and what was never met is never folded.
    #[test]
    fn the_fold_keeps_one_event_of_each_pair(looks in prop::collection::vec((0_u8..5, 1_i64..40), 1..60)) {
        let mut events: Vec<Event> = Vec::new();
        let mut met: Vec<String> = vec!["v0".into()];
        let (mut value, mut now) = ("v0".to_owned(), 0);
        for (next, hours_on) in looks {
            now += hours_on;
            let next = format!("v{next}");
            if next == value {
                continue;
            }
            let change = of_values(&value, &next);
            let never_met = !met.contains(&next);
            match fold(&events, &change, hours(now)) {
                Fold::New => {
                    let same = events.iter().filter(|event| {
                        let pair = |change: &Change| {
                            BTreeSet::from([change.expected.clone(), change.met.clone()])
                        };
                        pair(&event.change) == pair(&change)
                            && hours(now).duration_since(event.last) <= WINDOW
                    });
                    prop_assert_eq!(same.count(), 0, "an event of the same pair is told twice");
                    let id = i64::try_from(events.len()).unwrap_or_default() + 1;
                    events.insert(0, event(id, &change, hours(now)));
                }
                Fold::Again { id, went_back } => {
                    prop_assert!(!never_met, "a value that was never met was folded");
                    let known = events.iter_mut().find(|event| event.id == id).expect("an event that is there");
                    prop_assert_eq!(went_back, known.change.expected == change.met);
                    prop_assert!(known.change.expected == change.met || known.change.met == change.met);
                    prop_assert!(hours(now).duration_since(known.last) <= WINDOW);
                    (known.last, known.times, known.went_back) = (hours(now), known.times + 1, went_back);
                }
            }
            met.push(next.clone());
            value = next;
        }
    }
}

/// A change of one subject between two values.
fn of_values(was: &str, is: &str) -> Change {
    let scenes = [mx(&[(10, was)]), mx(&[(10, is)])];
    changes_of(&scenes).into_iter().next().expect("a change")
}

#[test]
fn the_fold_tells_places_and_kinds_apart_and_ends_after_a_day() {
    let there = of_values("a", "b");
    let events = [event(7, &there, hours(0))];
    let back = of_values("b", "a");
    assert_eq!(fold(&events, &back, hours(24)), Fold::Again { id: 7, went_back: true });
    assert_eq!(fold(&events, &there, hours(2)), Fold::Again { id: 7, went_back: false });
    assert_eq!(fold(&events, &back, hours(25)), Fold::New);
    assert_eq!(fold(&events, &of_values("b", "c"), hours(1)), Fold::New);
    let elsewhere = Change { place: "other.example".into(), ..back.clone() };
    assert_eq!(fold(&events, &elsewhere, hours(1)), Fold::New);
    // Rules of one kind of memo tell the way there and the way back.
    let hsts = |value| Scene::sound().hsts(value);
    let lost = changes_of(&[hsts(Some(HSTS)), hsts(None)]);
    let found = changes_of(&[hsts(Some(HSTS)), hsts(None), hsts(Some(HSTS))]);
    assert_eq!((found[0].id.as_str(), found.len()), ("header-restored", 1), "{found:#?}");
    let events = [event(8, &lost[0], hours(0))];
    assert_eq!(fold(&events, &found[0], hours(1)), Fold::Again { id: 8, went_back: true });
    let certificate = |scenes: &[Scene]| changes_of(scenes).into_iter().next().expect("a change");
    let (a, b) = (|| shows("a", |_| {}), || distrusted(shows("b", later)));
    let events = [event(9, &certificate(&[a(), b()]), hours(0))];
    let back = certificate(&[a(), b(), a()]);
    assert_eq!(back.id, "certificate-older");
    assert_eq!(fold(&events, &back, hours(1)), Fold::Again { id: 9, went_back: true });
}
