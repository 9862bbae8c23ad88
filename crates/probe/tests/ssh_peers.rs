//! Real SSH servers: what is measured equals what their own tools say.

use std::process::Command;

use midwatch_model::{
    Host, Outcome, ReasonKind, SshAlgorithms, SshCertificateKind, SshEndpoint, SshHostKey, SshOfferedKey,
};
use midwatch_probe::net::{ConnectTo, Net, NetOptions};
use midwatch_probe::ssh::{self, Way};
use midwatch_testbed::Server;
use midwatch_testbed::sshd::{self, HostKeys, TinySsh};

async fn probe(server: &Server) -> SshEndpoint {
    at(server.address()).await
}

async fn at(address: std::net::SocketAddr) -> SshEndpoint {
    let net = Net::new(NetOptions::default());
    ssh::endpoint(&net, &Host::Address(address.ip()), address.port(), Way::Address(address)).await
}

fn sent<'a>(endpoint: &'a SshEndpoint, algorithm: &str) -> &'a SshHostKey {
    let offered = endpoint.host_keys.iter().find(|offered| offered.algorithm == algorithm);
    let offered = offered.unwrap_or_else(|| panic!("{algorithm} is not among {:?}", names(endpoint)));
    offered.key.value().unwrap_or_else(|| panic!("{algorithm}: {:?}", offered.key))
}

fn names(endpoint: &SshEndpoint) -> Vec<&str> {
    endpoint.host_keys.iter().map(|offered| offered.algorithm.as_str()).collect()
}

fn algorithms(endpoint: &SshEndpoint) -> &SshAlgorithms {
    endpoint.algorithms.value().unwrap_or_else(|| panic!("{:?}", endpoint.algorithms))
}

/// What `program` says, on either output.
fn said(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().expect("openssh-client is installed");
    String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
}

const KINDS: [&str; 6] = ["ed25519", "ecdsa-256", "ecdsa-384", "ecdsa-521", "rsa-2048", "dsa"];

const ALL_KEYS: &str = "HostKeyAlgorithms ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,\
                        rsa-sha2-256,rsa-sha2-512,ssh-rsa,ssh-dss";

#[tokio::test]
async fn every_key_is_the_one_in_its_file_and_proved() {
    let keys = HostKeys::new(&KINDS);
    let server = sshd::openssh(&keys, ALL_KEYS);
    let endpoint = probe(&server).await;
    let asked = [
        "ssh-ed25519",
        "ecdsa-sha2-nistp256",
        "ecdsa-sha2-nistp384",
        "ecdsa-sha2-nistp521",
        "rsa-sha2-512",
        "ssh-dss",
    ];
    assert_eq!(names(&endpoint), asked);
    assert_eq!(endpoint.host_keys[4].others, ["rsa-sha2-256", "ssh-rsa"]);
    for (kind, algorithm) in KINDS.iter().zip(asked) {
        let found = sent(&endpoint, algorithm);
        assert_eq!((found.key.key_type.clone(), found.key.blob.clone()), keys.public(kind));
        let (bits, fingerprint) = keys.fingerprint(kind);
        assert_eq!((found.key.bits, &found.key.fingerprint), (Some(bits), &fingerprint));
        assert_eq!(found.signature_algorithm, algorithm);
        match algorithm {
            "ecdsa-sha2-nistp521" | "ssh-dss" => {
                let why = found.proof.why_not().expect("ring has neither");
                assert!(why.kind == ReasonKind::Other && why.detail.contains("not verified"), "{why:?}");
            }
            _ => assert_eq!(found.proof, Outcome::seen(true), "{algorithm}"),
        }
        assert!(found.certificate.is_none());
    }
    assert_eq!(endpoint.connections, 8);
    assert_eq!(endpoint.address, Some(server.address()));
}

#[tokio::test]
async fn keys_are_those_that_ssh_keyscan_finds() {
    let keys = HostKeys::new(&KINDS);
    let server = sshd::openssh(&keys, ALL_KEYS);
    let endpoint = probe(&server).await;
    let port = server.port().to_string();
    let scanned = said("ssh-keyscan", &["-p", &port, "-t", "dsa,ecdsa,ed25519,rsa", "127.0.0.1"]);
    let mut scanned: Vec<(&str, &str)> = scanned
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(' ')?.1.split_once(' '))
        .collect();
    // ssh-keyscan takes the first of the curves alone.
    assert_eq!(scanned.len(), 4, "{scanned:?}");
    let mut found: Vec<_> = endpoint
        .sent_keys()
        .map(|sent| (sent.key.key_type.as_str(), sent.key.blob.as_str()))
        .filter(|(kind, _)| !matches!(*kind, "ecdsa-sha2-nistp384" | "ecdsa-sha2-nistp521"))
        .collect();
    scanned.sort_unstable();
    found.sort_unstable();
    assert_eq!(found, scanned);
}

#[tokio::test]
async fn certificates_are_read_and_verified() {
    let keys = HostKeys::new(&["ed25519", "rsa-2048"]);
    let validity = "20250101000000Z:20350101000000Z";
    let ed25519 = keys.certify(
        "ed25519",
        "ecdsa-256",
        &["-I", "host key of a", "-n", "a.example,b.example", "-z", "18446744073709551615", "-V", validity],
    );
    let rsa =
        keys.certify("rsa-2048", "ecdsa-256", &["-I", "for ever", "-O", "critical:why@example.com=because"]);
    let server = sshd::openssh(&keys, "");
    let endpoint = probe(&server).await;

    let found = sent(&endpoint, "ssh-ed25519-cert-v01@openssh.com");
    assert_eq!(found.proof, Outcome::seen(true));
    assert_eq!((found.key.key_type.clone(), found.key.blob.clone()), keys.public("ed25519"));
    let certificate = found.certificate.as_ref().expect("a certificate");
    assert_eq!(certificate.blob, ed25519.1);
    assert_eq!((certificate.serial, certificate.key_id.as_str()), (u64::MAX, "host key of a"));
    assert_eq!(certificate.kind, SshCertificateKind::Host);
    assert_eq!(certificate.principals, ["a.example", "b.example"]);
    // `date -u -d 2025-01-01 +%s`, and the same for 2035.
    assert_eq!((certificate.valid_after, certificate.valid_before), (1_735_689_600, Some(2_051_222_400)));
    assert_eq!(certificate.signature, Outcome::seen(true));
    assert_eq!(certificate.signature_algorithm, "ecdsa-sha2-nistp256");
    assert_eq!(certificate.authority.fingerprint, keys.fingerprint("ca").1);
    assert_eq!(
        (certificate.authority.key_type.clone(), certificate.authority.blob.clone()),
        keys.public("ca")
    );

    let found = sent(&endpoint, "rsa-sha2-512-cert-v01@openssh.com");
    assert_eq!(found.proof, Outcome::seen(true));
    assert_eq!((found.key.key_type.clone(), found.key.blob.clone()), keys.public("rsa-2048"));
    let certificate = found.certificate.as_ref().expect("a certificate");
    assert_eq!(certificate.blob, rsa.1);
    assert_eq!((certificate.serial, certificate.principals.len()), (0, 0));
    assert_eq!((certificate.valid_after, certificate.valid_before), (0, None));
    let options: Vec<_> = certificate.critical_options.iter().map(|option| option.name.as_str()).collect();
    assert_eq!(options, ["why@example.com"]);
    assert_eq!(certificate.signature, Outcome::seen(true));
    // The keys themselves are offered beside their certificates.
    assert_eq!(sent(&endpoint, "ssh-ed25519").key, sent(&endpoint, "ssh-ed25519-cert-v01@openssh.com").key);
}

#[tokio::test]
async fn algorithms_are_those_that_ssh_and_sshd_tell() {
    let keys = HostKeys::new(&["ed25519"]);
    let server = sshd::openssh(&keys, "");
    let endpoint = probe(&server).await;
    let found = algorithms(&endpoint);

    let port = server.port().to_string();
    let options =
        ["-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes", "-o", "UserKnownHostsFile=/dev/null"];
    let told = said("ssh", &[&["-vv", "-F", "none", "-p", &port][..], &options, &["127.0.0.1"]].concat());
    let (_, peer) = told.split_once("peer server KEXINIT proposal").expect("ssh tells the server's lists");
    let list = |label: &str| -> Vec<String> {
        let line = peer.lines().find_map(|line| line.strip_prefix(&format!("debug2: {label}: ")));
        line.map(|line| line.trim().split(',').map(str::to_owned).collect()).unwrap_or_default()
    };
    let with_announced: Vec<String> = found.key_exchange.iter().chain(&found.announced).cloned().collect();
    assert_eq!(with_announced, list("KEX algorithms"));
    for (ours, label) in [
        (&found.host_key, "host key algorithms"),
        (&found.ciphers_to_server, "ciphers ctos"),
        (&found.ciphers_to_client, "ciphers stoc"),
        (&found.macs_to_server, "MACs ctos"),
        (&found.macs_to_client, "MACs stoc"),
        (&found.compression_to_server, "compression ctos"),
        (&found.compression_to_client, "compression stoc"),
    ] {
        assert!(!ours.is_empty() && *ours == list(label), "{label}: {ours:?} is not {:?}", list(label));
    }
    let settings = sshd::openssh_settings(&keys, "");
    for (keyword, ours) in [
        ("kexalgorithms", &found.key_exchange),
        ("ciphers", &found.ciphers_to_client),
        ("macs", &found.macs_to_client),
    ] {
        let value = settings.iter().find(|(key, _)| key == keyword).map(|(_, value)| value.as_str());
        assert_eq!(value, Some(ours.join(",").as_str()), "{keyword}");
    }
    assert!(found.strict_key_exchange);
    assert_eq!(found.terrapin, ["chacha20-poly1305@openssh.com"]);
    assert!(found.post_quantum.iter().any(|name| name.starts_with("sntrup761x25519-sha512")));
    let identification = endpoint.identification.value().expect("an identification");
    assert!(told.contains(&format!("remote software version {}", identification.software)));
    assert_eq!(identification.protocol, "2.0");
    let group = endpoint.group_exchange.value().expect("a group");
    assert!(group.bits >= 2048, "{group:?}");
}

#[tokio::test]
async fn every_method_that_is_run_proves_the_key() {
    let keys = HostKeys::new(&["ed25519"]);
    for method in [
        "curve25519-sha256",
        "curve25519-sha256@libssh.org",
        "ecdh-sha2-nistp256",
        "ecdh-sha2-nistp384",
        "diffie-hellman-group14-sha256",
        "diffie-hellman-group16-sha512",
        "diffie-hellman-group18-sha512",
        "diffie-hellman-group-exchange-sha256",
        "diffie-hellman-group-exchange-sha1",
        "diffie-hellman-group14-sha1",
        "diffie-hellman-group1-sha1",
    ] {
        let server = sshd::openssh(&keys, &format!("KexAlgorithms {method}"));
        let endpoint = probe(&server).await;
        let found = sent(&endpoint, "ssh-ed25519");
        assert_eq!((found.key_exchange.as_str(), &found.proof), (method, &Outcome::seen(true)));
    }
}

#[tokio::test]
async fn methods_that_are_not_run_leave_keys_unmeasured() {
    let keys = HostKeys::new(&["ed25519"]);
    for method in ["ecdh-sha2-nistp521", "sntrup761x25519-sha512@openssh.com"] {
        let server = sshd::openssh(&keys, &format!("KexAlgorithms {method}"));
        let endpoint = probe(&server).await;
        assert!(algorithms(&endpoint).key_exchange[0].starts_with(method));
        let [SshOfferedKey { key: Outcome::Unmeasured { why }, .. }] = &endpoint.host_keys[..] else {
            panic!("{:?}", endpoint.host_keys);
        };
        assert!(why.kind == ReasonKind::Other && why.detail.contains(method), "{why:?}");
    }
}

#[tokio::test]
async fn an_old_server_is_measured_too() {
    let keys = HostKeys::new(&["rsa-2048"]);
    let options = "KexAlgorithms diffie-hellman-group1-sha1\nHostKeyAlgorithms ssh-rsa\nCiphers 3des-cbc\n\
                   MACs hmac-sha1,hmac-sha1-etm@openssh.com";
    let server = sshd::openssh(&keys, options);
    let endpoint = probe(&server).await;
    let found = algorithms(&endpoint);
    assert_eq!(found.key_exchange, ["diffie-hellman-group1-sha1"]);
    assert_eq!(found.host_key, ["ssh-rsa"]);
    assert_eq!(found.terrapin, ["3des-cbc with hmac-sha1-etm@openssh.com"]);
    assert!(found.post_quantum.is_empty());
    let found = sent(&endpoint, "ssh-rsa");
    assert_eq!((found.signature_algorithm.as_str(), &found.proof), ("ssh-rsa", &Outcome::seen(true)));
    let why = endpoint.group_exchange.why_not().expect("not offered");
    assert_eq!(why.kind, ReasonKind::NotAsked);
}

#[tokio::test]
async fn dropbear_is_measured() {
    let (server, fingerprints) = sshd::dropbear(&["ed25519", "ecdsa", "rsa"]);
    let endpoint = probe(&server).await;
    for (algorithm, fingerprint) in
        ["ssh-ed25519", "ecdsa-sha2-nistp256", "rsa-sha2-256"].into_iter().zip(fingerprints)
    {
        let found = sent(&endpoint, algorithm);
        assert_eq!((&found.key.fingerprint, &found.proof), (&fingerprint, &Outcome::seen(true)));
    }
    let identification = endpoint.identification.value().expect("an identification");
    assert!(identification.software.starts_with("dropbear_"), "{identification:?}");
    assert!(!algorithms(&endpoint).key_exchange.iter().any(|name| name.starts_with("kexguess2")));
}

#[tokio::test]
async fn tinyssh_is_measured() {
    let server = TinySsh::start();
    let endpoint = at(server.address()).await;
    let found = sent(&endpoint, "ssh-ed25519");
    let blob = [&b"\0\0\0\x0bssh-ed25519\0\0\0\x20"[..], &server.public()].concat();
    assert_eq!(found.key.blob, base64::Engine::encode(&base64::engine::general_purpose::STANDARD, blob));
    assert_eq!(found.proof, Outcome::seen(true));
}

#[tokio::test]
async fn a_proxy_leads_there_too() {
    let keys = HostKeys::new(&["ed25519"]);
    let (server, proxy) = (sshd::openssh(&keys, ""), sshd::socks5());
    let host = Host::Name("server.example".into());
    let way = Way::Socks5(proxy.address());
    let to = ConnectTo { host: host.clone(), port: 22, to: server.address() };
    let net = Net::new(NetOptions { connect_to: vec![to], offline: true, ..NetOptions::default() });
    let endpoint = ssh::endpoint(&net, &host, 22, way.clone()).await;
    assert_eq!(sent(&endpoint, "ssh-ed25519").proof, Outcome::seen(true));
    assert_eq!((endpoint.address, endpoint.proxy), (None, Some(proxy.address())));

    // Offline, nobody looks the name up, and an address that is given is asked for by the proxy as it is.
    let net = Net::new(NetOptions { offline: true, ..NetOptions::default() });
    let unknown = ssh::endpoint(&net, &host, 22, way.clone()).await;
    assert_eq!(unknown.identification.why_not().map(|why| why.kind), Some(ReasonKind::NotAsked));
    let address = Host::Address(server.address().ip());
    let net = Net::new(NetOptions::default());
    let endpoint = ssh::endpoint(&net, &address, server.port(), way.clone()).await;
    assert_eq!(sent(&endpoint, "ssh-ed25519").proof, Outcome::seen(true));
    let closed = ssh::endpoint(&net, &address, midwatch_testbed::free_port(), way).await;
    assert_eq!(closed.identification.why_not().map(|why| why.kind), Some(ReasonKind::ConnectionRefused));
}
