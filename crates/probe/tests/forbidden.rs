//! Targets that must not lead everywhere: nothing reaches an address that the policy does not allow, by whatever way it
//! is named.

use std::collections::{HashMap, VecDeque};
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, UdpSocket};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use midwatch_model::{AddressPolicy, Fact, Host, Reason, ReasonKind, Time};
use midwatch_probe::authority::{Asks, Authorities};
use midwatch_probe::crawl::{self, CrawlOptions, Site};
use midwatch_probe::dns::{self, DnsOptions};
use midwatch_probe::http::{Client, ClientOptions};
use midwatch_probe::net::{ConnectTo, Net, NetOptions};
use midwatch_probe::pki::{self, Met, TrustStores};
use midwatch_probe::progress::Silent;
use midwatch_probe::ssh::{self, Program, Way};
use midwatch_testbed::pki::{Key, Leaf, Pki};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::task::JoinHandle;
use url::Url;

/// Stands for the internet in these tests: the one address of loopback that is allowed.
const PUBLIC: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

/// Listens where nothing must arrive. The system takes connections by itself, so that whatever was tried shows afterwards.
struct Trap {
    tcp: TcpListener,
    udp: UdpSocket,
}

impl Trap {
    fn at(ip: IpAddr) -> Trap {
        let tcp = TcpListener::bind((ip, 0)).expect("a free port");
        let udp = UdpSocket::bind(tcp.local_addr().expect("an address")).expect("the same port");
        tcp.set_nonblocking(true).expect("a listener");
        udp.set_nonblocking(true).expect("a socket");
        Trap { tcp, udp }
    }

    fn address(&self) -> SocketAddr {
        self.tcp.local_addr().expect("an address")
    }

    fn port(&self) -> u16 {
        self.address().port()
    }

    /// Nobody has connected, and no datagram came.
    fn assert_untouched(&self, how: &str) {
        let connected = self.tcp.accept();
        assert!(
            matches!(&connected, Err(error) if error.kind() == ErrorKind::WouldBlock),
            "{how}: {connected:?}"
        );
        let received = self.udp.recv_from(&mut [0; 64]);
        assert!(
            matches!(&received, Err(error) if error.kind() == ErrorKind::WouldBlock),
            "{how}: {received:?}"
        );
    }
}

/// A task that ends with its owner.
struct Task(JoinHandle<()>);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// A web server at the allowed address, which answers everything in one way.
struct Web {
    address: SocketAddr,
    asked: Arc<AtomicUsize>,
    _task: Task,
}

impl Web {
    async fn start(head: &str, body: &str) -> Web {
        let listener = tokio::net::TcpListener::bind((PUBLIC, 0)).await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let answer =
            format!("HTTP/1.1 {head}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len());
        let asked = Arc::new(AtomicUsize::new(0));
        let count = asked.clone();
        let task = tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::SeqCst);
                let _ = stream.read(&mut [0; 4096]).await;
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        Web { address, asked, _task: Task(task) }
    }
}

type Answers = HashMap<&'static str, VecDeque<Ipv4Addr>>;

/// A resolver on loopback, where the policy does not lead. Each name has its addresses one after the other, and keeps the
/// last of them; every name below `zone.test` is in that zone, whose name server is `ns.zone.test`.
struct Dns {
    address: SocketAddr,
    asked: Arc<AtomicUsize>,
    _task: Task,
}

impl Dns {
    async fn start(answers: &[(&'static str, &[Ipv4Addr])]) -> Dns {
        let answers: Answers =
            answers.iter().map(|(name, list)| (*name, list.iter().copied().collect())).collect();
        let answers = Mutex::new(answers);
        let socket = tokio::net::UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        let address = socket.local_addr().expect("an address");
        let asked = Arc::new(AtomicUsize::new(0));
        let count = asked.clone();
        let task = tokio::spawn(async move {
            let mut buffer = [0; 2048];
            while let Ok((length, peer)) = socket.recv_from(&mut buffer).await {
                if let Some(answer) = answer(&buffer[..length], &answers, &count) {
                    let _ = socket.send_to(&answer, peer).await;
                }
            }
        });
        Dns { address, asked, _task: Task(task) }
    }

    /// A network that asks this resolver and goes nowhere but to the internet of these tests.
    fn net(&self) -> Net {
        restricted(DnsOptions {
            resolver: Some(self.address.to_string().parse().expect("a resolver")),
            ..DnsOptions::default()
        })
    }
}

fn restricted(dns: DnsOptions) -> Net {
    let allowed = vec![PUBLIC.to_string().parse().expect("a range")];
    let allow = AddressPolicy { allowed, ..AddressPolicy::public() };
    let step = Duration::from_secs(5);
    Net::new(NetOptions { allow, step, dns: Arc::new(dns), ..NetOptions::default() })
}

fn name_of(question: &[u8]) -> Option<(String, usize)> {
    let (mut name, mut at) = (String::new(), 12);
    loop {
        let length = usize::from(*question.get(at)?);
        if length == 0 {
            return Some((name, at + 1));
        }
        if !name.is_empty() {
            name.push('.');
        }
        name.push_str(std::str::from_utf8(question.get(at + 1..at + 1 + length)?).ok()?);
        at += 1 + length;
    }
}

fn wire(name: &str) -> Vec<u8> {
    let mut out = Vec::new();
    for label in name.split('.') {
        out.push(u8::try_from(label.len()).expect("a label"));
        out.extend(label.bytes());
    }
    out.push(0);
    out
}

fn answer(question: &[u8], answers: &Mutex<Answers>, asked: &AtomicUsize) -> Option<Vec<u8>> {
    let (name, end) = name_of(question)?;
    let name = name.to_ascii_lowercase();
    let rtype = u16::from_be_bytes(question.get(end..end + 2)?.try_into().ok()?);
    let record = match rtype {
        1 => {
            let mut answers = answers.lock().expect("answers");
            let list = answers.get_mut(name.as_str());
            list.map(|list| {
                asked.fetch_add(1, Ordering::SeqCst);
                let first = list[0];
                if list.len() > 1 {
                    list.pop_front();
                }
                (wire(&name), first.octets().to_vec())
            })
        }
        2 if name == "zone.test" => Some((wire(&name), wire("ns.zone.test"))),
        6 if name.ends_with("zone.test") => {
            Some((wire("zone.test"), [wire("ns.zone.test"), wire("zone.test"), vec![0; 20]].concat()))
        }
        _ => None,
    };
    let mut message = question.get(..end + 4)?.to_vec();
    message[2..12].copy_from_slice(&[0x81, 0x80, 0, 1, 0, u8::from(record.is_some()), 0, 0, 0, 0]);
    if let Some((owner, data)) = record {
        message.extend(owner);
        message.extend(rtype.to_be_bytes());
        message.extend([0, 1, 0, 0, 0, 0]);
        message.extend(u16::try_from(data.len()).ok()?.to_be_bytes());
        message.extend(data);
    }
    Some(message)
}

async fn get(client: &Client, url: &str) -> Result<u16, Reason> {
    let url = Url::parse(url).expect("a URL");
    let exchange = client.get(&url, None).await.exchange;
    match (exchange.response.value(), exchange.response.why_not()) {
        (Some(response), _) => Ok(response.status),
        (_, why) => Err(why.expect("a reason").clone()),
    }
}

fn client(net: &Net) -> Client {
    Client::new(net.clone(), &ClientOptions::default())
}

/// That nobody was asked, and why.
fn assert_refused(why: &Reason, how: &str) {
    assert_eq!(why.kind, ReasonKind::NotAsked, "{how}: {why}");
    assert!(why.detail.contains("must not lead"), "{how}: {why}");
}

#[tokio::test]
async fn every_spelling_of_an_address_is_the_address() {
    let (trap, trap6) = (Trap::at(Ipv4Addr::LOCALHOST.into()), Trap::at(Ipv6Addr::LOCALHOST.into()));
    let dns = Dns::start(&[("inside.test", &[Ipv4Addr::LOCALHOST])]).await;
    let net = dns.net();
    let port = trap.port();
    for (scheme, host) in [
        ("http", "127.0.0.1"),
        ("https", "127.0.0.1"),
        ("http", "2130706433"),
        ("http", "0x7f000001"),
        ("http", "0177.0.0.1"),
        ("http", "017700000001"),
        ("http", "127.1"),
        ("http", "[::ffff:127.0.0.1]"),
        ("http", "[::ffff:7f00:1]"),
        ("http", "[64:ff9b::7f00:1]"),
        ("http", "[2002:7f00:1::]"),
        ("http", "0.0.0.0"),
        ("http", "inside.test"),
        ("https", "inside.test"),
        ("http", "inside.test."),
    ] {
        let url = format!("{scheme}://{host}:{port}/");
        assert_refused(&get(&client(&net), &url).await.expect_err(&url), &url);
        trap.assert_untouched(&url);
    }
    let url = format!("http://[::1]:{}/", trap6.port());
    assert_refused(&get(&client(&net), &url).await.expect_err(&url), &url);
    trap6.assert_untouched(&url);
    // The address that is connected to is what counts, whoever found it and for what.
    for ip in ["127.0.0.1", "::ffff:127.0.0.1"] {
        let address = SocketAddr::new(ip.parse().expect("an address"), port);
        assert_refused(&net.connect(address).await.expect_err("refused"), ip);
    }
    trap.assert_untouched("connect");
    // With the same network, but without the policy, each would have been reached.
    assert!(Net::new(NetOptions::default()).connect(trap.address()).await.is_ok());
    assert!(trap.tcp.accept().is_ok());
}

#[tokio::test]
async fn a_name_that_leads_inside_is_refused_and_does_not_tell_where() {
    let dns =
        Dns::start(&[("inside.test", &[Ipv4Addr::new(10, 1, 2, 3)]), ("outside.test", &[PUBLIC])]).await;
    let resolved = dns.net().resolve(&Host::Name("inside.test".into()), 443).await;
    let why = resolved.addresses.why_not().expect("a reason");
    assert_refused(why, "inside.test");
    assert!(why.detail.contains("RFC 1918") && !why.detail.contains("10.1.2.3"), "{why}");
    let resolved = dns.net().resolve(&Host::Name("outside.test".into()), 443).await;
    assert_eq!(resolved.addresses.value(), Some(&vec![SocketAddr::from((PUBLIC, 443))]));
    // By the system's resolver too.
    let net = restricted(DnsOptions::default());
    let resolved = net.resolve(&Host::Name("localhost".into()), 443).await;
    assert_refused(resolved.addresses.why_not().expect("a reason"), "localhost");
}

#[tokio::test]
async fn a_name_that_changes_its_address_gains_nothing() {
    let web = Web::start("200 OK\r\nContent-Type: text/html", "<p>public").await;
    let port = web.address.port();
    let trap = Trap {
        tcp: TcpListener::bind((Ipv4Addr::LOCALHOST, port)).expect("the same port"),
        ..Trap::at(Ipv4Addr::LOCALHOST.into())
    };
    trap.tcp.set_nonblocking(true).expect("a listener");
    let dns = Dns::start(&[("rebound.test", &[PUBLIC, Ipv4Addr::LOCALHOST])]).await;
    let net = dns.net();
    let url = format!("http://rebound.test:{port}/");
    let first = client(&net);
    assert_eq!(get(&first, &url).await.map_err(|why| why.to_string()), Ok(200));
    assert_eq!(dns.asked.load(Ordering::SeqCst), 1, "what was looked at is what is connected to");
    // The same run goes on with the address that it has.
    assert_eq!(get(&first, &format!("{url}again")).await.map_err(|why| why.to_string()), Ok(200));
    assert_eq!((dns.asked.load(Ordering::SeqCst), web.asked.load(Ordering::SeqCst)), (1, 2));
    // Another run looks again, and the other address is refused.
    assert_refused(&get(&client(&net), &url).await.expect_err("refused"), "the second answer");
    assert_eq!(dns.asked.load(Ordering::SeqCst), 2);
    trap.assert_untouched("rebinding");
}

#[tokio::test]
async fn redirects_and_references_are_held_against_it() {
    let trap = Trap::at(Ipv4Addr::LOCALHOST.into());
    for to in [
        "http://169.254.169.254/latest/meta-data/".to_owned(),
        format!("http://127.0.0.1:{}/", trap.port()),
        format!("http://2130706433:{}/", trap.port()),
        format!("https://[::ffff:127.0.0.1]:{}/", trap.port()),
        format!("http://inside.test:{}/", trap.port()),
    ] {
        let body = format!("<a href='{to}'>a</a><link rel=stylesheet href='{to}'><img src='{to}'>");
        let head = format!("302 Found\r\nContent-Type: text/html\r\nLocation: {to}");
        let web = Web::start(&head, &body).await;
        let dns = Dns::start(&[("shop.test", &[PUBLIC]), ("inside.test", &[Ipv4Addr::LOCALHOST])]).await;
        let (host, addresses) = (Host::Name("shop.test".into()), [web.address]);
        let site = Site {
            host: &host,
            https_port: web.address.port(),
            http_port: web.address.port(),
            path: "/",
            https_addresses: &addresses,
            http_addresses: &addresses,
        };
        let facts = crawl::site(&dns.net(), &site, &CrawlOptions::default(), &Silent).await;
        let mut refused = 0;
        for (_, fact) in &facts {
            let Fact::Entry(entry) = fact else { continue };
            for hop in &entry.hops {
                if !hop.exchange.url.contains("shop.test") {
                    assert_refused(hop.exchange.response.why_not().expect("a reason"), &hop.exchange.url);
                    refused += 1;
                }
            }
        }
        assert!(refused > 0, "{to}: {facts:?}");
        assert!(web.asked.load(Ordering::SeqCst) > 0);
        trap.assert_untouched(&to);
    }
}

#[tokio::test]
async fn what_certificates_name_is_held_against_it() {
    let trap = Trap::at(Ipv4Addr::LOCALHOST.into());
    let pki = Pki::new();
    let root = pki.authority("Root", Key::EcP256);
    let between = pki.intermediate(&root, "Between", Key::EcP256);
    let mut stores = TrustStores::default();
    stores.give(&std::fs::read(&root.certificate).expect("a root")).expect("a store");
    let dns = Dns::start(&[("ca.test", &[Ipv4Addr::LOCALHOST])]).await;
    for host in ["127.0.0.1", "[::ffff:127.0.0.1]", "ca.test"] {
        let url = format!("http://{host}:{}/x", trap.port());
        let leaf = Leaf::new(&["shop.test"])
            .extension(&format!("authorityInfoAccess = caIssuers;URI:{url},OCSP;URI:{url}"))
            .extension(&format!("crlDistributionPoints = URI:{url}"));
        let sent = [pki.der(&pki.issue(&between, &leaf).certificate)];
        let name = Host::Name("shop.test".into());
        // Met in a private network, where the rule for public servers does not hold.
        let met = Met {
            host: &name,
            port: 443,
            address: SocketAddr::from((PUBLIC, 443)),
            sni: None,
            met_with: &[],
            beside: None,
        };
        let mut fact = pki::chain(&met, &sent, &stores, Time::now());
        let authorities = Authorities::new(Asks { issuers: true, revocation: true });
        authorities.ask(&dns.net(), &met, &sent, &stores, Time::now(), &mut fact).await;
        let completed = fact.completed.expect("an attempt");
        assert_refused(completed.issuers[0].certificate.why_not().expect("a reason"), &url);
        trap.assert_untouched(&url);
    }
}

#[tokio::test]
async fn name_servers_of_a_zone_are_held_against_it_and_the_resolver_is_not() {
    let inside = Ipv4Addr::new(127, 0, 0, 3);
    // Only who may take port 53 can listen there; the reason is told in any case.
    let (tcp, udp) = (TcpListener::bind((inside, 53)), UdpSocket::bind((inside, 53)));
    let dns = Dns::start(&[("www.zone.test", &[PUBLIC]), ("ns.zone.test", &[inside])]).await;
    let facts = dns::site(&dns.net(), "www.zone.test", 443).await;
    let delegation = facts
        .iter()
        .find_map(|(_, fact)| if let Fact::Delegation(fact) = fact { Some(fact) } else { None })
        .expect("a delegation, which the resolver told");
    assert_eq!(delegation.name_servers.value(), Some(&vec!["ns.zone.test".to_owned()]));
    assert_eq!(delegation.servers.len(), 1);
    assert_refused(delegation.servers[0].answer.why_not().expect("a reason"), "ns.zone.test");
    if let (Ok(tcp), Ok(udp)) = (tcp, udp) {
        tcp.set_nonblocking(true).expect("a listener");
        udp.set_nonblocking(true).expect("a socket");
        Trap { tcp, udp }.assert_untouched("the name server");
    }
}

#[tokio::test]
async fn proxies_and_programs_are_not_used() {
    let trap = Trap::at(Ipv4Addr::LOCALHOST.into());
    let directory = midwatch_testbed::directory();
    let marker = directory.path().join("was-run");
    let dns = Dns::start(&[("git.test", &[PUBLIC])]).await;
    let (net, host) = (dns.net(), Host::Name("git.test".into()));
    let program = Program::shell(&format!("touch {}", marker.display()));
    for (way, how) in [
        (Way::Address(trap.address()), "an address"),
        (Way::Socks5(trap.address()), "a proxy"),
        (Way::Program(Arc::new(program)), "a program"),
    ] {
        let endpoint = ssh::endpoint(&net, &host, 22, way).await;
        assert_refused(endpoint.identification.why_not().expect("a reason"), how);
    }
    trap.assert_untouched("ssh");
    assert!(!marker.exists());
}

#[tokio::test]
async fn ports_and_overrides_are_held_against_it() {
    let web = Web::start("200 OK", "x").await;
    let trap = Trap::at(Ipv4Addr::LOCALHOST.into());
    let ports = vec![format!("{0}", web.address.port()).parse().expect("a port")];
    let allow = AddressPolicy {
        allowed: vec![PUBLIC.to_string().parse().expect("a range")],
        ports,
        ..AddressPolicy::public()
    };
    let connect_to = vec![ConnectTo { host: Host::Name("shop.test".into()), port: 443, to: trap.address() }];
    let net = Net::new(NetOptions { allow, connect_to, ..NetOptions::default() });
    assert!(net.connect(web.address).await.is_ok());
    let other = SocketAddr::from((PUBLIC, trap.port()));
    assert_refused(&net.connect(other).await.expect_err("refused"), "another port");
    let resolved = net.resolve(&Host::Name("shop.test".into()), 443).await;
    assert_refused(resolved.addresses.why_not().expect("a reason"), "an address by hand");
    trap.assert_untouched("an address by hand");
}
