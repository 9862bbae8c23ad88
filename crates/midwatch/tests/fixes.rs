//! The lines that a finding carries, put into a real nginx or Apache where they say that they belong, make the
//! finding go away.

mod common;

use common::{Audit, NAME, finding, ids};
use midwatch_model::{ServerSoftware, TargetReport};
use midwatch_testbed::apache::Apache;
use midwatch_testbed::hostile::{Behaviour, Hostile};
use midwatch_testbed::nginx::Nginx;
use midwatch_testbed::pki::{Authority, Identity, Key, Leaf, Pki};
use midwatch_testbed::{Server, free_port};

/// Where the lines of a fix go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// The server block or VirtualHost for plain http.
    Plain,
    /// The one for https.
    Secure,
    /// Both of them: what an application sends comes through either.
    Both,
    /// The whole server: nginx's http block, Apache's ssl.conf.
    Whole,
    /// The location of the login page.
    Login,
    /// The location of the page after logout.
    Logout,
}

/// A fault, the finding that names it, and where its fix goes.
struct Case {
    id: &'static str,
    at: Place,
    /// It takes old versions and suites to have the fault.
    old_tls: bool,
}

impl Case {
    /// The lines of the fix, where they belong at this place.
    fn lines<'a>(&self, place: Place, lines: &'a str) -> &'a str {
        let both = self.at == Place::Both && matches!(place, Place::Plain | Place::Secure);
        if self.at == place || both { lines } else { "" }
    }
}

/// Faults that nginx and Apache are mended of.
const CASES: &[Case] = &[
    Case { id: "plain-http-entry", at: Place::Plain, old_tls: false },
    Case { id: "plain-http-page", at: Place::Plain, old_tls: false },
    Case { id: "login-over-http", at: Place::Plain, old_tls: false },
    Case { id: "hsts-missing", at: Place::Secure, old_tls: false },
    Case { id: "mixed-content-blockable", at: Place::Secure, old_tls: false },
    Case { id: "mixed-content-upgradeable", at: Place::Secure, old_tls: false },
    Case { id: "form-over-http", at: Place::Secure, old_tls: false },
    Case { id: "referrer-policy-leaks", at: Place::Secure, old_tls: false },
    Case { id: "cookie-session-not-secure", at: Place::Both, old_tls: false },
    Case { id: "cookie-session-not-httponly", at: Place::Both, old_tls: false },
    Case { id: "cookie-not-secure", at: Place::Both, old_tls: false },
    Case { id: "cache-private-page", at: Place::Login, old_tls: false },
    Case { id: "logout-keeps-data", at: Place::Logout, old_tls: false },
    Case { id: "tls-old-version", at: Place::Whole, old_tls: true },
    Case { id: "tls-anonymous-suite", at: Place::Whole, old_tls: true },
    Case { id: "tls-no-forward-secrecy", at: Place::Whole, old_tls: true },
];

const HOME: &str = "<title>Shop</title><script src=http://shop.test/a.js></script><img src=http://shop.test/a.png>\
                    <a href=/login.html>Log in</a> <a href=/logout.html>Log out</a>\
                    <form method=post action=http://shop.test/search></form>";
const LOGIN: &str = "<title>Log in</title><form method=post action=/session><input type=password></form>";

/// What an application behind the server answers, with its cookies.
const APPLICATION: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\
    Set-Cookie: sid=9f86d081884c7d659a2feaa0c55ad015; Path=/\r\nSet-Cookie: theme=light; Path=/\r\n\
    Referrer-Policy: unsafe-url\r\n";

struct Bed {
    _pki: Pki,
    root: Authority,
    identity: Identity,
    application: Hostile,
}

impl Bed {
    fn new() -> Bed {
        let pki = Pki::new();
        let root = pki.authority("Test root", Key::Rsa2048);
        let names = Leaf::new(&[NAME, &format!("www.{NAME}")]).key(Key::Rsa2048);
        let identity = pki.issue(&root, &names);
        let answer = format!("{APPLICATION}Content-Length: {}\r\n\r\n{HOME}", HOME.len());
        let application = Hostile::start(Behaviour::Answers(answer.into_bytes()));
        Bed { _pki: pki, root, identity, application }
    }

    fn audit(&self, tls: u16, plain: u16) -> TargetReport {
        Audit::site(&[NAME]).at(NAME, tls, plain).trust(&self.root.certificate).target()
    }

    /// nginx before an application, with the lines of a fix at a place.
    fn nginx(&self, case: &Case, lines: &str) -> (Server, u16, u16) {
        let (tls, plain) = (free_port(), free_port());
        let at = |place: Place| case.lines(place, lines);
        let whole = match (case.old_tls, lines) {
            (true, "") => "ssl_protocols TLSv1 TLSv1.1 TLSv1.2;\nssl_ciphers ALL:@SECLEVEL=0;",
            _ => at(Place::Whole),
        };
        let locations = format!(
            "location = / {{ proxy_pass http://{}; }}\nlocation = /login.html {{ {} }}\n\
             location = /logout.html {{ {} }}",
            self.application.address(),
            at(Place::Login),
            at(Place::Logout)
        );
        let server = Nginx::new()
            .http(whole)
            .file("login.html", LOGIN)
            .file("logout.html", "<title>Bye</title>")
            .plain(plain, &format!("{NAME} www.{NAME}"), &format!("{}\n{locations}", at(Place::Plain)))
            .tls(
                tls,
                &format!("{NAME} www.{NAME}"),
                &self.identity,
                &format!("{}\n{locations}", at(Place::Secure)),
            )
            .start();
        (server, tls, plain)
    }

    /// The same for Apache.
    fn apache(&self, case: &Case, lines: &str) -> (Server, u16, u16) {
        let (tls, plain) = (free_port(), free_port());
        let at = |place: Place| case.lines(place, lines);
        let whole = match (case.old_tls, lines) {
            (true, "") => "SSLProtocol -all +TLSv1 +TLSv1.1 +TLSv1.2\nSSLCipherSuite ALL:aNULL:@SECLEVEL=0",
            _ => at(Place::Whole),
        };
        let locations = format!(
            "ServerAlias www.{NAME}\nProxyPassMatch \"^/$\" \"http://{}/\"\n<Location /login.html>\n{}\n</Location>\n\
             <Location /logout.html>\n{}\n</Location>",
            self.application.address(),
            at(Place::Login),
            at(Place::Logout)
        );
        let server = Apache::new()
            .main(whole)
            .file("login.html", LOGIN)
            .file("logout.html", "<title>Bye</title>")
            .plain(plain, NAME, &format!("{}\n{locations}", at(Place::Plain)))
            .tls(tls, NAME, &self.identity, &format!("{}\n{locations}", at(Place::Secure)))
            .start();
        (server, tls, plain)
    }
}

/// All lines of a finding for one server.
fn lines(target: &TargetReport, id: &str, server: ServerSoftware) -> String {
    let lines: Vec<String> = target
        .findings
        .iter()
        .filter(|found| found.id == id)
        .flat_map(|found| &found.fix.servers)
        .filter(|fix| fix.server == server)
        .map(|fix| fix.lines.clone())
        .collect();
    let mut distinct: Vec<String> = Vec::new();
    for line in lines {
        if !distinct.contains(&line) {
            distinct.push(line);
        }
    }
    distinct.join("\n")
}

fn mended(software: ServerSoftware, start: impl Fn(&Bed, &Case, &str) -> (Server, u16, u16)) {
    let bed = Bed::new();
    for case in CASES {
        // Apache never accepts anonymous suites, whatever its configuration says.
        if case.id == "tls-anonymous-suite" && software == ServerSoftware::Apache {
            continue;
        }
        let (server, tls, plain) = start(&bed, case, "");
        let before = bed.audit(tls, plain);
        drop(server);
        let fault = finding(&before, case.id);
        assert!(
            fault.fix.servers.first().is_some_and(|fix| fix.seen && fix.server == software),
            "{}: the lines for {software} come first: {:?}",
            case.id,
            fault.fix.servers
        );
        let lines = lines(&before, case.id, software);
        assert!(!lines.is_empty(), "{}", case.id);
        let (_server, tls, plain) = start(&bed, case, &lines);
        let after = bed.audit(tls, plain);
        assert!(
            !ids(&after).contains_key(case.id),
            "{} is still there with\n{lines}\n{:?}",
            case.id,
            ids(&after)
        );
    }
}

#[test]
fn the_lines_for_nginx_mend_each_fault() {
    mended(ServerSoftware::Nginx, Bed::nginx);
}

#[test]
fn the_lines_for_apache_mend_each_fault() {
    mended(ServerSoftware::Apache, Bed::apache);
}
