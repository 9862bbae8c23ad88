//! nginx takes TLS off in front of the dashboard; curl asks it, from addresses of loopback that are no proxies.

use std::path::PathBuf;
use std::process::Command;

use midwatch_dashboard::auth::access::{Access, Rules};
use midwatch_dashboard::guard::addresses::Allowed;
use midwatch_dashboard::guard::proxy::Proxies;
use midwatch_dashboard::tls::{Ready, Tls};
use midwatch_testbed::nginx::Nginx;
use midwatch_testbed::pki::{Key, Leaf, Pki};
use midwatch_testbed::{Server, TempDir, directory, free_port};

const PASSWORD: &str = "three grey geese walking";

/// The lines of the book, with the port of the dashboard put in. What a client wrote itself goes on to the dashboard.
const LINES: &str = "location / {
    proxy_pass http://127.0.0.1:PORT;
    proxy_http_version 1.1;
    proxy_set_header Host $host:$server_port;
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    proxy_set_header X-Forwarded-Proto $scheme;
}";

/// nginx, and the dashboard behind it.
struct Site {
    access: Access,
    /// Where nginx listens with TLS, and without.
    tls: u16,
    plain: u16,
    /// Where the dashboard listens.
    back: u16,
    roots: PathBuf,
    state: TempDir,
    _pki: Pki,
    _nginx: Server,
}

fn ranges(texts: &[&str]) -> Vec<midwatch_model::AddressRange> {
    texts.iter().map(|text| text.parse().expect("a range")).collect()
}

impl Site {
    /// Whom it lets ask; `own`: the dashboard has TLS too, by an authority of its own.
    async fn start(rules: Rules, allow: &[&str], own: bool) -> Site {
        let (tls, plain, back, state, pki) = (free_port(), free_port(), free_port(), directory(), Pki::new());
        let authority = pki.authority("Front", Key::EcP256);
        let identity = pki.issue(&authority, &Leaf::new(&["watch.example"]));
        let names = ["watch.example"];
        let how = if own { Tls::Private { directory: state.path().join("tls") } } else { Tls::Off };
        let ready = Ready::new(&how, &names.map(str::to_owned)).expect("something to serve with");
        let mut lines = LINES.replace("PORT", &back.to_string());
        if own {
            let verified = format!(
                "proxy_ssl_trusted_certificate {};\nproxy_ssl_verify on;\nproxy_ssl_name watch.example;\n\
                 proxy_ssl_server_name on;\n",
                state.path().join("tls/ca.pem").display()
            );
            lines = format!("{verified}{}", lines.replace("proxy_pass http:", "proxy_pass https:"));
        }
        let proxies = Proxies { addresses: ranges(&["127.0.0.1/32"]), allowed: Allowed(ranges(allow)) };
        let access = super::start_behind(state.path(), back, &names, rules, &ready, proxies).await;
        let mut roots = vec![authority.certificate.clone()];
        if own {
            roots.push(state.path().join("tls/ca.pem"));
        }
        let roots = pki.concatenate(&roots.iter().map(PathBuf::as_path).collect::<Vec<_>>());
        let nginx = Nginx::new()
            .tls(tls, "watch.example", &identity, &lines)
            .plain(plain, "watch.example", &lines)
            .start();
        Site { access, tls, plain, back, roots, state, _pki: pki, _nginx: nginx }
    }

    fn browser(&self, from: &str) -> Browser {
        let jar = self.state.path().join(format!("jar {from}"));
        Browser { jar, roots: self.roots.clone(), from: from.to_owned(), headers: Vec::new() }
    }

    fn url(&self, path: &str) -> String {
        format!("https://watch.example:{}{path}", self.tls)
    }

    /// Makes the first account.
    fn claim(&self, browser: &Browser) {
        let code = self.access.setup_code().expect("a code");
        let form = format!("code={code}&name=ada&password={PASSWORD}&again={PASSWORD}");
        let answer = browser.fill(&self.url("/setup"), &form.replace(' ', "+"));
        assert!(answer.status == 303, "{answer:?}");
    }
}

/// curl, from one address.
#[derive(Clone)]
struct Browser {
    jar: PathBuf,
    roots: PathBuf,
    from: String,
    headers: Vec<String>,
}

/// What came; nothing where the connection ended without an answer.
#[derive(Debug, Default, PartialEq)]
struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Browser {
    fn saying(&self, header: &str) -> Browser {
        let mut saying = self.clone();
        saying.headers.push(header.to_owned());
        saying
    }

    fn ask(&self, url: &str, form: Option<&str>) -> Answer {
        let mut command = Command::new("curl");
        command.args(["-sS", "-i", "--max-time", "30", "--interface", &self.from, "--noproxy", "*"]);
        command.arg("--cacert").arg(&self.roots);
        let port = url.split(':').nth(2).and_then(|rest| rest.split('/').next()).expect("a port");
        command.args(["--resolve", &format!("watch.example:{port}:127.0.0.1")]);
        command.arg("-b").arg(&self.jar).arg("-c").arg(&self.jar).args(["-H", "accept: text/html"]);
        let site = if form.is_some() { "same-origin" } else { "none" };
        command.args(["-H", &format!("sec-fetch-site: {site}")]);
        for header in &self.headers {
            command.args(["-H", header]);
        }
        if let Some(form) = form {
            command.args(["--data-raw", form]);
        }
        let output = command.arg(url).output().expect("curl");
        // 52: it ended without an answer; 56: it was reset.
        if matches!(output.status.code(), Some(52 | 56)) {
            return Answer::default();
        }
        assert!(output.status.success(), "{url}: {}", String::from_utf8_lossy(&output.stderr));
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let (head, body) = said.split_once("\r\n\r\n").expect("a head");
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        Answer { status, head: head.to_ascii_lowercase(), body: body.to_owned() }
    }

    fn get(&self, url: &str) -> Answer {
        self.ask(url, None)
    }

    /// Reads the page with a form, and sends it.
    fn fill(&self, url: &str, form: &str) -> Answer {
        let page = self.get(url);
        let begin = "name=\"csrf\" value=\"";
        let at = page.body.find(begin).unwrap_or_else(|| panic!("no form: {page:?}")) + begin.len();
        let proof: String = page.body[at..].chars().take_while(|letter| *letter != '"').collect();
        self.ask(url, Some(&format!("csrf={proof}&{form}")))
    }

    fn log_in(&self, site: &Site, password: &str) -> Answer {
        self.fill(&site.url("/login"), &format!("name=ada&password={password}&next=/").replace(' ', "+"))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_client_counts_and_not_the_proxy() {
    let site = Site::start(Rules { bound: true, ..Rules::default() }, &[], false).await;
    tokio::task::spawn_blocking(move || {
        let ada = site.browser("127.0.0.5");
        site.claim(&ada);
        let home = ada.get(&site.url("/"));
        assert_eq!((home.status, home.body.as_str()), (200, "ada admin"));
        assert!(home.head.contains("strict-transport-security: max-age=31536000"), "{}", home.head);
        let jar = std::fs::read_to_string(&ada.jar).expect("cookies");
        assert!(jar.contains("#HttpOnly_watch.example\tFALSE\t/\tTRUE\t0\t__Host-midwatch\t"), "{jar}");
        assert_eq!(ada.get(&site.url("/from")).body, "127.0.0.5");
        // What the client says of itself is not believed, and the session stays bound to where it is from.
        for lie in ["X-Forwarded-For: 198.51.100.1", "X-Forwarded-For: 127.0.0.1", "X-Forwarded-Proto: http"]
        {
            assert_eq!(ada.saying(lie).get(&site.url("/from")).body, "127.0.0.5", "{lie}");
        }
        let stolen = Browser { from: "127.0.0.6".into(), ..ada.clone() };
        let answer = stolen.saying("X-Forwarded-For: 127.0.0.5").get(&site.url("/from"));
        assert!(answer.status == 303 && answer.head.contains("/login?next="), "{answer:?}");

        // Whoever tries passwords is slowed by his own address, and nobody else is.
        let guess = site.browser("127.0.0.7");
        let mut last = 0;
        for number in 0..8 {
            let lie = format!("X-Forwarded-For: 198.51.100.{number}");
            last = guess.saying(&lie).log_in(&site, "wrong horse battery").status;
        }
        assert_eq!(last, 429);
        let other = site.browser("127.0.0.8");
        assert_eq!(other.log_in(&site, PASSWORD).status, 303);
        assert_eq!(other.get(&site.url("/from")).body, "127.0.0.8");

        // Without TLS at the proxy nothing is served, and no cookie is set.
        let plain = site.browser("127.0.0.9");
        let answer = plain.get(&format!("http://watch.example:{}/login", site.plain));
        assert!(answer.status == 403 && answer.body.contains("Only https"), "{answer:?}");
        assert!(!answer.head.contains("set-cookie") && !answer.head.contains("strict-transport"));
        let lying = plain.saying("X-Forwarded-Proto: https");
        assert_eq!(lying.get(&format!("http://watch.example:{}/login", site.plain)).status, 403);

        // Past the proxy: whoever is none gets nothing, and who is one has to say for whom he asks.
        let direct = format!("http://watch.example:{}/login", site.back);
        let said = site.browser("127.0.0.9").saying("X-Forwarded-For: 192.0.2.1");
        assert_eq!(said.saying("X-Forwarded-Proto: https").get(&direct), Answer::default());
        let own = site.browser("127.0.0.1");
        let answer = own.get(&direct);
        assert!(answer.status == 403 && answer.body.contains("for whom it asks"), "{answer:?}");
    })
    .await
    .expect("no panic");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_ask_is_told_by_the_clients_address() {
    let site = Site::start(Rules::default(), &["127.0.0.5/32"], false).await;
    tokio::task::spawn_blocking(move || {
        let ada = site.browser("127.0.0.5");
        site.claim(&ada);
        assert_eq!(ada.get(&site.url("/from")).body, "127.0.0.5");
        for lie in [None, Some("X-Forwarded-For: 127.0.0.5")] {
            let mut other = site.browser("127.0.0.6");
            other.headers.extend(lie.map(str::to_owned));
            let answer = other.get(&site.url("/login"));
            assert!(answer.status == 403 && answer.body.contains("not served to your address"), "{answer:?}");
        }
    })
    .await
    .expect("no panic");
}

#[tokio::test(flavor = "multi_thread")]
async fn past_the_proxy_tls_of_our_own_is_as_without_one() {
    let site = Site::start(Rules::default(), &[], true).await;
    tokio::task::spawn_blocking(move || {
        let ada = site.browser("127.0.0.5");
        site.claim(&ada);
        assert_eq!(ada.get(&site.url("/from")).body, "127.0.0.5", "through nginx, by https both times");
        let direct = |path: &str| format!("https://watch.example:{}{path}", site.back);
        let eve = site.browser("127.0.0.9").saying("X-Forwarded-For: 127.0.0.5");
        let page = eve.saying("X-Forwarded-Proto: http").get(&direct("/login"));
        assert_eq!(page.status, 200, "{page:?}");
        let form = format!("name=ada&password={PASSWORD}&next=/").replace(' ', "+");
        assert_eq!(eve.fill(&direct("/login"), &form).status, 303);
        assert_eq!(eve.get(&direct("/from")).body, "127.0.0.9", "an address that is no proxy");
        assert_eq!(site.browser("127.0.0.1").get(&direct("/login")).status, 403);
    })
    .await
    .expect("no panic");
}
