//! A network of several hosts on one bridge, each in a network namespace of its own, within namespaces that nothing
//! outside can reach. It needs no root: where there is none, a user namespace stands for it.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use crate::wait_until;
use std::time::Duration;

/// A host of the network.
#[derive(Clone, Copy, Debug)]
pub struct Host {
    /// Its name.
    pub name: &'static str,
    /// Its link-layer address.
    pub mac: &'static str,
    /// Its addresses with their lengths.
    pub addresses: &'static [&'static str],
}

/// The network. Everything in it ends when this is dropped.
#[derive(Debug)]
pub struct Lan {
    /// Holds the namespaces; all processes in them end with it.
    holder: Child,
    /// The process whose namespaces they are.
    inner: String,
    as_root: bool,
}

impl Lan {
    /// A bridge with these hosts, each with an interface `eth0`.
    ///
    /// # Panics
    /// Where namespaces cannot be made, or a command of util-linux or iproute2 fails.
    pub fn new(hosts: &[Host]) -> Lan {
        let as_root = rustix::process::geteuid().is_root();
        let mut command = Command::new("unshare");
        if !as_root {
            command.arg("--map-root-user");
        }
        // `ip netns` keeps its names below /run, which is this network's own here.
        let script = "mount -t tmpfs none /run && ip link add lan type bridge && ip link set lan up && ip link set lo up \
                      && echo ready && exec sleep infinity";
        let mut holder = command
            .args(["--net", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", script])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("unshare of util-linux");
        let mut line = String::new();
        let out = holder.stdout.as_mut().expect("its output");
        BufReader::new(out).read_line(&mut line).expect("its output");
        assert_eq!(line, "ready\n", "namespaces could not be made");
        let children = format!("/proc/{0}/task/{0}/children", holder.id());
        let inner = std::fs::read_to_string(children).expect("its child");
        let lan = Lan { holder, inner: inner.trim().to_owned(), as_root };
        for host in hosts {
            lan.add(host);
        }
        lan
    }

    fn add(&self, host: &Host) {
        let Host { name, mac, .. } = host;
        let mut script = format!(
            "ip netns add {name} && ip link add {name} type veth peer name eth0 netns {name} && \
             ip link set {name} master lan up && ip -n {name} link set lo up && \
             ip netns exec {name} sysctl -q -w net.ipv6.conf.eth0.accept_dad=0 net.ipv6.conf.eth0.keep_addr_on_down=1 && \
             ip -n {name} link set eth0 address {mac} up"
        );
        for address in host.addresses {
            script.push_str(&format!(" && ip -n {name} addr add {address} dev eth0"));
        }
        let output = self.inside().args(["sh", "-c", &script]).output().expect("sh");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// A host behind a bridge of another one, as a container is: the bridge gets these addresses, and the way out leads over
    /// the first of each family.
    ///
    /// # Panics
    /// As [`Lan::new`].
    pub fn contain(&self, outer: &str, bridge: &str, addresses: &[&str], host: &Host) {
        let Host { name, mac, .. } = host;
        let mut script = format!(
            "ip netns add {name} && ip -n {outer} link add {bridge} type bridge && ip -n {outer} link set {bridge} up && \
             ip -n {outer} link add to-{name} type veth peer name eth0 netns {name} && \
             ip -n {outer} link set to-{name} master {bridge} up && ip -n {name} link set lo up && \
             ip netns exec {name} sysctl -q -w net.ipv6.conf.eth0.accept_dad=0 && \
             ip netns exec {outer} sysctl -q -w net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 && \
             ip netns exec {outer} sysctl -q -w net.ipv6.conf.{bridge}.accept_dad=0 && \
             ip -n {name} link set eth0 address {mac} up"
        );
        for address in addresses {
            script.push_str(&format!(" && ip -n {outer} addr add {address} dev {bridge}"));
        }
        for address in host.addresses {
            script.push_str(&format!(" && ip -n {name} addr add {address} dev eth0"));
        }
        for address in addresses {
            let router = address.split('/').next().unwrap_or_default();
            script.push_str(&format!(" && ip -n {name} route add default via {router}"));
        }
        let output = self.inside().args(["sh", "-c", &script]).output().expect("sh");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// A command in the namespaces, outside all hosts: its program and arguments are to be added.
    fn inside(&self) -> Command {
        let mut command = Command::new("nsenter");
        command.args(["--target", &self.inner, "--net", "--mount", "--pid"]);
        if !self.as_root {
            command.args(["--user", "--preserve-credentials"]);
        }
        command.arg("--");
        command
    }

    /// A command on a host.
    pub fn command(&self, host: &str, program: impl AsRef<Path>) -> Command {
        let mut command = self.inside();
        command.args(["ip", "netns", "exec", host]).arg(program.as_ref());
        command
    }

    /// Runs a line of shell on a host to its end.
    ///
    /// # Panics
    /// Where it fails.
    pub fn run(&self, host: &str, line: &str) -> String {
        let output = self.attempt(host, line);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{line}: {text}{}", String::from_utf8_lossy(&output.stderr));
        text
    }

    /// The same, whatever comes of it.
    ///
    /// # Panics
    /// Where there is no shell.
    pub fn attempt(&self, host: &str, line: &str) -> Output {
        self.command(host, "sh")
            .args(["-c", line])
            .stdin(Stdio::null())
            .output()
            .expect("nsenter of util-linux")
    }

    /// Starts a program that goes on until the network is dropped.
    ///
    /// # Panics
    /// Where it cannot be started.
    pub fn start(&self, host: &str, line: &str) -> Running {
        let mut command = self.command(host, "sh");
        command.args(["-c", &format!("exec {line}")]).stdin(Stdio::null()).stdout(Stdio::null());
        Running(command.stderr(Stdio::null()).spawn().expect("nsenter of util-linux"))
    }

    /// Waits until a line of shell on a host succeeds.
    ///
    /// # Panics
    /// Where it does not in 30 seconds.
    pub fn until(&self, host: &str, line: &str) {
        let is_so = wait_until(Duration::from_secs(30), || self.attempt(host, line).status.success());
        assert!(is_so, "this never became true on {host}: {line}");
    }
}

impl Drop for Lan {
    fn drop(&mut self) {
        // Its child is killed with it, and with that one, which is the first of its process namespace, all others.
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }
}

/// A program on a host. What was started for it out here ends when this is dropped, and it itself with its network.
#[derive(Debug)]
pub struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
