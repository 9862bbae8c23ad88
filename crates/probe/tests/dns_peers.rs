//! What the DNS probe says of zones of our own, served by Knot DNS and resolved by Unbound, and of resolvers that
//! lie.

use std::sync::Arc;
use std::time::{Duration, Instant};

use midwatch_model::*;
use midwatch_probe::dns::{self, Anchors, DnsOptions};
use midwatch_probe::net::{ConnectTo, Net, NetOptions};
use midwatch_probe::pki::TrustStores;
use midwatch_testbed::hostile::dns::{DnsBehaviour, DnsLiar};
use midwatch_testbed::knot::{Ds, Knot, Running, Signing};
use midwatch_testbed::pki::{Key, Leaf, Pki};
use midwatch_testbed::{Server, unbound};

/// More text than a datagram of 1232 bytes holds.
fn long_caa() -> String {
    (0..40)
        .map(|at| {
            format!("@ IN CAA 0 issue \"ca{at}.example; accounturi=https://ca.example/acct/{at:030}\"\n")
        })
        .collect()
}

fn zones() -> Running {
    let records = "@ IN A 192.0.2.7\n@ IN MX 20 mail2\n@ IN MX 10 Mail.partner.example.\nwww IN A 192.0.2.7\n*.wild IN A 192.0.2.8\nloop1 IN CNAME loop2\nloop2 IN CNAME loop1\n\
                   gone IN CNAME shop.nowhere.example.\n\
                   @ IN CAA 0 issue \"ca.example; accounturi=https://ca.example/1\"\n\
                   @ IN CAA 128 tbs \"unknown\"\n_443._tcp IN TLSA 3 1 1 0707070707070707070707070707070707070707070707070707070707070707\n\
                   @ IN HTTPS 0 svc\nsvc IN HTTPS 1 . alpn=h2,h3 port=8443\n";
    Knot::new()
        .zone("example", Signing::Nsec, Ds::Right, "")
        .zone("signed.example", Signing::Nsec, Ds::Right, records)
        .zone("hashed.example", Signing::Nsec3, Ds::Right, records)
        .zone("plain.example", Signing::None, Ds::Missing, records)
        .zone("expired.example", Signing::Expired, Ds::Right, records)
        .zone("wrong.example", Signing::Nsec, Ds::Wrong, records)
        .zone("long.example", Signing::Nsec, Ds::Right, &format!("@ IN A 192.0.2.7\n{}", long_caa()))
        .start()
}

/// The tests' servers, and the network that asks them.
struct Bed {
    knot: Running,
    unbound: Server,
}

impl Bed {
    fn new() -> Bed {
        let knot = zones();
        let unbound = unbound::start(&knot, None);
        Bed { knot, unbound }
    }

    async fn ask(&self, name: &str) -> Vec<Fact> {
        let resolver = self.unbound.address().to_string();
        ask(&resolver, &self.knot.anchor, &self.name_servers(name), TrustStores::default(), name).await
    }

    /// Every zone's server is the one Knot, at its port.
    fn name_servers(&self, name: &str) -> Vec<ConnectTo> {
        let zone = name.rsplitn(3, '.').take(2).collect::<Vec<_>>();
        let zone = zone.into_iter().rev().collect::<Vec<_>>().join(".");
        ["ns.example".to_owned(), format!("ns.{zone}")]
            .map(|host| ConnectTo { host: Host::Name(host), port: 53, to: self.knot.server.address() })
            .into()
    }
}

async fn ask(
    resolver: &str,
    anchor: &str,
    connect_to: &[ConnectTo],
    stores: TrustStores,
    name: &str,
) -> Vec<Fact> {
    ask_with(resolver, anchor, connect_to, stores, name, NetOptions::default().per_address).await
}

async fn ask_with(
    resolver: &str,
    anchor: &str,
    connect_to: &[ConnectTo],
    stores: TrustStores,
    name: &str,
    per_address: usize,
) -> Vec<Fact> {
    let dns = DnsOptions {
        resolver: Some(resolver.parse().expect("a resolver")),
        anchors: Anchors::parse(anchor).expect("anchors"),
        delegation: true,
        stores,
    };
    let net = Net::new(NetOptions {
        dns: Arc::new(dns),
        connect_to: connect_to.to_vec(),
        step: Duration::from_secs(5),
        per_address,
        ..NetOptions::default()
    });
    dns::site(&net, name, 443).await.into_iter().map(|(_, fact)| fact).collect()
}

fn dnssec(facts: &[Fact]) -> &Dnssec {
    facts
        .iter()
        .find_map(|fact| if let Fact::Dnssec(fact) = fact { Some(fact) } else { None })
        .expect("dnssec")
}

fn caa(facts: &[Fact]) -> &Caa {
    facts.iter().find_map(|fact| if let Fact::Caa(fact) = fact { Some(fact) } else { None }).expect("caa")
}

fn tlsa(facts: &[Fact]) -> &Tlsa {
    facts.iter().find_map(|fact| if let Fact::Tlsa(fact) = fact { Some(fact) } else { None }).expect("tlsa")
}

fn https(facts: &[Fact]) -> &HttpsRecord {
    facts
        .iter()
        .find_map(|fact| if let Fact::HttpsRecord(fact) = fact { Some(fact) } else { None })
        .expect("https")
}

fn delegation(facts: &[Fact]) -> &Delegation {
    let found =
        facts.iter().find_map(|fact| if let Fact::Delegation(fact) = fact { Some(fact) } else { None });
    found.expect("delegation")
}

fn mx(facts: &[Fact]) -> &Mx {
    facts.iter().find_map(|fact| if let Fact::Mx(fact) = fact { Some(fact) } else { None }).expect("mx")
}

fn ds(facts: &[Fact]) -> &midwatch_model::Ds {
    facts.iter().find_map(|fact| if let Fact::Ds(fact) = fact { Some(fact) } else { None }).expect("ds")
}

fn security(facts: &[Fact]) -> &Security {
    dnssec(facts).security.value().unwrap_or_else(|| panic!("{:?}", dnssec(facts)))
}

#[tokio::test(flavor = "multi_thread")]
async fn zones_are_told_apart() {
    let bed = Bed::new();
    for name in [
        "signed.example",
        "hashed.example",
        "www.signed.example",
        "a.wild.signed.example",
        "b.wild.hashed.example",
    ] {
        let facts = bed.ask(name).await;
        assert_eq!(security(&facts), &Security::Secure, "{name}: {:?}", dnssec(&facts));
        assert!(dnssec(&facts).faults.is_empty(), "{name}");
    }
    assert!(matches!(security(&bed.ask("plain.example").await), Security::Insecure { .. }));
    for name in ["expired.example", "wrong.example"] {
        let facts = bed.ask(name).await;
        assert!(security(&facts).is_bogus(), "{name}: {:?}", dnssec(&facts));
        let fact = dnssec(&facts);
        assert_eq!(fact.resolver_fails.as_deref(), Some("SERVFAIL"), "{name}");
        assert!(!fact.extended.is_empty(), "{name}: Unbound says why");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn records_of_a_signed_zone() {
    let bed = Bed::new();
    let facts = bed.ask("www.signed.example").await;
    let caa = caa(&facts);
    assert_eq!(caa.found_at.as_deref(), Some("signed.example"));
    let records = caa.records.value().expect("records");
    assert!(records.iter().any(|record| record.parameter("accounturi") == Some("https://ca.example/1")));
    assert!(records.iter().any(|record| record.critical && record.tag == "tbs"));
    assert_eq!(caa.security.value(), Some(&Security::Secure));

    let facts = bed.ask("signed.example").await;
    let tlsa = tlsa(&facts);
    assert!(tlsa.records.value().expect("records")[0].usable);
    assert_eq!(tlsa.security.value(), Some(&Security::Secure));
    let https = https(&facts);
    assert_eq!(https.aliases, ["svc.signed.example"]);
    let binding = &https.records.value().expect("records")[0];
    assert_eq!((binding.port, binding.alpn.len()), (Some(8443), 2));
    assert!(binding.problems.is_empty(), "{binding:?}");

    let zone = delegation(&facts);
    assert_eq!(zone.zone, "signed.example");
    let answer = zone.servers[0].answer.value().unwrap_or_else(|| panic!("{zone:?}"));
    assert!(answer.authoritative && answer.serial == Some(7), "{zone:?}");
    assert_eq!(answer.ns, ["ns.signed.example"]);
    let parent = zone.parent.value().unwrap_or_else(|| panic!("{zone:?}"));
    assert_eq!(
        (parent.zone.as_str(), parent.ns.as_slice()),
        ("example", ["ns.signed.example".to_owned()].as_slice())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_and_the_keys_of_a_zone() {
    let bed = Bed::new();
    // Of a name within a zone, the zone's are told; names in the records come compressed.
    for (name, secure) in [("www.signed.example", true), ("hashed.example", true), ("plain.example", false)] {
        let facts = bed.ask(name).await;
        let zone = name.trim_start_matches("www.");
        let mail = mx(&facts);
        assert_eq!(mail.name, zone);
        let told: Vec<String> =
            mail.records.value().expect("records").iter().map(MxRecord::to_string).collect();
        assert_eq!(told, ["10 mail.partner.example".to_owned(), format!("20 mail2.{zone}")]);
        assert_eq!(mail.security.value().expect("a state").is_secure(), secure, "{mail:?}");
        let keys = ds(&facts);
        assert_eq!(keys.zone, zone);
        let records = keys.records.value().unwrap_or_else(|| panic!("{keys:?}"));
        // That a zone has no keys is proved by the zone above, which is signed.
        assert_eq!((records.len(), keys.security.value()), (usize::from(secure), Some(&Security::Secure)));
        for record in records {
            assert_eq!(
                (record.algorithm, record.digest_type, record.digest.len()),
                (13, 2, 64),
                "{record:?}"
            );
        }
    }
    // A digest of another key is what the zone above says all the same, and it is signed.
    let facts = bed.ask("wrong.example").await;
    let keys = ds(&facts);
    assert!(keys.records.value().expect("records")[0].digest.ends_with("00000000"), "{keys:?}");
    assert_eq!(keys.security.value(), Some(&Security::Secure));
    assert!(mx(&facts).security.value().expect("a state").is_bogus());
    // Nobody takes mail for a name without records, and that is proved as well.
    let facts = bed.ask("long.example").await;
    assert_eq!(mx(&facts).records.value(), Some(&vec![]));
    assert_eq!(mx(&facts).security.value(), Some(&Security::Secure));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_truncated_answer_is_asked_for_over_tcp() {
    let bed = Bed::new();
    let facts = bed.ask("long.example").await;
    assert_eq!(caa(&facts).records.value().expect("records").len(), 40);
    assert_eq!(caa(&facts).security.value(), Some(&Security::Secure));
}

#[tokio::test(flavor = "multi_thread")]
async fn aliases_that_lead_nowhere() {
    let bed = Bed::new();
    let facts = bed.ask("loop1.signed.example").await;
    assert!(dnssec(&facts).alias_loop, "{:?}", dnssec(&facts));
    let facts = bed.ask("gone.signed.example").await;
    let dangling = &delegation(&facts).dangling;
    assert_eq!(dangling.len(), 1, "{dangling:?}");
    assert_eq!(
        (dangling[0].kind, dangling[0].target.as_str()),
        (DanglingKind::Cname, "shop.nowhere.example")
    );
    assert_eq!(dangling[0].registrable.as_deref(), Some("nowhere.example"));
}

#[tokio::test(flavor = "multi_thread")]
async fn over_tls_and_https() {
    let pki = Pki::new();
    let root = pki.authority("Resolver CA", Key::EcP256);
    let identity = pki.issue(&root, &Leaf::new(&["dns.test", "127.0.0.1"]));
    let knot = zones();
    let unbound = unbound::start(&knot, Some(&identity));
    let mut stores = TrustStores::default();
    stores.give(&std::fs::read(&root.certificate).expect("a file")).expect("a root");
    let [_, dot, doh] = unbound.ports() else { panic!("three ports") };
    let here = |port: u16| ConnectTo {
        host: Host::Name("dns.test".into()),
        port,
        to: ([127, 0, 0, 1], port).into(),
    };
    for resolver in [format!("tls://127.0.0.1:{dot}#dns.test"), format!("https://dns.test:{doh}/dns-query")] {
        // With one connection at a time, the resolver's own gives way to those to name servers at its address.
        let server =
            ConnectTo { host: Host::Name("ns.signed.example".into()), port: 53, to: knot.server.address() };
        let to = [here(*doh), server];
        let slow = ask_with(&resolver, &knot.anchor, &to, stores.clone(), "signed.example", 1);
        let facts = tokio::time::timeout(Duration::from_secs(60), slow).await.expect("an end");
        assert!(delegation(&facts).servers[0].answer.is_seen(), "{resolver}: {:?}", delegation(&facts));
        let facts = ask(&resolver, &knot.anchor, &[here(*doh)], stores.clone(), "signed.example").await;
        assert_eq!(security(&facts), &Security::Secure, "{resolver}: {:?}", dnssec(&facts));
        // A resolver that cannot prove who it is is not listened to.
        let facts =
            ask(&resolver, &knot.anchor, &[here(*doh)], TrustStores::default(), "signed.example").await;
        let why = dnssec(&facts).security.why_not().expect("unmeasured");
        assert_eq!(why.kind, ReasonKind::Handshake, "{resolver}: {why}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resolver_that_lies_is_no_unsigned_zone() {
    let knot = zones();
    let liar = DnsLiar::start(DnsBehaviour::AnswersEverything);
    let facts =
        ask(&liar.address().to_string(), &knot.anchor, &[], TrustStores::default(), "signed.example").await;
    let fact = dnssec(&facts);
    assert!(matches!(security(&facts), Security::Indeterminate { .. }), "{fact:?}");
    assert_eq!(fact.faults, [ResolverFault::AnswersEverything, ResolverFault::StripsSignatures]);
    // That there are no keys is then the liar's word alone.
    let settled = |security: &Outcome<Security>| {
        matches!(security.value(), Some(Security::Secure | Security::Insecure { .. }))
    };
    assert!(facts.iter().all(|fact| !matches!(fact, Fact::Ds(ds) if settled(&ds.security))), "{facts:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_answers_end_soon_and_prove_nothing() {
    let knot = zones();
    for behaviour in [
        DnsBehaviour::CompressionLoop,
        DnsBehaviour::EndlessAliases,
        DnsBehaviour::Garbage,
        DnsBehaviour::OversizedTlsa,
        DnsBehaviour::WrongIdentifier,
        DnsBehaviour::Silence,
    ] {
        let liar = DnsLiar::start(behaviour);
        let began = Instant::now();
        let resolver = liar.address().to_string();
        let facts = ask(&resolver, &knot.anchor, &[], TrustStores::default(), "signed.example").await;
        // Generous: no answer at all is two tries of two seconds, once.
        assert!(began.elapsed() < Duration::from_secs(60), "{behaviour:?}");
        let settled = dnssec(&facts).security.value();
        assert!(
            !matches!(settled, Some(Security::Secure | Security::Insecure { .. })),
            "{behaviour:?}: {settled:?}"
        );
    }
}

#[tokio::test]
async fn offline_nothing_is_asked() {
    let net = Net::new(NetOptions { offline: true, ..NetOptions::default() });
    let facts: Vec<Fact> =
        dns::site(&net, "shop.example", 443).await.into_iter().map(|(_, fact)| fact).collect();
    assert_eq!(dnssec(&facts).security.why_not().map(|why| why.kind), Some(ReasonKind::NotAsked));
    assert_eq!(mx(&facts).records.why_not().map(|why| why.kind), Some(ReasonKind::NotAsked));
    assert_eq!(ds(&facts).records.why_not().map(|why| why.kind), Some(ReasonKind::NotAsked));
    assert_eq!(net.opened(), 0);
}

/// Unbound as the resolver that was chosen, and beside it one that answers for everything.
#[tokio::test(flavor = "multi_thread")]
async fn a_lying_resolver_is_told_from_the_chosen_one() {
    let bed = Bed::new();
    let chosen = bed.unbound.address().to_string();
    let dns = DnsOptions {
        resolver: Some(chosen.parse().expect("a resolver")),
        anchors: Anchors::parse(&bed.knot.anchor).expect("anchors"),
        ..DnsOptions::default()
    };
    let net =
        Net::new(NetOptions { dns: Arc::new(dns), step: Duration::from_secs(5), ..NetOptions::default() });
    let names = ["signed.example", "nobody.signed.example"];
    let same = dns::behaviour(&net, Some(chosen.parse().expect("a resolver")), &names).await;
    assert_eq!(same.faults.value(), Some(&vec![]), "{same:?}");
    for answers in &same.names {
        assert_eq!(answers.system, answers.chosen, "{answers:?}");
    }
    assert_eq!(same.names[1].system.value(), Some(&vec![]), "the name does not exist");

    let liar = DnsLiar::start(DnsBehaviour::AnswersEverything);
    let system = liar.address().to_string().parse().expect("a resolver");
    let lied = dns::behaviour(&net, Some(system), &names).await;
    assert_eq!(
        lied.faults.value(),
        Some(&vec![ResolverFault::AnswersEverything, ResolverFault::StripsSignatures])
    );
    assert!(lied.names[1].system.value().is_some_and(|found| !found.is_empty()), "{lied:?}");
    assert_eq!(lied.names[1].chosen.value(), Some(&vec![]));
}
