//! nginx with any server blocks.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::child::Server;
use crate::pki::Identity;

/// An nginx to be started.
#[derive(Debug)]
pub struct Nginx {
    directory: TempDir,
    ports: Vec<u16>,
    http: String,
}

impl Default for Nginx {
    fn default() -> Self {
        Nginx::new()
    }
}

impl Nginx {
    /// An nginx without any server block. Its document root holds an `index.html`.
    pub fn new() -> Nginx {
        let directory = crate::directory();
        let nginx = Nginx { directory, ports: Vec::new(), http: String::new() };
        nginx.file("index.html", "<!doctype html>\n<title>nginx</title>\n<p>Hello.</p>\n")
    }

    /// Adds a file under the document root. `path` is relative and may hold directories.
    pub fn file(self, path: &str, contents: impl AsRef<[u8]>) -> Nginx {
        put(&self.root(), path, contents.as_ref());
        self
    }

    /// Lines in the `http` block, outside any `server` block.
    pub fn http(mut self, lines: &str) -> Nginx {
        let _ = writeln!(self.http, "{lines}");
        self
    }

    /// A server over plain http on this port of 127.0.0.1 and ::1, for these names (separated by spaces), with
    /// further lines in its block.
    pub fn plain(self, port: u16, names: &str, lines: &str) -> Nginx {
        let listen = format!("listen 127.0.0.1:{port};\nlisten [::1]:{port};");
        self.server(port, &format!("{listen}\nserver_name {names};\n{lines}"))
    }

    /// A server over TLS with this certificate, otherwise as [`Nginx::plain`].
    pub fn tls(self, port: u16, names: &str, identity: &Identity, lines: &str) -> Nginx {
        let block = format!(
            "listen 127.0.0.1:{port} ssl;\nlisten [::1]:{port} ssl;\nserver_name {names};\n\
             ssl_certificate {};\nssl_certificate_key {};\n{lines}",
            identity.chain.display(),
            identity.key.display()
        );
        self.server(port, &block)
    }

    /// A server block with exactly these lines, which answers this port of 127.0.0.1.
    pub fn server(mut self, port: u16, lines: &str) -> Nginx {
        if !self.ports.contains(&port) {
            self.ports.push(port);
        }
        let _ = writeln!(self.http, "server {{\n{lines}\n}}");
        self
    }

    /// The document root.
    pub fn root(&self) -> std::path::PathBuf {
        self.directory.path().join("html")
    }

    /// Starts it and waits until every port answers.
    ///
    /// # Panics
    /// When nginx is missing or refuses the configuration.
    pub fn start(self) -> Server {
        let directory = self.directory.path();
        // Started as root, workers would else run as a user who cannot read a temporary directory.
        let user = if rustix::process::geteuid().is_root() { "user root;\n" } else { "" };
        let config = format!(
            "{user}daemon off;\nworker_processes 1;\npid {at}/pid;\nerror_log stderr notice;\n\
             events {{ worker_connections 1024; }}\n\
             http {{\n\
             include /etc/nginx/mime.types;\ndefault_type application/octet-stream;\n\
             access_log {at}/access.log combined;\nroot {root};\n\
             client_body_temp_path {at}/body;\nproxy_temp_path {at}/proxy;\nfastcgi_temp_path {at}/fastcgi;\n\
             uwsgi_temp_path {at}/uwsgi;\nscgi_temp_path {at}/scgi;\n\
             {http}}}\n",
            at = directory.display(),
            root = self.root().display(),
            http = self.http,
        );
        let file = directory.join("nginx.conf");
        std::fs::write(&file, config).expect("room for a file");
        let mut command = Command::new(program("nginx", &["/usr/sbin/nginx"]));
        command.arg("-p").arg(directory).arg("-c").arg(&file).args(["-e", "stderr"]);
        Server::start(command, "nginx", &self.ports, self.directory)
    }
}

/// Writes a file below `root`, with the directories that it needs.
pub(crate) fn put(root: &Path, path: &str, contents: &[u8]) {
    let path = root.join(path);
    std::fs::create_dir_all(path.parent().expect("a directory")).expect("room for a directory");
    std::fs::write(path, contents).expect("room for a file");
}

/// The first of these paths that exists, else the bare name. Daemons are in /usr/sbin, which is not in the
/// search path of every user.
pub(crate) fn program(name: &str, paths: &[&str]) -> String {
    paths.iter().find(|path| Path::new(path).exists()).map_or(name, |path| *path).to_owned()
}
