//! rsyslogd, which writes what it understood of each message as a line of JSON.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::child::Server;
use crate::nginx::program;
use crate::pki::{Authority, Identity};
use crate::{free_port, wait_until};

/// A running rsyslogd.
#[derive(Debug)]
pub struct Rsyslog {
    server: Server,
    /// Takes datagrams here.
    pub udp: u16,
    /// Takes streams here.
    pub tcp: u16,
    /// Takes streams over TLS here.
    pub tls: u16,
}

impl Rsyslog {
    /// Starts one with this certificate.
    ///
    /// # Panics
    /// When rsyslog or rsyslog-openssl is missing.
    pub fn start(authority: &Authority, identity: &Identity) -> Rsyslog {
        let directory = crate::directory();
        let at = directory.path().display();
        let [udp, tcp, tls] = [(); 3].map(|()| free_port());
        let fields: String = [
            ("from", "inputname", "json"),
            ("pri", "pri", "json"),
            ("time", "timereported", "date-rfc3339"),
            ("host", "hostname", "json"),
            ("app", "app-name", "json"),
            ("pid", "procid", "json"),
            ("id", "msgid", "json"),
            ("data", "structured-data", "json"),
            ("text", "msg", "json"),
        ]
        .iter()
        .map(|(name, property, option)| format!("\\\"{name}\\\":\\\"%{property}:::{option}%\\\","))
        .collect();
        let config = format!(
            "global(workDirectory=\"{at}\" defaultNetstreamDriverCAFile=\"{ca}\"\n\
             defaultNetstreamDriverCertFile=\"{chain}\" defaultNetstreamDriverKeyFile=\"{key}\"\n\
             maxMessageSize=\"16k\" parser.escapeControlCharactersOnReceive=\"off\")\n\
             module(load=\"imudp\") module(load=\"imtcp\") module(load=\"imuxsock\" SysSock.Use=\"off\")\n\
             input(type=\"imudp\" name=\"udp\" address=\"127.0.0.1\" port=\"{udp}\")\n\
             input(type=\"imtcp\" name=\"tcp\" address=\"127.0.0.1\" port=\"{tcp}\")\n\
             input(type=\"imtcp\" name=\"tls\" address=\"127.0.0.1\" port=\"{tls}\" streamDriver.Name=\"ossl\"\n\
             streamDriver.Mode=\"1\" streamDriver.AuthMode=\"anon\")\n\
             input(type=\"imuxsock\" socket=\"{at}/local\")\n\
             input(type=\"imuxsock\" socket=\"{at}/local-5424\" useSpecialParser=\"off\" parseHostname=\"on\")\n\
             template(name=\"seen\" type=\"string\" string=\"{{{fields}\\\"end\\\":true}}\\n\")\n\
             *.* action(type=\"omfile\" file=\"{at}/seen\" template=\"seen\")\n",
            ca = authority.certificate.display(),
            chain = identity.chain.display(),
            key = identity.key.display(),
        );
        let file = directory.path().join("rsyslog.conf");
        std::fs::write(&file, config).expect("room for a file");
        let mut command = Command::new(program("rsyslogd", &["/usr/sbin/rsyslogd"]));
        command.args(["-n", "-f"]).arg(&file).arg("-i").arg(directory.path().join("pid"));
        let server = Server::start(command, "rsyslog rsyslog-openssl", &[tcp, tls], directory);
        Rsyslog { server, udp, tcp, tls }
    }

    /// A local socket that is read as most are: the form of syslog(3).
    pub fn local(&self) -> PathBuf {
        self.server.directory().join("local")
    }

    /// A local socket where the form of RFC 5424 is understood.
    pub fn local_5424(&self) -> PathBuf {
        self.server.directory().join("local-5424")
    }

    /// The line of JSON that holds this text, for which it waits twenty seconds at most.
    pub fn line(&self, text: &str) -> Option<String> {
        let file = self.server.directory().join("seen");
        let mut found = None;
        wait_until(Duration::from_secs(20), || {
            found = read(&file).lines().find(|line| line.contains(text)).map(str::to_owned);
            found.is_some()
        });
        found
    }

    /// Everything that it has written so far.
    pub fn seen(&self) -> String {
        read(&self.server.directory().join("seen"))
    }

    /// What it said of itself.
    pub fn log(&self) -> String {
        self.server.log()
    }
}

fn read(file: &Path) -> String {
    std::fs::read(file).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}
