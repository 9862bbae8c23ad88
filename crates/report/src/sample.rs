//! A report for tests, examples and screenshots: a weak shop with hostile answers, a sound site, a target that could
//! not be measured, and a laptop on a café's Wi-Fi. Everything in it is made up; the addresses are those of RFC 5737 and RFC 3849.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use midwatch_model::*;

mod here;
mod ssh;
mod story;
mod tls_reports;

pub use story::story;

/// The whole sample.
pub fn report() -> Report {
    let targets = vec![weak_shop(), sound_site(), not_measured(), here::laptop()];
    Report::new("0.1.0", time("2026-11-24T14:00:00Z"), targets)
}

/// A report of the laptop alone, on which much is found.
pub fn here() -> Report {
    Report::new("0.1.0", time("2026-11-24T14:00:00Z"), vec![here::laptop()])
}

/// A report of a computer on which nothing is found, and little could be read.
pub fn quiet_here() -> Report {
    Report::new("0.1.0", time("2026-11-24T14:00:00Z"), vec![here::quiet()])
}

/// A report of an old SSH server alone.
pub fn ssh() -> Report {
    Report::new("0.1.0", time("2026-11-24T14:00:00Z"), vec![ssh::old_server()])
}

/// What other mail servers report.
pub fn tls_reports() -> Report {
    Report::new("0.1.0", time("2026-11-24T14:00:00Z"), vec![tls_reports::reports()])
}

/// A report of the weak shop alone.
pub fn weak() -> Report {
    Report::new("0.1.0", time("2026-11-24T14:00:00Z"), vec![weak_shop()])
}

/// A report of the sound site alone.
pub fn sound() -> Report {
    Report::new("0.1.0", time("2026-11-24T14:00:00Z"), vec![sound_site()])
}

/// A cookie name as a hostile server might choose it.
pub const HOSTILE: &str = "</script><img src=x onerror=\"alert('1')\">&\u{1b}[31m\u{202e}\\xff";

/// A URL that fits on no line.
pub const LONG_URL: &str = "http://shop.example/catalogue/winter/coats/woollen/long-coats-with-hoods-and-deep-pockets?colour=anthracite&size=extra-large&sort=price-ascending&page=12&session=0f8fad5bd9cb469fa165708d5b3b9e3f&utm_source=newsletter";

fn time(text: &str) -> Time {
    text.parse().expect("a time in RFC 3339")
}

fn address(text: &str) -> SocketAddr {
    text.parse().expect("an address and a port")
}

fn strings(items: &[&str]) -> Vec<String> {
    items.iter().map(|item| (*item).to_owned()).collect()
}

/// Numbers observations as probes do.
#[derive(Default)]
struct Seen(Vec<Observation>);

impl Seen {
    fn add(&mut self, subject: &str, fact: Fact) -> String {
        let id = format!("o{}", self.0.len() + 1);
        self.0.push(Observation {
            id: id.clone(),
            subject: subject.into(),
            vantage: Vantage::Local,
            at: time("2026-11-24T14:00:02.25Z"),
            fact,
        });
        id
    }
}

fn header(name: &str, value: &str) -> Header {
    Header { name: name.into(), value: value.into() }
}

fn response(status: u16, headers: &[(&str, &str)], body_bytes: u64) -> Response {
    Response {
        status,
        version: "HTTP/1.1".into(),
        headers: headers.iter().map(|(name, value)| header(name, value)).collect(),
        body_bytes,
        body_incomplete: None,
        body_sha256: (body_bytes > 0)
            .then(|| "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".into()),
    }
}

fn exchange(url: &str, at: &str, response: Outcome<Response>) -> Exchange {
    Exchange { url: url.into(), address: Some(address(at)), response }
}

fn suite(id: u32, name: &str, kx: &str, auth: &str, cipher: &str, bits: u16) -> Suite {
    Suite {
        id: SuiteId(id),
        name: name.into(),
        key_exchange: kx.into(),
        authentication: auth.into(),
        cipher: cipher.into(),
        bits,
        forward_secret: matches!(kx, "ECDHE" | "DHE" | "TLS13"),
        aead: cipher.contains("GCM") || cipher.contains("POLY1305"),
        anonymous: auth == "anon",
        export: name.contains("EXPORT"),
        group: None,
        dh: None,
    }
}

fn tls13_suites() -> Vec<Suite> {
    vec![
        suite(0x1302, "TLS_AES_256_GCM_SHA384", "TLS13", "TLS13", "AES-256-GCM", 256),
        suite(0x1303, "TLS_CHACHA20_POLY1305_SHA256", "TLS13", "TLS13", "CHACHA20-POLY1305", 256),
        suite(0x1301, "TLS_AES_128_GCM_SHA256", "TLS13", "TLS13", "AES-128-GCM", 128),
    ]
}

fn gcm_suites() -> Vec<Suite> {
    vec![
        suite(0xc02f, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "ECDHE", "RSA", "AES-128-GCM", 128),
        suite(0xc030, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "ECDHE", "RSA", "AES-256-GCM", 256),
    ]
}

fn weak_endpoint(at: &str) -> TlsEndpoint {
    let mut dhe = suite(0x0033, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA", "DHE", "RSA", "AES-128-CBC", 128);
    dhe.dh = Some(DhParameters {
        bits: 1024,
        prime_sha256: "b5c1f7d5a0c1c4e4dfc2a8a1c7d9f1f9b2f3d8a7e6c5b4a39281706f5e4d3c2b".into(),
        known_as: Some("MODP 1024 (Oakley group 2)".into()),
    });
    let old = vec![
        suite(0xc013, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", "ECDHE", "RSA", "AES-128-CBC", 128),
        dhe,
        suite(0x000a, "TLS_RSA_WITH_3DES_EDE_CBC_SHA", "RSA", "RSA", "3DES-CBC", 112),
        suite(0x0018, "TLS_DH_anon_WITH_RC4_128_MD5", "DH", "anon", "RC4", 128),
    ];
    let mut new = gcm_suites();
    new.extend(old.iter().cloned());
    TlsEndpoint {
        host: Host::Name("shop.example".into()),
        port: 443,
        address: address(at),
        sni: Some("shop.example".into()),
        versions: vec![
            VersionResult {
                version: TlsVersion::Ssl2,
                support: Outcome::refused("connection closed after the hello"),
            },
            VersionResult { version: TlsVersion::Ssl3, support: Outcome::refused("alert handshake_failure") },
            VersionResult {
                version: TlsVersion::Tls10,
                support: Outcome::seen(VersionFacts {
                    suites: old,
                    suites_incomplete: None,
                    preference: Preference::Client,
                    groups: strings(&["secp256r1"]),
                    groups_incomplete: None,
                    signature_schemes: vec![],
                }),
            },
            VersionResult {
                version: TlsVersion::Tls11,
                support: Outcome::unmeasured(
                    ReasonKind::Timeout,
                    "no answer to the hello in 10 s, tried twice",
                ),
            },
            VersionResult {
                version: TlsVersion::Tls12,
                support: Outcome::seen(VersionFacts {
                    suites: new,
                    suites_incomplete: Some("the server stopped answering after 6 suites".into()),
                    preference: Preference::Server,
                    groups: strings(&["secp256r1", "x25519"]),
                    groups_incomplete: None,
                    signature_schemes: strings(&["rsa_pkcs1_sha256", "rsa_pss_rsae_sha256"]),
                }),
            },
            VersionResult { version: TlsVersion::Tls13, support: Outcome::refused("alert protocol_version") },
        ],
        fallback_scsv: Outcome::seen(false),
        secure_renegotiation: Outcome::seen(true),
        compression: Outcome::seen(false),
        extended_master_secret: Outcome::seen(false),
        encrypt_then_mac: Outcome::unmeasured(
            ReasonKind::Closed,
            "the server closed the connection in mid-record",
        ),
        session_ticket: Outcome::seen(true),
        heartbeat: Outcome::seen(false),
        ocsp_staple: Outcome::unmeasured(ReasonKind::NotAsked, "the certificate names no OCSP responder"),
        alpn: Outcome::seen("http/1.1".into()),
        quirks: vec![Quirk {
            kind: QuirkKind::SuiteNotOffered,
            detail: "chose TLS_DH_anon_WITH_RC4_128_MD5 (0x0018) for a hello that offered ECDSA suites alone"
                .into(),
        }],
        connections: 27,
    }
}

fn sound_endpoint(at: &str) -> TlsEndpoint {
    let refused = |version| VersionResult { version, support: Outcome::refused("alert protocol_version") };
    TlsEndpoint {
        host: Host::Name("sound.example".into()),
        port: 443,
        address: address(at),
        sni: Some("sound.example".into()),
        versions: vec![
            VersionResult {
                version: TlsVersion::Ssl2,
                support: Outcome::refused("connection closed after the hello"),
            },
            refused(TlsVersion::Ssl3),
            refused(TlsVersion::Tls10),
            refused(TlsVersion::Tls11),
            VersionResult {
                version: TlsVersion::Tls12,
                support: Outcome::seen(VersionFacts {
                    suites: gcm_suites(),
                    preference: Preference::Client,
                    groups: strings(&["secp256r1", "secp384r1", "x25519"]),
                    signature_schemes: strings(&["ecdsa_secp256r1_sha256"]),
                    ..VersionFacts::default()
                }),
            },
            VersionResult {
                version: TlsVersion::Tls13,
                support: Outcome::seen(VersionFacts {
                    suites: tls13_suites(),
                    preference: Preference::Client,
                    groups: strings(&["secp256r1", "secp384r1", "x25519", "X25519MLKEM768"]),
                    signature_schemes: strings(&["ecdsa_secp256r1_sha256"]),
                    ..VersionFacts::default()
                }),
            },
        ],
        fallback_scsv: Outcome::seen(true),
        secure_renegotiation: Outcome::seen(true),
        compression: Outcome::seen(false),
        extended_master_secret: Outcome::seen(true),
        encrypt_then_mac: Outcome::unmeasured(ReasonKind::NotAsked, "no CBC suite is accepted"),
        session_ticket: Outcome::seen(true),
        heartbeat: Outcome::seen(false),
        ocsp_staple: Outcome::seen(true),
        alpn: Outcome::seen("h2".into()),
        quirks: vec![],
        connections: 14,
    }
}

fn certificate(parsed: ParsedCertificate, digest: &str) -> Certificate {
    Certificate { der: "MIIB".into(), sha256: digest.into(), parsed: Some(parsed) }
}

fn weak_chain(at: &str) -> CertificateChain {
    CertificateChain {
        host: Host::Name("shop.example".into()),
        port: 443,
        address: address(at),
        sni: Some("shop.example".into()),
        met_with: strings(&["TLS 1.0", "TLS 1.2"]),
        certificates: vec![
            certificate(
                ParsedCertificate {
                    subject: "CN=old.shop.example, O=Shop & \"Sons\" <Ltd>".into(),
                    issuer: "CN=old.shop.example, O=Shop & \"Sons\" <Ltd>".into(),
                    serial: "0a1b2c".into(),
                    not_before: time("2023-01-01T00:00:00Z"),
                    not_after: time("2026-01-01T00:00:00Z"),
                    names: strings(&["old.shop.example", "*.internal.shop.example"]),
                    common_name: Some("old.shop.example".into()),
                    key_algorithm: "RSA".into(),
                    key_curve: None,
                    key_bits: 1024,
                    spki_sha256: "77af778b51abd4a3c51c5ddd97204a9c3ae614ebccb75a606c3b6865aed6744e".into(),
                    signature_algorithm: "sha1WithRSAEncryption".into(),
                    is_ca: false,
                    self_signed: true,
                    must_staple: false,
                    scts: 0,
                    rsa_exponent: None,
                    key_faults: vec![],
                    odd_names: vec![],
                    extensions: None,
                },
                "3f79bb7b435b05321651daefd374cdc681dc06faa65e374e38337b88ca046dea",
            ),
            Certificate {
                der: "AAAA".into(),
                sha256: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d".into(),
                parsed: None,
            },
        ],
        name_match: NameMatch::Mismatch { names: strings(&["old.shop.example", "*.internal.shop.example"]) },
        shape: ChainShape {
            in_order: false,
            extra: vec![1],
            root_sent: None,
            missing_issuer: None,
            missing_issuer_url: None,
            anchor_sent: None,
            gave_up: false,
        },
        transparency: None,
        revocation: None,
        completed: None,
        known: None,
        trust: vec![TrustDecision {
            store: "mozilla".into(),
            trusted: false,
            rejections: vec![
                Rejection {
                    kind: RejectionKind::SelfSigned,
                    at: 0,
                    detail: "the certificate vouches for itself; no browser trusts it".into(),
                    source: "RFC 5280 6.1".into(),
                },
                Rejection {
                    kind: RejectionKind::Expired,
                    at: 0,
                    detail: "it ended on 1 January 2026, 327 days ago".into(),
                    source: "RFC 5280 4.1.2.5".into(),
                },
                Rejection {
                    kind: RejectionKind::NameMismatch,
                    at: 0,
                    detail: "it names old.shop.example and *.internal.shop.example, not shop.example".into(),
                    source: "RFC 9525 6".into(),
                },
            ],
        }],
    }
}

fn sound_chain(at: &str) -> CertificateChain {
    let leaf = ParsedCertificate {
        subject: "CN=sound.example".into(),
        issuer: "CN=Example Issuing CA E5, O=Example Trust, C=CH".into(),
        serial: "04c3e1f09a77".into(),
        not_before: time("2026-10-20T08:00:00Z"),
        not_after: time("2027-01-18T08:00:00Z"),
        names: strings(&["sound.example", "www.sound.example"]),
        common_name: Some("sound.example".into()),
        key_algorithm: "EC".into(),
        key_curve: Some("P-256".into()),
        key_bits: 256,
        spki_sha256: "5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9".into(),
        signature_algorithm: "ecdsa-with-SHA384".into(),
        is_ca: false,
        self_signed: false,
        must_staple: false,
        scts: 2,
        rsa_exponent: None,
        key_faults: vec![],
        odd_names: vec![],
        extensions: None,
    };
    let issuer = ParsedCertificate {
        subject: "CN=Example Issuing CA E5, O=Example Trust, C=CH".into(),
        issuer: "CN=Example Root X2, O=Example Trust, C=CH".into(),
        serial: "4b".into(),
        not_before: time("2024-03-13T00:00:00Z"),
        not_after: time("2029-03-12T23:59:59Z"),
        names: vec![],
        common_name: Some("Example Issuing CA E5".into()),
        key_curve: Some("P-384".into()),
        key_bits: 384,
        is_ca: true,
        scts: 0,
        rsa_exponent: None,
        key_faults: vec![],
        odd_names: vec![],
        extensions: None,
        spki_sha256: "d4735e3a265e16eee03f59718b9b5d03019c07d8b6c51f90da3a666eec13ab35".into(),
        ..leaf.clone()
    };
    CertificateChain {
        host: Host::Name("sound.example".into()),
        port: 443,
        address: address(at),
        sni: Some("sound.example".into()),
        met_with: strings(&["TLS 1.2", "TLS 1.3"]),
        certificates: vec![
            certificate(leaf, "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b"),
            certificate(issuer, "4e07408562bedb8b60ce05c1decfe3ad16b72230967de01f640b7e4729b49fce"),
        ],
        name_match: NameMatch::Matches,
        shape: ChainShape { in_order: true, ..ChainShape::default() },
        known: None,
        trust: vec![TrustDecision { store: "mozilla".into(), trusted: true, rejections: vec![] }],
        transparency: Some(Transparency {
            list: "2026-11-02".into(),
            timestamps: vec![
                timestamp(TimestampSource::Certificate, "Alpha", TimestampSignature::Valid),
                timestamp(TimestampSource::Certificate, "Beta", TimestampSignature::Valid),
                timestamp(TimestampSource::Tls, "Gamma & <Co>", TimestampSignature::Invalid),
            ],
            not_looked: vec![NotLooked {
                place: TimestampSource::Ocsp,
                why: Reason::new(
                    ReasonKind::Protocol,
                    "the stapled OCSP answer proves nothing: it is not an OCSP response (RFC 6960 4.2.1)",
                ),
            }],
        }),
        revocation: None,
        completed: None,
    }
}

fn timestamp(from: TimestampSource, operator: &str, signature: TimestampSignature) -> Timestamp {
    Timestamp {
        from,
        log: "d7".repeat(32),
        name: Some(format!("{operator} 2027h1")),
        operator: Some(operator.into()),
        state: Some(LogState::Usable),
        time: Some(time("2026-10-20T09:00:00Z")),
        signature,
    }
}

fn page(url: &str, at: &str, title: &str) -> Page {
    Page {
        exchange: exchange(
            url,
            at,
            Outcome::seen(response(
                200,
                &[("server", "nginx/1.22.1"), ("content-type", "text/html; charset=utf-8")],
                5_120,
            )),
        ),
        depth: 1,
        found_on: Some("https://shop.example/".into()),
        title: Some(title.into()),
        meta_csp: vec![],
        meta_referrer: None,
        has_password: false,
        references: vec![],
        reference_counts: BTreeMap::from([("link".into(), 14), ("script".into(), 2)]),
        forms: vec![],
    }
}

fn verdict(
    id: AttackId,
    verdict: Verdict,
    because: &[(&str, &[&str], &[&str])],
    remains: &[&str],
) -> AttackVerdict {
    AttackVerdict {
        id,
        verdict,
        because: because
            .iter()
            .map(|(text, findings, observations)| Because {
                text: (*text).into(),
                findings: strings(findings),
                observations: strings(observations),
            })
            .collect(),
        remains: strings(remains),
    }
}

fn hop(station: Station, verdict: Verdict, attacks: &[AttackId], because: &str) -> PathHop {
    PathHop { station, mark: PathMark { verdict, attacks: attacks.to_vec(), because: because.into() } }
}

fn evidence(observation: &str, detail: &str) -> Evidence {
    Evidence { observation: observation.into(), detail: detail.into() }
}

fn server_fix(server: ServerSoftware, place: &str, lines: &str) -> ServerFix {
    ServerFix { server, place: place.into(), lines: lines.into(), seen: server == ServerSoftware::Nginx }
}

const ON_PATH: [Station; 4] = [Station::Wifi, Station::Router, Station::Dns, Station::Network];

fn finding(id: &str, severity: Severity, title: &str, place: &str) -> Finding {
    Finding {
        id: id.into(),
        severity,
        confidence: Confidence::Certain,
        title: title.into(),
        place: place.into(),
        gain: String::new(),
        from: ON_PATH.to_vec(),
        evidence: vec![],
        attacks: vec![],
        benign: vec![],
        fix: Fix::default(),
        source: String::new(),
    }
}

fn weak_shop() -> TargetReport {
    use AttackId::*;
    let v4 = "192.0.2.7:443";
    let v6 = "[2001:db8::7]:443";
    let plain = "192.0.2.7:80";
    let mut seen = Seen::default();
    seen.add(
        "shop.example",
        Fact::Addresses(Addresses {
            name: "shop.example".into(),
            service: "https".into(),
            addresses: Outcome::seen(vec![address(v4), address(v6)]),
            given: false,
        }),
    );
    let tls = seen.add("shop.example:443", Fact::TlsEndpoint(Box::new(weak_endpoint(v4))));
    seen.add("shop.example:443", Fact::TlsEndpoint(Box::new(weak_endpoint(v6))));
    let chain = seen.add("shop.example:443", Fact::CertificateChain(Box::new(weak_chain(v4))));
    let entry = seen.add(
        "http://shop.example/",
        Fact::Entry(Entry {
            entry: EntryKind::Http,
            start: "http://shop.example/".into(),
            hops: vec![
                Hop {
                    exchange: exchange(
                        "http://shop.example/",
                        plain,
                        Outcome::seen(response(302, &[("location", "http://www.shop.example/")], 0)),
                    ),
                    next: Some("http://www.shop.example/".into()),
                },
                Hop {
                    exchange: exchange(
                        "http://www.shop.example/",
                        plain,
                        Outcome::seen(response(200, &[], 5_120)),
                    ),
                    next: None,
                },
            ],
            end: EntryEnd::Landed { url: "http://www.shop.example/".into() },
        }),
    );
    seen.add(
        "https://www.shop.example/",
        Fact::Entry(Entry {
            entry: EntryKind::SiblingHttps,
            start: "https://www.shop.example/".into(),
            hops: vec![Hop {
                exchange: Exchange {
                    url: "https://www.shop.example/".into(),
                    address: None,
                    response: Outcome::unmeasured(
                        ReasonKind::ConnectionRefused,
                        "nothing listens at 192.0.2.8:443 (connection refused)",
                    ),
                },
                next: None,
            }],
            end: EntryEnd::Failed,
        }),
    );
    let mut start = page("https://shop.example/", v4, "Shop & \"Sons\" – coats for all weathers");
    start.depth = 0;
    start.found_on = None;
    start.references = vec![
        Reference {
            role: ReferenceKind::Script,
            url: "http://cdn.example.net/lib.js?v=\"><script>alert(1)</script>".into(),
            by: "script src".into(),
            within: None,
            integrity: None,
            third_party: true,
        },
        Reference {
            role: ReferenceKind::Image,
            url: "http://shop.example/logo.png".into(),
            by: "img src".into(),
            within: None,
            integrity: None,
            third_party: false,
        },
    ];
    let start = seen.add("https://shop.example/", Fact::Page(Box::new(start)));
    let mut login = page("https://shop.example/login", v4, "Sign in");
    login.has_password = true;
    login.forms = vec![Form {
        action: "http://shop.example/session".into(),
        method: "POST".into(),
        has_password: true,
    }];
    let login = seen.add("https://shop.example/login", Fact::Page(Box::new(login)));
    let mut first_plain = String::new();
    for path in ["cart", "account", "orders", "help", "search", "terms", "returns"] {
        let url = format!("https://shop.example/{path}");
        seen.add(&url, Fact::Page(Box::new(page(&url, v4, path))));
        let http = format!("http://shop.example/{path}");
        let id = seen.add(
            &http,
            Fact::PlainAnswer(PlainAnswer {
                page: url,
                exchange: exchange(&http, plain, Outcome::seen(response(200, &[], 5_120))),
                next: None,
                same_body: Some(path != "search"),
            }),
        );
        if first_plain.is_empty() {
            first_plain = id;
        }
    }
    let mut broken = page("https://shop.example/feed", v4, "");
    broken.title = None;
    if let Outcome::Seen { value } = &mut broken.exchange.response {
        value.body_incomplete = Some("the body went past 8 MiB after decompression".into());
    }
    seen.add("https://shop.example/feed", Fact::Page(Box::new(broken)));
    let mut slow = page("https://shop.example/slow", v4, "");
    slow.title = None;
    slow.exchange.response = Outcome::unmeasured(ReasonKind::Timeout, "no whole answer in 10 s");
    seen.add("https://shop.example/slow", Fact::Page(Box::new(slow)));
    let cookie = seen.add(
        "https://shop.example/login",
        Fact::Cookie(Cookie {
            line: "sid=<26 characters>; Path=/; HttpOnly".into(),
            name: "sid".into(),
            value_length: 26,
            value_random: true,
            set_by: "https://shop.example/login".into(),
            count: 9,
        }),
    );
    let hostile_cookie = seen.add(
        "https://shop.example/",
        Fact::Cookie(Cookie {
            line: format!("{HOSTILE}=<3 characters>; SameSite=None"),
            name: HOSTILE.into(),
            value_length: 3,
            value_random: false,
            set_by: "https://shop.example/".into(),
            count: 1,
        }),
    );
    seen.add(
        "https://shop.example/",
        Fact::Crawl(CrawlSummary {
            start: "https://shop.example/".into(),
            fetched: 11,
            pages: 9,
            failed: 1,
            left: 42,
            end: CrawlEnd::PageLimit,
            other_hosts: BTreeMap::from([("cdn.example.net".into(), 1), ("fonts.example.org".into(), 9)]),
        }),
    );

    let mut findings = vec![
        Finding {
            gain: "Anybody on the path reads the password as it is typed in, and signs in with it later.".into(),
            evidence: vec![evidence(&login, "form action http://shop.example/session, with a password field")],
            attacks: vec![Eavesdropping, SessionHijacking],
            fix: Fix { summary: "Send the form to https: change its action to https://shop.example/session.".into(), servers: vec![] },
            source: "W3C Mixed Content, section 5.3".into(),
            ..finding("form-to-http", Severity::Critical, "A form with a password is sent over plain http", "https://shop.example/login")
        },
        Finding {
            gain: "Anybody can show this certificate's like: browsers warn, and visitors who are used to the warning click it away.".into(),
            evidence: vec![evidence(&chain, "self-signed; ended on 1 January 2026; names old.shop.example")],
            attacks: vec![Impersonation, StrippingAndDowngrade],
            fix: Fix {
                summary: "Get a certificate for shop.example from a public authority, and renew it by ACME.".into(),
                servers: vec![
                    server_fix(ServerSoftware::Nginx, "in the server block that listens on 443", "ssl_certificate     /etc/letsencrypt/live/shop.example/fullchain.pem;\nssl_certificate_key /etc/letsencrypt/live/shop.example/privkey.pem;\n"),
                    server_fix(ServerSoftware::Apache, "in the VirtualHost for port 443", "SSLCertificateFile    /etc/letsencrypt/live/shop.example/fullchain.pem\nSSLCertificateKeyFile /etc/letsencrypt/live/shop.example/privkey.pem\n"),
                    server_fix(ServerSoftware::Caddy, "in the Caddyfile; it fetches the certificate by itself", "shop.example {\n\troot * /srv/shop\n\tfile_server\n}\n"),
                ],
            },
            source: "RFC 5280 6.1; RFC 9525 6".into(),
            ..finding("certificate-untrusted", Severity::Critical, "No browser trusts the certificate", "shop.example:443")
        },
    ];
    for path in ["cart", "account", "orders", "help", "search", "terms", "returns"] {
        findings.push(Finding {
            gain: "Whoever shares the Wi-Fi, or runs the network, reads and changes these pages.".into(),
            evidence: vec![evidence(&first_plain, "status 200, the same body as over https")],
            attacks: vec![Eavesdropping, HttpInjection, StrippingAndDowngrade],
            fix: Fix {
                summary: "Answer nothing over plain http but a redirect to https, on every path.".into(),
                servers: vec![
                    server_fix(ServerSoftware::Nginx, "in place of the server block that listens on 80", "server {\n    listen 80;\n    listen [::]:80;\n    server_name shop.example;\n    return 301 https://$host$request_uri;\n}\n"),
                    server_fix(ServerSoftware::Apache, "in the VirtualHost for port 80", "RewriteEngine On\nRewriteRule ^ https://%{HTTP_HOST}%{REQUEST_URI} [R=301,L]\n"),
                    server_fix(ServerSoftware::Caddy, "in the Caddyfile, in place of the http:// site", "shop.example {\n\tfile_server\n}\n"),
                ],
            },
            source: "RFC 9110 4.2.2; hstspreload.org, requirement 2".into(),
            ..finding("plain-http-page", Severity::High, "The page answers over plain http", &format!("http://shop.example/{path}"))
        });
    }
    findings.push(Finding {
        gain: "Whoever reads one plain-http request has the cookie, and with it the visitor's session."
            .into(),
        evidence: vec![
            evidence(&cookie, "sid=<26 characters>; Path=/; HttpOnly"),
            evidence(&first_plain, "http://shop.example/cart answers 200: a browser sends the cookie there"),
        ],
        attacks: vec![SessionHijacking],
        benign: strings(&[
            "The value looks random and the name is usual for sessions; that it is one was not tried.",
        ]),
        confidence: Confidence::Firm,
        fix: Fix {
            summary: "Set the cookie as `__Host-sid` with Secure, HttpOnly, SameSite=Lax and Path=/.".into(),
            servers: vec![
                server_fix(
                    ServerSoftware::Nginx,
                    "in the location that proxies to the application",
                    "proxy_cookie_flags sid secure httponly samesite=lax;",
                ),
                server_fix(
                    ServerSoftware::Apache,
                    "in the VirtualHost for port 443",
                    "Header always edit Set-Cookie ^(sid=.*)$ \"$1; Secure; SameSite=Lax\"",
                ),
            ],
        },
        source: "RFC 6265bis 4.1.2.5".into(),
        ..finding(
            "cookie-without-secure",
            Severity::High,
            "Session cookie without Secure",
            "cookie sid of shop.example",
        )
    });
    findings.push(Finding {
        gain: "The same for a cookie that does not look like a session.".into(),
        evidence: vec![evidence(&hostile_cookie, &format!("{HOSTILE}=<3 characters>; SameSite=None"))],
        attacks: vec![SessionHijacking],
        fix: Fix { summary: format!("Add Secure to the cookie {HOSTILE}."), servers: vec![] },
        source: "RFC 6265bis 4.1.2.5".into(),
        ..finding(
            "cookie-without-secure",
            Severity::Medium,
            "Cookie without Secure",
            &format!("cookie {HOSTILE} of shop.example"),
        )
    });
    findings.push(Finding {
        gain: "Somebody on the path puts any script into the page, and with it reads and does whatever the visitor can.".into(),
        evidence: vec![evidence(&start, "script src http://cdn.example.net/lib.js?v=\"><script>alert(1)</script>")],
        attacks: vec![HttpInjection, SessionHijacking],
        fix: Fix {
            summary: "Load it over https, and add an integrity attribute.".into(),
            servers: vec![
                server_fix(ServerSoftware::Nginx, "in the server block that listens on 443", "add_header Content-Security-Policy \"upgrade-insecure-requests\" always;"),
                server_fix(ServerSoftware::Apache, "in the VirtualHost for port 443", "Header always set Content-Security-Policy \"upgrade-insecure-requests\""),
                server_fix(ServerSoftware::Caddy, "in the site's block", "header Content-Security-Policy \"upgrade-insecure-requests\""),
            ],
        },
        source: "W3C Mixed Content, section 3.2".into(),
        ..finding("mixed-content-blockable", Severity::High, "A script is loaded over plain http", "https://shop.example/")
    });
    findings.push(Finding {
        gain: "Somebody on the path can make a browser fall back to TLS 1.0 with 3DES or RC4.".into(),
        evidence: vec![evidence(&tls, "TLS 1.0 with TLS_RSA_WITH_3DES_EDE_CBC_SHA and TLS_DH_anon_WITH_RC4_128_MD5")],
        attacks: vec![StrippingAndDowngrade, Eavesdropping],
        fix: Fix {
            summary: "Allow TLS 1.2 and TLS 1.3 alone.".into(),
            servers: vec![
                server_fix(ServerSoftware::Nginx, "in the server block that listens on 443", "ssl_protocols TLSv1.2 TLSv1.3;\nssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305;\nssl_prefer_server_ciphers off;"),
                server_fix(ServerSoftware::Apache, "in the server's configuration", "SSLProtocol -all +TLSv1.2 +TLSv1.3\nSSLHonorCipherOrder off"),
                server_fix(ServerSoftware::Caddy, "in the site's block", "tls {\n\tprotocols tls1.2 tls1.3\n}"),
            ],
        },
        source: "RFC 8996; Mozilla server side TLS 6.0, intermediate".into(),
        ..finding("tls-old-version", Severity::High, "TLS 1.0 is accepted", "shop.example:443")
    });
    findings.push(Finding {
        gain: "Each first visit goes over plain http, where somebody on the path can keep it.".into(),
        evidence: vec![evidence(&entry, "http://shop.example/ leads to http://www.shop.example/; no Strict-Transport-Security on any answer")],
        attacks: vec![StrippingAndDowngrade, DnsSpoofing, IpHijacking],
        fix: Fix {
            summary: "Send Strict-Transport-Security on every answer over https.".into(),
            servers: vec![server_fix(ServerSoftware::Nginx, "in the server block that listens on 443", "add_header Strict-Transport-Security \"max-age=63072000; includeSubDomains\" always;")],
        },
        source: "RFC 6797 7.2; Mozilla server side TLS 6.0".into(),
        ..finding("hsts-missing", Severity::Medium, "No Strict-Transport-Security", "https://shop.example/")
    });
    findings.push(Finding {
        gain: "Somebody on the path reads which page the visitor came from.".into(),
        evidence: vec![evidence(&start, &format!("Referrer-Policy: unsafe-url; link to {LONG_URL}"))],
        attacks: vec![Eavesdropping],
        fix: Fix {
            summary: "Send Referrer-Policy: strict-origin-when-cross-origin.".into(),
            servers: vec![],
        },
        source: "W3C Referrer Policy 3.8".into(),
        ..finding(
            "referrer-leaks-over-http",
            Severity::Low,
            "Addresses of pages leak over plain http",
            LONG_URL,
        )
    });
    findings.push(Finding {
        confidence: Confidence::Tentative,
        gain: "Recorded traffic could be read by a quantum computer in the future.".into(),
        evidence: vec![evidence(
            &tls,
            "groups secp256r1 and x25519; X25519MLKEM768 was offered with a key share",
        )],
        attacks: vec![Eavesdropping],
        from: vec![Station::Network],
        fix: Fix {
            summary: "Build the server with OpenSSL 3.5 or newer, which offers X25519MLKEM768 first.".into(),
            servers: vec![],
        },
        source: "Mozilla server side TLS 6.0".into(),
        ..finding(
            "tls-no-hybrid-group",
            Severity::Info,
            "No post-quantum hybrid key exchange",
            "shop.example:443",
        )
    });

    TargetReport {
        target: Target::Site {
            input: "shop.example".into(),
            host: Host::Name("shop.example".into()),
            https_port: 443,
            http_port: 80,
            path: "/".into(),
        },
        state: State::Partly,
        error: None,
        observations: seen.0,
        findings,
        attacks: vec![
            verdict(
                Eavesdropping,
                Verdict::Exposed,
                &[
                    (
                        "7 pages answer over plain http, /cart and /account among them.",
                        &["plain-http-page"],
                        &[&first_plain],
                    ),
                    ("The sign-in form sends the password over plain http.", &["form-to-http"], &[&login]),
                    ("Whoever shares the Wi-Fi or runs the network reads both.", &[], &[]),
                ],
                &["42 pages were not looked at."],
            ),
            verdict(
                SessionHijacking,
                Verdict::Exposed,
                &[
                    ("http://shop.example/cart answers.", &["plain-http-page"], &[&first_plain]),
                    (
                        "The cookie `sid` lacks Secure, so a browser sends it there.",
                        &["cookie-without-secure"],
                        &[&cookie],
                    ),
                    ("Whoever shares the Wi-Fi reads it and takes over the session.", &[], &[]),
                ],
                &[],
            ),
            verdict(
                HttpInjection,
                Verdict::Exposed,
                &[
                    (
                        "The start page loads a script from http://cdn.example.net.",
                        &["mixed-content-blockable"],
                        &[&start],
                    ),
                    ("Somebody on the path answers with a script of their own.", &[], &[]),
                ],
                &[],
            ),
            verdict(
                StrippingAndDowngrade,
                Verdict::Exposed,
                &[
                    (
                        "http://shop.example/ leads to http://www.shop.example/, and nothing tells the browser to use https.",
                        &["hsts-missing", "plain-http-page"],
                        &[&entry],
                    ),
                    (
                        "TLS 1.0 is accepted, and TLS_FALLBACK_SCSV is not honoured.",
                        &["tls-old-version"],
                        &[&tls],
                    ),
                ],
                &[],
            ),
            verdict(
                Impersonation,
                Verdict::Exposed,
                &[(
                    "No browser trusts the certificate, so a forged one looks the same to a visitor.",
                    &["certificate-untrusted"],
                    &[&chain],
                )],
                &["Revocation was not checked."],
            ),
            verdict(
                DnsSpoofing,
                Verdict::Partly,
                &[(
                    "A forged DNS answer leads a first visit to another server, since it goes over plain http.",
                    &["hsts-missing"],
                    &[&entry],
                )],
                &["Whether the zone is signed was not looked at."],
            ),
            verdict(
                IpHijacking,
                Verdict::Unknown,
                &[("The second address could not be compared with the first.", &[], &[])],
                &[],
            ),
        ],
        path: vec![
            hop(Station::You, Verdict::Protected, &[], "Nothing here depends on the visitor's own computer."),
            hop(
                Station::Wifi,
                Verdict::Exposed,
                &[Eavesdropping, SessionHijacking, HttpInjection],
                "Reads the password and the session cookie.",
            ),
            hop(
                Station::Router,
                Verdict::Exposed,
                &[Eavesdropping, HttpInjection],
                "Reads and changes every page.",
            ),
            hop(Station::Dns, Verdict::Partly, &[DnsSpoofing], "Can send a first visit elsewhere."),
            hop(
                Station::Network,
                Verdict::Exposed,
                &[Eavesdropping, HttpInjection],
                "Reads and changes every page.",
            ),
            hop(
                Station::Server,
                Verdict::Unknown,
                &[IpHijacking],
                "One of two addresses could not be compared.",
            ),
        ],
    }
}

fn sound_site() -> TargetReport {
    use AttackId::*;
    let v4 = "198.51.100.20:443";
    let mut seen = Seen::default();
    seen.add(
        "sound.example",
        Fact::Addresses(Addresses {
            name: "sound.example".into(),
            service: "https".into(),
            addresses: Outcome::seen(vec![address(v4)]),
            given: true,
        }),
    );
    let tls = seen.add("sound.example:443", Fact::TlsEndpoint(Box::new(sound_endpoint(v4))));
    let chain = seen.add("sound.example:443", Fact::CertificateChain(Box::new(sound_chain(v4))));
    let entry = seen.add(
        "http://sound.example/",
        Fact::Entry(Entry {
            entry: EntryKind::Http,
            start: "http://sound.example/".into(),
            hops: vec![
                Hop {
                    exchange: exchange(
                        "http://sound.example/",
                        "198.51.100.20:80",
                        Outcome::seen(response(301, &[("location", "https://sound.example/")], 0)),
                    ),
                    next: Some("https://sound.example/".into()),
                },
                Hop {
                    exchange: exchange(
                        "https://sound.example/",
                        v4,
                        Outcome::seen(response(
                            200,
                            &[("strict-transport-security", "max-age=63072000; includeSubDomains; preload")],
                            900,
                        )),
                    ),
                    next: None,
                },
            ],
            end: EntryEnd::Landed { url: "https://sound.example/".into() },
        }),
    );
    let start = seen.add(
        "https://sound.example/",
        Fact::Page(Box::new(Page {
            depth: 0,
            found_on: None,
            reference_counts: BTreeMap::from([("link".into(), 3)]),
            ..page("https://sound.example/", v4, "Sound")
        })),
    );
    let plain = seen.add(
        "http://sound.example/",
        Fact::PlainAnswer(PlainAnswer {
            page: "https://sound.example/".into(),
            exchange: exchange(
                "http://sound.example/",
                "198.51.100.20:80",
                Outcome::seen(response(301, &[("location", "https://sound.example/")], 0)),
            ),
            next: Some("https://sound.example/".into()),
            same_body: None,
        }),
    );
    let cookie = seen.add(
        "https://sound.example/",
        Fact::Cookie(Cookie {
            line: "__Host-id=<32 characters>; Path=/; Secure; HttpOnly; SameSite=Lax".into(),
            name: "__Host-id".into(),
            value_length: 32,
            value_random: true,
            set_by: "https://sound.example/".into(),
            count: 1,
        }),
    );
    seen.add(
        "https://sound.example/",
        Fact::Crawl(CrawlSummary {
            start: "https://sound.example/".into(),
            fetched: 1,
            pages: 1,
            failed: 0,
            left: 0,
            end: CrawlEnd::Complete,
            other_hosts: BTreeMap::new(),
        }),
    );
    let always: (&str, &[&str], &[&str]) =
        ("Plain http answers nothing but a redirect to https.", &[], &[&plain]);
    let hsts: (&str, &[&str], &[&str]) = (
        "Strict-Transport-Security lasts two years, holds for subdomains and fits the preload list.",
        &[],
        &[&entry],
    );
    TargetReport {
        target: Target::Site {
            input: "https://sound.example/".into(),
            host: Host::Name("sound.example".into()),
            https_port: 443,
            http_port: 80,
            path: "/".into(),
        },
        state: State::Measured,
        error: None,
        observations: seen.0,
        findings: vec![Finding {
            gain: "Nothing by itself; a browser that has never been here asks over http once.".into(),
            evidence: vec![evidence(
                &entry,
                "preload is asked for; the name is not in the list that midwatch carries",
            )],
            attacks: vec![StrippingAndDowngrade],
            fix: Fix { summary: "Submit the name to the preload list.".into(), servers: vec![] },
            source: "hstspreload.org".into(),
            ..finding("hsts-not-preloaded", Severity::Info, "Not in the preload list yet", "sound.example")
        }],
        attacks: vec![
            verdict(
                Eavesdropping,
                Verdict::Protected,
                &[always, ("Only TLS 1.2 and TLS 1.3 with forward secrecy are accepted.", &[], &[&tls])],
                &["Names that are looked up can still be seen."],
            ),
            verdict(
                SessionHijacking,
                Verdict::Protected,
                &[("Every cookie has Secure, and the session cookie the prefix `__Host-`.", &[], &[&cookie])],
                &[],
            ),
            verdict(
                HttpInjection,
                Verdict::Protected,
                &[always, ("No page loads anything over plain http.", &[], &[&start])],
                &[],
            ),
            verdict(
                StrippingAndDowngrade,
                Verdict::Protected,
                &[hsts, ("TLS_FALLBACK_SCSV is honoured.", &[], &[&tls])],
                &["A browser's very first visit, until the name is in the preload list."],
            ),
            verdict(
                Impersonation,
                Verdict::Protected,
                &[("Mozilla's roots vouch for the certificate, and it names the host.", &[], &[&chain])],
                &["An authority that issues by mistake."],
            ),
            verdict(
                DnsSpoofing,
                Verdict::Protected,
                &[hsts, ("A forged answer meets a certificate that it cannot show.", &[], &[&chain])],
                &[],
            ),
            verdict(
                IpHijacking,
                Verdict::Protected,
                &[("Another server on the way cannot show the certificate.", &[], &[&chain])],
                &[],
            ),
        ],
        path: Station::ALL
            .into_iter()
            .map(|station| hop(station, Verdict::Protected, &[], "Sees encrypted traffic alone."))
            .collect(),
    }
}

fn not_measured() -> TargetReport {
    let mut seen = Seen::default();
    seen.add(
        "gone.example",
        Fact::Addresses(Addresses {
            name: "gone.example".into(),
            service: "tls".into(),
            addresses: Outcome::unmeasured(ReasonKind::NoSuchName, "the name gone.example has no address"),
            given: false,
        }),
    );
    TargetReport {
        target: Target::Tls {
            input: "gone.example:8443".into(),
            host: Host::Name("gone.example".into()),
            port: 8443,
            sni: None,
            starttls: None,
        },
        state: State::NotMeasured,
        error: Some("the name gone.example has no address".into()),
        observations: seen.0,
        findings: vec![],
        attacks: vec![],
        path: vec![],
    }
}

/// A computer on Wi-Fi of this name, with an open namesake near.
#[cfg(test)]
pub(crate) fn wifi(name: &str) -> LocalWifi {
    let point = |bssid: &str, kind, suites: &[&str]| AccessPoint {
        bssid: bssid.into(),
        frequency: Some(5180),
        signal: Some(-55),
        age: Some(2500),
        protection: Outcome::seen(WifiProtection {
            kind,
            management_frames: ManagementFrames::None,
            key_management: suites.iter().map(|&suite| suite.to_owned()).collect(),
            pairwise: vec![],
            group: None,
            group_management: None,
            first_wpa: false,
            owe_transition: false,
            hash_to_element: false,
        }),
    };
    let network = WifiNetwork {
        name: WifiName { text: name.into(), hex: "00".into() },
        access_point: point("02:00:00:00:00:11", WifiProtectionKind::Wpa2Personal, &["PSK"]),
        frames_protected: Outcome::seen(false),
        same_name: vec![point("12:34:56:00:00:03", WifiProtectionKind::Open, &[])],
        more: 0,
    };
    let interface = WifiInterface {
        name: "wlan0".into(),
        mode: WifiMode::Station,
        network: Outcome::seen(Some(Box::new(network))),
        heard: Outcome::seen(5),
    };
    LocalWifi { interfaces: Outcome::seen(vec![interface]) }
}
