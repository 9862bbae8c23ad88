//! A domain's mail from the command line: one that is set up well, and one that is not, on zones of our own with a real Postfix,
//! Dovecot and nginx.

mod common;

use common::{code, ids, midwatch, stderr, stdout, tlsa};
use midwatch_model::{DaneChain, Fact, MtaStsMode, Report, Severity, State, TargetReport};
use midwatch_testbed::dovecot::{Dovecot, Setup};
use midwatch_testbed::knot::{Ds, Knot, Running, Signing};
use midwatch_testbed::nginx::Nginx;
use midwatch_testbed::pki::{Key, Leaf, Pki};
use midwatch_testbed::postfix::Postfix;
use midwatch_testbed::{Server, directory, free_port, unbound};

/// `--resolve` for a host's usual ports: these ones lead to servers, and nobody listens at the others.
fn resolve(host: &str, open: &[(u16, u16)]) -> Vec<String> {
    let nowhere = free_port();
    let to = |port: u16| open.iter().find(|(from, _)| *from == port).map_or(nowhere, |(_, to)| *to);
    [25, 80, 443, 465, 587, 993, 143, 995, 110]
        .iter()
        .flat_map(|port| ["--resolve".to_owned(), format!("{host}:{port}:127.0.0.1:{}", to(*port))])
        .collect()
}

/// What `fixes::mail` writes for Postfix where old versions and suites are accepted.
const MODERN: &str = "smtpd_tls_protocols = >=TLSv1.2\nsmtpd_tls_mandatory_protocols = >=TLSv1.2\n\
                      smtpd_tls_exclude_ciphers = aNULL, kRSA, DHE, 3DES, RC4, SHA1, SHA256, SHA384\n\
                      tls_preempt_cipherlist = yes\n";

/// The servers of `good.example` and `bad.example`.
struct Bed {
    pki: Pki,
    root: std::path::PathBuf,
    knot: Running,
    unbound: Server,
    resolve: Vec<String>,
    _servers: (Postfix, Dovecot, Server),
}

impl Bed {
    fn new() -> Bed {
        let pki = Pki::new();
        let root = pki.authority("Mail root", Key::EcP256);
        let names = ["mx.good.example", "mta-sts.good.example", "imap.good.example", "smtp.good.example"];
        let identity = pki.issue(&root, &Leaf::new(&names));
        let postfix = Postfix::start_with(&identity, MODERN, "");
        let dovecot = Dovecot::start(&identity, Setup::Required);
        let (web, plain) = (free_port(), free_port());
        let policy = "version: STSv1\\nmode: enforce\\nmx: mx.good.example\\nmax_age: 2419200\\n";
        let document = "<clientConfig><incomingServer type=\"imap\"><hostname>mail.bad.example</hostname><port>143</port>\
                        <socketType>plain</socketType></incomingServer></clientConfig>";
        let nginx = Nginx::new()
            .tls(web, "mta-sts.good.example", &identity, &format!(
                "location = /.well-known/mta-sts.txt {{ default_type text/plain; return 200 \"{policy}\"; }}"
            ))
            .plain(plain, "autoconfig.bad.example", &format!(
                "location = /mail/config-v1.1.xml {{ default_type text/xml; return 200 '{document}'; }}"
            ))
            .start();
        let good = format!(
            "@ IN MX 10 mx\nmx IN A 127.0.0.1\nmta-sts IN A 127.0.0.1\nimap IN A 127.0.0.1\nsmtp IN A 127.0.0.1\n\
             _25._tcp.mx IN {}\n_mta-sts IN TXT \"v=STSv1; id=1\"\n\
             _smtp._tls IN TXT \"v=TLSRPTv1; rua=mailto:tls@good.example\"\n@ IN TXT \"v=spf1 mx -all\"\n\
             _dmarc IN TXT \"v=DMARC1; p=reject; rua=mailto:dmarc@good.example\"\n\
             @ IN CAA 0 issue \"ca.example; accounturi=https://ca.example/1\"\n\
             _imaps._tcp IN SRV 0 1 993 imap\n_imap._tcp IN SRV 0 0 0 .\n_submissions._tcp IN SRV 0 1 465 smtp\n",
            tlsa(&identity.certificate)
        );
        let bad = "@ IN MX 10 mx\nmx IN A 127.0.0.1\nmail IN A 127.0.0.1\nautoconfig IN A 127.0.0.1\n\
                   _mta-sts IN TXT \"v=STSv1; id=1\"\n_mta-sts IN TXT \"v=STSv1; id=2\"\n@ IN TXT \"v=spf1 +all\"\n\
                   _dmarc IN TXT \"v=DMARC1; p=none\"\n";
        let knot = Knot::new()
            .zone("example", Signing::Nsec, Ds::Right, "")
            .zone("good.example", Signing::Nsec, Ds::Right, &good)
            .zone("bad.example", Signing::None, Ds::Missing, bad)
            .zone("null.example", Signing::Nsec, Ds::Right, "@ IN MX 0 .\n@ IN TXT \"v=spf1 -all\"\n")
            .start();
        let unbound = unbound::start(&knot, None);
        let resolve = [
            resolve("mx.good.example", &[(25, postfix.plain)]),
            resolve("mta-sts.good.example", &[(443, web)]),
            resolve("imap.good.example", &[(993, dovecot.imaps)]),
            resolve("smtp.good.example", &[(465, postfix.implicit)]),
            resolve("mx.bad.example", &[(25, postfix.bare)]),
            resolve("mail.bad.example", &[(143, dovecot.imap)]),
            resolve("autoconfig.bad.example", &[(80, plain)]),
        ]
        .concat();
        let root = root.certificate.clone();
        Bed { pki, root, knot, unbound, resolve, _servers: (postfix, dovecot, nginx) }
    }

    fn run(&self, format: &str, domains: &[&str]) -> std::process::Output {
        let files = directory();
        let anchor = files.path().join("anchor");
        std::fs::write(&anchor, &self.knot.anchor).expect("room for a file");
        let (resolver, anchor) = (self.unbound.address().to_string(), anchor.display().to_string());
        let root = self.root.display().to_string();
        let fixed = [
            "mail",
            "--format",
            format,
            "--resolver",
            &resolver,
            "--dnssec-anchor",
            &anchor,
            "--trust",
            &root,
            "--quiet",
        ];
        let resolve: Vec<&str> = self.resolve.iter().map(String::as_str).collect();
        midwatch(&[&fixed[..], &resolve, domains].concat())
    }

    fn audit(&self, domain: &str) -> TargetReport {
        let output = self.run("json", &[domain]);
        let report: Report = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}{}", stdout(&output), stderr(&output)));
        report.targets.into_iter().next().expect("a target")
    }
}

#[test]
fn a_domain_that_is_set_up_well_and_one_that_is_not() {
    let bed = Bed::new();
    assert!(bed.pki.path().exists());
    let good = bed.audit("elizabeth@good.example");
    assert_eq!(good.state, State::Measured, "{:?}", good.error);
    assert_eq!(good.target.to_string(), "good.example");
    let bad_ones: Vec<_> =
        ids(&good).into_iter().filter(|(_, severity)| *severity >= Severity::Medium).collect();
    assert!(bad_ones.is_empty(), "{bad_ones:?}");
    let facts =
        |report: &TargetReport| report.observations.iter().map(|one| one.fact.clone()).collect::<Vec<_>>();
    let of_good = facts(&good);
    assert!(of_good.iter().any(|fact| matches!(fact, Fact::MailExchange(one)
        if one.host == "mx.good.example" && !one.dane.is_empty() && one.dane.iter().all(DaneChain::is_verified))));
    assert!(of_good.iter().any(|fact| matches!(fact, Fact::MtaSts(sts)
        if sts.in_force().and_then(|policy| policy.mode) == Some(MtaStsMode::Enforce))));

    let bad = facts(&bed.audit("bad.example"));
    assert!(
        bad.iter().any(|fact| matches!(fact, Fact::Starttls(one) if one.offered.value() == Some(&false)))
    );
    assert!(bad.iter().any(|fact| matches!(fact, Fact::MtaSts(sts) if !sts.record_faults.is_empty())));
    assert!(
        bad.iter()
            .any(|fact| matches!(fact, Fact::MailAutoconfig(one) if one.plain && one.document.is_seen()))
    );

    let null = bed.audit("null.example");
    assert_eq!(null.state, State::Measured, "{:?}", null.error);
    assert!(!facts(&null).iter().any(|fact| matches!(fact, Fact::MailExchange(_))));

    // The same for people.
    let text = stdout(&bed.run("terminal", &["good.example"]));
    for wanted in ["mx.good.example:25", "MTA-STS", "enforce for 28 days", "DMARC"] {
        assert!(text.contains(wanted), "{wanted} is not in\n{text}");
    }
    let page = stdout(&bed.run("html", &["good.example", "bad.example"]));
    for wanted in ["Who takes the mail", "Where people send and read mail", "http://autoconfig.bad.example/"]
    {
        assert!(page.contains(wanted), "{wanted}");
    }
}

#[test]
fn what_is_no_domain_says_what_is() {
    for wrong in ["https://shop.example", "localhost", "192.0.2.1", "shop.example:25"] {
        let output = midwatch(&["mail", wrong]);
        assert_eq!(code(&output), 64, "{wrong}");
        assert!(stderr(&output).contains("write a domain or an address"), "{wrong}: {}", stderr(&output));
    }
    let output = midwatch(&["mail", "shop.example", "--dkim-selector", "a b"]);
    assert!(stderr(&output).contains("selector"), "{}", stderr(&output));
}

#[test]
fn offline_nothing_is_asked() {
    let output = midwatch(&["mail", "--offline", "--format", "json", "--quiet", "shop.example"]);
    let report: Report = serde_json::from_slice(&output.stdout).expect("a report");
    assert_eq!(report.targets[0].state, State::NotMeasured);
    assert!(report.targets[0].error.as_deref().is_some_and(|why| why.contains("offline")));
}
