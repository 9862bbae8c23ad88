//! An SSH server of another age, with a certificate that has ended and a key that it merely shows.

use midwatch_model::*;

use super::{HOSTILE, Seen, address, evidence, finding, strings};

const PLACE: &str = "git.example:22";

fn key(key_type: &str, bits: u32, hash: &str) -> SshPublicKey {
    SshPublicKey {
        key_type: key_type.into(),
        blob: "AAAA".into(),
        bits: Some(bits),
        fingerprint: format!("SHA256:{hash}"),
    }
}

fn sent(key: SshPublicKey, proof: Outcome<bool>, signature_algorithm: &str) -> SshHostKey {
    SshHostKey {
        key,
        proof,
        key_exchange: "curve25519-sha256".into(),
        signature_algorithm: signature_algorithm.into(),
        certificate: None,
    }
}

fn host_keys() -> Vec<SshOfferedKey> {
    let rsa = key("ssh-rsa", 1024, "Zq4lOkPjzTM4MBgnJEvcHkgEF3ybCEyGQwT2jMGIwjY");
    let ed25519 = key("ssh-ed25519", 256, "nThbg6kXUpJWGl7E1IGOCspRomTxdCARLviKw6E5SY8");
    let dsa = key("ssh-dss", 1024, "br9IjFspm1vxR3iA35FWE+4VTyz1hYVLIE2t1/CeyWQ");
    let mut certified = sent(ed25519.clone(), Outcome::seen(true), "ssh-ed25519");
    certified.certificate = Some(SshCertificate {
        blob: "AAAA".into(),
        serial: 7,
        kind: SshCertificateKind::Host,
        key_id: HOSTILE.into(),
        principals: strings(&["git.example", "code.example"]),
        valid_after: 1_735_689_600,
        valid_before: Some(1_767_225_600),
        critical_options: vec![SshCertificateOption { name: "why@example.com".into(), data: String::new() }],
        extensions: Vec::new(),
        authority: key("ecdsa-sha2-nistp256", 256, "R2wqPPOaDcKGjfuW3Uu4dJxKtwn4nZ5GJ0iXdTVbxyM"),
        signature_algorithm: "ecdsa-sha2-nistp256".into(),
        signature: Outcome::seen(true),
    });
    let not_verified = Outcome::unmeasured(ReasonKind::Other, "signatures of DSA are not verified here");
    let offered = |algorithm: &str, others: &[&str], key: Outcome<SshHostKey>| SshOfferedKey {
        algorithm: algorithm.into(),
        others: strings(others),
        key,
    };
    vec![
        offered("ssh-ed25519-cert-v01@openssh.com", &[], Outcome::seen(certified)),
        offered("ssh-ed25519", &[], Outcome::seen(sent(ed25519, Outcome::seen(true), "ssh-ed25519"))),
        offered(
            "rsa-sha2-512",
            &["rsa-sha2-256", "ssh-rsa"],
            Outcome::seen(sent(rsa, Outcome::seen(false), "rsa-sha2-512")),
        ),
        offered("ssh-dss", &[], Outcome::seen(sent(dsa, not_verified, "ssh-dss"))),
        offered("ecdsa-sha2-nistp521", &[], Outcome::unmeasured(ReasonKind::Timeout, "no answer in 10 s")),
    ]
}

/// A key that has changed, and one that is merely shown.
fn known() -> HostKeys {
    let met = |key: SshPublicKey, proof: Outcome<bool>, verdict| HostKeyMet {
        key,
        md5: Some("MD5:cf:1f:4f:a9:de:d0:62:df:2d:f5:ad:a2:f8:2d:9b:48".into()),
        randomart: Some("+--[ED25519 256]--+\n|   .. ...+       |\n+----[SHA256]-----+".into()),
        words: strings(&["burbank", "unravel", "suspense", "voyager"]),
        proof,
        authority: None,
        verdict,
    };
    let ed25519 = key("ssh-ed25519", 256, "nThbg6kXUpJWGl7E1IGOCspRomTxdCARLviKw6E5SY8");
    let rsa = key("ssh-rsa", 1024, "Zq4lOkPjzTM4MBgnJEvcHkgEF3ybCEyGQwT2jMGIwjY");
    let said = |key: &SshPublicKey, word, expected: &[&str], note: Option<&str>| HostKeySaid {
        fingerprint: key.fingerprint.clone(),
        word,
        places: Vec::new(),
        expected: expected
            .iter()
            .map(|hash| HostKeyExpected {
                key_type: key.key_type.clone(),
                fingerprint: format!("SHA256:{hash}"),
                place: Some("~/.ssh/known_hosts:3".into()),
                since: Some("2026-03-01T09:00:00Z".into()),
            })
            .collect(),
        note: note.map(str::to_owned),
    };
    let old = "1cKSE8lp6Ri66bEeSPRcwK6+UfMM7cGU9G3o7Zb4EUc";
    let answers = vec![
        HostKeyAnswer {
            source: HostKeySource::KnownHosts,
            from: "~/.ssh/known_hosts".into(),
            says: Outcome::seen(vec![
                said(&ed25519, HostKeyWord::Other, &[old], None),
                said(&rsa, HostKeyWord::OtherType, &[old], Some(HOSTILE)),
            ]),
        },
        HostKeyAnswer {
            source: HostKeySource::Sshfp,
            from: "SSHFP records of git.example".into(),
            says: Outcome::unmeasured(ReasonKind::Other, "they prove nothing: the zone is not signed"),
        },
    ];
    let keys = vec![
        met(ed25519, Outcome::seen(true), HostKeyVerdict::Changed),
        met(rsa, Outcome::seen(false), HostKeyVerdict::Unknown),
    ];
    HostKeys {
        name: "git.example".into(),
        verdict: HostKeyVerdict::Changed,
        verified_by: None,
        keys,
        answers,
        client: SshClient { host: "git.example".into(), port: 22, ..SshClient::default() },
    }
}

fn endpoint(at: &str) -> Fact {
    let ciphers =
        ["chacha20-poly1305@openssh.com", "aes128-ctr", "aes256-gcm@openssh.com", "3des-cbc", "arcfour"];
    Fact::SshEndpoint(Box::new(SshEndpoint {
        host: Host::Name("git.example".into()),
        port: 22,
        address: Some(address(at)),
        proxy: None,
        over: None,
        identification: Outcome::seen(SshIdentification {
            line: format!("SSH-1.99-OpenSSH_6.6 {HOSTILE}"),
            protocol: "1.99".into(),
            software: "OpenSSH_6.6".into(),
            comments: Some(HOSTILE.into()),
            before: strings(&["Authorised people only."]),
        }),
        algorithms: Outcome::seen(SshAlgorithms {
            key_exchange: strings(&["curve25519-sha256@libssh.org", "diffie-hellman-group1-sha1"]),
            announced: strings(&["ext-info-s"]),
            host_key: strings(&[
                "ssh-ed25519-cert-v01@openssh.com",
                "ssh-ed25519",
                "rsa-sha2-512",
                "rsa-sha2-256",
                "ssh-rsa",
                "ssh-dss",
                "ecdsa-sha2-nistp521",
            ]),
            ciphers_to_server: strings(&ciphers),
            ciphers_to_client: strings(&ciphers[..4]),
            macs_to_server: strings(&["hmac-sha2-256-etm@openssh.com", "hmac-md5"]),
            macs_to_client: strings(&["hmac-sha2-256-etm@openssh.com", "hmac-md5"]),
            compression_to_server: strings(&["none", "zlib"]),
            compression_to_client: strings(&["none", "zlib"]),
            strict_key_exchange: false,
            terrapin: strings(&[
                "3des-cbc with hmac-sha2-256-etm@openssh.com",
                "chacha20-poly1305@openssh.com",
            ]),
            post_quantum: Vec::new(),
            ..SshAlgorithms::default()
        }),
        group_exchange: Outcome::unmeasured(ReasonKind::NotAsked, "the server does not offer group exchange"),
        host_keys: host_keys(),
        connections: 7,
    }))
}

/// The server at two addresses, with some of what is found of it.
pub(super) fn old_server() -> TargetReport {
    let mut seen = Seen::default();
    seen.add(PLACE, endpoint("192.0.2.22:22"));
    seen.add(PLACE, endpoint("[2001:db8::22]:22"));
    seen.add(PLACE, Fact::HostKeys(Box::new(known())));
    let findings = vec![
        Finding {
            evidence: vec![evidence("o1", "192.0.2.22:22 shows ssh-rsa, and its signature does not verify")],
            benign: strings(&["The server's SSH may be broken for this kind of key."]),
            ..finding("host-key-unproved", Severity::High, "A host key is shown without proof", PLACE)
        },
        Finding {
            evidence: vec![
                evidence("o1", "192.0.2.22:22 says \"SSH-1.99-OpenSSH_6.6\""),
                evidence("o2", "[2001:db8::22]:22 says \"SSH-1.99-OpenSSH_6.6\""),
            ],
            ..finding("ssh-protocol-1", Severity::High, "SSH 1 is spoken", PLACE)
        },
        Finding {
            evidence: vec![evidence("o1", "192.0.2.22:22 offers arcfour")],
            fix: Fix {
                summary: "Take these ciphers away.".into(),
                servers: vec![ServerFix {
                    server: ServerSoftware::OpenSsh,
                    place: "in /etc/ssh/sshd_config".into(),
                    lines: "Ciphers -*-cbc,arcfour*".into(),
                    seen: true,
                }],
                ..Fix::default()
            },
            ..finding("ssh-cipher-weak", Severity::Medium, "Broken ciphers are offered", PLACE)
        },
    ];
    TargetReport {
        target: Target::Ssh {
            input: "git.example".into(),
            host: Host::Name("git.example".into()),
            port: None,
            user: None,
        },
        state: State::Measured,
        error: None,
        observations: seen.0,
        findings,
        attacks: Vec::new(),
        path: Vec::new(),
    }
}
