//! Domains' mail as a whole: zones of our own on Knot DNS behind Unbound, with a real Postfix, Dovecot and nginx.

use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use midwatch_audit::mail::MailOptions;
use midwatch_audit::{Options, audit, target};
use midwatch_model::*;
use midwatch_probe::dns::{Anchors, DnsOptions, Lookups};
use midwatch_probe::mail::web::Web;
use midwatch_probe::mail::{dmarc, mta_sts, spf};
use midwatch_probe::net::{ConnectTo, Net, NetOptions};
use midwatch_probe::pki::TrustStores;
use midwatch_probe::progress::Silent;
use midwatch_testbed::dovecot::{Dovecot, Setup};
use midwatch_testbed::hostile::{Behaviour, Hostile};
use midwatch_testbed::knot::{Ds, Knot, Running, Signing};
use midwatch_testbed::nginx::Nginx;
use midwatch_testbed::pki::{Identity, Key, Leaf, Pki};
use midwatch_testbed::postfix::Postfix;
use midwatch_testbed::{Server, free_port, unbound};

/// SHA-256 of a certificate's public key in hexadecimal, by openssl.
fn key_digest(certificate: &std::path::Path) -> String {
    let shell = format!(
        "openssl x509 -in {} -noout -pubkey | openssl pkey -pubin -outform DER | openssl dgst -sha256 -r",
        certificate.display()
    );
    let output = Command::new("sh").args(["-c", &shell]).stderr(Stdio::null()).output().expect("openssl");
    let text = String::from_utf8(output.stdout).expect("text");
    let digest = text.split(' ').next().expect("a digest").to_owned();
    assert_eq!(digest.len(), 64, "{text}");
    digest
}

/// A network whose resolver is this Unbound, and which these hosts and ports lead to.
fn net(knot: &Running, unbound: &Server, stores: &TrustStores, connect_to: Vec<ConnectTo>) -> Net {
    let dns = DnsOptions {
        resolver: Some(unbound.address().to_string().parse().expect("a resolver")),
        anchors: Anchors::parse(&knot.anchor).expect("anchors"),
        stores: stores.clone(),
        ..DnsOptions::default()
    };
    Net::new(NetOptions {
        dns: Arc::new(dns),
        connect_to,
        step: Duration::from_secs(8),
        ..NetOptions::default()
    })
}

fn to(host: &str, port: u16, to: u16) -> ConnectTo {
    ConnectTo { host: Host::Name(host.into()), port, to: SocketAddr::from(([127, 0, 0, 1], to)) }
}

/// Nobody listens at any of the usual ports, nor at those of the web.
fn closed(host: &str) -> Vec<ConnectTo> {
    let nowhere = free_port();
    [25, 80, 443, 465, 587, 993, 143, 995, 110].map(|port| to(host, port, nowhere)).into()
}

/// The same but for these.
fn only(host: &str, open: &[(u16, u16)]) -> Vec<ConnectTo> {
    let mut all = closed(host);
    for entry in &mut all {
        if let Some((_, port)) = open.iter().find(|(port, _)| *port == entry.port) {
            entry.to.set_port(*port);
        }
    }
    all
}

struct Bed {
    /// Its files are read again by every process of Postfix.
    _pki: Pki,
    knot: Running,
    unbound: Server,
    stores: TrustStores,
    _postfix: Postfix,
    _dovecot: Dovecot,
    _nginx: Server,
    connect_to: Vec<ConnectTo>,
}

const POLICY: &str =
    "version: STSv1\\nmode: enforce\\nmx: mx1.good.example\\nmx: *.good.example\\nmax_age: 604800\\n";

const AUTOCONFIG: &str = "<clientConfig version=\"1.1\"><emailProvider id=\"good.example\">\
    <incomingServer type=\"imap\"><hostname>imap.good.example</hostname><port>993</port>\
    <socketType>SSL</socketType><authentication>password-cleartext</authentication></incomingServer>\
    <incomingServer type=\"pop3\"><hostname>imap.good.example</hostname><port>110</port>\
    <socketType>plain</socketType></incomingServer></emailProvider></clientConfig>";

impl Bed {
    fn new() -> Bed {
        let pki = Pki::new();
        let root = pki.authority("Mail root", Key::EcP256);
        let between = pki.intermediate(&root, "Mail CA", Key::EcP256);
        let names = [
            "mx1.good.example",
            "mx2.good.example",
            "mta-sts.good.example",
            "autoconfig.good.example",
            "imap.good.example",
            "smtp.good.example",
            "mx.plain.example",
            "mx.bad.example",
            "mx.roll.example",
        ];
        let identity: Identity = pki.issue(&between, &Leaf::new(&names).key(Key::Rsa2048));
        let leaf = key_digest(&identity.chain);
        let authority = key_digest(&between.certificate);
        let other = "00".repeat(32);
        let postfix = Postfix::start(&identity);
        let dovecot = Dovecot::start(&identity, Setup::Stock);
        let (web, plain) = (free_port(), free_port());
        let nginx = Nginx::new()
            .tls(web, "mta-sts.good.example", &identity, &format!(
                "location = /.well-known/mta-sts.txt {{ default_type text/plain; return 200 \"{POLICY}\"; }}"
            ))
            .plain(plain, "autoconfig.good.example", &format!(
                "location = /mail/config-v1.1.xml {{ default_type text/xml; return 200 '{AUTOCONFIG}'; }}"
            ))
            .start();
        let good = format!(
            "@ IN MX 10 mx1\n@ IN MX 20 mx2\nmx1 IN A 127.0.0.1\nmx2 IN A 127.0.0.1\nimap IN A 127.0.0.1\n\
             smtp IN A 127.0.0.1\nmta-sts IN A 127.0.0.1\nautoconfig IN A 127.0.0.1\n\
             _25._tcp.mx1 IN TLSA 3 1 1 {leaf}\n_25._tcp.mx2 IN TLSA 2 1 1 {authority}\n\
             _mta-sts IN TXT \"v=STSv1; id=20261130;\"\n\
             _smtp._tls IN TXT \"v=TLSRPTv1; rua=mailto:tls@good.example\"\n\
             @ IN TXT \"v=spf1 mx -all\"\n_dmarc IN TXT \"v=DMARC1; p=reject\"\n\
             s1._domainkey IN TXT \"v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\"\n\
             _imaps._tcp IN SRV 0 1 993 imap\n_imap._tcp IN SRV 0 0 0 .\n_submissions._tcp IN SRV 0 1 465 smtp\n"
        );
        let own = |tlsa: &str| format!("@ IN MX 10 mx\nmx IN A 127.0.0.1\n{tlsa}");
        let roll = own(&format!("_25._tcp.mx IN TLSA 3 1 1 {leaf}\n_25._tcp.mx IN TLSA 3 1 1 {other}\n"));
        let bad = own(&format!("_25._tcp.mx IN TLSA 3 1 1 {other}\n_25._tcp.mx IN TLSA 1 1 1 {leaf}\n"));
        let plain_zone = own(&format!("_25._tcp.mx IN TLSA 3 1 1 {leaf}\n"));
        let odd = "null IN MX 0 .\nnone IN A 127.0.0.1\nalias IN MX 10 to-mx\nto-mx IN CNAME mx\nmx IN A 127.0.0.1\n\
                   literal IN MX 10 192.0.2.1.\ngone IN MX 10 nowhere\nsame IN CNAME none\n";
        let knot = Knot::new()
            .zone("example", Signing::Nsec, Ds::Right, "")
            .zone("good.example", Signing::Nsec, Ds::Right, &good)
            .zone("roll.example", Signing::Nsec, Ds::Right, &roll)
            .zone("bad.example", Signing::Nsec, Ds::Right, &bad)
            .zone("plain.example", Signing::None, Ds::Missing, &plain_zone)
            .zone("broken.example", Signing::Nsec, Ds::Wrong, &plain_zone)
            .zone("odd.example", Signing::Nsec3, Ds::Right, odd)
            .start();
        let unbound = unbound::start(&knot, None);
        let mut stores = TrustStores::default();
        stores.give(&std::fs::read(&root.certificate).expect("a file")).expect("a root");
        let smtp = |host: &str| only(host, &[(25, postfix.plain)]);
        let mut connect_to = Vec::new();
        for host in
            ["mx1.good.example", "mx2.good.example", "mx.plain.example", "mx.roll.example", "mx.bad.example"]
        {
            connect_to.extend(smtp(host));
        }
        for host in [
            "mx.broken.example",
            "mx.odd.example",
            "none.odd.example",
            "to-mx.odd.example",
            "same.odd.example",
        ] {
            connect_to.extend(closed(host));
        }
        connect_to.extend(only("mta-sts.good.example", &[(443, web)]));
        connect_to.extend(only("autoconfig.good.example", &[(80, plain)]));
        connect_to.extend(only("imap.good.example", &[(993, dovecot.imaps), (143, dovecot.imap)]));
        connect_to.extend(only("smtp.good.example", &[(465, postfix.implicit)]));
        Bed {
            _pki: pki,
            knot,
            unbound,
            stores,
            _postfix: postfix,
            _dovecot: dovecot,
            _nginx: nginx,
            connect_to,
        }
    }

    async fn audit(&self, domain: &str) -> TargetReport {
        let net = net(&self.knot, &self.unbound, &self.stores, self.connect_to.clone());
        let mut options = Options::without_stores(net);
        options.stores = self.stores.clone();
        options.mail = MailOptions { dkim_selectors: vec!["s1".into()] };
        audit(&target::mail(domain).expect("a domain"), &options, &Silent).await
    }
}

fn all<T>(report: &TargetReport, pick: impl Fn(&Fact) -> Option<&T>) -> Vec<&T> {
    report.observations.iter().filter_map(|one| pick(&one.fact)).collect()
}

fn exchanges(report: &TargetReport) -> Vec<&MailExchange> {
    all(report, |fact| if let Fact::MailExchange(fact) = fact { Some(&**fact) } else { None })
}

fn tlsa<'a>(report: &'a TargetReport, host: &str) -> &'a Tlsa {
    let name = format!("_25._tcp.{host}");
    let found = all(report, |fact| if let Fact::Tlsa(fact) = fact { Some(fact) } else { None });
    found.into_iter().find(|fact| fact.name == name).unwrap_or_else(|| panic!("no {name}"))
}

fn words(exchange: &MailExchange) -> Vec<Option<DaneFault>> {
    exchange.dane.iter().flat_map(|chain| chain.records.iter().map(|record| record.fault)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn domains_with_servers_that_answer() {
    let bed = Bed::new();

    let good = bed.audit("postmaster@good.example").await;
    assert_eq!(good.state, State::Measured, "{:?}", good.error);
    let mx = all(&good, |fact| if let Fact::Mx(fact) = fact { Some(fact) } else { None });
    assert_eq!(mx.len(), 1, "that of the domain alone");
    assert_eq!(mx[0].security.value(), Some(&Security::Secure));
    let found = exchanges(&good);
    let names: Vec<_> =
        found.iter().map(|one| (one.host.as_str(), one.preference, one.faults.len())).collect();
    assert_eq!(names, [("mx1.good.example", 10, 0), ("mx2.good.example", 20, 0)]);
    for one in &found {
        assert_eq!(one.security.value(), Some(&Security::Secure), "{}", one.host);
        let at = format!("{}:25", one.host);
        let seen: Vec<_> = good.observations.iter().filter(|seen| seen.subject == at).collect();
        assert!(!one.dane.is_empty() && one.dane.iter().all(DaneChain::is_verified), "{seen:#?}");
        assert_eq!(tlsa(&good, &one.host).security.value(), Some(&Security::Secure));
    }
    let spoken = all(&good, |fact| if let Fact::Starttls(fact) = fact { Some(&**fact) } else { None });
    let smtp: Vec<_> = spoken.iter().filter(|one| one.protocol == Starttls::Smtp).collect();
    assert_eq!(smtp.len(), 2);
    assert!(smtp.iter().all(|one| one.offered.value() == Some(&true)), "{smtp:?}");

    let sts = all(&good, |fact| if let Fact::MtaSts(fact) = fact { Some(&**fact) } else { None });
    let [sts] = sts.as_slice() else { panic!("{sts:?}") };
    let policy = sts.in_force().unwrap_or_else(|| panic!("{sts:?}"));
    assert_eq!((policy.mode, policy.max_age), (Some(MtaStsMode::Enforce), Some(604_800)));
    assert!(
        sts.matches.len() == 2 && sts.matches.iter().all(|one| one.pattern.is_some()),
        "{:?}",
        sts.matches
    );
    assert_eq!(sts.fetches[0].certificate, Outcome::seen(true));
    let reports = all(&good, |fact| if let Fact::TlsRpt(fact) = fact { Some(fact) } else { None });
    assert_eq!(reports[0].record.as_ref().map(|record| record.rua.len()), Some(1));
    let keys = all(&good, |fact| if let Fact::Dkim(fact) = fact { Some(&**fact) } else { None });
    assert_eq!(keys[0].key.value().and_then(|key| key.bits), Some(256));
    let spf = all(&good, |fact| if let Fact::Spf(fact) = fact { Some(&**fact) } else { None });
    let evaluated = spf[0].evaluation.value().expect("a record");
    assert_eq!((evaluated.all, evaluated.lookups, evaluated.void_lookups), (Some(SpfQualifier::Fail), 1, 0));
    assert_eq!(evaluated.faults, []);

    let services = all(&good, |fact| if let Fact::MailService(fact) = fact { Some(fact) } else { None });
    let open: Vec<_> =
        services.iter().filter(|one| one.is_open()).map(|one| (one.host.as_str(), one.port)).collect();
    assert_eq!(open, [("imap.good.example", 143), ("imap.good.example", 993), ("smtp.good.example", 465)]);
    let named = |host: &str, port: u16| {
        let one = services.iter().find(|one| one.host == host && one.port == port);
        one.unwrap_or_else(|| panic!("no {host}:{port}")).named_by.clone()
    };
    assert_eq!(named("imap.good.example", 143), [MailNamedBy::Guess]);
    assert_eq!(named("imap.good.example", 993).len(), 2, "by SRV and by the document");
    assert!(matches!(named("imap.good.example", 110).as_slice(), [MailNamedBy::Autoconfig { .. }]));
    let srv = all(&good, |fact| if let Fact::MailSrv(fact) = fact { Some(fact) } else { None });
    let imap = srv.iter().find(|one| one.name == "_imap._tcp.good.example").expect("a fact");
    assert!(imap.records.value().expect("records").iter().all(SrvRecord::is_not_offered));
    let documents =
        all(&good, |fact| if let Fact::MailAutoconfig(fact) = fact { Some(&**fact) } else { None });
    let over_http =
        documents.iter().find(|one| one.plain && one.status == Outcome::seen(200)).expect("a document");
    let servers = &over_http.document.value().expect("a document").servers;
    assert_eq!(
        servers.iter().map(|one| one.socket).collect::<Vec<_>>(),
        [SocketType::Tls, SocketType::Plain]
    );

    let roll = bed.audit("roll.example").await;
    assert_eq!(
        words(exchanges(&roll)[0]),
        [Some(DaneFault::NoMatch), None],
        "records are sorted, and the one of zeros comes first"
    );
    let bad = bed.audit("bad.example").await;
    let words_of_bad = words(exchanges(&bad)[0]);
    assert!(
        words_of_bad.contains(&Some(DaneFault::PkixUsage))
            && words_of_bad.contains(&Some(DaneFault::NoMatch))
    );
    let plain = bed.audit("plain.example").await;
    assert!(matches!(tlsa(&plain, "mx.plain.example").security.value(), Some(Security::Insecure { .. })));
    assert_eq!(words(exchanges(&plain)[0]), [None], "it would match, were it proved");
    let broken = bed.audit("broken.example").await;
    assert!(exchanges(&broken)[0].security.value().is_some_and(Security::is_bogus));
}

#[tokio::test(flavor = "multi_thread")]
async fn domains_without_servers_or_with_odd_ones() {
    let bed = Bed::new();
    let faults = async |domain: &str| {
        let report = bed.audit(domain).await;
        exchanges(&report).iter().map(|one| (one.host.clone(), one.faults.clone())).collect::<Vec<_>>()
    };
    assert_eq!(faults("null.odd.example").await, []);
    let none = bed.audit("none.odd.example").await;
    let implicit = exchanges(&none);
    assert!(implicit.len() == 1 && implicit[0].implicit && implicit[0].host == "none.odd.example");
    use ExchangeFault::*;
    let same = faults("same.odd.example").await;
    assert_eq!(
        same,
        [("same.odd.example".to_owned(), vec![])],
        "a domain may be an alias where it has no MX"
    );
    assert_eq!(faults("alias.odd.example").await, [("to-mx.odd.example".to_owned(), vec![Alias])]);
    assert_eq!(faults("literal.odd.example").await, [("192.0.2.1".to_owned(), vec![AddressLiteral])]);
    assert_eq!(faults("gone.odd.example").await, [("nowhere.odd.example".to_owned(), vec![NoAddress])]);
    let nobody = bed.audit("missing.odd.example").await;
    assert_eq!(exchanges(&nobody)[0].faults, [NoAddress]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_asked_offline() {
    let options = Options::without_stores(Net::new(NetOptions { offline: true, ..NetOptions::default() }));
    let report = audit(&target::mail("shop.example").expect("a domain"), &options, &Silent).await;
    assert_eq!(report.state, State::NotMeasured);
    let mx = all(&report, |fact| if let Fact::Mx(fact) = fact { Some(fact) } else { None });
    assert_eq!(mx[0].records.why_not().map(|why| why.kind), Some(ReasonKind::NotAsked));
    assert!(exchanges(&report).is_empty());
    let services = all(&report, |fact| if let Fact::MailService(fact) = fact { Some(fact) } else { None });
    assert!(services.is_empty());
}

/// A domain that somebody added names servers inside: none of them is connected to, and each says why.
#[tokio::test(flavor = "multi_thread")]
async fn the_mail_of_others_leads_to_allowed_addresses_alone() {
    let trap = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    trap.set_nonblocking(true).expect("a listener");
    let port = trap.local_addr().expect("an address").port();
    let zone = format!(
        "@ IN MX 10 mx\n@ IN MX 20 metadata\n@ IN A 127.0.0.1\nmx IN A 127.0.0.1\nmetadata IN A 169.254.169.254\n\
         mail IN A 127.0.0.1\nmta-sts IN A 127.0.0.1\nautoconfig IN A 127.0.0.1\n\
         _mta-sts IN TXT \"v=STSv1; id=1;\"\n_imaps._tcp IN SRV 0 1 {port} mail\n"
    );
    let knot = Knot::new()
        .zone("example", Signing::Nsec, Ds::Right, "")
        .zone("inside.example", Signing::Nsec, Ds::Right, &zone)
        .start();
    let unbound = unbound::start(&knot, None);
    let dns = DnsOptions {
        resolver: Some(unbound.address().to_string().parse().expect("a resolver")),
        anchors: Anchors::parse(&knot.anchor).expect("anchors"),
        ..DnsOptions::default()
    };
    let net = Net::new(NetOptions {
        dns: Arc::new(dns),
        // Where the usual ports would lead, were anything connected to.
        connect_to: [25, 80, 443, 993]
            .iter()
            .flat_map(|usual| {
                ["mx", "mail", "mta-sts", "autoconfig"]
                    .map(|name| to(&format!("{name}.inside.example"), *usual, port))
            })
            .collect(),
        step: Duration::from_secs(8),
        allow: AddressPolicy::public(),
        ..NetOptions::default()
    });
    let options = Options::without_stores(net);
    let report = audit(&target::mail("inside.example").expect("a domain"), &options, &Silent).await;
    let tried = trap.accept();
    assert!(tried.is_err(), "{tried:?}");
    let mx = all(&report, |fact| if let Fact::Mx(fact) = fact { Some(fact) } else { None });
    assert_eq!(mx[0].records.value().map(Vec::len), Some(2), "the resolver is the owner's: {:?}", mx[0]);
    let found = exchanges(&report);
    assert_eq!(found.len(), 2);
    for one in found {
        let why = one.addresses.why_not().unwrap_or_else(|| panic!("{one:?}"));
        assert!(why.detail.contains("must not lead"), "{}: {why}", one.host);
    }
    let sts = all(&report, |fact| if let Fact::MtaSts(fact) = fact { Some(&**fact) } else { None });
    assert!(sts[0].in_force().is_none(), "{:?}", sts[0]);
    let services = all(&report, |fact| if let Fact::MailService(fact) = fact { Some(fact) } else { None });
    assert!(!services.iter().any(|one| one.is_open()), "{services:?}");
}

/// A rule of RFC 8461: what nginx answers, and what senders make of it.
struct Rule {
    label: &'static str,
    lines: &'static str,
    fault: Option<MtaStsFaultKind>,
}

const GOOD: &str = "version: STSv1\\nmode: enforce\\nmx: mx.sts.example\\nmax_age: 86400\\n";

fn rules() -> Vec<Rule> {
    use MtaStsFaultKind::*;
    let rule = |label, lines, fault| Rule { label, lines, fault };
    vec![
        rule("good", "default_type text/plain; return 200 \"GOOD\";", None),
        rule(
            "crlf",
            "default_type 'text/plain; charset=utf-8'; return 200 \"version: STSv1\\r\\nmode: testing\\r\\nmx: *.sts.example\\r\\nmax_age: 1\\r\\n\";",
            None,
        ),
        rule(
            "none",
            "default_type text/plain; return 200 \"version: STSv1\\nmode: none\\nmax_age: 0\\n\";",
            None,
        ),
        rule(
            "redirect",
            "return 301 https://mta-sts.good.sts.example/.well-known/mta-sts.txt;",
            Some(Redirect),
        ),
        rule("moved", "return 307 https://mta-sts.good.sts.example/.well-known/mta-sts.txt;", Some(Redirect)),
        rule("missing", "return 404;", Some(Status)),
        rule("created", "default_type text/plain; return 201 \"GOOD\";", Some(Status)),
        rule("html", "default_type text/html; return 200 \"GOOD\";", Some(MediaType)),
        rule(
            "version",
            "default_type text/plain; return 200 \"version: STSv2\\nmode: none\\nmax_age: 1\\n\";",
            Some(Version),
        ),
        rule(
            "mode",
            "default_type text/plain; return 200 \"version: STSv1\\nmode: on\\nmx: mx.sts.example\\nmax_age: 1\\n\";",
            Some(Mode),
        ),
        rule(
            "age",
            "default_type text/plain; return 200 \"version: STSv1\\nmode: none\\nmax_age: 31557601\\n\";",
            Some(MaxAge),
        ),
        rule(
            "nomx",
            "default_type text/plain; return 200 \"version: STSv1\\nmode: enforce\\nmax_age: 1\\n\";",
            Some(NoMx),
        ),
        rule(
            "pattern",
            "default_type text/plain; return 200 \"version: STSv1\\nmode: enforce\\nmx: mx*.sts.example\\nmax_age: 1\\n\";",
            Some(MxPattern),
        ),
        rule(
            "syntax",
            "default_type text/plain; return 200 \"version: STSv1\\nhello\\nmode: none\\nmax_age: 1\\n\";",
            Some(PolicySyntax),
        ),
        rule(
            "again",
            "default_type text/plain; return 200 \"version: STSv1\\nmode: enforce\\nmode: none\\nmx: mx.sts.example\\nmax_age: 1\\n\";",
            Some(Repeated),
        ),
        rule("long", "default_type text/plain; root LONG;", Some(TooLong)),
        rule("certificate", "default_type text/plain; return 200 \"GOOD\";", Some(Certificate)),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn each_rule_of_mta_sts() {
    let pki = Pki::new();
    let root = pki.authority("Root", Key::EcP256);
    let rules = rules();
    let names: Vec<String> = rules
        .iter()
        .filter(|rule| rule.label != "certificate")
        .map(|rule| format!("mta-sts.{}.sts.example", rule.label))
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let identity = pki.issue(&root, &Leaf::new(&names));
    let other = pki.issue(&root, &Leaf::new(&["sts.example"]));
    let port = free_port();
    let mut zone = String::from("mx IN A 127.0.0.1\n");
    let long = format!("{}{}", GOOD.replace("\\n", "\n"), "later: x\n".repeat(10_000));
    let mut nginx = Nginx::new().file("long/.well-known/mta-sts.txt", long);
    let at = nginx.root().join("long").display().to_string();
    for rule in &rules {
        zone += &format!("_mta-sts.{0} IN TXT \"v=STSv1; id=1;\"\nmta-sts.{0} IN A 127.0.0.1\n", rule.label);
        let lines = rule.lines.replace("GOOD", GOOD).replace("LONG", &at);
        let identity = if rule.label == "certificate" { &other } else { &identity };
        let name = format!("mta-sts.{}.sts.example", rule.label);
        nginx = nginx.tls(
            port,
            &name,
            identity,
            &format!("location = /.well-known/mta-sts.txt {{ types {{ }} {lines} }}"),
        );
    }
    let _nginx = nginx.start();
    // Records that senders take for none, each beside the good policy.
    for (label, texts) in [
        ("two", "_mta-sts.two IN TXT \"v=STSv1; id=1\"\n_mta-sts.two IN TXT \"v=STSv1; id=2\"\n"),
        ("noid", "_mta-sts.noid IN TXT \"v=STSv1;\"\n"),
        ("other", "_mta-sts.other IN TXT \"v=spf1 -all\"\n"),
        ("alias", "_mta-sts.alias IN CNAME _mta-sts.good\n"),
        ("parts", "_mta-sts.parts IN TXT \"v=STS\" \"v1; i\" \"d=1\"\n"),
    ] {
        zone += &format!("{texts}mta-sts.{label} IN CNAME mta-sts.good\n");
    }
    let knot = Knot::new()
        .zone("example", Signing::Nsec, Ds::Right, "")
        .zone("sts.example", Signing::Nsec, Ds::Right, &zone)
        .start();
    let unbound = unbound::start(&knot, None);
    let mut stores = TrustStores::default();
    stores.give(&std::fs::read(&root.certificate).expect("a file")).expect("a root");
    let hosts = rules.iter().map(|rule| rule.label).chain(["two", "noid", "other", "alias", "parts"]);
    let connect_to = hosts.map(|label| to(&format!("mta-sts.{label}.sts.example"), 443, port)).collect();
    let net = net(&knot, &unbound, &stores, connect_to);
    let (lookups, web) = (Lookups::new(&net), Arc::new(Web::new(&net, &stores, Time::now())));
    let ask = async |label: &str| {
        let exchanges = ["mx.sts.example".to_owned(), "mx.else.example".to_owned()];
        mta_sts::ask(&lookups, &web, &format!("{label}.sts.example"), &exchanges).await.0
    };
    for rule in &rules {
        let sts = ask(rule.label).await;
        let [fetch] = sts.fetches.as_slice() else { panic!("{}: {sts:?}", rule.label) };
        let kinds: Vec<_> = fetch.faults.iter().map(|fault| fault.kind).collect();
        assert_eq!(kinds, Vec::from_iter(rule.fault), "{}: {fetch:?}", rule.label);
        let fatal = rule.fault.is_some_and(MtaStsFaultKind::is_fatal);
        assert_eq!(sts.in_force().is_some(), !fatal, "{}", rule.label);
    }
    let good = ask("good").await;
    let patterns: Vec<_> = good.matches.iter().map(|one| one.pattern.as_deref()).collect();
    assert_eq!(patterns, [Some("mx.sts.example"), None]);
    assert!(ask("none").await.matches.is_empty());
    // The policies of these hosts have another name's certificate, which is its own fault: the record is what counts here.
    for (label, fault) in [
        ("two", Some(MtaStsFaultKind::SeveralRecords)),
        ("noid", Some(MtaStsFaultKind::RecordId)),
        ("other", None),
    ] {
        let sts = ask(label).await;
        assert_eq!(sts.record, None, "{label}");
        assert_eq!(sts.record_faults.first().map(|fault| fault.kind), fault, "{label}");
        assert_eq!(sts.in_force(), None);
    }
    assert_eq!(ask("alias").await.record.map(|record| record.id).as_deref(), Some("1"));
    assert_eq!(ask("parts").await.record.map(|record| record.id).as_deref(), Some("1"));
    let absent = ask("absent").await;
    assert!(absent.fetches.is_empty() && absent.record.is_none() && absent.record_faults.is_empty());
    assert_eq!(absent.addresses.why_not().map(|why| why.kind), Some(ReasonKind::NoSuchName));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_send() {
    let many: String = (0..11).map(|at| format!("many{at} IN TXT \"v=spf1 -all\"\n")).collect();
    // A string has 255 octets at most, so that each stands in one of its own.
    let includes: String = (0..11).map(|at| format!(" \" include:many{at}.spf.example\"")).collect();
    let zone = format!(
        "{many}many IN TXT \"v=spf1\"{includes} \" -all\"\n\
         loop1 IN TXT \"v=spf1 include:loop2.spf.example ~all\"\nloop2 IN TXT \"v=spf1 include:loop1.spf.example -all\"\n\
         self IN TXT \"v=spf1 redirect=self.spf.example\"\n\
         to IN TXT \"v=spf1 redirect=end.spf.example\"\nend IN TXT \"v=spf1 ip4:192.0.2.0/24 ?all\"\n\
         two IN TXT \"v=spf1 -all\"\ntwo IN TXT \"v=spf1 +all\"\n\
         open IN TXT \"v=spf1 +all\"\nwide IN TXT \"v=spf1 ip4:0.0.0.0/1 ip6:2000::/3 ptr -all\"\n\
         gone IN TXT \"v=spf1 include:nowhere.spf.example a:a.spf.example mx:b.spf.example exists:c.spf.example -all\"\n\
         wrong IN TXT \"v=spf1 ipv4:192.0.2.1 -all\"\nbare IN TXT \"v=spf1 ip4:192.0.2.1\"\nnone IN A 192.0.2.1\n\
         deep IN TXT \"v=spf1 include:end.spf.example -all\"\n\
         macro IN TXT \"v=spf1 exists:%{{i}}._spf.%{{d}} -all\"\n\
         _dmarc IN TXT \"v=DMARC1; p=quarantine; sp=reject\"\n_dmarc.end IN TXT \"v=DMARC1; p=none\"\n\
         _dmarc.two IN TXT \"v=DMARC1; p=none\"\n_dmarc.two IN TXT \"v=DMARC1; p=reject\"\n"
    );
    let knot = Knot::new()
        .zone("example", Signing::Nsec, Ds::Right, "")
        .zone("spf.example", Signing::Nsec, Ds::Right, &zone)
        .start();
    let unbound = unbound::start(&knot, None);
    let net = net(&knot, &unbound, &TrustStores::default(), Vec::new());
    let lookups = Lookups::new(&net);
    use SpfFaultKind::*;
    use SpfQualifier::*;
    for (label, all, counted, kinds) in [
        ("many", Some(Fail), 11, vec![TooManyLookups]),
        ("loop1", Some(SoftFail), 2, vec![Loop]),
        ("self", None, 1, vec![Loop]),
        ("to", Some(Neutral), 1, vec![]),
        ("deep", Some(Fail), 1, vec![]),
        ("open", Some(Pass), 0, vec![]),
        ("wide", Some(Fail), 1, vec![Ptr, WideRange, WideRange]),
        ("gone", Some(Fail), 4, vec![TooManyVoidLookups, NoRecord]),
        ("wrong", None, 0, vec![Syntax]),
        ("bare", None, 0, vec![]),
        ("two", None, 0, vec![SeveralRecords]),
        ("macro", Some(Fail), 1, vec![]),
    ] {
        let fact = spf::ask(&lookups, &format!("{label}.spf.example")).await;
        assert_eq!(fact.txt.security.value(), Some(&Security::Secure), "{label}");
        let found = fact.evaluation.value().unwrap_or_else(|| panic!("{label}: {fact:?}"));
        let said: Vec<_> = found.faults.iter().map(|fault| fault.kind).collect();
        assert_eq!((found.all, found.lookups, said), (all, counted, kinds), "{label}: {found:?}");
    }
    assert!(spf::ask(&lookups, "none.spf.example").await.evaluation.is_refused());

    let policy = async |domain: &str| {
        let fact = dmarc::ask(&lookups, domain).await;
        (fact.found_at.clone(), fact.record.value().map(|record| record.policy))
    };
    let at = |name: &str| Some(name.to_owned());
    assert_eq!(policy("spf.example").await, (at("spf.example"), Some(DmarcPolicy::Quarantine)));
    assert_eq!(policy("open.spf.example").await, (at("spf.example"), Some(DmarcPolicy::Quarantine)));
    assert_eq!(policy("end.spf.example").await, (at("end.spf.example"), Some(DmarcPolicy::None)));
    assert_eq!(policy("two.spf.example").await, (at("two.spf.example"), None));
    assert_eq!(policy("nobody.example").await, (None, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_of_documents_that_misbehave() {
    let step = Duration::from_millis(700);
    let net = Net::new(NetOptions { step, ..NetOptions::default() });
    let web = Web::new(&net, &TrustStores::default(), Time::now());
    use ReasonKind::*;
    for (behaviour, head, body) in [
        (Behaviour::NeverAnswers, Some(Timeout), None),
        (Behaviour::Drips, Some(Timeout), None),
        (Behaviour::ClosesAtOnce, Some(Closed), None),
        (Behaviour::EndlessHeaders, Some(Limit), None),
        (Behaviour::EndlessHeaderLine, Some(Limit), None),
        (Behaviour::Answers(b"hello\r\n\r\n".to_vec()), Some(Protocol), None),
        (Behaviour::EndlessBody, None, Some(Limit)),
        (Behaviour::EndlessChunks, None, Some(Limit)),
    ] {
        let server = Hostile::start(behaviour.clone());
        let started = Instant::now();
        let answer = web.get_any(&format!("http://{}/", server.address()), 64 << 10).await;
        assert!(started.elapsed() < step * 12, "{behaviour:?} took {:?}", started.elapsed());
        match (answer.head, head) {
            (Err(why), Some(kind)) => {
                // A close that crosses with the request reads as a reset.
                let fits = why.kind == kind || (kind == Closed && why.kind == Reset);
                assert!(fits, "{behaviour:?}: {why}");
            }
            (Ok(head), None) => {
                assert_eq!(head.incomplete.map(|why| why.kind), body, "{behaviour:?}");
            }
            (other, _) => panic!("{behaviour:?}: {other:?}"),
        }
    }
}
