//! Services that listen, at the port that each has as a rule, by every address, with a firewall that lets everybody
//! through.

use std::net::SocketAddr;

use midwatch_model::*;

use super::Scene;

impl Scene {
    /// These services, and the rules of a firewall.
    pub fn listening(self, services: Vec<ListeningService>) -> Self {
        let fact = ListeningServices {
            sockets: Outcome::seen(services),
            rules: Outcome::seen(FirewallRules {
                tables: vec!["inet filter".into()],
                by: vec!["/usr/sbin/nft".into()],
            }),
            unread: vec![],
        };
        self.fact(Fact::ListeningServices(Box::new(fact)))
    }
}

/// A service by its id, changed. It was not asked yet.
pub fn listening_service(id: &str, change: impl FnOnce(&mut ListeningService)) -> ListeningService {
    let known = KnownService::of(id).expect("a known service");
    let (protocol, port) = known.ports[0];
    let mut service = ListeningService {
        protocol: protocol.into(),
        address: SocketAddr::from(([0, 0, 0, 0], port)),
        bound: Bound::Every,
        takes_ipv4: false,
        interface: None,
        own: vec!["192.0.2.1".parse().expect("an address")],
        program: Outcome::seen(ListeningProgram { name: id.into(), path: None }),
        service: Some(id.into()),
        known_by: Some(ServiceSign::Program),
        answer: Outcome::unmeasured(ReasonKind::NotAsked, "it was not asked"),
        gates: vec![Gate {
            interface: "eth0".into(),
            ipv6: false,
            outside: true,
            lets: Outcome::seen(Passage::Everywhere),
            by: vec!["nftables inet filter input, rule 4".into()],
            hosts_access: None,
        }],
        sent_on: None,
    };
    change(&mut service);
    service
}

/// What a service answers in plain text.
pub fn listening_answer(question: &str, words: &str, open: Option<bool>) -> ServiceAnswer {
    ServiceAnswer {
        asked: SocketAddr::from(([192, 0, 2, 1], 1)),
        question: question.into(),
        words: words.into(),
        protection: ServiceProtection::None,
        plain_password: open.map(|open| !open),
        open,
    }
}
