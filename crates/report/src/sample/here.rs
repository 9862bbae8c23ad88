//! Two computers on a network: a laptop on a café's Wi-Fi on which much is found, and one on a cable on which nothing
//! is, because little could be read.

use std::net::IpAddr;

use midwatch_model::*;

use super::{HOSTILE, Seen, address, evidence, finding, hop, sound_chain, strings, time, verdict};

const HERE: &str = "this computer";
const PREFS: &str = "~/.mozilla/firefox/x.default/prefs.js";

fn ip(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

fn link(name: &str, kind: LinkKind, mac: Option<&str>, up: bool) -> Link {
    let driver = (kind == LinkKind::Tunnel).then(|| "wireguard".into());
    Link { name: name.into(), kind, driver, mac: mac.map(Into::into), up }
}

fn neighbour(at: &str, mac: Option<&str>) -> Neighbour {
    let state = if mac.is_some() { NeighbourState::Reachable } else { NeighbourState::Failed };
    let router = at.starts_with("fe80");
    Neighbour { address: ip(at), mac: mac.map(Into::into), interface: "wlan0".into(), state, router }
}

fn gateway(at: &str, interface: &str, mac: Option<&str>) -> Gateway {
    Gateway {
        address: Some(ip(at)),
        ipv6: ip(at).is_ipv6(),
        interface: interface.into(),
        table: 254,
        metric: 600,
        mac: mac.map(Into::into),
    }
}

fn way(to: Destination, at: &str, interface: &str, gateway: &str) -> Way {
    let route = Route { interface: interface.into(), gateway: Some(ip(gateway)), local: false };
    Way { to, address: ip(at), route: Outcome::seen(route) }
}

/// A site that leads to its own https.
fn over_http(title: &str) -> PlainSiteAnswer {
    PlainSiteAnswer {
        address: address("198.51.100.20:80"),
        status: 301,
        leads_to: Some("https://www.example.org/".into()),
        same_site: Some(true),
        title: Some(title.into()),
        body_sha256: Some("ef".repeat(32)),
    }
}

/// Ten minutes in which a third computer took part in everything.
fn watch() -> LinkWatch {
    let (router, third) = ("02:00:00:00:00:01", "06:00:00:00:00:66");
    let by = |mac: &str, count| ClaimBy {
        mac: mac.into(),
        set_aside: None,
        first: Some(time("2026-11-24T13:50:01Z")),
        last: Some(time("2026-11-24T13:59:58Z")),
        count,
    };
    LinkWatch {
        began: Some(time("2026-11-24T13:50:00Z")),
        ended: Some(time("2026-11-24T14:00:00Z")),
        frames: Outcome::seen(5120),
        damaged: 2,
        stopped: None,
        gateways: Outcome::seen(vec![ip("192.0.2.1"), ip("fe80::1")]),
        addresses: 12,
        forgotten: 0,
        claims: vec![Claim {
            interface: "wlan0".into(),
            vlan: None,
            address: ip("192.0.2.1"),
            gateway: true,
            by: vec![by(router, 40), by(third, 60)],
            more: 0,
            changes: 61,
            returns: 60,
        }],
        claimants: vec![],
        dhcp: vec![DhcpOffer {
            interface: "wlan0".into(),
            vlan: Some(7),
            ipv6: false,
            server: "192.0.2.66".into(),
            mac: Some(third.into()),
            relay: None,
            routers: vec![ip("192.0.2.66")],
            resolvers: vec![ip("192.0.2.66")],
            wpad: None,
            count: 2,
        }],
        routers: vec![RouterOffer {
            interface: "wlan0".into(),
            vlan: None,
            address: ip("fe80::66"),
            mac: Some(third.into()),
            lifetime: 1800,
            preference: "high".into(),
            dhcp: false,
            prefixes: strings(&["2001:db8:66::/64"]),
            resolvers: vec![ip("fe80::66")],
            count: 9,
        }],
        redirects: vec![LinkRedirect {
            interface: "wlan0".into(),
            from: ip("192.0.2.1"),
            mac: Some(third.into()),
            via: ip("192.0.2.66"),
            destinations: vec![ip("198.51.100.7")],
            count: 1,
        }],
        responders: vec![NameResponder {
            interface: "wlan0".into(),
            protocol: NameProtocol::Llmnr,
            mac: Some(third.into()),
            address: ip("192.0.2.66"),
            names: vec!["prnter".into(), HOSTILE.into()],
            count: 9,
            wpad: false,
        }],
        standbys: vec![Standby {
            interface: "wlan0".into(),
            protocol: "VRRP".into(),
            group: 7,
            address: Some(ip("192.0.2.1")),
        }],
    }
}

fn network() -> LocalNetwork {
    let router = Some("02:00:00:00:00:01");
    let mut neighbours = vec![
        neighbour("192.0.2.1", router),
        neighbour("192.0.2.66", router),
        neighbour("192.0.2.200", None),
        neighbour("fe80::1", router),
    ];
    neighbours.extend((20..28).map(|at| neighbour(&format!("192.0.2.{at}"), Some("02:00:00:00:00:99"))));
    LocalNetwork {
        links: Outcome::seen(vec![
            link("eth0", LinkKind::Ethernet, Some("02:00:00:00:aa:02"), false),
            link("lo", LinkKind::Loopback, None, true),
            link("wg0", LinkKind::Tunnel, None, true),
            link("wlan0", LinkKind::Wifi, Some("02:00:00:00:aa:01"), true),
        ]),
        gateways: Outcome::seen(vec![
            gateway("192.0.2.1", "wlan0", router),
            gateway("fe80::1", "wlan0", router),
        ]),
        neighbours: Outcome::seen(neighbours),
        ways: vec![
            way(Destination::Internet, "203.0.113.1", "wlan0", "192.0.2.1"),
            way(Destination::Resolver, "192.0.2.1", "wlan0", "192.0.2.1"),
            Way {
                to: Destination::Internet,
                address: ip("2001:db8::1"),
                route: Outcome::refused("network is unreachable"),
            },
        ],
    }
}

fn names() -> LocalNames {
    let resolver = |at: &str, encrypted| LocalResolver {
        address: ip(at),
        file: "/etc/resolv.conf".into(),
        behind: None,
        encrypted,
    };
    let stands_between = "a program on this computer stands between";
    LocalNames {
        resolvers: Outcome::seen(vec![
            resolver("127.0.0.53", Outcome::unmeasured(ReasonKind::Other, stands_between)),
            LocalResolver {
                behind: Some(ip("127.0.0.53")),
                file: "/run/systemd/resolve/resolv.conf".into(),
                ..resolver("192.0.2.1", Outcome::seen("no".into()))
            },
        ]),
        set_by: Some("NetworkManager".into()),
        hosts: Outcome::seen(vec![
            HostsEntry { name: "bank.example".into(), address: ip("198.51.100.9"), line: 7 },
            HostsEntry { name: HOSTILE.into(), address: ip("2001:db8::9"), line: 8 },
        ]),
        blocked: 1204,
        sources: Outcome::seen(vec![
            NameSource { name: "files".into(), on_the_link: false },
            NameSource { name: "mdns4_minimal".into(), on_the_link: true },
            NameSource { name: "dns".into(), on_the_link: false },
        ]),
        unread: vec![],
    }
}

fn setting(
    kind: LocalSettingKind,
    program: &str,
    text: &str,
    file: &str,
    scope: Option<&str>,
) -> LocalSetting {
    let (name, value) = text.split_once('=').unwrap_or((text, ""));
    LocalSetting {
        kind,
        program: program.into(),
        name: name.into(),
        value: value.into(),
        file: file.into(),
        line: (file != "environment").then_some(3),
        scope: scope.map(Into::into),
    }
}

fn settings() -> LocalSettings {
    use LocalSettingKind::*;
    let found = vec![
        setting(
            NotVerified,
            "git",
            "http.sslVerify=false",
            "~/.gitconfig",
            Some("https://git.example:8443/a/very/long/way/to/a/repository/that/fits/on/no/line/"),
        ),
        setting(NotVerified, "curl", "insecure", "~/.curlrc", None),
        setting(KeyLog, "programs with TLS", "SSLKEYLOGFILE=/tmp/keys.log", "environment", None),
        setting(Proxy, "many programs", "https_proxy=http://proxy.example:3128", "environment", None),
        setting(Preload, "every program", &format!("/opt/{HOSTILE}.so"), "/etc/ld.so.preload", None),
        setting(PlainSource, "apt", "deb=http://packages.example/debian", "/etc/apt/sources.list", None),
    ];
    let why = Reason::new(
        ReasonKind::Other,
        "/root/.ssh/config: permission denied; it takes the rights of the administrator (root)",
    );
    LocalSettings {
        found,
        read: strings(&["environment", "~/.gitconfig", "~/.curlrc", "/etc/apt/sources.list"]),
        unread: vec![Unread { file: "/root/.ssh/config".into(), why }],
    }
}

fn anchor(subject: &str, file: &str) -> PrivateAnchor {
    PrivateAnchor {
        subject: subject.into(),
        sha256: "ab".repeat(32),
        spki_sha256: "cd".repeat(32),
        key: "RSA 2048".into(),
        not_before: time("2025-01-01T00:00:00Z"),
        not_after: time("2035-01-01T00:00:00Z"),
        is_ca: true,
        permitted: vec![],
        purposes: vec![],
        files: vec![file.into()],
        since: Some(time("2026-11-03T08:30:00Z")),
        origin: AnchorOrigin::Administrator,
        known: None,
    }
}

fn system_store() -> LocalTrust {
    let known = KnownAnchor {
        name: "Superfish".into(),
        kind: KnownKind::BadRoot,
        by: KnownBy::Key,
        source: "US-CERT TA15-051A".into(),
    };
    LocalTrust {
        store: "system".into(),
        certificates: Outcome::seen(148),
        private: vec![
            PrivateAnchor {
                known: Some(known),
                ..anchor("CN=Superfish, Inc., O=Superfish, Inc.", "/usr/local/share/ca-certificates/sf.crt")
            },
            PrivateAnchor {
                sha256: "ac".repeat(32),
                permitted: strings(&["inner.example", "10.0.0.0/8"]),
                purposes: strings(&["serverAuth"]),
                ..anchor("CN=Café Example Inner Services", "/usr/local/share/ca-certificates/inner.crt")
            },
            PrivateAnchor {
                sha256: "ad".repeat(32),
                is_ca: false,
                since: None,
                ..anchor(HOSTILE, "/usr/local/share/ca-certificates/odd.crt")
            },
        ],
        more: 2,
        unread: vec![],
    }
}

fn browser() -> LocalBrowser {
    let setting = |kind, name: &str, value: &str| BrowserSetting {
        kind,
        name: name.into(),
        value: value.into(),
        file: PREFS.into(),
    };
    LocalBrowser {
        browser: "Firefox".into(),
        profile: "~/.mozilla/firefox/x.default".into(),
        https_only: Outcome::seen(false),
        found: vec![
            setting(BrowserSettingKind::EnterpriseRoots, "security.enterprise_roots.enabled", "true"),
            setting(BrowserSettingKind::ExtensionAllPages, HOSTILE, "<all_urls>"),
            setting(BrowserSettingKind::CertificateOverride, "router.example:8443", "untrusted"),
        ],
        unread: vec![],
    }
}

fn echo() -> Echo {
    let added = strings(&["via: 1.1 café-gateway"]);
    let touched = PlainEcho { added, answer_changed: true, ..PlainEcho::default() };
    Echo {
        endpoint: "echo.example:8080".into(),
        request: Outcome::seen(touched),
        odd_request: Outcome::unmeasured(ReasonKind::Timeout, "no answer in 3 s"),
        hello: Outcome::seen(HelloEcho {
            server_name: "d2f1.midwatch.example".into(),
            sent: "aa".repeat(32),
            received: Some("aa".repeat(32)),
            answered_by_another: false,
        }),
    }
}

fn answers() -> ResolverAnswers {
    let unmeasured = |detail: &str| Outcome::unmeasured(ReasonKind::Timeout, detail);
    ResolverAnswers {
        resolver: "192.0.2.1:53".into(),
        faults: Outcome::seen(vec![ResolverFault::StripsSignatures]),
        chosen: Some("tls://203.0.113.53#dns.example".into()),
        names: vec![
            NameAnswers {
                name: "www.example.org".into(),
                system: Outcome::seen(vec![ip("198.51.100.20")]),
                chosen: Outcome::seen(vec![ip("198.51.100.20"), ip("2001:db8::20")]),
            },
            NameAnswers {
                name: "www.example.net".into(),
                system: Outcome::seen(vec![]),
                chosen: unmeasured("203.0.113.53 did not answer in 3 s"),
            },
        ],
    }
}

fn target() -> Target {
    Target::Here { capture: None }
}

/// A laptop on a café's Wi-Fi, with a VPN that is up and not used, a proxy, and a misused root.
pub(super) fn laptop() -> TargetReport {
    use AttackId::*;
    let mut seen = Seen::default();
    let network = seen.add(HERE, Fact::LocalNetwork(Box::new(network())));
    let names = seen.add(HERE, Fact::LocalNames(Box::new(names())));
    seen.add("the links of this computer", Fact::LinkWatch(Box::new(watch())));
    let settings = seen.add(HERE, Fact::LocalSettings(settings()));
    let store = seen.add("system", Fact::LocalTrust(Box::new(system_store())));
    let locked = "~/.pki/nssdb/cert9.db: another program holds it locked";
    seen.add(
        "NSS (~/.pki/nssdb)",
        Fact::LocalTrust(Box::new(LocalTrust {
            store: "NSS (~/.pki/nssdb)".into(),
            certificates: Outcome::unmeasured(ReasonKind::Other, locked),
            private: vec![],
            more: 0,
            unread: vec![],
        })),
    );
    let browser = seen.add("Firefox", Fact::LocalBrowser(Box::new(browser())));
    seen.add(
        "Chromium",
        Fact::LocalBrowser(Box::new(LocalBrowser {
            browser: "Chromium".into(),
            profile: "/etc/chromium/policies".into(),
            https_only: Outcome::unmeasured(ReasonKind::NotAsked, "policies do not say it"),
            found: vec![],
            unread: vec![],
        })),
    );
    let echo = seen.add("echo.example:8080", Fact::Echo(Box::new(echo())));
    let answers = seen.add("192.0.2.1:53", Fact::ResolverAnswers(Box::new(answers())));
    let mut site = sound_chain("198.51.100.20:443");
    site.host = Host::Name("www.example.org".into());
    let chain = seen.add("www.example.org:443", Fact::CertificateChain(Box::new(site)));
    seen.add(
        "www.example.net",
        Fact::Addresses(Addresses {
            name: "www.example.net".into(),
            service: "https".into(),
            addresses: Outcome::unmeasured(ReasonKind::Timeout, "the resolver did not answer in 3 s"),
            given: false,
        }),
    );
    for (host, answer) in [
        ("www.example.org", Outcome::seen(over_http(HOSTILE))),
        ("www.example.net", Outcome::unmeasured(ReasonKind::Timeout, "the resolver did not answer in 3 s")),
    ] {
        let site = PlainSite { host: Host::Name(host.into()), port: 80, answer };
        seen.add(&format!("http://{host}/"), Fact::PlainSite(Box::new(site)));
    }

    let you = vec![Station::You];
    let fix = |summary: &str| Fix { summary: summary.into(), ..Fix::default() };
    let findings = vec![
        Finding {
            gain: "Everybody has this root's key, and can show a certificate of any site.".into(),
            from: Station::ALL.into_iter().filter(|one| *one != Station::Server).collect(),
            evidence: vec![evidence(&store, "Superfish, known by its key, in sf.crt")],
            attacks: vec![ManInTheBrowser, Impersonation],
            fix: fix("Delete the file and run `update-ca-certificates`."),
            source: "US-CERT TA15-051A".into(),
            ..finding(
                "trust-anchor-known-bad",
                Severity::Critical,
                "A misused root is trusted",
                "CN=Superfish, Inc. (system)",
            )
        },
        Finding {
            gain: "Whoever reads the file reads the connections.".into(),
            from: you.clone(),
            evidence: vec![evidence(&settings, "SSLKEYLOGFILE=/tmp/keys.log")],
            attacks: vec![ManInTheBrowser, Eavesdropping],
            fix: fix("Take the variable out of the environment."),
            ..finding("key-log", Severity::High, "The secrets of TLS connections are written to a file", HERE)
        },
        Finding {
            from: vec![Station::Wifi, Station::Router, Station::Network],
            evidence: vec![evidence(&echo, "a Via line was added, and the body is another")],
            attacks: vec![HttpInjection, Eavesdropping],
            ..finding(
                "http-changed-on-the-way",
                Severity::Medium,
                "Somebody between reads and changes plain http",
                "echo.example:8080",
            )
        },
        Finding {
            from: vec![Station::Wifi],
            confidence: Confidence::Tentative,
            evidence: vec![evidence(&network, "192.0.2.1 and 192.0.2.66 are both at 02:00:00:00:00:01")],
            attacks: vec![IpHijacking, Eavesdropping, DnsSpoofing],
            benign: strings(&["A router with two addresses, or proxy ARP."]),
            ..finding(
                "gateway-shares-mac",
                Severity::Medium,
                "The router's link-layer address is another computer's as well",
                "192.0.2.1",
            )
        },
        Finding {
            from: you.clone(),
            evidence: vec![evidence(&names, "line 7: bank.example leads to 198.51.100.9")],
            attacks: vec![DnsSpoofing, ManInTheBrowser],
            ..finding(
                "hosts-override",
                Severity::Medium,
                "The hosts file gives a public name an address of its own",
                "bank.example",
            )
        },
        Finding {
            evidence: vec![evidence(&network, "wg0 is up; the internet is reached through wlan0")],
            attacks: vec![Eavesdropping, DnsSpoofing],
            ..finding(
                "vpn-bypassed",
                Severity::Low,
                "A tunnel is up, and not everything goes through it",
                "wg0",
            )
        },
        Finding {
            evidence: vec![evidence(&answers, "signatures of the root were asked for, and none came")],
            attacks: vec![DnsSpoofing],
            ..finding(
                "resolver-faulty",
                Severity::Low,
                "The resolver that was asked does not behave as one should",
                "192.0.2.1:53",
            )
        },
        Finding {
            evidence: vec![evidence(&settings, "https_proxy=http://proxy.example:3128")],
            attacks: vec![Eavesdropping, HttpInjection],
            ..finding(
                "proxy-set",
                Severity::Info,
                "many programs: connections go through a proxy",
                "environment",
            )
        },
        Finding {
            evidence: vec![evidence(&browser, HOSTILE)],
            attacks: vec![ManInTheBrowser],
            from: you,
            ..finding(
                "browser-extension-all-pages",
                Severity::Info,
                "An extension may read and change every page",
                HOSTILE,
            )
        },
    ];
    let attacks = vec![
        verdict(
            HttpInjection,
            Verdict::Partly,
            &[
                (
                    "a Via line was added to a request over plain http, and its answer was changed",
                    &["http-changed-on-the-way"],
                    &[&echo],
                ),
                ("so somebody between reads and writes plain http anew", &[], &[]),
            ],
            &["Ways to other places than the echo's may differ."],
        ),
        verdict(
            Impersonation,
            Verdict::Protected,
            &[
                ("the ClientHello for echo.example arrived as it was sent", &[], &[&echo]),
                ("www.example.org showed a certificate that public roots vouch for", &[], &[&chain]),
            ],
            &["Ways to other sites than those that were met may differ."],
        ),
        verdict(
            DnsSpoofing,
            Verdict::Unknown,
            &[("the chosen resolver did not answer for www.example.net", &[], &[&answers])],
            &[],
        ),
        verdict(
            IpHijacking,
            Verdict::Partly,
            &[("192.0.2.66 has the gateway's link-layer address", &["gateway-shares-mac"], &[&network])],
            &["The link was not watched over time."],
        ),
        verdict(
            ManInTheBrowser,
            Verdict::Exposed,
            &[
                (
                    "the system trusts Superfish, whose key everybody has",
                    &["trust-anchor-known-bad"],
                    &[&store],
                ),
                ("the secrets of TLS connections are written to /tmp/keys.log", &["key-log"], &[&settings]),
            ],
            &["Programs that hide from whoever runs this are not seen."],
        ),
    ];
    let weak = "Weak signs of HTTP injection and IP hijacking, or a way in for it.";
    TargetReport {
        target: target(),
        state: State::Partly,
        error: None,
        observations: seen.0,
        findings,
        attacks,
        path: vec![
            hop(Station::You, Verdict::Exposed, &[ManInTheBrowser], "Signs of man in the browser."),
            hop(Station::Wifi, Verdict::Partly, &[HttpInjection, IpHijacking], weak),
            hop(Station::Router, Verdict::Partly, &[HttpInjection, IpHijacking], weak),
            hop(Station::Dns, Verdict::Unknown, &[DnsSpoofing], "Too little was measured for DNS spoofing."),
            hop(
                Station::Network,
                Verdict::Partly,
                &[HttpInjection],
                "Weak signs of HTTP injection, or a way in for it.",
            ),
            not_looked(),
        ],
    }
}

fn not_looked() -> PathHop {
    let why = "This run looks at this computer and its network alone.";
    hop(Station::Server, Verdict::Unknown, &[], why)
}

/// A computer on a cable whose neighbours may not be read, and that asks nobody.
pub(super) fn quiet() -> TargetReport {
    use AttackId::*;
    let mut seen = Seen::default();
    let denied = "the kernel does not answer (operation not permitted); it takes CAP_NET_ADMIN";
    seen.add(
        HERE,
        Fact::LocalNetwork(Box::new(LocalNetwork {
            links: Outcome::seen(vec![
                link("eth0", LinkKind::Ethernet, Some("02:00:00:00:aa:02"), true),
                link("lo", LinkKind::Loopback, None, true),
            ]),
            gateways: Outcome::seen(vec![gateway("192.0.2.1", "eth0", None)]),
            neighbours: Outcome::unmeasured(ReasonKind::Other, denied),
            ways: vec![way(Destination::Internet, "203.0.113.1", "eth0", "192.0.2.1")],
        })),
    );
    let unreadable = "/etc/resolv.conf: permission denied; it takes the rights of its owner";
    seen.add(
        HERE,
        Fact::LocalNames(Box::new(LocalNames {
            resolvers: Outcome::unmeasured(ReasonKind::Other, unreadable),
            set_by: None,
            hosts: Outcome::seen(vec![]),
            blocked: 0,
            sources: Outcome::seen(vec![]),
            unread: vec![],
        })),
    );
    let settings = seen.add(HERE, Fact::LocalSettings(LocalSettings::default()));
    let sound = |subject: &str, hop: &str| {
        let mut chain = sound_chain(hop);
        chain.host = Host::Name(subject.into());
        Fact::CertificateChain(Box::new(chain))
    };
    let chain = seen.add("www.example.org:443", sound("www.example.org", "198.51.100.20:443"));
    let at = address("198.51.100.20:443");
    seen.add(
        "www.example.org",
        Fact::Addresses(Addresses {
            name: "www.example.org".into(),
            service: "https".into(),
            addresses: Outcome::seen(vec![at]),
            given: true,
        }),
    );
    let too_little = |what: &str| format!("Too little was measured for {what}.");
    TargetReport {
        target: target(),
        state: State::Partly,
        error: None,
        observations: seen.0,
        findings: vec![],
        attacks: vec![
            verdict(
                Impersonation,
                Verdict::Protected,
                &[("www.example.org showed a certificate that public roots vouch for", &[], &[&chain])],
                &[],
            ),
            verdict(DnsSpoofing, Verdict::Unknown, &[("no resolver was asked", &[], &[])], &[]),
            verdict(
                ManInTheBrowser,
                Verdict::Protected,
                &[("no setting that weakens a program was found", &[], &[&settings])],
                &[],
            ),
        ],
        path: vec![
            hop(Station::You, Verdict::Unknown, &[DnsSpoofing], &too_little("DNS spoofing")),
            hop(Station::Wifi, Verdict::Unknown, &[DnsSpoofing], &too_little("DNS spoofing")),
            hop(Station::Router, Verdict::Unknown, &[DnsSpoofing], &too_little("DNS spoofing")),
            hop(Station::Dns, Verdict::Unknown, &[DnsSpoofing], &too_little("DNS spoofing")),
            hop(
                Station::Network,
                Verdict::Protected,
                &[Impersonation],
                "Nothing that was looked at shows somebody here.",
            ),
            not_looked(),
        ],
    }
}
