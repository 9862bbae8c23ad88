//! `midwatch here` on ways that are honest and ways that are not: HAProxy reads what passes, as a provider's or a
//! company's proxy does.

mod common;

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Output};

use common::{finding, ids, midwatch, stderr, stdout};
use midwatch_model::{
    AttackId, Fact, Reason, ReasonKind, Report, RouterPage, Severity, State, TargetReport, Verdict,
};
use midwatch_testbed::nginx::Nginx;
use midwatch_testbed::pki::{Key, Leaf, Pki};
use midwatch_testbed::{Server, directory, free_port};

/// An echo, as `midwatch lab --echo` runs it.
fn echo() -> Server {
    let ports = [free_port(), free_port()];
    let mut command = Command::new(env!("CARGO_BIN_EXE_midwatch"));
    command.args(["lab", "--echo", &format!("127.0.0.1:{},127.0.0.1:{}", ports[0], ports[1])]);
    Server::start_quietly(command, "midwatch", &ports, directory(), "An echo listens")
}

/// HAProxy with these lines.
fn haproxy(port: u16, lines: &str) -> Server {
    let directory = directory();
    let config = format!(
        "global\nmaxconn 100\ndefaults\ntimeout connect 10s\ntimeout client 60s\ntimeout server 60s\n{lines}\n"
    );
    let file = directory.path().join("haproxy.cfg");
    std::fs::write(&file, config).expect("room for a file");
    let mut command = Command::new("/usr/sbin/haproxy");
    command.arg("-db").arg("-f").arg(&file);
    Server::start(command, "haproxy", &[port], directory)
}

fn run(arguments: &[&str]) -> TargetReport {
    let fixed = ["here", "--format", "json", "--offline", "--timeout", "5"];
    let output = midwatch(&[&fixed[..], arguments].concat());
    let report: Report = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}{}", stdout(&output), stderr(&output)));
    report.targets.into_iter().next().expect("a target")
}

/// Asks the echo of a name that stands for these two addresses.
fn ask(plain: u16, tls: u16) -> TargetReport {
    let to = |port: u16, to: u16| format!("echo.test:{port}:{}", SocketAddr::from(([127, 0, 0, 1], to)));
    let none = format!("nothing.test:{}", free_port());
    run(&[
        "--sites",
        &none,
        "--echo",
        "echo.test:8080,8443",
        "--resolve",
        &to(8080, plain),
        "--resolve",
        &to(8443, tls),
    ])
}

#[test]
fn an_honest_way_changes_nothing() {
    let echo = echo();
    let target = ask(echo.ports()[0], echo.ports()[1]);
    for id in ["http-changed-on-the-way", "tls-opened-on-the-way", "echo-answered-by-another"] {
        assert!(!ids(&target).contains_key(id), "{id}");
    }
    let fact = target.observations.iter().find_map(|seen| match &seen.fact {
        Fact::Echo(echo) => Some(echo),
        _ => None,
    });
    let fact = fact.expect("an echo");
    assert!(fact.request.value().is_some_and(|request| request.is_untouched()), "{fact:?}");
    assert!(fact.odd_request.value().is_some_and(|request| request.is_untouched()), "{fact:?}");
    let hello = fact.hello.value().expect("a hello");
    assert_eq!(hello.received.as_ref(), Some(&hello.sent));
}

#[test]
fn a_proxy_that_reads_plain_http_is_found() {
    let (echo, port) = (echo(), free_port());
    let lines = format!(
        "listen way\nmode http\nbind 127.0.0.1:{port}\noption forwardfor\n\
         http-response set-header X-Cache MISS\nserver far 127.0.0.1:{}",
        echo.ports()[0]
    );
    let _way = haproxy(port, &lines);
    let target = ask(port, echo.ports()[1]);
    let found = finding(&target, "http-changed-on-the-way");
    assert_eq!(found.severity, Severity::Medium);
    let detail = &found.evidence[0].detail;
    assert!(detail.to_ascii_lowercase().contains("x-forwarded-for"), "{detail}");
    assert!(!ids(&target).contains_key("tls-opened-on-the-way"));
}

#[test]
fn a_sign_in_page_is_told_from_an_echo() {
    let (echo, port) = (echo(), free_port());
    let portal = Nginx::new().plain(port, "_", "return 302 http://portal.test/sign-in;").start();
    let target = ask(portal.port(), echo.ports()[1]);
    let found = finding(&target, "echo-answered-by-another");
    assert!(found.evidence[0].detail.contains("http://portal.test/sign-in"), "{:?}", found.evidence);
    assert!(!ids(&target).contains_key("http-changed-on-the-way"));
}

#[test]
fn a_proxy_that_opens_tls_is_found_whatever_its_certificate() {
    let (echo, port) = (echo(), free_port());
    let pki = Pki::new();
    let root = pki.authority("Company root", Key::EcP256);
    let identity = pki.issue(&root, &Leaf::new(&["*.midwatch-echo.invalid"]));
    let lines = format!(
        "listen way\nmode tcp\nbind 127.0.0.1:{port} ssl crt {}\n\
         server far 127.0.0.1:{} ssl verify none sni ssl_fc_sni",
        identity.bundle.display(),
        echo.ports()[1]
    );
    let _way = haproxy(port, &lines);
    let target = ask(echo.ports()[0], port);
    assert_eq!(finding(&target, "tls-opened-on-the-way").severity, Severity::High);
    assert!(!ids(&target).contains_key("http-changed-on-the-way"));
}

#[test]
fn a_site_whose_root_this_computer_alone_has_is_found() {
    let (https, pki) = (free_port(), Pki::new());
    let root = pki.authority("Added root", Key::EcP256);
    let identity = pki.issue(&root, &Leaf::new(&["bank.test"]));
    let _site = Nginx::new().tls(https, "bank.test", &identity, "").start();
    let site = format!("bank.test:{https}");
    let to = format!("{site}:127.0.0.1:{https}");
    let trust = root.certificate.display().to_string();
    let trusted = run(&["--sites", &site, "--resolve", &to, "--trust", &trust]);
    let found = finding(&trusted, "here-root-not-public");
    assert!(found.evidence[0].detail.contains("CN=Added root"), "{:?}", found.evidence);
    let refused = run(&["--sites", &site, "--resolve", &to]);
    assert_eq!(finding(&refused, "here-chain-refused").severity, Severity::High);
    assert!(!ids(&refused).contains_key("here-root-not-public"));
}

#[test]
fn what_is_asked_for_wrongly_is_said() {
    for arguments in
        [&["here", "--echo", "echo.test"][..], &["here", "--sites", "a b"], &["lab", "--echo", "8080"]]
    {
        let output = midwatch(arguments);
        assert_eq!(common::code(&output), 64, "{arguments:?}");
        assert!(
            stderr(&output).contains("for example") || stderr(&output).contains("'a b'"),
            "{}",
            stderr(&output)
        );
    }
}

/// An ordinary user, with a home directory of the test's and nothing on standard input.
#[test]
fn an_ordinary_user_sees_what_needs_no_right() {
    let directory = directory();
    let program = directory.path().join("midwatch");
    std::fs::copy(env!("CARGO_BIN_EXE_midwatch"), &program).expect("a copy that everybody may run");
    let home = directory.path().join("home");
    std::fs::create_dir(&home).expect("a home");
    std::fs::write(home.join(".curlrc"), "insecure\n").expect("a file");
    for path in [directory.path(), &home] {
        std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o755))
            .expect("permissions");
    }
    let arguments = ["here", "--format", "json", "--offline"];
    let mut command = match rustix::process::geteuid().is_root() {
        true => {
            let mut command = Command::new("setpriv");
            command.args(["--reuid", "65534", "--regid", "65534", "--clear-groups"]).arg(&program);
            command
        }
        false => Command::new(&program),
    };
    let output = command
        .args(arguments)
        .env("HOME", &home)
        .env("SSLKEYLOGFILE", "/tmp/keys")
        .stdin(std::process::Stdio::null())
        .output()
        .expect("midwatch");
    let report: Report =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", stderr(&output)));
    let target = report.targets.into_iter().next().expect("a target");
    let found = finding(&target, "tool-does-not-verify");
    assert!(found.place.contains("~/.curlrc"), "{}", found.place);
    assert!(ids(&target).contains_key("key-log"), "{:?}", ids(&target));
    let network = target.observations.iter().find_map(|seen| match &seen.fact {
        Fact::LocalNetwork(network) => Some(network),
        _ => None,
    });
    let network = network.expect("the network");
    assert!(
        network.links.is_seen() && network.gateways.is_seen() && network.neighbours.is_seen(),
        "{network:?}"
    );
    let wifi = target.observations.iter().find_map(|seen| match &seen.fact {
        Fact::LocalWifi(wifi) => Some(wifi),
        _ => None,
    });
    assert!(wifi.expect("the Wi-Fi").interfaces.is_seen(), "{wifi:?}");
    assert!(target.attacks.iter().any(|attack| attack.id == AttackId::Eavesdropping));
    let upkeep = target.observations.iter().find_map(|seen| match &seen.fact {
        Fact::LocalUpkeep(upkeep) => Some(upkeep),
        _ => None,
    });
    let upkeep = upkeep.expect("its upkeep");
    let apt = upkeep.packages.iter().find(|manager| manager.manager == "apt").expect("apt");
    // Lists that were cleaned away, as in containers, are told as not there; nothing is refused to an ordinary user.
    let refused = |why: Option<&Reason>| why.is_some_and(|why| why.detail.contains("permission denied"));
    assert!(!refused(apt.pending.why_not()) && !refused(apt.lists.why_not()), "{apt:?}");
    assert!(apt.automatic.is_seen() && upkeep.browsers.is_seen() && upkeep.listening.is_seen(), "{upkeep:?}");
    assert_eq!(upkeep.unread, []);
}

/// What a script in namespaces of its own reports, whose home is this.
fn in_a_network_of_its_own(script: &str, home: &Path) -> (Report, Output) {
    let mut command = Command::new("unshare");
    if !rustix::process::geteuid().is_root() {
        command.arg("--map-root-user");
    }
    let output = command
        .args(["--net", "--mount", "sh", "-c", script])
        .env("HOME", home)
        .output()
        .expect("unshare of util-linux");
    let report =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", stderr(&output)));
    (report, output)
}

/// A network that swallows everything: the run ends by its deadline, and says of each thing why it is not known.
#[test]
fn a_silent_network_ends_by_the_deadline() {
    let directory = directory();
    let resolver = directory.path().join("resolv.conf");
    std::fs::write(&resolver, "nameserver 192.0.2.53\n").expect("a file");
    // Of its own: a network with a router that is not there, and a resolver behind it.
    let script = format!(
        "ip link add silent type veth peer name far && ip link set far up && ip link set silent up && \
         ip addr add 192.0.2.2/24 dev silent && ip route add default via 192.0.2.1 && \
         ip neigh add 192.0.2.1 lladdr 02:00:00:00:00:01 dev silent && mount --bind {} /etc/resolv.conf && \
         exec timeout 60 {} here --format json --time 3",
        resolver.display(),
        env!("CARGO_BIN_EXE_midwatch")
    );
    let (report, output) = in_a_network_of_its_own(&script, directory.path());
    assert_ne!(output.status.code(), Some(124), "it did not end");
    let target = report.targets.into_iter().next().expect("a target");
    assert_eq!(target.state, State::Partly, "{:?}", target.error);
    for id in [AttackId::Impersonation, AttackId::DnsSpoofing, AttackId::HttpInjection, AttackId::IpHijacking]
    {
        let attack = target.attacks.iter().find(|attack| attack.id == id).expect("a verdict");
        assert_eq!(attack.verdict, Verdict::Unknown, "{attack:?}");
    }
    let resolver = target.observations.iter().find_map(|seen| match &seen.fact {
        Fact::ResolverAnswers(answers) => Some(answers),
        _ => None,
    });
    let why = resolver.expect("the resolver").faults.why_not().cloned().expect("a reason");
    assert!(matches!(why.kind, ReasonKind::Timeout | ReasonKind::Budget), "{why}");
    let page = router_page(&target);
    for outcome in [&page.plain, &page.tls] {
        let why = outcome.why_not().expect("a router that is silent did not refuse");
        assert!(matches!(why.kind, ReasonKind::Timeout | ReasonKind::Budget), "{why}");
    }
    assert!(!ids(&target).contains_key("router-admin-plain"));
}

fn router_page(target: &TargetReport) -> &RouterPage {
    let page = target.observations.iter().find_map(|seen| match &seen.fact {
        Fact::RouterPage(page) => Some(page),
        _ => None,
    });
    page.expect("what the router answered")
}

/// A router in a network of its own, whose page is nginx's: it is asked once, and its form for a password is found.
#[test]
fn a_router_that_asks_for_its_password_over_http_is_found() {
    let directory = directory();
    let at = directory.path().display();
    std::fs::write(directory.path().join("resolv.conf"), "nameserver 192.0.2.1\n").expect("a file");
    let config = format!(
        "daemon off;\npid {at}/pid;\nerror_log {at}/error.log;\nuser root;\nevents {{}}\nhttp {{\n\
         access_log {at}/access.log combined;\nclient_body_temp_path {at}/b;\nproxy_temp_path {at}/p;\n\
         fastcgi_temp_path {at}/f;\nuwsgi_temp_path {at}/u;\nscgi_temp_path {at}/s;\n\
         server {{ listen 192.0.2.1:80; default_type text/html; \
         return 200 '<title>Router</title><form method=post><input type=password name=p></form>'; }}\n}}\n"
    );
    std::fs::write(directory.path().join("nginx.conf"), config).expect("a file");
    // The router's end of the wire is in a namespace that a sleeping process holds.
    let script = format!(
        "unshare --net sleep 60 & router=$!; trap 'kill -QUIT $nginx; wait $nginx; kill $router' EXIT; own=$(readlink /proc/self/ns/net); \
         until other=$(readlink /proc/$router/ns/net) && [ \"$other\" != \"$own\" ]; do sleep 0.05; done; \
         ip link add near type veth peer name far && ip link set far netns $router && \
         ip addr add 192.0.2.2/24 dev near && ip link set near up && \
         nsenter --net=/proc/$router/ns/net sh -c 'ip addr add 192.0.2.1/24 dev far && ip link set far up' && \
         ip route add default via 192.0.2.1 && mount --bind {at}/resolv.conf /etc/resolv.conf || exit 99; \
         nsenter --net=/proc/$router/ns/net /usr/sbin/nginx -c {at}/nginx.conf -e {at}/error.log & nginx=$!; \
         until [ -s {at}/pid ]; do kill -0 $nginx || exit 98; sleep 0.05; done; \
         {} here --format json --time 10 --sites nothing.test",
        env!("CARGO_BIN_EXE_midwatch")
    );
    let (report, _) = in_a_network_of_its_own(&script, directory.path());
    let target = report.targets.into_iter().next().expect("a target");
    let page = router_page(&target);
    assert!(page.plain.value().is_some_and(|answer| answer.has_password), "{page:?}");
    assert!(page.tls.is_refused(), "{page:?}");
    let found = finding(&target, "router-admin-plain");
    assert_eq!((found.severity, found.place.as_str()), (Severity::Low, "http://192.0.2.1/"));
    let log = std::fs::read_to_string(directory.path().join("access.log")).expect("a log");
    let asked: Vec<&str> = log.lines().filter_map(|line| line.split('"').nth(1)).collect();
    assert_eq!(asked, ["GET / HTTP/1.1"]);
}
