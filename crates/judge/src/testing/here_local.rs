//! A computer on a network, changed one fact at a time.

use midwatch_model::*;

use super::{Scene, time};

impl Scene {
    /// A laptop on Wi-Fi with nothing to find fault with: WPA3, one gateway, a resolver over TLS, no settings of note,
    /// public roots alone, kept well.
    pub fn here_local() -> Self {
        let scene = Scene::empty()
            .network(|_| {})
            .wifi(|_| {})
            .names(|_| {})
            .settings(&[])
            .anchors(&[])
            .browser(|_| {});
        scene.upkeep(|_| {}).router(|_| {})
    }

    /// Interfaces, gateway, neighbours and ways, changed.
    pub fn network(self, change: impl FnOnce(&mut LocalNetwork)) -> Self {
        let mut fact = LocalNetwork {
            links: Outcome::seen(vec![
                local_link("lo", LinkKind::Loopback),
                local_link("wlan0", LinkKind::Wifi),
            ]),
            gateways: Outcome::seen(vec![Gateway {
                address: "192.168.1.1".parse().ok(),
                ipv6: false,
                interface: "wlan0".into(),
                table: 254,
                metric: 600,
                mac: Some("02:00:00:00:00:01".into()),
            }]),
            neighbours: Outcome::seen(vec![
                local_neighbour("192.168.1.1", "02:00:00:00:00:01"),
                local_neighbour("192.168.1.20", "02:00:00:00:00:20"),
                local_neighbour("fe80::1", "02:00:00:00:00:01"),
            ]),
            ways: vec![
                local_way(Destination::Internet, "192.0.2.1", "wlan0", true),
                local_way(Destination::Resolver, "9.9.9.9", "wlan0", true),
            ],
        };
        change(&mut fact);
        self.fact(Fact::LocalNetwork(Box::new(fact)))
    }

    /// Resolvers, hosts file and order of sources, changed.
    pub fn names(self, change: impl FnOnce(&mut LocalNames)) -> Self {
        let mut fact = LocalNames {
            resolvers: Outcome::seen(vec![local_resolver("9.9.9.9", "yes")]),
            set_by: Some("NetworkManager".into()),
            hosts: Outcome::seen(vec![]),
            blocked: 2,
            sources: Outcome::seen(vec![NameSource { name: "dns".into(), on_the_link: false }]),
            unread: vec![],
        };
        change(&mut fact);
        self.fact(Fact::LocalNames(Box::new(fact)))
    }

    /// Settings: kind, program, `name=value`, scope.
    pub fn settings(self, all: &[(LocalSettingKind, &str, &str, Option<&str>)]) -> Self {
        let setting = |(kind, program, text, scope): &(LocalSettingKind, &str, &str, Option<&str>)| {
            let (name, value) = text.split_once('=').unwrap_or((text, ""));
            LocalSetting {
                kind: *kind,
                program: (*program).into(),
                name: name.into(),
                value: value.into(),
                file: "~/.config".into(),
                line: Some(3),
                scope: scope.map(str::to_owned),
            }
        };
        let found = all.iter().map(setting).collect();
        self.fact(Fact::LocalSettings(LocalSettings {
            found,
            read: vec!["~/.config".into()],
            unread: vec![],
        }))
    }

    /// A system store with these private anchors.
    pub fn anchors(self, private: &[PrivateAnchor]) -> Self {
        self.fact(Fact::LocalTrust(Box::new(LocalTrust {
            store: "system".into(),
            certificates: Outcome::seen(140),
            private: private.to_vec(),
            more: 0,
            unread: vec![],
        })))
    }

    /// A profile of Firefox, changed.
    pub fn browser(self, change: impl FnOnce(&mut LocalBrowser)) -> Self {
        let mut fact = LocalBrowser {
            browser: "Firefox".into(),
            profile: "~/.mozilla/firefox/x.default".into(),
            https_only: Outcome::seen(true),
            found: vec![],
            unread: vec![],
        };
        change(&mut fact);
        self.fact(Fact::LocalBrowser(Box::new(fact)))
    }

    /// A profile of Firefox with one setting.
    pub fn browser_setting(self, kind: BrowserSettingKind, name: &str, value: &str) -> Self {
        self.browser(|browser| {
            browser.found.push(BrowserSetting {
                kind,
                name: name.into(),
                value: value.into(),
                file: "~/.mozilla/firefox/x.default/prefs.js".into(),
            });
        })
    }
}

/// An interface that is up.
pub fn local_link(name: &str, kind: LinkKind) -> Link {
    Link { name: name.into(), kind, driver: None, mac: None, up: true }
}

/// A neighbour at `wlan0` that answered.
pub fn local_neighbour(address: &str, mac: &str) -> Neighbour {
    Neighbour {
        address: address.parse().expect("an address"),
        mac: Some(mac.into()),
        interface: "wlan0".into(),
        state: NeighbourState::Reachable,
        router: false,
    }
}

/// A way through an interface, through the next router or not.
pub fn local_way(to: Destination, address: &str, interface: &str, routed: bool) -> Way {
    let gateway = routed.then(|| "192.168.1.1".parse().expect("an address"));
    let route = Outcome::seen(Route { interface: interface.into(), gateway, local: false });
    Way { to, address: address.parse().expect("an address"), route }
}

/// A resolver, and whether it is asked over TLS.
pub fn local_resolver(address: &str, encrypted: &str) -> LocalResolver {
    LocalResolver {
        address: address.parse().expect("an address"),
        file: "/etc/resolv.conf".into(),
        behind: None,
        encrypted: Outcome::seen(encrypted.into()),
    }
}

/// A trust anchor that an administrator added and that is known as nothing.
pub fn local_anchor(subject: &str) -> PrivateAnchor {
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
        files: vec!["/usr/local/share/ca-certificates/own.crt".into()],
        since: Some(time("2026-01-01T00:00:00Z")),
        origin: AnchorOrigin::Administrator,
        known: None,
    }
}
