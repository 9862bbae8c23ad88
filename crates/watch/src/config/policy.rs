//! What the policy says of one target, and of addresses.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use midwatch_model::{AddressPolicy, AddressRange, Host, Remote, Role, Target};

use super::sections::{Adders, PeopleKind, Policy};

impl Policy {
    /// Whether somebody of this role may add targets.
    pub fn may_add(&self, role: Role) -> bool {
        match self.add_targets {
            Adders::Operator => role >= Role::Operator,
            Adders::Admin => role >= Role::Admin,
            Adders::Nobody => false,
        }
    }

    /// Which addresses targets of people may lead to. It has to be given to the network that looks at them: what a name
    /// leads to is known there alone.
    pub fn addresses(&self) -> AddressPolicy {
        let ranges = |ranges: &[super::values::Range]| ranges.iter().map(|range| range.0).collect::<Vec<_>>();
        let mut allowed = ranges(&self.private);
        if self.loopback {
            allowed
                .extend(["127.0.0.0/8", "::1"].iter().filter_map(|text| text.parse::<AddressRange>().ok()));
        }
        AddressPolicy {
            public_only: true,
            allowed,
            forbidden: ranges(&self.forbid),
            ports: self.ports.iter().map(|ports| ports.0).collect(),
        }
    }

    /// Whether people may add this target, by what is known before any name is looked up.
    ///
    /// # Errors
    /// A sentence that says why not.
    pub fn check(&self, target: &Target) -> Result<(), String> {
        let kind = match target {
            Target::Site { .. } => PeopleKind::Site,
            Target::Tls { .. } => PeopleKind::Tls,
            Target::Ssh { .. } => PeopleKind::Ssh,
            Target::Mail { .. } => PeopleKind::Mail,
            Target::Git {
                remote: Remote::Ssh { .. } | Remote::Https { .. } | Remote::Http { .. } | Remote::Git { .. },
                ..
            } => PeopleKind::Git,
            Target::Git { .. } => {
                return Err(
                    "a remote that is a directory or runs a program stands in midwatch.toml alone".into()
                );
            }
            Target::Repository { .. } | Target::Here { .. } | Target::Server | Target::TlsReports { .. } => {
                return Err(
                    "what lies on the computer that midwatch runs on stands in midwatch.toml alone".into()
                );
            }
        };
        if !self.kinds.contains(&kind) {
            return Err("the policy of midwatch.toml does not let people add targets of this kind".into());
        }
        let addresses = self.addresses();
        let not = |host: &Host, what: String| {
            format!("{host} {what}; the policy of midwatch.toml does not let targets lead there")
        };
        let domain = match target {
            Target::Mail { domain, .. } => Some(Host::Name(domain.clone())),
            _ => None,
        };
        // Servers that a domain's records name are held to the same addresses and ports where they are connected to.
        match domain.as_ref().or(target.host()) {
            Some(host @ Host::Address(ip)) => addresses.check_ip(*ip).map_err(|what| not(host, what))?,
            // localhost is this computer whatever the DNS says (RFC 6761 6.3).
            Some(host @ Host::Name(name)) if is_localhost(name) => {
                let both = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
                both.iter().try_for_each(|ip| addresses.check_ip(*ip)).map_err(|what| not(host, what))?;
            }
            Some(Host::Name(_)) => {}
            None => return Err("it has no host".into()),
        }
        let ports: Vec<u16> = match target {
            Target::Site { https_port, http_port, .. } => vec![*https_port, *http_port],
            Target::Tls { port, .. } => vec![*port],
            Target::Ssh { port, .. } => vec![port.unwrap_or(22)],
            _ => Vec::new(),
        };
        // A site with one port that may be asked has something to be looked at.
        let anywhere =
            |port: &u16| self.ports.is_empty() || self.ports.iter().any(|range| range.0.contains(*port));
        if !ports.is_empty() && !ports.iter().any(anywhere) {
            let allowed: Vec<String> = self.ports.iter().map(|range| range.0.to_string()).collect();
            return Err(format!(
                "the policy of midwatch.toml lets targets lead to ports {} alone",
                allowed.join(", ")
            ));
        }
        Ok(())
    }

    /// Whether one address may be connected to for somebody's target.
    ///
    /// # Errors
    /// What it is, as half a sentence.
    pub fn check_address(&self, address: SocketAddr) -> Result<(), String> {
        self.addresses().check(address)
    }
}

fn is_localhost(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    name == "localhost" || name.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tls(host: &str, port: u16) -> Target {
        let host = host.parse().map_or_else(|_| Host::Name(host.into()), Host::Address);
        Target::Tls { input: host.to_string(), host, port, sni: None, starttls: None }
    }

    #[test]
    fn roles() {
        let policy = Policy::default();
        assert!(
            policy.may_add(Role::Operator) && policy.may_add(Role::Admin) && !policy.may_add(Role::Viewer)
        );
        let admins = Policy { add_targets: Adders::Admin, ..Policy::default() };
        assert!(!admins.may_add(Role::Operator) && admins.may_add(Role::Admin));
        let nobody = Policy { add_targets: Adders::Nobody, ..Policy::default() };
        assert!(!nobody.may_add(Role::Admin));
    }

    #[test]
    fn what_people_may_not_add() {
        let policy = Policy::default();
        assert_eq!(policy.check(&tls("shop.example", 443)), Ok(()));
        assert_eq!(policy.check(&tls("8.8.8.8", 853)), Ok(()));
        for host in [
            "127.0.0.1",
            "::1",
            "10.0.0.1",
            "169.254.169.254",
            "localhost",
            "a.localhost",
            "LocalHost.",
            "::ffff:127.0.0.1",
        ] {
            assert!(policy.check(&tls(host, 443)).unwrap_err().contains("policy"), "{host}");
        }
        let mail = |domain: &str| Target::Mail { input: domain.into(), domain: domain.into() };
        assert_eq!(policy.check(&mail("shop.example")), Ok(()));
        assert!(policy.check(&mail("mail.localhost")).unwrap_err().contains("policy"));
        let without = Policy { kinds: vec![PeopleKind::Site], ..Policy::default() };
        assert!(without.check(&mail("shop.example")).unwrap_err().contains("of this kind"));
        assert!(policy.check(&Target::Here { capture: None }).is_err());
        assert!(policy.check(&Target::Here { capture: Some("/etc/shadow".into()) }).is_err());
        assert!(policy.check(&Target::Repository { path: "/etc".into() }).is_err());
        let local = Target::Git { input: "/srv/x".into(), remote: Remote::Local, host: None };
        assert!(policy.check(&local).is_err());
        let sites = Policy { kinds: vec![PeopleKind::Site], ..Policy::default() };
        assert!(sites.check(&tls("shop.example", 443)).is_err());
    }

    #[test]
    fn what_the_policy_opens() {
        let open = Policy {
            loopback: true,
            private: vec!["10.1.0.0/16".parse().unwrap()],
            ports: vec!["443".parse().unwrap()],
            ..Policy::default()
        };
        for host in ["127.0.0.1", "::1", "localhost", "10.1.2.3"] {
            assert_eq!(open.check(&tls(host, 443)), Ok(()), "{host}");
        }
        assert!(open.check(&tls("10.2.0.1", 443)).is_err());
        assert!(open.check(&tls("shop.example", 22)).unwrap_err().contains("443"));
        assert!(open.check_address(SocketAddr::from(([127, 0, 0, 1], 443))).is_ok());
        assert!(open.check_address(SocketAddr::from(([127, 0, 0, 1], 22))).is_err());
    }
}
