//! INN's server for readers of news, with one empty group.
//!
//! INN runs from a timetable and wants a mail server; `scripts/setup` unpacks it instead of installing it.

use std::path::Path;
use std::process::Command;

use crate::child::Server;
use crate::encryption::Encryption;
use crate::pki::Identity;
use crate::unpacked;
use crate::user::User;

/// The directory of INN's programs and libraries.
const NEWS: &str = "usr/lib/news";

/// Starts `nnrpd`. It always offers STARTTLS; where TLS is off it has no certificate, and refuses (580). Where TLS is
/// required, whoever comes without may read no group (`require_encryption`).
///
/// # Panics
/// When INN is missing.
pub fn start(encryption: Encryption, identity: &Identity) -> Server {
    // Debian's base system has this user.
    let user = User::named("news", "base-passwd");
    let programs = unpacked::file("inn", NEWS);
    let directory = crate::directory();
    let own = user.directory(&directory.path().join("news"));
    for name in ["db", "etc", "log", "run", "tmp", "spool", "spool/overview", "spool/articles"] {
        user.directory(&own.join(name));
    }
    if encryption != Encryption::Off {
        user.identity(identity, &own);
    }
    let (shown, news) = (own.display(), programs.display());
    let tls = format!("tlscertfile: {shown}/chain.pem\ntlskeyfile: {shown}/key.pem\n");
    let readers =
        "auth all { default: \"<plain>\" }\nauth tls { require_encryption: true default: \"<tls>\" }\n";
    let readable = encryption.required("<tls>", "*");
    let files = [
        (
            "inn.conf",
            format!(
                "mta: \"/bin/true %s\"\norganization: shop\ndomain: shop.example\nserver: 127.0.0.1\n\
                 pathhost: news.shop.example\nrunasuser: news\nrunasgroup: news\npathnews: {news}\n\
                 pathbin: {news}/bin\npathdb: {shown}/db\npathetc: {shown}/etc\npathlog: {shown}/log\n\
                 pathrun: {shown}/run\npathspool: {shown}/spool\npathtmp: {shown}/tmp\nhismethod: hisv6\n\
                 ovmethod: tradindexed\nenableoverview: true\n{}",
                encryption.lines(&tls)
            ),
        ),
        ("etc/readers.conf", format!("{readers}access all {{ users: \"{readable}\" newsgroups: \"*\" }}\n")),
        ("etc/storage.conf", "method tradspool { newsgroups: * class: 0 }\n".to_owned()),
        (
            "db/active",
            "control 0000000000 0000000001 n\njunk 0000000000 0000000001 n\nshop.test 0 1 y\n".to_owned(),
        ),
        ("db/newsgroups", String::new()),
        ("db/active.times", String::new()),
        ("db/history", String::new()),
    ];
    for (name, text) in files {
        let path = own.join(name);
        std::fs::write(&path, text).expect("room for a file");
        user.own(&path);
    }
    // Makes the index of what there is, without which nobody is served.
    let _ = program(&programs, "makehistory", &own, user).args(["-x", "-O", "-F"]).output();
    let made = program(&programs, "makedbz", &own, user).args(["-i", "-s", "100", "-o"]).output();
    let made = made.expect("makedbz of INN: run scripts/setup");
    assert!(made.status.success(), "makedbz: {}", String::from_utf8_lossy(&made.stderr));
    let port = crate::free_port();
    let mut command = program(&programs, "nnrpd", &own, user);
    command.args(["-D", "-f", "-b", "127.0.0.1", "-p", &port.to_string()]);
    Server::start(command, "inn2", &[port], directory)
}

/// One of INN's programs, with its libraries and this configuration.
fn program(programs: &Path, name: &str, own: &Path, user: User) -> Command {
    let mut command = Command::new(programs.join("bin").join(name));
    command.env("LD_LIBRARY_PATH", programs).env("INNCONF", own.join("inn.conf"));
    user.run(&mut command);
    command
}
