//! What `openssl s_client` meets, beside what midwatch does.

#![allow(dead_code, reason = "each test file uses a part of it")]

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use midwatch_model::{TlsEndpoint, TlsVersion};
use midwatch_probe::tls::EndpointRun;

const VERSIONS: [(&str, TlsVersion); 4] = [
    ("-tls1", TlsVersion::Tls10),
    ("-tls1_1", TlsVersion::Tls11),
    ("-tls1_2", TlsVersion::Tls12),
    ("-tls1_3", TlsVersion::Tls13),
];

/// Every suite that OpenSSL's client can offer, by its own names: those of TLS 1.3 are another option of it.
const OLD: &str = "ALL:@SECLEVEL=0";
const NEW: [&str; 5] = [
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
    "TLS_AES_128_GCM_SHA256",
    "TLS_AES_128_CCM_SHA256",
    "TLS_AES_128_CCM_8_SHA256",
];

/// How the client is started for one server.
pub struct Client<'a> {
    /// As `-starttls` has it; none where TLS begins with the connection.
    pub protocol: Option<&'a str>,
    /// The server.
    pub at: SocketAddr,
    /// The name that is asked for.
    pub name: &'a str,
}

impl Client<'_> {
    /// What it says of a handshake with these arguments.
    fn run(&self, arguments: &[&str]) -> String {
        let mut command = Command::new("timeout");
        command.args(["20", "openssl", "s_client", "-connect", &self.at.to_string()]);
        command.args(["-servername", self.name]);
        if let Some(protocol) = self.protocol {
            command.args(["-starttls", protocol, "-xmpphost", self.name]);
        }
        let out = command.args(arguments).stdin(Stdio::null()).output();
        let out = out.expect("openssl: apt-get install openssl");
        String::from_utf8_lossy(&out.stdout).into_owned()
    }

    /// By the names of OpenSSL, in which versions the server speaks TLS.
    pub fn meets_the_same_versions(&self, endpoint: &TlsEndpoint) {
        let accepted: Vec<TlsVersion> = endpoint.accepted().map(|(version, _)| version).collect();
        for (argument, version) in VERSIONS {
            let met = self.run(&[argument, "-cipher", OLD]).contains("Server certificate");
            assert_eq!(accepted.contains(&version), met, "{:?} with {version}", self.protocol);
        }
    }

    /// The suites that the server takes in one version, each taken out of the offer once it was chosen.
    fn suites(&self, argument: &str) -> BTreeSet<String> {
        let mut met = BTreeSet::new();
        loop {
            let said = if argument == "-tls1_3" {
                let offer: Vec<&str> = NEW.into_iter().filter(|suite| !met.contains(*suite)).collect();
                if offer.is_empty() {
                    return met;
                }
                self.run(&[argument, "-ciphersuites", &offer.join(":"), "-cipher", OLD])
            } else {
                let out: String = met.iter().map(|suite| format!(":!{suite}")).collect();
                self.run(&[argument, "-cipher", &format!("{OLD}{out}")])
            };
            let chosen = said.split_once("Cipher is ").and_then(|(_, rest)| rest.lines().next());
            match chosen {
                None | Some("(NONE)") => return met,
                Some(suite) => {
                    assert!(met.insert(suite.to_owned()), "{suite} was not offered again: {said}");
                }
            }
        }
    }

    /// Versions, the suites of each, and the certificate are the same.
    pub fn meets_the_same_tls(&self, run: &EndpointRun) {
        let numbers = numbers();
        for (argument, version) in VERSIONS {
            let met: BTreeSet<u32> = self.suites(argument).iter().map(|name| numbers(name)).collect();
            let known = run.endpoint.version(version).and_then(|support| support.value());
            let known: BTreeSet<u32> =
                known.iter().flat_map(|facts| &facts.suites).map(|suite| suite.id.0).collect();
            assert_eq!(known, met, "{:?}: suites of {version}", self.protocol);
        }
        let said = self.run(&[]);
        let leaf = said
            .split_once("-----BEGIN CERTIFICATE-----")
            .and_then(|(_, rest)| rest.split_once("-----END CERTIFICATE-----"))
            .map(|(body, _)| STANDARD.decode(body.split_whitespace().collect::<String>()).expect("base64"));
        let sent = run.chains.first().and_then(|chain| chain.certificates.first());
        assert!(leaf.is_some() && leaf.as_ref() == sent, "{:?}: the certificate: {said}", self.protocol);
    }
}

/// The numbers of suites by OpenSSL's names.
fn numbers() -> impl Fn(&str) -> u32 {
    let out = Command::new("openssl").args(["ciphers", "-V", "ALL:COMPLEMENTOFALL:@SECLEVEL=0"]).output();
    let text = String::from_utf8(out.expect("openssl").stdout).expect("text");
    let known: Vec<(String, u32)> = text
        .lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            let digits = words.next()?.replace("0x", "").replace(',', "");
            let name = words.nth(1)?;
            Some((name.to_owned(), u32::from_str_radix(&digits, 16).ok()?))
        })
        // Those that only `-ciphersuites` takes.
        .chain([
            ("TLS_AES_128_CCM_SHA256".to_owned(), 0x1304),
            ("TLS_AES_128_CCM_8_SHA256".to_owned(), 0x1305),
        ])
        .collect();
    move |name| known.iter().find(|(known, _)| known == name).unwrap_or_else(|| panic!("{name}?")).1
}
