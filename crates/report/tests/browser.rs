//! Opens the HTML report in Chromium, headless: nothing goes to the console, and no request leaves the page.
//!
//! Every request that Chromium makes is sent to a proxy on loopback that only notes what was asked for. A page
//! that does ask for things, and does write to the console, shows first that the test would notice.
//!
//! Chromium is Debian's package `chromium`; without it the test fails.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use midwatch_report::{html, sample, story_html};

/// How long one page may take.
const DEADLINE: Duration = Duration::from_secs(60);

const MAKERS: [&str; 4] = [".google.com", ".googleapis.com", ".gstatic.com", ".gvt1.com"];

/// A directory that goes away with its owner.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("midwatch-report-browser-{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a temporary directory");
        Scratch(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// What Chromium did with a page.
struct Visit {
    dom: String,
    console: Vec<String>,
    requests: Vec<String>,
}

fn chromium() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let names = ["chromium", "chromium-browser", "google-chrome"];
    std::env::split_paths(&path)
        .flat_map(|place| names.map(|name| place.join(name)))
        .find(|file| file.is_file())
}

/// Notes the first line of whatever connects, and closes. Ends when the listener's process ends.
fn proxy() -> (u16, mpsc::Receiver<String>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(stream) = stream else { break };
            if sender.send(first_line(stream)).is_err() {
                break;
            }
        }
    });
    (port, receiver)
}

fn first_line(mut stream: TcpStream) -> String {
    let mut line = String::new();
    let _ = stream.set_read_timeout(Some(Duration::from_secs(5)));
    let _ = BufReader::new((&stream).take(4096)).read_line(&mut line);
    let _ = stream
        .write_all(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    line.trim().to_owned()
}

fn visit(chromium: &Path, scratch: &Path, name: &str, page: &str) -> Visit {
    assert!(!MAKERS.iter().any(|maker| page.contains(maker)));
    let file = scratch.join(format!("{name}.html"));
    std::fs::write(&file, page).expect("the page is written");
    let (port, receiver) = proxy();
    let mut child = Command::new(chromium)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .args(["--disable-default-apps", "--disable-extensions", "--disable-domain-reliability"])
        .args(["--enable-logging=stderr", "--dump-dom", "--proxy-bypass-list=<-loopback>"])
        .arg(format!("--proxy-server=http://127.0.0.1:{port}"))
        .arg(format!("--user-data-dir={}", scratch.join(format!("{name}-profile")).display()))
        .arg(format!("file://{}", file.display()))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("Chromium starts");
    let dom = drain(child.stdout.take().expect("a pipe"));
    let log = drain(child.stderr.take().expect("a pipe"));
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().expect("a child") {
            break status;
        }
        if start.elapsed() > DEADLINE {
            let _ = child.kill();
            let _ = child.wait();
            panic!("Chromium took longer than {DEADLINE:?}");
        }
        thread::sleep(Duration::from_millis(50));
    };
    let log = log.join().expect("the log is read");
    assert!(status.success(), "{status}: {log}");
    Visit {
        dom: dom.join().expect("the document is read"),
        console: log.lines().filter(|line| line.contains("CONSOLE")).map(ToOwned::to_owned).collect(),
        requests: receiver.try_iter().filter(|line| !is_chromiums_own(line)).collect(),
    }
}

/// What Chromium asks of its makers whatever the page: the time, updates. The pages here never name them.
fn is_chromiums_own(request: &str) -> bool {
    let target = request.split(' ').nth(1).unwrap_or_default();
    let host = target.trim_start_matches("http://").split(['/', ':']).next().unwrap_or_default();
    MAKERS.iter().any(|maker| host.ends_with(maker))
}

fn drain(mut from: impl Read + Send + 'static) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = from.read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

#[test]
fn the_report_is_silent() {
    let chromium = chromium().expect("Chromium is on the path (Debian's package chromium)");
    let scratch = Scratch::new();

    let noisy = "<!doctype html><title>noisy</title><img src=\"http://noisy.example/a.png\">\
                 <script>console.error('heard')</script>";
    let control = visit(&chromium, &scratch.0, "noisy", noisy);
    assert!(control.console.iter().any(|line| line.contains("heard")), "{:?}", control.console);
    assert!(control.requests.iter().any(|line| line.contains("noisy.example")), "{:?}", control.requests);

    let report = visit(&chromium, &scratch.0, "report", &html(&sample::report()));
    assert_eq!(report.console, Vec::<String>::new());
    assert_eq!(report.requests, Vec::<String>::new());
    assert!(report.dom.contains("</html>"));
    assert!(report.dom.matches("class=\"card ").count() >= 14, "every card is there");
    assert!(!report.dom.contains("<img"), "hostile text stayed text in the browser's eyes too");

    let story = visit(&chromium, &scratch.0, "story", &story_html(&sample::story()));
    assert_eq!(story.console, Vec::<String>::new());
    assert_eq!(story.requests, Vec::<String>::new());
    assert!(story.dom.contains("</html>") && story.dom.contains("class=\"tip\""));

    // The policy is in force: the browser refuses what is put in against it, and says so.
    let injected = html(&sample::report()).replacen(
        "<main",
        "<img src=\"http://injected.example/a.png\"><script>document.title = 'taken'</script><main",
        1,
    );
    let injected = visit(&chromium, &scratch.0, "injected", &injected);
    assert_eq!(injected.requests, Vec::<String>::new());
    assert!(!injected.dom.contains("<title>taken</title>"));
    assert!(
        injected.console.iter().any(|line| line.contains("Content Security Policy")),
        "{:?}",
        injected.console
    );
}
