//! What the TLS probe says of real servers, against what each is configured to do, and against what sslscan
//! and `openssl s_client` say of the same server.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::process::{Command, Stdio};

use midwatch_model::{Host, Preference, TlsEndpoint, TlsVersion};
use midwatch_probe::net::{Net, NetOptions};
use midwatch_probe::progress::Silent;
use midwatch_probe::starttls::Opening;
use midwatch_probe::tls::{self, EndpointRun};
use midwatch_testbed::pki::{Key, Leaf, Pki};
use midwatch_testbed::{nginx::Nginx, openssl::s_server, terminate};

const NAME: &str = "shop.test";

async fn probe(address: SocketAddr) -> EndpointRun {
    let net = Net::new(NetOptions::default());
    tls::endpoint(
        &net,
        &Opening::direct(),
        &Host::Name(NAME.into()),
        address.port(),
        address,
        Some(NAME),
        &Silent,
    )
    .await
}

fn versions(endpoint: &TlsEndpoint) -> Vec<TlsVersion> {
    endpoint.accepted().map(|(version, _)| version).collect()
}

fn suites(endpoint: &TlsEndpoint) -> BTreeSet<(TlsVersion, u32)> {
    endpoint
        .accepted()
        .flat_map(|(version, facts)| facts.suites.iter().map(move |suite| (version, suite.id.0)))
        .collect()
}

fn names(endpoint: &TlsEndpoint, version: TlsVersion) -> Vec<String> {
    let facts = endpoint.version(version).and_then(|support| support.value());
    facts.map(|facts| facts.suites.iter().map(|suite| suite.name.clone()).collect()).unwrap_or_default()
}

fn attribute<'a>(line: &'a str, name: &str) -> &'a str {
    let start = line.find(&format!(" {name}=\"")).map(|at| at + name.len() + 3).expect(name);
    line[start..].split('"').next().unwrap_or_default()
}

/// Versions and suites as sslscan sees them, from its XML.
fn sslscan(address: SocketAddr) -> (Vec<TlsVersion>, BTreeSet<(TlsVersion, u32)>) {
    let output = Command::new("sslscan")
        .args(["--xml=-", "--no-colour", &format!("--sni-name={NAME}"), &address.to_string()])
        .output()
        .expect("sslscan (Debian's package sslscan)");
    let xml = String::from_utf8_lossy(&output.stdout).into_owned();
    let version = |text: &str| {
        TlsVersion::ALL.into_iter().find(|version| version.to_string().replace(' ', "v") == text)
    };
    let mut versions = Vec::new();
    let mut suites = BTreeSet::new();
    for line in xml.lines().map(str::trim) {
        if line.starts_with("<protocol ") && attribute(line, "enabled") == "1" {
            let kind = attribute(line, "type").to_uppercase();
            versions.extend(version(&format!("{kind}v{}", attribute(line, "version"))));
        }
        if line.starts_with("<cipher ") {
            let id = u32::from_str_radix(attribute(line, "id").trim_start_matches("0x"), 16).expect("an id");
            suites.insert((version(attribute(line, "sslversion")).expect("a version"), id));
        }
    }
    versions.sort();
    (versions, suites)
}

/// Whether `openssl s_client` gets through with one version alone.
fn s_client(address: SocketAddr, flag: &str) -> bool {
    let status = Command::new("openssl")
        .args(["s_client", "-connect", &address.to_string(), "-servername", NAME, flag])
        .args(["-cipher", "ALL:COMPLEMENTOFALL:@SECLEVEL=0"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    status.expect("openssl").success()
}

/// The endpoint must be what sslscan and s_client say that it is.
fn agrees_with_peers(endpoint: &TlsEndpoint) {
    let (their_versions, their_suites) = sslscan(endpoint.address);
    assert_eq!(versions(endpoint), their_versions, "versions, against sslscan");
    assert_eq!(suites(endpoint), their_suites, "suites, against sslscan");
    for (flag, version) in [
        ("-tls1", TlsVersion::Tls10),
        ("-tls1_1", TlsVersion::Tls11),
        ("-tls1_2", TlsVersion::Tls12),
        ("-tls1_3", TlsVersion::Tls13),
    ] {
        assert_eq!(
            versions(endpoint).contains(&version),
            s_client(endpoint.address, flag),
            "{version}, against s_client"
        );
    }
}

fn complete(endpoint: &TlsEndpoint) {
    for (version, facts) in endpoint.accepted() {
        assert_eq!((&facts.suites_incomplete, &facts.groups_incomplete), (&None, &None), "{version}");
    }
    assert!(endpoint.versions.iter().all(|result| !result.support.is_unmeasured()), "{endpoint:?}");
    assert_eq!(endpoint.quirks, [], "a sound server has no quirks");
}

const MODERN: &str = "ssl_protocols TLSv1.3;";
const INTERMEDIATE: &str = "ssl_protocols TLSv1.2 TLSv1.3; ssl_prefer_server_ciphers off;\n\
    ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:\
ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305;";

#[tokio::test]
async fn nginx_modern() {
    let pki = Pki::new();
    let identity = pki.self_signed(&Leaf::new(&[NAME]));
    let port = midwatch_testbed::free_port();
    let server = Nginx::new().tls(port, NAME, &identity, MODERN).start();
    let run = probe(server.address()).await;
    assert_eq!(versions(&run.endpoint), [TlsVersion::Tls13]);
    complete(&run.endpoint);
    agrees_with_peers(&run.endpoint);
    let facts = run.endpoint.version(TlsVersion::Tls13).and_then(|support| support.value()).unwrap();
    assert_eq!(facts.groups[..5], ["secp256r1", "secp384r1", "secp521r1", "x25519", "x448"]);
    // The chain is encrypted in TLS 1.3 and has to be fetched by a whole handshake.
    assert_eq!(run.chains.len(), 1);
    assert_eq!(run.chains[0].certificates, [pki.der(&identity.certificate)]);
    assert_eq!(run.chains[0].met_with, ["TLS 1.3 with ECDSA signatures"]);
    assert!(run.endpoint.fallback_scsv.is_unmeasured());
}

#[tokio::test]
async fn nginx_intermediate_with_two_certificates() {
    let pki = Pki::new();
    let ecdsa = pki.self_signed(&Leaf::new(&[NAME]));
    let rsa = pki.self_signed(&Leaf::new(&[NAME]).key(Key::Rsa2048));
    let port = midwatch_testbed::free_port();
    let second = format!(
        "ssl_certificate {}; ssl_certificate_key {};\n{INTERMEDIATE}",
        rsa.chain.display(),
        rsa.key.display()
    );
    let server = Nginx::new().tls(port, NAME, &ecdsa, &second).start();
    let run = probe(server.address()).await;
    assert_eq!(versions(&run.endpoint), [TlsVersion::Tls12, TlsVersion::Tls13]);
    assert_eq!(
        names(&run.endpoint, TlsVersion::Tls12),
        [
            "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
        ]
    );
    complete(&run.endpoint);
    agrees_with_peers(&run.endpoint);
    assert_eq!(run.endpoint.fallback_scsv.value(), Some(&true));
    assert_eq!(run.endpoint.secure_renegotiation.value(), Some(&true));
    assert_eq!(run.endpoint.compression.value(), Some(&false));
    assert_eq!(run.endpoint.extended_master_secret.value(), Some(&true));
    let mut chains: Vec<_> = run.chains.iter().map(|chain| chain.certificates[0].clone()).collect();
    let mut expected = vec![pki.der(&ecdsa.certificate), pki.der(&rsa.certificate)];
    chains.sort();
    expected.sort();
    assert_eq!(chains, expected, "both certificates are met");
}

#[tokio::test]
async fn s_server_with_everything_that_openssl_still_has() {
    let pki = Pki::new();
    let rsa = pki.self_signed(&Leaf::new(&[NAME]).key(Key::Rsa2048));
    let everything = ["-min_protocol", "TLSv1", "-cipher", "ALL:COMPLEMENTOFALL:@SECLEVEL=0"];
    let server = s_server(&rsa, &everything);
    let run = probe(server.address()).await;
    assert_eq!(
        versions(&run.endpoint),
        [TlsVersion::Tls10, TlsVersion::Tls11, TlsVersion::Tls12, TlsVersion::Tls13]
    );
    complete(&run.endpoint);
    agrees_with_peers(&run.endpoint);
    let facts = run.endpoint.version(TlsVersion::Tls12).and_then(|support| support.value()).unwrap();
    assert!(facts.suites.iter().any(|suite| suite.anonymous), "anonymous suites");
    assert!(facts.suites.iter().any(|suite| suite.bits == 0), "NULL suites");
    let dhe = facts.suites.iter().find(|suite| suite.key_exchange == "DHE" && !suite.anonymous).unwrap();
    let parameters = dhe.dh.as_ref().expect("parameters of a DHE suite");
    assert_eq!((parameters.bits, parameters.known_as.as_deref()), (2048, Some("MODP 2048 (RFC 3526)")));
}

#[tokio::test]
async fn who_decides_on_the_suite() {
    let pki = Pki::new();
    let rsa = pki.self_signed(&Leaf::new(&[NAME]).key(Key::Rsa2048));
    let two = "AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384";
    for (arguments, expected) in [
        (vec!["-tls1_2", "-cipher", two], Preference::Client),
        (
            vec![
                "-tls1_2",
                "-serverpref",
                "-cipher",
                "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256",
            ],
            Preference::Server,
        ),
        (
            vec![
                "-tls1_2",
                "-serverpref",
                "-cipher",
                "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384",
            ],
            Preference::Server,
        ),
        (vec!["-tls1_2", "-cipher", "AES128-GCM-SHA256"], Preference::Unknown),
    ] {
        let server = s_server(&rsa, &arguments);
        let run = probe(server.address()).await;
        let facts = run.endpoint.version(TlsVersion::Tls12).and_then(|support| support.value()).unwrap();
        assert_eq!(facts.preference, expected, "{arguments:?}");
    }
}

#[tokio::test]
async fn groups_are_found_whoever_orders_them() {
    let pki = Pki::new();
    for (key, arguments, expected) in [
        (Key::Rsa2048, vec!["-groups", "P-384:X25519"], vec!["secp384r1", "x25519"]),
        (Key::Rsa2048, vec!["-serverpref", "-groups", "P-521:P-256"], vec!["secp256r1", "secp521r1"]),
        (Key::EcP256, vec!["-groups", "P-256:X448"], vec!["secp256r1", "x448"]),
        (
            Key::Rsa2048,
            vec!["-tls1_2", "-groups", "brainpoolP256r1:secp256k1"],
            vec!["secp256k1", "brainpoolP256r1"],
        ),
    ] {
        let identity = pki.self_signed(&Leaf::new(&[NAME]).key(key));
        let server = s_server(&identity, &arguments);
        let run = probe(server.address()).await;
        for (version, facts) in run.endpoint.accepted() {
            assert_eq!(facts.groups, expected, "{version} with {arguments:?}");
        }
    }
}

#[tokio::test]
async fn haproxy_and_stunnel() {
    let pki = Pki::new();
    let identity = pki.self_signed(&Leaf::new(&[NAME]).key(Key::Rsa2048));
    let backend = Nginx::new().plain(midwatch_testbed::free_port(), NAME, "").start();
    let options = "ssl-min-ver TLSv1.2 ssl-max-ver TLSv1.2 ciphers ECDHE-RSA-AES128-GCM-SHA256:AES128-SHA";
    let haproxy = terminate::haproxy(&identity, backend.address(), options);
    let run = probe(haproxy.address()).await;
    assert_eq!(
        names(&run.endpoint, TlsVersion::Tls12),
        ["TLS_RSA_WITH_AES_128_CBC_SHA", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"]
    );
    complete(&run.endpoint);
    agrees_with_peers(&run.endpoint);

    let stunnel = terminate::stunnel(&identity, backend.address(), "sslVersionMin = TLSv1.2");
    let run = probe(stunnel.address()).await;
    assert_eq!(versions(&run.endpoint), [TlsVersion::Tls12, TlsVersion::Tls13]);
    agrees_with_peers(&run.endpoint);
}

#[tokio::test]
async fn the_same_answer_on_each_run() {
    let pki = Pki::new();
    let identity = pki.self_signed(&Leaf::new(&[NAME]));
    let server = Nginx::new().tls(midwatch_testbed::free_port(), NAME, &identity, "").start();
    let first = probe(server.address()).await;
    for _ in 0..4 {
        let again = probe(server.address()).await;
        let without_count = |endpoint: &TlsEndpoint| TlsEndpoint { connections: 0, ..endpoint.clone() };
        assert_eq!(without_count(&again.endpoint), without_count(&first.endpoint));
        assert_eq!(again.chains, first.chains);
    }
}
