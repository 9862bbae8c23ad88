//! The servers whose connections begin in plain text: each starts with TLS off, offered and required, and does about
//! it what it was told.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::{Command, Stdio};
use std::time::Duration;

use midwatch_testbed::pki::{Identity, Key, Leaf, Pki};
use midwatch_testbed::postgres::Postgres;
use midwatch_testbed::{Encryption, Server, exim, ftp, inn, irc, mariadb, prosody, slapd};

fn identity(pki: &Pki) -> Identity {
    let root = pki.authority("Test root", Key::EcP256);
    pki.issue(&root, &Leaf::new(&["shop.example"]))
}

/// Whether `openssl s_client` comes to TLS there. It says what protocol it ended up with, or that there is none.
fn encrypts(protocol: &str, port: u16) -> bool {
    // A server that does not answer would keep openssl waiting for good.
    let mut command = Command::new("timeout");
    command.args(["5", "openssl", "s_client", "-starttls", protocol, "-xmpphost", "shop.example"]);
    command.args(["-connect", &format!("127.0.0.1:{port}")]);
    let output = command.stdin(Stdio::null()).output().expect("openssl");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.contains("New, TLSv1.") && text.contains("BEGIN CERTIFICATE")
}

/// What a server answers in plain text to some lines.
fn says(port: u16, lines: &[&str]) -> String {
    let mut stream = TcpStream::connect(SocketAddr::from(([127, 0, 0, 1], port))).expect("a connection");
    let mut said = Vec::new();
    let mut read = |stream: &mut TcpStream, first: u64| {
        let mut buffer = [0; 4096];
        stream.set_read_timeout(Some(Duration::from_millis(first))).expect("a time-out");
        while let Ok(count @ 1..) = stream.read(&mut buffer) {
            said.extend_from_slice(&buffer[..count]);
            stream.set_read_timeout(Some(Duration::from_millis(1000))).expect("a time-out");
        }
    };
    // Not every server speaks first; whoever is asked has more time.
    read(&mut stream, 1500);
    for line in lines {
        // A server that has closed says no more.
        let _ = stream.write_all(line.as_bytes());
        read(&mut stream, 5000);
    }
    String::from_utf8_lossy(&said).into_owned()
}

fn all(protocol: &str, start: impl Fn(Encryption, &Identity) -> Server) -> [Server; 3] {
    let pki = Pki::new();
    let identity = identity(&pki);
    Encryption::ALL.map(|encryption| {
        let server = start(encryption, &identity);
        assert_eq!(encrypts(protocol, server.port()), encryption != Encryption::Off, "{encryption:?}");
        server
    })
}

#[test]
fn exim_as_it_is_told() {
    let [off, offered, required] = all("smtp", exim::start);
    let lines = ["EHLO x\r\n", "MAIL FROM:<>\r\n"];
    let said = says(off.port(), &lines);
    assert!(said.contains("AUTH PLAIN") && said.contains("250 OK") && !said.contains("STARTTLS"), "{said}");
    let said = says(offered.port(), &lines);
    assert!(said.contains("STARTTLS") && said.contains("250 OK") && !said.contains("AUTH"), "{said}");
    let said = says(required.port(), &lines);
    assert!(said.contains("STARTTLS") && said.contains("550 Encryption is needed"), "{said}");
}

#[test]
fn ftp_servers_as_they_are_told() {
    for start in [ftp::vsftpd, ftp::proftpd] {
        let servers = all("ftp", start);
        let said = servers.map(|server| says(server.port(), &["FEAT\r\n"]).contains("AUTH TLS"));
        assert_eq!(said, [false, true, true]);
    }
}

#[test]
fn slapd_as_it_is_told() {
    let servers = all("ldap", slapd::start);
    let found = servers.map(|server| {
        let mut command = Command::new("ldapsearch");
        command.args(["-x", "-H", &format!("ldap://127.0.0.1:{}", server.port())]);
        command.args(["-b", "", "-s", "base", "supportedExtension"]);
        let output = command.output().expect("ldapsearch: apt-get install ldap-utils");
        let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        (text.contains("1.3.6.1.4.1.1466.20037"), text.contains("Confidentiality required"))
    });
    assert_eq!(found, [(false, false), (true, false), (false, true)]);
}

#[test]
fn prosody_as_it_is_told() {
    let [off, offered, required] = all("xmpp", prosody::start);
    let stream = "<?xml version='1.0'?><stream:stream to='shop.example' version='1.0' xmlns='jabber:client' \
                  xmlns:stream='http://etherx.jabber.org/streams'>";
    let said = says(off.port(), &[stream]);
    assert!(said.contains("PLAIN") && !said.contains("<starttls"), "{said}");
    let said = says(offered.port(), &[stream]);
    assert!(said.contains("SCRAM-SHA-1") && said.contains("<starttls") && !said.contains("PLAIN"), "{said}");
    let said = says(required.port(), &[stream]);
    assert!(said.contains("<required/>") && !said.contains("SCRAM"), "{said}");
    assert!(encrypts("xmpp-server", required.ports()[1]) && !encrypts("xmpp-server", off.ports()[1]));
}

#[test]
fn mariadb_as_it_is_told() {
    let servers = all("mysql", mariadb::start);
    let said = servers.map(|server| {
        let mut command = Command::new("mariadb");
        command.args(["--no-defaults", "-h127.0.0.1", "-uroot", "--skip-ssl", "-e", "SELECT 7"]);
        command.arg(format!("-P{}", server.port()));
        let output = command.output().expect("mariadb: apt-get install mariadb-server");
        output.status.success()
    });
    assert_eq!(said, [true, true, false]);
}

#[test]
fn postgres_as_it_is_told() {
    let pki = Pki::new();
    let identity = identity(&pki);
    for (server, encrypted) in [
        (Postgres::start(), false),
        (Postgres::with_tls(&identity), true),
        (Postgres::with_tls_required(&identity), true),
    ] {
        assert_eq!(encrypts("postgres", server.port()), encrypted);
    }
}

#[test]
fn inn_as_it_is_told() {
    let servers = all("nntp", inn::start);
    let said = servers.map(|server| {
        let said = says(server.port(), &["CAPABILITIES\r\n", "STARTTLS\r\n"]);
        (said.contains("\r\nSTARTTLS\r\n"), said.contains("580 "), said.contains("382 "))
    });
    assert_eq!(said[0], (true, true, false));
    assert!(said[1].0 && said[2].0, "{said:?}");
}

#[test]
fn irc_servers_as_they_are_told() {
    let pki = Pki::new();
    let identity = identity(&pki);
    let asks = ["CAP LS 302\r\n", "STARTTLS\r\n"];
    let said = Encryption::ALL.map(|encryption| {
        let server = irc::inspircd(encryption, &identity);
        let said = says(server.port(), &asks);
        (said.contains(" tls"), said.contains(" 670 "))
    });
    assert_eq!(said, [(false, false), (true, true), (false, false)]);
    let server = irc::ngircd(&identity);
    let said = says(server.port(), &asks);
    assert!(said.contains("multi-prefix") && !said.contains("tls") && !said.contains(" 670 "), "{said}");
}
