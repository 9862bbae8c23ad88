//! Unbound as the resolver for the zones of a [`crate::knot::Knot`].

use std::fmt::Write as _;
use std::process::Command;

use crate::child::Server;
use crate::knot::Running;
use crate::nginx::program;
use crate::pki::Identity;

/// Starts a validating resolver on 127.0.0.1 that asks `knot` for everything. Its ports: plain, and with an
/// identity DNS over TLS and DNS over HTTPS.
///
/// # Panics
/// When Unbound is missing or refuses its configuration.
pub fn start(knot: &Running, identity: Option<&Identity>) -> Server {
    let directory = crate::directory();
    let at = directory.path().display().to_string();
    let mut ports = vec![crate::free_port()];
    std::fs::write(directory.path().join("anchor"), &knot.anchor).expect("room for an anchor");
    let mut text = format!(
        "server:\n  directory: \"{at}\"\n  chroot: \"\"\n  username: \"\"\n  pidfile: \"{at}/pid\"\n  use-syslog: no\n  \
         logfile: \"\"\n  do-daemonize: no\n  num-threads: 1\n  do-not-query-localhost: no\n  trust-anchor-file: \"{at}/anchor\"\n  \
         module-config: \"validator iterator\"\n  ede: yes\n  interface: 127.0.0.1@{}\n  root-hints: \"\"\n  \
         qname-minimisation: no\n  local-zone: \"invalid.\" always_nxdomain\n",
        ports[0]
    );
    if let Some(identity) = identity {
        let (dot, doh) = (crate::free_port(), crate::free_port());
        let _ = write!(
            text,
            "  interface: 127.0.0.1@{dot}\n  interface: 127.0.0.1@{doh}\n  tls-port: {dot}\n  https-port: {doh}\n  \
             tls-service-pem: \"{}\"\n  tls-service-key: \"{}\"\n",
            identity.chain.display(),
            identity.key.display()
        );
        ports.extend([dot, doh]);
    }
    text.push_str("remote-control:\n  control-enable: no\n");
    for zone in &knot.zones {
        let _ = write!(
            text,
            "stub-zone:\n  name: \"{zone}.\"\n  stub-addr: 127.0.0.1@{}\n  stub-no-cache: yes\n",
            knot.server.port()
        );
    }
    let file = directory.path().join("unbound.conf");
    std::fs::write(&file, text).expect("room for a file");
    let mut command = Command::new(program("unbound", &["/usr/sbin/unbound"]));
    command.args(["-d", "-p", "-c"]).arg(&file);
    Server::start(command, "unbound", &ports, directory)
}
