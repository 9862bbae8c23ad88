//! What is remembered, and what is left out.

use midwatch_model::*;

use super::*;
use crate::testing::*;

fn of(scene: &Scene, kind: &str) -> Vec<Memo> {
    let all = memos(&scene.report());
    all.into_iter().filter(|memo| memo.what.kind() == kind).collect()
}

fn one(scene: &Scene, kind: &str) -> Memo {
    let all = of(scene, kind);
    assert_eq!(all.len(), 1, "{all:#?}");
    all.into_iter().next().expect("a memo")
}

#[test]
fn a_site_is_remembered_by_place_and_kind() {
    let scene = Scene::sound()
        .caa(&[("issue", "ca.example")])
        .mx(&[(20, "b.example"), (10, "a.example")])
        .ds(&[7], Outcome::seen(Security::Secure))
        .delegation(|_| {});
    let all = memos(&scene.report());
    let keys: Vec<(&str, &str)> = all.iter().map(|memo| (memo.place.as_str(), memo.what.kind())).collect();
    assert_eq!(
        keys,
        [
            ("https://shop.example/", "findings"),
            ("https://shop.example/", "headers"),
            ("shop.example", "addresses"),
            ("shop.example", "caa"),
            ("shop.example", "delegation"),
            ("shop.example", "ds"),
            ("shop.example", "mx"),
            ("shop.example:443", "certificates"),
            ("shop.example:443", "tls"),
        ]
    );
    let records = vec!["10 a.example".to_owned(), "20 b.example".into()];
    assert_eq!(one(&scene, "mx").what, Remembered::Mx { records });
    let records = vec![r#"0 issue "ca.example""#.to_owned()];
    assert_eq!(one(&scene, "caa").what, Remembered::Caa { records });
    let Remembered::Tls { versions, weak_suites } = one(&scene, "tls").what else { panic!("TLS") };
    assert_eq!((versions, weak_suites), (vec![TlsVersion::Tls12, TlsVersion::Tls13], vec![]));
    // They come through a store as they went in.
    for memo in all {
        let text = serde_json::to_string(&memo).expect("JSON");
        assert_eq!(serde_json::from_str::<Memo>(&text).expect("a memo"), memo, "{text}");
    }
}

#[test]
fn what_was_not_measured_gives_no_memo() {
    assert_eq!(memos(&Scene::empty().report()), []);
    // Where nothing answered, its name still leads somewhere.
    let scene = Scene::empty().addresses().tls(silence).delegation(|_| {});
    let report = TargetReport { state: State::NotMeasured, ..scene.report() };
    let kinds: Vec<&str> = memos(&report).iter().map(|memo| memo.what.kind()).collect();
    assert_eq!(kinds, ["addresses", "delegation"]);
    // Who answers for everything says nothing of a zone, and what is bogus is taken by no authority.
    let lies = |dnssec: &mut Dnssec| dnssec.faults.push(ResolverFault::AnswersEverything);
    let scene = Scene::empty().addresses().dnssec(lies).caa(&[]).mx(&[]).delegation(|_| {});
    let scene = scene.ds(&[], Outcome::seen(Security::Secure));
    let kinds: Vec<&str> = memos(&scene.report()).iter().map(|memo| memo.what.kind()).collect();
    assert_eq!(kinds, ["findings", "addresses"]);
    let mut bogus = Scene::empty().caa(&[]);
    for fact in &mut bogus.facts {
        if let Fact::Caa(caa) = fact {
            caa.security = Outcome::seen(Security::Bogus { why: String::new(), extended: None });
        }
    }
    assert_eq!(of(&bogus, "caa"), []);
    // A page for faults says nothing of the fields of the others, and neither does another site.
    for (status, url) in
        [(503, "https://shop.example/"), (200, "http://shop.example/"), (200, "https://else.example/")]
    {
        let hops = [("https://shop.example/", redirect(url)), (url, reply(status, &[]))];
        assert_eq!(of(&Scene::empty().entry(EntryKind::Https, &hops), "headers"), [], "{status} {url}");
    }
    // Addresses that the user gave were not learnt.
    let given = Scene::empty().fact(Fact::Addresses(Addresses {
        name: "shop.example".into(),
        service: "https".into(),
        addresses: Outcome::seen(vec![address(ADDRESS)]),
        given: true,
    }));
    assert_eq!(of(&given, "addresses"), []);
    // A zone without name servers is none.
    let none = Scene::empty().delegation(|zone| zone.name_servers = Outcome::seen(vec![]));
    assert_eq!(of(&none, "delegation"), []);
    // What is bogus, or cannot be told, is not the zone above's word.
    for security in [
        Security::Indeterminate { why: String::new() },
        Security::Bogus { why: String::new(), extended: None },
    ] {
        assert_eq!(of(&Scene::empty().ds(&[], Outcome::seen(security)), "ds"), []);
    }
    let insecure = Security::Insecure { why: String::new() };
    assert_eq!(of(&Scene::empty().ds(&[], Outcome::seen(insecure)), "ds").len(), 1);
}

#[test]
fn one_of_two_addresses() {
    let other = |change: fn(&mut TlsEndpoint)| {
        Scene::empty().tls(|_| {}).tls(|endpoint| {
            endpoint.address = address("198.51.100.7:443");
            change(endpoint);
        })
    };
    let fails = |kind| {
        move |endpoint: &mut TlsEndpoint| {
            for version in TlsVersion::ALL {
                set_version(endpoint, version, Outcome::unmeasured(kind, "no answer"));
            }
        }
    };
    // What it accepts may be missing: it would look new at the next look.
    assert_eq!(of(&other(silence), "tls"), []);
    assert_eq!(of(&other(|endpoint| set_version(endpoint, TlsVersion::Ssl3, timeout())), "tls"), []);
    // Nothing leads there from here, at no look.
    let scene = Scene::empty().tls(|_| {}).tls(fails(ReasonKind::Unreachable));
    assert_eq!(of(&scene, "tls").len(), 1);
    // Certificates are those that came.
    let scene = other(silence).chain(|_| {});
    assert_eq!(of(&scene, "certificates").len(), 1);
    let Remembered::Findings { measured, .. } = one(&scene, "findings").what else { panic!("findings") };
    assert!(!measured.iter().any(|key| key.starts_with("certificate-chain")), "{measured:?}");
    let Remembered::Findings { measured, .. } = one(&other(|_| {}).chain(|_| {}), "findings").what else {
        panic!("findings")
    };
    assert!(measured.contains(&"certificate-chain shop.example:443".to_owned()), "{measured:?}");
}

#[test]
fn only_keys_that_were_proved_are_remembered() {
    let scene = Scene::empty().ssh(|endpoint| {
        let proofs = [Outcome::seen(false), timeout(), Outcome::seen(true)];
        for (offered, proof) in endpoint.host_keys.iter_mut().zip(proofs) {
            if let Outcome::Seen { value } = &mut offered.key {
                value.proof = proof;
            }
        }
    });
    let memo = one(&scene, "host-keys");
    let Remembered::HostKeys { keys } = memo.what else { panic!("host keys") };
    let types: Vec<&str> = keys.iter().map(|key| key.key_type.as_str()).collect();
    assert_eq!((memo.place.as_str(), types), ("git.example:22", vec!["ssh-ed25519"]));
}

#[test]
fn fields_are_remembered_in_one_form() {
    let fields = |fields: &[(&str, &str)]| {
        let scene = Scene::empty().entry(EntryKind::Https, &[("https://shop.example/", reply(200, fields))]);
        let Remembered::Headers { fields } = one(&scene, "headers").what else { panic!("headers") };
        fields
    };
    let csp = "content-security-policy";
    let a =
        fields(&[(csp, "script-src 'Nonce-abc' 'self' https://a.example/X 'nonce-def'; default-src 'none'")]);
    let b = fields(&[
        (csp, "default-src 'none'; script-src https://a.example/X 'SELF' 'nonce-1'; report-uri /r?id=7"),
        ("server", "nginx"),
        ("date", "today"),
    ]);
    assert_eq!(a, b);
    assert_eq!(a[csp], "default-src 'none'; script-src 'nonce-*' 'self' https://a.example/X");
    let twice = fields(&[
        ("strict-transport-security", "preload; max-age=7"),
        ("strict-transport-security", "max-age=9"),
    ]);
    assert_eq!(twice["strict-transport-security"], "max-age=7; preload");
    assert_eq!(fields(&[(csp, "report-to x")]), fields(&[]));
    let long = fields(&[("permissions-policy", &"x".repeat(100_000))]);
    assert_eq!(long["permissions-policy"].len(), 4_000);
}

#[test]
fn certificates_are_remembered_with_who_vouches_for_them() {
    let memo = |scene: &Scene| {
        let Remembered::Certificates { certificates } = one(scene, "certificates").what else {
            panic!("certificates")
        };
        certificates
    };
    let sound = Scene::empty().chain(|_| {});
    let first = &memo(&sound)[0];
    assert_eq!((first.logged, first.public, first.trusted), (None, Some(true), Some(true)));
    let own = sound.clone().change_chain(|chain| {
        chain.trust[0].trusted = false;
        chain.trust.push(TrustDecision { store: "given".into(), trusted: true, rejections: vec![] });
        chain.transparency =
            Some(Transparency { list: String::new(), timestamps: vec![], not_looked: vec![] });
    });
    let first = &memo(&own)[0];
    assert_eq!((first.logged, first.public, first.trusted), (Some(false), Some(false), Some(true)));
    let unasked = sound.clone().change_chain(|chain| chain.trust.clear());
    assert_eq!((memo(&unasked)[0].public, memo(&unasked)[0].trusted), (None, None));
    // Of two addresses, the better word counts, in whatever order they come.
    for order in [[&sound, &own], [&own, &sound]] {
        let both =
            Scene { facts: order.iter().flat_map(|scene| scene.facts.clone()).collect(), ..Scene::empty() };
        assert_eq!((memo(&both).len(), memo(&both)[0].public), (1, Some(true)));
    }
}
