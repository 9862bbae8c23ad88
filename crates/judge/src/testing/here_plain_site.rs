//! Sites met over plain http from this computer.

use midwatch_model::{Fact, Host, Outcome, PlainSite, PlainSiteAnswer};

use super::{About, Scene};

impl Scene {
    /// A site that leads to its own https, changed.
    pub fn plain_site(self, host: &str, change: impl Fn(&mut PlainSiteAnswer)) -> Self {
        let mut answer = PlainSiteAnswer {
            address: "203.0.113.7:80".parse().expect("an address"),
            status: 301,
            leads_to: Some(format!("https://{host}/")),
            same_site: Some(true),
            title: Some("301 Moved Permanently".into()),
            body_sha256: Some("ab".repeat(32)),
        };
        change(&mut answer);
        self.plain_site_of(host, Outcome::seen(answer))
    }

    /// A site of which this became.
    pub fn plain_site_of(self, host: &str, answer: Outcome<PlainSiteAnswer>) -> Self {
        let host = host.parse().map_or_else(|_| Host::Name(host.into()), Host::Address);
        let scene = Scene { about: About::Here, ..self };
        scene.fact(Fact::PlainSite(Box::new(PlainSite { host, port: 80, answer })))
    }
}
