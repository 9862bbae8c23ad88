//! A computer that is kept well, and a router whose pages come over https, changed one fact at a time.

use midwatch_model::*;

use super::{Scene, time};

impl Scene {
    /// Lists of this morning, nothing that waits, browsers of last week, a firewall, no service, changed.
    pub fn upkeep(self, change: impl FnOnce(&mut LocalUpkeep)) -> Self {
        let apt = PackageUpkeep {
            manager: "apt".into(),
            lists: Outcome::seen(PackageLists {
                renewed: time("2026-11-24T06:00:00Z"),
                by: "/var/lib/apt/lists".into(),
                valid_until: vec![ValidUntil {
                    file: "/var/lib/apt/lists/x_InRelease".into(),
                    until: time("2026-12-01T00:00:00Z"),
                }],
            }),
            pending: Outcome::seen(PendingUpdates { security_known: true, ..PendingUpdates::default() }),
            automatic: Outcome::seen(true),
        };
        let mut fact = LocalUpkeep {
            packages: vec![apt],
            restart: Outcome::seen(vec![]),
            browsers: Outcome::seen(vec![
                local_installed(BrowserFamily::Firefox, "2026-11-17T00:00:00Z"),
                local_installed(BrowserFamily::Chromium, "2026-11-18T00:00:00Z"),
            ]),
            scanners: Outcome::seen(vec![]),
            firewalls: Outcome::seen(vec![Firewall {
                name: "ufw".into(),
                on: Outcome::seen(true),
                by: "/etc/ufw/ufw.conf".into(),
            }]),
            listening: Outcome::seen(vec![]),
            unread: vec![],
        };
        change(&mut fact);
        self.fact(Fact::LocalUpkeep(Box::new(fact)))
    }

    /// A router that leads from http to https, changed.
    pub fn router(self, change: impl FnOnce(&mut RouterPage)) -> Self {
        let answer = RouterAnswer {
            status: 301,
            leads_to: Some("https://192.168.1.1/".into()),
            asks_with: vec![],
            has_password: false,
            title: None,
            server: None,
        };
        let page = RouterAnswer { status: 200, leads_to: None, has_password: true, ..answer.clone() };
        let mut fact = RouterPage {
            gateway: "192.168.1.1".parse().expect("an address"),
            plain: Outcome::seen(answer),
            tls: Outcome::seen(page),
        };
        change(&mut fact);
        self.fact(Fact::RouterPage(Box::new(fact)))
    }
}

/// A browser that was built then.
pub fn local_installed(family: BrowserFamily, built: &str) -> InstalledBrowser {
    let (name, by) = match family {
        BrowserFamily::Firefox => ("Firefox", "/usr/lib/firefox/application.ini"),
        BrowserFamily::Chromium => ("Chromium", "/usr/lib/chromium/chromium"),
    };
    InstalledBrowser {
        name: name.into(),
        family,
        version: Outcome::seen("140.5.0".into()),
        built: Outcome::seen(time(built)),
        by: by.into(),
    }
}
