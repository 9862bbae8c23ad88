//! What the DNS says of `shop.example`, changed one fact at a time.

use midwatch_model::*;

use super::{Scene, address};

impl Scene {
    /// A signed zone whose answers hold, changed.
    pub fn dnssec(self, change: impl FnOnce(&mut Dnssec)) -> Self {
        let mut fact = Dnssec {
            name: "shop.example".into(),
            resolver: "192.0.2.53:53".into(),
            zone: Some("shop.example".into()),
            security: Outcome::seen(Security::Secure),
            aliases: vec!["shop.example".into()],
            alias_loop: false,
            resolver_fails: None,
            extended: vec![],
            faults: vec![],
        };
        change(&mut fact);
        self.fact(Fact::Dnssec(fact))
    }

    /// CAA records of the name by tag and value, in a signed zone.
    pub fn caa(self, records: &[(&str, &str)]) -> Self {
        let records: Vec<CaaRecord> = records.iter().map(|(tag, value)| caa_record(tag, value)).collect();
        let found_at = (!records.is_empty()).then(|| "shop.example".to_owned());
        self.fact(Fact::Caa(Caa {
            name: "shop.example".into(),
            found_at,
            records: Outcome::seen(records),
            security: Outcome::seen(Security::Secure),
        }))
    }

    /// One TLSA record in a signed zone, which matches the first certificate or none, changed.
    pub fn tlsa(self, matches: bool, change: impl FnOnce(&mut Tlsa)) -> Self {
        let data = "7".repeat(64);
        let mut fact = Tlsa {
            name: "_443._tcp.shop.example".into(),
            records: Outcome::seen(vec![TlsaRecord {
                usage: 3,
                selector: 1,
                matching: 1,
                data,
                usable: true,
            }]),
            security: Outcome::seen(Security::Secure),
            matches: vec![TlsaMatch {
                record: 0,
                address: address(super::ADDRESS),
                leaf: "ab".into(),
                certificate: matches.then_some(0),
            }],
        };
        change(&mut fact);
        self.fact(Fact::Tlsa(fact))
    }

    /// SSHFP records of a host by algorithm and hash, in a signed zone, changed.
    pub fn sshfp(self, records: &[(u8, u8)], change: impl FnOnce(&mut Sshfp)) -> Self {
        let record = |&(algorithm, hash): &(u8, u8)| {
            let fingerprint = "7".repeat(if hash == 1 { 40 } else { 64 });
            SshfpRecord { algorithm, hash, fingerprint, usable: true }
        };
        let mut fact = Sshfp {
            name: "git.example".into(),
            records: Outcome::seen(records.iter().map(record).collect()),
            security: Outcome::seen(Security::Secure),
        };
        change(&mut fact);
        self.fact(Fact::Sshfp(fact))
    }

    /// HTTPS records with one that only repeats the name, changed.
    pub fn https_record(self, change: impl FnOnce(&mut HttpsRecord)) -> Self {
        let binding = ServiceBinding {
            priority: 1,
            target: ".".into(),
            mandatory: vec![],
            alpn: vec!["h2".into()],
            no_default_alpn: false,
            port: None,
            hints: vec![],
            ech: vec![],
            others: vec![],
            problems: vec![],
        };
        let mut fact = HttpsRecord {
            name: "shop.example".into(),
            aliases: vec![],
            alias_loop: false,
            records: Outcome::seen(vec![binding]),
            security: Outcome::seen(Security::Secure),
        };
        change(&mut fact);
        self.fact(Fact::HttpsRecord(fact))
    }

    /// MX records by preference and name, in a signed zone.
    pub fn mx(self, records: &[(u16, &str)]) -> Self {
        let one = |&(preference, exchange): &(u16, &str)| MxRecord { preference, exchange: exchange.into() };
        self.fact(Fact::Mx(Mx {
            name: "shop.example".into(),
            records: Outcome::seen(records.iter().map(one).collect()),
            security: Outcome::seen(Security::Secure),
        }))
    }

    /// DS records by key tag, with what DNSSEC proves of them.
    pub fn ds(self, tags: &[u16], security: Outcome<Security>) -> Self {
        let one = |&key_tag: &u16| DsRecord {
            key_tag,
            algorithm: 13,
            digest_type: 2,
            digest: format!("{key_tag:04x}").repeat(16),
        };
        self.fact(Fact::Ds(Ds {
            zone: "shop.example".into(),
            records: Outcome::seen(tags.iter().map(one).collect()),
            security,
        }))
    }

    /// Two name servers that agree with each other and with the zone above, changed.
    pub fn delegation(self, change: impl FnOnce(&mut Delegation)) -> Self {
        let ns = vec!["ns1.shop.example".to_owned(), "ns2.shop.example".to_owned()];
        let server = |name: &str, at: &str| NameServer {
            name: name.into(),
            address: Some(address(at)),
            given: false,
            answer: Outcome::seen(ServerAnswer {
                authoritative: true,
                rcode: "NOERROR".into(),
                ns: ns.clone(),
                serial: Some(7),
            }),
        };
        let (one, two) = (address("192.0.2.1:53"), address("192.0.2.2:53"));
        let mut fact = Delegation {
            zone: "shop.example".into(),
            name_servers: Outcome::seen(ns.clone()),
            servers: vec![
                server("ns1.shop.example", "192.0.2.1:53"),
                server("ns2.shop.example", "192.0.2.2:53"),
            ],
            parent: Outcome::seen(ParentDelegation {
                zone: "example".into(),
                server: address("198.51.100.1:53"),
                ns: ns.clone(),
                glue: vec![("ns1.shop.example".into(), one.ip()), ("ns2.shop.example".into(), two.ip())],
            }),
            dangling: vec![],
        };
        change(&mut fact);
        self.fact(Fact::Delegation(Box::new(fact)))
    }
}

/// A CAA record by tag and value. Parameters stand after semicolons.
pub(crate) fn caa_record(tag: &str, value: &str) -> CaaRecord {
    let mut parts = value.split(';').map(str::trim);
    let issuer = parts.next().filter(|issuer| !issuer.is_empty() && tag.starts_with("issue"));
    CaaRecord {
        critical: false,
        tag: tag.into(),
        value: value.into(),
        issuer: issuer.map(str::to_owned),
        parameters: parts
            .filter_map(|part| part.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        malformed: false,
    }
}
