//! A service whose connections begin in plain text.

use midwatch_model::*;

use super::{About, Scene, address};

/// The target, on its registered port.
pub fn starttls_service(protocol: Starttls) -> Target {
    Target::Tls {
        input: "shop.example".into(),
        host: Host::Name("shop.example".into()),
        port: protocol.port(),
        sni: None,
        starttls: Some(protocol),
    }
}

/// Something that could not be measured, for this reason.
pub fn silence_of<T>(why: &str) -> Outcome<T> {
    Outcome::unmeasured(ReasonKind::Timeout, why)
}

/// A sound one: TLS is offered and begins, nobody logs in before it, and TLS from the first octet is beside it.
pub fn starttls_endpoint(protocol: Starttls) -> StarttlsEndpoint {
    let announced = |capabilities: &[&str], mechanisms: &[&str]| {
        let own = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Outcome::seen(Announced {
            capabilities: own(capabilities),
            mechanisms: own(mechanisms),
            password: Some(!mechanisms.is_empty()),
        })
    };
    StarttlsEndpoint {
        host: Host::Name("shop.example".into()),
        port: protocol.port(),
        address: address(&format!("192.0.2.7:{}", protocol.port())),
        protocol,
        greeting: Outcome::seen(vec!["shop.example ESMTP Postfix".into()]),
        before: announced(&["STARTTLS"], &[]),
        offered: Outcome::seen(true),
        accepted: Outcome::seen("220 2.0.0 Ready to start TLS".into()),
        plain_after: Outcome::seen(String::new()),
        plain_command: Outcome::seen(PlainCommand::Discarded),
        inside: announced(&["AUTH PLAIN"], &["PLAIN"]),
        implicit: match protocol.implicit_port() {
            Some(port) => Outcome::seen(port),
            None => Outcome::unmeasured(ReasonKind::NotAsked, "the protocol has no such port"),
        },
        connections: 3,
    }
}

impl Scene {
    /// A sound service of this protocol, with sound TLS.
    pub fn starttls(protocol: Starttls) -> Self {
        let port = protocol.port();
        Scene { about: About::Starttls(protocol), ..Scene::empty() }
            .fact(Fact::Starttls(Box::new(starttls_endpoint(protocol))))
            .tls(|tls| (tls.port, tls.address) = (port, address(&format!("192.0.2.7:{port}"))))
            .chain(|chain| (chain.port, chain.address) = (port, address(&format!("192.0.2.7:{port}"))))
    }

    /// Changes every service that begins in plain text.
    pub fn change_starttls(mut self, change: impl Fn(&mut StarttlsEndpoint)) -> Self {
        for fact in &mut self.facts {
            if let Fact::Starttls(endpoint) = fact {
                change(endpoint);
            }
        }
        self
    }
}
