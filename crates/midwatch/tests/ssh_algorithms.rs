//! What real SSH servers offer, measured and judged: OpenSSH, Dropbear and TinySSH of Debian. The lists are those that
//! `ssh-audit` has, certificates are taken and refused as `ssh` does, and the lines for sshd mend what they stand with.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

use midwatch_model::{
    Fact, Finding, Host, Observation, Outcome, ServerSoftware, Severity, SshEndpoint, Target, Vantage,
};
use midwatch_probe::net::{Net, NetOptions};
use midwatch_probe::ssh::{self, Way};
use midwatch_testbed::sshd::{self, HostKeys, TinySsh};
use serde_json::Value;

/// Measures the server at an address, as the host that it is asked for as.
fn measure_as(host: &Host, address: SocketAddr) -> SshEndpoint {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let net = Net::new(NetOptions::default());
        ssh::endpoint(&net, host, address.port(), Way::Address(address)).await
    })
}

fn measure(address: SocketAddr) -> SshEndpoint {
    measure_as(&Host::Address(address.ip()), address)
}

/// What is found of a server that was measured.
fn judge(endpoint: &SshEndpoint) -> Vec<Finding> {
    let target = Target::Ssh {
        input: endpoint.host.to_string(),
        host: endpoint.host.clone(),
        port: Some(endpoint.port),
        user: None,
    };
    let at = jiff::Timestamp::now();
    let fact = Fact::SshEndpoint(Box::new(endpoint.clone()));
    let observation = Observation {
        id: "o1".into(),
        subject: endpoint.host.to_string(),
        vantage: Vantage::Local,
        at,
        fact,
    };
    midwatch_judge::judge(&target, &[observation], at).findings
}

/// The titles and severities, worst first, then by id.
fn told(findings: &[Finding]) -> Vec<(&str, Severity, &str)> {
    findings.iter().map(|found| (found.id.as_str(), found.severity, found.title.as_str())).collect()
}

/// Every weak thing that Debian's sshd can still be told to offer.
const EVERYTHING_OLD: &str = "KexAlgorithms +diffie-hellman-group1-sha1,diffie-hellman-group14-sha1,\
                              diffie-hellman-group-exchange-sha1\n\
                              Ciphers +3des-cbc,aes128-cbc,aes192-cbc,aes256-cbc\n\
                              MACs +hmac-md5,hmac-md5-96,hmac-md5-etm@openssh.com,hmac-sha1-96\n\
                              HostKeyAlgorithms +ssh-rsa,ssh-dss\nRequiredRSASize 1024";

#[test]
fn nothing_is_found_of_debians_openssh_as_it_comes() {
    let keys = HostKeys::new(&["ed25519", "ecdsa-256", "rsa-3072"]);
    let server = sshd::openssh(&keys, "");
    assert_eq!(told(&judge(&measure(server.address()))), []);
}

#[test]
fn each_old_algorithm_is_found_and_is_not_called_the_only_one() {
    use Severity::{High, Info, Low, Medium};
    let keys = HostKeys::new(&["ed25519", "rsa-1024", "dsa"]);
    let server = sshd::openssh(&keys, EVERYTHING_OLD);
    let found = judge(&measure(server.address()));
    assert_eq!(
        told(&found),
        [
            ("host-key-small", High, "A host key is too small"),
            ("host-key-small", Medium, "A host key is too small"),
            ("ssh-kex-weak", Medium, "Key exchange with 1024 bits is offered"),
            ("ssh-cipher-weak", Low, "Ciphers in CBC mode are offered"),
            ("ssh-cipher-weak", Low, "Ciphers with blocks of 64 bits are offered"),
            ("ssh-kex-weak", Low, "Key exchange over SHA-1 is offered"),
            ("ssh-mac-weak", Low, "Message authentication with MD5 is offered"),
            ("host-key-sha1", Info, "Host keys sign with SHA-1 for clients that want it"),
        ]
    );
    let small: Vec<&str> = found
        .iter()
        .filter(|found| found.id == "host-key-small")
        .flat_map(|found| &found.evidence)
        .map(|seen| seen.detail.as_str())
        .collect();
    assert!(small[0].contains(&keys.fingerprint("rsa-1024").1), "{small:?}");
    assert!(small[1].contains(&keys.fingerprint("dsa").1), "{small:?}");
}

#[test]
fn a_server_with_nothing_better_is_worse() {
    use Severity::{High, Info, Low, Medium};
    let keys = HostKeys::new(&["rsa-2048"]);
    let options = "KexAlgorithms diffie-hellman-group1-sha1\nCiphers 3des-cbc\nMACs hmac-md5\n\
                   HostKeyAlgorithms ssh-rsa";
    let server = sshd::openssh(&keys, options);
    assert_eq!(
        told(&judge(&measure(server.address()))),
        [
            ("ssh-kex-weak", High, "Every key exchange has 1024 bits"),
            ("host-key-sha1", Medium, "Host keys sign with nothing but SHA-1"),
            ("ssh-cipher-weak", Medium, "Ciphers with blocks of 64 bits are offered, and nothing better"),
            ("ssh-mac-weak", Low, "Message authentication with MD5 is offered"),
            ("ssh-no-post-quantum", Info, "No key exchange that resists quantum computers"),
        ]
    );
}

#[test]
fn what_is_found_of_debians_dropbear() {
    let (server, _) = sshd::dropbear(&["ed25519", "ecdsa", "rsa"]);
    let found = judge(&measure(server.address()));
    assert_eq!(
        told(&found),
        [
            ("ssh-kex-weak", Severity::Low, "Key exchange over SHA-1 is offered"),
            ("host-key-sha1", Severity::Info, "Host keys sign with SHA-1 for clients that want it"),
            ("ssh-no-post-quantum", Severity::Info, "No key exchange that resists quantum computers"),
        ]
    );
    let fixes = found.iter().flat_map(|found| found.fix.servers.first());
    assert!(fixes.into_iter().all(|fix| fix.seen && fix.server == ServerSoftware::Dropbear));
}

#[test]
fn what_is_found_of_debians_tinyssh() {
    let server = TinySsh::start();
    let found = judge(&measure(server.address()));
    let terrapin = "Terrapin: the beginning of a connection can be cut unseen";
    assert_eq!(told(&found), [("ssh-terrapin", Severity::Medium, terrapin)]);
}

/// `ssh-audit` in JSON.
fn audited(address: SocketAddr) -> Value {
    let port = address.port().to_string();
    let output = Command::new("ssh-audit")
        .args(["-j", "-p", &port, "127.0.0.1"])
        .output()
        .expect("ssh-audit: apt-get install ssh-audit");
    serde_json::from_slice(&output.stdout).expect("JSON of ssh-audit")
}

/// A list of its report, whose entries are names or objects with one.
fn list(report: &Value, key: &str) -> Vec<String> {
    let entries = report[key].as_array().map(Vec::as_slice).unwrap_or_default();
    let name = |entry: &Value| entry.as_str().or_else(|| entry["algorithm"].as_str()).map(str::to_owned);
    entries.iter().filter_map(name).collect()
}

fn same_as_audited(address: SocketAddr) {
    let (ours, theirs) = (measure(address), audited(address));
    let said = ours.identification.value().expect("an identification");
    // TinySSH puts something random behind it, each time anew.
    assert_eq!(theirs["banner"]["software"].as_str(), Some(said.software.as_str()));
    let found = ours.algorithms.value().expect("algorithms");
    // ssh-audit counts what only announces something among the methods, in the place where it stood.
    let (announced, methods): (Vec<String>, Vec<String>) =
        list(&theirs, "kex").into_iter().partition(|name| found.announced.contains(name));
    assert_eq!((&methods, &announced), (&found.key_exchange, &found.announced));
    assert_eq!(list(&theirs, "key"), found.host_key);
    // It tells the direction towards the client alone.
    assert_eq!(list(&theirs, "enc"), found.ciphers_to_client);
    assert_eq!(list(&theirs, "mac"), found.macs_to_client);
    assert_eq!(list(&theirs, "compression"), found.compression_to_client);
    // It has known of Terrapin since 3.1, which has objects here; Debian 12 has 2.5. `benches/ssh` compares that always.
    if theirs["enc"][0].is_object() {
        let warned = |entry: &Value| entry["notes"].to_string().contains("Terrapin");
        let warns = theirs["enc"].as_array().into_iter().flatten().any(warned);
        assert_eq!(judge(&ours).iter().any(|found| found.id == "ssh-terrapin"), warns, "{theirs}");
    }
    // It asks for keys of RSA and Ed25519 (from 3.0 on for others too), and tells each once.
    let sent: BTreeMap<&str, &str> =
        ours.sent_keys().map(|sent| (sent.key.key_type.as_str(), sent.key.fingerprint.as_str())).collect();
    let mut compared = 0;
    for print in theirs["fingerprints"].as_array().expect("fingerprints") {
        if print["hash_alg"] == "SHA256" {
            let hash = format!("SHA256:{}", print["hash"].as_str().expect("a hash"));
            let kind = print["hostkey"].as_str().expect("a type");
            assert_eq!(sent.get(kind), Some(&hash.as_str()), "{kind}");
            compared += 1;
        }
    }
    assert!(compared > 0, "{theirs}");
    for entry in theirs["key"].as_array().expect("keys") {
        let algorithm = entry["algorithm"].as_str().expect("a name");
        if let (Some(bits), true) = (entry["keysize"].as_u64(), algorithm.contains("rsa")) {
            let rsa = ours.sent_keys().find(|sent| sent.key.key_type == "ssh-rsa").expect("a key of RSA");
            assert_eq!(rsa.key.bits.map(u64::from), Some(bits), "{algorithm}");
        }
    }
    let size = |entry: &Value| entry["keysize"].as_u64();
    let group = theirs["kex"].as_array().into_iter().flatten().find_map(size);
    let least = ours.group_exchange.value().map(|group| u64::from(group.bits));
    // Midwatch tells the least that is served. So did ssh-audit until 3.0; since then it tells for OpenSSH what a client
    // of today is given.
    assert!(least.is_some() == group.is_some() && least <= group, "{least:?} {group:?}");
}

#[test]
fn lists_and_keys_are_those_of_ssh_audit() {
    let keys = HostKeys::new(&["ed25519", "ecdsa-256", "rsa-3072"]);
    let stock = sshd::openssh(&keys, "");
    same_as_audited(stock.address());
    let old = HostKeys::new(&["ed25519", "rsa-1024", "dsa"]);
    let server = sshd::openssh(&old, EVERYTHING_OLD);
    same_as_audited(server.address());
    let (dropbear, _) = sshd::dropbear(&["ed25519", "ecdsa", "rsa"]);
    same_as_audited(dropbear.address());
    same_as_audited(TinySsh::start().address());
}

/// What ssh says of a server whose authority it trusts for every host, asked for as `name`.
fn ssh_says(keys: &HostKeys, address: SocketAddr, name: &str) -> String {
    let directory = tempfile::tempdir().expect("a directory");
    let known = directory.path().join("known_hosts");
    let (kind, key) = keys.public("ca");
    std::fs::write(&known, format!("@cert-authority * {kind} {key}\n")).expect("room for a file");
    let (port, known) = (address.port().to_string(), format!("UserKnownHostsFile={}", known.display()));
    let alias = format!("HostKeyAlias={name}");
    let arguments =
        ["-v", "-F", "none", "-p", &port, "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes"];
    let more = ["-o", &known, "-o", "GlobalKnownHostsFile=none", "-o", &alias, "127.0.0.1", "true"];
    let output = Command::new("ssh").args(arguments).args(more).output().expect("openssh-client");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn certificates_are_taken_and_refused_as_ssh_does() {
    let name = Host::Name("git.example".into());
    let always = "20250101000000Z:20990101000000Z";
    for (authority, arguments, words, reason) in [
        ("ed25519", vec!["-n", "git.example", "-V", always], "", ""),
        ("ed25519", vec!["-n", "a.example,git.example"], "", ""),
        (
            "ed25519",
            vec!["-n", "a.example", "-V", always],
            "name is not a listed principal",
            "it names a.example",
        ),
        ("ed25519", vec!["-n", "git.example", "-V", "20200101:20210101"], "expired", "it was valid until"),
        (
            "ed25519",
            vec!["-n", "git.example", "-V", "20900101:20910101"],
            "not yet valid",
            "it is valid from",
        ),
        (
            "ed25519",
            vec!["-n", "git.example", "-O", "critical:why@example.com=because"],
            "unsupported critical options",
            "it has the critical option why@example.com",
        ),
        ("rsa-2048", vec!["-n", "git.example"], "", ""),
        (
            "rsa-2048",
            vec!["-n", "git.example", "-t", "ssh-rsa"],
            "disallowed algorithm",
            "it is signed with ssh-rsa",
        ),
    ] {
        let keys = HostKeys::new(&["ed25519"]);
        let all = [&["-I", "host", "-z", "1"][..], &arguments].concat();
        keys.certify("ed25519", authority, &all);
        let server = sshd::openssh(&keys, "");
        let endpoint = measure_as(&name, server.address());
        let found: Vec<String> = judge(&endpoint)
            .into_iter()
            .filter(|found| found.id == "host-certificate-invalid")
            .flat_map(|found| found.evidence)
            .map(|seen| seen.detail)
            .collect();
        let said = ssh_says(&keys, server.address(), "git.example");
        if words.is_empty() {
            assert!(found.is_empty(), "{arguments:?}: {found:?}");
            assert!(said.contains("Host 'git.example' is known and matches"), "{arguments:?}: {said}");
        } else {
            assert!(found.len() == 1 && found[0].contains(reason), "{arguments:?}: {found:?}");
            assert!(said.contains(words), "{arguments:?}: {said}");
        }
    }
}

/// A fault of sshd: the finding, by a part of its title, the lines that bring it about, and the keys that it takes.
struct Case {
    id: &'static str,
    title: &'static str,
    fault: &'static str,
    keys: &'static [&'static str],
}

const CASES: &[Case] = &[
    Case {
        id: "ssh-kex-weak",
        title: "1024 bits",
        fault: "KexAlgorithms +diffie-hellman-group1-sha1",
        keys: &["ed25519"],
    },
    Case {
        id: "ssh-kex-weak",
        title: "SHA-1",
        fault: "KexAlgorithms diffie-hellman-group14-sha1,diffie-hellman-group-exchange-sha1",
        keys: &["ed25519"],
    },
    Case { id: "ssh-cipher-weak", title: "64 bits", fault: "Ciphers 3des-cbc", keys: &["ed25519"] },
    Case { id: "ssh-cipher-weak", title: "CBC", fault: "Ciphers +aes256-cbc", keys: &["ed25519"] },
    Case {
        id: "ssh-mac-weak",
        title: "MD5",
        fault: "MACs +hmac-md5,hmac-md5-96-etm@openssh.com",
        keys: &["ed25519"],
    },
    Case {
        id: "ssh-no-post-quantum",
        title: "quantum",
        fault: "KexAlgorithms curve25519-sha256",
        keys: &["ed25519"],
    },
    Case { id: "host-key-sha1", title: "SHA-1", fault: "HostKeyAlgorithms ssh-rsa", keys: &["rsa-2048"] },
    Case { id: "host-key-sha1", title: "SHA-1", fault: "HostKeyAlgorithms +ssh-rsa", keys: &["rsa-2048"] },
    Case { id: "host-key-small", title: "small", fault: "RequiredRSASize 1024", keys: &["rsa-1024"] },
];

#[test]
fn the_lines_for_sshd_mend_each_fault() {
    for case in CASES {
        let keys = HostKeys::new(case.keys);
        let before = judge(&measure(sshd::openssh(&keys, case.fault).address()));
        let is = |found: &&Finding| found.id == case.id && found.title.contains(case.title);
        let fault = before.iter().find(is).unwrap_or_else(|| panic!("{}: {:?}", case.id, told(&before)));
        let fix = fault.fix.servers.first().expect("lines");
        assert!(fix.seen && fix.server == ServerSoftware::OpenSsh, "{}: {fix:?}", case.id);
        // The lines come in place of those of the same name; a HostKey line names a key that is made first.
        let mended = match fix.lines.strip_prefix("HostKey ") {
            Some(file) => {
                assert_eq!(file, "/etc/ssh/ssh_host_ed25519_key");
                sshd::openssh(&HostKeys::new(&["ed25519"]), "")
            }
            None => sshd::openssh(&keys, &fix.lines),
        };
        let after = judge(&measure(mended.address()));
        assert!(!after.iter().any(|found| found.id == case.id), "{}: {:?}", fix.lines, told(&after));
    }
}

#[test]
fn the_lines_against_terrapin_leave_nothing_that_it_works_on() {
    let lines = midwatch_judge::fixes::lines(
        midwatch_judge::fixes::Setting::SshTerrapin,
        &midwatch_judge::fixes::Context::default(),
        Some(ServerSoftware::OpenSsh),
    );
    let keys = HostKeys::new(&["ed25519"]);
    // sshd with these lines still has what clients of today want.
    let server = sshd::openssh(&keys, &lines[0].lines);
    let endpoint = measure(server.address());
    let algorithms = endpoint.algorithms.value().expect("algorithms");
    assert!(algorithms.terrapin.is_empty(), "{:?}", algorithms.terrapin);
    assert!(algorithms.ciphers_to_client.iter().any(|name| name == "aes256-gcm@openssh.com"));
    // And the lines against small groups leave no group to choose.
    let lines = midwatch_judge::fixes::lines(
        midwatch_judge::fixes::Setting::SshGroupExchange,
        &midwatch_judge::fixes::Context::default(),
        Some(ServerSoftware::OpenSsh),
    );
    let server = sshd::openssh(&keys, &lines[0].lines);
    assert!(matches!(measure(server.address()).group_exchange, Outcome::Unmeasured { .. }));
}

/// Somebody in the middle of every connection, who puts one text in the place of another in all that the server says.
struct Middle {
    address: SocketAddr,
    ending: Arc<AtomicBool>,
    listener: Option<JoinHandle<()>>,
}

impl Middle {
    fn start(server: SocketAddr, from: &'static str, to: &'static str) -> Middle {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let address = listener.local_addr().expect("its address");
        let ending = Arc::new(AtomicBool::new(false));
        let shared = Arc::clone(&ending);
        let listener = thread::spawn(move || {
            let mut carriers = Vec::new();
            for client in listener.incoming().map_while(Result::ok) {
                if shared.load(Ordering::SeqCst) {
                    break;
                }
                let far = TcpStream::connect(server).expect("the server");
                let (near, back) =
                    (client.try_clone().expect("a handle"), far.try_clone().expect("a handle"));
                carriers.push(thread::spawn(move || carry(client, far, None)));
                carriers
                    .push(thread::spawn(move || carry(back, near, Some((from.as_bytes(), to.as_bytes())))));
            }
            for carrier in carriers {
                carrier.join().expect("a carrier that ends");
            }
        });
        Middle { address, ending, listener: Some(listener) }
    }
}

impl Drop for Middle {
    fn drop(&mut self) {
        self.ending.store(true, Ordering::SeqCst);
        // Wakes the listener.
        let _ = TcpStream::connect(self.address);
        if let Some(listener) = self.listener.take() {
            let _ = listener.join();
        }
    }
}

/// Carries one direction to its end. What is looked for comes whole in one piece: a line, or a packet of loopback.
fn carry(mut from: TcpStream, mut to: TcpStream, change: Option<(&[u8], &[u8])>) {
    let mut buffer = vec![0; 65536];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        let mut piece = buffer[..length].to_vec();
        if let Some((wanted, other)) = change
            && let Some(at) = piece.windows(wanted.len()).position(|window| window == wanted)
        {
            piece.splice(at..at + wanted.len(), other.iter().copied());
        }
        if to.write_all(&piece).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
    let _ = from.shutdown(Shutdown::Both);
}

#[test]
fn whoever_changes_the_version_or_the_lists_on_the_way_is_seen() {
    let keys = HostKeys::new(&["ed25519", "rsa-2048"]);
    let server = sshd::openssh(&keys, "");
    // A relay that changes nothing is none.
    let middle = Middle::start(server.address(), "nothing of this kind", "");
    assert_eq!(told(&judge(&measure(middle.address))), []);

    let shown = ("host-key-unproved", Severity::Critical, "A host key is shown without proof");
    // The lists are signed: to take a cipher away breaks the proof of every key.
    let middle = Middle::start(server.address(), "aes256-gcm@openssh.com", "aes256-xxx@openssh.com");
    let found = judge(&measure(middle.address));
    assert_eq!(told(&found), [shown]);
    assert_eq!(found[0].evidence.len(), 2, "both keys: {:?}", found[0].evidence);
    // So is the identification, but a client that takes SSH 1 never comes to the signature.
    let middle = Middle::start(server.address(), "SSH-2.0-", "SSH-1.99-");
    let found = judge(&measure(middle.address));
    assert_eq!(told(&found), [shown, ("ssh-protocol-1", Severity::High, "SSH 1 is spoken")]);
}
