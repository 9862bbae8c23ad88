//! The daemon as a service, in processes with one thread: what it gives up of root's rights, how it takes sockets from
//! systemd's own tool, and what it does at signals.
//!
//! This program is its own harness, as the usual one has threads of its own. Without an argument that names a part it
//! runs each test; with one it is the child that a test starts. It needs root, or a user namespace that stands for root
//! (Debian's uidmap), and Debian's util-linux (setpriv) and systemd (systemd-socket-activate).

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixDatagram;
use std::panic::catch_unwind;
use std::process::{Child, Command, ExitCode, Output, Stdio};
use std::time::Duration;

use midwatch_testbed::{free_port, wait_until};
use midwatch_watch::service::notify::{Heart, Notifier};
use midwatch_watch::service::privileges::{self, Right, User};
use midwatch_watch::service::signals::{Ended, Signals, Wish};
use midwatch_watch::service::{log, sockets};
use rustix::process::{Pid, Signal, kill_process};

/// CAP_NET_RAW is the right number 13 (linux/capability.h).
const NET_RAW: &str = "0000000000002000";
const NOTHING: &str = "0000000000000000";

const TESTS: &[(&str, fn())] = &[
    ("root_becomes_a_user_with_one_right", root_becomes_a_user_with_one_right),
    ("root_becomes_a_user_with_no_right", root_becomes_a_user_with_no_right),
    ("a_user_with_a_right_keeps_it_or_gives_it_up", a_user_with_a_right_keeps_it_or_gives_it_up),
    ("what_is_lacking_is_said", what_is_lacking_is_said),
    ("only_root_becomes_somebody", only_root_becomes_somebody),
    ("a_directory_of_root_changes_hands_and_no_other", a_directory_of_root_changes_hands_and_no_other),
    ("sockets_come_from_the_service_manager", sockets_come_from_the_service_manager),
    ("a_daemon_tells_the_service_manager_how_it_goes", a_daemon_tells_the_service_manager_how_it_goes),
    ("a_signal_ends_in_good_order", a_signal_ends_in_good_order),
    ("a_second_signal_ends_at_once", a_second_signal_ends_at_once),
    ("an_end_that_takes_too_long_is_cut", an_end_that_takes_too_long_is_cut),
    ("logs_are_json_where_a_program_reads_and_text_in_the_journal", logs_by_where_they_go),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |text: &str| arguments.iter().any(|argument| argument == text);
    if let [role, part, rest @ ..] = arguments.as_slice()
        && role == "child"
    {
        return child(part, rest);
    }
    if has("--list") {
        if !has("--ignored") {
            TESTS.iter().for_each(|(name, _)| println!("{name}: test"));
        }
        return ExitCode::SUCCESS;
    }
    if !privileges::is_root() {
        return within_user_namespace(&arguments);
    }
    let wanted = arguments.iter().find(|argument| !argument.starts_with('-'));
    let mut code = ExitCode::SUCCESS;
    for (name, test) in TESTS {
        let is_wanted =
            wanted.is_none_or(|wanted| if has("--exact") { name == wanted } else { name.contains(wanted) });
        if !is_wanted || has("--ignored") {
            continue;
        }
        let is_passed = catch_unwind(test).is_ok();
        println!("test {name} ... {}", if is_passed { "ok" } else { "FAILED" });
        if !is_passed {
            code = ExitCode::FAILURE;
        }
    }
    code
}

/// The same once more, where a user namespace stands for root.
fn within_user_namespace(arguments: &[String]) -> ExitCode {
    let this = std::env::current_exe().expect("this program");
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--map-auto"]).arg(this).args(arguments);
    let status = command.status().expect("unshare (packages util-linux and uidmap)");
    ExitCode::from(if status.success() { 0 } else { 1 })
}

// The children.

fn child(part: &str, rest: &[String]) -> ExitCode {
    let keep: &[Right] = if rest.iter().any(|word| word == "keep") { &[Right::HearFrames] } else { &[] };
    match part {
        "become" => tell(User::find("nobody").and_then(|user| privileges::become_user(&user, keep))),
        "settle" => tell(privileges::settle(keep)),
        "sockets" => serve(),
        "signals" => heed(rest),
        "daemon" => daemon(),
        "log" => {
            log::start(log::Form::Auto, log::Amount::Info).expect("the first log");
            tracing::info!(target: "midwatch_watch::engine", looks = 3, "it works");
            tracing::debug!("too much");
            tracing::info!(target: "hyper", "not ours");
            tracing::warn!(target: "hyper", "a worry");
            ExitCode::SUCCESS
        }
        _ => ExitCode::from(64),
    }
}

/// Says what was kept, and then what the kernel says of this thread, of one started later and of a program started later.
fn tell(settled: Result<privileges::Settled, privileges::PrivilegeError>) -> ExitCode {
    match settled {
        Ok(settled) => println!("{settled}"),
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    }
    let status = || std::fs::read_to_string("/proc/thread-self/status").expect("proc(5)");
    println!("== thread\n{}", status());
    println!("== later thread\n{}", std::thread::spawn(status).join().expect("a thread"));
    let program = Command::new("cat").arg("/proc/self/status").output().expect("cat");
    println!("== program\n{}", String::from_utf8_lossy(&program.stdout));
    println!("== shadow\n{:?}", std::fs::read("/etc/shadow").err().map(|error| error.kind()));
    ExitCode::SUCCESS
}

/// A daemon with nothing to do, for a service manager: it gives up rights, says how it goes, gives signs of life, reads
/// nothing again at SIGHUP, and hangs at its second SIGHUP, with the thread that speaks still alive.
fn daemon() -> ExitCode {
    log::start(log::Form::Auto, log::Amount::Info).expect("the first log");
    match privileges::settle(&[Right::HearFrames]) {
        Ok(settled) => tracing::info!(target: "midwatch", "{settled}"),
        Err(error) => {
            tracing::error!(target: "midwatch", "{error}");
            return ExitCode::FAILURE;
        }
    }
    let notifier = Notifier::from_environment().expect("a service manager's socket");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mut signals = Signals::heed().expect("signals");
        let heart = Heart::default();
        let engine = heart.part("engine");
        let mut reloads = 0;
        notifier.ready("Watches nothing");
        let work = async {
            let mut ticks = tokio::time::interval(Duration::from_millis(20));
            loop {
                tokio::select! {
                    wish = signals.next() => match wish {
                        Wish::Stop => break,
                        Wish::Look => {}
                        Wish::Reload => {
                            reloads += 1;
                            notifier.reloading();
                            notifier.ready(&format!("Read again {reloads} times"));
                        }
                    },
                    _ = ticks.tick() => if reloads < 2 { engine.beat() },
                }
            }
            notifier.stopping(Duration::from_secs(5));
        };
        tokio::select! {
            () = work => {}
            () = async {
                notifier.watch(&heart, |who| tracing::error!(target: "midwatch", ?who, "no sign of life")).await;
                std::future::pending::<()>().await;
            } => {}
        }
        ExitCode::SUCCESS
    })
}

/// Answers one connection on each socket that was handed over, in turn, with the socket's name.
fn serve() -> ExitCode {
    let passed = match sockets::take() {
        Ok(passed) => passed,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    assert!(std::env::var_os("LISTEN_FDS").is_none(), "children would take the sockets for theirs");
    for one in passed {
        one.listener.set_nonblocking(false).expect("a socket that waits");
        let (mut stream, _) = one.listener.accept().expect("a connection");
        stream.write_all(one.name.as_bytes()).expect("an answer");
    }
    ExitCode::SUCCESS
}

/// Waits for wishes and says each; then ends, or takes its time with it.
fn heed(rest: &[String]) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mut signals = Signals::heed().expect("signals");
        say("ready");
        while signals.next().await == Wish::Reload {
            say("reload");
        }
        say("stop");
        let is_quick = rest.iter().any(|word| word == "quick");
        let work = async {
            if !is_quick {
                std::future::pending::<()>().await;
            }
        };
        let limit = if rest.iter().any(|word| word == "short") { 50 } else { 60_000 };
        let ended = signals.end(Duration::from_millis(limit), work).await;
        say(&format!("{ended:?}"));
        ExitCode::from(if ended == Ended::Whole { 0 } else { 1 })
    })
}

fn say(text: &str) {
    println!("{text}");
    std::io::stdout().flush().expect("a pipe");
}

// The tests.

/// A service manager's socket, as a test has it.
fn manager() -> (tempfile::TempDir, UnixDatagram) {
    let directory = tempfile::tempdir().unwrap();
    let socket = UnixDatagram::bind(directory.path().join("notify")).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    (directory, socket)
}

fn a_daemon_tells_the_service_manager_how_it_goes() {
    let (directory, socket) = manager();
    let next = || {
        let mut buffer = [0; 4096];
        let length = socket.recv(&mut buffer).expect("a message");
        String::from_utf8(buffer[..length].to_vec()).unwrap()
    };
    let child = this("daemon", &[])
        .env("NOTIFY_SOCKET", directory.path().join("notify"))
        .env("WATCHDOG_USEC", "400000")
        .env_remove("WATCHDOG_PID")
        .stderr(Stdio::piped())
        .spawn()
        .expect("this program");
    let mut child = Ending(child);
    assert_eq!(next(), "READY=1\nSTATUS=Watches nothing\n");
    assert_eq!(next(), "WATCHDOG=1\n");
    assert_eq!(next(), "WATCHDOG=1\n");
    let until = |wanted: &str| {
        let message = (0..100).map(|_| next()).find(|message| !message.starts_with("WATCHDOG=1"));
        let message = message.expect("a message other than a sign of life");
        assert!(message.starts_with(wanted), "{message:?} instead of {wanted:?}");
    };
    for times in 1..=2 {
        child.signal(Signal::HUP);
        until("RELOADING=1\nMONOTONIC_USEC=");
        until(&format!("READY=1\nSTATUS=Read again {times} times\n"));
    }
    // Its engine hangs now: at most one sign is under way still, and then none comes, and the log says who is silent.
    let mut lines = BufReader::new(child.0.stderr.take().expect("a pipe")).lines().map_while(Result::ok);
    assert!(lines.any(|line| line.contains("no sign of life") && line.contains("engine")));
    socket.set_nonblocking(true).unwrap();
    let mut buffer = [0; 64];
    let signs = std::iter::from_fn(|| socket.recv(&mut buffer).ok()).count();
    assert!(signs <= 1, "{signs} signs of life of an engine that hangs");
    assert!(lines.any(|line| line.contains("no sign of life")), "and a second time");
    assert!(socket.recv(&mut buffer).is_err(), "no sign of life meanwhile");
    socket.set_nonblocking(false).unwrap();
    child.signal(Signal::TERM);
    until("STOPPING=1\n");
    assert_eq!(child.code(), 0);
}

fn this(part: &str, rest: &[&str]) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.args(["child", part]).args(rest);
    command
}

/// The same, begun as another user with rights as setpriv(1) gives them.
fn as_nobody(options: &[&str], part: &str, rest: &[&str]) -> Command {
    // Where the user may not go to this program's place, a copy is within reach.
    let mut command = Command::new("setpriv");
    command
        .args(["--reuid=nobody", "--regid=nogroup", "--clear-groups"])
        .args(options)
        .arg("--")
        .arg(within_reach());
    command.args(["child", part]).args(rest);
    command
}

/// A copy of this program that every user can run.
fn within_reach() -> &'static std::path::Path {
    static COPY: std::sync::OnceLock<(tempfile::TempDir, std::path::PathBuf)> = std::sync::OnceLock::new();
    &COPY
        .get_or_init(|| {
            let directory = midwatch_testbed::directory();
            let path = directory.path().join("service");
            std::fs::copy(std::env::current_exe().expect("this program"), &path).expect("a copy");
            (directory, path)
        })
        .1
}

fn run(mut command: Command) -> Output {
    command
        .output()
        .unwrap_or_else(|error| panic!("{:?} could not be started: {error}", command.get_program()))
}

/// What [`tell`] said: the first line, and the fields of each status.
fn told(output: &Output) -> (String, BTreeMap<String, BTreeMap<String, String>>) {
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    let mut parts = text.split("== ");
    let first = parts.next().unwrap_or_default().trim().to_owned();
    let fields = |part: &str| {
        let lines = part.lines().filter_map(|line| line.split_once(':'));
        lines
            .map(|(name, value)| (name.to_owned(), value.split_whitespace().collect::<Vec<_>>().join(" ")))
            .collect()
    };
    let all = parts.map(|part| {
        let (name, rest) = part.split_once('\n').unwrap_or((part, ""));
        let name = name.to_owned();
        if name == "shadow" {
            return (name, BTreeMap::from([("error".to_owned(), rest.trim().to_owned())]));
        }
        (name, fields(rest))
    });
    (first, all.collect())
}

/// Nobody, with these effective and permitted rights, and no way back.
fn is_nobody_with(status: &BTreeMap<String, String>, rights: &str, bound: Option<&str>) {
    assert_eq!(status["Uid"], "65534 65534 65534 65534");
    assert_eq!(status["Gid"], "65534 65534 65534 65534");
    assert_eq!(status["Groups"], "");
    assert_eq!(status["CapEff"], rights);
    assert_eq!(status["CapPrm"], rights);
    assert_eq!(status["CapInh"], NOTHING);
    assert_eq!(status["CapAmb"], NOTHING);
    assert_eq!(status["NoNewPrivs"], "1");
    if let Some(bound) = bound {
        assert_eq!(status["CapBnd"], bound);
    }
}

fn root_becomes_a_user_with_one_right() {
    let (said, status) = told(&run(this("become", &["keep"])));
    assert!(said.starts_with("runs as nobody now; kept: CAP_NET_RAW, to hear frames"), "{said}");
    is_nobody_with(&status["thread"], NET_RAW, Some(NET_RAW));
    is_nobody_with(&status["later thread"], NET_RAW, Some(NET_RAW));
    is_nobody_with(&status["program"], NOTHING, Some(NET_RAW));
    assert_eq!(status["shadow"]["error"], "Some(PermissionDenied)");
}

fn root_becomes_a_user_with_no_right() {
    let (said, status) = told(&run(this("become", &[])));
    assert_eq!(said, "runs as nobody now; no right beyond those of any user is kept");
    for who in ["thread", "later thread", "program"] {
        is_nobody_with(&status[who], NOTHING, Some(NOTHING));
    }
    assert_eq!(status["shadow"]["error"], "Some(PermissionDenied)");
}

fn a_user_with_a_right_keeps_it_or_gives_it_up() {
    // As systemd does it with User= and AmbientCapabilities=.
    let ambient = ["--inh-caps=+net_raw", "--ambient-caps=+net_raw"];
    let (said, status) = told(&run(as_nobody(&ambient, "settle", &["keep"])));
    assert!(said.starts_with("kept: CAP_NET_RAW"), "{said}");
    is_nobody_with(&status["thread"], NET_RAW, None);
    is_nobody_with(&status["later thread"], NET_RAW, None);
    is_nobody_with(&status["program"], NOTHING, None);
    let (said, status) = told(&run(as_nobody(&ambient, "settle", &[])));
    assert_eq!(said, "no right beyond those of any user is kept");
    is_nobody_with(&status["thread"], NOTHING, None);
    is_nobody_with(&status["program"], NOTHING, None);
}

fn what_is_lacking_is_said() {
    let (said, status) = told(&run(as_nobody(&[], "settle", &["keep"])));
    assert!(said.starts_with("no right beyond those of any user is kept; lacking: CAP_NET_RAW"), "{said}");
    is_nobody_with(&status["thread"], NOTHING, None);
}

fn only_root_becomes_somebody() {
    let output = run(as_nobody(&[], "become", &[]));
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.starts_with("only root can become the user 'nobody'. Start it as root, or as that user"),
        "{said}"
    );
}

fn a_directory_of_root_changes_hands_and_no_other() {
    use std::os::unix::fs::{PermissionsExt, chown, symlink};
    let user = User::find("nobody").expect("nobody");
    let outside = tempfile::tempdir().unwrap();
    let theirs = outside.path().join("theirs");
    std::fs::write(&theirs, "").unwrap();
    let directory = tempfile::tempdir().unwrap();
    let of = |name: &str| std::fs::symlink_metadata(directory.path().join(name)).unwrap().uid();
    let within = |name: &str| directory.path().join(name);
    std::fs::write(within("history.db"), "").unwrap();
    std::fs::write(within("another's"), "").unwrap();
    chown(within("another's"), Some(1), Some(1)).unwrap();
    symlink(&theirs, within("link")).unwrap();
    std::fs::hard_link(&theirs, within("second name")).unwrap();
    std::fs::set_permissions(directory.path(), std::fs::Permissions::from_mode(0o770)).unwrap();
    let error = privileges::hand_over(directory.path(), &user).unwrap_err().to_string();
    assert!(error.ends_with("others may write to it: chmod go-w it"), "{error}");
    assert_eq!(of("history.db"), 0);
    std::fs::set_permissions(directory.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
    assert!(privileges::hand_over(directory.path(), &user).unwrap());
    assert_eq!(
        [of("."), of("history.db"), of("another's"), of("link"), of("second name")],
        [65534, 65534, 1, 0, 0]
    );
    assert_eq!(std::fs::metadata(&theirs).unwrap().uid(), 0);
    // The second time there is nothing to do, whoever may have put something there.
    std::fs::write(within("new"), "").unwrap();
    assert!(!privileges::hand_over(directory.path(), &user).unwrap());
    assert_eq!(of("new"), 0);
    let error = privileges::hand_over(&theirs, &user).unwrap_err().to_string();
    assert!(error.ends_with("it is no directory"), "{error}");
}

/// Ends the child where a test does not come to it.
struct Ending(Child);

impl Drop for Ending {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Ending {
    fn signal(&self, signal: Signal) {
        let id = i32::try_from(self.0.id()).ok().and_then(Pid::from_raw).expect("an id");
        kill_process(id, signal).expect("a signal to a child");
    }

    /// Waits for its end, for ten seconds at most, and gives its exit code.
    fn code(&mut self) -> i32 {
        let mut status = None;
        let ended = wait_until(Duration::from_secs(10), || {
            status = self.0.try_wait().expect("the state of a child");
            status.is_some()
        });
        assert!(ended, "it does not end");
        status.and_then(|status| status.code()).expect("an exit code, and no signal")
    }
}

fn sockets_come_from_the_service_manager() {
    let (web, metrics) = (free_port(), free_port());
    let mut command = Command::new("systemd-socket-activate");
    command.args([
        "--fdname=web:metrics",
        &format!("--listen=127.0.0.1:{web}"),
        &format!("--listen=127.0.0.1:{metrics}"),
    ]);
    command.arg(std::env::current_exe().expect("this program")).args(["child", "sockets"]);
    let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let mut child = Ending(child.expect("systemd-socket-activate (package systemd)"));
    // The socket is there before the program, which the first connection starts.
    let mut streams = Vec::new();
    for port in [web, metrics] {
        let mut stream = None;
        wait_until(Duration::from_secs(10), || {
            stream = TcpStream::connect(("127.0.0.1", port)).ok();
            stream.is_some()
        });
        streams.push(stream.expect("a connection"));
    }
    for (mut stream, name) in streams.into_iter().zip(["web", "metrics"]) {
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let mut said = String::new();
        stream.read_to_string(&mut said).expect("an answer");
        assert_eq!(said, name);
    }
    assert_eq!(child.code(), 0);
    let output = run(this("sockets", &[]));
    assert!(output.status.success(), "none is none: {}", String::from_utf8_lossy(&output.stderr));
}

/// A child that heeds signals, and the lines that it says.
fn heeding(rest: &[&str]) -> (Ending, impl FnMut() -> String) {
    let mut child = this("signals", rest).stdout(Stdio::piped()).spawn().expect("this program");
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    let mut next = move || lines.next().and_then(Result::ok).unwrap_or_default();
    assert_eq!(next(), "ready");
    (Ending(child), next)
}

fn a_signal_ends_in_good_order() {
    for signal in [Signal::TERM, Signal::INT] {
        let (mut child, mut next) = heeding(&["quick"]);
        child.signal(Signal::HUP);
        assert_eq!(next(), "reload");
        child.signal(Signal::HUP);
        assert_eq!(next(), "reload");
        child.signal(signal);
        assert_eq!(next(), "stop");
        assert_eq!(next(), "Whole");
        assert_eq!(child.code(), 0);
    }
}

fn a_second_signal_ends_at_once() {
    let (mut child, mut next) = heeding(&[]);
    child.signal(Signal::TERM);
    assert_eq!(next(), "stop");
    child.signal(Signal::HUP);
    child.signal(Signal::INT);
    assert_eq!(next(), "AtOnce");
    assert_eq!(child.code(), 1);
}

fn an_end_that_takes_too_long_is_cut() {
    let (mut child, mut next) = heeding(&["short"]);
    child.signal(Signal::TERM);
    assert_eq!(next(), "stop");
    assert_eq!(next(), "Late");
    assert_eq!(child.code(), 1);
}

fn logs_by_where_they_go() {
    let said = |stream: Option<&str>| {
        let mut command = this("log", &[]);
        match stream {
            Some(stream) => command.env("JOURNAL_STREAM", stream),
            None => command.env_remove("JOURNAL_STREAM"),
        };
        String::from_utf8(run(command).stderr).expect("UTF-8")
    };
    assert_eq!(said(Some("8:12345")), "<6>it works looks=3\n<4>a worry\n");
    let json = said(None);
    let lines: Vec<serde_json::Value> =
        json.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let messages: Vec<_> = lines.iter().map(|line| line["message"].as_str().unwrap()).collect();
    assert_eq!(messages, ["it works", "a worry"]);
    assert_eq!(lines[0]["looks"], 3);
}
