//! Builders of observations for tests: a scene about `shop.example`, changed one fact at a time.
//!
//! Addresses are those of RFC 5737 and RFC 3849. Nothing here is meant for anything but tests.

mod dns;
mod git;
mod here_chain;
mod here_echo;
mod here_link;
mod here_local;
mod here_plain_site;
mod here_resolver;
mod here_upkeep;
mod here_wifi;
mod listening;
mod looks;
mod mail;
mod served;
mod ssh;
mod starttls;
mod tls_report;

use std::collections::BTreeMap;
use std::net::SocketAddr;

use midwatch_fields::set_cookie;
use midwatch_model::*;

use crate::{Judgement, View};

pub use git::{git_remote, git_repository, git_setting};
pub use here_link::{link_claim, link_dhcp, link_responder, link_router};
pub use here_local::{local_anchor, local_link, local_neighbour, local_resolver, local_way};
pub use here_upkeep::local_installed;
pub use here_wifi::{local_access_point, local_wifi};
pub use listening::{listening_answer, listening_service};
pub use looks::{changes_of, changes_of_reports, event, hours, remembered};
pub use mail::{autoconfig_document, mail_domain, no_sts, no_such_name};
pub use served::served_site;
pub use ssh::{host_certificate, host_key, server};
pub use starttls::{silence_of, starttls_endpoint, starttls_service};
pub use tls_report::tls_report;

/// The moment of every judgement here.
pub const NOW: &str = "2026-11-24T14:00:00Z";

/// A policy that leaves nothing to wish for.
pub const HSTS: &str = "max-age=63072000; includeSubDomains; preload";

/// The address of the scene's host.
pub const ADDRESS: &str = "192.0.2.7:443";

/// A time in RFC 3339.
pub fn time(text: &str) -> Time {
    text.parse().expect("a time in RFC 3339")
}

/// The site that the scene is about.
pub fn site() -> Target {
    Target::Site {
        input: "shop.example".into(),
        host: Host::Name("shop.example".into()),
        https_port: 443,
        http_port: 80,
        path: "/".into(),
    }
}

/// Its TLS service alone.
pub fn service() -> Target {
    Target::Tls {
        input: "shop.example:443".into(),
        host: Host::Name("shop.example".into()),
        port: 443,
        sni: None,
        starttls: None,
    }
}

/// An answer, or why there is none.
pub type Reply = Outcome<Response>;

/// An answer with a status and headers. Redirects carry a `location`.
pub fn reply(status: u16, headers: &[(&str, &str)]) -> Reply {
    Outcome::seen(Response {
        status,
        version: "HTTP/1.1".into(),
        headers: headers
            .iter()
            .map(|(name, value)| Header { name: (*name).into(), value: (*value).into() })
            .collect(),
        body_bytes: 100,
        body_incomplete: None,
        body_sha256: None,
    })
}

/// A permanent redirect.
pub fn redirect(to: &str) -> Reply {
    reply(301, &[("location", to)])
}

/// No answer in time.
pub fn timeout<T>() -> Outcome<T> {
    Outcome::unmeasured(ReasonKind::Timeout, "no answer in 10 s")
}

/// Nothing listens there.
pub fn closed<T>() -> Outcome<T> {
    Outcome::unmeasured(ReasonKind::ConnectionRefused, "nothing listens at 192.0.2.7:80 (connection refused)")
}

fn exchange(url: &str, response: Reply) -> Exchange {
    Exchange { url: url.into(), address: ADDRESS.parse().ok(), response }
}

fn next_of(response: &Reply) -> Option<String> {
    let response = response.value().filter(|response| response.is_redirect())?;
    response.header("location").next().map(str::to_owned)
}

/// Observations in the order added, numbered as probes number them.
#[derive(Clone, Debug, Default)]
pub struct Scene {
    /// The facts.
    pub facts: Vec<Fact>,
    /// What they are about.
    pub about: About,
}

/// What a scene is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum About {
    /// [`site`].
    #[default]
    Site,
    /// This computer.
    Here,
    /// [`server`].
    Ssh,
    /// [`git_repository`].
    Repository,
    /// [`mail_domain`].
    Mail,
    /// Reports of other mail servers.
    TlsReports,
    /// [`starttls_service`].
    Starttls(Starttls),
    /// A server from inside.
    Server,
}

impl Scene {
    /// Nothing was seen.
    pub fn empty() -> Self {
        Scene::default()
    }

    /// A site with nothing to find fault with: HSTS for two years, TLS 1.2 with Mozilla's intermediate suites
    /// and TLS 1.3, a redirect to https on the same host, a `__Host-` cookie, a trusted chain. No post-quantum
    /// group and no Content-Security-Policy.
    pub fn sound() -> Self {
        let headers: &[(&str, &str)] = &[("server", "nginx"), ("strict-transport-security", HSTS)];
        let private: &[(&str, &str)] =
            &[("server", "nginx"), ("strict-transport-security", HSTS), ("cache-control", "no-store")];
        let (bare, www) = ("https://shop.example/", "https://www.shop.example/");
        let to_bare: &[(&str, &str)] = &[("strict-transport-security", HSTS), ("location", bare)];
        Scene::empty()
            .addresses()
            .tls(|_| {})
            .chain(|_| {})
            .entry(EntryKind::Http, &[("http://shop.example/", redirect(bare)), (bare, reply(200, headers))])
            .entry(EntryKind::Https, &[(bare, reply(200, headers))])
            .entry(
                EntryKind::SiblingHttp,
                &[
                    ("http://www.shop.example/", redirect(www)),
                    (www, reply(301, to_bare)),
                    (bare, reply(200, headers)),
                ],
            )
            .entry(EntryKind::SiblingHttps, &[(www, reply(301, to_bare)), (bare, reply(200, headers))])
            .page(bare, reply(200, headers), |_| {})
            .page("https://shop.example/login", reply(200, private), |page| page.has_password = true)
            .plain("https://shop.example/", redirect(bare))
            .plain("https://shop.example/login", redirect("https://shop.example/login"))
            .cookie(
                "__Host-sid=9f86d081884c7d659a2feaa0c55ad015; Path=/; Secure; HttpOnly; SameSite=Lax",
                bare,
            )
            .crawl(2)
    }

    /// A shop with everything wrong that a visitor's path can show.
    pub fn weak() -> Self {
        let nginx: &[(&str, &str)] = &[("server", "nginx/1.22.1"), ("referrer-policy", "unsafe-url")];
        let bare = "https://shop.example/";
        Scene::empty()
            .addresses()
            .tls(|endpoint| {
                accept(
                    endpoint,
                    TlsVersion::Tls10,
                    &["TLS_RSA_WITH_3DES_EDE_CBC_SHA", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"],
                );
                endpoint.fallback_scsv = Outcome::seen(false);
            })
            .chain(|chain| {
                distrust(chain, RejectionKind::Expired, "its validity ended on 1 January 2026");
            })
            .entry(EntryKind::Http, &[("http://shop.example/", reply(200, nginx))])
            .entry(EntryKind::Https, &[(bare, reply(200, nginx))])
            .entry(
                EntryKind::SiblingHttp,
                &[
                    ("http://www.shop.example/", redirect("http://shop.example/")),
                    ("http://shop.example/", reply(200, nginx)),
                ],
            )
            .page(bare, reply(200, nginx), |page| {
                page.references = vec![
                    reference(ReferenceKind::Script, "script src", "http://shop.example/offers.js"),
                    reference(ReferenceKind::Image, "img src", "http://shop.example/banner.png"),
                    reference(ReferenceKind::Link, "a href", "http://shop.example/cart"),
                    Reference {
                        third_party: true,
                        ..reference(ReferenceKind::Script, "script src", "https://cdn.example/menu.js")
                    },
                ];
            })
            .page("https://shop.example/login", reply(200, nginx), |page| {
                page.has_password = true;
                page.forms = vec![Form {
                    action: "http://shop.example/session".into(),
                    method: "POST".into(),
                    has_password: true,
                }];
            })
            .page("https://shop.example/cart", reply(200, nginx), |_| {})
            .plain("https://shop.example/", reply(200, nginx))
            .plain("https://shop.example/login", redirect("https://shop.example/login"))
            .plain("https://shop.example/cart", reply(200, nginx))
            .cookie("sid=9f86d081884c7d659a2feaa0c55ad015; Path=/", bare)
            .cookie("secure=1; Path=/; Max-Age=2592000", bare)
            .crawl(3)
    }

    /// Adds a fact.
    pub fn fact(mut self, fact: Fact) -> Self {
        self.facts.push(fact);
        self
    }

    /// Takes away every fact for which `unwanted` is true.
    pub fn without(mut self, unwanted: impl Fn(&Fact) -> bool) -> Self {
        self.facts.retain(|fact| !unwanted(fact));
        self
    }

    /// Changes every TLS endpoint.
    pub fn change_tls(mut self, change: impl Fn(&mut TlsEndpoint)) -> Self {
        for fact in &mut self.facts {
            if let Fact::TlsEndpoint(endpoint) = fact {
                change(endpoint);
            }
        }
        self
    }

    /// Changes every chain.
    pub fn change_chain(mut self, change: impl Fn(&mut CertificateChain)) -> Self {
        for fact in &mut self.facts {
            if let Fact::CertificateChain(chain) = fact {
                change(chain);
            }
        }
        self
    }

    /// Changes every page.
    pub fn change_pages(mut self, change: impl Fn(&mut Page)) -> Self {
        for fact in &mut self.facts {
            if let Fact::Page(page) = fact {
                change(page);
            }
        }
        self
    }

    /// Puts other ways in in place of the one of the same kind.
    pub fn entry_instead(self, kind: EntryKind, hops: &[(&str, Reply)]) -> Self {
        self.without(|fact| matches!(fact, Fact::Entry(entry) if entry.entry == kind)).entry(kind, hops)
    }

    /// Another value of Strict-Transport-Security on every answer over https; none takes the header away.
    pub fn hsts(mut self, value: Option<&str>) -> Self {
        let change = |exchange: &mut Exchange| {
            if let (true, Outcome::Seen { value: response }) =
                (exchange.url.starts_with("https:"), &mut exchange.response)
            {
                response.headers.retain(|header| header.name != "strict-transport-security");
                if let Some(value) = value {
                    response
                        .headers
                        .push(Header { name: "strict-transport-security".into(), value: value.into() });
                }
            }
        };
        for fact in &mut self.facts {
            match fact {
                Fact::Entry(entry) => entry.hops.iter_mut().for_each(|hop| change(&mut hop.exchange)),
                Fact::Page(page) => change(&mut page.exchange),
                _ => {}
            }
        }
        self
    }

    /// One address of the host.
    pub fn addresses(self) -> Self {
        self.fact(Fact::Addresses(Addresses {
            name: "shop.example".into(),
            service: "https".into(),
            addresses: Outcome::seen(vec![address(ADDRESS)]),
            given: false,
        }))
    }

    /// A sound TLS endpoint, changed.
    pub fn tls(self, change: impl FnOnce(&mut TlsEndpoint)) -> Self {
        let mut endpoint = endpoint();
        change(&mut endpoint);
        self.fact(Fact::TlsEndpoint(Box::new(endpoint)))
    }

    /// A sound chain, changed.
    pub fn chain(self, change: impl FnOnce(&mut CertificateChain)) -> Self {
        let mut chain = chain();
        change(&mut chain);
        self.fact(Fact::CertificateChain(Box::new(chain)))
    }

    /// A way in, by its hops. It ends where the last hop does.
    pub fn entry(self, kind: EntryKind, hops: &[(&str, Reply)]) -> Self {
        let end = match hops.last() {
            Some((url, Outcome::Seen { value })) if !value.is_redirect() => {
                EntryEnd::Landed { url: (*url).into() }
            }
            Some((_, Outcome::Seen { value })) => {
                EntryEnd::Loop { url: value.header("location").next().unwrap_or_default().into() }
            }
            _ => EntryEnd::Failed,
        };
        let start = hops.first().map(|(url, _)| (*url).to_owned()).unwrap_or_default();
        let hops = hops
            .iter()
            .map(|(url, response)| Hop { next: next_of(response), exchange: exchange(url, response.clone()) })
            .collect();
        self.fact(Fact::Entry(Entry { entry: kind, start, hops, end }))
    }

    /// What one of several addresses answers.
    pub fn address_answer(self, kind: EntryKind, url: &str, at: &str, response: Reply) -> Self {
        let next = next_of(&response);
        let exchange = Exchange { address: Some(address(at)), ..exchange(url, response) };
        self.fact(Fact::AddressAnswer(AddressAnswer { entry: kind, exchange, next }))
    }

    /// A page, changed.
    pub fn page(self, url: &str, response: Reply, change: impl FnOnce(&mut Page)) -> Self {
        let mut page = Page {
            exchange: exchange(url, response),
            depth: 1,
            found_on: None,
            title: None,
            meta_csp: vec![],
            meta_referrer: None,
            has_password: false,
            references: vec![],
            reference_counts: BTreeMap::new(),
            forms: vec![],
        };
        change(&mut page);
        self.fact(Fact::Page(Box::new(page)))
    }

    /// What plain http answers for an https page.
    pub fn plain(self, page: &str, response: Reply) -> Self {
        let url = page.replacen("https:", "http:", 1);
        self.fact(Fact::PlainAnswer(PlainAnswer {
            page: page.into(),
            next: next_of(&response),
            exchange: exchange(&url, response),
            same_body: None,
        }))
    }

    /// What the preload list says of the host: the name on it, and whether those below are included.
    pub fn preload(self, entry: Option<(&str, bool)>) -> Self {
        self.fact(Fact::Preload(Preload {
            name: "shop.example".into(),
            list: "a list".into(),
            date: "2026-11-02".into(),
            entry: entry
                .map(|(name, include_subdomains)| PreloadEntry { name: name.into(), include_subdomains }),
        }))
    }

    /// A cookie, by the field that set it, with its value.
    pub fn cookie(self, field: &str, set_by: &str) -> Self {
        let redacted = set_cookie::redact(field);
        self.fact(Fact::Cookie(Cookie {
            line: redacted.line,
            name: redacted.name,
            value_length: redacted.value_length,
            value_random: redacted.value_random,
            set_by: set_by.into(),
            count: 1,
        }))
    }

    /// A crawl that fetched everything.
    pub fn crawl(self, pages: u32) -> Self {
        self.fact(Fact::Crawl(CrawlSummary {
            start: "https://shop.example/".into(),
            fetched: pages,
            pages,
            failed: 0,
            left: 0,
            end: if pages > 0 { CrawlEnd::Complete } else { CrawlEnd::NoStart },
            other_hosts: BTreeMap::new(),
        }))
    }

    /// The facts as observations.
    pub fn observations(&self) -> Vec<Observation> {
        let numbered = self.facts.iter().enumerate();
        numbered
            .map(|(at, fact)| Observation {
                id: format!("o{}", at + 1),
                subject: "shop.example".into(),
                vantage: Vantage::Local,
                at: time(NOW),
                fact: fact.clone(),
            })
            .collect()
    }

    /// What one check says of the scene as a site.
    pub fn find(&self, id: &str) -> Vec<Finding> {
        let check = crate::checks().iter().find(|check| check.id == id).expect("a registered check");
        check.run(&View::new(&self.target(), &self.observations(), time(NOW)))
    }

    /// The severities of what one check says.
    pub fn severities(&self, id: &str) -> Vec<Severity> {
        self.find(id).iter().map(|finding| finding.severity).collect()
    }

    /// What the facts are about.
    pub fn target(&self) -> Target {
        match self.about {
            About::Site => site(),
            About::Here => Target::Here { capture: None },
            About::Ssh => server(),
            About::Repository => git_repository(),
            About::Mail => mail_domain(),
            About::TlsReports => {
                Target::TlsReports { input: "reports".into(), paths: vec!["reports".into()] }
            }
            About::Starttls(protocol) => starttls_service(protocol),
            About::Server => Target::Server,
        }
    }

    /// The judgement of the scene.
    pub fn judge(&self) -> Judgement {
        crate::judge(&self.target(), &self.observations(), time(NOW))
    }

    /// The verdict on one method for the scene as a site.
    pub fn verdict(&self, id: AttackId) -> Verdict {
        let judged = self.judge();
        judged.attacks.iter().find(|attack| attack.id == id).expect("a verdict").verdict
    }
}

/// A socket address.
pub fn address(text: &str) -> SocketAddr {
    text.parse().expect("an address and a port")
}

/// A reference of a page.
pub fn reference(role: ReferenceKind, by: &str, url: &str) -> Reference {
    Reference { role, url: url.into(), by: by.into(), within: None, integrity: None, third_party: false }
}

/// A suite by its registered name, with the properties that the name says.
pub fn suite(name: &str) -> Suite {
    let tls13 = !name.contains("_WITH_");
    let (start, end) = name.split_once("_WITH_").unwrap_or(("TLS_TLS13_TLS13", name));
    let words: Vec<&str> =
        start.trim_start_matches("TLS_").split('_').filter(|word| *word != "EXPORT").collect();
    let key_exchange = words.first().copied().unwrap_or_default();
    let (cipher, bits) = [
        ("NULL", "NULL", 0),
        ("3DES", "3DES-CBC", 112),
        ("RC4_40", "RC4-40", 40),
        ("RC4", "RC4", 128),
        ("DES_CBC", "DES-CBC", 56),
        ("IDEA", "IDEA-CBC", 128),
        ("AES_128_GCM", "AES-128-GCM", 128),
        ("AES_256_GCM", "AES-256-GCM", 256),
        ("CHACHA20", "CHACHA20-POLY1305", 256),
        ("AES_128_CBC", "AES-128-CBC", 128),
        ("AES_256_CBC", "AES-256-CBC", 256),
    ]
    .into_iter()
    .find(|(part, ..)| end.contains(part))
    .map(|(_, cipher, bits)| (cipher, bits))
    .expect("a cipher of these");
    let authentication = words.get(1).copied().unwrap_or(key_exchange);
    Suite {
        id: SuiteId(0),
        name: name.into(),
        key_exchange: key_exchange.into(),
        authentication: authentication.into(),
        cipher: cipher.into(),
        bits,
        forward_secret: tls13 || matches!(key_exchange, "ECDHE" | "DHE"),
        aead: cipher.contains("GCM") || cipher.contains("POLY1305"),
        anonymous: authentication == "anon",
        export: name.contains("EXPORT"),
        group: None,
        dh: None,
    }
}

/// Makes an endpoint accept a version with these suites.
pub fn accept(endpoint: &mut TlsEndpoint, version: TlsVersion, suites: &[&str]) {
    let facts = VersionFacts {
        suites: suites.iter().map(|name| suite(name)).collect(),
        groups: vec!["secp256r1".into(), "x25519".into()],
        ..VersionFacts::default()
    };
    set_version(endpoint, version, Outcome::seen(facts));
}

/// Sets what was measured for a version.
pub fn set_version(endpoint: &mut TlsEndpoint, version: TlsVersion, support: Outcome<VersionFacts>) {
    for result in &mut endpoint.versions {
        if result.version == version {
            result.support = support.clone();
        }
    }
}

/// Makes an endpoint answer nothing.
pub fn silence(endpoint: &mut TlsEndpoint) {
    for version in TlsVersion::ALL {
        set_version(endpoint, version, timeout());
    }
    for fact in [
        &mut endpoint.fallback_scsv,
        &mut endpoint.secure_renegotiation,
        &mut endpoint.compression,
        &mut endpoint.extended_master_secret,
        &mut endpoint.encrypt_then_mac,
        &mut endpoint.session_ticket,
        &mut endpoint.heartbeat,
        &mut endpoint.ocsp_staple,
    ] {
        *fact = timeout();
    }
    endpoint.alpn = timeout();
}

/// An endpoint with Mozilla's intermediate settings, without a post-quantum group.
pub fn endpoint() -> TlsEndpoint {
    let refused = |version| VersionResult { version, support: Outcome::refused("alert protocol_version") };
    let mut endpoint = TlsEndpoint {
        host: Host::Name("shop.example".into()),
        port: 443,
        address: address(ADDRESS),
        sni: Some("shop.example".into()),
        versions: TlsVersion::ALL.into_iter().map(refused).collect(),
        fallback_scsv: Outcome::seen(true),
        secure_renegotiation: Outcome::seen(true),
        compression: Outcome::seen(false),
        extended_master_secret: Outcome::seen(true),
        encrypt_then_mac: Outcome::unmeasured(ReasonKind::NotAsked, "no CBC suite is accepted"),
        session_ticket: Outcome::seen(true),
        heartbeat: Outcome::seen(false),
        ocsp_staple: Outcome::seen(false),
        alpn: Outcome::seen("h2".into()),
        quirks: vec![],
        connections: 14,
    };
    accept(
        &mut endpoint,
        TlsVersion::Tls12,
        &[
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
        ],
    );
    accept(&mut endpoint, TlsVersion::Tls13, &["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384"]);
    endpoint
}

/// A certificate for `shop.example` and `www.shop.example`, 90 days, with 60 to go.
pub fn certificate() -> ParsedCertificate {
    ParsedCertificate {
        subject: "CN=shop.example".into(),
        issuer: "CN=Example Issuing CA".into(),
        serial: "0a1b2c3d4e5f60718293a4b5c6d7e8f9".into(),
        not_before: time("2026-10-25T00:00:00Z"),
        not_after: time("2027-01-23T00:00:00Z"),
        names: vec!["shop.example".into(), "www.shop.example".into()],
        common_name: Some("shop.example".into()),
        key_algorithm: "EC".into(),
        key_curve: Some("P-256".into()),
        key_bits: 256,
        spki_sha256: "aa".into(),
        signature_algorithm: "ecdsa-with-SHA256".into(),
        is_ca: false,
        self_signed: false,
        must_staple: false,
        scts: 2,
        rsa_exponent: None,
        key_faults: vec![],
        odd_names: vec![],
        extensions: None,
    }
}

/// A chain of that certificate and its issuer's, trusted.
pub fn chain() -> CertificateChain {
    let sent = |parsed: ParsedCertificate, sha256: &str| Certificate {
        der: "MIIB".into(),
        sha256: sha256.into(),
        parsed: Some(parsed),
    };
    let issuer = ParsedCertificate {
        subject: "CN=Example Issuing CA".into(),
        issuer: "CN=Example Root".into(),
        not_before: time("2024-01-01T00:00:00Z"),
        not_after: time("2030-01-01T00:00:00Z"),
        names: vec![],
        is_ca: true,
        spki_sha256: "bb".into(),
        ..certificate()
    };
    CertificateChain {
        host: Host::Name("shop.example".into()),
        port: 443,
        address: address(ADDRESS),
        sni: Some("shop.example".into()),
        met_with: vec!["TLS 1.3".into()],
        certificates: vec![sent(certificate(), "01"), sent(issuer, "02")],
        name_match: NameMatch::Matches,
        shape: ChainShape { in_order: true, ..ChainShape::default() },
        known: None,
        trust: vec![TrustDecision { store: "mozilla".into(), trusted: true, rejections: vec![] }],
        transparency: None,
        revocation: None,
        completed: None,
    }
}

/// Makes every store refuse a chain for one reason.
pub fn distrust(chain: &mut CertificateChain, kind: RejectionKind, detail: &str) {
    for decision in &mut chain.trust {
        decision.trusted = false;
        decision.rejections.push(Rejection {
            kind,
            at: 0,
            detail: detail.into(),
            source: "RFC 5280 6.1.3".into(),
        });
    }
}

/// Changes the server's own certificate.
pub fn change_leaf(chain: &mut CertificateChain, change: impl FnOnce(&mut ParsedCertificate)) {
    if let Some(parsed) = chain.certificates.first_mut().and_then(|leaf| leaf.parsed.as_mut()) {
        change(parsed);
    }
}
