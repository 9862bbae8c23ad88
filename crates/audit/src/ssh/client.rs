//! How this computer's `ssh` would get to a server, by ssh_config(5).

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use midwatch_hostkeys::config::{self, At, Disk, Given, NotEvaluated, Problem, Query, Resolved, Source, Way};
use midwatch_hostkeys::name;
use midwatch_model::{Host, SshClient, SshSetting, lossless};

use super::{Config, Server, SshOptions};

/// A server as `ssh` meets it.
#[derive(Clone, Debug)]
pub struct Client {
    /// The host that is connected to (HostName).
    pub host: Host,
    /// Its port.
    pub port: u16,
    /// HostKeyAlias.
    pub alias: Option<String>,
    /// The way there.
    pub route: Route,
    /// The user's files of known hosts, in their order; the first is the one that `ssh` writes to.
    pub user_known_hosts: Vec<PathBuf>,
    /// The system's.
    pub global_known_hosts: Vec<PathBuf>,
    /// RevokedHostKeys.
    pub revoked_host_keys: Vec<PathBuf>,
    /// HashKnownHosts.
    pub hash_known_hosts: bool,
    home: Option<PathBuf>,
    strict: Option<SshSetting>,
    user_known_hosts_set: Option<SshSetting>,
    problems: Vec<String>,
}

/// A way that ssh_config names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// None: to the host itself.
    Direct,
    /// ProxyJump: these hosts, each as `ssh -J` takes it.
    Jump(Vec<String>),
    /// ProxyCommand, its tokens expanded.
    Command(String),
}

impl Client {
    /// Reads the configuration for a server.
    pub fn of(server: &Server, options: &SshOptions) -> Client {
        let person = &options.person;
        let home = person.home.clone().unwrap_or_default();
        let files = match &options.config {
            Config::Usual => Source::usual(&home),
            Config::File(path) => Source::named(path),
            Config::None => Vec::new(),
        };
        let resolved = config::resolve(query(server, options, files, home.clone()), &mut Disk);
        let shown = |at: &At| place(at, &home);
        let mut problems: Vec<String> = Vec::new();
        problems
            .extend(resolved.problems.iter().map(|Problem { at, what }| format!("{}: {what}", shown(at))));
        problems.extend(resolved.not_evaluated.iter().map(|NotEvaluated { at, what, value }| {
            format!("{}: {what} {} is not evaluated here", shown(at), lossless(value.as_bytes()))
        }));
        let mut paths = |answer: config::Answer<Vec<PathBuf>>| match answer {
            Ok(given) => given.value,
            Err(error) => {
                problems.push(error.to_string());
                Vec::new()
            }
        };
        let mut user_known_hosts = paths(resolved.user_known_hosts());
        let mut global_known_hosts = paths(resolved.global_known_hosts());
        let revoked_host_keys = paths(resolved.revoked_host_keys());
        if !options.known_hosts.is_empty() {
            user_known_hosts.clone_from(&options.known_hosts);
            global_known_hosts.clear();
        }
        let route = match route(&resolved) {
            Ok(route) => route,
            Err(problem) => {
                problems.push(problem);
                Route::Direct
            }
        };
        let setting = |keyword: &str| {
            let setting = resolved.first(keyword)?;
            Some(SshSetting { value: lossless(setting.rest.as_bytes()), place: shown(&setting.at) })
        };
        Client {
            host: host(&resolved.host_name().value),
            port: resolved.port().value,
            alias: resolved.host_key_alias().map(|Given { value, .. }| value),
            route,
            user_known_hosts,
            global_known_hosts,
            revoked_host_keys,
            hash_known_hosts: resolved.hash_known_hosts().value,
            strict: setting("stricthostkeychecking"),
            user_known_hosts_set: setting("userknownhostsfile"),
            home: person.home.clone(),
            problems,
        }
    }

    /// The same for `ssh` that is on its way: keys are looked up by `name`, `host` or `[host]:port`, whatever the
    /// configuration of `server` says of names.
    pub fn on_the_way(name: &str, server: &Server, options: &SshOptions) -> Client {
        let (text, port) = match name.strip_prefix('[').and_then(|rest| rest.split_once("]:")) {
            Some((text, port)) => (text, port.parse().unwrap_or(name::DEFAULT_PORT)),
            None => (name, name::DEFAULT_PORT),
        };
        Client { host: host(text), port, alias: None, ..Client::of(server, options) }
    }

    /// The host's text as `ssh` has it: an address of IPv6 without brackets.
    pub fn host_text(&self) -> String {
        match &self.host {
            Host::Name(name) => name.clone(),
            Host::Address(address) => address.to_string(),
        }
    }

    /// The name that its keys are looked up by: `host`, `[host]:port` or the alias.
    pub fn name(&self) -> String {
        match &self.alias {
            Some(alias) => alias.clone(),
            None => name::with_port(&self.host_text(), self.port),
        }
    }

    /// A path as it is shown: `~/.ssh/known_hosts`.
    pub(super) fn shown(&self, path: &Path) -> String {
        shown(path, self.home.as_deref())
    }

    /// The same for a report.
    pub(super) fn fact(&self) -> SshClient {
        SshClient {
            host: self.host_text(),
            port: self.port,
            host_key_alias: self.alias.clone(),
            way: match &self.route {
                Route::Direct => None,
                Route::Jump(hops) => Some(format!("ProxyJump {}", lossless(hops.join(",").as_bytes()))),
                Route::Command(command) => Some(format!("ProxyCommand {}", lossless(command.as_bytes()))),
            },
            strict: self.strict.clone(),
            user_known_hosts: self.user_known_hosts_set.clone(),
            hash_known_hosts: self.hash_known_hosts,
            problems: self.problems.clone(),
        }
    }
}

fn query(server: &Server, options: &SshOptions, files: Vec<Source>, home: PathBuf) -> Query {
    let person = &options.person;
    Query {
        host: match &server.host {
            Host::Name(name) => name.clone(),
            Host::Address(address) => address.to_string(),
        },
        port: server.port,
        user: server.user.clone(),
        options: options.options.clone(),
        command: String::new(),
        files,
        local_user: person.name.clone(),
        uid: person.uid,
        home,
        local_host: person.computer.clone(),
        environment: person.environment.clone(),
    }
}

fn route(resolved: &Resolved) -> Result<Route, String> {
    Ok(match resolved.way().value {
        Way::Direct => Route::Direct,
        Way::Command(command) => {
            Route::Command(resolved.expand(&command).map_err(|error| format!("ProxyCommand: {error}"))?)
        }
        Way::Jump(hops) => Route::Jump(
            hops.into_iter()
                .map(|hop| {
                    let user = hop.user.map(|user| format!("{user}@")).unwrap_or_default();
                    let port = hop.port.map(|port| format!(":{port}")).unwrap_or_default();
                    let host = if hop.host.contains(':') { format!("[{}]", hop.host) } else { hop.host };
                    format!("{user}{host}{port}")
                })
                .collect(),
        ),
    })
}

/// A name in lower case without a dot at its end, or an address.
fn host(text: &str) -> Host {
    match text.parse::<IpAddr>() {
        Ok(address) => Host::Address(address),
        Err(_) => Host::Name(text.trim_end_matches('.').to_ascii_lowercase()),
    }
}

fn place(at: &At, home: &Path) -> String {
    match &at.file {
        Some(file) => format!("{}:{}", shown(file, Some(home)), at.line),
        None => "the command line".into(),
    }
}

fn shown(path: &Path, home: Option<&Path>) -> String {
    match home.filter(|home| home.components().count() > 1).and_then(|home| path.strip_prefix(home).ok()) {
        Some(rest) => format!("~/{}", lossless(rest.as_os_str().as_encoded_bytes())),
        None => lossless(path.as_os_str().as_encoded_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Person;
    use super::*;

    fn of(config: &str, host: &str) -> Client {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("config");
        std::fs::write(&file, config).unwrap();
        let person =
            Person { name: "elizabeth".into(), home: Some("/home/elizabeth".into()), ..Person::default() };
        let options = SshOptions { person, config: Config::File(file), ..SshOptions::default() };
        let server = Server { host: Host::Name(host.into()), port: None, user: None };
        Client::of(&server, &options)
    }

    #[test]
    fn an_alias_leads_to_host_port_and_name() {
        let client = of("Host work\n HostName Git.Example\n Port 2222\n", "work");
        assert_eq!((client.host.clone(), client.port), (Host::Name("git.example".into()), 2222));
        assert_eq!(client.name(), "[git.example]:2222");
        assert_eq!(client.shown(&client.user_known_hosts[0]), "~/.ssh/known_hosts");
        let client = of("Host work\n HostName 192.0.2.7\n HostKeyAlias the-Forge\n", "work");
        assert_eq!(client.name(), "the-forge");
        assert_eq!(client.host, Host::Address("192.0.2.7".parse().unwrap()));
    }

    #[test]
    fn ways_and_settings_are_told_with_their_lines() {
        let client = of("StrictHostKeyChecking no\nProxyJump me@a:22,[2001:db8::1]\n", "git.example");
        assert_eq!(client.route, Route::Jump(vec!["me@a:22".into(), "[2001:db8::1]".into()]));
        let fact = client.fact();
        assert_eq!(fact.strict.map(|set| set.value).as_deref(), Some("no"));
        assert!(of("ProxyCommand nc %h %p\n", "a").route == Route::Command("nc a 22".into()));
        assert_eq!(of("Match exec true\n Port 1\n", "a").fact().problems.len(), 1);
    }
}
