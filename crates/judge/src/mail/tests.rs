//! Whole judgements of a domain's mail: what a sound one, faults and silence come to.

use std::collections::BTreeSet;

use midwatch_model::*;
use proptest::prelude::*;

use crate::Judgement;
use crate::testing::*;
use crate::tests::silence_fact;

const METHODS: [AttackId; 6] = [
    AttackId::Eavesdropping,
    AttackId::StrippingAndDowngrade,
    AttackId::Impersonation,
    AttackId::DnsSpoofing,
    AttackId::IpHijacking,
    AttackId::EmailHijacking,
];

fn insecure() -> Outcome<Security> {
    Outcome::seen(Security::Insecure { why: "no DS".into() })
}

fn verdict(judged: &Judgement, id: AttackId) -> Verdict {
    judged.attacks.iter().find(|attack| attack.id == id).expect("a verdict").verdict
}

fn mark(judged: &Judgement, station: Station) -> Verdict {
    judged.path.iter().find(|hop| hop.station == station).expect("a station").mark.verdict
}

fn of<'a>(judged: &'a Judgement, id: &str) -> Vec<&'a Finding> {
    judged.findings.iter().filter(|finding| finding.id == id).collect()
}

/// A domain with nothing published and servers that speak no TLS.
fn weak() -> Scene {
    Scene::mail()
        .no_tlsa()
        .change_sts(no_sts)
        .change_mx(|mx| mx.security = insecure())
        .change_exchanges(|one| one.security = insecure())
        .change_dmarc(|dmarc| dmarc.record = Outcome::refused("no record"))
        .service(MailProtocol::Pop3, "mail.shop.example", "192.0.2.30:110", false)
        .change_starttls(|plain| {
            plain.offered = Outcome::seen(false);
            plain.accepted = Outcome::refused("502 no");
            if let (Outcome::Seen { value }, true) = (&mut plain.before, plain.protocol.has_login()) {
                value.password = Some(true);
                value.mechanisms = vec!["USER".into()];
            }
        })
}

#[test]
fn a_sound_domain_is_protected_everywhere_with_reasons() {
    let judged = Scene::mail().judge();
    let heavy: Vec<_> = judged.findings.iter().filter(|finding| finding.severity >= Severity::Low).collect();
    assert!(heavy.is_empty(), "{heavy:#?}");
    let ids: BTreeSet<String> = Scene::mail().observations().into_iter().map(|one| one.id).collect();
    for id in METHODS {
        let attack = judged.attacks.iter().find(|attack| attack.id == id).expect("a verdict");
        assert_eq!(attack.verdict, Verdict::Protected, "{attack:#?}");
        assert!(!attack.because.is_empty() && !attack.remains.is_empty(), "{id}");
        for because in &attack.because {
            assert!(!because.observations.is_empty(), "{because:?}");
            assert!(because.observations.iter().all(|id| ids.contains(id)), "{because:?}");
        }
    }
    assert_eq!(judged.attacks.len(), METHODS.len());
    for station in [Station::Wifi, Station::Router, Station::Dns, Station::Network] {
        assert_eq!(mark(&judged, station), Verdict::Protected, "{station:?}");
    }
}

#[test]
fn words_for_web_sites_are_not_said_of_mail() {
    for scene in [Scene::mail(), weak(), Scene::mail_null()] {
        let judged = scene.judge();
        let mut said: Vec<String> = judged
            .attacks
            .iter()
            .flat_map(|attack| {
                attack.because.iter().map(|because| because.text.clone()).chain(attack.remains.clone())
            })
            .collect();
        said.extend(judged.path.iter().map(|hop| hop.mark.because.clone()));
        for finding in &judged.findings {
            said.extend([finding.title.clone(), finding.gain.clone(), finding.fix.summary.clone()]);
        }
        for text in said {
            for word in ["visitor", "browser", "HSTS", " page", "cookie", "https service"] {
                assert!(!text.contains(word), "{text}");
            }
        }
    }
}

#[test]
fn without_dane_and_mta_sts_a_place_on_the_path_is_enough() {
    let judged = Scene::mail().no_tlsa().change_sts(no_sts).judge();
    assert_eq!(verdict(&judged, AttackId::Eavesdropping), Verdict::Protected);
    for id in [
        AttackId::StrippingAndDowngrade,
        AttackId::Impersonation,
        AttackId::IpHijacking,
        AttackId::EmailHijacking,
    ] {
        assert_eq!(verdict(&judged, id), Verdict::Exposed, "{id}");
    }
    // Mail between servers does not pass somebody's Wi-Fi.
    assert_eq!(mark(&judged, Station::Network), Verdict::Exposed);
    assert_eq!(mark(&judged, Station::Wifi), Verdict::Protected);
    // The zone is signed.
    assert_eq!(verdict(&judged, AttackId::DnsSpoofing), Verdict::Protected);
}

#[test]
fn unsigned_answers_open_dns_spoofing_unless_a_policy_names_the_servers() {
    let unsigned = Scene::mail().change_mx(|mx| mx.security = insecure());
    assert_eq!(unsigned.verdict(AttackId::DnsSpoofing), Verdict::Protected);
    let judged = unsigned.change_sts(no_sts).judge();
    assert_eq!(verdict(&judged, AttackId::DnsSpoofing), Verdict::Exposed);
    assert_eq!(mark(&judged, Station::Dns), Verdict::Exposed);
    // TLSA records behind unsigned MX records vouch for nobody.
    assert_eq!(verdict(&judged, AttackId::StrippingAndDowngrade), Verdict::Exposed);
}

#[test]
fn a_server_without_starttls_is_read_between_servers() {
    let judged = Scene::mail()
        .change_starttls(|plain| {
            plain.offered = Outcome::seen(false);
            plain.accepted = Outcome::refused("502 no");
        })
        .judge();
    let found = of(&judged, "starttls-not-offered");
    assert_eq!(found.len(), 2, "{:?}", judged.findings);
    assert!(
        found.iter().all(|finding| finding.severity == Severity::High && finding.from == [Station::Network])
    );
    assert_eq!(verdict(&judged, AttackId::Eavesdropping), Verdict::Exposed);
    assert_eq!(mark(&judged, Station::Wifi), Verdict::Protected);
}

#[test]
fn a_password_in_plain_text_is_open_from_the_wifi_on() {
    let judged = Scene::mail()
        .service(MailProtocol::Imap, "mail.shop.example", "192.0.2.30:143", false)
        .change_starttls(|plain| {
            if let (Outcome::Seen { value }, true) = (&mut plain.before, plain.protocol.has_login()) {
                value.password = Some(true);
                value.mechanisms = vec!["LOGIN".into()];
            }
        })
        .judge();
    assert_eq!(of(&judged, "starttls-plain-login").len(), 1, "{:?}", judged.findings);
    assert_eq!(mark(&judged, Station::Wifi), Verdict::Exposed);
    assert_eq!(verdict(&judged, AttackId::EmailHijacking), Verdict::Exposed);
}

#[test]
fn who_looks_at_a_certificate_decides_what_its_faults_are_worth() {
    let refused = |scene: Scene| {
        scene.change_chain(|chain| {
            if chain.port == 25 {
                distrust(chain, RejectionKind::SelfSigned, "in words");
            }
        })
    };
    let weight = |scene: &Scene| {
        let judged = scene.judge();
        let found = of(&judged, "cert-self-signed");
        assert_eq!(found.len(), 2);
        (found[0].severity, verdict(&judged, AttackId::Impersonation), found[0].gain.clone())
    };
    // Nobody.
    let (severity, verdict, gain) = weight(&refused(Scene::mail().no_tlsa().change_sts(no_sts)));
    assert_eq!((severity, verdict), (Severity::Info, Verdict::Exposed));
    assert!(gain.contains("no sender looks at the certificate"), "{gain}");
    // Senders that go by TLSA records.
    let (severity, verdict, gain) = weight(&refused(Scene::mail().change_sts(no_sts)));
    assert_eq!((severity, verdict), (Severity::Info, Verdict::Protected));
    assert!(gain.contains("TLSA records"), "{gain}");
    // Senders that heed MTA-STS.
    let enforced = refused(Scene::mail().no_tlsa());
    let (severity, verdict, gain) = weight(&enforced);
    assert_eq!((severity, verdict), (Severity::High, Verdict::Partly));
    assert!(gain.contains("do not deliver"), "{gain}");
    let testing = enforced.change_policy(|policy| policy.mode = Some(MtaStsMode::Testing));
    assert_eq!(weight(&testing).0, Severity::Low);
    // People's programs, always.
    let programs = Scene::mail().change_chain(|chain| {
        if chain.port == 993 {
            distrust(chain, RejectionKind::Expired, "in words");
        }
    });
    let judged = programs.judge();
    let found = of(&judged, "cert-expired");
    assert_eq!((found[0].severity, found[0].place.as_str()), (Severity::High, "mail.shop.example:993"));
    assert!(found[0].from.contains(&Station::Wifi));
}

#[test]
fn a_mismatch_lets_nobody_in_and_is_no_protection_to_rest_on() {
    let judged = Scene::mail()
        .change_sts(no_sts)
        .change_exchanges(|one| {
            one.dane
                .iter_mut()
                .flat_map(|chain| &mut chain.records)
                .for_each(|record| record.fault = Some(DaneFault::NoMatch));
        })
        .judge();
    assert_eq!(verdict(&judged, AttackId::StrippingAndDowngrade), Verdict::Partly);
    assert!(of(&judged, "mail-not-authenticated").is_empty());
}

#[test]
fn a_domain_that_takes_no_mail_is_protected_by_saying_so() {
    let judged = Scene::mail_null().judge();
    assert!(judged.findings.is_empty(), "{:#?}", judged.findings);
    for id in METHODS {
        assert_eq!(verdict(&judged, id), Verdict::Protected, "{id}");
    }
}

#[test]
fn nothing_measured_is_unknown_everywhere() {
    let mut silent = weak();
    silent.facts.iter_mut().for_each(silence_fact);
    for scene in [silent, Scene { about: About::Mail, ..Scene::empty() }] {
        let judged = scene.judge();
        assert_eq!(judged.findings, []);
        for id in METHODS {
            assert_eq!(verdict(&judged, id), Verdict::Unknown, "{id}");
        }
        for station in [Station::Wifi, Station::Router, Station::Dns, Station::Network] {
            assert_eq!(mark(&judged, station), Verdict::Unknown);
        }
    }
}

#[test]
fn port_25_that_is_shut_from_here_leaves_what_the_dns_says() {
    // Many networks let nobody out to port 25.
    let shut = |scene: Scene| {
        let mut scene = scene;
        for fact in &mut scene.facts {
            let of_relay = match fact {
                Fact::TlsEndpoint(endpoint) => endpoint.port == 25,
                Fact::Starttls(endpoint) => endpoint.port == 25,
                Fact::CertificateChain(chain) => chain.port == 25,
                _ => false,
            };
            if of_relay {
                silence_fact(fact);
            }
        }
        scene.change_exchanges(|one| one.dane.clear())
    };
    let judged = shut(Scene::mail()).judge();
    assert_eq!(verdict(&judged, AttackId::Eavesdropping), Verdict::Unknown);
    assert_eq!(verdict(&judged, AttackId::StrippingAndDowngrade), Verdict::Unknown);
    assert_eq!(verdict(&judged, AttackId::DnsSpoofing), Verdict::Protected);
    let bare = shut(Scene::mail().no_tlsa().change_sts(no_sts)).judge();
    assert_eq!(verdict(&bare, AttackId::StrippingAndDowngrade), Verdict::Exposed);
}

#[test]
fn every_finding_points_at_an_observation() {
    let scene = weak().autoconfig(|one| one.plain = true);
    let ids: BTreeSet<String> = scene.observations().into_iter().map(|one| one.id).collect();
    for finding in scene.judge().findings {
        assert!(!finding.evidence.is_empty(), "{}", finding.id);
        assert!(finding.evidence.iter().all(|seen| ids.contains(&seen.observation)), "{finding:?}");
    }
}

#[test]
fn a_port_that_nobody_names_and_that_is_silent_leaves_nothing_open() {
    let silent = |named: MailNamedBy| {
        let mut scene = Scene::mail();
        scene.facts.push(Fact::MailService(MailService {
            domain: "shop.example".into(),
            protocol: MailProtocol::Pop3,
            host: "mail.shop.example".into(),
            port: 110,
            implicit_tls: false,
            named_by: vec![named],
            listens: vec![MailListens { address: address("192.0.2.30:110"), open: timeout() }],
        }));
        scene.judge()
    };
    let guessed = silent(MailNamedBy::Guess);
    assert_eq!(verdict(&guessed, AttackId::Eavesdropping), Verdict::Protected);
    let remains =
        &guessed.attacks.iter().find(|one| one.id == AttackId::Eavesdropping).expect("a verdict").remains;
    assert!(remains.iter().any(|text| text.contains("mail.shop.example:110")), "{remains:?}");
    let named = silent(MailNamedBy::Srv { owner: "_pop3._tcp.shop.example".into() });
    assert_eq!(verdict(&named, AttackId::Eavesdropping), Verdict::Unknown);
}

#[test]
fn an_address_without_a_route_from_here_says_nothing_of_the_server() {
    let away = address("[2001:db8::25]:25");
    let mut plain = starttls_endpoint(Starttls::Smtp);
    (plain.host, plain.address) = (Host::Name("mx1.shop.example".into()), away);
    (plain.greeting, plain.before, plain.offered) = (unreachable_of(), unreachable_of(), unreachable_of());
    (plain.accepted, plain.plain_after, plain.inside) =
        (unreachable_of(), unreachable_of(), unreachable_of());
    plain.plain_command = unreachable_of();
    let mut tls = endpoint();
    (tls.host, tls.port, tls.address) = (Host::Name("mx1.shop.example".into()), 25, away);
    for version in TlsVersion::ALL {
        set_version(&mut tls, version, unreachable_of());
    }
    let scene = Scene::mail().fact(Fact::Starttls(Box::new(plain))).fact(Fact::TlsEndpoint(Box::new(tls)));
    assert_eq!(scene.verdict(AttackId::Eavesdropping), Verdict::Protected, "{:#?}", scene.judge().attacks);
}

fn unreachable_of<T>() -> Outcome<T> {
    Outcome::unmeasured(ReasonKind::Unreachable, "no route")
}

#[test]
fn where_nobody_was_found_to_read_mail_the_wifi_is_not_judged() {
    let alone = |fact: &Fact| match fact {
        Fact::MailService(_) | Fact::MailSrv(_) => true,
        Fact::TlsEndpoint(endpoint) => endpoint.port != 25,
        Fact::CertificateChain(chain) => chain.port != 25,
        _ => false,
    };
    for scene in [Scene::mail(), Scene::mail().no_tlsa().change_sts(no_sts)] {
        let judged = scene.without(alone).judge();
        let wifi = judged.path.iter().find(|hop| hop.station == Station::Wifi).expect("a station");
        assert_eq!(wifi.mark.verdict, Verdict::Unknown);
        assert!(wifi.mark.because.contains("No server was found"), "{}", wifi.mark.because);
        assert_ne!(mark(&judged, Station::Network), Verdict::Unknown);
    }
}

/// What has to be there before a method can count as closed. What MTA-STS and DANE each do for the other is left out.
fn needs(id: AttackId, fact: &Fact) -> bool {
    match fact {
        Fact::Mx(_) | Fact::MailExchange(_) => true,
        Fact::TlsEndpoint(_) => !matches!(id, AttackId::DnsSpoofing | AttackId::Impersonation),
        Fact::CertificateChain(chain) => {
            chain.port != 25
                && !matches!(
                    id,
                    AttackId::DnsSpoofing | AttackId::Eavesdropping | AttackId::StrippingAndDowngrade
                )
        }
        Fact::Dmarc(_) => id == AttackId::Impersonation,
        _ => false,
    }
}

/// Facts as they are (0), silenced (1) or away (2).
fn thinned(scene: Scene, fate: &[u8]) -> Scene {
    let about = scene.about;
    let mut facts = Vec::new();
    for (mut fact, fate) in scene.facts.into_iter().zip(fate) {
        match fate {
            0 => facts.push(fact),
            1 => {
                silence_fact(&mut fact);
                facts.push(fact);
            }
            _ => {}
        }
    }
    Scene { facts, about }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_weak_domain_never_looks_safe_for_want_of_facts(fate in prop::collection::vec(0_u8..3, 40)) {
        let judged = thinned(weak(), &fate).judge();
        for id in METHODS {
            prop_assert_ne!(verdict(&judged, id), Verdict::Protected, "{}", id);
        }
    }

    #[test]
    fn a_sound_domain_is_protected_only_where_it_was_measured(fate in prop::collection::vec(0_u8..2, 40)) {
        let judged = thinned(Scene::mail(), &fate).judge();
        let sound = Scene::mail();
        for id in METHODS {
            let lacks = sound.facts.iter().zip(&fate).any(|(fact, fate)| *fate != 0 && needs(id, fact));
            if lacks {
                prop_assert_ne!(verdict(&judged, id), Verdict::Protected, "{}", id);
            }
        }
    }
}
