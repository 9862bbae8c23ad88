//! Runs servers whose connections begin in plain text until its standard input ends, for benchmarks. They have one
//! certificate, for the name that is given, and offer TLS to whoever asks.
//!
//! Writes one line of JSON once they run: a list of name, protocol and port of each.

use std::io::Read as _;

use midwatch_testbed::dovecot::{Dovecot, Setup};
use midwatch_testbed::pki::{Leaf, Pki};
use midwatch_testbed::postfix::Postfix;
use midwatch_testbed::postgres::Postgres;
use midwatch_testbed::{Encryption, exim, ftp, mariadb, slapd};

fn main() {
    let Some(name) = std::env::args().nth(1) else {
        eprintln!("starttls NAME");
        std::process::exit(64);
    };
    let pki = Pki::new();
    let identity = pki.self_signed(&Leaf::new(&[&name]));
    let postfix = Postfix::start(&identity);
    let dovecot = Dovecot::start(&identity, Setup::Stock);
    let exim = exim::start(Encryption::Offered, &identity);
    let vsftpd = ftp::vsftpd(Encryption::Offered, &identity);
    let slapd = slapd::start(Encryption::Offered, &identity);
    let postgres = Postgres::with_tls(&identity);
    let mariadb = mariadb::start(Encryption::Offered, &identity);
    let servers = [
        ("Postfix", "smtp", postfix.plain),
        ("Exim", "smtp", exim.port()),
        ("Dovecot", "imap", dovecot.imap),
        ("vsftpd", "ftp", vsftpd.port()),
        ("OpenLDAP", "ldap", slapd.port()),
        ("PostgreSQL", "postgres", postgres.port()),
        ("MariaDB", "mysql", mariadb.port()),
    ];
    let lines: Vec<String> = servers
        .iter()
        .map(|(name, protocol, port)| {
            format!("{{\"name\": \"{name}\", \"protocol\": \"{protocol}\", \"port\": {port}}}")
        })
        .collect();
    println!("[{}]", lines.join(", "));
    let mut rest = Vec::new();
    let _ = std::io::stdin().read_to_end(&mut rest);
}
