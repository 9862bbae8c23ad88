//! `midwatch here` on a laptop whose way out leads through a router that lies, opens TLS, or holds everything back until
//! one has signed in: Unbound, HAProxy and nginx in network namespaces, with the sites behind them.

mod common;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use common::{finding, ids, verdict};
use midwatch_model::{AttackId, Confidence, Finding, Report, Severity, TargetReport, Verdict};
use midwatch_testbed::lan::{Host, Lan, Running};
use midwatch_testbed::pki::{Authority, Identity, Key, Leaf, Pki};
use midwatch_testbed::{TempDir, directory, knot};

const ROUTER: Host =
    Host { name: "router", mac: "02:00:00:00:00:01", addresses: &["192.168.1.1/24", "203.0.113.1/24"] };
const LAPTOP: Host = Host { name: "laptop", mac: "02:00:00:00:00:20", addresses: &["192.168.1.20/24"] };
/// The internet: the sites at 203.0.113.7, which a router that opens TLS reaches at 203.0.113.8 as well, and a resolver
/// that is asked over TLS.
const FAR: Host = Host {
    name: "far",
    mac: "02:00:00:00:00:99",
    addresses: &["203.0.113.7/24", "203.0.113.8/24", "203.0.113.53/24"],
};

const SITES: [&str; 3] = ["bank.example", "shop.example", "www.news.example"];

/// The system's bundle of trust anchors. It is covered for single processes, and never written to.
const BUNDLE: &str = "/etc/ssl/certs/ca-certificates.crt";

/// The laptop's network.
struct Way {
    lan: Lan,
    files: TempDir,
    pki: Pki,
    /// What nsenter started; the programs themselves end with the network.
    started: Vec<Running>,
}

impl Way {
    /// An honest one: a router that passes everything on, a resolver on it that serves a signed root, and three sites that
    /// lead to their own https, of which nothing is there yet.
    fn new() -> Way {
        Way::with_resolver("")
    }

    /// The same with further lines in the server clause of the resolver on the router.
    fn with_resolver(lies: &str) -> Way {
        let lan = Lan::new(&[ROUTER, LAPTOP, FAR]);
        lan.run("laptop", "ip route add default via 192.168.1.1");
        lan.run("far", "ip route add default via 203.0.113.1");
        // Both networks are on one bridge: without this the router would tell so.
        lan.run(
            "router",
            "sysctl -q -w net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.eth0.send_redirects=0 net.ipv4.ip_forward=1",
        );
        let mut way = Way { lan, files: directory(), pki: Pki::new(), started: Vec::new() };
        way.write("resolv.conf", "nameserver 192.168.1.1\n");
        way.unbound("router", "192.168.1.1@53", lies);
        way.nginx("far", "server { listen 0.0.0.0:80; return 301 https://$host/; }");
        way.lan.until("far", "ss -ltnH sport = :80 | grep -q :80");
        way
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.files.path().join(name);
        std::fs::write(&path, text).expect("room for a file");
        path
    }

    fn start(&mut self, host: &str, line: &str) {
        self.started.push(self.lan.start(host, line));
    }

    /// A directory of a program's own.
    fn room(&self, name: &str) -> PathBuf {
        let path = self.files.path().join(name);
        std::fs::create_dir(&path).expect("room for a directory");
        path
    }

    /// Unbound, which serves the root and asks nobody.
    fn unbound(&mut self, host: &str, interface: &str, lines: &str) {
        let at = self.room(&format!("unbound-{host}"));
        let sites: String = SITES.iter().map(|site| format!("{site}. IN A 203.0.113.7\n")).collect();
        let zone = knot::signed_root(&at, &sites);
        let text = format!(
            "server:\n  directory: \"{at}\"\n  chroot: \"\"\n  username: \"\"\n  pidfile: \"{at}/pid\"\n  use-syslog: no\n  \
             do-daemonize: no\n  num-threads: 1\n  interface: {interface}\n  access-control: 0.0.0.0/0 allow\n{lines}\
             remote-control:\n  control-enable: no\n\
             auth-zone:\n  name: \".\"\n  zonefile: \"{zone}\"\n  for-downstream: yes\n  for-upstream: yes\n  \
             fallback-enabled: no\n",
            at = at.display(),
            zone = zone.display()
        );
        let config = at.join("unbound.conf");
        std::fs::write(&config, text).expect("room for a file");
        self.start(host, &format!("/usr/sbin/unbound -d -p -c {}", config.display()));
        let (_, port) = interface.split_once('@').expect("a port");
        self.lan.until(host, &format!("ss -ltnH sport = :{port} | grep -q :{port}"));
    }

    /// nginx with these server blocks.
    fn nginx(&mut self, host: &str, blocks: &str) {
        let at = self.room(&format!("nginx-{host}-{}", self.started.len()));
        let text = format!(
            "daemon off;\npid {at}/pid;\nerror_log {at}/error.log;\nuser root;\nevents {{}}\nhttp {{\n\
             access_log {at}/access.log combined;\nclient_body_temp_path {at}/b;\nproxy_temp_path {at}/p;\n\
             fastcgi_temp_path {at}/f;\nuwsgi_temp_path {at}/u;\nscgi_temp_path {at}/s;\ndefault_type text/html;\n\
             {blocks}\n}}\n",
            at = at.display()
        );
        let config = at.join("nginx.conf");
        std::fs::write(&config, text).expect("room for a file");
        self.start(host, &format!("/usr/sbin/nginx -c {} -e {}/error.log", config.display(), at.display()));
    }

    /// The bank over https, on the far side.
    fn bank(&mut self) -> Authority {
        let root = self.pki.authority("Root of the bank", Key::EcP256);
        let identity = self.pki.issue(&root, &Leaf::new(&["bank.example"]));
        let block = format!(
            "server {{ listen 0.0.0.0:443 ssl; {} return 200 'the bank itself'; }}",
            certificate(&identity)
        );
        self.nginx("far", &block);
        self.lan.until("far", "ss -ltnH sport = :443 | grep -q :443");
        root
    }

    /// The router keeps what is for the sites, instead of passing it on: it takes their address for its own.
    fn keep(&self) {
        self.lan.run("router", "ip addr add 203.0.113.7/32 dev lo");
    }

    /// It passes everything on again.
    fn let_through(&self) {
        self.lan.run("router", "ip addr del 203.0.113.7/32 dev lo");
    }

    /// A command on the laptop, which has the resolver that the network named, and the system's anchors with these added.
    fn on_laptop(&self, anchors: &[&Authority], program: &Path, arguments: &[&str]) -> Output {
        let mut bundle = std::fs::read_to_string(BUNDLE).expect("the system's bundle");
        for anchor in anchors {
            bundle.push_str(&std::fs::read_to_string(&anchor.certificate).expect("a certificate"));
        }
        let bundle = self.write("bundle.pem", &bundle);
        // `ip netns exec` gives each command mounts of its own.
        let script = format!(
            "mount --bind {} /etc/resolv.conf && mount --bind {} {BUNDLE} && exec \"$0\" \"$@\"",
            self.files.path().join("resolv.conf").display(),
            bundle.display()
        );
        let mut command: Command = self.lan.command("laptop", "sh");
        command.args(["-c", &script]).arg(program).args(arguments);
        command.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").env("HOME", self.files.path());
        command.output().expect("nsenter of util-linux")
    }

    /// `midwatch here` on the laptop.
    fn look_with(&self, anchors: &[&Authority], arguments: &[&str]) -> TargetReport {
        let sites = SITES.join(",");
        let fixed = ["here", "--format", "json", "--time", "20", "--timeout", "15", "--sites", &sites];
        let all = [&fixed[..], arguments].concat();
        let output = self.on_laptop(anchors, Path::new(env!("CARGO_BIN_EXE_midwatch")), &all);
        let report: Report = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
        report.targets.into_iter().next().expect("a target")
    }

    fn look(&self) -> TargetReport {
        self.look_with(&[], &[])
    }

    /// curl on the laptop, as any program there: what came, or why nothing did.
    fn curl(&self, anchors: &[&Authority], url: &str) -> Result<String, String> {
        let output = self.on_laptop(anchors, Path::new("/usr/bin/curl"), &["-sS", "--max-time", "20", url]);
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        if output.status.success() { Ok(text(output.stdout)) } else { Err(text(output.stderr)) }
    }

    /// Starts a resolver on the far side that is asked over TLS, and gives the arguments to ask it.
    fn honest_resolver(&mut self) -> Vec<String> {
        let root = self.pki.authority("Root of the resolver", Key::EcP256);
        let identity = self.pki.issue(&root, &Leaf::new(&["dns.example"]));
        let lines = format!(
            "  tls-port: 853\n  tls-service-pem: \"{}\"\n  tls-service-key: \"{}\"\n",
            identity.chain.display(),
            identity.key.display()
        );
        self.unbound("far", "203.0.113.53@853", &lines);
        let trust = root.certificate.display().to_string();
        vec!["--resolver".into(), "tls://203.0.113.53#dns.example".into(), "--trust".into(), trust]
    }

    /// HAProxy on the router, which opens what goes to the bank over https.
    fn open_tls(&mut self, root: &Authority) {
        let identity = self.pki.issue(root, &Leaf::new(&["bank.example"]));
        let config = format!(
            "global\nmaxconn 100\ndefaults\ntimeout connect 10s\ntimeout client 60s\ntimeout server 60s\n\
             listen plain\nmode tcp\nbind 0.0.0.0:80\nserver far 203.0.113.8:80\n\
             listen way\nmode http\nbind 0.0.0.0:443 ssl crt {}\n\
             server far 203.0.113.8:443 ssl verify none sni str(bank.example)\n",
            identity.bundle.display()
        );
        let file = self.write("haproxy.cfg", &config);
        self.start("router", &format!("/usr/sbin/haproxy -db -f {}", file.display()));
        self.keep();
        self.lan.until("router", "ss -ltnH sport = :443 | grep -q :443");
    }
}

fn certificate(identity: &Identity) -> String {
    format!("ssl_certificate {}; ssl_certificate_key {};", identity.chain.display(), identity.key.display())
}

/// The findings of a check.
fn all<'a>(target: &'a TargetReport, id: &str) -> Vec<&'a Finding> {
    target.findings.iter().filter(|finding| finding.id == id).collect()
}

fn borrowed(arguments: &[String]) -> Vec<&str> {
    arguments.iter().map(String::as_str).collect()
}

#[test]
fn an_honest_way_is_quiet() {
    let mut way = Way::new();
    let resolver = way.honest_resolver();
    let target = way.look_with(&[], &borrowed(&resolver));
    let found = ids(&target);
    for id in [
        "captive-portal",
        "dns-answers-differ",
        "resolver-faulty",
        "here-root-not-public",
        "here-chain-refused",
        "here-chain-unlogged",
        "echo-answered-by-another",
    ] {
        assert!(!found.contains_key(id), "{:#?}", all(&target, id));
    }
    assert_eq!(verdict(&target, AttackId::DnsSpoofing), Verdict::Protected, "{:#?}", target.attacks);
    // All of it was there to be seen.
    let plain: Vec<_> = target
        .observations
        .iter()
        .filter_map(|seen| match &seen.fact {
            midwatch_model::Fact::PlainSite(site) => Some((site.host.to_string(), site.answer.value()?)),
            _ => None,
        })
        .collect();
    assert_eq!(plain.iter().map(|(host, _)| host.as_str()).collect::<Vec<_>>(), SITES);
    for (host, answer) in plain {
        assert_eq!(answer.leads_to, Some(format!("https://{host}/")));
        assert_eq!((answer.status, answer.same_site), (301, Some(true)));
    }
}

#[test]
fn a_resolver_that_lies_about_one_name_is_found_beside_an_honest_one() {
    let mut way = Way::with_resolver(
        "  local-zone: \"bank.example.\" redirect\n  local-data: \"bank.example. A 10.66.66.66\"\n",
    );
    let resolver = way.honest_resolver();
    let target = way.look_with(&[], &borrowed(&resolver));
    let differ = all(&target, "dns-answers-differ");
    assert_eq!(differ.len(), 1, "{differ:#?}");
    assert_eq!((differ[0].place.as_str(), differ[0].severity), ("bank.example", Severity::High));
    let detail = &differ[0].evidence[0].detail;
    assert!(detail.contains("expected 203.0.113.7, observed 10.66.66.66"), "{detail}");
    assert!(!ids(&target).contains_key("resolver-faulty"), "it behaves otherwise");
    assert_eq!(verdict(&target, AttackId::DnsSpoofing), Verdict::Exposed);
}

#[test]
fn a_resolver_that_answers_everything_is_found_without_another() {
    let lies = "  local-zone: \"invalid.\" nodefault\n  local-zone: \".\" redirect\n  local-data: \". A 192.168.1.1\"\n";
    let way = Way::with_resolver(lies);
    let target = way.look();
    let found = all(&target, "resolver-faulty");
    let title = "The resolver has an address for a name that does not exist";
    assert!(found.iter().any(|finding| finding.title == title), "{found:#?}");
    assert!(found.iter().all(|finding| finding.place == "192.168.1.1:53"), "{found:#?}");
    // Nobody answers at that address: no portal is claimed.
    assert!(!ids(&target).contains_key("captive-portal"));
}

/// Every certificate "validates" on this laptop.
#[test]
fn a_proxy_that_opens_tls_is_found_though_its_root_is_trusted() {
    let mut way = Way::new();
    let bank = way.bank();
    let root = way.pki.authority("Inspection of the house", Key::EcP256);
    // Without the proxy the laptop meets the bank's own certificate.
    assert_eq!(way.curl(&[&bank], "https://bank.example/").as_deref(), Ok("the bank itself"));
    way.open_tls(&root);
    assert_eq!(way.curl(&[&root], "https://bank.example/").as_deref(), Ok("the bank itself"), "it validates");
    let refused =
        way.curl(&[&bank], "https://bank.example/").expect_err("the bank's own certificate is gone");
    assert!(refused.contains("certificate"), "{refused}");

    let target = way.look_with(&[&root], &[]);
    let found = finding(&target, "here-root-not-public");
    assert_eq!((found.place.as_str(), found.severity), ("bank.example:443", Severity::High));
    assert!(found.evidence[0].detail.contains("CN=Inspection of the house"), "{:?}", found.evidence);
    let anchors = all(&target, "trust-anchor-private");
    let place = "CN=Inspection of the house (system)";
    assert!(anchors.iter().any(|finding| finding.place == place), "{anchors:#?}");
    assert!(!all(&target, "here-chain-refused").iter().any(|finding| finding.place == "bank.example:443"));
    assert_eq!(verdict(&target, AttackId::Impersonation), Verdict::Exposed);
    assert!(!ids(&target).contains_key("captive-portal"), "plain http goes through");
}

#[test]
fn a_product_that_opens_tls_is_named() {
    let mut way = Way::new();
    way.bank();
    let root = way.pki.authority("Forcepoint Cloud CA", Key::EcP256);
    way.open_tls(&root);
    let target = way.look_with(&[&root], &[]);
    let found = finding(&target, "here-root-not-public");
    assert!(found.evidence[0].detail.contains("known as Forcepoint ("), "{:?}", found.evidence);
    let anchors = all(&target, "trust-anchor-interception-product");
    assert!(anchors.iter().any(|finding| finding.place == "CN=Forcepoint Cloud CA (system)"), "{anchors:#?}");
    // Whoever does not trust it is told that nobody does.
    let refused = way.look();
    assert_eq!(finding(&refused, "here-chain-refused").severity, Severity::High);
    assert!(!ids(&refused).contains_key("here-root-not-public"));
}

/// nginx on the router, as a sign-in page for whatever is asked.
fn portal(way: &mut Way) {
    let identity = way.pki.self_signed(&Leaf::new(&["portal.test"]));
    let blocks = format!(
        "server {{ listen 0.0.0.0:80; return 302 http://portal.test/?from=$host; }}\n\
         server {{ listen 0.0.0.0:443 ssl; {} return 200 'sign in'; }}",
        certificate(&identity)
    );
    way.nginx("router", &blocks);
    for port in [80, 443] {
        way.lan.until("router", &format!("ss -ltnH sport = :{port} | grep -q :{port}"));
    }
}

/// What is said on a network that holds everything back.
fn assert_held_back(target: &TargetReport) {
    let found = finding(target, "captive-portal");
    assert_eq!((found.severity, found.confidence), (Severity::Low, Confidence::Firm));
    assert_eq!(found.evidence.len(), SITES.len(), "{:?}", found.evidence);
    assert!(
        found.evidence.iter().all(|one| one.detail.contains("http://portal.test/")),
        "{:?}",
        found.evidence
    );
    let refused = all(target, "here-chain-refused");
    assert_eq!(refused.len(), SITES.len(), "{refused:#?}");
    for finding in refused {
        assert_eq!(finding.severity, Severity::Medium);
        assert!(finding.benign.iter().any(|cause| cause.contains("captive-portal")), "{:?}", finding.benign);
    }
    assert_eq!(verdict(target, AttackId::HttpInjection), Verdict::Partly);
    assert_eq!(verdict(target, AttackId::Impersonation), Verdict::Partly);
}

#[test]
fn a_portal_that_keeps_packets_is_found_until_one_has_signed_in() {
    let mut way = Way::new();
    portal(&mut way);
    way.keep();
    let target = way.look();
    assert_held_back(&target);
    assert!(!ids(&target).contains_key("resolver-faulty"));
    // Signed in: the router passes everything on.
    way.let_through();
    let after = way.look();
    for id in ["captive-portal", "here-chain-refused"] {
        assert!(!ids(&after).contains_key(id), "{:#?}", all(&after, id));
    }
    assert_eq!(verdict(&after, AttackId::HttpInjection), Verdict::Unknown);
}

#[test]
fn a_portal_by_names_is_found() {
    let lies = "  local-zone: \"invalid.\" nodefault\n  local-zone: \".\" redirect\n  local-data: \". A 192.168.1.1\"\n";
    let mut way = Way::with_resolver(lies);
    portal(&mut way);
    let target = way.look();
    assert_held_back(&target);
    assert!(ids(&target).contains_key("resolver-faulty"));
}
