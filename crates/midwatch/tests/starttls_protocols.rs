//! `midwatch tls --starttls` with files, directories, chat, databases and news, as its users run it; and beside sslyze
//! and testssl.sh on the same servers.

mod common;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};

use common::{Audit, Told, midwatch, stdout};
use midwatch_model::{AttackId, Fact, Severity, TargetReport, Verdict};
use midwatch_testbed::pki::{Identity, Key, Leaf, Pki};
use midwatch_testbed::postgres::Postgres;
use midwatch_testbed::{Encryption, exim, ftp, inn, irc, mariadb, prosody, python, slapd};

const NAME: &str = "shop.example";

/// A real audit on the registered port of the protocol, which leads to this port, offline.
fn audit(protocol: &str, port: u16, trust: &Path) -> Told {
    let registered = midwatch_model::Starttls::of(protocol).expect("a protocol").port();
    let resolve = format!("{NAME}:{registered}:127.0.0.1:{port}");
    Audit::starttls(NAME, protocol).trust(trust).with(&["--resolve", &resolve]).told(2)
}

fn authority(pki: &Pki) -> (Identity, std::path::PathBuf) {
    let ca = pki.authority("shop", Key::EcP256);
    (pki.issue(&ca, &Leaf::new(&[NAME])), ca.certificate)
}

#[test]
fn where_tls_is_offered_nothing_is_found_but_login_before_it() {
    let pki = Pki::new();
    let (identity, ca) = authority(&pki);
    let offered = Encryption::Offered;
    let vsftpd = ftp::vsftpd(offered, &identity);
    let slapd = slapd::start(offered, &identity);
    let prosody = prosody::start(offered, &identity);
    let postgres = Postgres::with_tls(&identity);
    let mariadb = mariadb::start(offered, &identity);
    let inn = inn::start(offered, &identity);
    let inspircd = irc::inspircd(offered, &identity);
    for (protocol, port, login) in [
        ("ftp", vsftpd.port(), None),
        // CRAM-MD5 and DIGEST-MD5, as SASL has them in store.
        ("ldap", slapd.port(), Some(Severity::Medium)),
        ("xmpp", prosody.port(), Some(Severity::Low)),
        ("postgres", postgres.port(), None),
        ("mysql", mariadb.port(), None),
        ("nntp", inn.port(), Some(Severity::Medium)),
        ("irc", inspircd.port(), None),
    ] {
        let audit = audit(protocol, port, &ca);
        for id in ["starttls-not-offered", "starttls-refused", "starttls-plain-text-after"] {
            assert_eq!(audit.found(id), None, "{protocol}: {id}: {}", audit.text);
        }
        // InspIRCd 3.15 really has this fault.
        let carried_over = (protocol == "irc").then_some(Severity::High);
        assert_eq!(audit.found("starttls-command-injection"), carried_over, "{protocol}: {}", audit.text);
        assert_eq!(audit.found("starttls-plain-login"), login, "{protocol}: {}", audit.text);
        // Never more than was seen: no protocol of these says that it takes no password.
        assert_ne!(
            audit.verdict(AttackId::StrippingAndDowngrade),
            Verdict::Protected,
            "{protocol}: {}",
            audit.text
        );
        assert_eq!(audit.verdict(AttackId::Impersonation), Verdict::Protected, "{protocol}: {}", audit.text);
        // What commands that are carried over can do is told of every protocol.
        if carried_over.is_none() {
            audit.says_nothing_of_the_web_or(&["mailbox"]);
        }
    }
}

#[test]
fn where_there_is_no_tls_that_is_found() {
    let pki = Pki::new();
    let (identity, ca) = authority(&pki);
    let off = Encryption::Off;
    let vsftpd = ftp::vsftpd(off, &identity);
    let slapd = slapd::start(off, &identity);
    let prosody = prosody::start(off, &identity);
    let postgres = Postgres::start();
    let mariadb = mariadb::start(off, &identity);
    let exim = exim::start(off, &identity);
    for (protocol, port, finding) in [
        ("ftp", vsftpd.port(), "starttls-not-offered"),
        ("ldap", slapd.port(), "starttls-not-offered"),
        ("xmpp", prosody.port(), "starttls-not-offered"),
        // It has no offers: the answer to the request is all there is.
        ("postgres", postgres.port(), "starttls-refused"),
        ("mysql", mariadb.port(), "starttls-not-offered"),
        ("smtp", exim.port(), "starttls-not-offered"),
    ] {
        let audit = audit(protocol, port, &ca);
        assert_eq!(audit.found(finding), Some(Severity::High), "{protocol}: {}", audit.text);
        assert_eq!(audit.verdict(AttackId::Eavesdropping), Verdict::Exposed, "{protocol}: {}", audit.text);
        assert_eq!(audit.verdict(AttackId::StrippingAndDowngrade), Verdict::Exposed, "{protocol}");
    }
}

#[test]
fn a_directory_that_wants_tls_first_is_protected() {
    let pki = Pki::new();
    let (identity, ca) = authority(&pki);
    let slapd = slapd::start(Encryption::Required, &identity);
    let ldap = audit("ldap", slapd.port(), &ca);
    assert_eq!(ldap.found("starttls-plain-login"), None);
    assert_eq!(ldap.found("starttls-not-offered"), None);
}

#[test]
fn a_chat_that_wants_tls_first_takes_no_login_before_it() {
    let pki = Pki::new();
    let (identity, ca) = authority(&pki);
    let prosody = prosody::start(Encryption::Required, &identity);
    let xmpp = audit("xmpp", prosody.port(), &ca);
    assert_eq!(xmpp.found("starttls-plain-login"), None);
    assert_eq!(xmpp.found("starttls-not-offered"), None);
}

/// Versions and suites, `TLS 1.2 TLS_ECDHE_…`, and the certificate's digest.
type Facts = BTreeSet<String>;

fn told(target: &TargetReport) -> Facts {
    let mut told = Facts::new();
    for observation in &target.observations {
        match &observation.fact {
            Fact::TlsEndpoint(endpoint) => {
                for (version, seen) in endpoint.accepted() {
                    told.extend(seen.suites.iter().map(|suite| format!("{version} {}", suite.name)));
                }
            }
            Fact::CertificateChain(chain) => {
                told.extend(chain.certificates.first().map(|leaf| format!("certificate {}", leaf.sha256)));
            }
            _ => {}
        }
    }
    told
}

fn by_sslyze(protocol: &str, port: u16) -> Facts {
    // The newest that runs with Debian's Python.
    let packages = python::package(Path::new(env!("CARGO_TARGET_TMPDIR")), "sslyze==6.3.1");
    let script = "import json, sys, hashlib, base64\n\
        for server in json.load(sys.stdin)['server_scan_results']:\n\
        \x20   result = server['scan_result']\n\
        \x20   for key in result:\n\
        \x20       if key.endswith('_cipher_suites') and result[key]['result']:\n\
        \x20           version = 'TLS ' + '.'.join(key.split('_')[1:3])\n\
        \x20           for one in result[key]['result']['accepted_cipher_suites']:\n\
        \x20               print(version, one['cipher_suite']['name'])\n\
        \x20   chain = result['certificate_info']['result']['certificate_deployments'][0]['received_certificate_chain']\n\
        \x20   pem = ''.join(line for line in chain[0]['as_pem'].splitlines() if '-----' not in line)\n\
        \x20   print('certificate', hashlib.sha256(base64.b64decode(pem)).hexdigest())\n";
    let report = packages.join(format!("report-{port}.json"));
    let run = Command::new(python::PYTHON)
        .args(["-m", "sslyze", "--quiet", "--starttls", protocol, "--sni", NAME, "--json_out"])
        .arg(&report)
        .args(["--certinfo", "--sslv2", "--sslv3", "--tlsv1", "--tlsv1_1", "--tlsv1_2", "--tlsv1_3"])
        .arg(format!("127.0.0.1:{port}"))
        .env("PYTHONPATH", &packages)
        .output()
        .expect("python3");
    assert!(report.exists(), "sslyze: {}", String::from_utf8_lossy(&run.stderr));
    let json = std::fs::File::open(&report).expect("its report");
    let read = Command::new(python::PYTHON).args(["-c", script]).stdin(json).output().expect("python3");
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    let _ = std::fs::remove_file(report);
    String::from_utf8_lossy(&read.stdout).lines().map(str::to_owned).collect()
}

fn by_testssl(protocol: &str, port: u16) -> Facts {
    let directory = midwatch_testbed::directory();
    let report = directory.path().join("report.json");
    let out = Command::new("testssl")
        .args(["--quiet", "--color", "0", "--warnings", "off", "--nodns", "none", "--ip", "127.0.0.1"])
        .args(["-p", "-E", "-S", "--starttls", protocol, "--jsonfile"])
        .arg(&report)
        .arg(format!("{NAME}:{port}"))
        .stdin(Stdio::null())
        .output()
        .expect("testssl: apt-get install testssl.sh");
    assert!(report.exists(), "testssl.sh: {}", String::from_utf8_lossy(&out.stdout));
    let found: serde_json::Value =
        serde_json::from_slice(&std::fs::read(&report).expect("its report")).expect("JSON");
    let mut told = Facts::new();
    for one in found.as_array().expect("a list") {
        let (id, finding) =
            (one["id"].as_str().unwrap_or_default(), one["finding"].as_str().unwrap_or_default());
        if let Some(rest) = id.strip_prefix("cipher-tls1") {
            // cipher-tls1_2_xc02c: TLSv1.2 xc02c NAME … with the registered name last.
            let version = rest.strip_prefix('_').and_then(|rest| rest.get(..1)).unwrap_or("0");
            let name = finding.split_whitespace().last().unwrap_or_default();
            told.insert(format!("TLS 1.{} {name}", if version == "x" { "0" } else { version }));
        } else if id.starts_with("cert_fingerprintSHA256") {
            told.insert(format!("certificate {}", finding.to_lowercase()));
        }
    }
    told
}

#[test]
fn sslyze_tells_the_same_of_the_servers_that_it_can_ask() {
    let pki = Pki::new();
    let (identity, ca) = authority(&pki);
    let vsftpd = ftp::vsftpd(Encryption::Offered, &identity);
    let slapd = slapd::start(Encryption::Offered, &identity);
    let postgres = Postgres::with_tls(&identity);
    for (protocol, port) in [("ftp", vsftpd.port()), ("ldap", slapd.port()), ("postgres", postgres.port())] {
        assert_eq!(told(&audit(protocol, port, &ca).target), by_sslyze(protocol, port), "{protocol}");
    }
}

#[test]
fn testssl_tells_the_same_of_mariadb() {
    let pki = Pki::new();
    let (identity, ca) = authority(&pki);
    let mariadb = mariadb::start(Encryption::Offered, &identity);
    let port = mariadb.port();
    assert_eq!(told(&audit("mysql", port, &ca).target), by_testssl("mysql", port));
}

#[test]
fn testssl_tells_the_same_of_exim() {
    let pki = Pki::new();
    let (identity, ca) = authority(&pki);
    let exim = exim::start(Encryption::Offered, &identity);
    let port = exim.port();
    assert_eq!(told(&audit("smtp", port, &ca).target), by_testssl("smtp", port));
}

#[test]
fn help_names_every_protocol() {
    let help = stdout(&midwatch(&["tls", "--help"]));
    for protocol in midwatch_model::Starttls::ALL {
        assert!(help.contains(protocol.id()), "{protocol}: {help}");
    }
}
