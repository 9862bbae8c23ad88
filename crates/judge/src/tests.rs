//! Whole judgements: what a sound site, a weak one and silence come to.

use std::collections::BTreeSet;

use midwatch_model::*;
use proptest::prelude::*;

use crate::testing::*;
use crate::{Judgement, judge};

fn verdicts(judged: &Judgement) -> Vec<(AttackId, Verdict)> {
    judged.attacks.iter().map(|attack| (attack.id, attack.verdict)).collect()
}

fn all(verdict: Verdict) -> Vec<(AttackId, Verdict)> {
    let of_sites = crate::attacks().iter().filter(|attack| attack.concerns(&site()));
    of_sites.map(|attack| (attack.id, verdict)).collect()
}

/// The same facts, with nothing behind any of them.
fn silenced(mut scene: Scene) -> Scene {
    for fact in &mut scene.facts {
        silence_fact(fact);
    }
    scene
}

pub(crate) fn silence_fact(fact: &mut Fact) {
    match fact {
        Fact::Addresses(addresses) => addresses.addresses = timeout(),
        Fact::TlsEndpoint(endpoint) => silence(endpoint),
        Fact::CertificateChain(chain) => chain.trust.clear(),
        Fact::Entry(entry) => {
            entry.hops.truncate(1);
            for hop in &mut entry.hops {
                hop.exchange.response = timeout();
                hop.next = None;
            }
            entry.end = EntryEnd::Failed;
        }
        Fact::Page(page) => {
            page.exchange.response = timeout();
            page.references.clear();
            page.forms.clear();
            page.has_password = false;
        }
        Fact::Starttls(endpoint) => {
            (endpoint.greeting, endpoint.before, endpoint.offered) = (timeout(), timeout(), timeout());
            (endpoint.accepted, endpoint.plain_after, endpoint.inside) = (timeout(), timeout(), timeout());
            (endpoint.plain_command, endpoint.implicit) = (timeout(), timeout());
        }
        Fact::PlainAnswer(answer) => {
            answer.exchange.response = timeout();
            answer.next = None;
        }
        Fact::Crawl(crawl) => {
            (crawl.pages, crawl.fetched, crawl.end) = (0, 0, CrawlEnd::NoStart);
        }
        Fact::AddressAnswer(answer) => answer.exchange.response = timeout(),
        Fact::Preload(look_up) => look_up.entry = None,
        Fact::Cookie(_) => {}
        Fact::Dnssec(dnssec) => dnssec.security = timeout(),
        Fact::Caa(caa) => (caa.records, caa.security) = (timeout(), timeout()),
        Fact::Tlsa(tlsa) => (tlsa.records, tlsa.security) = (timeout(), timeout()),
        Fact::Sshfp(sshfp) => (sshfp.records, sshfp.security) = (timeout(), timeout()),
        Fact::HttpsRecord(https) => (https.records, https.security) = (timeout(), timeout()),
        Fact::Mx(mx) => (mx.records, mx.security) = (timeout(), timeout()),
        Fact::Ds(ds) => (ds.records, ds.security) = (timeout(), timeout()),
        Fact::Delegation(zone) => (zone.name_servers, zone.parent) = (timeout(), timeout()),
        Fact::ResolverAnswers(answers) => {
            answers.faults = timeout();
            answers.names.clear();
        }
        Fact::Echo(echo) => {
            (echo.request, echo.odd_request, echo.hello) = (timeout(), timeout(), timeout());
        }
        Fact::LocalNetwork(network) => {
            (network.links, network.gateways, network.neighbours) = (timeout(), timeout(), timeout());
            network.ways.clear();
        }
        Fact::KnownNetwork(known) => known.earlier = timeout(),
        Fact::LinkWatch(link) => {
            (link.frames, link.gateways) = (timeout(), timeout());
            link.claims.clear();
            link.dhcp.clear();
            link.routers.clear();
        }
        Fact::LocalNames(names) => {
            (names.resolvers, names.hosts, names.sources) = (timeout(), timeout(), timeout());
        }
        Fact::LocalSettings(settings) => settings.found.clear(),
        Fact::LocalTrust(trust) => {
            trust.certificates = timeout();
            trust.private.clear();
        }
        Fact::LocalBrowser(browser) => {
            browser.https_only = timeout();
            browser.found.clear();
        }
        Fact::LocalWifi(wifi) => wifi.interfaces = timeout(),
        Fact::LocalUpkeep(upkeep) => {
            upkeep.packages.clear();
            (upkeep.restart, upkeep.browsers, upkeep.scanners) = (timeout(), timeout(), timeout());
            (upkeep.firewalls, upkeep.listening) = (timeout(), timeout());
        }
        Fact::RouterPage(page) => (page.plain, page.tls) = (timeout(), timeout()),
        Fact::PlainSite(site) => site.answer = timeout(),
        Fact::SshEndpoint(endpoint) => {
            (endpoint.identification, endpoint.algorithms) = (timeout(), timeout());
            endpoint.group_exchange = timeout();
            endpoint.host_keys.clear();
        }
        Fact::HostKeys(known) => {
            known.keys.clear();
            known.answers.iter_mut().for_each(|answer| answer.says = timeout());
            (known.verdict, known.verified_by) = HostKeys::fold(&known.keys, &known.answers);
        }
        Fact::GitSource(source) => {
            source.remotes.clear();
            source.settings.clear();
        }
        Fact::TlsReport(report) => report.policies.clear(),
        Fact::TlsReportFiles(_) => {}
        Fact::MailExchange(exchange) => {
            (exchange.addresses, exchange.security) = (timeout(), timeout());
            exchange.faults.clear();
            exchange.dane.clear();
        }
        Fact::MailService(service) => service.listens.iter_mut().for_each(|one| one.open = timeout()),
        Fact::MailSrv(srv) => (srv.records, srv.security) = (timeout(), timeout()),
        Fact::MailAutoconfig(found) => {
            (found.status, found.certificate, found.document) = (timeout(), timeout(), timeout());
            found.location = None;
        }
        Fact::MtaSts(sts) => {
            (sts.txt.texts, sts.txt.security, sts.addresses) = (timeout(), timeout(), timeout());
            sts.record = None;
            sts.record_faults.clear();
            sts.fetches.clear();
            sts.matches.clear();
        }
        Fact::TlsRpt(reports) => {
            (reports.txt.texts, reports.txt.security) = (timeout(), timeout());
            reports.record = None;
            reports.faults.clear();
        }
        Fact::Spf(spf) => {
            (spf.txt.texts, spf.txt.security, spf.evaluation) = (timeout(), timeout(), timeout());
            spf.records.clear();
        }
        Fact::Dkim(dkim) => {
            (dkim.txt.texts, dkim.txt.security, dkim.key) = (timeout(), timeout(), timeout());
        }
        Fact::Dmarc(dmarc) => {
            dmarc.txt.iter_mut().for_each(|txt| (txt.texts, txt.security) = (timeout(), timeout()));
            (dmarc.found_at, dmarc.record) = (None, timeout());
        }
        Fact::ListeningServices(all) => (all.sockets, all.rules) = (timeout(), timeout()),
        Fact::ServedSites(sites) => **sites = ServedSites::default(),
        Fact::SiteFaults(faults) => **faults = SiteFaults::default(),
    }
}

#[test]
fn a_sound_site_is_protected_everywhere_with_reasons() {
    let judged = Scene::sound().judge();
    let bad: Vec<_> = judged.findings.iter().filter(|finding| finding.severity >= Severity::Medium).collect();
    assert!(bad.is_empty(), "{bad:#?}");
    assert_eq!(verdicts(&judged), all(Verdict::Protected), "{:#?}", judged.attacks);
    for attack in &judged.attacks {
        assert!(!attack.because.is_empty(), "{}", attack.id);
        for because in &attack.because {
            assert!(!because.text.is_empty() && !because.observations.is_empty(), "{because:?}");
        }
    }
}

#[test]
fn a_weak_site_is_exposed_everywhere() {
    let judged = Scene::weak().judge();
    assert_eq!(verdicts(&judged), all(Verdict::Exposed), "{:#?}", judged.attacks);
    for attack in &judged.attacks {
        assert!(attack.because.iter().any(|because| !because.findings.is_empty()), "{}", attack.id);
    }
}

#[test]
fn nothing_measured_is_unknown_everywhere() {
    for scene in [Scene::empty(), silenced(Scene::sound()), silenced(Scene::weak())] {
        let scene = scene.without(|fact| matches!(fact, Fact::Cookie(_)));
        let judged = scene.judge();
        assert_eq!(verdicts(&judged), all(Verdict::Unknown), "{:#?}", judged.attacks);
        assert_eq!(judged.findings, []);
        assert!(judged.attacks.iter().all(|attack| !attack.because.is_empty()));
    }
}

#[test]
fn a_service_is_judged_by_tls_and_certificate_alone() {
    let facts = |scene: Scene| {
        scene.without(|fact| !matches!(fact, Fact::TlsEndpoint(_) | Fact::CertificateChain(_)))
    };
    let of = |scene: Scene| verdicts(&judge(&service(), &facts(scene).observations(), time(NOW)));
    let for_tls: BTreeSet<AttackId> = crate::attacks()
        .iter()
        .filter(|attack| attack.concerns(&service()))
        .map(|attack| attack.id)
        .collect();
    let sound = of(Scene::sound());
    assert_eq!(sound.iter().map(|(id, _)| *id).collect::<BTreeSet<_>>(), for_tls);
    assert!(sound.iter().all(|(_, verdict)| *verdict == Verdict::Protected), "{sound:?}");
    assert!(of(Scene::empty()).iter().all(|(_, verdict)| *verdict == Verdict::Unknown));
    let weak = of(Scene::weak());
    assert!(weak.contains(&(AttackId::Impersonation, Verdict::Exposed)), "{weak:?}");
    assert!(weak.contains(&(AttackId::Eavesdropping, Verdict::Partly)), "{weak:?}");
}

#[test]
fn the_name_sent_as_sni_is_the_one_that_has_to_be_certified() {
    let target = Target::Tls {
        input: "192.0.2.7:443".into(),
        host: Host::Address("192.0.2.7".parse().expect("an address")),
        port: 443,
        sni: Some("shop.example".into()),
        starttls: None,
    };
    let scene = Scene::empty()
        .tls(|tls| tls.host = Host::Address("192.0.2.7".parse().expect("an address")))
        .chain(|_| {});
    let impersonation = |scene: &Scene| {
        let judged = judge(&target, &scene.observations(), time(NOW));
        judged.attacks.iter().find(|attack| attack.id == AttackId::Impersonation).map(|attack| attack.verdict)
    };
    assert_eq!(impersonation(&scene), Some(Verdict::Protected));
    let refused = scene.change_chain(|chain| distrust(chain, RejectionKind::Expired, "in words"));
    assert_eq!(impersonation(&refused), Some(Verdict::Exposed));
}

#[test]
fn a_site_named_by_an_address_cannot_be_kept_from_stripping() {
    let target = Target::Site {
        input: "192.0.2.7".into(),
        host: Host::Address("192.0.2.7".parse().expect("an address")),
        https_port: 443,
        http_port: 80,
        path: "/".into(),
    };
    let (plain, secure) = ("http://192.0.2.7/", "https://192.0.2.7/");
    let ip = Host::Address("192.0.2.7".parse().expect("an address"));
    let scene = Scene::empty()
        .tls(|tls| tls.host = ip.clone())
        .chain(|chain| chain.host = ip.clone())
        .entry(EntryKind::Http, &[(plain, redirect(secure)), (secure, reply(200, &[]))])
        .entry(EntryKind::Https, &[(secure, reply(200, &[]))])
        .page(secure, reply(200, &[]), |_| {})
        .crawl(1);
    let judged = judge(&target, &scene.observations(), time(NOW));
    let of = |wanted| verdicts(&judged).into_iter().find(|(id, _)| *id == wanted).map(|(_, verdict)| verdict);
    assert_eq!(of(AttackId::StrippingAndDowngrade), Some(Verdict::Unknown), "{:#?}", judged.findings);
    assert_eq!(of(AttackId::Impersonation), Some(Verdict::Protected));
}

#[test]
fn every_reason_against_a_chain_counts() {
    use RejectionKind::*;
    for kind in [
        NameMismatch,
        Expired,
        NotYetValid,
        SelfSigned,
        UnknownRoot,
        MissingIntermediate,
        BadSignature,
        WeakSignature,
        WeakKey,
        WrongRole,
        WrongPurpose,
        NameConstraint,
        UnknownCriticalExtension,
        Revoked,
        Malformed,
        Other,
    ] {
        let refused = |host: &str| {
            let host = Host::Name(host.into());
            Scene::sound().chain(|chain| {
                chain.host = host;
                distrust(chain, kind, "in words");
            })
        };
        let expected = if kind == MissingIntermediate { Verdict::Partly } else { Verdict::Exposed };
        assert_eq!(refused("shop.example").verdict(AttackId::Impersonation), expected, "{kind:?}");
        let certs = |scene: Scene| {
            let findings = scene.judge().findings;
            findings.iter().filter(|finding| finding.id.starts_with("cert-")).count()
        };
        assert_eq!(certs(refused("shop.example")), 1, "{kind:?}");
        assert_eq!(certs(refused("www.shop.example")), 1, "{kind:?}");
    }
}

#[test]
fn a_policy_behind_a_refused_certificate_protects_nobody() {
    let scene = Scene::sound().change_chain(|chain| distrust(chain, RejectionKind::Expired, "in words"));
    assert_eq!(scene.verdict(AttackId::StrippingAndDowngrade), Verdict::Exposed);
    assert_eq!(scene.verdict(AttackId::SessionHijacking), Verdict::Partly);
}

#[test]
fn ids_that_attacks_name_exist() {
    for source in [
        include_str!("attacks/dns_spoofing.rs"),
        include_str!("attacks/eavesdropping.rs"),
        include_str!("attacks/http_injection.rs"),
        include_str!("attacks/impersonation.rs"),
        include_str!("attacks/ip_hijacking.rs"),
        include_str!("attacks/session_hijacking.rs"),
        include_str!("attacks/stripping_and_downgrade.rs"),
    ] {
        let is_id = |text: &&str| {
            text.contains('-') && text.bytes().all(|byte| byte == b'-' || byte.is_ascii_lowercase())
        };
        for id in source.split('"').skip(1).step_by(2).filter(is_id) {
            assert!(crate::ids().contains(&id), "{id} is no check");
        }
    }
}

#[test]
fn every_finding_points_at_an_observation_and_every_verdict_too() {
    for scene in [Scene::sound(), Scene::weak()] {
        let ids: BTreeSet<String> =
            scene.observations().into_iter().map(|observation| observation.id).collect();
        let judged = scene.judge();
        for finding in &judged.findings {
            assert!(!finding.evidence.is_empty(), "{}", finding.id);
            assert!(finding.evidence.iter().all(|seen| ids.contains(&seen.observation)), "{finding:?}");
        }
        for because in judged.attacks.iter().flat_map(|attack| &attack.because) {
            assert!(because.observations.iter().all(|id| ids.contains(id)), "{because:?}");
        }
    }
}

#[test]
fn no_single_silence_makes_a_weak_site_safe() {
    let weak = Scene::weak();
    for at in 0..weak.facts.len() {
        let mut scene = weak.clone();
        if let Some(fact) = scene.facts.get_mut(at) {
            silence_fact(fact);
        }
        assert!(!verdicts(&scene.judge()).iter().any(|(_, verdict)| *verdict == Verdict::Protected), "{at}");
    }
}

/// What has to be there before a method can count as closed.
fn needs(id: AttackId, fact: &Fact) -> bool {
    let entry = |fact: &Fact| match fact {
        Fact::Entry(entry) => matches!(entry.entry, EntryKind::Http | EntryKind::Https),
        _ => false,
    };
    match (id, fact) {
        (AttackId::Impersonation, Fact::CertificateChain(_)) => true,
        (AttackId::Impersonation, _) => false,
        (AttackId::DnsSpoofing, Fact::CertificateChain(_)) => true,
        (AttackId::IpHijacking, Fact::CertificateChain(_) | Fact::TlsEndpoint(_)) => true,
        (AttackId::Eavesdropping | AttackId::StrippingAndDowngrade, Fact::TlsEndpoint(_)) => true,
        (AttackId::SessionHijacking | AttackId::HttpInjection, Fact::Crawl(_)) => true,
        (_, fact) => entry(fact),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_weak_site_never_looks_safe_for_want_of_facts(fate in prop::collection::vec(0_u8..3, 40)) {
        let scene = thinned(Scene::weak(), &fate);
        for (id, verdict) in verdicts(&scene.judge()) {
            prop_assert_ne!(verdict, Verdict::Protected, "{}", id);
        }
    }

    #[test]
    fn a_sound_site_is_protected_only_where_it_was_measured(fate in prop::collection::vec(0_u8..3, 40)) {
        let sound = Scene::sound();
        let scene = thinned(sound.clone(), &fate);
        for (id, verdict) in verdicts(&scene.judge()) {
            let lacks = sound
                .facts
                .iter()
                .zip(fate.iter())
                .any(|(fact, fate)| *fate != 0 && needs(id, fact));
            if lacks {
                prop_assert_ne!(verdict, Verdict::Protected, "{}", id);
            }
        }
    }
}

/// Facts as they are (0), silenced (1) or away (2).
fn thinned(scene: Scene, fate: &[u8]) -> Scene {
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
    Scene { facts, about: About::Site }
}

#[test]
fn logs_that_know_the_certificate_are_a_reason_and_nothing_remains_of_them() {
    use midwatch_model::{LogState, Timestamp, TimestampSignature, TimestampSource, Transparency};
    let timestamp = |operator: &str, signature: TimestampSignature| Timestamp {
        from: TimestampSource::Certificate,
        log: operator.into(),
        name: Some(operator.into()),
        operator: Some(operator.into()),
        state: Some(LogState::Usable),
        time: Some(time(NOW)),
        signature,
    };
    let with = |signature: TimestampSignature| {
        let timestamps = vec![timestamp("Alpha", signature), timestamp("Beta", signature)];
        let scene = Scene::sound().change_chain(|chain| {
            let timestamps = timestamps.clone();
            chain.transparency =
                Some(Transparency { list: "2026-11-02".into(), timestamps, not_looked: vec![] });
        });
        let judged = scene.judge();
        let attack = judged.attacks.into_iter().find(|attack| attack.id == AttackId::Impersonation);
        let attack = attack.expect("a verdict");
        let reasons: Vec<String> = attack.because.into_iter().map(|because| because.text).collect();
        (reasons.join("\n"), attack.remains.join("\n"))
    };
    let (reasons, remains) = with(TimestampSignature::Valid);
    assert!(reasons.contains("logs of Alpha and Beta signed"), "{reasons}");
    assert!(!remains.contains("certificate transparency"), "{remains}");
    let (reasons, _) = with(TimestampSignature::Invalid);
    assert!(!reasons.contains("Alpha"), "{reasons}");
}
