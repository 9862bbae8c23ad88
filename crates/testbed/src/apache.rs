//! Apache httpd with any virtual hosts.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::child::Server;
use crate::nginx::{program, put};
use crate::pki::Identity;

const MODULES: &str = "/usr/lib/apache2/modules";

/// An Apache to be started.
#[derive(Debug)]
pub struct Apache {
    directory: TempDir,
    ports: Vec<u16>,
    main: String,
}

impl Default for Apache {
    fn default() -> Self {
        Apache::new()
    }
}

impl Apache {
    /// The modules that are loaded: what Debian enables by default, with ssl, headers, rewrite, http2, proxy.
    pub const MODULES: [&str; 18] = [
        "mpm_event",
        "authn_core",
        "authz_core",
        "alias",
        "deflate",
        "dir",
        "env",
        "filter",
        "headers",
        "http2",
        "mime",
        "proxy",
        "proxy_http",
        "reqtimeout",
        "rewrite",
        "setenvif",
        "socache_shmcb",
        "ssl",
    ];

    /// An Apache without any virtual host. Its document root holds an `index.html`.
    pub fn new() -> Apache {
        let apache = Apache { directory: crate::directory(), ports: Vec::new(), main: String::new() };
        apache.file("index.html", "<!doctype html>\n<title>Apache</title>\n<p>Hello.</p>\n")
    }

    /// Adds a file under the document root. `path` is relative and may hold directories.
    pub fn file(self, path: &str, contents: impl AsRef<[u8]>) -> Apache {
        put(&self.root(), path, contents.as_ref());
        self
    }

    /// Lines outside any virtual host.
    pub fn main(mut self, lines: &str) -> Apache {
        let _ = writeln!(self.main, "{lines}");
        self
    }

    /// A virtual host over plain http on this port of 127.0.0.1 and ::1, with this name and further lines.
    pub fn plain(self, port: u16, name: &str, lines: &str) -> Apache {
        self.host(port, &format!("ServerName {name}\n{lines}"))
    }

    /// A virtual host over TLS with this certificate, otherwise as [`Apache::plain`].
    pub fn tls(self, port: u16, name: &str, identity: &Identity, lines: &str) -> Apache {
        let block = format!(
            "ServerName {name}\nSSLEngine on\nSSLCertificateFile {}\nSSLCertificateKeyFile {}\n{lines}",
            identity.chain.display(),
            identity.key.display()
        );
        self.host(port, &block)
    }

    fn host(mut self, port: u16, lines: &str) -> Apache {
        if !self.ports.contains(&port) {
            self.ports.push(port);
            let _ = writeln!(self.main, "Listen 127.0.0.1:{port}");
            if std::net::TcpListener::bind((std::net::Ipv6Addr::LOCALHOST, 0)).is_ok() {
                let _ = writeln!(self.main, "Listen [::1]:{port}");
            }
        }
        let _ = writeln!(self.main, "<VirtualHost *:{port}>\n{lines}\n</VirtualHost>");
        self
    }

    /// The document root.
    pub fn root(&self) -> PathBuf {
        self.directory.path().join("html")
    }

    /// Starts it and waits until every port answers.
    ///
    /// # Panics
    /// When Apache is missing or refuses the configuration.
    pub fn start(self) -> Server {
        let directory = self.directory.path();
        let mut config = format!(
            "ServerRoot {at}\nDefaultRuntimeDir {at}\nPidFile {at}/pid\nMutex file:{at} default\n\
             ErrorLog {at}/error.log\nServerName localhost\n",
            at = directory.display()
        );
        for module in Apache::MODULES {
            let file = format!("{MODULES}/mod_{module}.so");
            assert!(Path::new(&file).exists(), "{file} is missing: apt-get install apache2");
            let _ = writeln!(config, "LoadModule {module}_module {file}");
        }
        if rustix::process::geteuid().is_root() {
            // Apache refuses to answer requests as root. The user needs to read the documents alone: keys and
            // logs are opened before the workers give root up.
            config.push_str("User www-data\nGroup www-data\n");
        }
        let _ = write!(
            config,
            "TypesConfig /etc/mime.types\nDirectoryIndex index.html\nDocumentRoot {root}\n\
             <Directory {root}>\nAllowOverride All\nRequire all granted\n</Directory>\n\
             LogFormat \"%h %t \\\"%r\\\" %>s %b\" short\nCustomLog {at}/access.log short\n\
             StartServers 1\nThreadsPerChild 25\nMaxRequestWorkers 100\n{main}",
            root = self.root().display(),
            at = directory.display(),
            main = self.main,
        );
        let file = directory.join("apache.conf");
        std::fs::write(&file, config).expect("room for a file");
        let mut command = Command::new(program("apache2", &["/usr/sbin/apache2"]));
        command.arg("-d").arg(directory).arg("-f").arg(&file).args(["-E", "/dev/stderr", "-D", "FOREGROUND"]);
        Server::start(command, "apache2", &self.ports, self.directory)
    }
}
