//! `midwatch keys exchange` between processes: directly, over a relay, with somebody in the middle, and what becomes of the
//! keys with ssh and ssh-keygen. In a network of its own: that the number alone finds the other.

mod common;

use std::fs::File;
use std::io::{BufRead, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use common::{code, midwatch, stderr, stdout};
use midwatch_exchange::io::{connect, talk};
use midwatch_exchange::{Code, Offer, Session};
use midwatch_keys::Hint;
use midwatch_testbed::lan::{Host, Lan};
use midwatch_testbed::sshd::{self, HostKeys};
use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use serde_json::Value;
use tokio::net::TcpListener;

/// A directory with keys of ssh-keygen.
struct Keys(tempfile::TempDir);

impl Keys {
    fn new() -> Keys {
        let keys = Keys(tempfile::tempdir().expect("a directory"));
        for name in ["elizabeth", "david", "jessica"] {
            tool(keys.0.path(), "ssh-keygen", &["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", name]);
        }
        keys
    }

    fn at(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }

    fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.at(name)).expect("a file")
    }

    /// As `ssh-keygen -l` has it.
    fn fingerprint(&self, name: &str) -> String {
        let line = tool(self.0.path(), "ssh-keygen", &["-l", "-f", name]);
        line.split(' ').nth(1).expect("a fingerprint").to_owned()
    }
}

fn tool(directory: &Path, program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).current_dir(directory).output();
    let output = output.unwrap_or_else(|error| panic!("{program}: {error}; see scripts/setup"));
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// A midwatch that waits, with what it has said.
struct Waiting {
    child: Option<Child>,
    errors: Option<BufReader<std::process::ChildStderr>>,
    said: String,
}

impl Waiting {
    /// Starts it and reads until it has said this.
    fn start(mut command: Command, until: &str) -> Waiting {
        let child =
            command.env("NO_COLOR", "1").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = child.spawn().expect("midwatch");
        let mut errors = BufReader::new(child.stderr.take().expect("a pipe"));
        let mut said = String::new();
        while !said.contains(until) {
            assert!(errors.read_line(&mut said).expect("UTF-8") > 0, "it ended: {said}");
        }
        Waiting { child: Some(child), errors: Some(errors), said }
    }

    /// `midwatch keys exchange`, until it has said how it is reached.
    fn exchange(arguments: &[&str]) -> Waiting {
        let mut command = Command::new(env!("CARGO_BIN_EXE_midwatch"));
        command.args(["keys", "exchange"]).args(arguments);
        Waiting::start(command, "The other runs")
    }

    /// The same on loopback.
    fn on_loopback(arguments: &[&str]) -> Waiting {
        Waiting::exchange(&[arguments, &["--listen", "127.0.0.1:0"]].concat())
    }

    /// `midwatch keys relay` on loopback, with its address.
    fn relay() -> (Waiting, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_midwatch"));
        command.args(["keys", "relay", "--listen", "127.0.0.1:0"]);
        let relay = Waiting::start(command, "until Ctrl-C");
        let address = relay.after("listens at ").trim_end_matches(',').to_owned();
        (relay, address)
    }

    /// The word after these.
    fn after(&self, words: &str) -> &str {
        let (_, rest) = self.said.split_once(words).unwrap_or_else(|| panic!("{words}: {}", self.said));
        rest.split_whitespace().next().expect("a word")
    }

    fn code(&self) -> Code {
        Code::hear(self.after("one try: ")).expect("a code").code
    }

    fn address(&self) -> &str {
        self.after("--at ")
    }

    /// Waits for its end.
    fn end(mut self) -> Output {
        let child = self.child.take().expect("it runs");
        let mut output = child.wait_with_output().expect("an end");
        let mut errors = self.said.clone().into_bytes();
        self.errors.take().expect("its words").read_to_end(&mut errors).expect("its words");
        output.stderr = errors;
        output
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn exchange(arguments: &[&str]) -> Output {
    midwatch(&[&["keys", "exchange"], arguments].concat())
}

fn json(output: &Output) -> Value {
    let value: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}{}", stdout(output), stderr(output)));
    assert_eq!(value["schema"], "midwatch-keys/1");
    value
}

#[track_caller]
fn ended(output: &Output, wanted: i32) {
    assert_eq!(code(output), wanted, "{}{}", stdout(output), stderr(output));
}

/// The same place, other words.
fn wrong(code: &Code) -> Code {
    let [a, b] = code.octets();
    Code::of(code.place(), [a ^ 1, b])
}

#[test]
fn both_send_directly() {
    let keys = Keys::new();
    let (from_david, from_elizabeth) = (keys.at("from-david.pub"), keys.at("from-elizabeth.pub"));
    let elizabeth = Waiting::on_loopback(&["--send", &keys.at("elizabeth.pub"), "--save", &from_david]);
    // As it was heard, with a slip in it.
    let told = elizabeth.code().to_string().to_uppercase().replace('-', "  ");
    let david = exchange(&[
        &told,
        "--at",
        elizabeth.address(),
        "--send",
        &keys.at("david.pub"),
        "--save",
        &from_elizabeth,
    ]);
    ended(&david, 0);
    let elizabeth = elizabeth.end();
    ended(&elizabeth, 0);
    for (page, own, other) in
        [(stdout(&elizabeth), "elizabeth", "david"), (stdout(&david), "david", "elizabeth")]
    {
        assert!(page.starts_with("The codes are the same"), "{page}");
        for wanted in [keys.fingerprint(&format!("{own}.pub")), keys.fingerprint(&format!("{other}.pub"))] {
            assert!(page.contains(&wanted), "{page}");
        }
        assert!(page.contains("It arrived.") && page.contains("words 1 to 4"), "{page}");
    }
    assert_eq!(std::fs::read_to_string(from_david).expect("kept"), keys.text("david.pub"));
    assert_eq!(std::fs::read_to_string(from_elizabeth).expect("kept"), keys.text("elizabeth.pub"));
}

#[test]
fn one_sends_and_programs_are_told() {
    let keys = Keys::new();
    let elizabeth = Waiting::on_loopback(&["--send", &keys.at("elizabeth.pub"), "--format", "json"]);
    let told = elizabeth.code().to_string();
    let david = exchange(&[&told, "--at", elizabeth.address(), "--format", "json"]);
    ended(&david, 0);
    let david = json(&david);
    assert_eq!((&david["verdict"], &david["delivered"]), (&"exchanged".into(), &"not-sent".into()));
    let print = keys.fingerprint("elizabeth.pub");
    assert_eq!(david["received"]["fingerprints"][0]["value"], print);
    assert_eq!(david["received"]["words"].as_array().map(Vec::len), Some(16));
    let elizabeth = elizabeth.end();
    ended(&elizabeth, 0);
    let elizabeth = json(&elizabeth);
    assert_eq!((&elizabeth["received"], &elizabeth["delivered"]), (&Value::Null, &"arrived".into()));
    assert_eq!(elizabeth["sent"]["fingerprint"], print);
}

#[test]
fn over_a_relay() {
    let keys = Keys::new();
    let (_relay, at) = Waiting::relay();
    let elizabeth = Waiting::exchange(&["--send", &keys.at("elizabeth.pub"), "--relay", &at]);
    let david = exchange(&[&elizabeth.code().to_string(), "--relay", &at, "--send", &keys.at("david.pub")]);
    ended(&david, 0);
    assert!(stdout(&david).contains(&keys.fingerprint("elizabeth.pub")));
    let output = elizabeth.end();
    ended(&output, 0);
    assert!(stdout(&output).contains(&keys.fingerprint("david.pub")));

    // A wrong code is seen by both, and the place is gone with it.
    let elizabeth = Waiting::exchange(&["--send", &keys.at("elizabeth.pub"), "--relay", &at]);
    let right = elizabeth.code();
    let david = exchange(&[&wrong(&right).to_string(), "--relay", &at]);
    ended(&david, 1);
    ended(&elizabeth.end(), 1);
    let again = exchange(&[&right.to_string(), "--relay", &at]);
    ended(&again, 2);
    assert!(stdout(&again).contains("nobody waits at this number"), "{}", stdout(&again));
}

#[test]
fn a_wrong_code_is_seen_by_both() {
    let keys = Keys::new();
    let elizabeth = Waiting::on_loopback(&["--send", &keys.at("elizabeth.pub"), "--format", "json"]);
    let (right, at) = (elizabeth.code(), elizabeth.address().to_owned());
    let david = exchange(&[&wrong(&right).to_string(), "--at", &at]);
    ended(&david, 1);
    let page = stdout(&david);
    assert!(page.contains("somebody in the middle who guessed") && page.contains("used up"), "{page}");
    let output = elizabeth.end();
    ended(&output, 1);
    assert_eq!(json(&output)["verdict"], "different");
    // Nobody waits there any more.
    let again = exchange(&[&right.to_string(), "--at", &at, "--format", "json"]);
    ended(&again, 2);
    assert_eq!(json(&again)["verdict"], "not-reached");
}

/// Jessica between the two: she takes David's connection, makes one to Elizabeth, and tries a code with both.
async fn jessica(listener: TcpListener, elizabeth: SocketAddr, guess: Code, key: Vec<u8>) {
    let offer = Offer::new(&key, &Hint::default()).ok();
    let (to_david, _) = listener.accept().await.expect("David");
    let to_elizabeth = connect(&[elizabeth]).await.expect("Elizabeth");
    let (mut as_david, mut as_elizabeth) = (
        Session::join(&guess, offer.clone()).expect("random bytes"),
        Session::open(&guess, offer).expect("random bytes"),
    );
    let _ = tokio::join!(talk(to_elizabeth, &mut as_david), talk(to_david, &mut as_elizabeth));
}

#[test]
fn somebody_in_the_middle_who_guesses_is_seen_unless_the_guess_is_right() {
    let keys = Keys::new();
    let runtime = tokio::runtime::Runtime::new().expect("threads");
    let in_the_middle = |guess: fn(&Code) -> Code| {
        let elizabeth = Waiting::on_loopback(&["--send", &keys.at("elizabeth.pub")]);
        let code = elizabeth.code();
        let at = elizabeth.address().parse().expect("an address");
        let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).expect("loopback");
        let hers = listener.local_addr().expect("its address").to_string();
        let key = std::fs::read(keys.at("jessica.pub")).expect("her key");
        let running = runtime.spawn(jessica(listener, at, guess(&code), key));
        let david = exchange(&[&code.to_string(), "--at", &hers, "--send", &keys.at("david.pub")]);
        runtime.block_on(running).expect("no panic");
        (elizabeth.end(), david)
    };
    let (elizabeth, david) = in_the_middle(wrong);
    for output in [&elizabeth, &david] {
        ended(output, 1);
        assert!(
            stdout(output).contains("the codes differ") || stdout(output).contains("that the codes differ")
        );
        assert!(!stdout(output).contains("Received"), "{}", stdout(output));
    }
    // One guess of 65536 is right, and then nothing shows. The odds are what protects, so they are what is documented.
    let (elizabeth, david) = in_the_middle(Code::clone);
    for output in [&elizabeth, &david] {
        ended(output, 0);
        assert!(stdout(output).contains(&keys.fingerprint("jessica.pub")), "{}", stdout(output));
    }
}

/// ssh takes a host's key from the file that was written, and another host's not.
#[test]
fn ssh_believes_the_known_hosts() {
    let host = HostKeys::new(&["ed25519"]);
    let server = sshd::openssh(&host, "");
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("ssh/known_hosts").display().to_string();
    let at = format!("127.0.0.1:{}", server.port());
    let public = host.path("ed25519.pub").display().to_string();
    let elizabeth = Waiting::on_loopback(&["--send", &public]);
    let told = elizabeth.code().to_string();
    let david = exchange(&[
        &told,
        "--at",
        elizabeth.address(),
        "--known-hosts",
        &at,
        "--known-hosts-file",
        &file,
        "--format",
        "json",
    ]);
    ended(&david, 0);
    assert_eq!(json(&david)["kept"][0]["done"], "added");
    ended(&elizabeth.end(), 0);
    let ssh = |file: &str| {
        let mut command = Command::new("ssh");
        command.args(["-F", "none", "-o", "StrictHostKeyChecking=yes", "-o", "BatchMode=yes"]);
        command.args(["-o", "GlobalKnownHostsFile=none", "-o", &format!("UserKnownHostsFile={file}")]);
        let output =
            command.args(["-p", &server.port().to_string(), "127.0.0.1", "true"]).output().expect("ssh");
        stderr(&output)
    };
    // Nobody can log in; what matters is which of the two it fails at.
    let said = ssh(&file);
    assert!(said.contains("Permission denied") && !said.contains("verification failed"), "{said}");
    let said = ssh("/dev/null");
    assert!(said.contains("Host key verification failed"), "{said}");

    // Another key for the same host is not put beside it or over it, and not kept silently.
    let before = std::fs::read(&file).expect("the file");
    let other = Keys::new();
    let elizabeth = Waiting::on_loopback(&["--send", &other.at("jessica.pub")]);
    let told = elizabeth.code().to_string();
    let david =
        exchange(&[&told, "--at", elizabeth.address(), "--known-hosts", &at, "--known-hosts-file", &file]);
    ended(&david, 2);
    let page = stdout(&david);
    assert!(page.contains("NOT written") && page.contains(&host.fingerprint("ed25519").1), "{page}");
    assert_eq!(std::fs::read(&file).expect("the file"), before);
}

/// ssh-keygen verifies a signature by the file that was written.
#[test]
fn ssh_keygen_believes_the_allowed_signers() {
    let keys = Keys::new();
    std::fs::write(keys.at("allowed"), "# ours\n").expect("a file");
    let elizabeth = Waiting::on_loopback(&["--send", &keys.at("elizabeth.pub")]);
    let told = elizabeth.code().to_string();
    let who = "elizabeth@shop.example";
    let david = exchange(&[
        &told,
        "--at",
        elizabeth.address(),
        "--allowed-signers",
        who,
        "--allowed-signers-file",
        &keys.at("allowed"),
    ]);
    ended(&david, 0);
    std::fs::write(keys.at("letter"), "Meet me at the shop.\n").expect("a file");
    for (signer, verified) in [("elizabeth", true), ("jessica", false)] {
        tool(keys.0.path(), "ssh-keygen", &["-q", "-Y", "sign", "-f", signer, "-n", "file", "letter"]);
        let output = Command::new("ssh-keygen")
            .args([
                "-Y",
                "verify",
                "-f",
                &keys.at("allowed"),
                "-I",
                who,
                "-n",
                "file",
                "-s",
                &keys.at("letter.sig"),
            ])
            .stdin(File::open(keys.at("letter")).expect("the letter"))
            .output()
            .expect("ssh-keygen");
        assert_eq!(output.status.success(), verified, "{signer}: {}{}", stdout(&output), stderr(&output));
        std::fs::remove_file(keys.at("letter.sig")).expect("the signature");
    }
    assert!(keys.text("allowed").starts_with("# ours\n"));
}

/// A terminal that midwatch joins at.
fn at_a_terminal(arguments: &[&str], typed: &[u8]) -> (Output, String) {
    let keyboard = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
    grantpt(&keyboard).expect("a terminal");
    unlockpt(&keyboard).expect("a terminal");
    let name = ptsname(&keyboard, Vec::new()).expect("its name");
    let screen = rustix::fs::open(name.as_c_str(), OFlags::RDWR | OFlags::NOCTTY, Mode::empty())
        .expect("its other end");
    let mut command = Command::new(env!("CARGO_BIN_EXE_midwatch"));
    command.args(["keys", "exchange"]).args(arguments).stdout(Stdio::piped());
    command.stdin(screen.try_clone().expect("a copy")).stderr(screen);
    let child = command.spawn().expect("midwatch");
    drop(command);
    let mut keyboard = File::from(keyboard);
    keyboard.write_all(typed).expect("a terminal");
    let reading = std::thread::spawn(move || {
        let (mut shown, mut buffer) = (Vec::new(), [0; 4096]);
        // The end of a terminal whose other side has gone is an error.
        while let Ok(count @ 1..) = keyboard.read(&mut buffer) {
            shown.extend(&buffer[..count]);
        }
        String::from_utf8_lossy(&shown).into_owned()
    });
    let output = child.wait_with_output().expect("an end");
    (output, reading.join().expect("what was shown"))
}

/// An old key goes only where the end of the new fingerprint was typed.
#[test]
fn what_is_there_is_replaced_knowingly() {
    let keys = Keys::new();
    let file = keys.at("kept.pub");
    std::fs::copy(keys.at("elizabeth.pub"), &file).expect("an old key");
    // Before anybody's code is used up.
    let refused = exchange(&["7-clockwork-crossover", "--at", "127.0.0.1:1", "--save", &file]);
    ended(&refused, 2);
    assert!(stderr(&refused).contains("nothing was exchanged") && stderr(&refused).contains("there already"));
    let refused = exchange(&["7-clockwork-crossover", "--at", "127.0.0.1:1", "--save", &file, "--replace"]);
    ended(&refused, 64);
    assert!(stderr(&refused).contains("at a terminal"), "{}", stderr(&refused));

    let (old, new) = (keys.fingerprint("elizabeth.pub"), keys.fingerprint("jessica.pub"));
    let end = &new[new.len() - 6..];
    for (typed, replaced) in
        [("yes\n".to_owned(), false), ("\n".to_owned(), false), (format!("{end}\n"), true)]
    {
        let sender = Waiting::on_loopback(&["--send", &keys.at("jessica.pub")]);
        let told = sender.code().to_string();
        let arguments = [told.as_str(), "--at", sender.address(), "--save", &file, "--replace"];
        let (output, shown) = at_a_terminal(&arguments, typed.as_bytes());
        ended(&output, if replaced { 0 } else { 2 });
        assert!(shown.contains(&format!("old: {old}")) && shown.contains(&format!("new: {new}")), "{shown}");
        let now = std::fs::read_to_string(&file).expect("the file");
        assert_eq!(now, keys.text(if replaced { "jessica.pub" } else { "elizabeth.pub" }), "{typed}");
        ended(&sender.end(), 0);
    }
}

#[test]
fn wrong_use_is_said_before_anything_is_used_up() {
    let keys = Keys::new();
    for (arguments, wanted, exit) in [
        (vec!["7-clockwork-crossovre-zulu"], "two words", 64),
        (vec!["clockwork crossover"], "begins with a number", 64),
        (vec!["7-crossover-clockwork"], "take turns", 64),
        (vec!["--at", "127.0.0.1:1"], "CODE", 64),
        (
            vec!["7-clockwork-crossover", "--at", "127.0.0.1:1", "--relay", "127.0.0.1:1"],
            "cannot be used with",
            64,
        ),
        (vec!["7-clockwork-crossover", "--at", "127.0.0.1"], "HOST:PORT is wanted", 64),
        (vec!["7-clockwork-crossover", "--replace"], "goes with", 64),
        (vec!["7-clockwork-crossover", "--known-hosts", "*.example"], "without wildcards", 64),
        (vec!["7-clockwork-crossover", "--allowed-signers", "elizabeth"], "--allowed-signers-file", 64),
        (vec!["--send", &keys.at("elizabeth")], "no secrets", 2),
        (vec!["--send", &keys.at("nothing.pub")], "cannot be read", 2),
        (vec!["--save", "/nonexistent/kept.pub"], "is no directory", 2),
        (vec!["--relay", "127.0.0.1:1", "--send", &keys.at("elizabeth.pub")], "", 2),
    ] {
        let output = exchange(&arguments);
        ended(&output, exit);
        assert!(stderr(&output).contains(wanted), "{arguments:?}: {}", stderr(&output));
        assert!(!stderr(&output).contains("one try"), "no code was made: {arguments:?}");
    }
    // The code from standard input, where it stands in no history.
    let mut command = Command::new(env!("CARGO_BIN_EXE_midwatch"));
    command
        .args(["keys", "exchange", "-", "--at", "127.0.0.1:1"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut child = command.stderr(Stdio::piped()).spawn().expect("midwatch");
    child.stdin.take().expect("a pipe").write_all(b"7 clockwrk crossover\n").expect("room");
    let output = child.wait_with_output().expect("an end");
    ended(&output, 2);
    assert!(stderr(&output).contains("'clockwrk' was taken for clockwork"), "{}", stderr(&output));
    assert!(stdout(&output).contains("connecting to 127.0.0.1:1"), "{}", stdout(&output));
}

const ELIZABETH: Host = Host { name: "elizabeth", mac: "02:00:00:00:00:11", addresses: &["192.168.1.11/24"] };
const DAVID: Host = Host { name: "david", mac: "02:00:00:00:00:12", addresses: &["192.168.1.12/24"] };
const JESSICA: Host = Host { name: "jessica", mac: "02:00:00:00:00:66", addresses: &["192.168.1.66/24"] };

/// Somebody who answers every query that a number is waited at, as another computer would.
const ANSWERS: &str = r#"
import socket, struct
group = socket.inet_aton("239.255.119.120")
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("", 27747))
s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, group + socket.inet_aton("192.168.1.66"))
print("ready", flush=True)
while True:
    query, who = s.recvfrom(100)
    if query[:5] == b"MWX1\x01" and len(query) == 17:
        s.sendto(b"MWX1\x02" + query[5:] + b"jessica!" + struct.pack(">H", 4321), who)
"#;

fn on(lan: &Lan, host: &str, arguments: &[&str]) -> Command {
    let mut command = lan.command(host, env!("CARGO_BIN_EXE_midwatch"));
    command.args(["keys", "exchange", "--time", "60"]).args(arguments).env("NO_COLOR", "1");
    command
}

#[test]
fn the_number_finds_the_other_in_the_local_network() {
    let keys = Keys::new();
    let lan = Lan::new(&[ELIZABETH, DAVID, JESSICA]);
    let sender = keys.at("elizabeth.pub");
    // With IPv4 and link-local IPv6, with either of them alone, and with no way beyond the link.
    for without in ["true", "sysctl -q -w net.ipv6.conf.eth0.disable_ipv6=1", "ip addr flush dev eth0"] {
        for host in ["elizabeth", "david"] {
            lan.run(host, without);
            if without.starts_with("ip addr") {
                lan.run(host, "sysctl -q -w net.ipv6.conf.eth0.disable_ipv6=0 && ip link set eth0 down && ip link set eth0 up");
                lan.until(host, "ip -6 addr show dev eth0 scope link | grep -q inet6");
            }
        }
        let elizabeth = Waiting::start(on(&lan, "elizabeth", &["--send", &sender]), "or, from anywhere");
        let told = elizabeth.code().to_string();
        let david = on(&lan, "david", &[&told]).stdin(Stdio::null()).output().expect("midwatch");
        ended(&david, 0);
        assert!(stdout(&david).contains(&keys.fingerprint("elizabeth.pub")), "{without}");
        ended(&elizabeth.end(), 0);
    }
}

/// Where two claim the number, David connects to neither, and the code stays good.
#[test]
fn two_at_one_number_are_told() {
    let keys = Keys::new();
    let lan = Lan::new(&[ELIZABETH, DAVID, JESSICA]);
    let mut python = lan.command("jessica", "python3");
    let mut python = python.args(["-c", ANSWERS]).stdout(Stdio::piped()).spawn().expect("python3");
    let mut line = String::new();
    BufReader::new(python.stdout.take().expect("a pipe")).read_line(&mut line).expect("its word");
    assert_eq!(line, "ready\n");
    let elizabeth =
        Waiting::start(on(&lan, "elizabeth", &["--send", &keys.at("elizabeth.pub")]), "or, from anywhere");
    let told = elizabeth.code().to_string();
    let port = elizabeth.address().rsplit(':').next().expect("a port").to_owned();
    let david = on(&lan, "david", &[&told]).stdin(Stdio::null()).output().expect("midwatch");
    ended(&david, 2);
    assert!(
        stdout(&david).contains("2 computers") && stdout(&david).contains("has not been used"),
        "{}",
        stdout(&david)
    );
    let at = format!("192.168.1.11:{port}");
    let david = on(&lan, "david", &[&told, "--at", &at]).stdin(Stdio::null()).output().expect("midwatch");
    ended(&david, 0);
    ended(&elizabeth.end(), 0);
    // Where she alone answers, nobody is behind it.
    let nobody =
        on(&lan, "david", &["77-clockwork-crossover", "--format", "terminal"]).stdin(Stdio::null()).output();
    let nobody = nobody.expect("midwatch");
    ended(&nobody, 2);
    assert!(stdout(&nobody).contains("192.168.1.66:4321"), "{}", stdout(&nobody));
    let _ = python.kill();
    let _ = python.wait();
}

/// A search in an empty network ends, undecided.
#[test]
fn nobody_in_the_network_is_undecided() {
    let lan = Lan::new(&[DAVID]);
    let mut david = lan.command("david", env!("CARGO_BIN_EXE_midwatch"));
    david.args(["keys", "exchange", "7-clockwork-crossover", "--time", "1", "--format", "json"]);
    let david = david.stdin(Stdio::null()).output().expect("midwatch");
    ended(&david, 2);
    let value = json(&david);
    assert_eq!(value["verdict"], "not-reached");
    assert!(value["why"].as_str().is_some_and(|why| why.contains("answers to the number 7")), "{value}");
}

/// A file to be kept that cannot be is told before a code is made.
#[test]
fn places_are_looked_over_first() {
    let directory = tempfile::tempdir().expect("a directory");
    let pipe: PathBuf = directory.path().join("pipe");
    tool(directory.path(), "mkfifo", &["pipe"]);
    for arguments in [
        ["--known-hosts", "shop.example", "--known-hosts-file"],
        ["--allowed-signers", "elizabeth", "--allowed-signers-file"],
    ] {
        let output = exchange(&[&arguments[..], &[&pipe.display().to_string()]].concat());
        ended(&output, 2);
        assert!(stderr(&output).contains("not a regular file"), "{}", stderr(&output));
    }
    let began = std::time::Instant::now();
    let output = exchange(&["--listen", "127.0.0.1:0", "--time", "0.05", "--format", "json"]);
    ended(&output, 2);
    assert!(began.elapsed() < Duration::from_secs(60));
    assert_eq!(json(&output)["verdict"], "not-reached");
}
