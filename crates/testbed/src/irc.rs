//! Servers of chat: InspIRCd, which has STARTTLS, and ngIRCd, which has not.

use std::process::Command;

use crate::child::Server;
use crate::encryption::Encryption;
use crate::pki::Identity;
use crate::user::User;

/// The name of either.
const NAME: &str = "irc.shop.example";

/// Starts InspIRCd, which takes three connections of one address at a time, as Debian configures it. Where TLS is
/// required nobody is let in without, so that STARTTLS cannot be had either: that is for a port with TLS from the first
/// octet.
///
/// # Panics
/// When InspIRCd is missing.
pub fn inspircd(encryption: Encryption, identity: &Identity) -> Server {
    let user = User::named("irc", "base-passwd");
    let directory = crate::directory();
    let own = user.directory(&directory.path().join("irc"));
    let (chain, key) = user.identity(identity, &own);
    let port = crate::free_port();
    let tls = format!(
        "<module name=\"ssl_gnutls\">\n<sslprofile name=\"Clients\" provider=\"gnutls\" certfile=\"{}\" keyfile=\"{}\">\n\
         <module name=\"sslinfo\">\n<module name=\"starttls\">\n<starttls provider=\"Clients\">\n",
        chain.display(),
        key.display(),
    );
    let text = format!(
        "<server name=\"{NAME}\" description=\"shop\" id=\"97K\" network=\"Shop\">\n\
         <admin name=\"x\" nick=\"x\" email=\"x@shop.example\">\n\
         <bind address=\"127.0.0.1\" port=\"{port}\" type=\"clients\">\n\
         <connect allow=\"*\" timeout=\"60\" localmax=\"3\" globalmax=\"3\"{}>\n<dns enabled=\"no\">\n\
         <pid file=\"{own}/pid\">\n<log method=\"file\" type=\"* -USERINPUT -USEROUTPUT\" level=\"default\" \
         target=\"{own}/irc.log\">\n<module name=\"cap\">\n{}",
        encryption.required(" requiressl=\"yes\"", ""),
        encryption.lines(&tls),
        own = own.display(),
    );
    let configuration = own.join("inspircd.conf");
    std::fs::write(&configuration, text).expect("room for a file");
    let mut command = Command::new("/usr/sbin/inspircd");
    command.arg(format!("--config={}", configuration.display())).arg("--nofork");
    user.run(&mut command);
    Server::start(command, "inspircd", &[port], directory)
}

/// Starts ngIRCd: its first port is in plain text, its second has TLS from the first octet.
///
/// # Panics
/// When ngIRCd is missing.
pub fn ngircd(identity: &Identity) -> Server {
    let user = User::named("irc", "base-passwd");
    let directory = crate::directory();
    let own = user.directory(&directory.path().join("irc"));
    let (chain, key) = user.identity(identity, &own);
    let (plain, implicit) = (crate::free_port(), crate::free_port());
    let text = format!(
        "[Global]\nName = {NAME}\nInfo = shop\nAdminEMail = x@shop.example\nListen = 127.0.0.1\nPorts = {plain}\n\
         MotdPhrase = shop\nPidFile = {}/pid\n[Limits]\nMaxConnectionsIP = 0\n[Options]\nIdent = no\nPAM = no\nDNS = no\n\
         [SSL]\nCertFile = {}\nKeyFile = {}\nPorts = {implicit}\n",
        own.display(),
        chain.display(),
        key.display(),
    );
    let configuration = own.join("ngircd.conf");
    std::fs::write(&configuration, text).expect("room for a file");
    let mut command = Command::new("/usr/sbin/ngircd");
    command.arg("-n").arg("-f").arg(&configuration);
    user.run(&mut command);
    Server::start(command, "ngircd", &[plain, implicit], directory)
}
