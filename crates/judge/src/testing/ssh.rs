//! An SSH server, changed one fact at a time.

use midwatch_model::*;

use super::{About, Scene, address};

/// The server that such a scene is about.
pub fn server() -> Target {
    Target::Ssh {
        input: "git.example".into(),
        host: Host::Name("git.example".into()),
        port: None,
        user: None,
    }
}

/// A key that a server proves to hold. Its fingerprint is `SHA256:` and its name.
pub fn host_key(key_type: &str, bits: u32, name: &str) -> SshHostKey {
    SshHostKey {
        key: SshPublicKey {
            key_type: key_type.into(),
            blob: "AAAA".into(),
            bits: Some(bits),
            fingerprint: format!("SHA256:{name}"),
        },
        proof: Outcome::seen(true),
        key_exchange: "curve25519-sha256".into(),
        signature_algorithm: if key_type == "ssh-rsa" { "rsa-sha2-512".into() } else { key_type.into() },
        certificate: None,
    }
}

/// A certificate of a host that nothing is wrong with.
pub fn host_certificate() -> SshCertificate {
    SshCertificate {
        blob: "AAAA".into(),
        serial: 1,
        kind: SshCertificateKind::Host,
        key_id: "git".into(),
        principals: vec!["git.example".into()],
        valid_after: 0,
        valid_before: None,
        critical_options: Vec::new(),
        extensions: Vec::new(),
        authority: host_key("ssh-ed25519", 256, "authority").key,
        signature_algorithm: "ssh-ed25519".into(),
        signature: Outcome::seen(true),
    }
}

fn names(text: &str) -> Vec<String> {
    text.split(',').map(str::to_owned).collect()
}

impl Scene {
    /// A server as OpenSSH 10 is out of the box, changed.
    pub fn ssh(self, change: impl FnOnce(&mut SshEndpoint)) -> Self {
        let ciphers = "chacha20-poly1305@openssh.com,aes128-gcm@openssh.com,aes256-gcm@openssh.com,aes128-ctr,\
                       aes192-ctr,aes256-ctr";
        let macs = "umac-128-etm@openssh.com,hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com";
        let methods = "mlkem768x25519-sha256,sntrup761x25519-sha512,curve25519-sha256,ecdh-sha2-nistp256,\
                       ecdh-sha2-nistp384,ecdh-sha2-nistp521";
        let offered = |algorithm: &str, others: &str, key: SshHostKey| SshOfferedKey {
            algorithm: algorithm.into(),
            others: if others.is_empty() { Vec::new() } else { names(others) },
            key: Outcome::seen(key),
        };
        let mut endpoint = SshEndpoint {
            host: Host::Name("git.example".into()),
            port: 22,
            address: Some(address("192.0.2.22:22")),
            proxy: None,
            over: None,
            identification: Outcome::seen(SshIdentification {
                line: "SSH-2.0-OpenSSH_10.0".into(),
                protocol: "2.0".into(),
                software: "OpenSSH_10.0".into(),
                comments: None,
                before: Vec::new(),
            }),
            algorithms: Outcome::seen(SshAlgorithms {
                key_exchange: names(methods),
                announced: names("ext-info-s,kex-strict-s-v00@openssh.com"),
                host_key: names("rsa-sha2-512,rsa-sha2-256,ecdsa-sha2-nistp256,ssh-ed25519"),
                ciphers_to_server: names(ciphers),
                ciphers_to_client: names(ciphers),
                macs_to_server: names(macs),
                macs_to_client: names(macs),
                compression_to_server: names("none,zlib@openssh.com"),
                compression_to_client: names("none,zlib@openssh.com"),
                strict_key_exchange: true,
                terrapin: names("chacha20-poly1305@openssh.com"),
                post_quantum: names("mlkem768x25519-sha256,sntrup761x25519-sha512"),
                ..SshAlgorithms::default()
            }),
            group_exchange: Outcome::unmeasured(ReasonKind::NotAsked, "no group exchange is offered"),
            host_keys: vec![
                offered("rsa-sha2-512", "rsa-sha2-256", host_key("ssh-rsa", 3072, "rsa")),
                offered("ecdsa-sha2-nistp256", "", host_key("ecdsa-sha2-nistp256", 256, "ecdsa")),
                offered("ssh-ed25519", "", host_key("ssh-ed25519", 256, "ed25519")),
            ],
            connections: 4,
        };
        change(&mut endpoint);
        Scene { about: About::Ssh, ..self }.fact(Fact::SshEndpoint(Box::new(endpoint)))
    }

    /// What is known of the keys of the same server, by each source: its words on the keys `rsa`, `ecdsa` and
    /// `ed25519`, in this order.
    pub fn host_keys(self, known: &[(HostKeySource, [HostKeyWord; 3])]) -> Self {
        self.host_keys_changed(known, |_| {})
    }

    /// The same, changed before the verdict is folded.
    pub fn host_keys_changed(
        self,
        known: &[(HostKeySource, [HostKeyWord; 3])],
        change: impl FnOnce(&mut HostKeys),
    ) -> Self {
        let all = [
            ("ssh-rsa", 3072, "rsa"),
            ("ecdsa-sha2-nistp256", 256, "ecdsa"),
            ("ssh-ed25519", 256, "ed25519"),
        ];
        let answers = known.iter().map(|(source, words)| HostKeyAnswer {
            source: *source,
            from: match source {
                HostKeySource::KnownHosts => "~/.ssh/known_hosts".into(),
                source => format!("{source:?}"),
            },
            says: Outcome::seen(
                all.iter()
                    .zip(words)
                    .map(|((key_type, _, name), word)| said(key_type, name, *word))
                    .collect(),
            ),
        });
        let keys = all.iter().map(|(key_type, bits, name)| HostKeyMet {
            key: host_key(key_type, *bits, name).key,
            md5: Some("MD5:00".into()),
            randomart: None,
            words: Vec::new(),
            proof: Outcome::seen(true),
            authority: None,
            verdict: HostKeyVerdict::Unknown,
        });
        let mut fact = HostKeys {
            name: "git.example".into(),
            verdict: HostKeyVerdict::Unknown,
            verified_by: None,
            keys: keys.collect(),
            answers: answers.collect(),
            client: SshClient { host: "git.example".into(), port: 22, ..SshClient::default() },
        };
        change(&mut fact);
        for key in &mut fact.keys {
            key.verdict = HostKeys::verdict_of(&key.key.fingerprint, &fact.answers);
        }
        (fact.verdict, fact.verified_by) = HostKeys::fold(&fact.keys, &fact.answers);
        Scene { about: About::Ssh, ..self }.fact(Fact::HostKeys(Box::new(fact)))
    }
}

fn said(key_type: &str, name: &str, word: HostKeyWord) -> HostKeySaid {
    let expected = match word {
        HostKeyWord::Other | HostKeyWord::OtherType => vec![HostKeyExpected {
            key_type: key_type.into(),
            fingerprint: format!("SHA256:old-{name}"),
            place: Some("~/.ssh/known_hosts:3".into()),
            since: None,
        }],
        _ => Vec::new(),
    };
    HostKeySaid {
        fingerprint: format!("SHA256:{name}"),
        word,
        places: vec!["~/.ssh/known_hosts:3".into()],
        expected,
        note: None,
    }
}
