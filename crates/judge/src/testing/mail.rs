//! A domain's mail, changed one fact at a time.

use std::net::SocketAddr;

use midwatch_model::*;

use super::{About, Scene, address, chain, endpoint};

/// The domain that such a scene is about.
pub fn mail_domain() -> Target {
    Target::Mail { input: "shop.example".into(), domain: "shop.example".into() }
}

/// There is no such name.
pub fn no_such_name<T>() -> Outcome<T> {
    Outcome::unmeasured(ReasonKind::NoSuchName, "the name has no address")
}

/// Takes MTA-STS away: no record, and no name that serves a policy.
pub fn no_sts(sts: &mut MtaSts) {
    sts.txt.texts = Outcome::seen(vec![]);
    sts.record = None;
    sts.record_faults.clear();
    sts.fetches.clear();
    sts.addresses = no_such_name();
    sts.matches.clear();
}

/// The document of a place that programs ask.
pub fn autoconfig_document(found: &mut MailAutoconfig) -> &mut MailAutoconfigDocument {
    match &mut found.document {
        Outcome::Seen { value } => value,
        _ => panic!("no document"),
    }
}

fn text(name: &str, text: &str) -> TextRecords {
    TextRecords {
        name: name.into(),
        aliases: vec![],
        texts: Outcome::seen(vec![text.into()]),
        security: Outcome::seen(Security::Secure),
    }
}

/// A server that takes mail, whose key the first of two TLSA records has; the other is for the next key.
fn exchange(host: &str, preference: u16, at: SocketAddr) -> MailExchange {
    MailExchange {
        domain: "shop.example".into(),
        host: host.into(),
        port: 25,
        preference,
        implicit: false,
        faults: vec![],
        aliases: vec![host.into()],
        alias_loop: false,
        addresses: Outcome::seen(vec![at]),
        security: Outcome::seen(Security::Secure),
        tlsa_base: host.into(),
        tlsa: format!("_25._tcp.{host}"),
        dane: vec![DaneChain {
            address: at,
            leaf: "01".into(),
            records: vec![
                DaneRecord { record: 0, fault: None },
                DaneRecord { record: 1, fault: Some(DaneFault::NoMatch) },
            ],
        }],
    }
}

fn tlsa(host: &str, at: SocketAddr) -> Tlsa {
    let record =
        |digit: &str| TlsaRecord { usage: 3, selector: 1, matching: 1, data: digit.repeat(64), usable: true };
    Tlsa {
        name: format!("_25._tcp.{host}"),
        records: Outcome::seen(vec![record("7"), record("8")]),
        security: Outcome::seen(Security::Secure),
        matches: vec![TlsaMatch { record: 0, address: at, leaf: "01".into(), certificate: Some(0) }],
    }
}

fn policy() -> MtaStsPolicy {
    MtaStsPolicy {
        mode: Some(MtaStsMode::Enforce),
        max_age: Some(2_419_200),
        mx: vec!["mx1.shop.example".into(), "mx2.shop.example".into()],
        extensions: vec![],
    }
}

fn mta_sts() -> MtaSts {
    let at = address("192.0.2.80:443");
    let named = |mx: &str| MtaStsMatch { mx: mx.into(), pattern: Some(mx.into()) };
    MtaSts {
        domain: "shop.example".into(),
        txt: text("_mta-sts.shop.example", "v=STSv1; id=20261124"),
        record: Some(MtaStsRecord { id: "20261124".into(), extensions: vec![] }),
        record_faults: vec![],
        fetches: vec![MtaStsFetch {
            url: "https://mta-sts.shop.example/.well-known/mta-sts.txt".into(),
            address: at,
            status: Outcome::seen(200),
            content_type: Some("text/plain".into()),
            location: None,
            certificate: Outcome::seen(true),
            text: "version: STSv1".into(),
            policy: Some(policy()),
            faults: vec![],
        }],
        addresses: Outcome::seen(vec![at]),
        matches: vec![named("mx1.shop.example"), named("mx2.shop.example")],
    }
}

fn dkim_key() -> DkimKey {
    DkimKey {
        algorithm: "rsa".into(),
        bits: Some(2048),
        revoked: false,
        hashes: vec![],
        testing: false,
        strict: false,
        faults: vec![],
    }
}

impl Scene {
    /// A domain with nothing to find fault with: two servers in signed zones, TLSA records, a policy of MTA-STS that is enforced,
    /// reports, SPF and DMARC, and people's programs on TLS from the first octet.
    pub fn mail() -> Self {
        let servers = [("mx1.shop.example", "192.0.2.25:25"), ("mx2.shop.example", "192.0.2.26:25")];
        let mut scene =
            Scene { about: About::Mail, ..Scene::empty() }.mx(&[(10, servers[0].0), (20, servers[1].0)]);
        for ((host, at), preference) in servers.iter().zip([10, 20]) {
            let at = address(at);
            scene = scene
                .fact(Fact::MailExchange(Box::new(exchange(host, preference, at))))
                .fact(Fact::Tlsa(tlsa(host, at)))
                .mail_server(host, at, Some(Starttls::Smtp));
        }
        scene
            .fact(Fact::MtaSts(Box::new(mta_sts())))
            .fact(Fact::TlsRpt(TlsRpt {
                domain: "shop.example".into(),
                txt: text("_smtp._tls.shop.example", "v=TLSRPTv1; rua=mailto:tls@shop.example"),
                record: Some(TlsRptRecord {
                    rua: vec!["mailto:tls@shop.example".into()],
                    extensions: vec![],
                }),
                faults: vec![],
            }))
            .sender()
            .srv(MailProtocol::Submission, true, &[(465, "mail.shop.example")])
            .srv(MailProtocol::Imap, true, &[(993, "mail.shop.example")])
            .service(MailProtocol::Submission, "mail.shop.example", "192.0.2.30:465", true)
            .service(MailProtocol::Imap, "mail.shop.example", "192.0.2.30:993", true)
    }

    /// A domain that says that it takes and sends no mail.
    pub fn mail_null() -> Self {
        Scene { about: About::Mail, ..Scene::empty() }
            .mx(&[(0, ".")])
            .fact(Fact::MtaSts(Box::new({
                let mut sts = mta_sts();
                no_sts(&mut sts);
                sts
            })))
            .fact(Fact::TlsRpt(TlsRpt {
                domain: "shop.example".into(),
                txt: TextRecords { texts: Outcome::seen(vec![]), ..text("_smtp._tls.shop.example", "") },
                record: None,
                faults: vec![],
            }))
            .sender()
    }

    /// SPF and DMARC that let nobody else send.
    fn sender(self) -> Self {
        let (spf, dmarc) = ("v=spf1 mx -all", "v=DMARC1; p=reject");
        self.fact(Fact::Spf(Box::new(Spf {
            domain: "shop.example".into(),
            txt: text("shop.example", spf),
            records: vec![spf.into()],
            evaluation: Outcome::seen(SpfEvaluation {
                all: Some(SpfQualifier::Fail),
                lookups: 1,
                void_lookups: 0,
                domains: vec![],
                faults: vec![],
            }),
        })))
        .fact(Fact::Dmarc(Box::new(Dmarc {
            domain: "shop.example".into(),
            organisational: None,
            txt: vec![text("_dmarc.shop.example", dmarc)],
            found_at: Some("shop.example".into()),
            record: Outcome::seen(DmarcRecord {
                policy: DmarcPolicy::Reject,
                subdomains: None,
                percent: 100,
                rua: vec![],
                ruf: vec![],
                dkim: DmarcAlignment::Relaxed,
                spf: DmarcAlignment::Relaxed,
                faults: vec![],
            }),
        })))
    }

    /// Sound TLS at a server, with a certificate that is trusted and names it.
    pub fn mail_server(self, host: &str, at: SocketAddr, starttls: Option<Starttls>) -> Self {
        let name = || Host::Name(host.to_owned());
        let mut tls = endpoint();
        (tls.host, tls.port, tls.address) = (name(), at.port(), at);
        let mut sent = chain();
        (sent.host, sent.port, sent.address) = (name(), at.port(), at);
        let mut scene = self;
        if let Some(protocol) = starttls {
            let mut plain = super::starttls_endpoint(protocol);
            (plain.host, plain.port, plain.address) = (name(), at.port(), at);
            scene = scene.fact(Fact::Starttls(Box::new(plain)));
        }
        scene.fact(Fact::TlsEndpoint(Box::new(tls))).fact(Fact::CertificateChain(Box::new(sent)))
    }

    /// A service that people's programs use, with sound TLS.
    pub fn service(self, protocol: MailProtocol, host: &str, at: &str, implicit_tls: bool) -> Self {
        let at = address(at);
        self.fact(Fact::MailService(MailService {
            domain: "shop.example".into(),
            protocol,
            host: host.into(),
            port: at.port(),
            implicit_tls,
            named_by: vec![MailNamedBy::Srv { owner: "_service._tcp.shop.example".into() }],
            listens: vec![MailListens { address: at, open: Outcome::seen(()) }],
        }))
        .mail_server(host, at, (!implicit_tls).then(|| protocol.starttls()))
    }

    /// SRV records of a service by port and name, in a signed zone.
    pub fn srv(self, protocol: MailProtocol, implicit_tls: bool, records: &[(u16, &str)]) -> Self {
        let service = match (protocol, implicit_tls) {
            (MailProtocol::Submission, true) => "submissions",
            (MailProtocol::Submission, false) => "submission",
            (MailProtocol::Imap, true) => "imaps",
            (MailProtocol::Imap, false) => "imap",
            (MailProtocol::Pop3, true) => "pop3s",
            (MailProtocol::Pop3, false) => "pop3",
            (MailProtocol::Sieve, _) => "sieve",
        };
        let one =
            |&(port, target): &(u16, &str)| SrvRecord { priority: 0, weight: 1, port, target: target.into() };
        self.fact(Fact::MailSrv(MailSrv {
            domain: "shop.example".into(),
            name: format!("_{service}._tcp.shop.example"),
            protocol,
            implicit_tls,
            records: Outcome::seen(records.iter().map(one).collect()),
            security: Outcome::seen(Security::Secure),
        }))
    }

    /// A document for programs of mail over https that names one server with TLS, changed.
    pub fn autoconfig(self, change: impl FnOnce(&mut MailAutoconfig)) -> Self {
        let mut fact = MailAutoconfig {
            domain: "shop.example".into(),
            source: AutoconfigSource::Autoconfig,
            url: "https://autoconfig.shop.example/mail/config-v1.1.xml".into(),
            plain: false,
            address: Some(address("192.0.2.80:443")),
            status: Outcome::seen(200),
            location: None,
            certificate: Outcome::seen(true),
            document: Outcome::seen(MailAutoconfigDocument {
                servers: vec![AutoconfigServer {
                    protocol: Some(MailProtocol::Imap),
                    kind: "imap".into(),
                    host: "mail.shop.example".into(),
                    port: Some(993),
                    socket: SocketType::Tls,
                    authentication: vec!["password-cleartext".into()],
                }],
            }),
        };
        change(&mut fact);
        self.fact(Fact::MailAutoconfig(Box::new(fact)))
    }

    /// A key of DKIM of 2,048 bits, changed.
    pub fn dkim(self, change: impl FnOnce(&mut DkimKey)) -> Self {
        let mut key = dkim_key();
        change(&mut key);
        self.fact(Fact::Dkim(Box::new(Dkim {
            domain: "shop.example".into(),
            selector: "mail".into(),
            txt: text("mail._domainkey.shop.example", "v=DKIM1; p=…"),
            key: Outcome::seen(key),
        })))
    }

    /// Takes every TLSA record away: it is proved that there is none.
    pub fn no_tlsa(self) -> Self {
        self.change_tlsa(|tlsa| tlsa.records = Outcome::seen(vec![]))
            .change_exchanges(|exchange| exchange.dane.clear())
    }

    /// Changes the policy of MTA-STS wherever it is served.
    pub fn change_policy(self, change: impl Fn(&mut MtaStsPolicy)) -> Self {
        self.change_fetches(|fetch| fetch.policy.iter_mut().for_each(&change))
    }

    /// Changes what each address answers for the policy.
    pub fn change_fetches(self, change: impl Fn(&mut MtaStsFetch)) -> Self {
        self.change_sts(|sts| sts.fetches.iter_mut().for_each(&change))
    }
}

/// A method that changes every fact of one kind.
macro_rules! changes {
    ($($name:ident, $kind:ident, $of:ty;)*) => {
        impl Scene {
            $(
                #[doc = concat!("Changes every fact of the kind ", stringify!($kind), ".")]
                pub fn $name(mut self, change: impl Fn(&mut $of)) -> Self {
                    for fact in &mut self.facts {
                        if let Fact::$kind(fact) = fact {
                            change(fact);
                        }
                    }
                    self
                }
            )*
        }
    };
}

changes! {
    change_mx, Mx, Mx;
    change_exchanges, MailExchange, MailExchange;
    change_tlsa, Tlsa, Tlsa;
    change_sts, MtaSts, MtaSts;
    change_rpt, TlsRpt, TlsRpt;
    change_spf, Spf, Spf;
    change_dmarc, Dmarc, Dmarc;
    change_dkim, Dkim, Dkim;
    change_srv, MailSrv, MailSrv;
    change_services, MailService, MailService;
}
