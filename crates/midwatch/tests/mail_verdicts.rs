//! A domain's mail from servers as they are first set up to verdicts that are protected: every step in between is what
//! midwatch's own findings say, put into real zones and real servers.

mod common;

use std::collections::BTreeSet;
use std::process::{Command, Stdio};

use common::{finding, ids, tlsa, verdict};
use midwatch_model::{AttackId, Fact, Report, ServerSoftware, Severity, Station, TargetReport, Verdict};
use midwatch_testbed::dovecot::{Dovecot, Setup};
use midwatch_testbed::knot::{Ds, Knot, Running, Signing};
use midwatch_testbed::nginx::Nginx;
use midwatch_testbed::pki::{Identity, Key, Leaf, Pki};
use midwatch_testbed::postfix::Postfix;
use midwatch_testbed::{Server, directory, free_port, unbound};

const DOMAIN: &str = "shop.example";

const METHODS: [AttackId; 6] = [
    AttackId::Eavesdropping,
    AttackId::StrippingAndDowngrade,
    AttackId::Impersonation,
    AttackId::DnsSpoofing,
    AttackId::IpHijacking,
    AttackId::EmailHijacking,
];

/// The names of every test here.
const NAMES: &str = "@ IN MX 10 mx\nmx IN A 127.0.0.1\nmail IN A 127.0.0.2\n";

/// Postfix without old versions and suites.
const MODERN: &str = "smtpd_tls_protocols = >=TLSv1.2\nsmtpd_tls_exclude_ciphers = aNULL, kRSA, DHE, 3DES, RC4, SHA1, SHA256, SHA384";

fn zones(signing: Signing, records: &str) -> Running {
    let ds = if signing == Signing::None { Ds::Missing } else { Ds::Right };
    Knot::new().zone("example", Signing::Nsec, Ds::Right, "").zone(DOMAIN, signing, ds, records).start()
}

/// Runs `midwatch mail` against these zones, with ports in the place of those that names and services have.
fn audit(knot: &Running, resolver: &Server, trust: &str, ports: &[(String, u16)], format: &str) -> String {
    let files = directory();
    let anchor = files.path().join("anchor");
    std::fs::write(&anchor, &knot.anchor).expect("room for a file");
    let (resolver, anchor) = (resolver.address().to_string(), anchor.display().to_string());
    let fixed = [
        "mail",
        DOMAIN,
        "--format",
        format,
        "--resolver",
        &resolver,
        "--dnssec-anchor",
        &anchor,
        "--trust",
        trust,
    ];
    let mut arguments: Vec<String> = fixed.iter().map(|one| (*one).to_owned()).collect();
    for (name, port) in ports {
        let address = if name.starts_with("mail.") { "127.0.0.2" } else { "127.0.0.1" };
        arguments.extend(["--resolve".to_owned(), format!("{name}:{address}:{port}")]);
    }
    let output = common::midwatch(&arguments);
    assert!(common::code(&output) <= 1, "{}", common::stderr(&output));
    common::stdout(&output)
}

fn report(text: &str) -> TargetReport {
    let report: Report = serde_json::from_str(text).expect("a report");
    report.targets.into_iter().next().expect("a target")
}

/// The records that a finding's fix names.
fn records(target: &TargetReport, id: &str) -> String {
    let fix = &finding(target, id).fix.summary;
    let lines =
        fix.split_once(" IN ").map(|(before, _)| before.rfind(' ').map_or(0, |at| at + 1)).expect("a record");
    fix[lines..].split(" ; ").map(|line| format!("{line}\n")).collect()
}

struct Bed {
    pki: Pki,
    trust: String,
    mx: Identity,
    mail: Identity,
    policy: Identity,
}

fn bed() -> Bed {
    let pki = Pki::new();
    let root = pki.authority("Test root", Key::EcP256);
    let issue = |name: &str| pki.issue(&root, &Leaf::new(&[name]));
    let (mx, mail, policy) =
        (issue("mx.shop.example"), issue("mail.shop.example"), issue("mta-sts.shop.example"));
    Bed { trust: root.certificate.display().to_string(), mx, mail, policy, pki }
}

#[test]
fn from_first_set_up_to_protected_by_what_the_findings_say() {
    let bed = bed();
    let stock = Postfix::start(&bed.mx);
    let dovecot = Dovecot::start(&bed.mail, Setup::Stock);
    let mut ports = vec![
        ("mx.shop.example:25".to_owned(), stock.plain),
        ("mail.shop.example:993".to_owned(), dovecot.imaps),
        ("mail.shop.example:465".to_owned(), dovecot.submissions),
    ];

    // As most domains are: a zone that is not signed, with nothing but the servers' names.
    let knot = zones(Signing::None, NAMES);
    let resolver = unbound::start(&knot, None);
    let before = report(&audit(&knot, &resolver, &bed.trust, &ports, "json"));
    let found = ids(&before);
    for (id, severity) in [
        ("mail-not-authenticated", Severity::High),
        ("mail-mx-insecure", Severity::High),
        ("dmarc-missing", Severity::Medium),
        ("spf-missing", Severity::Medium),
        ("tls-rpt-missing", Severity::Info),
        // Postfix takes old versions where nobody tells it not to, and suites without a certificate on purpose.
        ("tls-old-version", Severity::Medium),
        ("tls-anonymous-suite", Severity::Info),
    ] {
        assert_eq!(found.get(id), Some(&severity), "{id}: {found:?}");
    }
    assert_eq!(verdict(&before, AttackId::Eavesdropping), Verdict::Partly, "{found:?}");
    for id in METHODS.into_iter().filter(|id| *id != AttackId::Eavesdropping) {
        assert_eq!(verdict(&before, id), Verdict::Exposed, "{id}");
    }
    let mark = |target: &TargetReport, station| {
        target.path.iter().find(|hop| hop.station == station).expect("a station").mark.verdict
    };
    assert_eq!(mark(&before, Station::Network), Verdict::Exposed);
    assert_eq!(mark(&before, Station::Wifi), Verdict::Protected, "mail between servers does not pass it");

    // What the findings say, in a zone that is signed.
    let lines: BTreeSet<String> = ["mail-not-authenticated", "dmarc-missing", "spf-missing"]
        .iter()
        .flat_map(|id| records(&before, id).lines().map(str::to_owned).collect::<Vec<_>>())
        .collect();
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    assert!(text.contains("_25._tcp.mx.shop.example. IN TLSA 3 1 1 "), "{text}");
    let lines = &finding(&before, "tls-old-version").fix.servers[0];
    assert!(lines.seen && lines.server == ServerSoftware::Postfix, "{lines:?}");
    let postfix = Postfix::start_with(&bed.mx, &lines.lines, "");
    ports[0].1 = postfix.plain;
    let policy_port = free_port();
    let policy = finding(&before, "mail-not-authenticated")
        .fix
        .servers
        .iter()
        .find(|fix| fix.server == ServerSoftware::Nginx)
        .expect("lines for nginx");
    let directory = "/etc/letsencrypt/live/mta-sts.shop.example";
    let block = policy
        .lines
        .replace(&format!("{directory}/fullchain.pem"), &bed.policy.chain.display().to_string())
        .replace(&format!("{directory}/privkey.pem"), &bed.policy.key.display().to_string())
        .replace("listen 443", &format!("listen 127.0.0.1:{policy_port}"));
    let nginx = Nginx::new().plain(free_port(), "other.example", "").http(&block).start();
    assert!(midwatch_testbed::wait_until(std::time::Duration::from_secs(10), || {
        std::net::TcpStream::connect(("127.0.0.1", policy_port)).is_ok()
    }));
    let knot = zones(Signing::Nsec, &format!("{NAMES}mta-sts IN A 127.0.0.1\n{text}"));
    let resolver = unbound::start(&knot, None);
    ports.push(("mta-sts.shop.example:443".to_owned(), policy_port));
    let after = report(&audit(&knot, &resolver, &bed.trust, &ports, "json"));
    let heavy: Vec<_> =
        after.findings.iter().filter(|finding| finding.severity >= Severity::Medium).collect();
    assert!(heavy.is_empty(), "{heavy:#?}");
    for id in METHODS {
        assert_eq!(verdict(&after, id), Verdict::Protected, "{id}: {:#?}", after.attacks);
    }

    // The same as people see it says nothing of web sites.
    let page = audit(&knot, &resolver, &bed.trust, &ports, "terminal");
    for word in ["visitor", "HSTS", "cookie"] {
        assert!(!page.contains(word), "{word}: {page}");
    }
    drop(nginx);
}

#[test]
fn a_key_that_changed_without_its_record_is_named_with_the_record_that_mends_it() {
    let bed = bed();
    let postfix = Postfix::start_with(&bed.mx, MODERN, "");
    let ports = [("mx.shop.example:25".to_owned(), postfix.plain)];
    let old = format!("_25._tcp.mx IN TLSA 3 1 1 {}\n", "07".repeat(32));
    let knot = zones(Signing::Nsec, &format!("{NAMES}{old}"));
    let resolver = unbound::start(&knot, None);
    let before = report(&audit(&knot, &resolver, &bed.trust, &ports, "json"));
    assert_eq!(finding(&before, "dane-mismatch").severity, Severity::High);
    assert_eq!(verdict(&before, AttackId::StrippingAndDowngrade), Verdict::Partly);

    let knot = zones(Signing::Nsec, &format!("{NAMES}{old}{}", records(&before, "dane-mismatch")));
    let resolver = unbound::start(&knot, None);
    let after = report(&audit(&knot, &resolver, &bed.trust, &ports, "json"));
    assert!(!ids(&after).contains_key("dane-mismatch"), "{:?}", ids(&after));
    assert_eq!(verdict(&after, AttackId::StrippingAndDowngrade), Verdict::Protected, "{:#?}", after.attacks);
}

/// A server with a certificate of RSA and one of ECDSA, as senders with and without elliptic curves are served.
struct Both {
    bed: Bed,
    rsa: Identity,
    postfix: Postfix,
}

/// `main`: lines for main.cf beside the two certificates.
fn both(main: &str) -> Both {
    let bed = bed();
    let root = bed.pki.authority("Another root", Key::EcP256);
    let rsa = bed.pki.issue(&root, &Leaf::new(&["mx.shop.example"]).key(Key::Rsa2048));
    let files: Vec<String> =
        [&rsa.key, &rsa.chain, &bed.mx.key, &bed.mx.chain].map(|file| file.display().to_string()).into();
    let postfix =
        Postfix::start_with(&bed.mx, &format!("{main}\nsmtpd_tls_chain_files = {}", files.join(", ")), "");
    Both { bed, rsa, postfix }
}

impl Both {
    /// What midwatch says where these keys have a TLSA record.
    fn audit(&self, keys: &[&Identity]) -> TargetReport {
        let records: String =
            keys.iter().map(|identity| format!("_25._tcp.mx IN {}\n", tlsa(&identity.certificate))).collect();
        let knot = zones(Signing::Nsec, &format!("{NAMES}{records}"));
        let resolver = unbound::start(&knot, None);
        let ports = [("mx.shop.example:25".to_owned(), self.postfix.plain)];
        report(&audit(&knot, &resolver, &self.bed.trust, &ports, "json"))
    }

    /// What a sender meets that heeds these keys' records, and has OpenSSL's own DANE, with one kind of signature alone.
    fn sender_delivers(&self, signatures: &str, version: &str, keys: &[&Identity]) -> bool {
        let mut command = Command::new("timeout");
        command.args(["20", "openssl", "s_client", "-starttls", "smtp", "-brief", "-verify_return_error"]);
        command.args([
            "-connect",
            &format!("127.0.0.1:{}", self.postfix.plain),
            "-sigalgs",
            signatures,
            version,
        ]);
        command.args(["-dane_tlsa_domain", "mx.shop.example"]);
        for identity in keys {
            let record = tlsa(&identity.certificate);
            command.args(["-dane_tlsa_rrdata", record.strip_prefix("TLSA ").expect("a record")]);
        }
        let out = command.stdin(Stdio::null()).output().expect("openssl (Debian package openssl)");
        let said = String::from_utf8_lossy(&out.stderr);
        let delivers = said.contains("Verification: OK");
        assert!(delivers || said.contains("no matching DANE TLSA records"), "{said}");
        delivers
    }

    /// A record for one key alone turns those away who meet the other one, and both records let everybody in.
    fn is_told(&self, versions: &[&str]) {
        let (rsa, ecdsa) = (&self.rsa, &self.bed.mx);
        let kinds = [("RSA-PSS+SHA256", rsa), ("ECDSA+SHA256", ecdsa)];
        for (own, other) in [(rsa, ecdsa), (ecdsa, rsa)] {
            let one = self.audit(&[own]);
            let mismatch = finding(&one, "dane-mismatch");
            assert_eq!(mismatch.severity, Severity::High);
            let named =
                mismatch.evidence.iter().map(|seen| seen.detail.as_str()).collect::<Vec<_>>().join("\n");
            let (met, not_met) = (leaf(other), leaf(own));
            assert!(named.contains(&met) && !named.contains(&not_met), "{met}: {named}");
            assert_eq!(verdict(&one, AttackId::StrippingAndDowngrade), Verdict::Partly);
            // What it says to publish names both keys.
            for identity in [own, other] {
                assert!(
                    mismatch.fix.summary.contains(&tlsa(&identity.certificate)),
                    "{}",
                    mismatch.fix.summary
                );
            }
        }
        let fine = self.audit(&[rsa, ecdsa]);
        let known: Vec<&str> = fine
            .observations
            .iter()
            .filter_map(|seen| match &seen.fact {
                Fact::MailExchange(exchange) => Some(&exchange.dane),
                _ => None,
            })
            .flatten()
            .map(|chain| chain.leaf.as_str())
            .collect();
        assert_eq!(known.len(), 2, "both chains are laid beside the records: {known:?}");
        assert!(!ids(&fine).contains_key("dane-mismatch"), "{:?}", ids(&fine));
        assert_eq!(
            verdict(&fine, AttackId::StrippingAndDowngrade),
            Verdict::Protected,
            "{:#?}",
            fine.attacks
        );
        // The same by a sender.
        for version in versions {
            for (signatures, met) in kinds {
                assert!(self.sender_delivers(signatures, version, &[rsa, ecdsa]), "{signatures} {version}");
                assert!(self.sender_delivers(signatures, version, &[met]), "{signatures} {version}");
                let other = if std::ptr::eq(met, rsa) { ecdsa } else { rsa };
                assert!(!self.sender_delivers(signatures, version, &[other]), "{signatures} {version}");
            }
        }
    }
}

/// SHA-256 of a certificate, by openssl.
fn leaf(identity: &Identity) -> String {
    let out = Command::new("openssl")
        .args(["x509", "-noout", "-fingerprint", "-sha256", "-in"])
        .arg(&identity.certificate)
        .output()
        .expect("openssl (Debian package openssl)");
    let text = String::from_utf8(out.stdout).expect("text");
    text.split_once('=').expect("a fingerprint").1.trim().replace(':', "").to_lowercase()
}

#[test]
fn a_certificate_of_rsa_and_one_of_ecdsa_both_need_their_record() {
    both(MODERN).is_told(&["-tls1_2", "-tls1_3"]);
}

/// Suites that go with RSA are switched off below TLS 1.3, whose suites go with every certificate.
#[test]
fn a_second_certificate_that_tls_1_3_alone_shows_needs_its_record_too() {
    both(&MODERN.replace("aNULL", "aNULL, aRSA")).is_told(&["-tls1_3"]);
}

#[test]
fn passwords_in_plain_text_are_open_from_the_wifi_on() {
    let bed = bed();
    let dovecot = Dovecot::start(&bed.mail, Setup::Open);
    let knot = zones(Signing::Nsec, "@ IN MX 0 .\nmail IN A 127.0.0.2\n");
    let resolver = unbound::start(&knot, None);
    let ports = [("mail.shop.example:143".to_owned(), dovecot.imap)];
    let target = report(&audit(&knot, &resolver, &bed.trust, &ports, "json"));
    assert_eq!(finding(&target, "starttls-plain-login").severity, Severity::High, "{:?}", ids(&target));
    let wifi = target.path.iter().find(|hop| hop.station == Station::Wifi).expect("a station");
    assert_eq!(wifi.mark.verdict, Verdict::Exposed);
    assert_eq!(verdict(&target, AttackId::EmailHijacking), Verdict::Exposed);
}

#[test]
fn a_domain_that_says_that_it_takes_no_mail_is_protected() {
    let bed = bed();
    let records = "@ IN MX 0 .\n@ IN TXT \"v=spf1 -all\"\n_dmarc IN TXT \"v=DMARC1; p=reject\"\n";
    let knot = zones(Signing::Nsec, records);
    let resolver = unbound::start(&knot, None);
    let target = report(&audit(&knot, &resolver, &bed.trust, &[], "json"));
    assert!(target.findings.iter().all(|finding| finding.severity < Severity::Low), "{:?}", ids(&target));
    for id in METHODS {
        assert_eq!(verdict(&target, id), Verdict::Protected, "{id}: {:#?}", target.attacks);
    }
}
