//! The dashboard in real Chromium, from the first start to the log-out: with script, without script, and every page before
//! axe-core, light and dark, narrow and wide.
//!
//! The daemon is the real one, with TLS of its private authority, which the browser trusts as a person would have it: in
//! its store of certificates. It watches nginx with a certificate of a test's authority, and OpenSSH's server. Names are
//! made up; the browser and the daemon have addresses of this computer for them and reach nothing else.
//!
//! Chromium is driven by Playwright for Python; the walks are in `tests/browser`. `WATCH_SHOTS` names a directory for
//! pictures of every page.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use midwatch_testbed::daemon::Daemon;
use midwatch_testbed::nginx::Nginx;
use midwatch_testbed::pki::{Identity, Key, Leaf, Pki};
use midwatch_testbed::sshd::{self, HostKeys};
use midwatch_testbed::{Server, TempDir, directory, free_port, python};

const PLAYWRIGHT: &str = "playwright==1.65.2";
const AXE: &str = "axe-playwright-python==0.1.8";

/// The longest that a walk may take, in seconds.
const WALK: &str = "900";

/// The dashboard's name.
const NAME: &str = "watch.example";

/// A daemon with something to watch, and a home for a browser.
struct Scene {
    directory: TempDir,
    daemon: Daemon,
    _nginx: Server,
    _sshd: Server,
    _keys: HostKeys,
    _pki: Pki,
    settings: serde_json::Value,
}

fn copy(identity: &Identity, place: &Path) {
    std::fs::copy(&identity.chain, place.join("shop.pem")).expect("room for a file");
    std::fs::copy(&identity.key, place.join("shop.key")).expect("room for a file");
}

impl Scene {
    fn start(script: bool) -> Scene {
        Scene::with(script, "private")
    }

    /// With this [web.tls] mode.
    fn with(script: bool, mode: &str) -> Scene {
        let (directory, pki) = (directory(), Pki::new());
        let at = directory.path();
        let old = pki.authority("Our old authority", Key::EcP256);
        let new = pki.authority("Another authority", Key::EcP256);
        let first = pki.issue(&old, &Leaf::new(&["shop.example", "www.shop.example"]));
        let second = pki.issue(&new, &Leaf::new(&["shop.example", "www.shop.example"]));
        let news = pki.issue(&old, &Leaf::new(&["news.example", "www.news.example"]));
        copy(&first, at);
        let policy = "add_header Strict-Transport-Security \"max-age=63072000; includeSubDomains\" always;\n";
        let policy_file = at.join("policy.conf");
        std::fs::write(&policy_file, policy).expect("room for a file");
        let no_policy = at.join("no-policy.conf");
        std::fs::write(&no_policy, "").expect("room for a file");

        let (shop, plain, news_port, mail) = (free_port(), free_port(), free_port(), free_port());
        let shop_identity =
            Identity { chain: at.join("shop.pem"), key: at.join("shop.key"), ..first.clone() };
        let nginx = Nginx::new()
            .plain(plain, "shop.example news.example", "return 301 https://$host$request_uri;")
            .tls(shop, "shop.example", &shop_identity, &format!("include {};", policy_file.display()))
            .tls(news_port, "news.example", &news, "")
            .tls(mail, "mail.example", &news, "")
            .start();
        let keys = HostKeys::new(&["ed25519"]);
        let sshd = sshd::openssh(&keys, "");
        let web = free_port();

        let mut resolve = Vec::new();
        for (name, port, to) in [
            ("shop.example", 443, shop),
            ("shop.example", 80, plain),
            ("news.example", 443, news_port),
            ("news.example", 80, plain),
            ("mail.example", 465, mail),
            ("git.example", 22, sshd.port()),
        ] {
            resolve.push(format!("{name}:{port}:127.0.0.1:{to}"));
        }
        let known = at.join("known_hosts");
        std::fs::write(&known, "").expect("room for a file");
        let mut text = format!(
            "[watch]\nstate = {state:?}\nevery = \"1h\"\n\n\
             [look]\noffline = true\ntrust = [{:?}, {:?}]\nresolve = {resolve:?}\nknown_hosts = [{known:?}]\n\n\
             [web]\nlisten = \"127.0.0.1:{web}\"\nnames = [{NAME:?}]\n[web.tls]\nmode = {mode:?}\n\n\
             [policy]\nloopback = true\n",
            old.certificate,
            new.certificate,
            state = at.join("state"),
        );
        for (kind, target, id, name) in [
            ("site", "https://shop.example/", "shop", "The shop"),
            ("tls", "mail.example:465", "mail", "mail.example"),
            ("ssh", "git.example", "git-example", "git.example"),
        ] {
            let _ = write!(
                text,
                "\n[[target]]\nkind = {kind:?}\nat = {target:?}\nid = {id:?}\nname = {name:?}\ntags = [\"public\"]\n"
            );
            if kind == "site" {
                // Slow enough for a person to see it go on.
                text.push_str("[target.look]\nrate = 4.0\n");
            }
        }
        // Nothing is told to anybody: what is worth an alert stays in the outbox, to be looked at.
        text.push_str(
            "\n[[channel]]\nkind = \"journald\"\nname = \"journal\"\npath = \"/nowhere/journal\"\n",
        );
        let file = at.join("midwatch.toml");
        std::fs::write(&file, text).expect("room for a file");

        let log = at.join("log");
        let mut command = Command::new(env!("CARGO_BIN_EXE_midwatch"));
        command.arg("watch").arg(&file).env("HOME", at);
        let daemon = Daemon::start(command, &log);
        let said = std::fs::read_to_string(&log).expect("the log");
        let code = said.split("setup with the code ").nth(1).and_then(|rest| rest.split_whitespace().next());
        let code = code.unwrap_or_else(|| panic!("no code for the first account:\n{said}"));
        let authority = at.join("state/tls/ca.pem");
        let url = if mode == "private" {
            trust(at, &authority);
            format!("https://{NAME}:{web}")
        } else {
            format!("http://127.0.0.1:{web}")
        };
        let (_, fingerprint) = keys.fingerprint("ed25519");
        let tail: String = fingerprint.chars().skip(fingerprint.chars().count() - 6).collect();
        let settings = serde_json::json!({
            "chromium": "/usr/bin/chromium",
            "home": at,
            "name": NAME,
            "host": format!("{NAME}:{web}"),
            "url": url,
            "port": web,
            "authority": authority,
            "code": code,
            "script": script,
            "tail": tail,
            "nginx": nginx.id(),
            "shop": shop,
            "swaps": [
                [second.chain, at.join("shop.pem")],
                [second.key, at.join("shop.key")],
                [no_policy, policy_file],
            ],
            "shots": std::env::var("WATCH_SHOTS").ok(),
        });
        Scene { directory, daemon, _nginx: nginx, _sshd: sshd, _keys: keys, _pki: pki, settings }
    }

    /// Runs a walk of `tests/browser`, which has to end with this line.
    fn walk(mut self, script: &str, last: &str) {
        let target = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
        let packages = python::packages(&target, &[PLAYWRIGHT, AXE]);
        let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser");
        let output = Command::new("timeout")
            .args(["--kill-after", "10", WALK, python::PYTHON, "-B"])
            .arg(scripts.join(script))
            .arg(self.settings.to_string())
            .env("PYTHONPATH", packages)
            .output()
            .expect("timeout, of coreutils");
        let said = String::from_utf8_lossy(&output.stdout);
        println!("{said}");
        assert!(
            output.status.success() && said.trim_end().ends_with(last),
            "{said}\n{}\nthe daemon:\n{}",
            String::from_utf8_lossy(&output.stderr),
            self.daemon.tail()
        );
        assert!(self.daemon.is_running(), "{}", self.daemon.tail());
        assert!(self.daemon.stop().success(), "it ends in good order");
        drop(self.directory);
    }
}

/// Lets browsers of this home trust an authority, as a person would.
fn trust(home: &Path, authority: &Path) {
    let store = home.join(".pki/nssdb");
    std::fs::create_dir_all(&store).expect("room for a directory");
    let store = format!("sql:{}", store.display());
    let run = |arguments: &[&str]| {
        let output = Command::new("certutil").arg("-d").arg(&store).args(arguments).output();
        let output = output.expect("certutil is not installed: apt-get install libnss3-tools");
        assert!(output.status.success(), "certutil: {}", String::from_utf8_lossy(&output.stderr));
    };
    run(&["-N", "--empty-password"]);
    run(&["-A", "-n", "midwatch", "-t", "C,,", "-i", &authority.display().to_string()]);
}

#[test]
fn from_the_first_start_to_the_log_out() {
    Scene::start(true).walk("walk.py", "walked");
}

#[test]
fn the_same_without_script() {
    Scene::start(false).walk("walk.py", "walked");
}

#[test]
fn on_plain_loopback_people_log_in_too() {
    Scene::with(true, "off").walk("plain.py", "walked");
}

#[test]
fn axe_finds_no_serious_fault_on_any_page() {
    Scene::start(true).walk("pages.py", "looked at");
}
